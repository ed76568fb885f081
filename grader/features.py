"""What is measured of one answer for each rubric point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.cues import overlap, style
from grader.language import content_stems
from grader.probe import Floats
from grader.similarity import (
    Mask,
    Nearest,
    RubricModel,
    Scores,
    choose,
    nearest,
    oppose,
    score_units,
)
from grader.units import Kind, Unit

FEATURES = (
    "probe",
    "probe_best",
    "probe_claims",
    "probe_pairs",
    "probe_clauses",
    "probe_sum",
    "probe_top3",
    "probe_around",
    "probe_elsewhere",
    "stance",
    "stance_best",
    "stance_claims",
    "stance_lead",
    "lead",
    "exemplar_lead",
    "others",
    "exemplar",
    "margin",
    "overlap",
    "echo",
    "prompt",
    "clause",
    "opposition",
    "answer_probe",
    "answer_exemplar",
    "answer_twin",
    "answer_prompt",
    "answer_dismissing",
    "answer_asking",
    "answer_function_words",
    "answer_commas",
    "answer_words",
    "answer_variety",
    "answer_question_covered",
)
"""Names of the features, in the order a grade lists them; `weigh` says what each is."""

Places = npt.NDArray[np.intp]

NO_OPPOSITION = -10.0
_ELSEWHERE = -8.0
"""Log-odds that count for the rest of an answer that has no rest."""


@dataclass(frozen=True, slots=True)
class Match:
    """What speaks for one point, and what against it."""

    evidence: Nearest
    """The unit that speaks for the point."""
    opposing: Nearest | None
    """The claim that most denies it; None if none comes near."""
    features: dict[str, float]
    """By the names in `FEATURES`."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the units stand."""

    claim: Mask
    pair: Mask
    clause: Mask
    first: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    last: np.ndarray[tuple[int, ...], np.dtype[np.intp]]


def weigh(
    units: Sequence[Unit], vectors: Floats, eligible: Sequence[bool], rubric: RubricModel
) -> tuple[Match, ...]:
    """Find the evidence for each point and measure it.

    Log-odds by the topic probe: `probe` of the evidence; `probe_best` of any unit,
    `probe_claims`, `probe_pairs`, `probe_clauses` of any unit of that kind (of any claim where
    there is none); `probe_sum`, the claims together (log of the summed odds); `probe_top3`, mean
    of the best three units; `probe_around`, best claim within the evidence; `probe_elsewhere`,
    best claim outside it (-8 if there is none).

    By the stance probe: `stance` of the evidence, `stance_best`, `stance_claims`, and
    `stance_lead`, the evidence's less that for the best other point.

    Against the other points (0 if there are none): `lead`, `exemplar_lead`, the evidence's topic
    log-odds and cosine less the best other point's; `others`, the mean over the other points of
    the best claim's log-odds.

    Cosines: `exemplar`, the best of any unit; `margin`, the evidence's to the nearest exemplar
    less that to the nearest counterexample; `prompt`, the evidence's to the question.

    Words of the evidence, by rarity: `overlap`, share that the exemplars hold; `echo`, share that
    the question holds. `clause`: 1 if the evidence is part of a claim.

    `opposition`: of the claim that most denies the point, as `grader.similarity.oppose` measures
    it; -10 if none comes near a counterexample.

    Of the answer as a whole: `answer_probe`, mean over the points of the best claim's log-odds;
    `answer_exemplar`, `answer_prompt`, mean cosine of the claims to the nearest exemplar of any
    point and to the question; `answer_twin`, their mean log-odds of asserting rather than denying
    the point they are nearest to; and what `grader.cues.style` measures.

    A unit with a barred claim counts for nothing but the writing of the answer as a whole.

    Args:
        units: of one answer, as `read_units` lists them.
        vectors: float64 [units, d], theirs, unit rows.
        eligible: for each claim whether it may earn something; at least one may.
        rubric: what to weigh them against.

    Returns:
        One match for each point, in the rubric's order.
    """
    written = style([unit.text for unit in units if unit.kind is Kind.CLAIM], rubric.asked)
    kept = [at for at, unit in enumerate(units) if all(eligible[unit.first : unit.last + 1])]
    units, scores = [units[at] for at in kept], score_units(vectors[kept], rubric)
    layout = _layout(units)
    chosen = choose(scores)
    opposing = oppose(units, scores)
    count = len(chosen)
    measured: dict[str, Floats | list[float]] = {
        **_topic(scores, layout, chosen),
        **_against(scores, layout, chosen),
        **_words(units, chosen.tolist(), rubric),
        "prompt": scores.prompt[chosen],
        "opposition": [NO_OPPOSITION if one is None else one[1] for one in opposing],
        **{name: [value] * count for name, value in _answer(scores, layout, written).items()},
    }
    table = np.array([measured[name] for name in FEATURES], dtype=np.float64).T.tolist()
    return tuple(
        Match(
            _placed(nearest(scores, evidence, point), kept),
            None if against is None else _placed(nearest(scores, against[0], point), kept),
            dict(zip(FEATURES, row, strict=True)),
        )
        for point, (evidence, against, row) in enumerate(
            zip(chosen.tolist(), opposing, table, strict=True)
        )
    )


def _placed(found: Nearest, kept: Sequence[int]) -> Nearest:
    """Count among all units what was counted among those that were kept."""
    return found._replace(unit=kept[found.unit])


def _layout(units: Sequence[Unit]) -> _Layout:
    kinds = [unit.kind for unit in units]
    return _Layout(
        claim=np.array([kind is Kind.CLAIM for kind in kinds]),
        pair=np.array([kind is Kind.PAIR for kind in kinds]),
        clause=np.array([kind is Kind.CLAUSE for kind in kinds]),
        first=np.array([unit.first for unit in units]),
        last=np.array([unit.last for unit in units]),
    )


def _topic(scores: Scores, layout: _Layout, chosen: Places) -> dict[str, Floats]:
    """What the probes say of each point, float64 [points] each."""
    topic, stance = scores.topic, scores.stance
    point = np.arange(topic.shape[1])
    within = (layout.first[:, np.newaxis] >= layout.first[chosen]) & (
        layout.last[:, np.newaxis] <= layout.last[chosen]
    )
    claim = layout.claim[:, np.newaxis]
    claims = topic[layout.claim].max(axis=0)
    outside = np.where(claim & ~within, topic, -np.inf).max(axis=0)
    return {
        "probe": topic[chosen, point],
        "probe_best": topic.max(axis=0),
        "probe_claims": claims,
        "probe_pairs": topic[layout.pair].max(axis=0) if layout.pair.any() else claims,
        "probe_clauses": topic[layout.clause].max(axis=0) if layout.clause.any() else claims,
        "probe_sum": np.logaddexp.reduce(topic[layout.claim], axis=0),
        "probe_top3": np.sort(topic, axis=0)[-3:].mean(axis=0),
        "probe_around": np.where(claim & within, topic, -np.inf).max(axis=0),
        "probe_elsewhere": np.where(np.isneginf(outside), _ELSEWHERE, outside),
        "stance": stance[chosen, point],
        "stance_best": stance.max(axis=0),
        "stance_claims": stance[layout.claim].max(axis=0),
        "exemplar": scores.good.max(axis=0),
        "margin": scores.margin[chosen, point],
        "clause": layout.clause[chosen].astype(np.float64),
    }


def _against(scores: Scores, layout: _Layout, chosen: Places) -> dict[str, Floats]:
    """How each point fares against the rubric's others, float64 [points] each."""
    count = scores.topic.shape[1]
    if count < 2:
        nothing = np.zeros(count)
        return dict.fromkeys(("stance_lead", "lead", "exemplar_lead", "others"), nothing)
    itself = np.eye(count, dtype=np.bool_)

    def lead(values: Floats) -> Floats:
        rows = values[chosen]
        rivals: Floats = np.where(itself, -np.inf, rows).max(axis=1)
        return np.asarray(np.diagonal(rows) - rivals)

    best = np.tile(scores.topic[layout.claim].max(axis=0), (count, 1))
    return {
        "stance_lead": lead(scores.stance),
        "lead": lead(scores.topic),
        "exemplar_lead": lead(scores.good),
        "others": best[~itself].reshape(count, count - 1).mean(axis=1),
    }


def _words(
    units: Sequence[Unit], chosen: Sequence[int], rubric: RubricModel
) -> dict[str, list[float]]:
    stems = {at: frozenset(content_stems(units[at].text)) for at in set(chosen)}
    echo = {at: overlap(said, rubric.asked, rubric.rarity) for at, said in stems.items()}
    return {
        "overlap": [
            overlap(stems[at], point.vocabulary, rubric.rarity)
            for at, point in zip(chosen, rubric.points, strict=True)
        ],
        "echo": [echo[at] for at in chosen],
    }


def _answer(scores: Scores, layout: _Layout, written: Mapping[str, float]) -> dict[str, float]:
    """What is measured of the answer as a whole."""
    claim = layout.claim
    twin = scores.twin[np.arange(len(claim)), scores.good.argmax(axis=1)]
    found = {
        "probe": scores.topic[claim].max(axis=0).mean(),
        "exemplar": scores.good[claim].max(axis=1).mean(),
        "twin": twin[claim].mean(),
        "prompt": scores.prompt[claim].mean(),
        **written,
    }
    return {f"answer_{name}": float(value) for name, value in found.items()}

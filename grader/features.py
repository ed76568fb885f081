"""What is measured of one answer for each rubric point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

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
    whole = _answer(scores, layout, written)
    matches = []
    for point, evidence in enumerate(choose(scores)):
        opposing = oppose(units, scores, point)
        measured = {
            **_topic(scores, layout, point, evidence),
            **_against(scores, layout, point, evidence),
            **_words(units[evidence], rubric, point),
            "prompt": scores.prompt[evidence],
            "opposition": NO_OPPOSITION if opposing is None else opposing[1],
            **whole,
        }
        matches.append(
            Match(
                _placed(nearest(scores, evidence, point), kept),
                None if opposing is None else _placed(nearest(scores, opposing[0], point), kept),
                {name: float(measured[name]) for name in FEATURES},
            )
        )
    return tuple(matches)


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


def _topic(scores: Scores, layout: _Layout, point: int, evidence: int) -> dict[str, float]:
    """What the probes say of one point."""
    topic, stance = scores.topic[:, point], scores.stance[:, point]
    first, last = layout.first[evidence], layout.last[evidence]
    held = layout.claim & (layout.first >= first) & (layout.last <= last)
    claims = float(topic[layout.claim].max())
    return {
        "probe": topic[evidence],
        "probe_best": topic.max(),
        "probe_claims": claims,
        "probe_pairs": _most(topic, layout.pair, claims),
        "probe_clauses": _most(topic, layout.clause, claims),
        "probe_sum": float(np.logaddexp.reduce(topic[layout.claim])),
        "probe_top3": np.sort(topic)[-3:].mean(),
        "probe_around": topic[held].max(),
        "probe_elsewhere": _most(topic, layout.claim & ~held, _ELSEWHERE),
        "stance": stance[evidence],
        "stance_best": stance.max(),
        "stance_claims": stance[layout.claim].max(),
        "exemplar": scores.good[:, point].max(),
        "margin": scores.margin[evidence, point],
        "clause": float(layout.clause[evidence]),
    }


def _against(scores: Scores, layout: _Layout, point: int, evidence: int) -> dict[str, float]:
    """How one point fares against the rubric's others."""
    if scores.topic.shape[1] < 2:
        return dict.fromkeys(("stance_lead", "lead", "exemplar_lead", "others"), 0.0)

    def lead(values: Floats) -> float:
        return float(values[evidence, point] - np.delete(values[evidence], point).max())

    best = scores.topic[layout.claim].max(axis=0)
    return {
        "stance_lead": lead(scores.stance),
        "lead": lead(scores.topic),
        "exemplar_lead": lead(scores.good),
        "others": float(np.delete(best, point).mean()),
    }


def _words(evidence: Unit, rubric: RubricModel, point: int) -> dict[str, float]:
    stems = set(content_stems(evidence.text))
    return {
        "overlap": overlap(stems, rubric.points[point].vocabulary, rubric.rarity),
        "echo": overlap(stems, rubric.asked, rubric.rarity),
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


def _most(values: Floats, where: Mask, otherwise: float) -> float:
    return float(values[where].max()) if where.any() else otherwise

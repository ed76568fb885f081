"""How near an answer's claims come to each rubric point, and which claim speaks for it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from grader.language import content_stems, negation_cues, words
from grader.probe import Floats, Probe, fit_probe

FEATURES = (
    "probe",
    "margin",
    "exemplar",
    "counterexample",
    "prompt",
    "others",
    "overlap",
    "negation",
    "length",
    "claims",
    "opposition",
)
"""Names of the features, in the order a grade lists them; `weigh` says what each is."""

MARGIN_WEIGHT = 4.0
"""What a unit of margin counts beside the probe when a claim is chosen as evidence."""
_OPPOSING = 0.5
"""Cosine to a counterexample from which a denying claim is taken for its twin."""
_NO_OPPOSITION = -1.0
_NEGATIONS = 2


@dataclass(frozen=True, slots=True)
class PointModel:
    """A rubric point in embedding space."""

    probe: Probe
    exemplars: Floats
    """float64 [p, d], unit rows, p at least 1."""
    counterexamples: Floats
    """float64 [c, d], unit rows."""
    others: Floats
    """float64 [o, d], unit rows: the exemplars of the rubric's other points."""
    cues: tuple[int, ...]
    """Words of denial in each exemplar."""
    vocabulary: frozenset[str]
    """Stems of the exemplars' content words."""


@dataclass(frozen=True, slots=True)
class RubricModel:
    """A rubric in embedding space, with its question if that is known."""

    points: tuple[PointModel, ...]
    prompt: Floats | None
    """float64 [d], unit length."""


class Nearest(NamedTuple):
    """A claim and what in the rubric point comes nearest to it, as indices."""

    claim: int
    exemplar: int
    counterexample: int | None
    """None if the point has none."""


@dataclass(frozen=True, slots=True)
class Match:
    """What speaks for one point, and what against it."""

    evidence: Nearest
    """The claim that speaks for the point."""
    opposing: Nearest | None
    """The claim that most denies it; None if none does."""
    features: dict[str, float]
    """By the names in `FEATURES`."""


@dataclass(frozen=True, slots=True)
class PointVectors:
    """The sentences of a point, and their vectors, float64 [n, d], unit rows."""

    exemplar_texts: tuple[str, ...]
    exemplars: Floats
    counterexamples: Floats


def model_rubric(points: Sequence[PointVectors], prompt: Floats | None) -> RubricModel:
    """Fit a rubric's probes.

    Args:
        points: in the rubric's order.
        prompt: float64 [d], the question, a further sentence that meets no point; None if unknown.
    """
    models = []
    for index, point in enumerate(points):
        rest = [other.exemplars for at, other in enumerate(points) if at != index]
        others = np.vstack(rest) if rest else point.exemplars[:0]
        further = others if prompt is None else np.vstack([others, prompt[np.newaxis]])
        stems = {stem for text in point.exemplar_texts for stem in content_stems(text)}
        models.append(
            PointModel(
                probe=fit_probe(point.exemplars, point.counterexamples, further),
                exemplars=point.exemplars,
                counterexamples=point.counterexamples,
                others=others,
                cues=tuple(map(negation_cues, point.exemplar_texts)),
                vocabulary=frozenset(stems),
            )
        )
    return RubricModel(tuple(models), prompt)


def weigh(texts: Sequence[str], vectors: Floats, rubric: RubricModel) -> tuple[Match, ...]:
    """Find the evidence for each point and measure it.

    The evidence is the claim with the greatest `probe + MARGIN_WEIGHT * margin`, the first of
    equals. Features, of that claim unless said otherwise:

    - `probe`: log-odds by the point's probe;
    - `margin`: cosine to the nearest exemplar less that to the nearest counterexample (or, if
      there is none, to the nearest of the other points' exemplars and the prompt);
    - `exemplar`, `counterexample`, `prompt`: the cosines themselves, 0 where there is none;
    - `others`: cosine to the nearest exemplar less that to the other points' nearest;
    - `overlap`: share of its content words that occur in the exemplars, 0 to 1;
    - `negation`: its words of denial less the nearest exemplar's, -2 to 2;
    - `length`: log2(1 + words);
    - `claims`: log2(1 + claims of the answer that may earn something);
    - `opposition`: over all claims with a word of denial that come close to a counterexample,
      the greatest cosine to a counterexample less that to an exemplar; -1 if there are none.

    Args:
        texts: the claims that may earn something, at least one.
        vectors: float64 [n, d], theirs, unit rows.
        rubric: what to weigh them against.

    Returns:
        One match for each point, in the rubric's order.
    """
    prompt = vectors @ rubric.prompt if rubric.prompt is not None else np.zeros(len(texts))
    denials = [negation_cues(text) for text in texts]
    return tuple(_match(texts, vectors, point, prompt, denials) for point in rubric.points)


def _match(
    texts: Sequence[str],
    vectors: Floats,
    point: PointModel,
    prompt: Floats,
    denials: Sequence[int],
) -> Match:
    good = vectors @ point.exemplars.T
    bad = vectors @ point.counterexamples.T
    best_good = good.max(axis=1)
    best_bad = _best(bad)
    elsewhere = _best(vectors @ point.others.T)
    rival = best_bad if bad.shape[1] else np.maximum(elsewhere, prompt)
    probe = point.probe.score(vectors)
    margin = best_good - rival
    claim = int(np.argmax(probe + MARGIN_WEIGHT * margin))
    nearest = _nearest(claim, good, bad)
    opposing, opposition = _opposition(best_good, best_bad, denials)
    negation = denials[claim] - point.cues[nearest.exemplar]
    content = content_stems(texts[claim])
    known = sum(stem in point.vocabulary for stem in content)
    features = {
        "probe": float(probe[claim]),
        "margin": float(margin[claim]),
        "exemplar": float(best_good[claim]),
        "counterexample": float(best_bad[claim]),
        "prompt": float(prompt[claim]),
        "others": float(best_good[claim] - elsewhere[claim]),
        "overlap": known / len(content) if content else 0.0,
        "negation": float(max(-_NEGATIONS, min(_NEGATIONS, negation))),
        "length": math.log2(1 + len(words(texts[claim]))),
        "claims": math.log2(1 + len(texts)),
        "opposition": opposition,
    }
    against = None if opposing is None else _nearest(opposing, good, bad)
    return Match(nearest, against, features)


def _nearest(claim: int, good: Floats, bad: Floats) -> Nearest:
    counterexample = int(np.argmax(bad[claim])) if bad.shape[1] else None
    return Nearest(claim, int(np.argmax(good[claim])), counterexample)


def _best(cosines: Floats) -> Floats:
    """Each claim's greatest cosine; 0 where there is nothing to compare with."""
    if cosines.shape[1] == 0:
        return np.zeros(len(cosines))
    return np.asarray(cosines.max(axis=1), dtype=np.float64)


def _opposition(good: Floats, bad: Floats, denials: Sequence[int]) -> tuple[int | None, float]:
    """The claim that most denies a point, and by how much."""
    found: tuple[int | None, float] = (None, _NO_OPPOSITION)
    for index, count in enumerate(denials):
        lead = float(bad[index] - good[index])
        if count and bad[index] >= _OPPOSING and lead > found[1]:
            found = (index, lead)
    return found

"""How near an answer comes to each rubric point: probes, and the unit that speaks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grader.cues import Rarity, rarity
from grader.language import content_stems, negation_cues
from grader.probe import STANCE, TOPIC, TWIN, Floats, Probe, ProbeWeights, fit_probe, make_span
from grader.units import Kind, Unit

STANCE_WEIGHT = 0.5
MARGIN_WEIGHT = 2.0
"""What stance and a unit of margin count beside the topic when the evidence is chosen."""
_OPPOSING = 0.45
"""Cosine to a counterexample from which a claim may be taken for its twin."""
_COUNTER_WEIGHT = 6.0
_DENIAL_WEIGHT = 0.6
_MOST_DENIALS = 2
_TWIN_WEIGHT = 0.25

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PointVectors:
    """The sentences of a point, and their vectors, float64 [n, d], unit rows."""

    exemplar_texts: tuple[str, ...]
    exemplars: Floats
    counterexamples: Floats


@dataclass(frozen=True, slots=True)
class Prompt:
    """The question, with its vector, float64 [d], unit length."""

    text: str
    vector: Floats


@dataclass(frozen=True, slots=True)
class PointModel:
    """A rubric point in embedding space."""

    topic: Probe
    stance: Probe
    twin: Probe
    exemplars: Floats
    """float64 [p, d], unit rows, p at least 1."""
    counterexamples: Floats
    """float64 [c, d], unit rows."""
    vocabulary: frozenset[str]
    """Stems of the exemplars' content words."""


@dataclass(frozen=True, slots=True)
class RubricModel:
    """A rubric in embedding space, with its question if that is known."""

    points: tuple[PointModel, ...]
    prompt: Floats | None
    """float64 [d], unit length."""
    asked: frozenset[str]
    """Stems of the question's content words."""
    rarity: Rarity


@dataclass(frozen=True, slots=True)
class Scores:
    """Every unit against every point: float64 [units, points] each."""

    topic: Floats
    stance: Floats
    twin: Floats
    good: Floats
    """Cosine to the nearest exemplar."""
    bad: Floats
    """Cosine to the nearest counterexample; where a point has none, to the nearest of the other
    points' exemplars and the question."""
    prompt: Floats
    """float64 [units], cosine to the question; 0 if that is unknown."""
    nearest_good: npt.NDArray[np.intp]
    nearest_bad: npt.NDArray[np.intp]
    """Indices into the point's sentences; -1 where it has no counterexamples."""

    @property
    def margin(self) -> Floats:
        """How much nearer a unit is to the exemplars than to the counterexamples."""
        return self.good - self.bad


class Nearest(NamedTuple):
    """A unit and what in the rubric point comes nearest to it, as indices."""

    unit: int
    exemplar: int
    counterexample: int | None
    """None if the point has none."""


def model_rubric(points: Sequence[PointVectors], prompt: Prompt | None) -> RubricModel:
    """Fit a rubric's probes.

    Args:
        points: in the rubric's order.
        prompt: the question, a further sentence that meets no point; None if unknown.
    """
    rows = [part for point in points for part in (point.exemplars, point.counterexamples)]
    sizes = [len(part) for part in rows]
    if prompt is not None:
        rows.append(prompt.vector[np.newaxis])
    span = make_span(np.vstack(rows))
    owner = np.repeat(np.arange(2 * len(points)), sizes)
    if prompt is not None:
        owner = np.append(owner, 2 * len(points))
    models = []
    for at, point in enumerate(points):
        target = (owner == 2 * at).astype(np.float64)
        topic, stance, twin = (
            fit_probe(span, target, _weights(owner, at, len(points), how), how.strength)
            for how in (TOPIC, STANCE, TWIN)
        )
        stems = {stem for text in point.exemplar_texts for stem in content_stems(text)}
        models.append(
            PointModel(
                topic, stance, twin, point.exemplars, point.counterexamples, frozenset(stems)
            )
        )
    return RubricModel(
        points=tuple(models),
        prompt=None if prompt is None else prompt.vector,
        asked=frozenset(content_stems(prompt.text)) if prompt is not None else frozenset(),
        rarity=rarity([text for point in points for text in point.exemplar_texts]),
    )


def _weights(owner: npt.NDArray[np.intp], at: int, count: int, how: ProbeWeights) -> Floats:
    """What each sentence counts for one point's probe.

    `owner` is 2 i for the exemplars of point i, 2 i + 1 for its counterexamples, and 2 `count` for
    the question.
    """
    weight = np.where(owner % 2 == 0, how.sibling, how.sibling_counter)
    weight = np.where(owner == 2 * count, how.sibling, weight)
    weight = np.where(owner == 2 * at, 1.0, weight)
    return np.where(owner == 2 * at + 1, how.counter, weight)


def score_units(vectors: Floats, rubric: RubricModel) -> Scores:
    """Hold units against a rubric.

    Args:
        vectors: float64 [units, d], unit rows.
        rubric: what to hold them against.
    """
    count = len(vectors)
    prompt = vectors @ rubric.prompt if rubric.prompt is not None else np.zeros(count)
    good = [vectors @ point.exemplars.T for point in rubric.points]
    bad = [vectors @ point.counterexamples.T for point in rubric.points]
    best = np.stack([cosines.max(axis=1) for cosines in good], axis=1)
    rivals = []
    for at, cosines in enumerate(bad):
        if cosines.shape[1]:
            rivals.append(cosines.max(axis=1))
        else:
            rivals.append(np.column_stack([np.delete(best, at, axis=1), prompt]).max(axis=1))
    return Scores(
        topic=np.stack([point.topic.score(vectors) for point in rubric.points], axis=1),
        stance=np.stack([point.stance.score(vectors) for point in rubric.points], axis=1),
        twin=np.stack([point.twin.score(vectors) for point in rubric.points], axis=1),
        good=best,
        bad=np.stack(rivals, axis=1),
        prompt=np.asarray(prompt, dtype=np.float64),
        nearest_good=np.stack([cosines.argmax(axis=1) for cosines in good], axis=1),
        nearest_bad=np.stack(
            [c.argmax(axis=1) if c.shape[1] else np.full(count, -1) for c in bad], axis=1
        ),
    )


def choose(scores: Scores) -> list[int]:
    """Choose the evidence for each point: the best of topic, stance and margin together.

    Returns:
        A unit for each point, the first of equals.
    """
    fit = scores.topic + STANCE_WEIGHT * scores.stance + MARGIN_WEIGHT * scores.margin
    return [int(at) for at in fit.argmax(axis=0)]


def oppose(units: Sequence[Unit], scores: Scores, point: int) -> tuple[int, float] | None:
    """Find the claim that most denies a point.

    Its opposition is the topic's log-odds (it has to speak of the point), plus 6 times the cosine
    to the nearest counterexample, plus 0.6 for each word of denial up to two, less a quarter of
    the log-odds that it asserts rather than denies.

    Returns:
        The claim of greatest opposition among those near a counterexample, and its
        opposition; None if there is none.
    """
    claim = np.array([unit.kind is Kind.CLAIM for unit in units])
    near = claim & (scores.bad[:, point] >= _OPPOSING) & (scores.nearest_bad[:, point] >= 0)
    if not near.any():
        return None
    denials = np.array([min(_MOST_DENIALS, negation_cues(unit.text)) for unit in units])
    opposition = (
        scores.topic[:, point]
        + _COUNTER_WEIGHT * scores.bad[:, point]
        + _DENIAL_WEIGHT * denials
        - _TWIN_WEIGHT * scores.twin[:, point]
    )
    found = int(np.where(near, opposition, -np.inf).argmax())
    return found, float(opposition[found])


def nearest(scores: Scores, unit: int, point: int) -> Nearest:
    """Say what a unit comes nearest to."""
    bad = int(scores.nearest_bad[unit, point])
    return Nearest(unit, int(scores.nearest_good[unit, point]), bad if bad >= 0 else None)

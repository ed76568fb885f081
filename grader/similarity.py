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
    sheet: "Sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a unit is multiplied with, side by side, so that one product does for an answer."""

    columns: Floats
    """float64 [d, n]: exemplars point by point, counterexamples point by point, the question (if
    any), then the weights of the probes, topic, stance and twin, each point by point."""
    good: npt.NDArray[np.intp]
    """Where the exemplars of each point begin; one more for where the last ones end."""
    bad: npt.NDArray[np.intp]
    """The same for the counterexamples, of which a point may have none."""
    bias: Floats
    """float64 [3, points], of the probes."""


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
    cosines: Floats
    """float64 [units, sentences], to each of the rubric's own, as the sheet lists them."""
    sheet: Sheet

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
        sheet=_sheet(models, prompt),
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


def _sheet(points: Sequence[PointModel], prompt: Prompt | None) -> Sheet:
    good = np.cumsum([0, *(len(point.exemplars) for point in points)])
    bad = np.cumsum([good[-1], *(len(point.counterexamples) for point in points)])
    probes = [
        [point.topic for point in points],
        [point.stance for point in points],
        [point.twin for point in points],
    ]
    rows = [
        *(point.exemplars for point in points),
        *(point.counterexamples for point in points),
        *([] if prompt is None else [prompt.vector[np.newaxis]]),
        *(np.stack([probe.weights for probe in some]) for some in probes),
    ]
    bias = np.array([[probe.bias for probe in some] for some in probes])
    return Sheet(np.ascontiguousarray(np.vstack(rows).T), good, bad, bias)


def score_units(vectors: Floats, rubric: RubricModel) -> Scores:
    """Hold units against a rubric.

    Args:
        vectors: float64 [units, d], unit rows, at least one.
        rubric: what to hold them against.
    """
    sheet, count = rubric.sheet, len(rubric.points)
    # One product an answer, never one for several: its shape is part of what makes the last digits.
    product = vectors @ sheet.columns
    topic, stance, twin = (
        product[:, at : at + count] + bias
        for at, bias in zip(
            range(product.shape[1] - 3 * count, product.shape[1], count), sheet.bias, strict=True
        )
    )
    asked = rubric.prompt is not None
    prompt = product[:, sheet.bad[-1]] if asked else np.zeros(len(vectors))
    good = np.maximum.reduceat(product[:, : sheet.good[-1]], sheet.good[:-1], axis=1)
    # Without counterexamples of its own, a point's rivals are the others' exemplars.
    bad = np.empty_like(good)
    for at in range(count):
        begin, end = sheet.bad[at], sheet.bad[at + 1]
        if end > begin:
            bad[:, at] = product[:, begin:end].max(axis=1)
        else:
            bad[:, at] = np.column_stack([np.delete(good, at, axis=1), prompt]).max(axis=1)
    return Scores(topic, stance, twin, good, bad, prompt, product, sheet)


def choose(scores: Scores) -> npt.NDArray[np.intp]:
    """Choose the evidence for each point: the best of topic, stance and margin together.

    Returns:
        A unit for each point, the first of equals.
    """
    fit = scores.topic + STANCE_WEIGHT * scores.stance + MARGIN_WEIGHT * scores.margin
    return np.asarray(fit.argmax(axis=0))


def oppose(units: Sequence[Unit], scores: Scores) -> list[tuple[int, float] | None]:
    """Find the claim that most denies each point.

    Its opposition is the topic's log-odds (it has to speak of the point), plus 6 times the cosine
    to the nearest counterexample, plus 0.6 for each word of denial up to two, less a quarter of
    the log-odds that it asserts rather than denies.

    Returns:
        For each point the claim of greatest opposition among those near a counterexample, and its
        opposition; None if there is none.
    """
    claim = np.array([unit.kind is Kind.CLAIM for unit in units])
    known = np.diff(scores.sheet.bad) > 0
    near: Mask = claim[:, np.newaxis] & (scores.bad >= _OPPOSING) & known
    if not near.any():
        return [None] * len(known)
    denials = np.array(
        [
            min(_MOST_DENIALS, negation_cues(unit.text)) if some else 0
            for unit, some in zip(units, np.any(near, axis=1).tolist(), strict=True)
        ]
    )
    opposition = (
        scores.topic
        + _COUNTER_WEIGHT * scores.bad
        + _DENIAL_WEIGHT * denials[:, np.newaxis]
        - _TWIN_WEIGHT * scores.twin
    )
    opposition = np.where(near, opposition, -np.inf)
    best = opposition.argmax(axis=0).tolist()
    most = opposition.max(axis=0).tolist()
    return [
        (at, value) if some else None
        for at, value, some in zip(best, most, np.any(near, axis=0).tolist(), strict=True)
    ]


def nearest(scores: Scores, unit: int, point: int) -> Nearest:
    """Say what a unit comes nearest to."""
    cosines, sheet = scores.cosines[unit], scores.sheet
    begin, end = sheet.bad[point], sheet.bad[point + 1]
    return Nearest(
        unit,
        int(cosines[sheet.good[point] : sheet.good[point + 1]].argmax()),
        int(cosines[begin:end].argmax()) if end > begin else None,
    )

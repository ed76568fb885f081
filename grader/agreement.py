"""Machine against human: how well verdicts, probabilities and scores agree with people's.

The figures of classification are scikit-learn's; their intervals, thousands of resamples of the
same counts, are `resampling`'s, and tests hold the two together. Needs the `fit` extra.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import NamedTuple

import numpy as np
from sklearn.metrics import cohen_kappa_score, f1_score, roc_auc_score

from grader import resampling
from grader.judgement import CLASS, JudgedAnswer, Judgement
from grader.resampling import Floats, Ints
from grader.verdict import Verdict

MEASURES = (
    "pearson",
    "spearman",
    "rmse",
    "qwk",
    "accuracy",
    "macro_f1",
    "kappa",
    "auc",
    "ece",
    "review_rate",
)
"""Names of the measures, in the order they are reported; `measure` says what each is."""
RATER_MEASURES = ("accuracy", "kappa", "qwk")
"""Those taken between single people."""
RESAMPLES = 1000
"""How often figures are taken again for an interval."""

_TAIL = 2.5
"""Per cent of the resamples on either side of an interval."""


class Unit(StrEnum):
    """What is drawn when figures are taken again on resampled data."""

    ANSWER = "answer"
    QUESTION = "question"
    """All answers to a question together: how the figures would vary with other questions."""


class Figure(NamedTuple):
    """A measure and its 95% interval."""

    value: float | None
    """None where the measure does not apply."""
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """All measures of some answers."""

    n_answers: int
    n_points: int
    measures: dict[str, Figure]
    """By the names in `MEASURES`."""


@dataclass(frozen=True, slots=True)
class RaterFigures:
    """Agreement on the points that several people judged, over all pairs of judgements."""

    n_points: int
    n_pairs: int
    measures: dict[str, Figure]
    """`accuracy` and `kappa` where neither says partial, `qwk` over the three verdicts."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """A measure that can be taken again on resampled data."""

    unit: Ints
    """int64 [n], the number of the unit each row belongs to."""
    resample: Callable[[Floats], Floats]
    """float64 [r, n] weights to float64 [r], NaN where it does not apply."""
    reference: Callable[[], float] | None = None
    """The same by another hand, without weights."""


def measure(
    answers: Sequence[JudgedAnswer],
    *,
    unit: Unit = Unit.ANSWER,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Figures:
    """Take all measures, each with a bootstrap interval (percentiles; Efron 1979).

    - `pearson`, `spearman`, `rmse`: of the scores as shares of full marks;
    - `qwk`: quadratic weighted kappa of the same, the machine's score moved to the nearest that
      people gave on that question;
    - `accuracy`, `kappa` (Cohen's) of met against not met, and `auc` of the probability: without
      the points that people called partial; a machine's partial counts as not met;
    - `macro_f1`: over the verdicts that people gave, partial among them; a machine's partial
      counts as not met where people never gave it;
    - `ece`: expected calibration error of the probability of met, over all points that have one;
    - `review_rate`: the share of the points left to a person. All else is with review off.

    A measure is None where it does not apply: nothing to measure, one class only, no spread, no
    probability, or a point left undecided. Its interval is None with fewer than two units, or
    if it does not apply to half of the resamples.

    Args:
        answers: what to measure.
        unit: what is drawn.
        seed: of the draws.
        resamples: how many.
    """
    made = _of_scores(answers, unit) | _of_points(answers, unit)
    points = sum(len(answer.judgements) for answer in answers)
    figures = _with_intervals(made, _units(answers, unit), seed, resamples)
    return Figures(len(answers), points, {name: figures[name] for name in MEASURES})


def compare_raters(
    answers: Sequence[JudgedAnswer],
    *,
    unit: Unit = Unit.ANSWER,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[RaterFigures, RaterFigures] | None:
    """Hold people against each other and the machine against each of them, on the same points.

    Args:
        answers: those points count that at least two people judged and the machine decided.
        unit: what is drawn for intervals.
        seed: of the draws.
        resamples: how many.

    Returns:
        Human against human, each pair both ways round, and machine against human; None if no
        point has two raters.
    """
    humans: list[tuple[int, int, int]] = []
    machine: list[tuple[int, int, int]] = []
    points = 0
    for number, answer in zip(_units(answers, unit), answers, strict=True):
        for one in answer.judgements:
            if len(one.raters) < 2 or one.machine is None:
                continue
            points += 1
            said = [CLASS[verdict] for verdict in one.raters]
            humans += [(int(number), a, b) for a, b in permutations(said, 2)]
            machine += [(int(number), a, CLASS[one.machine]) for a in said]
    if not points:
        return None
    units = _units(answers, unit)

    def figures(pairs: list[tuple[int, int, int]], count: int) -> RaterFigures:
        found = _with_intervals(_of_pairs(pairs), units, seed, resamples)
        return RaterFigures(points, count, {name: found[name] for name in RATER_MEASURES})

    return figures(humans, len(humans) // 2), figures(machine, len(machine))


def _units(answers: Sequence[JudgedAnswer], unit: Unit) -> Ints:
    """The number of the unit each answer belongs to, int64 [answers]."""
    if unit is Unit.ANSWER:
        return np.arange(len(answers), dtype=np.int64)
    names = {name: at for at, name in enumerate(sorted({one.question for one in answers}))}
    return np.array([names[one.question] for one in answers], dtype=np.int64)


def _of_scores(answers: Sequence[JudgedAnswer], unit: Unit) -> dict[str, _Measure]:
    if any(one.machine is None for one in answers):
        return {}
    rows = [
        (number, one.human, one.machine, one.question)
        for number, one in zip(_units(answers, unit), answers, strict=True)
        if one.human is not None
    ]
    if not rows:
        return {}
    units = np.array([row[0] for row in rows], dtype=np.int64)
    human = np.array([row[1] for row in rows], dtype=np.float64)
    machine = np.array([row[2] for row in rows], dtype=np.float64)
    level = _on_scale(human, machine, [row[3] for row in rows])
    return {
        "pearson": _Measure(units, lambda w: resampling.pearson(w, human, machine)),
        "spearman": _Measure(units, lambda w: resampling.spearman(w, human, machine)),
        "rmse": _Measure(units, lambda w: resampling.rmse(w, human, machine)),
        "qwk": _Measure(units, lambda w: resampling.quadratic_kappa(w, human, level)),
    }


def _on_scale(human: Floats, machine: Floats, questions: Sequence[str]) -> Floats:
    """Move each score of the machine to the nearest that people gave on that question."""
    scales: dict[str, set[float]] = {}
    for question, score in zip(questions, human, strict=True):
        scales.setdefault(question, {0.0, 1.0}).add(float(score))
    levels = {question: np.array(sorted(scale)) for question, scale in scales.items()}
    return np.array(
        [
            levels[question][np.argmin(np.abs(levels[question] - score))]
            for question, score in zip(questions, machine, strict=True)
        ],
        dtype=np.float64,
    )


def _of_points(answers: Sequence[JudgedAnswer], unit: Unit) -> dict[str, _Measure]:
    rows = [
        (int(number), one)
        for number, answer in zip(_units(answers, unit), answers, strict=True)
        for one in answer.judgements
    ]
    made = {}
    if rows:
        review = np.array([one.review for _, one in rows], dtype=np.float64)
        made["review_rate"] = _Measure(_numbers(rows), lambda w: resampling.mean(w, review))
    if rows and all(one.machine is not None for _, one in rows):
        made |= _of_verdicts(rows)
    likely = [(number, one) for number, one in rows if one.probability is not None]
    if likely:
        chance = _chances(likely)
        outcome = np.array([one.human is Verdict.MET for _, one in likely], dtype=np.float64)
        made["ece"] = _Measure(
            _numbers(likely), lambda w: resampling.calibration_error(w, outcome, chance)
        )
    clear = [(number, one) for number, one in likely if one.clear]
    if clear:
        score = _chances(clear)
        truth = np.array([one.human is Verdict.MET for _, one in clear], dtype=np.float64)
        made["auc"] = _Measure(
            _numbers(clear),
            lambda w: resampling.auc(w, truth, score),
            lambda: float(roc_auc_score(truth, score)),
        )
    return made


def _of_verdicts(rows: Sequence[tuple[int, Judgement]]) -> dict[str, _Measure]:
    """Measures of verdicts that are all decided; at least one."""
    partial = any(not one.clear for _, one in rows)
    human = np.array([CLASS[one.human] for _, one in rows], dtype=np.int64)
    said = np.array([CLASS[one.machine] for _, one in rows if one.machine], dtype=np.int64)
    if not partial:
        said = np.where(said == CLASS[Verdict.MET], said, 0)
    given = sorted({int(number) for number in human})
    made = {
        "macro_f1": _Measure(
            _numbers(rows),
            lambda w: resampling.macro_f1(w, human, said),
            lambda: float(f1_score(human, said, labels=given, average="macro", zero_division=0)),
        )
    }
    pairs = [(n, CLASS[one.human], CLASS[one.machine]) for n, one in rows if one.machine]
    return made | _of_clear(pairs)


def _of_pairs(pairs: Sequence[tuple[int, int, int]]) -> dict[str, _Measure]:
    """Measures of pairs of people's or the machine's classes: (unit, one, other)."""
    units = np.array([row[0] for row in pairs], dtype=np.int64)
    one = np.array([row[1] for row in pairs], dtype=np.float64)
    other = np.array([row[2] for row in pairs], dtype=np.float64)
    three = _Measure(units, lambda w: resampling.quadratic_kappa(w, one, other))
    middle = CLASS[Verdict.PARTIAL]
    decided = [pair for pair in pairs if middle not in pair[1:]]
    return _of_clear(decided) | {"qwk": three}


def _of_clear(pairs: Sequence[tuple[int, int, int]]) -> dict[str, _Measure]:
    """Accuracy and kappa of met against the rest, where the first of each pair is clear."""
    rows = [pair for pair in pairs if pair[1] != CLASS[Verdict.PARTIAL]]
    if not rows:
        return {}
    met = CLASS[Verdict.MET]
    units = np.array([row[0] for row in rows], dtype=np.int64)
    one = np.array([row[1] == met for row in rows], dtype=np.int64)
    other = np.array([row[2] == met for row in rows], dtype=np.int64)
    right = (one == other).astype(np.float64)
    return {
        "accuracy": _Measure(units, lambda w: resampling.mean(w, right)),
        "kappa": _Measure(
            units,
            lambda w: resampling.cohen_kappa(w, one, other),
            lambda: float(cohen_kappa_score(one, other)),
        ),
    }


def _numbers(rows: Sequence[tuple[int, Judgement]]) -> Ints:
    return np.array([number for number, _ in rows], dtype=np.int64)


def _chances(rows: Sequence[tuple[int, Judgement]]) -> Floats:
    return np.array([one.probability for _, one in rows], dtype=np.float64)


def _with_intervals(
    made: dict[str, _Measure], units: Ints, seed: int, resamples: int
) -> dict[str, Figure]:
    """Take each measure, and again on resampled units; what was not made does not apply."""
    values = {name: _value(one) for name, one in made.items()}
    again: dict[str, list[Floats]] = {
        name: [] for name, value in values.items() if value is not None
    }
    count = int(units.max()) + 1 if len(units) else 0
    if count > 1:
        rows = max((len(one.unit) for one in made.values()), default=0)
        for drawn in resampling.draws(count, rows, resamples, seed):
            for name, taken in again.items():
                taken.append(made[name].resample(drawn[:, made[name].unit]))
    figures = {name: Figure(None, None) for name in (*MEASURES, *made)}
    for name, taken in again.items():
        figures[name] = Figure(values[name], _interval(np.concatenate(taken)) if taken else None)
    return figures


def _value(one: _Measure) -> float | None:
    """The measure of the data as they are."""
    value = float(one.resample(np.ones((1, len(one.unit))))[0])
    if math.isnan(value):
        return None
    return one.reference() if one.reference else value


def _interval(taken: Floats) -> tuple[float, float] | None:
    defined = taken[~np.isnan(taken)]
    if 2 * len(defined) < len(taken):
        return None
    low, high = np.percentile(defined, [_TAIL, 100.0 - _TAIL])
    return float(low), float(high)

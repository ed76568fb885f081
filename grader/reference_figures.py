"""Figures on scores against references, and the thresholds chosen by them."""

import math
from collections.abc import Sequence

import numpy as np

from grader.probe import Floats
from grader.reference_cross_fit import LeftOut

_BINS = 10
_RESAMPLES = 1000
_DIGITS = 4
_REVIEWED = 0.1
"""Share of the answers that are too close to call."""
_STEPS = [step / 40 for step in range(4, 33)]


def figures_of(left_out: Sequence[LeftOut]) -> dict[str, float]:
    """Measure predictions, for each data set and for all.

    Args:
        left_out: predictions on questions that were not fitted on.

    Returns:
        `pearson <data set>` with `low` and `high` of the 95% bootstrap interval over questions,
        `ece <data set>` of full marks in ten equal bins, `n <data set>`; `ece all`. What does not
        apply is left out.
    """
    figures: dict[str, float] = {}
    for course in sorted({one.course for one in left_out}):
        some = [one for one in left_out if one.course == course]
        low, high = _interval(some)
        figures |= {
            f"pearson {course}": _round(_pearson(some)),
            f"pearson {course} low": _round(low),
            f"pearson {course} high": _round(high),
            f"ece {course}": _round(_calibration_error(some)),
            f"n {course}": float(len(some)),
        }
    figures["ece all"] = _round(_calibration_error(left_out))
    return {name: value for name, value in figures.items() if math.isfinite(value)}


def choose_partial(left_out: Sequence[LeftOut]) -> float:
    """Choose the expected share from which an answer short of full marks is partial.

    Returns:
        What tells partial answers from those without marks best, by the mean of both rates; a
        half if no answers are partial.
    """
    short = [one for one in left_out if one.probability < 0.5 and not one.declined]
    partial = np.array([one.predicted for one in short if 0.0 < one.share < 1.0])
    courses = {one.course for one in short if 0.0 < one.share < 1.0}
    none = np.array([one.predicted for one in short if one.share == 0.0 and one.course in courses])
    if not len(partial) or not len(none):
        return 0.5
    rates = [(partial >= step).mean() + (none < step).mean() for step in _STEPS]
    return float(_STEPS[int(np.argmax(rates))])


def choose_review(left_out: Sequence[LeftOut]) -> float:
    """Choose the distance from a half below which a tenth of the probabilities lies."""
    away = [abs(one.probability - 0.5) for one in left_out]
    return _round(float(np.quantile(away, _REVIEWED)))


def _columns(some: Sequence[LeftOut]) -> tuple[Floats, Floats]:
    return np.array([one.predicted for one in some]), np.array([one.share for one in some])


def _pearson(some: Sequence[LeftOut]) -> float:
    return _correlation(*_columns(some))


def _correlation(ours: Floats, theirs: Floats) -> float:
    if ours.std() == 0 or theirs.std() == 0:
        return float("nan")
    return float(np.corrcoef(ours, theirs)[0, 1])


def _interval(some: Sequence[LeftOut]) -> tuple[float, float]:
    """95% percentile bootstrap interval of Pearson, whole questions drawn."""
    ours, theirs = _columns(some)
    names = np.array([one.question for one in some])
    members = [np.flatnonzero(names == name) for name in np.unique(names)]
    chance = np.random.default_rng(0)
    found = []
    for _ in range(_RESAMPLES):
        rows = np.concatenate(
            [members[at] for at in chance.integers(len(members), size=len(members))]
        )
        found.append(_correlation(ours[rows], theirs[rows]))
    known = [one for one in found if np.isfinite(one)]
    if not known:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def _calibration_error(some: Sequence[LeftOut]) -> float:
    """Expected calibration error of full marks, ten equal bins."""
    chance = np.array([one.probability for one in some])
    full = np.array([one.share == 1.0 for one in some])
    which = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(chance[which == one].mean() - full[which == one].mean()) * (which == one).mean()
        for one in np.unique(which)
    ]
    return float(np.sum(gaps))


def _round(number: float) -> float:
    return round(number, _DIGITS)

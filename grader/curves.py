"""Counts and curves behind the figures of agreement: what a reader looks at, not only a number."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from grader import resampling
from grader.judgement import CLASS, CLASSES, JudgedAnswer
from grader.verdict import Verdict


class Bin(NamedTuple):
    """Points whose probabilities lie close together."""

    low: float
    high: float
    n: int
    probability: float
    """Their mean."""
    met: float
    """The share of them that people called met."""


class RiskPoint(NamedTuple):
    """What happens if only the surest verdicts are kept."""

    coverage: float
    """The share of the points that keep their verdict, above 0 to 1."""
    error: float
    """The share of those whose verdict is wrong."""


def reliability(answers: Iterable[JudgedAnswer]) -> tuple[Bin, ...]:
    """Sort the points that have a probability into bins; empty bins are left out."""
    rows = [
        (one.probability, one.human is Verdict.MET)
        for answer in answers
        for one in answer.judgements
        if one.probability is not None
    ]
    chance = np.array([row[0] for row in rows], dtype=np.float64)
    met = np.array([row[1] for row in rows], dtype=np.float64)
    place = resampling.bins_of(chance)
    width = 1.0 / resampling.BINS
    return tuple(
        Bin(
            low=round(number * width, 6),
            high=round((number + 1) * width, 6),
            n=int(np.sum(place == number)),
            probability=float(np.mean(chance[place == number])),
            met=float(np.mean(met[place == number])),
        )
        for number in np.unique(place)
    )


def risk_coverage(answers: Iterable[JudgedAnswer]) -> tuple[RiskPoint, ...]:
    """Trace the error as the least sure verdicts are given up (El-Yaniv and Wiener 2010).

    Verdicts of equal confidence share their errors evenly, so their order does not matter.

    Args:
        answers: points that people called partial or the machine left undecided do not count.

    Returns:
        One point for each number of verdicts kept, the surest alone first.
    """
    rows = [
        (one.confidence, (one.machine is Verdict.MET) != (one.human is Verdict.MET))
        for answer in answers
        for one in answer.judgements
        if one.clear and one.machine is not None
    ]
    sure = np.array([-row[0] for row in rows], dtype=np.float64)
    wrong = np.array([row[1] for row in rows], dtype=np.float64)
    _, tie, size = np.unique(sure, return_inverse=True, return_counts=True)
    shared = np.repeat(np.bincount(tie, weights=wrong, minlength=len(size)) / size, size)
    kept = np.arange(1, len(rows) + 1)
    errors = np.cumsum(shared) / kept
    return tuple(
        RiskPoint(float(share), float(error))
        for share, error in zip(kept / max(1, len(rows)), errors, strict=True)
    )


def error_at(curve: Sequence[RiskPoint], coverage: float) -> float | None:
    """The error if at least a share `coverage` of the verdicts is kept; None for no verdicts."""
    if not curve:
        return None
    kept = math.ceil(round(coverage * len(curve), 6))
    return curve[min(len(curve), max(1, kept)) - 1].error


def confusion(answers: Iterable[JudgedAnswer]) -> tuple[tuple[int, ...], ...]:
    """Count points by people's verdict (rows) and the machine's (columns), as in `CLASSES`."""
    counts = [[0] * len(CLASSES) for _ in CLASSES]
    for answer in answers:
        for one in answer.judgements:
            if one.machine is not None:
                counts[CLASS[one.human]][CLASS[one.machine]] += 1
    return tuple(map(tuple, counts))


def wrongly_credited(answers: Iterable[JudgedAnswer]) -> tuple[int, int]:
    """Count points that people called not met: those the machine credits at all, and all.

    What the machine leaves undecided is not among them.
    """
    earned = [
        one.machine in (Verdict.MET, Verdict.PARTIAL)
        for answer in answers
        for one in answer.judgements
        if one.human is Verdict.NOT_MET and one.machine is not None
    ]
    return sum(earned), len(earned)

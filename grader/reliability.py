"""How far several raters agree who each judged some of the same things.

Krippendorff's alpha takes any number of raters and gaps in what they judged (K. Krippendorff,
"Computing Krippendorff's Alpha-Reliability", 2011): one less the disagreement observed over that
expected by chance, both from the coincidences of values within units. 1 is full agreement, 0 what
chance gives, below 0 systematic disagreement.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations

import numpy as np

from grader import resampling
from grader.resampling import Floats, Ints


class Scale(StrEnum):
    """What the distance between two values means."""

    NOMINAL = "nominal"
    """They are the same or not."""
    ORDINAL = "ordinal"
    """The more values lie between them, the further apart."""


def krippendorff_alpha(ratings: Sequence[Sequence[int | None]], scale: Scale) -> float | None:
    """Measure the agreement of several raters.

    Args:
        ratings: for each unit what each rater said, a number from 0, higher is better; None
            where one said nothing. Units with fewer than two values count for nothing.
        scale: how far values are apart.

    Returns:
        1 at most; None where nothing can vary: no unit with two values, or one value only.

    Raises:
        ValueError: a value is below 0.
    """
    units = [[value for value in unit if value is not None] for unit in ratings]
    units = [unit for unit in units if len(unit) > 1]
    if any(value < 0 for unit in units for value in unit):
        raise ValueError("ratings are numbers from 0")
    if not units:
        return None
    coincidences = _coincidences(units)
    totals = coincidences.sum(axis=0)
    distance = _distance(totals, scale)
    count = totals.sum()
    expected = float((np.outer(totals, totals) * distance).sum() / (count - 1.0))
    if expected <= 0:
        return None
    return 1.0 - float((coincidences * distance).sum()) / expected


def weighted_kappa(one: Sequence[int | None], other: Sequence[int | None]) -> float | None:
    """Kappa with quadratic weights (Cohen 1968) of two raters, over what both judged.

    Args:
        one: a number from 0 for each unit, None where nothing was said.
        other: the same units by the other rater; the measure is the same the other way round.

    Returns:
        1 at most; None where both judged nothing, or both gave one and the same value only.

    Raises:
        ValueError: the raters have different numbers of units.
    """
    pairs = [
        (float(a), float(b))
        for a, b in zip(one, other, strict=True)
        if a is not None and b is not None
    ]
    if not pairs:
        return None
    first = np.array([a for a, _ in pairs], dtype=np.float64)
    second = np.array([b for _, b in pairs], dtype=np.float64)
    if first.std() == 0.0:  # the measure asks for spread in its first column; either will do
        first, second = second, first
    if first.std() == 0.0:  # one value each: none to tell from chance if they differ
        return None if first[0] == second[0] else 0.0
    found = float(resampling.quadratic_kappa(np.ones((1, len(pairs))), first, second)[0])
    return None if np.isnan(found) else found


def exact_agreement(ratings: Sequence[Sequence[int | None]]) -> float | None:
    """The share of all pairs of values within units that are the same; None without a pair."""
    same = [
        a == b
        for unit in ratings
        for a, b in combinations([value for value in unit if value is not None], 2)
    ]
    return sum(same) / len(same) if same else None


def _coincidences(units: Sequence[Sequence[int]]) -> Floats:
    """How often two values stand in one unit, float64 [k, k]; a unit counts as its values do."""
    values = max(max(unit) for unit in units) + 1
    found = np.zeros((values, values), dtype=np.float64)
    for unit in units:
        counts: Ints = np.bincount(np.array(unit), minlength=values)
        pairs = np.outer(counts, counts) - np.diag(counts)
        found += pairs / (len(unit) - 1.0)
    return found


def _distance(totals: Floats, scale: Scale) -> Floats:
    """The squared distance of each two values, float64 [k, k].

    Args:
        totals: how often each value was given, float64 [k].
        scale: what distance means.
    """
    if scale is Scale.NOMINAL:
        return np.asarray(1.0 - np.eye(len(totals)), dtype=np.float64)
    # From the middle of one value's run of ranks to the middle of the other's.
    middle = np.cumsum(totals) - totals / 2.0
    return np.asarray((middle[:, np.newaxis] - middle) ** 2, dtype=np.float64)

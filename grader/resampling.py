"""Measures of agreement under many weightings of the same rows at once, for bootstrap intervals.

Every measure takes `weights`, float64 [r, n]: how often each of n rows counts in each of r
resamples. It returns float64 [r], NaN where the measure has no meaning: nothing to measure, or
people give one class or one score only. Weights of one give the measure itself.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 10
"""Equal parts of the range of probabilities in which calibration is measured."""
_BLOCK = 2_000_000
"""Weights held in memory at a time."""


def draws(units: int, rows: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Draw units with replacement, as many as there are.

    Args:
        units: what is drawn, for example answers; at least 1.
        rows: the most rows a measure spreads the weights over; decides the size of a block.
        resamples: how many times to draw.
        seed: the same seed gives the same draws, whatever `rows` is.

    Yields:
        float64 [b, units], how often each unit was drawn; b adds up to `resamples`.
    """
    # Not to be guessed by anybody, only to be repeated: a plain seeded generator will do.
    chance = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(units, rows, 1))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = chance.integers(units, size=(size, units))
        drawn += np.arange(size)[:, np.newaxis] * units
        counts = np.bincount(drawn.ravel(), minlength=size * units)
        yield counts.reshape(size, units).astype(np.float64)


def mean(weights: Floats, values: Floats) -> Floats:
    """The mean of values, float64 [n]."""
    return _divide(weights @ values, weights.sum(axis=1))


def rmse(weights: Floats, human: Floats, machine: Floats) -> Floats:
    """The root of the mean squared difference of two columns, float64 [n]."""
    return np.sqrt(mean(weights, (human - machine) ** 2))


def pearson(weights: Floats, human: Floats, machine: Floats) -> Floats:
    """Pearson's correlation of two columns, float64 [n]."""
    # Centred first: the differences below lose no digits then.
    return _correlation(weights, human - human.mean(), machine - machine.mean())


def spearman(weights: Floats, human: Floats, machine: Floats) -> Floats:
    """Spearman's correlation of two columns, float64 [n]: Pearson's of their ranks, ties shared."""
    return _correlation(weights, _ranks(weights, human), _ranks(weights, machine))


def quadratic_kappa(weights: Floats, human: Floats, machine: Floats) -> Floats:
    """Kappa with quadratic weights of two columns on one scale, float64 [n].

    One less the mean squared difference over what it would be if the columns were independent;
    on equally spaced levels this is the usual quadratic weighted kappa.
    """
    apart = mean(weights, (human - machine) ** 2)
    by_chance = (
        mean(weights, human**2)
        + mean(weights, machine**2)
        - 2.0 * mean(weights, human) * mean(weights, machine)
    )
    spread = mean(weights, human**2) - mean(weights, human) ** 2
    return np.where(spread > 1e-12, _one_less(apart, by_chance), np.nan)


def cohen_kappa(weights: Floats, human: Ints, machine: Ints) -> Floats:
    """Cohen's kappa of two columns of class numbers, int64 [n], from 0."""
    there, said, both = _counts(weights, human, machine)
    total = weights.sum(axis=1)
    agreed = _divide(both.sum(axis=1), total)
    by_chance = _divide((there * said).sum(axis=1), total**2)
    several = (there > 0).sum(axis=1) > 1
    return np.where(several, _one_less(1.0 - agreed, 1.0 - by_chance), np.nan)


def macro_f1(weights: Floats, human: Ints, machine: Ints) -> Floats:
    """The mean F1 over the classes that people gave, at least two; int64 [n], from 0."""
    there, said, both = _counts(weights, human, machine)
    given = there > 0
    score = np.where(given, 2.0 * both / np.where(given, there + said, 1.0), 0.0)
    classes = given.sum(axis=1)
    return np.where(classes > 1, score.sum(axis=1) / np.maximum(classes, 1), np.nan)


def auc(weights: Floats, truth: Floats, score: Floats) -> Floats:
    """The area under the ROC curve: that a true row scores above a false one, ties by half.

    Args:
        weights: as above.
        truth: float64 [n], 1 for true, 0 for false.
        score: float64 [n].
    """
    order, starts, _ = _ties(score)
    good = np.add.reduceat(weights[:, order] * truth[order], starts, axis=1)
    bad = np.add.reduceat(weights[:, order] * (1.0 - truth[order]), starts, axis=1)
    below = np.cumsum(bad, axis=1) - bad
    pairs = good.sum(axis=1) * bad.sum(axis=1)
    return _divide((good * (below + 0.5 * bad)).sum(axis=1), pairs)


def calibration_error(weights: Floats, outcome: Floats, probability: Floats) -> Floats:
    """The expected calibration error over `BINS` equal bins (Naeini et al. 2015).

    Args:
        weights: as above.
        outcome: float64 [n], 1 for what came true, 0 for what did not.
        probability: float64 [n], 0 to 1.
    """
    gaps = np.zeros((len(outcome), BINS))
    gaps[np.arange(len(outcome)), bins_of(probability)] = outcome - probability
    return _divide(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))


def bins_of(probability: Floats) -> Ints:
    """Which of the bins each probability falls into, int64 [n], 0 to `BINS` - 1."""
    return np.minimum((probability * BINS).astype(np.int64), BINS - 1)


def _correlation(weights: Floats, x: Floats, y: Floats) -> Floats:
    """Pearson's correlation; columns are [n], or [r, n] where they differ by resample."""
    total = weights.sum(axis=1)
    mean_x = _divide((weights * x).sum(axis=1), total)[:, np.newaxis]
    mean_y = _divide((weights * y).sum(axis=1), total)[:, np.newaxis]
    x, y = x - mean_x, y - mean_y
    spread_x = (weights * x * x).sum(axis=1)
    spread_y = (weights * y * y).sum(axis=1)
    # What rounding leaves of a constant column is no spread.
    flat = (spread_x <= total * 1e-20) | (spread_y <= total * 1e-20)
    product = np.where(flat, 0.0, np.sqrt(spread_x) * np.sqrt(spread_y))
    return np.clip(_divide((weights * x * y).sum(axis=1), product), -1.0, 1.0)


def _ranks(weights: Floats, values: Floats) -> Floats:
    """The middle rank of each row within each resample, float64 [r, n]."""
    order, starts, group = _ties(values)
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    middle = np.cumsum(sizes, axis=1) - sizes / 2.0
    middle -= weights.sum(axis=1, keepdims=True) / 2.0
    return np.asarray(middle[:, group], dtype=np.float64)


def _ties(values: Floats) -> tuple[Ints, Ints, Ints]:
    """The order that sorts, where each run of equals starts in it, and each row's run."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    return order, starts, group


def _counts(weights: Floats, human: Ints, machine: Ints) -> tuple[Floats, Floats, Floats]:
    """How often each class was given by people, by the machine, and by both, float64 [r, k]."""
    classes = int(max(human.max(), machine.max())) + 1
    there = np.eye(classes)[human]
    said = np.eye(classes)[machine]
    return weights @ there, weights @ said, weights @ (there * said)


def _one_less(apart: Floats, by_chance: Floats) -> Floats:
    return 1.0 - _divide(apart, np.where(by_chance > 1e-12, by_chance, 0.0))


def _divide(above: Floats, below: Floats) -> Floats:
    """A quotient; NaN where there is nothing to divide by."""
    there = below > 0
    return np.where(there, above / np.where(there, below, 1.0), np.nan)

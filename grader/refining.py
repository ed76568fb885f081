"""Learns from a person's own graded answers how far a calibration is off on each point.

Two steps, both logistic with a Gaussian prior on what is added to the base's log-odds, so that few
labels change little: one bias and slope for all points together, then for each point a bias and a
direction in embedding space, learnt on the evidence of its labelled answers. Plain numpy.

The priors were chosen on the bank's graded examples, each answer left out in turn, under the full
rubrics and under the same cut down to three exemplars and to the description alone.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grader.calibration import Calibration
from grader.deciding import Sight
from grader.probe import Floats, make_span
from grader.refinement import PointRefinement, bounded

LEAST = 10
"""Labelled answers a point needs before anything is learnt on it."""
SHARED_BIAS = 1.0
SHARED_SLOPE = 0.1
"""Prior variance of what all points share: how far off the base may be as a whole."""
OWN_BIAS = 0.1
OWN_DIRECTION = 10.0
"""Prior variance of a point's own bias, and of each weight on its evidence's vector."""
_STEPS = 60
_DIGITS = 5

Mask = npt.NDArray[np.bool_]


class Sample(NamedTuple):
    """One point of one labelled answer."""

    answer: str
    """What tells answers apart, their text: none may stand on both sides of a fold."""
    log_odds: float
    """The base's, of `met`."""
    evidence: Floats
    """float64 [d], the vector of the unit that speaks for the point."""
    share: float
    """People's verdict: 1, ½ or 0; ½ counts as half a met and half a not met answer."""


Samples = Mapping[str, Sequence[Sample]]
"""The samples of each point of a rubric, by name."""


def samples_of(
    sight: Sight, answer: str, shares: Mapping[str, float], calibration: Calibration
) -> dict[str, Sample]:
    """Make samples of one labelled answer.

    Args:
        sight: what the grader saw of it.
        answer: its text.
        shares: people's verdicts, 1, ½ or 0, by point.
        calibration: the base.

    Returns:
        By point; none where no model was asked, as there is nothing to learn from.
    """
    if sight.evidence is None:
        return {}
    name = " ".join(answer.split()).casefold()
    return {
        point.id: Sample(name, calibration.base(point.features), vector, shares[point.id])
        for point, vector in zip(sight.grade.points, sight.evidence, strict=True)
        if point.id in shares
    }


def fit_points(samples: Samples, least: int = LEAST) -> dict[str, PointRefinement]:
    """Learn on all points of a rubric. Deterministic, and the order of answers counts for nothing.

    Args:
        samples: by point.
        least: samples below which a point is left as it is, at least 1.

    Returns:
        By point, those with enough samples.
    """
    enough = {
        name: sorted(some, key=lambda one: (one.answer, one.log_odds))
        for name, some in sorted(samples.items())
        if len(some) >= least
    }
    if not enough:
        return {}
    base = [np.array([one.log_odds for one in some]) for some in enough.values()]
    share = [np.array([one.share for one in some]) for some in enough.values()]
    everything = np.concatenate(base)
    scale = np.array([SHARED_BIAS, SHARED_SLOPE]) ** 0.5
    seen = np.column_stack([np.ones(len(everything)), _bounded(everything)]) * scale
    shared = scale * _solve(seen, everything, np.concatenate(share))
    found = {}
    for (name, some), odds, target in zip(enough.items(), base, share, strict=True):
        moved = odds + shared[0] + shared[1] * _bounded(odds)
        bias, weights = _own(np.stack([one.evidence for one in some]), moved, target)
        found[name] = PointRefinement(
            n=len(some),
            bias=_round(shared[0] + bias),
            slope=_round(shared[1]),
            weights=tuple(_round(weight) for weight in weights),
        )
    return found


def refined(sample: Sample, by: Mapping[str, PointRefinement], name: str) -> float:
    """The log-odds of a sample of a point, as learnt; the base's if nothing was learnt on it."""
    point = by.get(name)
    if point is None:
        return sample.log_odds
    return sample.log_odds + point.shift(sample.log_odds, sample.evidence.tolist())


def folds_of(answers: Iterable[str], folds: int, seed: int = 0) -> dict[str, int]:
    """Deal answers to folds, by a hash: where they stand in a file counts for nothing.

    Args:
        answers: what tells them apart.
        folds: how many, at least 2.
        seed: another one deals them otherwise.

    Returns:
        0 to `folds` - 1 for each answer; the folds' sizes differ by one at most.
    """
    return {answer: at % folds for at, answer in enumerate(shuffled(answers, seed))}


def shuffled(answers: Iterable[str], seed: int) -> list[str]:
    """Each answer once, in an order that only a hash of seed and answer decides."""

    def place(answer: str) -> bytes:
        return hashlib.sha256(f"{seed}\n{answer}".encode()).digest()

    return sorted(set(answers), key=place)


def left_out(samples: Samples, folds: int, seed: int = 0, least: int = LEAST) -> dict[str, Floats]:
    """Judge each sample by what was learnt without its answer.

    Args:
        samples: by point.
        folds: how many, at least 2.
        seed: of the folds.
        least: as for `fit_points`, of what a fold leaves to learn on.

    Returns:
        For each point the log-odds of its samples, float64 [samples].
    """
    dealt = folds_of((one.answer for some in samples.values() for one in some), folds, seed)
    found = {name: np.zeros(len(some)) for name, some in samples.items()}
    for fold in range(folds):
        known = {
            name: [one for one in some if dealt[one.answer] != fold]
            for name, some in samples.items()
        }
        by = fit_points(known, least)
        for name, some in samples.items():
            for at, one in enumerate(some):
                if dealt[one.answer] == fold:
                    found[name][at] = refined(one, by, name)
    return found


def _own(evidence: Floats, base: Floats, target: Floats) -> tuple[float, Floats]:
    """A point's own bias and direction, float64 [d]."""
    centre = evidence.mean(axis=0)
    span = make_span(np.vstack([evidence - centre, centre]))
    points = span.points[:-1]
    scale = np.sqrt([OWN_BIAS, *[OWN_DIRECTION] * points.shape[1]])
    seen = np.column_stack([np.ones(len(base)), points]) * scale
    solution = scale * _solve(seen, base, target)
    weights = span.back @ solution[1:]
    return float(solution[0] - weights @ centre), weights


def _solve(seen: Floats, base: Floats, target: Floats) -> Floats:
    """Minimise the logistic loss of `base + seen @ w` plus |w|²/2 by Newton's method."""
    solution = np.zeros(seen.shape[1])
    loss = _loss(seen, base, target, solution)
    for _ in range(_STEPS):
        chance = 0.5 * (1.0 + np.tanh(0.5 * (base + seen @ solution)))
        slope = solution + seen.T @ (chance - target)
        bend = (seen.T * (chance * (1.0 - chance))) @ seen + np.eye(seen.shape[1])
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (moved := _loss(seen, base, target, solution - size * step)) > loss and size > 1e-6:
            size /= 2.0
        gain = loss - moved
        if gain <= 0.0:
            break
        solution, loss = solution - size * step, moved
        if gain < 1e-10 * (1.0 + loss):
            break
    return solution


def _loss(seen: Floats, base: Floats, target: Floats, solution: Floats) -> float:
    score = base + seen @ solution
    return float(0.5 * solution @ solution + np.sum(np.logaddexp(0.0, score) - target * score))


def _bounded(log_odds: Floats) -> Floats:
    return np.array([bounded(one) for one in log_odds.tolist()])


def _round(number: float) -> float:
    return round(float(number), _DIGITS) + 0.0

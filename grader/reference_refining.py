"""What a question's own scored answers teach about scoring others to it.

The error that the scorer makes is taken for a Gaussian process (Rasmussen and Williams 2006): a
part that all answers to the question share, a part that follows the predicted score, and a part
that is alike for answers of like meaning. Few answers change little; the variances say how much.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grader.probe import Floats
from grader.reference_scoring import ReferenceCalibration, ReferenceScore, ReferenceSight

LEAST = 3
"""Scored answers below which nothing is learnt."""
SHARED = 0.05
"""Prior variance of the error that all answers to a question share."""
SLOPE = 0.3
"""Of what is added to the predicted score's weight."""
ALIKE = 0.18
"""Of the error that answers of like meaning share."""
SHARPNESS = 4.0
"""How fast likeness falls with the distance in meaning: exp(sharpness x (cosine - 1))."""
NOISE = 0.08
"""Of what no answer teaches about another."""
_CERTAIN = 0.01
"""A probability stays this far from 0 and 1: so few answers prove nothing."""


class Lesson(NamedTuple):
    """A scored answer."""

    sight: ReferenceSight
    share: float
    """People's, 0 to 1."""


def refine(
    sights: Sequence[ReferenceSight],
    lessons: Sequence[Lesson],
    calibration: ReferenceCalibration,
) -> list[ReferenceScore]:
    """Score answers by what others to the same question teach. Deterministic.

    Args:
        sights: the answers.
        lessons: scored answers to the same question, none of them among the former.
        calibration: the base's.

    Returns:
        A score for each; the base's where there are fewer than `LEAST` lessons, and for what is
        no answer.
    """
    taught = [one for one in lessons if not one.sight.declined]
    asked = [one for one in sights if not one.declined]
    if len(taught) < LEAST or not asked:
        return [one.score for one in sights]
    shares = np.array([one.share for one in taught])
    known = np.stack([one.sight.vector for one in taught])
    new = np.stack([one.vector for one in asked])
    near, between = _alike(known, known), _alike(new, known)
    share = _learn(
        np.array([one.sight.score.share for one in taught]),
        shares,
        np.array([one.score.share for one in asked]),
        near,
        between,
    )
    full = _learn(
        np.array([_chance(one.sight) for one in taught]),
        np.floor(shares),
        np.array([_chance(one) for one in asked]),
        near,
        between,
    )
    found = iter(zip(np.clip(share, 0.0, 1.0), full, strict=True))
    scores = []
    for one in sights:
        if one.declined:
            scores.append(one.score)
        else:
            part, chance = next(found)
            bounded = min(1.0 - _CERTAIN, max(_CERTAIN, float(chance)))
            scores.append(calibration.judge(float(part), bounded))
    return scores


def _chance(sight: ReferenceSight) -> float:
    return sight.score.probability or 0.0


def _alike(some: Floats, others: Floats) -> Floats:
    """How much of the meaning's error two answers share: float64 [n, m], 0 to 1."""
    alike: Floats = np.exp(SHARPNESS * (some @ others.T - 1.0))
    return alike


def _learn(known: Floats, said: Floats, new: Floats, near: Floats, between: Floats) -> Floats:
    """Predictions for new answers, corrected by the mean of the process."""
    centre = 0.5
    spread = SHARED + SLOPE * np.outer(known - centre, known - centre) + ALIKE * near
    across = SHARED + SLOPE * np.outer(new - centre, known - centre) + ALIKE * between
    spread[np.diag_indices_from(spread)] += NOISE
    corrected: Floats = new + across @ np.linalg.solve(spread, said - known)
    return corrected

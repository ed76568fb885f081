"""What a kept grade's probabilities were made of, from the grade and the calibration it names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.calibration import Calibration
from grader.errors import CalibrationError
from grader.explanation import Explanation, explain, recall
from grader.grade import Grade

_EXACT = 2e-6
"""Probabilities are kept with six decimals."""


@dataclass(frozen=True)
class Grounds:
    """The grounds of one grade."""

    calibration: Calibration | None
    """The one it was made with; None if it names none, or it is not at hand."""
    missing: str | None = None
    """Why there are no contributions although the grade names a calibration: a sentence."""
    points: dict[str, Explanation] = field(default_factory=dict)
    """By point; only those with a probability."""


def grounds_of(grade: Grade, known: Sequence[Calibration]) -> Grounds:
    """Compute what each feature contributed. No model is needed: a grade keeps its features.

    Args:
        grade: the machine's.
        known: calibrations at hand.

    Returns:
        The grounds. A calibration that does not give the probabilities that were kept is not
        the one the grade was made with, whatever its name.
    """
    name = grade.provenance.calibration
    if name is None:
        return Grounds(None)
    calibration = recall(name, known)
    if calibration is None:
        return Grounds(None, f"Graded by calibration {name}, which is not at hand.")
    points: dict[str, Explanation] = {}
    for point in grade.points:
        if point.probability is None:
            continue
        try:
            chance = calibration.probability(point.features)
        except CalibrationError:
            chance = -1.0
        if abs(chance - point.probability) > _EXACT:
            missing = f"The calibration {name} at hand does not give the probability that was kept."
            return Grounds(None, missing)
        points[point.id] = explain(calibration, point.features)
    return Grounds(calibration, points=points)


def contributions(grade: Grade, known: Sequence[Calibration]) -> dict[str, object] | None:
    """The same as a JSON value.

    Returns:
        By point: `base`, `features` (name -> log-odds), `limit` and their sum `log_odds`; None
        where the calibration is not at hand or none was asked.
    """
    grounds = grounds_of(grade, known)
    if grounds.calibration is None:
        return None
    return {
        point: {
            "base": found.base,
            "features": {one.feature: one.log_odds for one in found.contributions},
            "limit": found.limit,
            "log_odds": found.log_odds,
        }
        for point, found in grounds.points.items()
    }

"""Which answers narrow numbers leave in doubt: those a little more exactness might judge otherwise.

A sentence's vector in bfloat16 is off by half a percent of its length, and a probability mostly by
less than a hundredth. That matters only next to a bound between two verdicts. So an answer of which
a point comes near to one is embedded and judged again in float32, and its grade is the very one
that `--dtype float32` gives. docs/performance.md says how many, and what is left.
"""

from grader.calibration import Calibration
from grader.grade import Grade, PointGrade

MARGIN = 0.006
"""Of a probability."""


def in_doubt(grade: Grade, calibration: Calibration) -> bool:
    """Tell whether a grade made with narrow numbers lies next to a bound.

    Args:
        grade: as it was made.
        calibration: what it was made with.
    """
    return any(_in_doubt(point, calibration) for point in grade.points)


def _in_doubt(point: PointGrade, calibration: Calibration) -> bool:
    if point.probability is None:
        return False
    opposition = point.features.get("opposition", 0.0)
    chances = (point.probability + shift for shift in (0.0, MARGIN, -MARGIN))
    return len({calibration.verdict(chance, opposition) for chance in chances}) > 1

"""Verdicts for weights that have no calibration: a rule of thumb whose error is not known.

The bounds were chosen once, on the 813 points of the shipped graded examples that are labelled met
or not met, with the bare all-MiniLM-L6-v2: 77% of them come out right there, which promises nothing
for other weights, rubrics or answers. The margin alone decides 57% of them rightly.
"""

from collections.abc import Mapping

from grader.verdict import Verdict

SPEAKS_OF = -1.0
"""Log-odds by the topic probe from which the evidence speaks of the point at all."""
MET_MARGIN = -0.05
"""Margin from which it then meets the point: nearly as near to an exemplar as to a counterexample,
or nearer."""
CONTRADICTED_MARGIN = -0.1
"""Margin below which it then asserts the opposite. Between the two the point is half met."""


def margin_verdict(features: Mapping[str, float]) -> Verdict:
    """Judge one point by its margin.

    Args:
        features: as `grader.features.weigh` measures them; of these `probe`, the log-odds that the
            evidence speaks of the point, and `margin`, its cosine to the nearest exemplar less
            that to the nearest counterexample.

    Raises:
        KeyError: one of the two is missing.
    """
    if features["probe"] < SPEAKS_OF:
        return Verdict.NOT_MET
    margin = features["margin"]
    if margin >= MET_MARGIN:
        return Verdict.MET
    return Verdict.PARTIAL if margin >= CONTRADICTED_MARGIN else Verdict.CONTRADICTED

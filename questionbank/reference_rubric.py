"""Rubrics made from reference answers and labelled points, and the score their grades add up to."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from grader.calibration import Thresholds
from grader.claims import split_claims
from grader.grade import Grade, PointGrade
from grader.rubric import Feedback, Point, Rubric
from grader.text import normalise
from grader.verdict import Flag, Verdict
from questionbank.labelled_file import MAX_POINTS

_KEPT = 256
"""Questions whose rubrics are kept ready."""
_NEAR = "exemplar"
"""The feature that is the cosine to the statement."""


class Prediction(NamedTuple):
    """What the grades against all references of a question say of one answer."""

    share: float
    """The score as a share of full marks, 0 to 1."""
    probability: float | None
    """Of full marks, 0 to 1; None where no calibration was asked."""
    verdict: Verdict | None
    """On the answer as a whole, with review switched off; None without a calibration."""
    confidence: float
    """How far the verdict is from another, 0 to 1."""
    review: bool


def predict(grades: Sequence[Grade], thresholds: Thresholds | None) -> Prediction:
    """Turn the grades against alternative references into one score: the best reference counts.

    Everything that reads reference answers scores through here. The score is how near the answer
    comes to each of a reference's statements, in the mean: a calibration made for rubrics with
    many exemplars knows little of single sentences, and its probabilities spread scores worse.
    Verdict and probability are those of the reference that scores best, the first of equals.

    Args:
        grades: one for each alternative, at least one.
        thresholds: the calibration's; None without one.
    """
    worth = [_worth(grade, thresholds) for grade in grades]
    share = max(worth)
    grade = grades[worth.index(share)]
    first = grade.points[0]
    chances = [point.probability for point in grade.points if point.probability is not None]
    if thresholds is None or len(chances) < len(grade.points):
        # No model was asked, or nobody may believe it: then all points have the same verdict.
        doubt = first.verdict is Verdict.NEEDS_REVIEW
        return Prediction(share, None, decided(first, thresholds), float(not doubt), doubt)
    chance = sum(chances) / len(chances)
    if Flag.OFF_TOPIC in grade.flags:
        return Prediction(share, chance, Verdict.NOT_MET, 1.0, review=False)
    return Prediction(
        share,
        chance,
        _verdict_at(chance, thresholds),
        abs(chance - thresholds.met),
        thresholds.review_low <= chance < thresholds.review_high,
    )


def decided(point: PointGrade, thresholds: Thresholds | None) -> Verdict | None:
    """The verdict with review switched off: in doubt, what the probability says.

    Args:
        point: the machine's judgement.
        thresholds: the calibration's; None without one.

    Returns:
        The verdict. One left to a person for another reason than doubt earns nothing, so that
        abstaining never flatters. None where nothing was decided for want of a calibration.
    """
    if point.verdict is not Verdict.NEEDS_REVIEW:
        return point.verdict
    if thresholds is None:
        return None
    if point.probability is None:
        return Verdict.NOT_MET
    return _verdict_at(point.probability, thresholds)


def confidence(point: PointGrade, thresholds: Thresholds | None) -> float:
    """How far a verdict is from another, 0 to 1: the probability's distance from the threshold."""
    if point.probability is None or thresholds is None:
        return 0.0 if point.verdict is Verdict.NEEDS_REVIEW else 1.0
    return abs(point.probability - thresholds.met)


@lru_cache(maxsize=_KEPT)
def reference_rubrics(references: tuple[str, ...]) -> tuple[Rubric, ...]:
    """Make a rubric of each reference answer, a point of each of its statements.

    Args:
        references: alternatives, at least one.

    Returns:
        One rubric each. Of more statements than a rubric holds, neighbours share a point.
    """
    return tuple(_rubric(_statements(reference)) for reference in references)


@lru_cache(maxsize=_KEPT)
def labelled_rubric(texts: tuple[str, ...]) -> Rubric:
    """Make a rubric of points that consist of one text each.

    Args:
        texts: what the points ask, 1 to `MAX_POINTS`.

    Returns:
        A rubric whose points have the ids `p1`, `p2`, …
    """
    return _rubric(texts)


def _worth(grade: Grade, thresholds: Thresholds | None) -> float:
    """The score by one reference, 0 to 1."""
    if Flag.OFF_TOPIC in grade.flags:
        return 0.0
    return sum(_nearness(point, thresholds) for point in grade.points) / len(grade.points)


def _nearness(point: PointGrade, thresholds: Thresholds | None) -> float:
    """How near an answer comes to one statement; what earns nothing is not near."""
    verdict = decided(point, thresholds)
    if point.probability is None and verdict is not None:
        return verdict.share or 0.0
    return min(1.0, max(0.0, point.features.get(_NEAR, point.probability or 0.0)))


def _verdict_at(chance: float, thresholds: Thresholds) -> Verdict:
    if chance >= thresholds.met:
        return Verdict.MET
    return Verdict.PARTIAL if chance >= thresholds.partial else Verdict.NOT_MET


def _statements(reference: str) -> tuple[str, ...]:
    """The statements of a reference answer, at most `MAX_POINTS`."""
    texts = [claim.text for claim in split_claims(normalise(reference))] or [reference]
    size = -(-len(texts) // MAX_POINTS)
    return tuple(" ".join(texts[at : at + size]) for at in range(0, len(texts), size))


def _rubric(texts: Sequence[str]) -> Rubric:
    return Rubric(
        id="reference",
        version="1.0.0",
        title="Reference answer",
        points=tuple(
            Point(
                id=f"p{number}",
                title=f"Statement {number}",
                description=text,
                exemplars=(text,),
                feedback=Feedback(met="Said.", missed="Not said."),
                probe="What else?",
            )
            for number, text in enumerate(texts, start=1)
        ),
    )

"""The readiness score of an interview, its arithmetic and uncertainty; advice, no decision.

Each question counts the same within its competency, each competency by its weight:
`100 x Σ weight x share ÷ Σ weight`.
"""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from grader.rubric import Record
from questionbank.blueprint import Recommendation
from questionbank.packet import Packet, PacketItem

_SURE = 1.96
"""Standard deviations to either side of a 95% interval."""
_DIGITS = 6


class JudgedPoint(Protocol):
    """One point as it counts, whoever judged it."""

    @property
    def max_points(self) -> float:
        """The point's weight."""
        ...

    @property
    def points(self) -> float | None:
        """0 to `max_points`; None while it is open."""
        ...

    @property
    def variance(self) -> float:
        """Of the points: how unsure the judgement is."""
        ...


class JudgedGrade(Protocol):
    """One answer as it counts: a kept grade with people's verdicts, or several raters' marks."""

    @property
    def points(self) -> Sequence[JudgedPoint]:
        """In the order of the rubric."""
        ...

    @property
    def undecided(self) -> Sequence[JudgedPoint]:
        """The points that wait for a person."""
        ...


Grades = Mapping[str, Sequence[JudgedGrade | None]]
"""By question id the grade of each of its parts; None for a part that is not judged."""


class Advice(StrEnum):
    """What a blueprint's thresholds make of a score; a person decides."""

    DECLINE = "decline"
    DISCUSS = "discuss"
    ADVANCE = "advance"


class Share(Record):
    """Points as a share of full marks, 0 to 1."""

    value: float | None
    """Of what is decided; None if nothing is."""
    low: float
    """If every open point earned nothing."""
    high: float
    """If every open point earned all."""
    variance: float = 0.0
    """Of the value, from how unsure the judgements are."""


class CompetencyScore(Record):
    """One competency's part in the score."""

    strategy: str
    weight: float
    questions: tuple[tuple[str, Share], ...]
    """Question id and its share, in the order asked."""
    share: Share
    """The mean of the questions'."""


class Readiness(Record):
    """The score of one interview."""

    score: float | None
    """0 to 100; None while a competency has nothing decided."""
    low: float
    """0 to 100: the end of the interval if all that is open earned nothing."""
    high: float
    """0 to 100: the end of the interval if all that is open earned all."""
    competencies: tuple[CompetencyScore, ...]
    open_points: int
    """Points that wait for a person."""
    unjudged: tuple[str, ...]
    """Ids of questions that are not graded, or only in part."""
    advice: Advice | None = None
    """None where no blueprint defines one, or without a score."""
    firm: bool = False
    """Whether the whole interval gives the same advice."""

    @property
    def arithmetic(self) -> str:
        """The sum in full, for people to follow."""
        terms = [
            f"{one.weight:g} x {'open' if one.share.value is None else f'{one.share.value:.3f}'}"
            for one in self.competencies
        ]
        total = sum(one.weight for one in self.competencies)
        result = "open" if self.score is None else f"{self.score:.1f}"
        return f"100 x ({' + '.join(terms)}) ÷ {total:g} = {result}"


def readiness(packet: Packet, grades: Grades) -> Readiness:
    """Sum an interview up.

    The interval is 95% of the uncertainty of the verdicts, with independent errors, beyond the
    worst and best that open points and unasked questions can come to. What other questions would
    have shown is not in it.

    Args:
        packet: what was planned.
        grades: by question id the grade of each of its parts as it counts; None for a part that
            is not graded. A question that is missing is not judged at all.
    """
    scored = [
        _competency(one.strategy, one.weight, packet.items, grades) for one in packet.competencies
    ]
    total = sum(one.weight for one in scored)
    parts = [(one.weight / total, one.share) for one in scored]
    decided = [(weight, share.value) for weight, share in parts if share.value is not None]
    score = None
    if len(decided) == len(parts):
        score = round(100.0 * sum(weight * value for weight, value in decided), _DIGITS)
    around = _SURE * 100.0 * math.sqrt(sum(weight**2 * share.variance for weight, share in parts))
    low = 100.0 * sum(weight * share.low for weight, share in parts) - around
    high = 100.0 * sum(weight * share.high for weight, share in parts) + around
    found = Readiness(
        score=score,
        low=round(max(0.0, low), _DIGITS),
        high=round(min(100.0, high), _DIGITS),
        competencies=tuple(scored),
        open_points=sum(
            len(grade.undecided) for some in grades.values() for grade in some if grade is not None
        ),
        unjudged=tuple(
            item.question.id for item in packet.items if not _whole(grades.get(item.question.id))
        ),
    )
    return _advised(found, packet.recommendation)


def _advised(found: Readiness, rule: Recommendation | None) -> Readiness:
    if rule is None or found.score is None:
        return found
    advice, worst, best = (_advice(at, rule) for at in (found.score, found.low, found.high))
    return found.model_copy(update={"advice": advice, "firm": worst is best})


def _advice(score: float, rule: Recommendation) -> Advice:
    share = score / 100.0
    if share < rule.decline:
        return Advice.DECLINE
    return Advice.ADVANCE if share >= rule.advance else Advice.DISCUSS


def _whole(grades: Sequence[JudgedGrade | None] | None) -> bool:
    return bool(grades) and all(grade is not None for grade in grades or ())


def _competency(
    strategy: str,
    weight: float,
    items: Sequence[PacketItem],
    grades: Grades,
) -> CompetencyScore:
    questions = tuple(
        (item.question.id, _question(grades.get(item.question.id, ())))
        for item in items
        if item.strategy == strategy
    )
    return CompetencyScore(
        strategy=strategy,
        weight=weight,
        questions=questions,
        share=_mean([share for _, share in questions]),
    )


def _question(grades: Sequence[JudgedGrade | None]) -> Share:
    """A question's share; parts count by their points, and one without a grade leaves it open."""
    if not grades:
        return Share(value=None, low=0.0, high=1.0)
    known = [grade for grade in grades if grade is not None]
    if len(known) < len(grades):
        # What an ungraded part is worth is not known here: each part counts the same then.
        return _mean([_of_points(grade.points if grade else ()) for grade in grades])
    return _of_points([point for grade in known for point in grade.points])


def _of_points(points: Sequence[JudgedPoint]) -> Share:
    full = sum(point.max_points for point in points)
    if full <= 0:
        return Share(value=None, low=0.0, high=1.0)
    decided = [point for point in points if point.points is not None]
    within = sum(point.max_points for point in decided)
    earned = sum(point.points or 0.0 for point in decided)
    return Share(
        value=earned / within if within else None,
        low=earned / full,
        high=(earned + full - within) / full,
        variance=sum(point.variance for point in decided) / within**2 if within else 0.0,
    )


def _mean(shares: Sequence[Share]) -> Share:
    values = [share.value for share in shares if share.value is not None]
    return Share(
        value=sum(values) / len(values) if values else None,
        low=sum(share.low for share in shares) / len(shares),
        high=sum(share.high for share in shares) / len(shares),
        variance=sum(share.variance for share in shares) / max(1, len(values)) ** 2,
    )

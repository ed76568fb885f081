"""What of the kept grades waits for a person, and what a grade is once people have decided.

The machine's verdicts are never changed: a person's verdict stands beside the machine's, and the
score is summed anew with it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from grader.grade import Grade, PointGrade
from grader.rubric import Record
from grader.verdict import Flag, Verdict
from questionbank.attempt import Answer, AttemptRecord, GradeRecord, Override

_HARMLESS = frozenset({Flag.BLANK})
"""Flags that leave nothing to look at."""
_DIGITS = 6
"""Decimals of a score, as in a grade."""


class Why(StrEnum):
    """Why a person should look at a verdict."""

    UNDECIDED = "undecided"
    """The machine gave none: `needs_review`, or no points."""
    FLAGGED = "flagged"
    """It gave one, but says something of the answer that may have led it astray."""


class Doubt(NamedTuple):
    """One verdict that a person should look at."""

    record: AttemptRecord
    answer: Answer
    graded: GradeRecord
    """The grade that counts."""
    point: PointGrade
    why: Why
    value: float
    """Points, 0 to `max_points`, that looking is worth; see `value_of`."""


class EffectivePoint(Record):
    """The machine's judgement on one point, and a person's where one was given."""

    machine: PointGrade
    override: Override | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict that counts: the person's above the machine's."""
        return self.override.verdict if self.override else self.machine.verdict

    @property
    def points(self) -> float | None:
        """The points that count, 0 to the point's weight; None while a person has yet to look."""
        if self.override is None:
            return self.machine.points
        share = self.override.verdict.share
        return None if share is None else round(share * self.machine.max_points, _DIGITS)

    @property
    def max_points(self) -> float:
        """The point's weight."""
        return self.machine.max_points

    @property
    def variance(self) -> float:
        """Of the points: a coin as loaded as the machine's probability; a person's adds nothing."""
        sure = self.machine.probability
        if self.override is not None or sure is None:
            return 0.0
        return self.machine.max_points**2 * sure * (1.0 - sure)


class EffectiveGrade(Record):
    """A grade as it counts, the machine's own beside it."""

    machine: Grade
    points: tuple[EffectivePoint, ...]
    """In the order of the machine's."""

    @property
    def score(self) -> float:
        """The sum of what is decided, 0 to `max_score`."""
        return round(sum(point.points or 0.0 for point in self.points), _DIGITS)

    @property
    def max_score(self) -> float:
        """The sum of the weights."""
        return self.machine.max_score

    @property
    def undecided(self) -> tuple[EffectivePoint, ...]:
        """The points that wait for a person."""
        return tuple(point for point in self.points if point.points is None)

    @property
    def overrides(self) -> Mapping[str, Override]:
        """People's verdicts that count, by point."""
        return {one.machine.id: one.override for one in self.points if one.override}

    def as_grade(self) -> Grade:
        """The same as a plain grade, for whatever shows or sums grades.

        A point that a person decided has no probability, and the machine's reasons to look are
        left out once a person has decided every point.
        """
        points = tuple(_as_decided(one) for one in self.points)
        everything = all(one.override for one in self.points)
        review = () if everything else self.machine.review
        return self.machine.model_copy(
            update={"points": points, "score": self.score, "review": review}
        )


def _as_decided(one: EffectivePoint) -> PointGrade:
    if one.override is None:
        return one.machine
    decided = {"verdict": one.verdict, "points": one.points, "probability": None}
    return one.machine.model_copy(update=decided)


def apply_overrides(grade: Grade, overrides: Iterable[Override]) -> EffectiveGrade:
    """Put people's verdicts over the machine's.

    Args:
        grade: the machine's.
        overrides: in the order appended; of several on one point the last counts, and those on
            points that the grade does not have count for nothing.
    """
    last = {override.point_id: override for override in overrides}
    return EffectiveGrade(
        machine=grade,
        points=tuple(
            EffectivePoint(machine=point, override=last.get(point.id)) for point in grade.points
        ),
    )


def effective(record: AttemptRecord, graded: GradeRecord) -> EffectiveGrade:
    """A grade of an attempt with the overrides appended to it."""
    on_it = (override for override in record.overrides if override.grade_id == graded.id)
    return apply_overrides(graded.grade, on_it)


def effective_grades(record: AttemptRecord) -> tuple[EffectiveGrade, ...]:
    """The grades that count, by the position of their answers."""
    found = (record.grade_of(answer.id) for answer in record.answers)
    return tuple(effective(record, graded) for graded in found if graded)


def doubts(records: Iterable[AttemptRecord]) -> tuple[Doubt, ...]:
    """The verdicts that wait for a person, the most valuable first.

    Only grades that count are looked at. A point waits if the machine left it undecided, or if its
    answer is flagged or the grade gives a reason to look without naming a point; not if a person
    has decided it. Answers whose text was erased are left out: there is nothing to look at.

    Args:
        records: attempts; among equally valuable verdicts theirs is the order.
    """
    found = [one for record in records for one in _doubts_in(record)]
    return tuple(sorted(found, key=lambda one: -one.value))


def value_of(point: PointGrade) -> float:
    """What a look at a verdict is worth.

    It is the weight times the closeness of the probability to the decision boundary, where met and
    not met are equally likely: 1 at the boundary, 0 at certainty. As the probability is calibrated,
    this is twice the points by which the likelier verdict is wrong on average. A verdict on the
    far side of the boundary, as where a flag withheld credit, is as doubtful as can be. Where
    there is no probability an undecided point is worth its weight, and a rule's verdict nothing.

    Args:
        point: the machine's judgement.

    Returns:
        0 to `max_points`.
    """
    return round(point.max_points * _closeness(point), _DIGITS)


def decided_otherwise(point: PointGrade, verdict: Verdict) -> bool:
    """Whether a person's verdict goes against one that the machine has given."""
    return point.verdict is not Verdict.NEEDS_REVIEW and point.verdict is not verdict


def _closeness(point: PointGrade) -> float:
    """How near the probability is to the boundary, 0 to 1."""
    sure = point.probability
    if sure is None:
        return 1.0 if point.points is None else 0.0
    wrong = {Verdict.MET: 1 - sure, Verdict.NOT_MET: sure, Verdict.CONTRADICTED: sure}
    return min(1.0, 2 * wrong.get(point.verdict, min(sure, 1 - sure)))


def _doubts_in(record: AttemptRecord) -> Iterable[Doubt]:
    for answer in record.answers:
        graded = record.grade_of(answer.id)
        if graded is None or answer.id in record.erased:
            continue
        suspect = _suspect(graded.grade)
        for point in effective(record, graded).points:
            undecided = point.points is None
            if point.override is None and (undecided or suspect):
                why = Why.UNDECIDED if undecided else Why.FLAGGED
                value = value_of(point.machine)
                yield Doubt(record, answer, graded, point.machine, why, value)


def _suspect(grade: Grade) -> bool:
    """Whether something about the whole answer asks for a person."""
    if set(grade.flags) - _HARMLESS:
        return True
    return bool(grade.review) and not grade.undecided

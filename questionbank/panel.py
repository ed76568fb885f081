"""A panel: the marks of all raters of an interview joined, the machine as one more row.

What comes of it describes one interview; whether a person is hired is not its business.
"""

import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from grader.canonical import digest
from grader.grade import Grade
from grader.reliability import Scale, exact_agreement, krippendorff_alpha
from grader.rubric import Record
from grader.verdict import Verdict
from questionbank.attempt import AttemptRecord
from questionbank.compare import Agreement, Comparison, Scorecard, compare
from questionbank.compare import Place as NamedPlace
from questionbank.instance import Instance
from questionbank.mark import LOWEST, Act, ActKind, Mark, Rater
from questionbank.packet import Packet
from questionbank.rating import Place, places_of, standing, suggested
from questionbank.readiness import Grades, JudgedGrade, Readiness, readiness
from questionbank.review import EffectivePoint, apply_overrides, effective

Marks = Mapping[Place, Mark]


class Interviewed(NamedTuple):
    """An interview with what its raters said."""

    record: AttemptRecord
    steps: Sequence[Instance]
    packet: Packet
    raters: Sequence[Rater]
    marks: Mapping[str, Marks]
    """Of each rater, by pseudonym, those that count."""


def look(interviewed: Interviewed, author: str | None, at: datetime) -> tuple[Act, str]:
    """That somebody saw the marks of all raters, and the occasion: these marks, seen by them."""
    act = Act(attempt_id=interviewed.record.attempt.id, kind=ActKind.COMPARED, at=at, author=author)
    seen = digest(
        sorted(mark.id for marks in interviewed.marks.values() for mark in marks.values())
    )
    return act, f"{seen} by {author}"


class JoinedPoint(NamedTuple):
    """One point as several raters together judge it."""

    max_points: float
    points: float | None
    """The mean of theirs; the machine's or the rule's where none of them judged."""
    variance: float
    """Of that mean, from how far they are apart; 0 of a single rater."""


class JoinedGrade(NamedTuple):
    """One answer as several raters together judge it."""

    points: tuple[JoinedPoint, ...]

    @property
    def undecided(self) -> tuple[JoinedPoint, ...]:
        """The points that nobody has decided."""
        return tuple(point for point in self.points if point.points is None)


class Scored(Record):
    """The score that one rater alone, or the machine alone, comes to."""

    rater: str
    score: float | None
    low: float
    high: float


class Panel(Record):
    """One interview, joined."""

    interview: str
    """Its id."""
    candidate: str | None
    """The pseudonym; None where none was given."""
    raters: tuple[str, ...]
    places: int
    """Points that each of them was to rate."""
    comparison: Comparison | None
    """None with a single rater: there is nothing to compare."""
    anchors: Agreement | None
    """On the scale 1 to 5, where two raters went by the anchors; None where none did."""
    readiness: Readiness
    """Of the raters' means."""
    alone: tuple[Scored, ...]
    """What each rater alone comes to, the machine last."""


def of_raters(raters: Sequence[Rater], marks: Sequence[Mark]) -> dict[str, Marks]:
    """Sort all marks of an interview by rater, and keep those that count.

    Args:
        raters: who rates it.
        marks: all of them, in the order appended.
    """
    return {
        rater.id: standing(mark for mark in marks if mark.rater == rater.id) for rater in raters
    }


def places_to_rate(held: Interviewed) -> tuple[Place, ...]:
    """The points that each rater was to rate, in order.

    Where answers were erased, nobody can say any more which were blank: then it is what anybody
    has rated.
    """
    if not held.record.erased:
        return places_of(held.record, held.steps)
    rated = {place for marks in held.marks.values() for place in marks if place.point_id}
    return tuple(place for place in _all_places(held) if place in rated)


def missing(held: Interviewed) -> dict[str, int]:
    """How many points each rater has yet to rate, by name; those who are done left out."""
    places = places_to_rate(held)
    left = {
        rater.name: sum(place not in held.marks[rater.id] for place in places)
        for rater in held.raters
    }
    return {name: count for name, count in left.items() if count}


def join(held: Interviewed, candidate: str | None) -> Panel:
    """Join what the raters of one interview said.

    Raises:
        UsageError: two raters have one name.
    """
    everybody = list(held.marks.values())
    alone = [_scored(held, rater.name, [held.marks[rater.id]]) for rater in held.raters]
    machine = readiness(held.packet, _machine(held))
    alone.append(Scored(rater="machine", score=machine.score, low=machine.low, high=machine.high))
    several = len(held.raters) > 1
    return Panel(
        interview=held.record.attempt.id,
        candidate=candidate,
        raters=tuple(rater.name for rater in held.raters),
        places=len(places_to_rate(held)),
        comparison=compare_all([held]) if several else None,
        anchors=_anchors(held) if several else None,
        readiness=readiness(held.packet, joined(held, everybody)),
        alone=tuple(alone),
    )


def compare_all(interviews: Sequence[Interviewed]) -> Comparison:
    """Compare raters over one or several interviews; who rated two has one row.

    Raises:
        UsageError: there are fewer than two raters, or two of one name in one interview.
    """
    places: list[NamedPlace] = []
    cards: dict[str, dict[NamedPlace, Verdict]] = {}
    machine: dict[NamedPlace, Verdict] = {}
    for held in interviews:
        before = f"{held.record.attempt.id[:8]} " if len(interviews) > 1 else ""
        named = {
            place: NamedPlace(f"{before}{held.steps[place.position].key}", str(place.point_id))
            for place in places_to_rate(held)
        }
        places += named.values()
        for rater in held.raters:
            card = cards.setdefault(rater.name, {})
            card |= {
                named[place]: mark.as_verdict
                for place, mark in held.marks[rater.id].items()
                if place in named
            }
        machine |= {
            named[place]: verdict
            for place, verdict in suggested(held.record).items()
            if place in named
        }
    people = [Scorecard(rater=name, marks=marks) for name, marks in cards.items()]
    return compare(places, people, machine or None)


def joined(held: Interviewed, marks: Sequence[Marks]) -> Grades:
    """Grade an interview by the mean of some raters' marks.

    A point that none of them judged counts as the rule or the machine has it, with people's
    overrides. An answer that is not on record leaves its question open.

    Args:
        held: the interview.
        marks: of each rater who is to count.
    """
    found: dict[str, list[JudgedGrade | None]] = {}
    texts = {answer.position: answer.text for answer in held.record.answers}
    for position, step in enumerate(held.steps):
        answered = position in texts
        grade = _joined_step(held, position, marks) if answered else None
        found.setdefault(step.question.id, []).append(grade)
    return found


def _joined_step(held: Interviewed, position: int, marks: Sequence[Marks]) -> JoinedGrade | None:
    base = _by_point(held, position)
    rubric = held.steps[position].rubric
    weights = {point.id: point.weight for point in rubric.points} if rubric else {}
    weights = weights or {name: point.max_points for name, point in base.items()}
    if not weights:
        return None
    answer = next(one for one in held.record.answers if one.position == position)
    blank = not answer.text.strip() and answer.id not in held.record.erased
    points: list[JoinedPoint] = []
    for name, weight in weights.items():
        place = Place(position, name)
        shares = [some[place].share for some in marks if place in some]
        if shares:
            points.append(_mean(weight, shares))
        elif name in base:
            known = base[name]
            points.append(JoinedPoint(weight, known.points, known.variance))
        else:
            points.append(JoinedPoint(weight, 0.0 if blank else None, 0.0))
    return JoinedGrade(tuple(points))


def _mean(weight: float, shares: Sequence[float]) -> JoinedPoint:
    """What several raters come to, and how sure that is: the variance of their mean."""
    spread = statistics.variance(shares) / len(shares) if len(shares) > 1 else 0.0
    return JoinedPoint(weight, weight * statistics.fmean(shares), weight**2 * spread)


def _by_point(held: Interviewed, position: int) -> dict[str, EffectivePoint]:
    """The grade that counts for an answer, by point; empty where there is none."""
    answer = next(one for one in held.record.answers if one.position == position)
    graded = held.record.grade_of(answer.id)
    points = effective(held.record, graded).points if graded else ()
    return {point.machine.id: point for point in points}


def _machine(held: Interviewed) -> Grades:
    """The machine's grades, nobody's verdict over them."""
    kept: dict[int, Grade] = {}
    for answer in held.record.answers:
        graded = held.record.grade_of(answer.id)
        if graded is not None:
            kept[answer.position] = graded.grade
    found: dict[str, list[JudgedGrade | None]] = {}
    for position, step in enumerate(held.steps):
        grade = kept.get(position)
        alone = None if grade is None else apply_overrides(grade, ())
        found.setdefault(step.question.id, []).append(alone)
    return found


def _scored(held: Interviewed, name: str, marks: Sequence[Marks]) -> Scored:
    found = readiness(held.packet, joined(held, marks))
    return Scored(rater=name, score=found.score, low=found.low, high=found.high)


def _anchors(held: Interviewed) -> Agreement | None:
    """How far those agree who went by the anchors; whole answers count too."""
    rows = {
        rater.name: {
            place: mark.anchor - LOWEST
            for place, mark in held.marks[rater.id].items()
            if mark.anchor is not None
        }
        for rater in held.raters
    }
    places = {place for row in rows.values() for place in row}
    units = [[row.get(place) for row in rows.values()] for place in places]
    shared = [unit for unit in units if sum(value is not None for value in unit) > 1]
    if not shared:
        return None
    return Agreement(
        raters=tuple(rows),
        n=len(shared),
        ordinal=krippendorff_alpha(shared, Scale.ORDINAL),
        nominal=krippendorff_alpha(shared, Scale.NOMINAL),
        same=exact_agreement(shared),
    )


def _all_places(held: Interviewed) -> list[Place]:
    found: list[Place] = []
    for position, step in enumerate(held.steps):
        if step.rubric is not None:
            found += [Place(position, point.id) for point in step.rubric.points]
        elif any(answer.position == position for answer in held.record.answers):
            found += [Place(position, name) for name in _by_point(held, position)]
    return found

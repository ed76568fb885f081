"""A rating as pure steps: where a rater stands, what she decides and the time give a mark.

Each rater works on the same places in the same order and knows nothing of the others' marks.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.grade import Grade, PointGrade
from grader.verdict import Verdict
from questionbank.attempt import MAX_REASON, AttemptRecord
from questionbank.instance import Instance
from questionbank.mark import HIGHEST, LOWEST, How, Mark, Rater


@dataclass(frozen=True)
class Place:
    """One point of one answer, or the answer as a whole."""

    position: int
    """Index into the attempt's steps."""
    point_id: str | None
    """None for the whole answer."""


@dataclass(frozen=True)
class RatingState:
    """Where a rating stands."""

    rater: Rater
    places: tuple[Place, ...]
    """What is to be rated, in order."""
    suggestions: Mapping[Place, Verdict] = field(default_factory=dict)
    """What the machine says of each place; empty where it is hidden."""
    marks: Mapping[Place, Mark] = field(default_factory=dict)
    """The rater's own that count."""
    at: int = 0
    """The place on screen; `len(places)` when all are through."""
    number: int = 0
    """How many marks of this rater are on record: the number of the next."""

    @property
    def place(self) -> Place | None:
        """What is on screen; None when all are through."""
        return self.places[self.at] if self.at < len(self.places) else None

    @property
    def suggestion(self) -> Verdict | None:
        """What the machine says of it; None where it says nothing or is hidden."""
        return self._suggested(self.place)

    @property
    def open(self) -> tuple[Place, ...]:
        """Places without a mark, in order."""
        return tuple(place for place in self.places if place not in self.marks)

    @property
    def complete(self) -> bool:
        """Whether every place has a mark."""
        return not self.open

    def _suggested(self, place: Place | None) -> Verdict | None:
        said = self.suggestions.get(place) if place else None
        return None if said is Verdict.NEEDS_REVIEW else said


@dataclass(frozen=True)
class Accepted:
    """The machine's suggestion is right."""


@dataclass(frozen=True)
class Decided:
    """The rater gives a verdict of her own."""

    verdict: Verdict
    reason: str | None = None
    """One line; needed where it goes against the suggestion."""


@dataclass(frozen=True)
class Anchored:
    """The rater goes by the anchors."""

    anchor: int
    """1 to 5."""
    reason: str | None = None
    whole: bool = False
    """Of the answer as a whole, not of the point on screen."""


@dataclass(frozen=True)
class Passed:
    """The next place comes on screen, and this one stays as it is."""


@dataclass(frozen=True)
class Returned:
    """The place before comes on screen."""


Decision = Accepted | Decided | Anchored
Step = tuple[RatingState, Mark | None]


def begin(
    rater: Rater,
    places: Sequence[Place],
    marks: Iterable[Mark],
    suggestions: Mapping[Place, Verdict],
) -> RatingState:
    """Put a rating together from the rater's own marks, the first open place on screen.

    Args:
        rater: who rates.
        places: what there is to rate, in order.
        marks: hers, in the order appended.
        suggestions: what the machine says; empty to hide it.
    """
    own = tuple(marks)
    state = RatingState(
        rater=rater,
        places=tuple(places),
        suggestions=suggestions,
        marks=standing(own),
        number=len(own),
    )
    first = next((at for at, place in enumerate(places) if place not in state.marks), len(places))
    return replace(state, at=first)


def advance(state: RatingState, event: Decision | Passed | Returned, now: datetime) -> Step:
    """Take one step.

    Args:
        state: where the rating stands.
        event: what the rater does.
        now: UTC.

    Returns:
        The new state, and the mark to be appended if there is one.

    Raises:
        ValueError: the event cannot happen in this state.
    """
    if isinstance(event, Returned):
        if state.at == 0:
            raise ValueError("this is the first point")
        return replace(state, at=state.at - 1), None
    place = state.place
    if place is None:
        raise ValueError("all points are through; go back to change a mark")
    if isinstance(event, Passed):
        return replace(state, at=state.at + 1), None
    if isinstance(event, Anchored) and event.whole:
        return _marked(state, replace(place, point_id=None), event, now)
    changed, mark = _marked(state, place, event, now)
    return replace(changed, at=state.at + 1), mark


def mark_at(state: RatingState, place: Place, decision: Decision, now: datetime) -> Step:
    """Mark any place, whichever is on screen; as `advance`."""
    points = {one.position for one in state.places}
    if place not in state.places and (place.point_id or place.position not in points):
        raise ValueError("there is nothing to rate at this place")
    return _marked(state, place, decision, now)


def same(mark: Mark | None, other: Mark) -> bool:
    """Whether a mark says what another says, for the same reason."""
    said = {"number", "id", "at"}
    return mark is not None and mark.model_dump(exclude=said) == other.model_dump(exclude=said)


def _marked(state: RatingState, place: Place, decision: Decision, now: datetime) -> Step:
    suggested = state._suggested(place)
    reason = getattr(decision, "reason", None)
    given = {
        "id": _mark_id(state.rater, state.number),
        "attempt_id": state.rater.attempt_id,
        "rater": state.rater.id,
        "number": state.number,
        "position": place.position,
        "point_id": place.point_id,
        "machine": suggested,
        "reason": (reason or "")[:MAX_REASON] or None,
        "at": now,
    }
    mark = Mark.model_validate(given | _said(decision, suggested))
    marks = {**state.marks, place: mark}
    return replace(state, marks=marks, number=state.number + 1), mark


def _said(decision: Decision, suggested: Verdict | None) -> dict[str, object]:
    match decision:
        case Accepted():
            if suggested is None:
                raise ValueError("the machine suggests nothing here; give a verdict of your own")
            return {"how": How.ACCEPTED, "verdict": suggested}
        case Anchored(anchor):
            if not LOWEST <= anchor <= HIGHEST:
                raise ValueError(f"the anchors go from {LOWEST} to {HIGHEST}")
            return {"how": How.ANCHORED, "anchor": anchor}
        case Decided(verdict, reason):
            if verdict is Verdict.NEEDS_REVIEW:
                raise ValueError("a rater decides: met, partial, not_met or contradicted")
            if suggested is None:
                return {"how": How.JUDGED, "verdict": verdict}
            if verdict is suggested:
                return {"how": How.ACCEPTED, "verdict": verdict}
            if not reason:
                raise ValueError(f"a reason is needed, as the machine says {suggested}")
            return {"how": How.OVERRIDDEN, "verdict": verdict}


def standing(marks: Iterable[Mark]) -> dict[Place, Mark]:
    """The marks of one rater that count: the last on each place.

    Args:
        marks: hers, in the order appended.
    """
    return {Place(mark.position, mark.point_id): mark for mark in marks}


def places_of(record: AttemptRecord, steps: Sequence[Instance]) -> tuple[Place, ...]:
    """What there is to rate of an interview, in order.

    These are the points of all answers in people's own words, and of a number or a choice only what
    the rule could not decide. A blank answer earns nothing by rule, and an erased one cannot be
    read.

    Args:
        record: of the interview.
        steps: one for each step of it.
    """
    found: list[Place] = []
    for answer in record.answers:
        if not answer.text.strip():
            continue
        rubric = steps[answer.position].rubric
        if rubric is not None:
            found += [Place(answer.position, point.id) for point in rubric.points]
            continue
        graded = record.grade_of(answer.id)
        if graded is not None:
            found += [Place(answer.position, point.id) for point in graded.grade.undecided]
    return tuple(found)


def suggested(record: AttemptRecord) -> dict[Place, Verdict]:
    """What the machine says of each point, by the grades that count."""
    return {
        Place(position, point.id): point.verdict
        for position, grade in grades_of(record).items()
        for point in grade.points
    }


def grades_of(record: AttemptRecord) -> dict[int, Grade]:
    """The machine's grades that count, by the position of their answers."""
    found = ((answer.position, record.grade_of(answer.id)) for answer in record.answers)
    return {position: graded.grade for position, graded in found if graded is not None}


def point_grade(grade: Grade | None, point_id: str) -> PointGrade | None:
    """The machine's judgement on one point; None where there is none."""
    points = grade.points if grade else ()
    return next((point for point in points if point.id == point_id), None)


def _mark_id(rater: Rater, number: int) -> str:
    """An id that two windows of one rater cannot both give."""
    text = f"{rater.attempt_id}:{rater.id}:{number}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]

"""The running interview as pure steps: a state, an event and the time give a state and entries.

An answer is heard in pieces, each on record at once; it becomes the answer that is graded when the
interviewer goes on to the next question, or ends.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from questionbank.attempt import Answer, Attempt, AttemptRecord, FinishedAttempt
from questionbank.interview_event import MAX_TEXT, EventKind, Heard, InterviewEvent
from questionbank.quiz import answer_id

MAX_EXTRA = 600
"""Minutes that can be given at once."""


@dataclass(frozen=True)
class InterviewState:
    """Where an interview stands."""

    attempt: Attempt
    minutes: float
    """Of the whole interview, without extra time."""
    position: int = 0
    """The step on screen; `len(attempt.steps)` when all are through."""
    answered: frozenset[int] = frozenset()
    """Steps whose answer is closed."""
    heard: tuple[tuple[int, str], ...] = ()
    """Position and piece of everything heard, in order."""
    probed: frozenset[tuple[int, str]] = frozenset()
    """Position and point of each follow-up asked."""
    spent: tuple[tuple[int, timedelta], ...] = ()
    """Time on each step before `since`, for the steps that came on screen."""
    since: datetime | None = None
    """Since when the clock runs; None while it stands. UTC."""
    extra: timedelta = timedelta()
    """Time given beyond `minutes`."""
    events: int = 0
    """How many events are on record: the number of the next."""
    ended: bool = False

    @property
    def through(self) -> bool:
        """Whether the last step lies behind."""
        return self.position >= len(self.attempt.steps)

    @property
    def paused(self) -> bool:
        """Whether the clock stands."""
        return self.since is None

    @property
    def open(self) -> tuple[int, ...]:
        """Steps without a closed answer, in order."""
        return tuple(at for at in range(len(self.attempt.steps)) if at not in self.answered)

    def answer(self, position: int) -> str:
        """What was heard on a step so far, its pieces as paragraphs."""
        return "\n\n".join(piece for at, piece in self.heard if at == position)

    def on_step(self, position: int, now: datetime) -> timedelta:
        """Time on a step so far, pauses left out."""
        before = dict(self.spent).get(position, timedelta())
        return before + (self._running(now) if position == self.position else timedelta())

    def elapsed(self, now: datetime) -> timedelta:
        """Time on all steps so far, pauses left out."""
        return sum((time for _, time in self.spent), timedelta()) + self._running(now)

    def left(self, now: datetime) -> timedelta:
        """Time that is left, extra time included; below 0 once it is over."""
        return timedelta(minutes=self.minutes) + self.extra - self.elapsed(now)

    def _running(self, now: datetime) -> timedelta:
        """Since the clock was started; never negative if it was set back."""
        return max(timedelta(), now - self.since) if self.since else timedelta()


@dataclass(frozen=True)
class Begun:
    """The interview begins, on the first step."""

    packet: str
    """The packet's content hash."""
    pseudonym: str
    name: str | None = None
    """The candidate's, where it is to be kept."""
    author: str | None = None
    """Who interviews."""


@dataclass(frozen=True)
class Resumed:
    """The clock goes on after a pause or an interruption."""


@dataclass(frozen=True)
class Paused:
    """The clock stands still."""


@dataclass(frozen=True)
class HeardPiece:
    """The candidate said something."""

    text: str
    how: Heard = Heard.TYPED


@dataclass(frozen=True)
class Transcribed:
    """What the candidate said to one or several questions comes from a transcript."""

    pieces: tuple[tuple[int, str], ...]
    """Position and text; one that was taken down before, word for word, is left out."""


@dataclass(frozen=True)
class Noted:
    """The interviewer writes a private note."""

    text: str


@dataclass(frozen=True)
class Probed:
    """The interviewer asks the follow-up of a point."""

    point_id: str


@dataclass(frozen=True)
class Next:
    """The answer is closed, and the next step comes on screen."""


@dataclass(frozen=True)
class Back:
    """The step before comes on screen; a closed answer stays closed."""


@dataclass(frozen=True)
class Skipped:
    """The next step comes on screen, and this one stays open."""


@dataclass(frozen=True)
class ExtraTime:
    """The candidate is entitled to more time."""

    minutes: float
    reason: str


@dataclass(frozen=True)
class Ended:
    """The interview is over; what was heard on open steps becomes their answer."""


Event = (
    Begun
    | Resumed
    | Paused
    | HeardPiece
    | Transcribed
    | Noted
    | Probed
    | Next
    | Back
    | Skipped
    | ExtraTime
    | Ended
)
Entry = Answer | InterviewEvent | FinishedAttempt
Step = tuple[InterviewState, tuple[Entry, ...]]


def advance(state: InterviewState, event: Event, now: datetime) -> Step:
    """Take one step.

    Args:
        state: where the interview stands.
        event: what happened.
        now: UTC.

    Returns:
        The new state, and what has to be appended to the record, in this order.

    Raises:
        ValueError: the event cannot happen in this state.
    """
    if state.ended:
        raise ValueError("the interview is over")
    if (state.events == 0) != isinstance(event, Begun):
        raise ValueError("an interview begins once, before anything else")
    match event:
        case Begun(packet, pseudonym, name, author):
            begun = _Log(state, now).add(
                EventKind.BEGUN, packet=packet, pseudonym=pseudonym, text=name, author=author
            )
            return begun.show(state.position)
        case Resumed():
            if not state.paused:
                raise ValueError("the clock runs already")
            return _Log(state, now).show(state.position)
        case Paused():
            return _Log(_stopped(state, now), now).add(EventKind.PAUSED).done()
        case ExtraTime(minutes, reason):
            if not 0 < minutes <= MAX_EXTRA or not reason.strip():
                raise ValueError(
                    f"extra time needs minutes above 0, {MAX_EXTRA} at most, and a reason"
                )
            longer = replace(state, extra=state.extra + timedelta(minutes=minutes))
            log = _Log(longer, now)
            return log.add(EventKind.EXTRA_TIME, minutes=minutes, text=reason).done()
        case Ended():
            return _end(state, now)
        case Noted(text):
            return _Log(state, now).add(EventKind.NOTED, text=text).done()
        case Transcribed(pieces):
            return _transcribed(state, pieces, now)
        case HeardPiece() | Probed() | Next() | Back() | Skipped():
            return _on_step(state, event, now)


def _on_step(
    state: InterviewState, event: HeardPiece | Probed | Next | Back | Skipped, now: datetime
) -> Step:
    """Take a step that is about the question on screen."""
    at = state.position
    if isinstance(event, Back):
        if at == 0:
            raise ValueError("this is the first question")
        return _Log(_stopped(state, now), now).add(EventKind.LEFT).show(at - 1)
    if state.through:
        raise ValueError("all questions are through; go back, or end")
    match event:
        case HeardPiece(text, how):
            if at in state.answered:
                raise ValueError("this answer is closed; write a note instead")
            _check(text)
            return _Log(state, now).hear(at, text, how).done()
        case Probed(point_id):
            asked = replace(state, probed=state.probed | {(at, point_id)})
            return _Log(asked, now).add(EventKind.PROBED, point_id=point_id).done()
        case Skipped():
            skipped = _Log(_stopped(state, now), now).add(EventKind.SKIPPED)
            return skipped.show(at + 1)
        case Next():
            log = _Log(_stopped(state, now), now)
            if at not in state.answered:
                if not state.answer(at):
                    raise ValueError("nothing was said yet; skip this question to come back to it")
                log.close(at)
            return log.add(EventKind.LEFT).show(at + 1)


def _transcribed(state: InterviewState, pieces: tuple[tuple[int, str], ...], now: datetime) -> Step:
    """Take down what a transcript holds; the question on screen stays."""
    count = len(state.attempt.steps)
    for at, text in pieces:
        if not 0 <= at < count:
            raise ValueError(f"there is no question {at + 1}; the last one is {count}")
        if at in state.answered:
            raise ValueError(f"the answer to question {at + 1} is closed; write a note instead")
        _check(text)
    log = _Log(state if state.paused else _stopped(state, now), now)
    for at, text in pieces:
        if (at, text) not in state.heard:
            log.hear(at, text, Heard.TRANSCRIPT)
    return log.done() if state.paused else log.show(state.position)


def _check(text: str) -> None:
    if not text.strip():
        raise ValueError("nothing was said")
    if len(text) > MAX_TEXT:
        raise ValueError(f"{len(text):,} characters; {MAX_TEXT:,} at most can be kept")


def _end(state: InterviewState, now: datetime) -> Step:
    log = _Log(_stopped(state, now), now)
    for position in state.open:
        if state.answer(position):
            log.close(position)
    log.add(EventKind.ENDED)
    log.state = replace(log.state, ended=True)
    log.entries.append(FinishedAttempt(attempt_id=state.attempt.id, at=now))
    return log.done()


@dataclass
class _Log:
    """Collects what one step appends."""

    state: InterviewState
    now: datetime
    entries: list[Entry] = field(default_factory=list)

    def add(self, kind: EventKind, **fields: object) -> "_Log":
        state = self.state
        spent = state.on_step(state.position, self.now).total_seconds()
        given = {
            "attempt_id": state.attempt.id,
            "number": state.events,
            "kind": kind,
            "at": self.now,
            "position": state.position,
            "spent": round(spent, 3),
        }
        self.entries.append(InterviewEvent.model_validate(given | fields))
        self.state = replace(state, events=state.events + 1)
        return self

    def hear(self, position: int, text: str, how: Heard) -> "_Log":
        """Take down a piece of the answer to any step."""
        spent = round(self.state.on_step(position, self.now).total_seconds(), 3)
        self.state = replace(self.state, heard=(*self.state.heard, (position, text)))
        return self.add(EventKind.HEARD, position=position, spent=spent, heard=how, text=text)

    def close(self, position: int) -> None:
        """Make the answer of what was heard on a step."""
        state = self.state
        self.entries.append(
            Answer(
                id=answer_id(state.attempt.id, position),
                attempt_id=state.attempt.id,
                position=position,
                submitted=self.now,
                seconds=round(state.on_step(position, self.now).total_seconds(), 3),
                text=state.answer(position),
            )
        )
        self.state = replace(state, answered=state.answered | {position})

    def show(self, position: int) -> Step:
        """Bring a step on screen and start its clock."""
        self.state = replace(self.state, position=position, since=self.now)
        return self.add(EventKind.SHOWN).done()

    def done(self) -> Step:
        return self.state, tuple(self.entries)


def _stopped(state: InterviewState, now: datetime) -> InterviewState:
    """Put the running time to the step on screen and stop the clock."""
    spent = dict(state.spent) | {state.position: state.on_step(state.position, now)}
    return replace(state, spent=tuple(sorted(spent.items())), since=None)


def restore(record: AttemptRecord, minutes: float) -> InterviewState:
    """Put an interview together from the record, its clock standing.

    Time between the last event and an interruption is not counted: nobody knows it.

    Args:
        record: of the attempt.
        minutes: of the whole interview, as its packet says.
    """
    state = InterviewState(record.attempt, minutes, answered=record.answered)
    for event in record.events:
        state = _seen(state, event)
    return replace(state, ended=record.finished is not None)


def _seen(state: InterviewState, event: InterviewEvent) -> InterviewState:
    spent = dict(state.spent) | {event.position: timedelta(seconds=event.spent)}
    state = replace(state, spent=tuple(sorted(spent.items())), events=event.number + 1)
    if event.kind is EventKind.SHOWN:
        return replace(state, position=event.position)
    if event.kind is EventKind.HEARD and event.text is not None:
        return replace(state, heard=(*state.heard, (event.position, event.text)))
    if event.kind is EventKind.PROBED and event.point_id is not None:
        return replace(state, probed=state.probed | {(event.position, event.point_id)})
    if event.kind is EventKind.EXTRA_TIME and event.minutes is not None:
        return replace(state, extra=state.extra + timedelta(minutes=event.minutes))
    return state


def notes(events: Iterable[InterviewEvent], position: int) -> tuple[str, ...]:
    """The interviewer's notes on a step, in order; erased ones left out."""
    return tuple(
        event.text
        for event in events
        if event.kind is EventKind.NOTED and event.position == position and event.text is not None
    )

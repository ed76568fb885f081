"""The running quiz as pure steps: a state, an event and the time give a state and a log entry.

Nothing here looks at a clock, a file or a terminal, so a resumed quiz takes the very same steps.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from questionbank.attempt import Answer, Attempt, FinishedAttempt


@dataclass(frozen=True)
class QuizState:
    """Where a run stands."""

    attempt: Attempt
    answered: frozenset[int]
    """Positions that have an answer."""
    position: int
    """The step on screen; `len(attempt.steps)` when all are answered."""
    since: datetime | None = None
    """When the step came on screen in this sitting; None before. UTC."""
    spent: timedelta = timedelta()
    """Time on this step before `since`."""

    @property
    def done(self) -> bool:
        """Whether every step has an answer."""
        return self.position >= len(self.attempt.steps)

    def seconds(self, now: datetime) -> float:
        """Time on this step so far, pauses left out; never negative if the clock was set back."""
        running = now - self.since if self.since else timedelta()
        return max(0.0, (self.spent + running).total_seconds())


@dataclass(frozen=True)
class Shown:
    """The step came on screen."""

    spent: timedelta = timedelta()
    """Time on this step in an earlier sitting."""


@dataclass(frozen=True)
class Submitted:
    """The person handed in an answer; blank to skip."""

    text: str


Event = Shown | Submitted
Entry = Answer | FinishedAttempt


def start(attempt: Attempt, answered: frozenset[int] = frozenset()) -> QuizState:
    """Begin a run, or pick it up where answers are missing."""
    return QuizState(attempt, answered, _next_open(attempt, answered))


def advance(state: QuizState, event: Event, now: datetime) -> tuple[QuizState, tuple[Entry, ...]]:
    """Take one step.

    Args:
        state: where the run stands.
        event: what happened.
        now: UTC.

    Returns:
        The new state, and what has to be appended to the record.

    Raises:
        ValueError: the event cannot happen in this state.
    """
    if state.done:
        raise ValueError("the quiz is over")
    match event:
        case Shown(spent):
            return replace(state, since=now, spent=state.spent or spent), ()
        case Submitted(text):
            return _submit(state, text, now)


def _submit(state: QuizState, text: str, now: datetime) -> tuple[QuizState, tuple[Entry, ...]]:
    attempt = state.attempt
    answer = Answer(
        id=answer_id(attempt.id, state.position),
        attempt_id=attempt.id,
        position=state.position,
        submitted=now,
        seconds=round(state.seconds(now), 3),
        text=text,
    )
    answered = state.answered | {state.position}
    after = QuizState(attempt, answered, _next_open(attempt, answered))
    if after.done:
        return after, (answer, FinishedAttempt(attempt_id=attempt.id, at=now))
    return after, (answer,)


def answer_id(attempt_id: str, position: int) -> str:
    """The id of the answer to one step: 32 hexadecimal digits, the same however often tried."""
    return hashlib.sha256(f"{attempt_id}:{position}".encode()).hexdigest()[:32]


def _next_open(attempt: Attempt, answered: frozenset[int]) -> int:
    return next(
        (position for position in range(len(attempt.steps)) if position not in answered),
        len(attempt.steps),
    )

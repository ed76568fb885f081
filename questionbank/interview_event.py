"""What happens in an interview beside its answers: appended as it happens, never changed."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from grader.rubric import Record

MAX_TEXT = 5_000_000
"""Characters of what is taken down at once; a longer transcript is a mistake."""


class EventKind(StrEnum):
    """What happened."""

    BEGUN = "begun"
    SHOWN = "shown"
    """A question came on screen, in this sitting or by going on or back."""
    LEFT = "left"
    """The interviewer went on or back from it."""
    HEARD = "heard"
    """Something of the candidate's answer was taken down."""
    NOTED = "noted"
    """The interviewer wrote a private note."""
    PROBED = "probed"
    """The interviewer asked the follow-up of a point."""
    SKIPPED = "skipped"
    PAUSED = "paused"
    EXTRA_TIME = "extra_time"
    """The candidate was given more time."""
    ENDED = "ended"


class Heard(StrEnum):
    """How an answer was taken down."""

    TYPED = "typed"
    PASTED = "pasted"
    TRANSCRIPT = "transcript"


class InterviewEvent(Record):
    """One thing that happened."""

    attempt_id: str
    number: int = Field(ge=0)
    """0, 1, 2, … within the attempt."""
    kind: EventKind
    at: AwareDatetime
    """UTC."""
    position: int = Field(ge=0)
    """Index into the attempt's steps; how many steps there are once all are through."""
    spent: float = Field(ge=0)
    """Seconds on the step at `position` when it happened, pauses left out."""
    minutes: float | None = Field(default=None, gt=0)
    """Of extra time."""
    point_id: str | None = None
    """The point that was probed."""
    heard: Heard | None = None
    """How what was heard was taken down."""
    packet: str | None = None
    """The content hash of the packet, when the interview begins."""
    pseudonym: str | None = None
    """What the candidate is called wherever her name is not asked for, when it begins."""
    text: str | None = Field(default=None, max_length=MAX_TEXT)
    """Personal: what was said or noted, the candidate's name, or a reason."""
    author: str | None = Field(default=None, max_length=200)
    """Personal: who did it."""

"""Marks: what raters say of an interview, each on their own, and who they are.

A mark is appended and never changed; of several by one rater on one place the last counts.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from grader.rubric import Record
from grader.verdict import Verdict
from questionbank.attempt import MAX_AUTHOR, MAX_REASON

LOWEST, HIGHEST = 1, 5
"""The ends of the anchored scale."""

RaterId = Annotated[str, StringConstraints(pattern=r"^rater-[1-9]\d{0,3}$")]
"""`rater-1`, `rater-2`, … in the order in which they began with an interview."""


class How(StrEnum):
    """How a rater came to a mark."""

    ACCEPTED = "accepted"
    """Took over the verdict that the machine suggests."""
    OVERRIDDEN = "overridden"
    """Saw it, and decided otherwise."""
    JUDGED = "judged"
    """Decided without one: blind, or the machine could not tell."""
    ANCHORED = "anchored"
    """Rated by the anchors, 1 to 5."""


class Rater(Record):
    """Somebody who rates one interview."""

    attempt_id: str
    id: RaterId
    at: AwareDatetime
    """When she began. UTC."""
    author: str | None = Field(default=None, min_length=1, max_length=MAX_AUTHOR)
    """Personal: her name; None once that is erased."""

    @property
    def name(self) -> str:
        """What to call her."""
        return self.author or self.id


class Mark(Record):
    """What one rater says of one point of an answer, or of the whole answer."""

    id: str
    """32 hexadecimal digits."""
    attempt_id: str
    rater: RaterId
    number: int = Field(ge=0)
    """0, 1, 2, … of this rater in this interview."""
    position: int = Field(ge=0)
    """Index into the attempt's steps."""
    point_id: str | None = None
    """None for the answer as a whole."""
    how: How
    verdict: Verdict | None = None
    """Never `needs_review`; None where the anchors were used."""
    anchor: int | None = Field(default=None, ge=LOWEST, le=HIGHEST)
    machine: Verdict | None = None
    """What the machine suggested to her; None where she saw no suggestion."""
    reason: str | None = Field(default=None, min_length=1, max_length=MAX_REASON)
    """Personal: why, one line; None if none was given, or once it is erased."""
    at: AwareDatetime
    """UTC."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        anchored = self.how is How.ANCHORED
        if anchored != (self.anchor is not None) or anchored != (self.verdict is None):
            raise ValueError("a mark is a verdict or a rating by the anchors, one of the two")
        if self.verdict is Verdict.NEEDS_REVIEW:
            raise ValueError("a rater decides; needs_review does not")
        if self.how is How.ACCEPTED and self.verdict is not self.machine:
            raise ValueError("an accepted verdict is the machine's")
        if self.point_id is None and not anchored:
            raise ValueError("a whole answer is rated by the anchors; verdicts are on points")
        return self

    @property
    def share(self) -> float:
        """What it is worth, 0 to 1: of a verdict its share, of the anchors 1 → 0 and 5 → 1."""
        if self.anchor is not None:
            return (self.anchor - LOWEST) / (HIGHEST - LOWEST)
        return (self.verdict.share if self.verdict else None) or 0.0

    @property
    def as_verdict(self) -> Verdict:
        """The verdict it comes to: 1 and 2 are not met, 3 is half met, 4 and 5 are met."""
        if self.verdict is not None:
            return self.verdict
        middle = (LOWEST + HIGHEST) // 2
        if self.anchor == middle:
            return Verdict.PARTIAL
        return Verdict.MET if (self.anchor or 0) > middle else Verdict.NOT_MET


class ActKind(StrEnum):
    """What was done with an interview after it was held."""

    UNBLINDED = "unblinded"
    """Somebody looked up who the candidate is."""
    COMPARED = "compared"
    """Somebody saw all raters' marks beside each other."""
    EXPORTED = "exported"
    """Everything held on the candidate was written into a file."""
    ERASED = "erased"
    """The personal text was deleted."""


class Act(Record):
    """Something that was done with an interview, for the trail."""

    attempt_id: str
    kind: ActKind
    at: AwareDatetime
    """UTC."""
    author: str | None = Field(default=None, min_length=1, max_length=MAX_AUTHOR)
    """Personal: who did it."""
    reason: str | None = Field(default=None, min_length=1, max_length=MAX_REASON)
    """Personal: why, one line."""

"""What can be said of an answer on one rubric point, and of an answer as a whole."""

from enum import StrEnum


class Verdict(StrEnum):
    """The judgement on one rubric point."""

    MET = "met"
    """The answer does what the point asks: full weight."""
    PARTIAL = "partial"
    """It does so by half: half the weight."""
    NOT_MET = "not_met"
    """It does not: zero."""
    CONTRADICTED = "contradicted"
    """It asserts the opposite: zero."""
    NEEDS_REVIEW = "needs_review"
    """The machine cannot tell; a person should look. No points until then."""

    @property
    def share(self) -> float | None:
        """The share of the point's weight this verdict earns: 0, 0.5, 1, or None if undecided."""
        return _SHARES[self]


_SHARES: dict[Verdict, float | None] = {
    Verdict.MET: 1.0,
    Verdict.PARTIAL: 0.5,
    Verdict.NOT_MET: 0.0,
    Verdict.CONTRADICTED: 0.0,
    Verdict.NEEDS_REVIEW: None,
}


class Flag(StrEnum):
    """Something about the whole answer that a reader of the grade should know."""

    BLANK = "blank"
    """Nothing was written; graded 0 without a model."""
    OFF_TOPIC = "off_topic"
    """No claim is anywhere near the question."""
    ECHO = "echo"
    """It restates the question; the restating claims earn nothing."""
    STUFFING = "stuffing"
    """It lists terms without saying anything; the lists earn nothing."""
    INSTRUCTION = "instruction"
    """It addresses the grader; those claims earn nothing."""
    HIDDEN = "hidden"
    """Markup hides a part of it from a reader; that part earns nothing."""
    TOO_LONG = "too_long"
    """It is longer than the grader reads; the review reasons say what was cut."""
    NOT_ENGLISH = "not_english"
    """Most of it is not English, the only language the grader is tested on."""
    NOT_TEXT = "not_text"
    """It holds no words: digits, symbols or control characters only."""

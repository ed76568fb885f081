"""A judgement of a person's beside the chance that a machine gave it without having seen it."""

from typing import NamedTuple

from grader.verdict import Verdict

EXAMPLE = "example"
"""The style of a rubric's graded examples."""
HELD_OUT = "held out"
"""The style of a rubric's own sentences, graded as answers by the rubric without them."""
ELSEWHERE = "elsewhere"
"""The style of graded examples held against a rubric of another subject."""
COURTEOUS = "courteous"
"""The style of people's answers with courtesies put around them."""
HOSTILE = ("opposite", "keywords", "restate", "irrelevant", "manipulation", "negated")
"""Styles of answers that must not earn what they do not deserve."""


class Judged(NamedTuple):
    """One point of one answer."""

    rubric: str
    style: str
    human: Verdict
    chance: float
    """Probability of `met`, 0 to 1, by a fit that left the rubric out."""
    opposition: float | None = None
    """The feature of that name; None where nothing was weighed."""

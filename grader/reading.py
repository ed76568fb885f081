"""An answer as far as it can be judged without a model, and what a model is asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.claims import Claim, split_claims
from grader.gaming import screen
from grader.hidden import hidden_spans
from grader.language import is_english
from grader.request import GradeRequest
from grader.small_talk import is_small_talk
from grader.text import MAX_CHARS, NormalisedText, normalise
from grader.units import Unit, read_units
from grader.verdict import Flag


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as far as it can be judged without a model."""

    request: GradeRequest
    normalised: NormalisedText
    claims: tuple[Claim, ...]
    """Without small talk, unless there is nothing else."""
    eligible: tuple[bool, ...]
    """For each claim whether it may earn something."""
    units: tuple[Unit, ...]
    """What is embedded; none if no claim may earn anything."""
    flags: tuple[Flag, ...]
    unread: bool = False
    """What was read holds no words, and what was cut might."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing to ask a model about."""
        return Flag.BLANK in self.flags or Flag.NOT_TEXT in self.flags or self.unread


def read(request: GradeRequest) -> Reading:
    """Split an answer into claims, bar what may earn nothing, and flag what is to be said of it."""
    normalised = normalise(request.answer)
    text = normalised.text
    rest = request.answer[MAX_CHARS:]
    if not any(char.isalpha() for char in text):
        unread = bool(rest.strip())
        blank = Flag.NOT_TEXT if text.strip() else Flag.BLANK
        flag = Flag.TOO_LONG if unread else blank
        return Reading(request, normalised, (), (), (), (flag,), unread=unread)
    flags = [Flag.TOO_LONG] if normalised.cut else []
    claims = _substance(split_claims(normalised))
    if is_english(text):
        asked = plain(request.question) if request.question else None
        screened = screen(claims, asked, request.rubric)
        eligible = screened.eligible
        flags.extend(screened.flags)
    else:
        # What tells empty talk from an answer are English words: here they would tell nothing.
        eligible = (True,) * len(claims)
        flags.append(Flag.NOT_ENGLISH)
    if unseen := hidden_spans(request.answer):
        eligible = tuple(
            may and not any(claim.start < end and start < claim.end for start, end in unseen)
            for may, claim in zip(eligible, claims, strict=True)
        )
        flags.append(Flag.HIDDEN)
    units = read_units([claim.text for claim in claims]) if any(eligible) else ()
    return Reading(request, normalised, claims, eligible, units, tuple(flags))


def _substance(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Leave small talk out, so that courtesies change nothing; all of it stays if it is all."""
    return tuple(claim for claim in claims if not is_small_talk(claim.text)) or tuple(claims)


def reasons(reading: Reading) -> list[str]:
    """Why a person should look, as far as the text alone tells."""
    found = []
    if Flag.TOO_LONG in reading.flags:
        found.append(
            f"The answer is longer than the {MAX_CHARS:,} characters that are read; "
            f"the last {reading.normalised.cut:,} were not."
        )
    if Flag.NOT_ENGLISH in reading.flags:
        found.append("Most of it is not English, the only language the grader is tested on.")
    if Flag.INSTRUCTION in reading.flags:
        found.append("It addresses the grader; those sentences earned nothing.")
    if Flag.HIDDEN in reading.flags:
        found.append("Markup hides a part of it from a reader; that part earned nothing.")
    return found


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Make a rubric's or question's sentence read as an answer's claim would."""
    return " ".join(normalise(text).text.split())

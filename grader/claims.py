"""An answer split into claims: the pieces, a sentence or less, that are weighed one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.text import NormalisedText

MAX_WORDS = 45
"""A longer sentence is split at its clauses."""
MAX_CLAIM_CHARS = 250
"""The same for characters; with the two tokens that frame a text it fits any encoder's window."""

_MIN_CLAUSE = 8
"""Words a clause needs to stand alone."""
_SHORT_LINE = 45
"""A shorter line that another capital follows was ended on purpose, not wrapped."""

_BULLET = re.compile(
    r"[ \t]{0,40}(?:(?:[-*+\u2022\u2023\u25e6\u25aa\u25cf\u25cb\u00b7\u2013\u2014>]|#{1,6}"
    r"|\(?\d{1,3}[.)]|\(?[A-Za-z]\))[ \t]+(?:\[[ xX]\][ \t])?)"
)
_WORD = re.compile(r"\S+")
_NEVER_LAST = frozenset(
    "e.g i.e vs dr mr mrs ms prof st cf approx fig figs eq no nos vol sec ca resp incl est "
    "ref refs pp al".split()
)
_MAYBE_LAST = frozenset("etc inc ltd co corp jr sr dept".split())
_STARTERS = frozenset(
    "a also an and as at before but each every first for from he here how however i if in it its "
    "my next no on one otherwise our she so second that the their then there these they this those "
    "to we what when where which while who why with you your".split()
)
_CLAUSE_WORDS = frozenset(
    "although and because but for if however instead or otherwise so since then though unless "
    "until whereas whether which while who yet".split()
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of an answer that says one thing."""

    start: int
    """First character, counted in the answer as given."""
    end: int
    """One past the last character."""
    text: str
    """What the encoder reads: normalised, each run of white space a single blank."""


def split_claims(normalised: NormalisedText) -> tuple[Claim, ...]:
    """Split an answer into claims, in order and without overlap.

    Sentences end a claim; so do semicolons, bullets and paragraphs. A line that merely wraps
    does not. Sentences beyond `MAX_WORDS` or `MAX_CLAIM_CHARS` are split at their clauses.

    Args:
        normalised: what `normalise` made of the answer.

    Returns:
        Claims with at least one letter or digit each; none for an answer without any.
    """
    text = normalised.text
    claims = []
    for block_start, block_end in _blocks(text):
        for sentence_start, sentence_end in _sentences(text, block_start, block_end):
            for start, end in _clauses(text, sentence_start, sentence_end):
                if any(char.isalnum() for char in text[start:end]):
                    original = normalised.span(start, end)
                    claims.append(Claim(*original, " ".join(text[start:end].split())))
    return tuple(claims)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs and list items, bullet marks left out."""
    start: int | None = None
    previous = ""
    at = 0
    for line in text.split("\n"):
        end = at + len(line)
        bullet = _BULLET.match(line)
        fresh = bullet is not None or _starts_afresh(previous, line)
        if start is not None and (fresh or not line.strip()):
            yield start, at
            start = None
        if start is None and line.strip():
            start = at + (bullet.end() if bullet else 0)
        previous = line
        at = end + 1
    if start is not None:
        yield start, len(text)


def _starts_afresh(previous: str, line: str) -> bool:
    """Whether the line break between two lines of text was meant."""
    before, after = previous.strip(), line.strip()
    if not before or not after:
        return False
    capital = after.lstrip("\"'(")[:1].isupper()
    return len(before) < _SHORT_LINE and (capital or before[-1] == ":")


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    while at < end:
        char = text[at]
        if char not in ".!?;\u3002":
            at += 1
            continue
        stop = at + 1
        while stop < end and text[stop] in ".!?\u3002":
            stop += 1
        close = stop
        while close < end and text[close] in "\"')]":
            close += 1
        if _ends_sentence(text, start, at, stop, close, end):
            yield start, close
            start = close
        at = close
    yield start, end


def _ends_sentence(text: str, start: int, at: int, stop: int, close: int, end: int) -> bool:
    """Whether the marks `[at, stop)`, with quotes and brackets up to `close`, end a sentence."""
    marks = text[at:stop]
    if close >= end or marks[0] == "\u3002":
        return True
    if not text[close].isspace():
        # "done.Then": a blank forgotten. Decimals, versions and file names do not look so.
        return (
            marks == "."
            and close == stop
            and at - 1 > start
            and text[at - 2 : at].islower()
            and text[at - 2 : at].isalpha()
            and text[close].isupper()
            and text[close + 1 : close + 2].islower()
        )
    following = text[close : close + 40].split(maxsplit=1)
    word = following[0].strip("\"'([,.:") if following else ""
    if marks == ";":
        return True
    if "!" in marks or "?" in marks:
        return close == stop or not word[:1].islower()
    if len(marks) > 1:
        return not word[:1].islower()
    return _full_stop(_word_before(text, start, at), word)


def _word_before(text: str, start: int, at: int) -> str:
    """The word that a full stop follows, at most 16 characters of it."""
    words = text[max(start, at - 16) : at].split()
    tail = words[-1] if words and not text[at - 1].isspace() else ""
    return tail.lstrip("\"'([")


def _full_stop(before: str, after: str) -> bool:
    """Whether a full stop between two words ends a sentence."""
    small = before.lower()
    if small in _NEVER_LAST:
        # "No." is a number's sign only before a digit, and an answer otherwise.
        return small in {"no", "nos"} and not after[:1].isdigit()
    if small in _MAYBE_LAST:
        return after[:1].isupper()
    initials = before.split(".")
    if all(len(part) == 1 and part.isalpha() for part in initials) and before != "I":
        return len(initials) > 1 and after[:1].isupper() and after.lower() in _STARTERS
    return True


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, trimmed; in pieces if it is too long for one claim."""
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if not words:
        return
    if _fits(words):
        yield words[0][0], words[-1][1]
        return
    piece: list[tuple[int, int]] = []
    for index, word in enumerate(words):
        at_clause = len(piece) >= _MIN_CLAUSE and _opens_clause(text, words, index)
        if piece and (at_clause or not _fits([*piece[:1], word], len(piece) + 1)):
            yield piece[0][0], piece[-1][1]
            piece = []
        for chunk in _chunks(word):
            if piece and not _fits([*piece[:1], chunk], len(piece) + 1):
                yield piece[0][0], piece[-1][1]
                piece = []
            piece.append(chunk)
    yield piece[0][0], piece[-1][1]


def _fits(words: list[tuple[int, int]], count: int | None = None) -> bool:
    """Whether words from the first to the last make a claim of allowed size."""
    count = len(words) if count is None else count
    return count <= MAX_WORDS and words[-1][1] - words[0][0] <= MAX_CLAIM_CHARS


def _opens_clause(text: str, words: list[tuple[int, int]], index: int) -> bool:
    """Whether a clause begins at a word, with enough words left for it to stand alone."""
    if len(words) - index < _MIN_CLAUSE // 2:
        return False
    last = text[words[index - 1][1] - 1]
    word = text[slice(*words[index])].lower().strip("\"'(,")
    return last in ":\u2014\u2013" or (
        word in _CLAUSE_WORDS and (last == "," or word in {"because", "but", "whereas"})
    )


def _chunks(word: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """A word, in pieces if it alone exceeds a claim."""
    for start in range(word[0], word[1], MAX_CLAIM_CHARS):
        yield start, min(start + MAX_CLAIM_CHARS, word[1])

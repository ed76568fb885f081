"""An answer made plain for reading, with every character traceable to the answer as given."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARS = 20_000
"""Characters of an answer that are read; the rest is cut and the grade says so."""

_CLUSTER = 32
"""Most characters normalised together; piles of accents beyond it gain nothing but time."""
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_QUOTES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4\u0060", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
}
_NEWLINES = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """Plain text and where each of its characters came from."""

    text: str
    starts: Sequence[int]
    """For each character of `text`, where its source begins in the answer; never decreasing."""
    ends: Sequence[int]
    """For each character of `text`, where its source ends; never decreasing."""
    cut: int = 0
    """Characters of the answer that were not read."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Find the characters of the answer behind a slice of the text.

        Args:
            start: first character of the slice, 0 to `len(text)`.
            end: one past its last, `start` to `len(text)`.

        Returns:
            Start and end in the answer as given. A character that stands for several
            (or several for one) is taken whole. An empty slice gives an empty span.

        Raises:
            IndexError: the slice does not lie within the text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"no slice [{start}, {end}) in {len(self.text)} characters")
        if start == end:
            at = self.starts[start] if start < len(self.text) else (self.ends or (0,))[-1]
            return at, at
        return self.starts[start], self.ends[end - 1]


def normalise(answer: str) -> NormalisedText:
    r"""Make an answer plain: what looks the same reads the same.

    NFKC; invisible and control characters removed; line ends made `\n`; curly quotes made
    straight; letters of other scripts that imitate Latin ones inside Latin words made Latin.

    Args:
        answer: as given; beyond `MAX_CHARS` characters it is not read.

    Returns:
        The plain text with offsets into the answer as given.
    """
    cut = max(0, len(answer) - MAX_CHARS)
    answer = answer[:MAX_CHARS]
    if answer.isascii() and not any(_needs_work(char) for char in set(answer)):
        size = len(answer)
        return NormalisedText(answer, range(size), range(1, size + 1), cut)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(answer):
        end = _cluster_end(answer, at)
        plain = _plain(answer[at:end])
        pieces.append(plain)
        starts.extend([at] * len(plain))
        ends.extend([end] * len(plain))
        at = end
    text = _fold_look_alikes("".join(pieces))
    return NormalisedText(text, starts, ends, cut)


def _needs_work(char: str) -> bool:
    return char == "`" or (char not in "\n\t" and unicodedata.category(char) == "Cc")


def _cluster_end(answer: str, at: int) -> int:
    """One past the characters that are normalised together with the one at `at`."""
    if answer[at] == "\r" and answer[at + 1 : at + 2] == "\n":
        return at + 2
    end = at + 1
    while end < len(answer) and end - at < _CLUSTER and _joins(answer[end]):
        end += 1
    return end


def _joins(char: str) -> bool:
    """Whether a character can melt into the one before: a mark, or part of a Hangul syllable."""
    if char < "\u0300":
        return False
    return (
        unicodedata.combining(char) != 0 or "\u1161" <= char <= "\u11ff" or char in "\u3099\u309a"
    )


def _plain(cluster: str) -> str:
    if cluster == "\r\n" or cluster in _NEWLINES:
        return "\n"
    if cluster.isascii() and len(cluster) == 1:
        return _plain_char(cluster)
    # Quotes first: compatibility forms such as the prime would otherwise fall apart into pieces.
    composed = unicodedata.normalize("NFKC", "".join(_QUOTES.get(char, char) for char in cluster))
    return "".join(map(_plain_char, composed))


@lru_cache(maxsize=4096)
def _plain_char(char: str) -> str:
    """What one normalised character becomes: itself, a plainer one, or nothing."""
    if char in "\n\t":
        return char
    if char in _QUOTES:
        return _QUOTES[char]
    category = unicodedata.category(char)
    if category == "Cs":
        # Half a character cannot be shown or stored: a paragraph break keeps it out of any claim.
        return "\n\n"
    if category[0] == "C" or char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f":
        return ""
    return " " if category[0] == "Z" else char


def _fold_look_alikes(text: str) -> str:
    """Make Latin what imitates Latin, character by character, so that offsets stay true."""
    if text.isascii():
        return text
    folded = list(text)
    latin = sum(map(_is_latin, text))
    other = sum(char.isalpha() for char in text) - latin
    start = 0
    while start < len(text):
        if not text[start].isalpha():
            start += 1
            continue
        end = start + 1
        while end < len(text) and text[end].isalpha():
            end += 1
        word = text[start:end]
        if not word.isascii() and _imitates(word, among_latin=latin > other):
            folded[start:end] = [look_alike(char) or char for char in word]
        start = end
    return "".join(folded)


def _imitates(word: str, *, among_latin: bool) -> bool:
    """Whether a word's foreign letters pose as Latin ones."""
    if any(map(_is_latin, word)):
        return True
    # A lone Greek letter in English text is a symbol; a whole word of imitations is a disguise.
    return among_latin and len(word) > 1 and all(look_alike(char) for char in word)


@lru_cache(maxsize=4096)
def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")


@lru_cache(maxsize=4096)
def look_alike(char: str) -> str | None:
    """Find the Latin letter that a foreign letter imitates.

    Args:
        char: one character.

    Returns:
        An ASCII letter, of the same case where there is one; None if it imitates none, or is
        itself an everyday Latin letter.
    """
    if not char.isalpha() or char.isascii():
        return None
    if _is_latin(char) and char != "\u0131" and not "\u0250" <= char <= "\u02af":
        return None
    from confusable_homoglyphs import confusables  # a table of 10,000 rows: only where needed

    found: list[str] = [
        row["c"]
        for row in confusables.confusables_data.get(char, ())
        if len(row["c"]) == 1 and row["c"].isascii() and row["c"].isalpha()
    ]
    same_case = [letter for letter in found if letter.isupper() == char.isupper()]
    if same_case:
        return same_case[0]
    if char.isupper() and char.lower() != char and (small := look_alike(char.lower())):
        return small.upper()
    return found[0] if found else None

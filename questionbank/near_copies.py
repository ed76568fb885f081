"""Answers to the same question that are nearly the same: copies, some words changed or not.

An answer is taken as the set of its pairs of neighbouring words within a sentence, so that the
order of sentences does not count, and the set as a MinHash signature (Broder 1997): the share of
equal entries in two signatures estimates the share of pairs that two answers have in common
(Jaccard).
Candidates are found by bands of the signature (Indyk and Motwani 1998).
"""

import hashlib
import re
import zlib
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grader.text import look_alike, normalise

SIMILAR = 0.7
"""Share of word pairs in common from which two answers are listed. Of sixty words, about five can
be changed. Shipped graded examples of the same rubric have 0.05 in common at most."""
MIN_WORDS = 20
"""Shorter answers are listed only if they are the same word for word."""
MIN_SAME = 10
"""Below that, even the same words are no sign of copying."""

_BANDS = 25
_ROWS = 5
_SIZE = _BANDS * _ROWS
"""Entries of a signature. Answers with 0.7 in common share a band with 99% probability, with 0.8 or
more nearly always; the estimate of what they share has a standard error of 0.04."""
_REACH = 8
"""Within a band, each answer is compared with so many that come next."""
_BLOCK = 1 << 16
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"[.!?;:]\s|\n\s*\n")
_SEED = b"near copies"

Rows = npt.NDArray[np.int64]


class Group(NamedTuple):
    """Answers that are nearly the same."""

    rows: tuple[int, ...]
    """As given to `add`, in that order; at least two."""
    similarity: float
    """What the two least alike neighbours among them have in common, about, 0 to 1."""


class NearCopies:
    """Takes answers one by one and finds near-copies among them at the end.

    It keeps 266 bytes an answer, however long: 270 MB for a million, and at the end some 100 MB
    more.
    """

    def __init__(self) -> None:
        coins = hashlib.shake_128(_SEED).digest(16 * _SIZE)
        factors = np.frombuffer(coins, dtype=np.uint64).copy()
        self._factor = factors[:_SIZE] | np.uint64(1)
        self._shift = factors[_SIZE:]
        self._questions: dict[str, int] = {}
        self._question = array("q")
        self._row = array("q")
        self._signatures = bytearray()

    def add(self, row: int, question: str, answer: str) -> None:
        """Take one answer; one of too few words is passed over.

        Args:
            row: what to call it.
            question: which question it answers.
            answer: as given; case, punctuation and look-alike characters do not count.
        """
        if signature := self.signature(answer):
            self.add_signature(row, question, signature)

    def signature(self, answer: str) -> bytes | None:
        """What is compared of an answer; None of one with too few words.

        Args:
            answer: as given.
        """
        shingles = shingles_of(answer)
        if not shingles:
            return None
        hashes = np.fromiter(
            (zlib.crc32(one.encode("utf-8", "replace")) for one in shingles),
            dtype=np.uint64,
            count=len(shingles),
        )
        # Multiply, add and keep the upper half (Dietzfelbinger 1996); the product wraps by design.
        mixed = (hashes[:, np.newaxis] * self._factor + self._shift) >> np.uint64(32)
        signature: bytes = mixed.min(axis=0).astype(np.uint16).tobytes()
        return signature

    def add_signature(self, row: int, question: str, signature: bytes) -> None:
        """Take an answer whose signature was computed elsewhere; `add` says the rest."""
        self._signatures += signature
        self._question.append(self._questions.setdefault(question, len(self._questions)))
        self._row.append(row)

    def groups(self) -> list[Group]:
        """Find what is nearly the same.

        Returns:
            Groups in order of their first rows. Two answers of a group may have less in common
            than `SIMILAR` if a third stands between them.
        """
        count = len(self._row)
        signatures = np.frombuffer(self._signatures, dtype=np.uint16).reshape(count, _SIZE)
        question = np.frombuffer(self._question, dtype=np.int64)
        above = np.arange(count)
        least: dict[int, float] = {}
        for band in range(_BANDS):
            part = signatures[:, band * _ROWS : (band + 1) * _ROWS]
            for one, other in _candidates(part, question):
                alike = (signatures[one] == signatures[other]).mean(axis=1)
                for at in np.flatnonzero(alike >= SIMILAR):
                    _join(above, least, int(one[at]), int(other[at]), float(alike[at]))
        members: dict[int, list[int]] = {}
        for at in np.flatnonzero(_tops(above) != np.arange(count)):
            top = _top(above, int(at))
            members.setdefault(top, [self._row[top]]).append(self._row[at])
        found = [Group(tuple(sorted(rows)), least[top]) for top, rows in members.items()]
        return sorted(found)


def shingles_of(answer: str) -> frozenset[str]:
    """Cut an answer into what is compared.

    Args:
        answer: as given; beyond `grader.text.MAX_CHARS` it is not read.

    Returns:
        Pairs of neighbouring words; of an answer below `MIN_WORDS` its sentences, sorted, as one
        whole; nothing below `MIN_SAME` words.
    """
    # `normalise` sees to foreign letters within Latin words; here also to those that stand alone.
    text = "".join(look_alike(char) or char for char in normalise(answer).text).casefold()
    sentences = [words for part in _SENTENCE_END.split(text) if (words := _WORD.findall(part))]
    count = sum(map(len, sentences))
    if count < MIN_SAME:
        return frozenset()
    if count < MIN_WORDS:
        return frozenset([" / ".join(sorted(" ".join(words) for words in sentences))])
    return frozenset(
        " ".join(pair)
        for words in sentences
        for pair in (pairwise(words) if len(words) > 1 else [words])
    )


def _candidates(part: npt.NDArray[np.uint16], question: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of answers to one question that agree in a band, in blocks of bounded size."""
    order = np.lexsort((*part.T, question))
    same = (question[order][1:] == question[order][:-1]) & (
        part[order][1:] == part[order][:-1]
    ).all(axis=1)
    together = same
    for reach in range(1, _REACH + 1):
        found = np.flatnonzero(together)
        if not len(found):
            return
        for start in range(0, len(found), _BLOCK):
            at = found[start : start + _BLOCK]
            yield order[at], order[at + reach]
        together = together[:-1] & same[reach:]


def _join(above: Rows, least: dict[int, float], one: int, other: int, alike: float) -> None:
    """Put two answers into one group, the earlier answer at its top."""
    first, second = sorted((_top(above, one), _top(above, other)))
    known = [least[top] for top in (first, second) if top in least]
    if first == second:
        return
    least.pop(second, None)
    least[first] = min([alike, *known])
    above[second] = first


def _top(above: Rows, at: int) -> int:
    """The earliest answer of a group; shortens the way there for the next who asks."""
    while above[at] != at:
        above[at] = above[above[at]]
        at = int(above[at])
    return at


def _tops(above: Rows) -> Rows:
    """The top of every answer's group."""
    tops = above
    while not np.array_equal(tops, tops[tops]):
        tops = tops[tops]
    return tops

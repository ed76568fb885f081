"""Answers to the same question that are nearly the same: copies, some words changed or not.

An answer is taken as the set of its pairs of neighbouring words within a sentence, so that the
order of sentences does not count, and the set as a MinHash signature (Broder 1997): the share of
equal entries in two signatures estimates the share of pairs that two answers have in common
(Jaccard).
Candidates are found by bands of the signature (Indyk and Motwani 1998).

Signatures lie in a temporary file, so that an answer costs no memory; at the end it is read once
for each band, and besides only what is to be compared.
"""

import hashlib
import re
import tempfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, NamedTuple

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
_BLOCK = 1 << 13
"""Signatures written or compared at once, 2 MB; fewer never reach the disk."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE_END = re.compile(r"[.!?;:]\s|\n\s*\n")
_SEED = b"near copies"

Rows = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
_RECORD = np.dtype([("row", np.int64), ("question", np.int64), ("signature", np.uint16, _SIZE)])
"""What is kept of an answer."""


class Group(NamedTuple):
    """Answers that are nearly the same."""

    rows: tuple[int, ...]
    """As given to `add`, in that order; at least two."""
    similarity: float
    """What the two least alike neighbours among them have in common, about, 0 to 1."""


class NearCopies:
    """Takes answers one by one and finds near-copies among them at the end.

    It keeps 266 bytes an answer, however long, in a temporary file: 270 MB for a million. Memory is
    taken only at the end, some 30 bytes an answer.
    """

    def __init__(self) -> None:
        coins = hashlib.shake_128(_SEED).digest(16 * _SIZE)
        factors = np.frombuffer(coins, dtype=np.uint64).copy()
        self._factor = factors[:_SIZE] | np.uint64(1)
        self._shift = factors[_SIZE:]
        self._questions: dict[str, int] = {}
        self._file: IO[bytes] | None = None
        self._written = 0
        self._tail = bytearray()
        self.passed_over = 0
        """Answers not looked at because the disk would not take them."""

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
        if self.passed_over:
            self.passed_over += 1
            return
        number = self._questions.setdefault(question, len(self._questions))
        self._tail += np.array([row, number], dtype=np.int64).tobytes() + signature
        if len(self._tail) >= _BLOCK * _RECORD.itemsize:
            self._flush()

    def groups(self) -> list[Group]:
        """Find what is nearly the same, and forget it all.

        Returns:
            Groups in order of their first rows. Two answers of a group may have less in common
            than `SIMILAR` if a third stands between them.
        """
        above = np.arange(self._written + len(self._tail) // _RECORD.itemsize)
        least: dict[int, float] = {}
        for band in range(_BANDS):
            for one, other in _candidates(self._keys(band, len(above))):
                apart = _tops(above, one) != _tops(above, other)
                self._compare(one[apart], other[apart], above, least)
        found = self._grouped(above, least)
        self._tail.clear()
        if self._file is not None:
            self._file.close()
        return found

    def _flush(self) -> None:
        """Move what was taken last to the file; if the disk is full, go no further."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - see `groups`
            view = memoryview(self._tail)
            while view:
                view = view[self._file.write(view) :]
        except OSError:
            self.passed_over = _BLOCK
        else:
            self._written += _BLOCK
        self._tail = bytearray()

    def _blocks(self) -> Iterator[tuple[int, npt.NDArray[np.void]]]:
        """All records in pieces, each with the number of its first."""
        for start in range(0, self._written, _BLOCK):
            yield start, self._read(start, _BLOCK)
        yield self._written, np.frombuffer(self._tail, dtype=_RECORD)

    def _read(self, start: int, count: int) -> npt.NDArray[np.void]:
        if self._file is None:
            raise ValueError("nothing was written")
        self._file.seek(start * _RECORD.itemsize)
        return np.frombuffer(self._file.read(count * _RECORD.itemsize), dtype=_RECORD)

    def _records(self, numbers: Rows) -> npt.NDArray[np.void]:
        """Records by their numbers."""
        wanted, where = np.unique(numbers, return_inverse=True)
        found = np.empty(len(wanted), dtype=_RECORD)
        inside = int(np.searchsorted(wanted, self._written))
        for at in range(inside):
            found[at] = self._read(int(wanted[at]), 1)[0]
        tail = np.frombuffer(self._tail, dtype=_RECORD)
        found[inside:] = tail[wanted[inside:] - self._written]
        return found[where]

    def _keys(self, band: int, count: int) -> Keys:
        """A number for each answer: equal where question and band are, and hardly elsewhere."""
        keys = np.empty(count, dtype=np.uint64)
        columns = slice(band * _ROWS, (band + 1) * _ROWS)
        for start, block in self._blocks():
            part = block["signature"][:, columns].astype(np.uint64) * self._factor[:_ROWS]
            question = block["question"].astype(np.uint64) * self._factor[_ROWS]
            keys[start : start + len(block)] = part.sum(axis=1, dtype=np.uint64) + question
        return keys

    def _compare(self, one: Rows, other: Rows, above: Rows, least: dict[int, float]) -> None:
        """Hold pairs of answers against each other and join those that are alike."""
        first, second = self._records(one), self._records(other)
        alike = (first["signature"] == second["signature"]).mean(axis=1)
        for at in np.flatnonzero((alike >= SIMILAR) & (first["question"] == second["question"])):
            _join(above, least, int(one[at]), int(other[at]), float(alike[at]))

    def _grouped(self, above: Rows, least: dict[int, float]) -> list[Group]:
        members: dict[int, list[int]] = {}
        for start, block in self._blocks():
            numbers = np.arange(start, start + len(block))
            tops = _tops(above, numbers)
            for at in np.flatnonzero(np.isin(tops, list(least))):
                members.setdefault(int(tops[at]), []).append(int(block["row"][at]))
        return sorted(Group(tuple(sorted(rows)), least[top]) for top, rows in members.items())


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


def _candidates(keys: Keys) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of answers with the same key, in blocks of bounded size."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    same = keys[1:] == keys[:-1]
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


def _tops(above: Rows, numbers: Rows) -> Rows:
    """The tops of some answers' groups."""
    tops = above[numbers]
    while not np.array_equal(tops, above[tops]):
        tops = above[tops]
    return tops

"""The chain that ties every appended entry to all before it; pure functions over rows.

Each link is a SHA-256 over the link before it and the entry's columns. The body enters by its own
digest and personal text by a salted one, so that personal text can be erased, and cannot be guessed
from what is left, while the chain still verifies. What a chain cannot show is the loss of its last
entries: who needs that keeps the head of a report elsewhere and compares.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from grader.canonical import canonical_json
from grader.rubric import Record

GENESIS = "0" * 64
"""The link before the first entry."""


class EntryKind(StrEnum):
    """What an entry records."""

    ATTEMPT = "attempt"
    ANSWER = "answer"
    GRADE = "grade"
    OVERRIDE = "override"
    FINISHED = "finished"
    DOCUMENT = "document"
    EVENT = "event"
    """Of an interview."""
    RATER = "rater"
    """Somebody begins to rate an interview."""
    MARK = "mark"
    ACT = "act"
    """What was done with an interview afterwards."""
    PACKET = "packet"
    """What an interview was led by."""


class Entry(NamedTuple):
    """One row of the ledger, its link aside."""

    seq: int
    """1, 2, 3, … without a gap."""
    id: str
    """32 hexadecimal digits."""
    kind: str
    attempt_id: str | None
    key: str | None
    """Whatever has this key is recorded once."""
    at: str
    """When it was appended: UTC, ISO 8601 with microseconds and `Z`."""
    body: str
    """Canonical JSON, nothing personal in it."""
    personal_digest: str | None
    """Salted SHA-256 of the personal part in hexadecimal; None if there never was one."""


class Personal(NamedTuple):
    """The part of an entry that can be erased."""

    salt: bytes
    """16 random bytes."""
    body: str
    """Canonical JSON."""


class Row(NamedTuple):
    """One entry as it was read back."""

    entry: Entry
    link: str
    personal: Personal | None

    @property
    def erased(self) -> bool:
        """Whether there was a personal part that is gone."""
        return self.entry.personal_digest is not None and self.personal is None


class ChainReport(Record):
    """What a walk along the chain found."""

    entries: int
    """How many entries hold, counted up to the first that does not."""
    erased: int = 0
    """How many of them have had their personal part erased."""
    head: str = GENESIS
    """The link of the last entry that holds; kept elsewhere, it proves the end of the chain too."""
    broken: int | None = None
    """Number of the first entry that does not hold; None if all do."""
    reason: str | None = None
    """What is wrong with it, one sentence; None if nothing is."""

    @property
    def sound(self) -> bool:
        """Whether every entry holds."""
        return self.broken is None


def link_of(previous: str, entry: Entry) -> str:
    """Compute an entry's link.

    Args:
        previous: the link of the entry before, `GENESIS` for the first.
        entry: the entry.

    Returns:
        64 hexadecimal digits.
    """
    content = [
        previous,
        entry.seq,
        entry.id,
        entry.kind,
        entry.attempt_id,
        entry.key,
        entry.at,
        hashlib.sha256(entry.body.encode()).hexdigest(),
        entry.personal_digest,
    ]
    return hashlib.sha256(canonical_json(content)).hexdigest()


def personal_digest(personal: Personal) -> str:
    """Digest a personal part so that it cannot be guessed without its salt.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256(personal.salt + personal.body.encode()).hexdigest()


def verify(rows: Iterable[Row]) -> ChainReport:
    """Walk along the chain until its end or the first entry that does not hold.

    Args:
        rows: all rows, in the order of `seq`.

    Returns:
        What was found; an empty chain is sound.
    """
    report = ChainReport(entries=0)
    erased = 0
    for number, row in enumerate(rows, start=1):
        try:
            reason = _fault(number, report.head, row)
        except (AttributeError, TypeError, ValueError):
            # A tampered column can hold another type, or text that is not Unicode.
            reason = "it holds what was never written there"
        if reason is not None:
            return report.model_copy(update={"broken": number, "reason": reason})
        erased += row.erased
        report = ChainReport(entries=number, erased=erased, head=row.link)
    return report


def _fault(number: int, previous: str, row: Row) -> str | None:
    """Say what is wrong with the row that should be the number-th, or None."""
    entry = row.entry
    if entry.seq != number:
        return f"it is missing; the next one found is {entry.seq}"
    if link_of(previous, entry) != row.link:
        return "it does not match its link: it was altered, replaced or moved"
    if row.personal is None:
        return None
    if entry.personal_digest is None:
        return "personal text was added to it afterwards"
    if personal_digest(row.personal) != entry.personal_digest:
        return "its personal text was altered"
    return None

"""The record of attempts: an append-only ledger in which every entry is tied to all before it.

Each append is a transaction of its own and on disk when the call returns. What is personal stands
in a table apart from the chain. Nothing is changed in place: a correction is one more entry.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, delete, select

from questionbank import backup
from questionbank.attempt import Answer, Attempt, FinishedAttempt, GradeRecord, Override
from questionbank.database import PATIENCE, Database, entries, personal
from questionbank.document import Document
from questionbank.entries import (
    NewEntry,
    attempt_key,
    from_act,
    from_answer,
    from_attempt,
    from_document,
    from_event,
    from_finished,
    from_grade,
    from_mark,
    from_override,
    from_packet,
    from_rater,
    to_act,
    to_answer,
    to_grade,
)
from questionbank.errors import NotFoundError, UsageError
from questionbank.interview_event import InterviewEvent
from questionbank.ledger import (
    GENESIS,
    Entry,
    EntryKind,
    Personal,
    link_of,
    personal_digest,
)
from questionbank.mark import Act, Mark, Rater
from questionbank.packet import Packet
from questionbank.queries import Reader, has_key, read_raters, read_where

_SALT_BYTES = 16
_ID_BYTES = 16


class Store(Reader):
    """An open record; a context manager. Made by `Store.open`."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        entropy: Callable[[int], bytes],
    ) -> None:
        super().__init__(database)
        self._clock = clock
        self._entropy = entropy

    @classmethod
    def open(
        cls,
        url_or_path: str | Path,
        *,
        clock: Callable[[], datetime],
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        patience: float = PATIENCE,
    ) -> Self:
        """Open a record, making it or bringing it to this version's schema if need be.

        Args:
            url_or_path: an SQLAlchemy URL or the path of an SQLite file (made with mode 0600).
            clock: tells the time of an append, time zone included.
            entropy: gives so many random bytes.
            patience: seconds to wait for another program that writes.

        Raises:
            StoreError: it cannot be opened, or a newer version made it.
        """
        return cls(Database.open(url_or_path, patience), clock=clock, entropy=entropy)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # Appending

    def append_attempt(self, attempt: Attempt, documents: Iterable[Document] = ()) -> bool:
        """Record that an attempt has begun, with the texts it is about.

        Args:
            attempt: the attempt.
            documents: texts of the questions and rubrics; those recorded already are left out.

        Returns:
            Whether it was new; if not, nothing was written.

        Raises:
            StoreError: it cannot be written.
        """
        new = from_attempt(attempt)
        texts = [from_document(document) for document in documents]
        with self._database.writing() as connection:
            return self._append_once(connection, new, texts)

    def append_answer(self, answer: Answer) -> Answer:
        """Record an answer; the first to a position of an attempt stands.

        Returns:
            The answer that is on record: this one, or the one that was there.

        Raises:
            NotFoundError: there is no such attempt.
            StoreError: it cannot be written.
        """
        new = from_answer(answer)
        with self._database.writing() as connection:
            self._require_attempt(connection, answer.attempt_id)
            if self._append_once(connection, new):
                return answer
            with self._readable():
                return to_answer(read_where(connection, entries.c.key == new.key)[0])

    def append_grade(
        self,
        record: GradeRecord,
        documents: Iterable[Document] = (),
        overrides: Iterable[Override] = (),
    ) -> bool:
        """Record a grade beside those the answer has.

        Args:
            record: the grade.
            documents: texts it rests on; those recorded already are left out.
            overrides: people's verdicts that hold for this grade from the beginning.

        Returns:
            Whether it was new; if a grade with its id was there, nothing was written.

        Raises:
            NotFoundError: there is no such answer in the attempt.
            StoreError: it cannot be written.
        """
        new = from_grade(record)
        texts = [from_document(document) for document in documents]
        carried = [from_override(override) for override in overrides]
        with self._database.writing() as connection:
            answer = select(entries.c.attempt_id).where(
                entries.c.id == record.answer_id, entries.c.kind == EntryKind.ANSWER
            )
            if connection.scalar(answer) != record.attempt_id:
                raise NotFoundError("answer", record.answer_id)
            if not self._append_once(connection, new, texts):
                return False
            for override in carried:
                self._append(connection, override)
            return True

    def append_override(self, override: Override) -> bool:
        """Record a person's verdict on a point of the grade that counts.

        Returns:
            Whether it was new; if an override with its id was there, nothing was written.

        Raises:
            NotFoundError: there is no such grade of the answer, or no such point in it.
            UsageError: the answer has been graded again since.
            StoreError: it cannot be written.
        """
        new = from_override(override)
        grades = (entries.c.kind == EntryKind.GRADE) & entries.c.key.startswith(
            f"grade:{override.answer_id}:", autoescape=True
        )
        with self._database.writing() as connection, self._readable():
            records = [to_grade(row) for row in read_where(connection, grades)]
            found = next((one for one in records if one.id == override.grade_id), None)
            if found is None or found.attempt_id != override.attempt_id:
                raise NotFoundError("grade", override.grade_id)
            if override.point_id not in {point.id for point in found.grade.points}:
                raise NotFoundError("point", override.point_id)
            if found is not records[-1]:
                raise UsageError(
                    f"answer {override.answer_id[:8]} has been graded again meanwhile; "
                    "look at the new grade first"
                )
            return self._append_once(connection, new)

    def append_event(self, event: InterviewEvent) -> None:
        """Record what happened in an interview.

        Raises:
            NotFoundError: there is no such attempt.
            UsageError: another event has its number: the interview goes on elsewhere.
            StoreError: it cannot be written.
        """
        new = from_event(event)
        with self._database.writing() as connection:
            self._require_attempt(connection, event.attempt_id)
            if not self._append_once(connection, new):
                raise UsageError(
                    f"interview {event.attempt_id[:8]} goes on in another window; "
                    "close one of the two"
                )

    def finish(self, mark: FinishedAttempt) -> bool:
        """Record that an attempt is over.

        Returns:
            Whether that was new; if not, nothing was written.

        Raises:
            NotFoundError: there is no such attempt.
            StoreError: it cannot be written.
        """
        new = from_finished(mark)
        with self._database.writing() as connection:
            self._require_attempt(connection, mark.attempt_id)
            return self._append_once(connection, new)

    def append_packet(self, packet: Packet) -> bool:
        """Keep the packet that interviews are led by.

        Returns:
            Whether it was new; if not, nothing was written.

        Raises:
            StoreError: it cannot be written.
        """
        with self._database.writing() as connection:
            return self._append_once(connection, from_packet(packet))

    def enrol(self, attempt_id: str, author: str, at: datetime) -> Rater:
        """Find the rater of a name, and record that she begins if she is new.

        Args:
            attempt_id: of the interview.
            author: her name; upper and lower case are the same.
            at: UTC.

        Raises:
            NotFoundError: there is no such attempt.
            StoreError: it cannot be written.
        """
        with self._database.writing() as connection, self._readable():
            self._require_attempt(connection, attempt_id)
            there = read_raters(connection, attempt_id)
            for rater in there:
                if (rater.author or "").casefold() == author.casefold():
                    return rater
            new = Rater(attempt_id=attempt_id, id=f"rater-{len(there) + 1}", at=at, author=author)
            self._append(connection, from_rater(new))
            return new

    def append_marks(self, marks: Sequence[Mark]) -> None:
        """Record marks of one rater: all of them or, with an error, none.

        Raises:
            NotFoundError: there is no such attempt.
            UsageError: another mark has the number of one: the rating goes on elsewhere.
            StoreError: they cannot be written.
        """
        new = [(mark, from_mark(mark)) for mark in marks]
        with self._database.writing() as connection:
            for mark, entry in new:
                self._require_attempt(connection, mark.attempt_id)
                if not self._append_once(connection, entry):
                    raise UsageError(
                        f"{mark.rater} rates {mark.attempt_id[:8]} in another window; "
                        "close one of the two"
                    )

    def append_act(self, act: Act, occasion: str = "") -> bool:
        """Record what was done with an interview.

        Args:
            act: what was done.
            occasion: an act of this kind is recorded once on one occasion; empty for each time.

        Returns:
            Whether it was new; if not, nothing was written.

        Raises:
            NotFoundError: there is no such attempt.
            StoreError: it cannot be written.
        """
        with self._database.writing() as connection:
            self._require_attempt(connection, act.attempt_id)
            return self._append_once(connection, from_act(act, self._act_id(act, occasion)))

    # Looking after it

    def erase(self, act: Act) -> int:
        """Delete the personal text of an interview for good, and record that it was done.

        What stays are the entries without it, the names of the raters, and who looked at or
        took copies of the interview, if no reason was written there.

        Args:
            act: who erases, and when.

        Returns:
            How many entries have lost their personal text.

        Raises:
            NotFoundError: there is no such attempt.
            StoreError: it cannot be written.
        """
        with self._database.writing() as connection, self._readable():
            self._require_attempt(connection, act.attempt_id)
            gone = [
                row.entry.id
                for row in read_where(connection, entries.c.attempt_id == act.attempt_id)
                if row.personal is not None and row.entry.kind != EntryKind.RATER
                if row.entry.kind != EntryKind.ACT or to_act(row).reason is not None
            ]
            for entry_id in gone:
                connection.execute(delete(personal).where(personal.c.entry_id == entry_id))
            self._append_once(connection, from_act(act, self._act_id(act, "")))
        self._database.overwrite()
        return len(gone)

    def backup(self, target: Path, *, force: bool = False) -> None:
        """Copy the whole record into one file (mode 0600), while others may use it.

        Args:
            target: where to; it appears in one step, checked and on disk.
            force: replace a file that is there.

        Raises:
            UsageError: the target is there and `force` is not set, or this is no SQLite database.
            StoreError: the copy cannot be made; a file that was there is untouched.
        """
        if not self._database.is_sqlite:
            raise UsageError(f"{self.label}: back this database up with pg_dump")
        backup.check_target(Path(self.label), target, force=force)
        with self._database.raw_sqlite() as connection:
            backup.copy_to(connection, target)

    def rescue(self, target: Path) -> bool:
        """Copy the record while it can still be read, if its file was taken away.

        Args:
            target: where to; nothing may stand there.

        Returns:
            Whether that was needed.

        Raises:
            StoreError: the copy cannot be made.
        """
        if self._database.in_place:
            return False
        self.backup(target)
        return True

    # Inside

    def _append_once(
        self, connection: Connection, new: NewEntry, documents: Iterable[NewEntry] = ()
    ) -> bool:
        """Append an entry and the texts it needs, unless its key is there."""
        if has_key(connection, new.key):
            return False
        for document in documents:
            if not has_key(connection, document.key):
                self._append(connection, document)
        self._append(connection, new)
        return True

    def _append(self, connection: Connection, new: NewEntry) -> None:
        """Add an entry at the end of the chain; the caller holds the writers' lock."""
        end = select(entries.c.seq, entries.c.link).order_by(entries.c.seq.desc()).limit(1)
        seq, previous = connection.execute(end).first() or (0, GENESIS)
        part = Personal(self._entropy(_SALT_BYTES), new.personal) if new.personal else None
        entry = Entry(
            seq=seq + 1,
            id=new.id or self._entropy(_ID_BYTES).hex(),
            kind=str(new.kind),
            attempt_id=new.attempt_id,
            key=new.key,
            at=_stamp(self._clock()),
            body=new.body,
            personal_digest=personal_digest(part) if part else None,
        )
        connection.execute(entries.insert(), entry._asdict() | {"link": link_of(previous, entry)})
        if part:
            connection.execute(personal.insert(), part._asdict() | {"entry_id": entry.id})

    def _act_id(self, act: Act, occasion: str) -> str:
        if not occasion:
            return self._entropy(_ID_BYTES).hex()
        text = f"{act.attempt_id}:{act.kind}:{occasion}"
        return hashlib.sha256(text.encode()).hexdigest()[: 2 * _ID_BYTES]

    def _require_attempt(self, connection: Connection, attempt_id: str) -> None:
        if not has_key(connection, attempt_key(attempt_id)):
            raise NotFoundError("attempt", attempt_id)


def _stamp(moment: datetime) -> str:
    """Write a time the one way the ledger holds it: UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

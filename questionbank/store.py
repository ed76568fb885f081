"""The record of attempts: an append-only ledger in which every entry is tied to all before it.

Each append is a transaction of its own and on disk when the call returns. What is personal stands
in a table apart from the chain. Nothing is changed in place: a correction is one more entry.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from sqlalchemy import Connection, exists, func, select

from questionbank import backup
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptKind,
    AttemptRecord,
    FinishedAttempt,
    GradeRecord,
)
from questionbank.database import PATIENCE, Database, entries, personal
from questionbank.document import Document, DocumentKind
from questionbank.entries import (
    NewEntry,
    attempt_key,
    from_answer,
    from_attempt,
    from_document,
    from_finished,
    from_grade,
    graded_answer,
    to_answer,
    to_attempt,
    to_attempt_record,
    to_document,
)
from questionbank.errors import NotFoundError, StoreError, UsageError
from questionbank.ledger import (
    GENESIS,
    ChainReport,
    Entry,
    EntryKind,
    Personal,
    Row,
    link_of,
    personal_digest,
    verify,
)
from questionbank.queries import (
    has_key,
    newest_attempts,
    read_all,
    read_named,
    read_where,
)

_SALT_BYTES = 16
_ID_BYTES = 16


class Store:
    """An open record; a context manager. Made by `Store.open`."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._database = database
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

    @property
    def label(self) -> str:
        """Where the record is, for people: a path, or a URL without secrets."""
        return self._database.label

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

    def append_grade(self, record: GradeRecord, documents: Iterable[Document] = ()) -> bool:
        """Record a grade beside those the answer has.

        Args:
            record: the grade.
            documents: texts it rests on; those recorded already are left out.

        Returns:
            Whether it was new; if a grade with its id was there, nothing was written.

        Raises:
            NotFoundError: there is no such answer in the attempt.
            StoreError: it cannot be written.
        """
        new = from_grade(record)
        texts = [from_document(document) for document in documents]
        with self._database.writing() as connection:
            answer = select(entries.c.attempt_id).where(
                entries.c.id == record.answer_id, entries.c.kind == EntryKind.ANSWER
            )
            if connection.scalar(answer) != record.attempt_id:
                raise NotFoundError("answer", record.answer_id)
            return self._append_once(connection, new, texts)

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

    # Reading

    def attempts(self, limit: int | None = None) -> tuple[AttemptRecord, ...]:
        """Read attempts with all that belongs to them, newest first.

        Args:
            limit: how many at most; None for all.

        Raises:
            StoreError: they cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            ids = connection.scalars(newest_attempts().limit(limit)).all()
            return self._attempts(connection, ids)

    def attempt(self, name: str) -> AttemptRecord:
        """Read one attempt.

        Args:
            name: its id, or the beginning of it that no other shares.

        Raises:
            NotFoundError: there is none.
            UsageError: several ids begin so.
            StoreError: it cannot be read.
        """
        found = newest_attempts().where(entries.c.id.startswith(name.lower(), autoescape=True))
        with self._database.reading() as connection, self._readable():
            ids = connection.scalars(found.limit(2)).all() if name else []
            if not ids:
                raise NotFoundError("attempt", name)
            if len(ids) > 1:
                raise UsageError(
                    f"several attempts begin with {name!r}; give more of the id, "
                    f"for example {ids[0][: len(name) + 8]}"
                )
            return self._attempts(connection, ids)[0]

    def unfinished(self, kind: AttemptKind) -> AttemptRecord | None:
        """Read the newest attempt of a kind that can be resumed; None if there is none.

        Raises:
            StoreError: it cannot be read.
        """
        mark = entries.alias("mark")
        ended = exists().where(
            mark.c.attempt_id == entries.c.attempt_id, mark.c.kind == EntryKind.FINISHED
        )
        with self._database.reading() as connection, self._readable():
            for attempt_id in connection.scalars(newest_attempts().where(~ended)).all():
                if to_attempt(read_where(connection, entries.c.id == attempt_id)[0]).kind == kind:
                    return self._attempts(connection, [attempt_id])[0]
        return None

    def ungraded(self) -> tuple[Answer, ...]:
        """Read the answers that have no grade, in the order they were given; erased ones left out.

        Raises:
            StoreError: they cannot be read.
        """
        answers = select(entries.c.id).where(entries.c.kind == EntryKind.ANSWER)
        grades = select(entries.c.key).where(entries.c.kind == EntryKind.GRADE)
        with self._database.reading() as connection, self._readable():
            graded = {graded_answer(key) for key in connection.scalars(grades)}
            ids = [
                answer_id
                for answer_id in connection.scalars(answers.order_by(entries.c.seq))
                if answer_id not in graded
            ]
            rows = read_named(connection, entries.c.id, ids)
            return tuple(to_answer(row) for row in rows if not row.erased)

    def document(self, kind: DocumentKind, content_hash: str) -> Document | None:
        """Read the text that has a content hash; None if none was kept.

        Raises:
            StoreError: it cannot be read.
        """
        found = self._documents(f"document:{kind}:", content_hash)
        return next((text for text in reversed(found) if text.content_hash == content_hash), None)

    def documents(self, kind: DocumentKind, document_id: str) -> tuple[Document, ...]:
        """Read every text kept of a question, rubric or point, in the order they were seen.

        Raises:
            StoreError: they cannot be read.
        """
        found = self._documents(f"document:{kind}:{document_id}@", "")
        return tuple(text for text in found if text.id == document_id)

    # Looking after it

    def verify(self) -> ChainReport:
        """Walk along the whole chain.

        Returns:
            How far it holds, and what is wrong where it does not.

        Raises:
            StoreError: it cannot be read.
        """
        lost = select(func.count()).where(~exists().where(entries.c.id == personal.c.entry_id))
        with self._database.reading() as connection:
            report = verify(read_all(connection))
            if report.sound and connection.scalar(lost.select_from(personal)):
                return report.model_copy(
                    update={
                        "broken": report.entries + 1,
                        "reason": "it is missing, though its personal text is there",
                    }
                )
            return report

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

    def _require_attempt(self, connection: Connection, attempt_id: str) -> None:
        if not has_key(connection, attempt_key(attempt_id)):
            raise NotFoundError("attempt", attempt_id)

    def _attempts(self, connection: Connection, ids: Iterable[str]) -> tuple[AttemptRecord, ...]:
        """Put attempts together, in the order asked for."""
        rows: dict[str, list[Row]] = {attempt_id: [] for attempt_id in ids}
        for row in read_named(connection, entries.c.attempt_id, list(rows)):
            rows[str(row.entry.attempt_id)].append(row)
        return tuple(to_attempt_record(some) for some in rows.values())

    def _documents(self, beginning: str, end: str) -> list[Document]:
        condition = (
            (entries.c.kind == EntryKind.DOCUMENT)
            & entries.c.key.startswith(beginning, autoescape=True)
            & entries.c.key.endswith(end, autoescape=True)
        )
        with self._database.reading() as connection, self._readable():
            return [to_document(row) for row in read_where(connection, condition)]

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn what a tampered body does to its reader into one line."""
        try:
            yield
        except (ValidationError, LookupError, TypeError, AttributeError, ValueError) as error:
            raise StoreError(
                f"{self.label}: an entry was altered and cannot be read "
                f"({type(error).__name__}); put a backup in its place"
            ) from error


def _stamp(moment: datetime) -> str:
    """Write a time the one way the ledger holds it: UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

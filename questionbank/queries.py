"""The ways the ledger is read: attempts put together, texts that were kept, the chain walked."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from questionbank.attempt import Answer, AttemptKind, AttemptRecord
from questionbank.database import Database, entries, personal
from questionbank.document import Document, DocumentKind
from questionbank.entries import (
    graded_answer,
    to_answer,
    to_attempt,
    to_attempt_record,
    to_document,
)
from questionbank.errors import NotFoundError, StoreError, UsageError
from questionbank.ledger import ChainReport, Entry, EntryKind, Personal, Row, verify

_CHUNK = 500
"""Values in one IN list (SQLite's oldest limit is 999) and rows fetched at a time."""


class Reader:
    """Reads an open record.

    Args:
        database: the record's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def label(self) -> str:
        """Where the record is, for people: a path, or a URL without secrets."""
        return self._database.label

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

    def verify(self) -> ChainReport:
        """Walk along the whole chain.

        Returns:
            How far it holds, and what is wrong where it does not.

        Raises:
            StoreError: it cannot be read.
        """
        lost = select(func.count()).where(~exists().where(entries.c.id == personal.c.entry_id))
        with self._database.reading() as connection:
            with closing(read_all(connection)) as rows:
                report = verify(rows)
            if report.sound and connection.scalar(lost.select_from(personal)):
                return report.model_copy(
                    update={
                        "broken": report.entries + 1,
                        "reason": "it is missing, though its personal text is there",
                    }
                )
            return report

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


def has_key(connection: Connection, key: str) -> bool:
    """Say whether anything has been recorded under a key."""
    return connection.scalar(select(entries.c.seq).where(entries.c.key == key)) is not None


def newest_attempts() -> Select[Any]:
    """Select the ids of attempts, newest first."""
    return (
        select(entries.c.id)
        .where(entries.c.kind == EntryKind.ATTEMPT)
        .order_by(entries.c.seq.desc())
    )


def read_all(connection: Connection) -> Generator[Row]:
    """Read the whole ledger in order, some hundred rows at a time; to be closed after use."""
    streaming = connection.execution_options(yield_per=_CHUNK)
    with streaming.execute(_with_personal()) as found:  # a server keeps a cursor for it
        for values in found:
            yield _row(values)


def read_where(connection: Connection, condition: ColumnElement[bool]) -> list[Row]:
    """Read the rows that meet a condition, in order."""
    return [_row(values) for values in connection.execute(_with_personal().where(condition))]


def read_named(connection: Connection, column: ColumnElement[str], names: list[str]) -> list[Row]:
    """Read the rows whose column is one of many names, in order within each few hundred names."""
    return [
        row
        for start in range(0, len(names), _CHUNK)
        for row in read_where(connection, column.in_(names[start : start + _CHUNK]))
    ]


def _with_personal() -> Select[Any]:
    """Every entry with its personal part; columns as `_row` takes them apart."""
    return (
        select(*entries.c, personal.c.salt, personal.c.body)
        .select_from(entries.outerjoin(personal))
        .order_by(entries.c.seq)
    )


def _row(values: Any) -> Row:  # noqa: ANN401 - a tampered column can hold anything
    *columns, link, salt, body = values
    return Row(Entry(*columns), link, None if salt is None else Personal(bytes(salt), body))

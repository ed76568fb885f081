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
    mark_keys,
    packet_key,
    to_act,
    to_answer,
    to_attempt,
    to_attempt_record,
    to_document,
    to_event,
    to_mark,
    to_packet,
    to_rater,
)
from questionbank.errors import NotFoundError, StoreError, UsageError
from questionbank.happenings import Happening, happenings
from questionbank.interview_event import InterviewEvent
from questionbank.ledger import ChainReport, Entry, EntryKind, Personal, Row, verify
from questionbank.mark import Act, Mark, Rater
from questionbank.packet import Packet

_CHUNK = 500
"""Values in one IN list (SQLite's oldest limit is 999) and rows fetched at a time."""
_FOR_RATERS = (EntryKind.ATTEMPT, EntryKind.ANSWER, EntryKind.GRADE, EntryKind.FINISHED)
"""What a rater may see of an interview: no notes, no overrides, nobody else's marks."""


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
        with self._database.reading() as connection, self._readable():
            return self._attempts(connection, [_named(connection, name)])[0]

    def attempt_for_rating(self, name: str) -> AttemptRecord:
        """Read what a rater may see of an attempt: questions, answers, the machine's grades.

        Events, notes, overrides and marks are not read, so that raters stay independent.

        Args:
            name: as `attempt` takes it.

        Raises:
            NotFoundError: there is none.
            UsageError: several ids begin so.
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            attempt_id = _named(connection, name)
            return to_attempt_record(_rows_of(connection, attempt_id, *_FOR_RATERS))

    def begun(self, attempt_id: str) -> InterviewEvent | None:
        """Read how an interview began, without a name; None if it is none.

        Raises:
            StoreError: it cannot be read.
        """
        first = entries.c.key == f"event:{attempt_id}:0"
        with self._database.reading() as connection, self._readable():
            rows = read_where(connection, first)
            return to_event(rows[0]._replace(personal=None)) if rows else None

    def raters(self, attempt_id: str) -> tuple[Rater, ...]:
        """Read who rates an interview, in the order in which they began.

        Raises:
            StoreError: they cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            return read_raters(connection, attempt_id)

    def own_marks(self, rater: Rater) -> tuple[Mark, ...]:
        """Read one rater's marks and nobody else's, in the order appended.

        Raises:
            StoreError: they cannot be read.
        """
        own = entries.c.key.startswith(mark_keys(rater.attempt_id, rater.id), autoescape=True)
        mine = (entries.c.attempt_id == rater.attempt_id) & (entries.c.kind == EntryKind.MARK) & own
        with self._database.reading() as connection, self._readable():
            return tuple(to_mark(row) for row in read_where(connection, mine))

    def marks(self, attempt_id: str) -> tuple[Mark, ...]:
        """Read all raters' marks, in the order appended; for who compares, not for who rates.

        Raises:
            StoreError: they cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            return tuple(map(to_mark, _rows_of(connection, attempt_id, EntryKind.MARK)))

    def acts(self, attempt_id: str) -> tuple[Act, ...]:
        """Read what was done with an interview afterwards, in order.

        Raises:
            StoreError: they cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            return tuple(map(to_act, _rows_of(connection, attempt_id, EntryKind.ACT)))

    def packet(self, content_hash: str) -> Packet | None:
        """Read the packet that has a content hash; None if none was kept.

        Raises:
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            rows = read_where(connection, entries.c.key == packet_key(content_hash))
            return to_packet(rows[0]) if rows else None

    def happenings(self, attempt_id: str) -> tuple[Happening, ...]:
        """Read who did what when in an interview and with it, in order.

        Raises:
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection, self._readable():
            return happenings(_rows_of(connection, attempt_id))

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

    def entry(self, number: int) -> Entry | None:
        """Read an entry by its number, however it was altered; None if there is none.

        Raises:
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection:
            rows = read_where(connection, entries.c.seq == number)
            return rows[0].entry if rows else None

    def number_of(self, link: str) -> int | None:
        """Find the entry that has a link; None if none has.

        Raises:
            StoreError: it cannot be read.
        """
        with self._database.reading() as connection:
            return connection.scalar(select(entries.c.seq).where(entries.c.link == link))

    def counts(self) -> dict[str, int]:
        """Count the entries of each kind.

        Raises:
            StoreError: they cannot be read.
        """
        per_kind = select(entries.c.kind, func.count()).group_by(entries.c.kind)
        with self._database.reading() as connection:
            return {str(kind): int(count) for kind, count in connection.execute(per_kind)}

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


def read_raters(connection: Connection, attempt_id: str) -> tuple[Rater, ...]:
    """Read who rates an interview, in the order in which they began."""
    return tuple(map(to_rater, _rows_of(connection, attempt_id, EntryKind.RATER)))


def _rows_of(connection: Connection, attempt_id: str, *kinds: EntryKind) -> list[Row]:
    """Read an attempt's rows in order; of some kinds only, if any are named."""
    mine = entries.c.attempt_id == attempt_id
    return read_where(connection, mine & entries.c.kind.in_(kinds) if kinds else mine)


def _named(connection: Connection, name: str) -> str:
    """Find an attempt's id by its beginning.

    Raises:
        NotFoundError: there is none.
        UsageError: several ids begin so.
    """
    found = newest_attempts().where(entries.c.id.startswith(name.lower(), autoescape=True))
    ids = connection.scalars(found.limit(2)).all() if name else []
    if not ids:
        raise NotFoundError("attempt", name)
    if len(ids) > 1:
        raise UsageError(
            f"several attempts begin with {name!r}; give more of the id, "
            f"for example {ids[0][: len(name) + 8]}"
        )
    return str(ids[0])


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

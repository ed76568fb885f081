"""The few ways the ledger is read."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from questionbank.database import entries, personal
from questionbank.ledger import Entry, EntryKind, Personal, Row

_CHUNK = 500
"""Values in one IN list (SQLite's oldest limit is 999) and rows fetched at a time."""


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


def read_all(connection: Connection) -> Iterator[Row]:
    """Read the whole ledger in order, some hundred rows at a time."""
    streaming = connection.execution_options(yield_per=_CHUNK)
    return (_row(values) for values in streaming.execute(_with_personal()))


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

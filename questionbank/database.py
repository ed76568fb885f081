"""The database behind the store: opening it, its schema, its transactions, and what can go wrong.

SQLAlchemy 2 opens a transaction at the first statement, but leaves the sending of BEGIN to Python's
sqlite3, which sends it late and without the lock. So sqlite3 is set to autocommit, and the engine's
`begin` event sends BEGIN IMMEDIATE for writing (the lock is taken at once and waited for, and two
readers never deadlock over who may write first) and plain BEGIN for reading. On PostgreSQL whoever
writes takes an advisory lock instead, and whoever reads sees one moment, as on SQLite.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from questionbank.database_url import label_of, no_driver, options_of, parse_url, secrets_of
from questionbank.errors import StoreError
from questionbank.folders import private_folder
from questionbank.server_trouble import first_line, server_trouble

REVISIONS = ("0001", "0002")
"""Every schema revision, oldest first; known here so that opening needs no Alembic."""
PATIENCE = 10.0
"""Seconds to wait for another program to let go of the database."""
_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_161_986_131_977_215
"""Any number that no other program on the same PostgreSQL database is likely to lock."""
_WRITES = "questionbank_writes"

metadata = MetaData()
entries = Table(
    "entries",
    metadata,
    Column(
        "seq",
        BigInteger().with_variant(Integer(), "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("id", String(32), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("attempt_id", String(32), index=True),
    Column("key", String(400), unique=True),
    Column("at", String(27), nullable=False),
    Column("body", Text, nullable=False),
    Column("personal_digest", String(64)),
    Column("link", String(64), nullable=False),
    Index("ix_entries_kind_seq", "kind", "seq"),
)
personal = Table(
    "personal",
    metadata,
    Column("entry_id", String(32), ForeignKey("entries.id"), primary_key=True),
    Column("salt", LargeBinary(16), nullable=False),
    Column("body", Text, nullable=False),
)


class Database:
    """An open database with the current schema; made by `Database.open`."""

    def __init__(self, url: URL, patience: float) -> None:
        self.url = url
        self.label = label_of(url)
        """The path, or the URL without its secrets: for messages."""
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._patience = patience
        self._secrets = secrets_of(url)
        self._engine = _engine(url, patience)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._reader = self._engine if self.is_sqlite else _looking_at_one_moment(self._engine)
        self._file: tuple[int, int] | None = None
        """Which file an SQLite database is, once it is open."""

    @classmethod
    def open(cls, url_or_path: str | Path, patience: float = PATIENCE) -> Self:
        """Open a database, making or migrating it if need be.

        Args:
            url_or_path: an SQLAlchemy URL (anything with `://`) or the path of an SQLite file.
            patience: seconds to wait for a lock.

        Raises:
            StoreError: it cannot be opened, is not a record, or a newer version made it.
        """
        url = parse_url(url_or_path)
        try:
            database = cls(url, patience)
        except (ImportError, SQLAlchemyError) as error:
            raise no_driver(url, error) from error
        try:
            database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    @property
    def in_place(self) -> bool:
        """Whether an SQLite database's path still leads to the file that is open."""
        return self._file is None or _identity(Path(str(self.url.database))) == self._file

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run statements in one transaction that only reads.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._translated(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run statements in one transaction while nobody else writes; on disk when it ends.

        Raises:
            StoreError: the database cannot be written; nothing was, or where a server was lost at
                the very end all or nothing: the error says which.
        """
        self._see_that_it_is_there()
        phase = _Phase()
        with self._translated(phase), self._writer.begin() as connection:
            if not self.is_sqlite:
                limit = f"SET LOCAL lock_timeout = {int(self._patience * 1000)}"
                connection.execute(text(limit))
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                connection.execute(lock, {"key": _ADVISORY_LOCK})
            yield connection
            phase.committing = True

    @contextmanager
    def raw_sqlite(self) -> Iterator[sqlite3.Connection]:
        """Lend the sqlite3 connection itself, outside any transaction.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._translated():
            pooled = self._engine.raw_connection()
            try:
                connection: Any = pooled.driver_connection
                yield connection
            finally:
                pooled.close()

    def overwrite(self) -> None:
        """Have SQLite take what was deleted out of its log too; elsewhere the server does so.

        Raises:
            StoreError: the database cannot be used.
        """
        if self.is_sqlite:  # a program that reads meanwhile puts it off to the next time
            with self.raw_sqlite() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def _prepare(self) -> None:
        if self.is_sqlite:
            _create_private(Path(str(self.url.database)))
        with self.reading() as connection:
            revision = _revision(connection)
            if revision != REVISIONS[-1]:
                self._refuse_strange(connection, revision)
        if self.is_sqlite:  # only now: this changes the file
            self._use_write_ahead_log()
            self._file = _identity(Path(str(self.url.database)))
        if revision != REVISIONS[-1]:
            self._migrate()

    def _use_write_ahead_log(self) -> None:
        """Switch to WAL; SQLite does not always wait for the lock it takes to do so."""
        with self.raw_sqlite() as connection:
            deadline = time.monotonic() + self._patience
            while True:
                try:
                    connection.execute("PRAGMA journal_mode=WAL").close()
                except sqlite3.OperationalError as error:
                    if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
                else:
                    return

    def _migrate(self) -> None:
        with self.writing() as connection:
            revision = _revision(connection)  # somebody may have migrated while this one waited
            if revision != REVISIONS[-1]:
                self._refuse_strange(connection, revision)
                self._refuse_encoding(connection)
                _upgrade(connection)

    def _see_that_it_is_there(self) -> None:
        """Refuse to write into a file that was taken away: SQLite would, and all would be lost."""
        if not self.in_place:
            raise StoreError(
                f"{self.label}: the file was moved, removed or replaced while it was open; "
                "put it back and try again; nothing was written"
            )

    def _refuse_strange(self, connection: Connection, revision: str | None) -> None:
        """Leave alone what a newer version or another program has made."""
        tables = set(inspect(connection).get_table_names())
        unknown = revision is not None and revision not in REVISIONS
        if unknown and {"entries", "personal"} <= tables:
            raise StoreError(
                f"{self.label}: made by a newer questionbank (revision {revision}); "
                "upgrade: pip install -U questionbank"
            )
        # A PostgreSQL database may be shared with other tables; an SQLite file is one program's.
        if unknown or (self.is_sqlite and revision is None and tables):
            raise StoreError(
                f"{self.label}: this is another program's database; name another with --db"
            )

    def _refuse_encoding(self, connection: Connection) -> None:
        """See before anything is kept that every text can be."""
        if self.is_sqlite:
            return
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding not in {"UTF8", "SQL_ASCII"}:  # the latter takes every text as it is
            raise StoreError(
                f"{self.label}: this database holds texts as {encoding}, which cannot hold all; "
                "make one with: createdb --encoding=UTF8 --template=template0 NAME"
            )

    @contextmanager
    def _translated(self, phase: "_Phase | None" = None) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._trouble(error, phase or _Phase()) from error

    def _trouble(self, error: Exception, phase: "_Phase") -> StoreError:
        """Say in one line what is wrong and what to do."""
        cause, lost = error, False
        if isinstance(error, DBAPIError):
            cause = error.orig if isinstance(error.orig, Exception) else error
            lost = error.connection_invalidated
        if isinstance(cause, sqlite3.Error):
            found = _SQLITE_TROUBLE.get(_code(cause))
            advice = found.format(seconds=self._patience) if found else None
        else:
            advice = server_trouble(
                cause,
                lost=lost,
                committing=phase.committing,
                seconds=self._patience,
            )
        said = advice or f"{first_line(cause)}; nothing was written"
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return StoreError(f"{self.label}: {said}")


@dataclass
class _Phase:
    """How far a transaction has come."""

    committing: bool = False
    """Whether all its statements are through."""


_SQLITE_TROUBLE = {
    sqlite3.SQLITE_BUSY: "another program has kept it locked for {seconds:g} s; "
    "close that program and try again; nothing was written",
    sqlite3.SQLITE_READONLY: "it cannot be written to; "
    "mend its permissions or name another with --db; nothing was written",
    sqlite3.SQLITE_FULL: "the disk is full; make room and try again; nothing was written",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write; "
    "check that it has room and is sound, then try again",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; "
    "check that its folder exists and can be written to, or name another with --db",
    sqlite3.SQLITE_PERM: "access is denied; mend its permissions or name another with --db",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; move it aside and put a backup in its place",
    sqlite3.SQLITE_NOTADB: "this is not a database; move it aside or name another with --db",
}
"""By primary result code (sqlite.org/rescode.html)."""


def _code(error: sqlite3.Error) -> int:
    """The primary result code; -1 if sqlite3 raised the error by itself."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return code & 0xFF if code >= 0 else code


def _engine(url: URL, patience: float) -> Engine:
    """Make an engine whose transactions are as the module says."""
    if url.get_backend_name() != "sqlite":
        # The chain's end is read after the lock is held, so each statement needs a fresh view.
        return create_engine(
            url,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            connect_args=options_of(url, patience),
        )
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={int(patience * 1000)}",
            "foreign_keys=ON",
            "synchronous=FULL",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _looking_at_one_moment(engine: Engine) -> Engine:
    """An engine whose transactions read what was there at their beginning, and cannot write."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _create_private(path: Path) -> None:
    """Make an empty database file for its owner only; SQLite gives its companions the same mode.

    Raises:
        StoreError: it cannot be made.
    """
    real = Path(os.path.realpath(path))  # a link to nowhere counts as existing for O_EXCL
    private_folder(real.parent)
    try:
        if real.is_dir():
            raise StoreError(f"{path}: this is a folder; name a file in it")
        with suppress(FileExistsError):
            descriptor = os.open(real, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                real.chmod(0o600)  # whatever the umask
            finally:
                os.close(descriptor)
    except OSError as error:
        raise StoreError(
            f"{path}: it cannot be made ({error.strerror}); "
            "mend the folder's permissions or name another place with --db"
        ) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file a path leads to; None if to none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _revision(connection: Connection) -> str | None:
    """Read the schema's revision; None where there is no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision inside the connection's transaction."""
    # Importing Alembic takes a third of a second; only here is it needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

import questionbank.database as module
from questionbank.attempt import Attempt, AttemptKind
from questionbank.database import REVISIONS, Database, metadata
from questionbank.errors import StoreError
from questionbank.store import Store

MIGRATIONS = Path(module.__file__).parent / "migrations"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def open_store(target: Path | str, patience: float = 10.0) -> Store:
    return Store.open(target, clock=lambda: NOON, patience=patience)


def make_attempt(number: int) -> Attempt:
    return Attempt(
        id=f"{number:032x}", kind=AttemptKind.QUIZ, started=NOON, steps=(), seed=1, person="Ada"
    )


def query(path: Path, statement: str) -> Any:  # noqa: ANN401 - whatever the first column holds
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        row = connection.execute(statement).fetchone()
        return row[0] if row else None


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Opening


def test_the_database_and_its_companions_are_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.db"
    former = os.umask(0)
    try:
        with open_store(path) as store:
            store.append_attempt(make_attempt(1))
            found = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(former)
    assert found == {"record.db": 0o600, "record.db-wal": 0o600, "record.db-shm": 0o600}
    assert mode(path.parent) == 0o700


def test_a_strict_umask_does_not_lock_the_owner_out(tmp_path: Path) -> None:
    former = os.umask(0o777)
    try:
        open_store(tmp_path / "record.db").close()
    finally:
        os.umask(former)
    assert mode(tmp_path / "record.db") == 0o600


def test_a_link_to_a_place_that_is_not_there_yet_leads_to_a_private_file(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "far" / "record.db")
    open_store(tmp_path / "link.db").close()
    assert mode(tmp_path / "far" / "record.db") == 0o600


def test_every_connection_is_durable_and_checks_references(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "record.db", patience=3)
    try:
        with database.raw_sqlite() as connection:
            settings = {
                name: connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            }
    finally:
        database.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 3000,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize("form", ["sqlite:///{}", "sqlite+pysqlite:///{}", "{}"])
def test_a_url_or_a_path_names_the_same_file(tmp_path: Path, form: str) -> None:
    path = tmp_path / "100% my record.db"
    with open_store(form.format(path)) as store:
        store.append_attempt(make_attempt(1))
    assert query(path, "SELECT count(*) FROM entries") == 1


def test_a_relative_url_is_pinned_to_the_folder_it_was_opened_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///record.db") as store:
        assert store.label == str(tmp_path / "record.db")


def test_opening_a_current_database_imports_no_alembic(tmp_path: Path) -> None:
    open_store(tmp_path / "record.db").close()
    script = (
        "import sys, datetime, questionbank.store as s\n"
        "s.Store.open(sys.argv[1], clock=datetime.datetime.now).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "record.db")], check=True)


# The schema


def test_the_revisions_known_to_the_code_are_those_of_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = [found.revision for found in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == REVISIONS


def test_the_migrated_schema_is_the_one_the_code_uses(tmp_path: Path) -> None:
    open_store(tmp_path / "record.db").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'record.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_postgresql_schema_guards_history_by_trigger_functions(tmp_path: Path) -> None:
    out = tmp_path / "schema.sql"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config).get_revision(REVISIONS[0]).module
    with out.open("w") as buffer:
        context = MigrationContext.configure(
            dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer}
        )
        with Operations.context(context):
            script.upgrade()
    text = out.read_text()
    assert "BEFORE UPDATE OR DELETE ON entries" in text
    assert "BEFORE TRUNCATE ON entries" in text
    assert "BEFORE UPDATE ON personal" in text
    assert "%" not in text
    assert "RAISE(ABORT" not in text


def test_a_failing_migration_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.db"
    real = module._upgrade

    def fail(connection: Any) -> None:  # noqa: ANN401 - a connection
        real(connection)
        raise OperationalError("CREATE", {}, sqlite3.OperationalError("lost the disk"))

    monkeypatch.setattr(module, "_upgrade", fail)
    with pytest.raises(StoreError, match="lost the disk; nothing was written"):
        open_store(path)
    assert query(path, "SELECT count(*) FROM sqlite_master") == 0
    monkeypatch.undo()
    with open_store(path) as store:
        assert store.append_attempt(make_attempt(1))


def test_a_database_from_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    open_store(path).close()
    query(path, "UPDATE alembic_version SET version_num = '0042'")
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        open_store(path)
    assert str(caught.value) == (
        f"{path}: made by a newer questionbank (revision 0042); "
        "upgrade: pip install -U questionbank"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE bookmarks (id INTEGER)"],
        ["CREATE TABLE alembic_version (version_num)", "INSERT INTO alembic_version VALUES ('a1')"],
    ],
)
def test_another_program_s_database_is_refused_and_left_alone(
    tmp_path: Path, statements: list[str]
) -> None:
    path = tmp_path / "places.sqlite"
    for statement in statements:
        query(path, statement)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program's database"):
        open_store(path)
    assert path.read_bytes() == before


# Bad input


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://user:s3cret@host/db", "nonsense databases are not supported"),
        ("mysql+pymysql://user:s3cret@host/db", "mysql databases are not supported"),
        ("postgresql+nonsense://user:s3cret@host/db", "there is no driver postgresql"),
        ("://user:s3cret@host", "this is no database URL"),
        ("postgresql://user:s3cret@host:port/db", "this is no database URL"),
        ("postgresql://user:pass@s3cret@host/db", "write an @ in the password as %40"),
        ("mysql://user:pass@s3cret@host/db", "write an @ in the password as %40"),
        ("sqlite+aiosqlite:///x.db", "driver sqlite.aiosqlite is not supported"),
        ("sqlite://", "the record needs a file"),
        ("sqlite:///:memory:", "the record needs a file"),
        ("sqlite:///file:x.db", "the record needs a file"),
        ("sqlite:///x.db?password=s3cret", "takes no options"),
    ],
)
def test_a_url_that_cannot_be_used_gets_one_line_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("driver", "missing", "advice"),
    [
        ("psycopg", "psycopg", "pip install 'psycopg[binary]'"),
        ("psycopg2", "psycopg2", "pip install psycopg2-binary"),
        ("pg8000", "pg8000", "pip install pg8000"),
    ],
)
def test_a_missing_driver_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, driver: str, missing: str, advice: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(StoreError) as caught:
        open_store(f"postgresql+{driver}://user:s3cret@host/db?password=s3cret")
    assert advice in str(caught.value)
    assert f"postgresql+{driver}://user:***@host/db: " in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_an_option_the_engine_refuses_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ArgumentError("s3cret is no option")

    monkeypatch.setattr(module, "create_engine", refuse)
    with pytest.raises(StoreError, match="check its options") as caught:
        open_store("postgresql+psycopg://user@host/db")
    assert "s3cret" not in str(caught.value)


def test_a_server_s_complaint_is_shown_in_one_line_without_the_password(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "record.db")
    database.close()
    database._secrets = ["s3cret"]
    error = OperationalError("SELECT 1", {}, Exception("no way in with s3cret\nmore\nlines"))
    with pytest.raises(StoreError) as caught, database._translated():
        raise error
    assert str(caught.value) == (
        f"{tmp_path / 'record.db'}: no way in with ***; nothing was written"
    )


@pytest.mark.parametrize("content", [b"# my notes\n" * 200, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"not a database|damaged") as caught:
        open_store(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_damaged_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with open_store(path) as store:
        for number in range(50):
            store.append_attempt(make_attempt(number))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="the file is damaged; move it aside and put a backup"):
        open_store(path).verify()


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="this is a folder; name a file in it"):
        open_store(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="the folder cannot be made"):
        open_store(tmp_path / "taken" / "record.db")


def test_a_folder_that_takes_no_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match=r"cannot be made \(Read-only file system\)"):
        open_store(tmp_path / "record.db")


def in_exclusive_use(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_database_locked_for_too_long_is_reported_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with open_store(path, patience=0.2) as store:
        with closing(in_exclusive_use(path)):
            started = time.monotonic()
            with pytest.raises(StoreError, match=r"kept it locked for 0\.2 s; close that program"):
                store.append_attempt(make_attempt(1))
            assert 0.15 < time.monotonic() - started < 5
            assert store.attempts() == ()
        assert store.append_attempt(make_attempt(1))


def test_a_new_database_locked_for_too_long_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.touch()
    with (
        closing(in_exclusive_use(path)),
        pytest.raises(StoreError, match="another program has kept it locked"),
    ):
        open_store(path, patience=0.1)
    open_store(path, patience=0.1).close()


@pytest.mark.parametrize(
    ("pragma", "message"),
    [
        ("query_only=ON", "it cannot be written to; mend its permissions"),
        ("max_page_count=1", "the disk is full; make room and try again"),
    ],
)
def test_a_database_that_takes_no_more_is_reported_and_stays_whole(
    tmp_path: Path, pragma: str, message: str
) -> None:
    path = tmp_path / "record.db"
    with open_store(path) as store:
        store.append_attempt(make_attempt(0))
        with store._database.raw_sqlite() as connection:
            connection.execute(f"PRAGMA {pragma}")
        written = 1

        def fill() -> None:
            nonlocal written
            for number in range(1, 500):
                store.append_attempt(make_attempt(number))
                written += 1

        with pytest.raises(StoreError, match=message):
            fill()
        assert store.verify().entries == len(store.attempts()) == written
    with open_store(path) as store:
        assert store.append_attempt(make_attempt(999))
        assert store.verify().entries == written + 1
    assert query(path, "PRAGMA integrity_check") == "ok"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (sqlite3.SQLITE_CANTOPEN, "it cannot be opened"),
        (sqlite3.SQLITE_IOERR_FSYNC, "the disk failed"),
        (sqlite3.SQLITE_PERM, "access is denied"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "it cannot be written to"),
        (sqlite3.SQLITE_BUSY_RECOVERY, "kept it locked"),
        (sqlite3.SQLITE_ERROR, "the engine's own words"),
        (None, "the engine's own words"),
    ],
)
def test_each_trouble_of_sqlite_gets_its_own_advice(
    tmp_path: Path, code: int | None, message: str
) -> None:
    database = Database.open(tmp_path / "record.db")
    database.close()
    error = sqlite3.OperationalError("the engine's own words")
    if code is not None:
        error.sqlite_errorcode = code
    with pytest.raises(StoreError, match=message), database._translated():
        raise error


def test_a_trouble_without_words_is_named_by_its_kind(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "record.db")
    database.close()
    with pytest.raises(StoreError, match="InterfaceError"), database._translated():
        raise sqlite3.InterfaceError


# A server in place of a file


class Recorder:
    """Stands for an engine and its connection; notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, object]] = []

    def begin(self) -> "Recorder":
        return self

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execution_options(self, **_: object) -> "Recorder":
        return self

    def execute(self, statement: object, values: object = None) -> None:
        self.sent.append((str(statement), values))


def test_on_postgresql_whoever_writes_waits_for_one_lock_in_read_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder, given = Recorder(), {}

    def engine(_url: object, **options: object) -> Recorder:
        given.update(options)
        return recorder

    monkeypatch.setattr(module, "create_engine", engine)
    database = Database(make_url("postgresql+psycopg://user@host/db"), patience=2)
    with database.writing():
        pass
    (limit, _), (lock, values) = recorder.sent
    assert limit == "SET LOCAL lock_timeout = 2000"
    assert "pg_advisory_xact_lock" in lock
    assert values == {"key": module._ADVISORY_LOCK}
    assert given["isolation_level"] == "READ COMMITTED"
    assert given["hide_parameters"] is True


# Waiting


def test_waiting_for_the_log_ends_when_another_program_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.db"
    open_store(path).close()
    query(path, "PRAGMA journal_mode=DELETE")
    holder = in_exclusive_use(path)
    waits: list[float] = []

    def let_go(seconds: float) -> None:
        waits.append(seconds)
        holder.rollback()

    monkeypatch.setattr(module.time, "sleep", let_go)
    open_store(path, patience=0.05).close()
    holder.close()
    assert len(waits) == 1
    assert query(path, "PRAGMA journal_mode") == "wal"


def test_an_unexpected_end_of_opening_leaves_no_connection_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    real: Callable[[Database], None] = Database.close
    monkeypatch.setattr(Database, "close", lambda self: (closed.append(True), real(self))[1])

    def interrupt(self: Database) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Database, "_prepare", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Database.open(tmp_path / "record.db")
    assert closed == [True]


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_nothing_is_written_into_a_file_that_was_taken_away(tmp_path: Path, replaced: bool) -> None:
    path, away = tmp_path / "record.db", tmp_path / "away.db"
    with open_store(path) as store:
        store.append_attempt(make_attempt(1))
        path.rename(away)
        if replaced:
            path.write_bytes(b"")
        with pytest.raises(StoreError, match=r"record\.db: the file was moved, .* put it back"):
            store.append_attempt(make_attempt(2))
        away.replace(path)
        assert store.append_attempt(make_attempt(2))
        assert len(store.attempts()) == 2
        assert not store.rescue(tmp_path / "rescued.db")


def test_a_record_whose_files_were_deleted_is_rescued_whole(tmp_path: Path) -> None:
    with open_store(tmp_path / "record.db") as store:
        for number in range(3):
            store.append_attempt(make_attempt(number))
        for path in tmp_path.glob("record.db*"):
            path.unlink()
        assert store.rescue(tmp_path / "rescued.db")
        before = store.verify()
    with open_store(tmp_path / "rescued.db") as rescued:
        assert rescued.verify() == before
        assert len(rescued.attempts()) == 3

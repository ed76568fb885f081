import errno
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import questionbank.backup as module
from questionbank.attempt import Attempt, AttemptKind
from questionbank.errors import StoreError, UsageError
from questionbank.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_attempt(number: int) -> Attempt:
    return Attempt(
        id=f"{number:032x}", kind=AttemptKind.QUIZ, started=NOON, steps=(), seed=1, person="Ada"
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "record.db", clock=lambda: NOON) as opened:
        for number in range(30):
            opened.append_attempt(make_attempt(number))
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def test_a_backup_is_one_private_file_with_the_whole_record(store: Store, folder: Path) -> None:
    former = os.umask(0)
    try:
        store.backup(folder / "copy.db")
    finally:
        os.umask(former)
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    # Not in WAL mode (sqlite.org/fileformat2.html, 1.3.3), so that read-only media can hold it.
    assert (folder / "copy.db").read_bytes()[18:20] == b"\x01\x01"
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    with Store.open(folder / "copy.db", clock=lambda: NOON) as copy:
        assert copy.attempts() == store.attempts()
        assert copy.verify() == store.verify()
        assert copy.append_attempt(make_attempt(99))
    assert store.verify().entries == 30


def test_a_backup_can_be_made_while_another_writes(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "record.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.backup(folder / "copy.db")
    with closing(sqlite3.connect(folder / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM entries").fetchone() == (30,)


def test_an_existing_file_is_replaced_only_on_request(store: Store, folder: Path) -> None:
    target = folder / "copy.db"
    target.write_text("precious")
    with pytest.raises(UsageError, match="this file exists; name another or give --force"):
        store.backup(target)
    assert target.read_text() == "precious"
    store.backup(target, force=True)
    with Store.open(target, clock=lambda: NOON) as copy:
        assert copy.verify().entries == 30


def test_the_database_never_overwrites_itself(store: Store, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "record.db")
    for target in (tmp_path / "record.db", tmp_path / "link.db"):
        with pytest.raises(UsageError, match="this is the database itself"):
            store.backup(target, force=True)
    assert store.verify().entries == 30


def test_a_database_in_use_is_not_overwritten(store: Store, folder: Path) -> None:
    with Store.open(folder / "other.db", clock=lambda: NOON) as other:
        other.append_attempt(make_attempt(1))
        with pytest.raises(UsageError, match="this database is in use"):
            store.backup(folder / "other.db", force=True)
        assert other.verify().entries == 1


def test_a_folder_is_no_target(store: Store, folder: Path) -> None:
    with pytest.raises(UsageError, match="this is a folder"):
        store.backup(folder, force=True)


def test_a_folder_that_is_not_there_is_named(store: Store, folder: Path) -> None:
    with pytest.raises(StoreError, match="there is no such folder; make it first"):
        store.backup(folder / "deeper" / "copy.db")


def test_a_folder_that_may_not_be_looked_into_is_reported(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bool:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(StoreError, match=r"cannot be used \(Permission denied\); name another"):
        store.backup(folder / "copy.db")


@pytest.mark.parametrize("function", ["mkstemp", "fsync", "replace"])
def test_a_backup_that_fails_leaves_what_was_there_and_nothing_else(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    target = folder / "copy.db"
    target.write_text("precious")

    def refuse(*_: Any, **__: Any) -> Any:  # noqa: ANN401 - stands for several functions
        raise OSError(errno.ENOSPC, "No space left on device")

    owner = {"mkstemp": module.tempfile, "fsync": os, "replace": Path}[function]
    monkeypatch.setattr(owner, function, refuse)
    with pytest.raises(StoreError, match="the backup failed") as caught:
        store.backup(target, force=True)
    assert "\n" not in str(caught.value)
    assert target.read_text() == "precious"
    assert list(folder.iterdir()) == [target]


def break_page(path: Path) -> None:
    """Write over the first page of the entries."""
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'entries'"
        ).fetchone()[0]
    content = bytearray(path.read_bytes())
    content[root * 4096 - 4096 : root * 4096] = b"\x55" * 4096
    path.write_bytes(bytes(content))


def break_index(path: Path) -> None:
    """Let an index say of itself that it is over another column."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = 'CREATE INDEX ix_entries_kind_seq ON entries (link)' "
            "WHERE name = 'ix_entries_kind_seq'"
        )


@pytest.mark.parametrize("damage", [break_page, break_index])
def test_a_damaged_record_gives_no_backup(
    tmp_path: Path, folder: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "record.db"
    with Store.open(path, clock=lambda: NOON) as store:
        for number in range(200):
            store.append_attempt(make_attempt(number))
    damage(path)
    with (
        Store.open(path, clock=lambda: NOON) as store,
        pytest.raises(StoreError, match="the record is damaged") as caught,
    ):
        store.backup(folder / "copy.db")
    assert "\n" not in str(caught.value)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_synced_is_no_reason_to_fail(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def only_files(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(number)

    monkeypatch.setattr(os, "fsync", only_files)
    store.backup(folder / "copy.db")
    assert (folder / "copy.db").exists()


def test_a_server_is_backed_up_with_its_own_tool(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store._database, "is_sqlite", False)
    with pytest.raises(UsageError, match="pg_dump"):
        store.backup(folder / "copy.db")
    assert list(folder.iterdir()) == []

"""A whole copy of an SQLite database, made while it is in use."""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from questionbank.errors import StoreError, UsageError


def check_target(source: Path, target: Path, *, force: bool) -> None:
    """Refuse a place where a copy would destroy something.

    Raises:
        UsageError: the target exists and `force` is not set, is the database itself, or is in use.
        StoreError: its folder is not there or cannot be looked into.
    """
    try:
        if not target.parent.is_dir():
            raise StoreError(f"{target.parent}: there is no such folder; make it first")
        if target.is_dir():
            raise UsageError(f"{target}: this is a folder; name a file in it")
        if not target.exists():
            return
        if target.samefile(source):
            raise UsageError(f"{target}: this is the database itself; name another file")
        if not force:
            raise UsageError(f"{target}: this file exists; name another or give --force")
        if target.with_name(target.name + "-wal").exists():
            raise UsageError(f"{target}: this database is in use; name another file")
    except OSError as error:
        raise StoreError(
            f"{target}: this place cannot be used ({error.strerror}); name another"
        ) from error


def copy_to(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database into one file, checked and on disk before it gets its name.

    Args:
        source: an open connection; others may read and write meanwhile.
        target: where the copy goes, mode 0600; what stands there is replaced in one step.

    Raises:
        StoreError: the copy cannot be made; what stood at the target is untouched.
    """
    draft: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        draft = Path(name)
        os.close(descriptor)
        draft.chmod(0o600)
        _copy(source, draft)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(target)
        draft = None
        _sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{target}: the backup failed ({error}); check the disk's room and permissions"
        ) from error
    finally:
        if draft is not None:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, draft: Path) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        source.backup(copy)
        # The copy must be one file: out of WAL mode, which it has taken over from its source.
        copy.execute("PRAGMA journal_mode=DELETE").close()
        try:
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        reason = found.splitlines()[0]
        raise StoreError(
            f"the record is damaged ({reason}) and was not copied; put a backup in its place"
        )


def _sync_folder(folder: Path) -> None:
    """Make a rename last; systems that cannot sync a folder need not."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

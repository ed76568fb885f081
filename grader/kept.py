"""What can be computed again, kept on disk between runs: bytes by a digest of what shaped them.

It lies in a few SQLite files of bounded size, so that memory stays flat however much is kept, many
processes may read and write at once, and one that is killed leaves nothing half written. Nothing is
taken on trust: each entry carries a checksum over its digest and itself, so one that is broken or
not ours is as good as none, and a file that cannot be read is thrown away.

Only whole files are thrown away, the one that was used least recently first, and never one that
this run has used or written: a run larger than all the room keeps its beginning, instead of driving
out with its end what the next run would ask for first.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TypeVar

FILES = 8
"""Files that the room is divided into."""
_SUFFIX = ".kept"
_BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to a file's name."""
_CHECK = 16
_ASKED = 500
"""Digests looked up at once."""
_PATIENCE = 2.0
"""Seconds to wait for another process; after that an entry is done without."""
_SETTINGS = (
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
    # A power cut may cost what was written last; the checksums see to it that it costs no more.
    "PRAGMA synchronous = OFF",
    "PRAGMA wal_autocheckpoint = 200",
    "PRAGMA cache_size = -1000",
    "CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, at INTEGER UNIQUE, content BLOB)",
)
_SETTLE = "PRAGMA wal_checkpoint(TRUNCATE)"
_LOST = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

T = TypeVar("T")


@dataclass
class _File:
    """One of the files, open."""

    path: Path
    connection: sqlite3.Connection
    used: bool = False
    """Whether this run has read from it or written to it."""


class Kept:
    """Bytes by digest, on disk.

    Args:
        folder: where the files are; made when first needed, mode 0700.
        limit: bytes that they may take together.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._files: list[_File] | None = None
        self._began = time.time()
        self._full = False
        # Grading looks things up in more than one thread.
        self._lock = Lock()
        self.trouble: str | None = None
        """Why nothing more is kept in this run; None if all is well."""

    def find(self, digests: Collection[bytes]) -> dict[bytes, bytes]:
        """Look entries up.

        Args:
            digests: 8 bytes or more each.

        Returns:
            What is kept, by its digest.
        """
        found: dict[bytes, bytes] = {}
        with self._lock:
            for file in self._opened()[::-1]:
                missing = [one for one in digests if one not in found]
                if not missing:
                    break
                here = self._tried(file.path, lambda: _read(file.connection, missing))  # noqa: B023
                if here:
                    _use(file)
                    found |= here
        return found

    def add(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep entries, in place of those of the same digests; none if there is no room for them.

        Args:
            entries: by digest.
        """
        with self._lock:
            file = self._writable() if entries else None
            if file is None:
                return
            rows = [(_place(one), _check(one, what) + what) for one, what in entries.items()]
            _use(file)
            self._tried(file.path, lambda: _write(file.connection, rows))

    def close(self) -> None:
        """Close the files; a later call opens them again."""
        with self._lock:
            for file in self._files or ():
                file.connection.close()
            self._files = None

    def _opened(self) -> list[_File]:
        """The files, the newest last."""
        if self._files is None:
            self._files = []
            for path in _paths(self._folder):
                self._open(path)
        return self._files

    def _open(self, path: Path) -> _File | None:
        connection = self._tried(path, lambda: _connected(path))
        if connection is None:
            return None
        file = _File(path, connection)
        self._opened().append(file)
        return file

    def _writable(self) -> _File | None:
        """The file that still has room; a new one if none has; None if there is no room at all."""
        files = self._opened()
        if self.trouble or self._full:
            return None
        if files:
            last, share = files[-1], self._limit // FILES
            if _size(last.path) >= share:
                self._tried(last.path, lambda: last.connection.execute(_SETTLE).fetchall())
            if _size(last.path) < share:
                return last
        if not self._has_made_room():
            return None
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self.trouble = error.strerror or type(error).__name__
            return None
        # A name that was never used before: who has an older file open must not meet a new one.
        return self._open(self._folder / f"{time.time_ns():020d}-{os.getpid()}{_SUFFIX}")

    def _has_made_room(self) -> bool:
        """Throw the files away that were used least recently, as far as room is needed."""
        sizes = {path: _size(path) for path in _paths(self._folder)}
        used = {file.path for file in self._opened() if file.used}
        idle = [path for path in sizes if path not in used and _used_at(path) < self._began]
        for path in sorted(idle, key=_used_at):
            if sum(sizes.values()) + self._limit // FILES <= self._limit:
                return True
            self._throw_away(path)
            del sizes[path]
        self._full = sum(sizes.values()) + self._limit // FILES > self._limit
        return not self._full

    def _throw_away(self, path: Path) -> None:
        for file in [one for one in self._opened() if one.path == path]:
            file.connection.close()
            self._opened().remove(file)
        _delete(path)

    def _tried(self, path: Path, work: Callable[[], T]) -> T | None:
        """Do something with a file and let no trouble pass: what cannot be kept is computed."""
        try:
            return work()
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _LOST or not path.exists():
                self._throw_away(path)
            elif code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                self.trouble = str(error)
            return None


def size_of(folder: Path) -> int:
    """How many bytes are kept in a folder."""
    return sum(map(_size, _paths(folder)))


def forget(folder: Path) -> None:
    """Throw away all that is kept in a folder."""
    for path in _paths(folder):
        _delete(path)


def _paths(folder: Path) -> list[Path]:
    """The files of a folder, the oldest first."""
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _size(path: Path) -> int:
    """Bytes that a file takes, with what stands beside it."""
    total = 0
    for beside in _BESIDE:
        with suppress(OSError):
            total += path.with_name(path.name + beside).stat().st_size
    return total


def _delete(path: Path) -> None:
    for beside in _BESIDE:
        with suppress(OSError):
            path.with_name(path.name + beside).unlink(missing_ok=True)


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _use(file: _File) -> None:
    if not file.used:
        file.used = True
        with suppress(OSError):
            os.utime(file.path)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write(connection: sqlite3.Connection, rows: list[tuple[int, bytes]]) -> None:
    with connection:
        connection.executemany("INSERT OR REPLACE INTO kept (at, content) VALUES (?, ?)", rows)


def _read(connection: sqlite3.Connection, digests: list[bytes]) -> dict[bytes, bytes]:
    places = {_place(one): one for one in digests}
    found = {}
    asked = list(places)
    for start in range(0, len(asked), _ASKED):
        part = asked[start : start + _ASKED]
        marks = ",".join("?" * len(part))
        rows = connection.execute(f"SELECT at, content FROM kept WHERE at IN ({marks})", part)  # noqa: S608 - question marks
        for place, whole in rows:
            if isinstance(whole, bytes):
                digest, content = places[place], whole[_CHECK:]
                if whole[:_CHECK] == _check(digest, content):
                    found[digest] = content
    return found


def _place(digest: bytes) -> int:
    """Where an entry is looked for: a part of its digest, and the checksum covers the rest."""
    return int.from_bytes(digest[:8], "little", signed=True)


def _check(digest: bytes, content: bytes) -> bytes:
    return blake2b(digest + content, digest_size=_CHECK).digest()

"""A file of lines that is written bit by bit and can be gone on with after any interruption.

Beside `grades.jsonl` stands `grades.jsonl.state`, a small JSON file that says from which input and
settings the lines are made. A line counts only with its line end; half a line is cut off.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal, Protocol, Self, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from grader.rubric import Record
from questionbank.errors import FormatError, StoreError, UsageError

FORMAT: Literal[1] = 1
"""The state file's format."""
_NOT_GRADED = b'"status": "not_graded"'
"""Within a quoted text its quotation marks would be escaped, so it occurs as a status only."""


class LineState(Record):
    """What the lines are made from."""

    format: Literal[1] = FORMAT
    input_digest: str
    settings_digest: str
    record: str | None = None
    """Where the grades are kept besides; a run that kept none cannot be gone on with `--keep`."""


State = TypeVar("State", bound=LineState)


class Lines(Protocol):
    """An output that takes lines and can be gone on with, wherever it is; a context manager."""

    done: int
    """Lines that were there already."""
    failed: int
    """How many of those were not graded."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    def write(self, line: str) -> None:
        """Add a line."""
        ...

    def sync(self) -> None:
        """Make what was written last."""
        ...

    def there(self) -> int:
        """Count the lines that a run would find, before it is opened."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None: ...


class LineFile:
    """The output of one job; a context manager.

    Args:
        path: the file of lines.
        state: what this run would make it from.

    Raises:
        UsageError: the file was made from something else, or another program is writing it.
        FormatError: the state file cannot be read.
        StoreError: it cannot be written; what was written before the trouble is kept.
    """

    def __init__(self, path: Path, state: LineState) -> None:
        self.path = path
        self._state = state
        self._beside = path.with_name(path.name + ".state")
        self._lock_path = path.with_name(path.name + ".lock")
        self._lock = FileLock(self._lock_path)
        self._file: IO[bytes] | None = None
        self.done = 0
        """Lines that were there already."""
        self.failed = 0
        """How many of those were not graded."""

    @property
    def name(self) -> str:
        """What to call it."""
        return str(self.path)

    def __enter__(self) -> Self:
        if not self.path.parent.is_dir():
            raise UsageError(f"{self.path.parent}: there is no such folder; make it first")
        with writing(self.path):
            try:
                self._lock.acquire(timeout=0)
            except Timeout as error:
                raise UsageError(f"{self.path} is being written by another program") from error
        try:
            with writing(self.path):
                self._open()
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        try:
            with writing(self.path):
                self._writing().close()
        except StoreError:
            if kind is None:
                raise
        finally:
            self._let_go()

    def write(self, line: str) -> None:
        """Add a line; it is durable after the next `sync`."""
        with writing(self.path):
            self._writing().write(line.encode() + b"\n")

    def sync(self) -> None:
        """Have everything written on disk."""
        with writing(self.path):
            _sync(self._writing())

    def there(self) -> int:
        """Count the lines that a run would find, before it is opened."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            return sum(line.endswith(b"\n") for line in file)

    def _let_go(self) -> None:
        """Take the lock file away while it is still held, so that nobody else's is taken."""
        with suppress(OSError):  # Windows keeps a file that is open; releasing it deletes it there
            self._lock_path.unlink()
        self._lock.release()

    def _writing(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("the file is not open")
        return self._file

    def _open(self) -> None:
        if self.path.exists():
            check_made_from(
                self._state,
                self.path,
                self._beside,
                self._beside.read_bytes() if self._beside.exists() else None,
            )
            whole = self._count_lines()
            self._file = self.path.open("r+b")
            self._file.truncate(whole)
            self._file.seek(whole)
            return
        new = self._beside.with_name(self._beside.name + ".new")
        try:
            with new.open("wb") as file:
                file.write(json.dumps(self._state.model_dump(mode="json")).encode() + b"\n")
                _sync(file)
            new.replace(self._beside)
            self._file = self.path.open("xb")
        except OSError:
            for beside in (new, self._beside):
                with suppress(OSError):
                    beside.unlink()
            raise

    def _count_lines(self) -> int:
        """Count whole lines, and return where the last one ends."""
        whole = 0
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
                    self.done += 1
                    self.failed += not_graded(line)
        return whole


def not_graded(line: bytes) -> bool:
    """Whether a line is that of a row that could not be graded."""
    return _NOT_GRADED in line


@contextmanager
def writing(path: object) -> Iterator[None]:
    """Say of a disk that refuses where it was and what to do.

    Raises:
        StoreError: in place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written: {error.strerror or error}; mend that, "
            "then run the same command again: it goes on from there"
        ) from error


def check_made_from(state: State, path: object, beside: object, content: bytes | None) -> State:
    """See that lines which are there already are those of this job.

    Args:
        state: what this job would make them from.
        path: how to call the lines.
        beside: how to call their state file.
        content: what is in it; None if there is none.

    Returns:
        The state that was found, of the class of `state`.

    Raises:
        UsageError: they were made from something else.
        FormatError: the state file cannot be read.
    """
    way_out = f"choose another --output, or delete {path} and {beside}"
    if content is None:
        raise UsageError(f"{path} is there already and was not made here; {way_out}")
    try:
        found = type(state).model_validate_json(content)
    except ValidationError as error:
        raise FormatError(str(beside), f"cannot be read as a state file; {way_out}") from error
    if found.input_digest != state.input_digest:
        raise UsageError(f"{path} was made from another input; {way_out}")
    if found.settings_digest != state.settings_digest:
        raise UsageError(f"{path} was made with another bank, model or version; {way_out}")
    if found.record != state.record:
        was = f"kept its grades in {found.record}" if found.record else "kept no grades"
        raise UsageError(f"the run that made {path} {was}; {way_out}")
    return found


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())

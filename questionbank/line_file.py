"""A file of lines that is written bit by bit and can be gone on with after any interruption.

Beside `grades.jsonl` stands `grades.jsonl.state`, a small JSON file that says from which input and
settings the lines are made. A line counts only with its line end; half a line is cut off.
"""

import json
import os
from pathlib import Path
from typing import IO, Self

from filelock import FileLock, Timeout
from pydantic import ValidationError

from grader.rubric import Record
from questionbank.errors import FormatError, StoreError, UsageError

FORMAT = 1
"""The state file's format."""


class LineState(Record):
    """What the lines are made from."""

    format: int = FORMAT
    input_digest: str
    settings_digest: str


class LineFile:
    """The output of one job; a context manager.

    Args:
        path: the file of lines.
        state: what this run would make it from.

    Raises:
        UsageError: the file was made from something else, or another program is writing it.
        FormatError: the state file cannot be read.
    """

    def __init__(self, path: Path, state: LineState) -> None:
        self.path = path
        self._state = state
        self._beside = path.with_name(path.name + ".state")
        self._lock = FileLock(str(path) + ".lock")
        self._file: IO[bytes] | None = None
        self.done = 0
        """Lines that were there already."""
        self.failed = 0
        """How many of those were not graded."""

    def __enter__(self) -> Self:
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise UsageError(f"{self.path} is being written by another program") from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}") from error
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self._file:
            self._file.close()
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)

    def write(self, line: str) -> None:
        """Add a line; it is durable after the next `sync`."""
        self._writing().write(line.encode() + b"\n")

    def sync(self) -> None:
        """Have everything written on disk."""
        file = self._writing()
        file.flush()
        os.fsync(file.fileno())

    def _writing(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("the file is not open")
        return self._file

    def _open(self) -> None:
        if self.path.exists():
            self._check_state()
            whole = self._count_lines()
            self._file = self.path.open("r+b")
            self._file.truncate(whole)
            self._file.seek(whole)
            return
        text = json.dumps(self._state.model_dump(mode="json")) + "\n"
        try:
            new = self._beside.with_name(self._beside.name + ".new")
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._beside)
            self._file = self.path.open("xb")
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _check_state(self) -> None:
        way_out = f"choose another --output, or delete {self.path} and {self._beside}"
        if not self._beside.exists():
            raise UsageError(f"{self.path} is there already and was not made here; {way_out}")
        try:
            found = LineState.model_validate_json(self._beside.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            raise FormatError(self._beside, f"cannot be read as a state file; {way_out}") from error
        if found.input_digest != self._state.input_digest:
            raise UsageError(f"{self.path} was made from another input; {way_out}")
        if found.settings_digest != self._state.settings_digest:
            raise UsageError(f"{self.path} was made with another bank, model or version; {way_out}")

    def _count_lines(self) -> int:
        """Count whole lines, and return where the last one ends."""
        whole = 0
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
                    self.done += 1
                    self.failed += b'"status": "not_graded"' in line
        return whole

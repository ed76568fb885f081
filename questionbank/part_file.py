"""An output that cannot be added to: Parquet, or an object in a store such as S3.

The lines go into parts, `grades.jsonl.parts/`, each written whole; when all are there they become
the output, and the parts are taken away. A part's name tells which rows it holds, how many of them
were not graded and how many bytes it has: one that was cut off is told by that and made again.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, Self

from pydantic import ValidationError

from questionbank.errors import StoreError, UsageError
from questionbank.line_file import LineState, check_made_from, not_graded, writing
from questionbank.parquet import SUFFIX, check_installed, write_lines
from questionbank.remote import is_url, locate

PART = 2000
"""Rows of a part; it ends at a multiple of that, so that a part made twice is the same part."""
PATIENCE = 30.0
"""Seconds after which rows are written even if there are fewer."""
_NAME = re.compile(r"(\d{12})-(\d+)-(\d+)-(\d+)\.jsonl$")


class PartState(LineState):
    """What the lines are made from, and that all is done."""

    rows: int | None = None
    """Of the finished output; None while parts are still to come."""
    failed: int = 0
    """How many of them were not graded."""


class Part(NamedTuple):
    """Some lines that are stored."""

    first: int
    """Number of the first row, from 0."""
    rows: int
    failed: int
    """How many of them were not graded."""
    size: int
    """Bytes."""

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.first:012}-{self.rows}-{self.failed}-{self.size}.jsonl"


class PartFile:
    """The output of one job; a context manager. Left without an error, it is complete.

    Args:
        target: a URL or a path; Parquet if it ends in `.parquet`, else JSON lines.
        state: what this run would make it from.
        clock: seconds that only grow.

    Raises:
        UsageError: it was made from something else, or there is no driver for such a URL.
        FormatError: the state file cannot be read.
        StoreError: it cannot be written; what was written before the trouble is kept.
    """

    def __init__(
        self, target: str, state: LineState, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._target = target
        self._state = PartState(**state.model_dump())
        self._clock = clock
        self._parquet = target.lower().endswith(SUFFIX)
        if self._parquet:
            check_installed(target)
        self._system, self._path = locate(target)
        self._beside, self._folder = f"{self._path}.state", f"{self._path}.parts"
        self._parts: list[Part] = []
        self._waiting: list[bytes] = []
        self._since = clock()
        self._complete = False
        self.done = 0
        """Lines that were there already."""
        self.failed = 0
        """How many of those were not graded."""

    @property
    def name(self) -> str:
        """What to call it."""
        return self._target

    def __enter__(self) -> Self:
        parent = Path(self._target).parent
        if not is_url(self._target) and not parent.is_dir():
            raise UsageError(f"{parent}: there is no such folder; make it first")
        with writing(self._target):
            if self._system.exists(self._beside):
                content = self._system.cat_file(self._beside)
            elif self._system.exists(self._path):
                content = None
            else:
                content = b""
            if content == b"":
                self._keep_state(self._state)
            else:
                self._go_on(content)
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        try:
            self._flush()
            if kind is None and not self._complete:
                self._assemble()
        except StoreError:
            if kind is None:
                raise

    def write(self, line: str) -> None:
        """Add a line; it is stored with its part."""
        self._waiting.append(line.encode() + b"\n")
        if (self._next + len(self._waiting)) % PART == 0:
            self._flush()

    def sync(self) -> None:
        """Store what has been waiting for long."""
        if self._clock() - self._since >= PATIENCE:
            self._flush()

    def there(self) -> int:
        """Count the lines that a run would find, before it is opened."""
        with writing(self._target):
            if not self._system.exists(self._beside):
                return 0
            try:
                found = PartState.model_validate_json(self._system.cat_file(self._beside))
            except ValidationError:  # opening it will say so
                return 0
            if found.rows is not None and self._system.exists(self._path):
                return found.rows
            return sum(part.rows for part in self._stored())

    @property
    def _next(self) -> int:
        """Number of the first row that is in no part."""
        return self._parts[-1].first + self._parts[-1].rows if self._parts else 0

    def _go_on(self, content: bytes | None) -> None:
        found = check_made_from(self._state, self._target, f"{self._target}.state", content)
        if found.rows is not None and self._system.exists(self._path):
            self._complete = True
            self.done, self.failed = found.rows, found.failed
            return
        self._parts = self._stored()
        self.done = self._next
        self.failed = sum(part.failed for part in self._parts)

    def _stored(self) -> list[Part]:
        """The parts that are there, whole and without a gap from the first row on."""
        if not self._system.exists(self._folder):
            return []
        longest: dict[int, Part] = {}
        for entry in self._system.ls(self._folder, detail=True):
            named = _NAME.search(str(entry["name"]))
            if named is None:
                continue
            part = Part(*map(int, named.groups()))
            if entry["size"] == part.size:
                longest[part.first] = max(longest.get(part.first, part), part)
        chain: list[Part] = []
        at = 0
        while part_there := longest.get(at):
            chain.append(part_there)
            at += part_there.rows
        return chain

    def _flush(self) -> None:
        """Store the waiting lines as a part."""
        self._since = self._clock()
        if not self._waiting:
            return
        content = b"".join(self._waiting)
        failed = sum(map(not_graded, self._waiting))
        part = Part(self._next, len(self._waiting), failed, len(content))
        with writing(self._target):
            self._system.makedirs(self._folder, exist_ok=True)
            self._system.pipe_file(f"{self._folder}/{part.name}", content)
        self._parts.append(part)
        self._waiting.clear()

    def _assemble(self) -> None:
        """Make the output of its parts."""
        # Where a file can be seen half written, it gets its name when it is whole.
        new = self._path if is_url(self._target) else f"{self._path}.new"
        with writing(self._target):
            with self._system.open(new, "wb") as file:
                self._fill(file)
            if new != self._path:
                self._system.mv(new, self._path)
            failed = sum(part.failed for part in self._parts)
            self._keep_state(self._state.model_copy(update={"rows": self._next, "failed": failed}))
        with suppress(OSError):  # what stays takes room and nothing else
            self._system.rm(self._folder, recursive=True)

    def _fill(self, file: IO[bytes]) -> None:
        if self._parquet:
            write_lines((content.splitlines() for content in self._contents()), file, self._target)
            return
        for content in self._contents():
            file.write(content)

    def _contents(self) -> Iterator[bytes]:
        for part in self._parts:
            content: bytes = self._system.cat_file(f"{self._folder}/{part.name}")
            yield content

    def _keep_state(self, state: PartState) -> None:
        self._system.pipe_file(self._beside, state.model_dump_json().encode() + b"\n")

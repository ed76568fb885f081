"""Lines into a file: what was there is gone on with, and the person is told how far it got."""

from types import TracebackType
from typing import Self

from questionbank.cli.render import Screen
from questionbank.line_file import Lines

SYNC_EVERY = 20
"""Lines between two writes to disk; so many at most are graded again after a power cut."""


class LineOutput:
    """Writes the lines that are still missing; a context manager.

    Args:
        screen: where to say it.
        lines: the output, open.
    """

    def __init__(self, screen: Screen, lines: Lines) -> None:
        self._screen = screen
        self._lines = lines
        self._written = 0
        self.failed = lines.failed
        """Rows that could not be graded, those of earlier runs included."""

    def __enter__(self) -> Self:
        if self._lines.done:
            self._screen.note(f"{self._lines.done} rows are graded already; going on after them")
        return self

    def write(self, line: str, *, failed: bool) -> None:
        """Add the line of one row."""
        self._lines.write(line)
        self._written += 1
        self.failed += failed
        if self._written % SYNC_EVERY == 0:
            self._lines.sync()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        rows = self._lines.done + self._written
        if kind is None:
            self._lines.sync()
            ungraded = f", {self.failed} not graded" if self.failed else ""
            self._screen.note(f"{rows} rows in {self._lines.name}{ungraded}")
        elif issubclass(kind, KeyboardInterrupt):
            self._lines.sync()
            self._screen.note(f"stopped after {rows} rows; the same command goes on from there")

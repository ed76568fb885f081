"""The one place that prints.

What reaches the terminal passes `safe` first: text from questions, answers and files can hold
escape sequences, and none may be sent raw.
"""

import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.text import Text

if TYPE_CHECKING:
    from rich.markdown import Markdown

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, C0 and C1; tabs and line ends stay
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing
    r"\u2028\u2029"  # line ends that some readers see and others do not
    r"\ud800-\udfff]"  # halves of characters, as in file names that are not UTF-8
)


def safe(text: str) -> str:
    """Make control characters visible instead of letting the terminal obey them.

    Args:
        text: anything; tabs and line ends stay.

    Returns:
        The text with what a terminal or a line reader would act on spelled `<U+001B>`.
    """
    return _UNSAFE.sub(lambda found: f"<U+{ord(found.group()):04X}>", text.replace("\r\n", "\n"))


def json_line(value: Any, *, ascii_only: bool = False) -> str:  # noqa: ANN401 - any JSON value
    """Write a JSON value on one line, safe to print: control characters are escaped."""
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


class Ticker(Protocol):
    """Counts work done."""

    def __call__(self, done: int = 1) -> None:
        """Count `done` more."""
        ...


class Screen:
    """Standard output and standard error, for eyes, for screen readers or for programs.

    Args:
        out: where results go.
        err: where progress, notes and errors go.
        plain: lines only: no colour, no boxes, no redrawing.
    """

    def __init__(self, out: IO[str], err: IO[str], *, plain: bool = False) -> None:
        self.plain = plain
        self._out = self._console(out)
        self._err = self._console(err)

    def _console(self, stream: IO[str]) -> Console:
        return Console(
            file=stream,
            no_color=True if self.plain else None,
            force_terminal=False if self.plain else None,
            highlight=False,
            markup=False,
            emoji=False,
        )

    @property
    def out_is_terminal(self) -> bool:
        """Whether a person is likely to read standard output as it comes."""
        return self._out.is_terminal

    def show(self, *parts: RenderableType) -> None:
        """Print strings and rich renderables to standard output, one below the other."""
        for part in parts:
            self._print(self._out, part)

    def json(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Print a JSON value on one line to standard output."""
        ascii_only = not self._out.encoding.startswith("utf")
        self._out.file.write(json_line(value, ascii_only=ascii_only) + "\n")
        self._out.file.flush()

    def note(self, text: str) -> None:
        """Say something beside the result, on standard error."""
        self._print(self._err, text)

    def error(self, text: str) -> None:
        """Say what went wrong and what to do, on standard error."""
        self._print(self._err, Text(f"questionbank: {safe(text)}", style="bold red"))

    def type_out(self, text: str) -> None:
        """Write to standard output without a line end, for a line that is being typed."""
        self._out.file.write(safe(text))
        self._out.file.flush()

    def take_back(self, columns: int) -> None:
        """Wipe what was typed out last, `columns` wide."""
        self._out.file.write("\b \b" * columns)
        self._out.file.flush()

    def markdown(self, source: str) -> "Markdown | str":
        """Markdown to look at; in plain mode its source, which reads well aloud."""
        if self.plain:
            return source
        from rich.markdown import Markdown

        return Markdown(safe(source), hyperlinks=False)

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Show that something is going on, on standard error."""
        if self.plain or not self._err.is_terminal:
            self._print(self._err, f"{text} …")
            yield
            return
        with self._err.status(safe(text)):
            yield

    @contextmanager
    def progress(self, text: str, total: int | None) -> Iterator[Ticker]:
        """Count work on standard error: a bar in a terminal, else a line every ten per cent."""
        if self.plain or not self._err.is_terminal:
            yield _LineTicker(self, text, total)
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        with Progress(
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._err,
        ) as bar:
            task = bar.add_task(safe(text), total=total)

            def tick(done: int = 1) -> None:
                bar.update(task, advance=done)

            yield tick

    def _print(self, console: Console, part: RenderableType) -> None:
        if isinstance(part, str):
            part = Text(safe(part))
        # A line stays a line for whoever reads it from a pipe or by ear.
        whole = isinstance(part, Text) and (self.plain or not console.is_terminal)
        console.print(part, soft_wrap=whole)


class _LineTicker:
    """A count in lines, for logs and screen readers."""

    def __init__(self, screen: Screen, text: str, total: int | None) -> None:
        self._screen, self._text, self._total = screen, text, total
        self._done = 0
        self._said = 0
        self._began = time.monotonic()

    def __call__(self, done: int = 1) -> None:
        self._done += done
        step = math.ceil((self._total or 1000) / 10)
        if self._done // step > self._said or self._done == self._total:
            self._said = self._done // step
            of = f" of {self._total}" if self._total else ""
            self._screen.note(f"{self._text}: {self._done}{of}{self._left()}")

    def _left(self) -> str:
        """About how long the rest will take; nothing if that is unknown or hardly a second."""
        if not self._total or self._done >= self._total:
            return ""
        spent = time.monotonic() - self._began
        seconds = round(spent * (self._total - self._done) / self._done)
        return f", about {seconds} s left" if seconds > 1 else ""


__all__ = ["Group", "Screen", "Text", "Ticker", "json_line", "safe"]

"""A terminal emulator with a program in it: keys go in, a screen can be read, queries are answered.

A reader thread feeds everything the program writes to the emulation, and sends the emulation's
replies (where the cursor stands, for one) back, as a real terminal does.
"""

import codecs
import os
import re
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

PROGRAM = (sys.executable, "-m", "questionbank")
"""How tests start the program: with the interpreter that runs them."""
PATIENCE = 60.0
"""Seconds to wait for what has to come; slow machines load the model for long."""
_BRACKETED = 2004 << 5
"""How the emulation notes the private mode of bracketed paste."""
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


def squeezed(text: str) -> str:
    """A text without white space: where lines are broken says nothing about what they say."""
    return "".join(text.split())


class _Screen(pyte.HistoryScreen):
    """An emulation that remembers all that scrolls off, and may answer what it is asked."""

    def __init__(self, columns: int, lines: int, reply: Callable[[str], None] | None) -> None:
        super().__init__(columns, lines, history=20_000, ratio=0.5)
        self._reply_with = reply

    def write_process_input(self, data: str) -> None:
        if self._reply_with:
            self._reply_with(data)


class Terminal:
    """A program running in an emulated terminal; a context manager.

    Args:
        command: the program and its arguments.
        environ: its environment.
        cwd: the folder it stands in.
        columns: width in characters.
        lines: height in lines.
        answers: whether the terminal answers what it is asked, such as where the cursor is.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        cwd: Path,
        *,
        columns: int = 100,
        lines: int = 40,
        answers: bool = True,
    ) -> None:
        self._screen = _Screen(columns, lines, self._reply if answers else None)
        self._stream = pyte.Stream(self._screen)
        self._raw: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._hung_up = threading.Event()
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=dict(environ),
            cwd=str(cwd),
            dimensions=(lines, columns),
            timeout=None,
        )
        self._child.delaybeforesend = None
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hung_up.set()
        self._reader.join(PATIENCE)
        with suppress(OSError):  # `hang_up` closed it
            self._child.close(force=True)

    # What the program wrote

    @property
    def raw(self) -> str:
        """Everything it wrote, escape sequences included."""
        with self._changed:
            return "".join(self._raw)

    @property
    def ever(self) -> str:
        """Everything that was ever on screen, even if overwritten since: escape sequences gone."""
        return _ESCAPE.sub("", self.raw)

    @property
    def display(self) -> str:
        """What is on screen now."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def history(self) -> str:
        """What has scrolled off at the top, and what is on screen."""
        with self._changed:
            columns = self._screen.columns
            above = [
                "".join(line[at].data for at in range(columns)).rstrip()
                for line in self._screen.history.top
            ]
        return "\n".join(above) + "\n" + self.display

    def shows(self, line: int, column: int, text: str) -> bool:
        """Whether a text stands at a place on screen, counted from 0; cheap enough to time."""
        with self._changed:
            row = self._screen.buffer[line]
            return all(row[column + at].data == one for at, one in enumerate(text))

    @property
    def cursor(self) -> tuple[int, int]:
        """Line and column, counted from 0."""
        with self._changed:
            return self._screen.cursor.y, self._screen.cursor.x

    # What a person does

    def send(self, keys: str) -> None:
        """Type."""
        self._child.send(keys.encode())

    def send_bytes(self, keys: bytes) -> None:
        """Send what no keyboard would."""
        self._child.send(keys)

    def paste(self, text: str, *, bracketed: bool = True) -> None:
        """Paste as a terminal does; line ends go as carriage returns."""
        if bracketed:
            self.wait_until(lambda: _BRACKETED in self._screen.mode, "bracketed paste switched on")
            text = f"\x1b[200~{text}\x1b[201~"
        self._child.send(text.replace("\n", "\r").encode())

    def resize(self, columns: int, lines: int) -> None:
        """Pull at the window's corner."""
        with self._changed:
            self._screen.resize(lines, columns)
        self._child.setwinsize(lines, columns)

    # What happens then

    def wait_until(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until something holds; fails with the screen's content if it does not come."""
        end = time.monotonic() + patience
        with self._changed:
            while not holds():
                left = end - time.monotonic()
                if left <= 0 or (self._ended and not holds()):
                    state = "the program has ended" if self._ended else "time is up"
                    raise AssertionError(f"{what}: {state}; on screen:\n{self.display}")
                self._changed.wait(min(left, 0.5))

    def wait_for(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until a text is on screen or has scrolled off it; line breaks do not matter."""
        wanted = squeezed(text)
        self.wait_until(lambda: wanted in squeezed(self.history), f"waiting for {text!r}", patience)

    def wait_for_display(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until a text is on screen, here and now; line breaks do not matter."""
        wanted = squeezed(text)
        self.wait_until(lambda: wanted in squeezed(self.display), f"waiting for {text!r}", patience)

    def wait_for_editor(self, question: str = "Question", patience: float = PATIENCE) -> None:
        """Wait until a question is there and its editor, toolbar and all, takes keys."""
        self.wait_for(question, patience)
        toolbar = re.compile(r"\d+ words? · \d+:\d\d")
        self.wait_until(lambda: bool(toolbar.search(self.display)), "the editor", patience)

    def hang_up(self) -> None:
        """Close the window while the program runs."""
        self._hung_up.set()
        self._reader.join(PATIENCE)
        os.close(self._child.child_fd)

    @property
    def cooked(self) -> bool:
        """Whether the terminal edits and echoes lines by itself, as a shell needs it."""
        flags = termios.tcgetattr(self._child.child_fd)[3]
        return bool(flags & termios.ICANON and flags & termios.ECHO)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the program a signal."""
        os.kill(self._child.pid, number)

    @property
    def pid(self) -> int:
        """The program's process id."""
        return int(self._child.pid)

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        return bool(self._child.isalive())

    def exit_code(self, patience: float = PATIENCE) -> int:
        """Wait for the end; the exit status, or minus the signal that ended it."""
        self.wait_until(lambda: self._ended, "waiting for the end", patience)
        end = time.monotonic() + patience
        while self._child.isalive():
            if time.monotonic() > end:
                raise AssertionError("its output has ended, the program has not")
            time.sleep(0.01)
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus)

    # Inside

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while not self._hung_up.is_set():
            if not select.select([self._child.child_fd], [], [], 0.1)[0]:
                continue
            try:
                block = os.read(self._child.child_fd, 65_536)
            except OSError:
                block = b""
            with self._changed:
                if not block:
                    self._ended = True
                    self._changed.notify_all()
                    return
                text = decoder.decode(block)
                self._raw.append(text)
                self._stream.feed(text)
                self._changed.notify_all()

    def _reply(self, data: str) -> None:
        with suppress(OSError):  # the program may have ended meanwhile
            self._child.send(data.encode())


Start = Callable[..., Terminal]
"""Starts the program with the arguments given."""

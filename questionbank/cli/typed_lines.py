"""Lines typed in a terminal, read key by key and echoed as they come, nothing redrawn.

The terminal's own line mode would do the same, but it drops what goes beyond some 4,000 characters
of a pasted line and keeps a line to itself until Enter, where no crash-proof draft can see it.
"""

import codecs
import os
import re
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from rich.cells import cell_len

from questionbank.cli.render import Screen, safe

_END_OF_INPUT = "\x04"
_ERASE = "\x08\x7f"
_ERASE_WORD = "\x17"
_ERASE_LINE = "\x15"
_FUNCTION_KEY = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|O.?|.)?", re.DOTALL)
"""What arrows, function keys and Alt send; its letters are nobody's answer."""


class TypedLines:
    """A keyboard that gives lines. Backspace, Ctrl-W and Ctrl-U erase within the line.

    Args:
        keyboard: the terminal.
        screen: where the echo goes.
    """

    def __init__(self, keyboard: TextIO, screen: Screen) -> None:
        self._descriptor = keyboard.fileno()
        self._screen = screen
        # A locale that knows ASCII only says more about the machine than about what is typed.
        encoding = "utf-8" if keyboard.encoding in ("ascii", "us-ascii") else keyboard.encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._typed_ahead = ""

    def forget(self) -> None:
        """Drop what was typed and not read yet."""
        self._typed_ahead = ""
        self._decoder.reset()
        with suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def key(self) -> str:
        """Read one key, without Enter and without an echo; keys without a character are dropped.

        Returns:
            One character; Ctrl-D gives the control character EOT.

        Raises:
            EOFError: the terminal is gone.
            KeyboardInterrupt: Ctrl-C.
        """
        keys = self._typed_ahead
        with _key_by_key(self._descriptor):
            while not keys:
                keys = _FUNCTION_KEY.sub("", self._wait())
        self._typed_ahead = keys[1:]
        return keys[0]

    def read(self, changed: Callable[[str], None]) -> str | None:
        """Read one line.

        Args:
            changed: hears what the line is so far, whenever it changes.

        Returns:
            The line without its end; None if Ctrl-D ends the input where a line could begin.

        Raises:
            EOFError: the terminal is gone.
            KeyboardInterrupt: Ctrl-C.
        """
        line = ""
        with _key_by_key(self._descriptor):
            while True:
                keys, self._typed_ahead = self._typed_ahead or self._wait(), ""
                for at, key in enumerate(keys, start=1):
                    if key in "\r\n" or (key == _END_OF_INPUT and not line):
                        self._typed_ahead = keys[at:]
                        self._screen.type_out("\n")
                        return line if key != _END_OF_INPUT else None
                    line = self._with(line, key)
                changed(line)

    def _with(self, line: str, key: str) -> str:
        """The line after one key, which is echoed."""
        if key in _ERASE:
            return self._shortened(line, len(line) - 1)
        if key == _ERASE_WORD:
            head, space, _ = line.rstrip().rpartition(" ")
            return self._shortened(line, len(head + space))
        if key == _ERASE_LINE:
            return self._shortened(line, 0)
        if key == _END_OF_INPUT:
            return line
        self._screen.type_out(_shown(key))
        return line + key

    def _shortened(self, line: str, length: int) -> str:
        kept = line[: max(0, length)]
        self._screen.take_back(cell_len(_shown(line[len(kept) :])))
        return kept

    def _wait(self) -> str:
        block = os.read(self._descriptor, 65_536)
        if not block:
            raise EOFError
        return self._decoder.decode(block)


def _shown(text: str) -> str:
    """What the echo of a text is: one line, of a width that can be taken back."""
    return safe(text.replace("\t", "    "))


@contextmanager
def _key_by_key(descriptor: int) -> Iterator[None]:
    """Have the terminal hand over each key as it comes, without an echo of its own."""
    before = termios.tcgetattr(descriptor)
    changed = termios.tcgetattr(descriptor)
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0

    def switch(*_: object) -> None:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, changed)

    switch()
    resumed = signal.signal(signal.SIGCONT, switch)  # after Ctrl-Z the shell has had the terminal
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, resumed)
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

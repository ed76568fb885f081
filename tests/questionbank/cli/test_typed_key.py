"""One key at a time: no Enter, no echo, and no letter out of an arrow's sequence."""

import io
import os
import pty
import termios
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from questionbank.cli.render import Screen
from questionbank.cli.typed_lines import TypedLines


class Keyboard(NamedTuple):
    """A terminal's far end, and who reads its near one."""

    far: int
    near: int
    lines: TypedLines
    out: io.StringIO

    def press(self, keys: bytes) -> None:
        os.write(self.far, keys)


@pytest.fixture
def keyboard() -> Iterator[Keyboard]:
    far, near = pty.openpty()
    out = io.StringIO()
    with os.fdopen(near, "r", encoding="utf-8") as terminal:
        flags = termios.tcgetattr(near)
        flags[3] &= ~termios.ECHO  # what the far end sends is not sent back to it
        termios.tcsetattr(near, termios.TCSANOW, flags)
        yield Keyboard(far, near, TypedLines(terminal, Screen(out, out, plain=True)), out)
    os.close(far)


def test_keys_come_one_by_one_without_an_echo(keyboard: Keyboard) -> None:
    keyboard.press(b"mq\xc3\xa4\n")
    assert [keyboard.lines.key() for _ in range(4)] == ["m", "q", "ä", "\n"]
    assert keyboard.out.getvalue() == ""
    assert termios.tcgetattr(keyboard.near)[3] & termios.ICANON


@pytest.mark.parametrize(
    "sequence",
    [b"\x1b[A", b"\x1b[B", b"\x1b[1;5C", b"\x1bOP", b"\x1b[15~", b"\x1bm", b"\x1b"],
    ids=["up", "down", "ctrl right", "F1", "F5", "alt m", "escape"],
)
def test_a_key_without_a_character_is_dropped(sequence: bytes, keyboard: Keyboard) -> None:
    keyboard.press(b"x")
    assert keyboard.lines.key() == "x"
    keyboard.press(b"y" + sequence)
    assert keyboard.lines.key() == "y"
    keyboard.press(b"n\n")
    assert keyboard.lines.key() == "n"


def test_a_line_after_a_key_begins_where_the_key_ended(keyboard: Keyboard) -> None:
    keyboard.press(b"mwhy not\n")
    assert keyboard.lines.key() == "m"
    assert keyboard.lines.read(lambda line: None) == "why not"


def test_what_was_typed_before_can_be_forgotten(keyboard: Keyboard) -> None:
    keyboard.press(b"mm\n")
    assert keyboard.lines.key() == "m"
    keyboard.lines.forget()
    keyboard.press(b"q\n")
    assert keyboard.lines.key() == "q"

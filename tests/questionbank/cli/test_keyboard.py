"""Keys from the terminal: single ones stay what they are, bursts are pastes."""

import os
import pty
from collections.abc import Iterable

import pytest
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from questionbank.cli.keyboard import Keyboard, gathered


def characters(text: str) -> list[KeyPress]:
    return [KeyPress(one) for one in text]


ENTER = KeyPress(Keys.ControlM, "\r")
LEFT = KeyPress(Keys.Left, "\x1b[D")
LONG = "sixteen letters."


def pasted(text: str) -> KeyPress:
    return KeyPress(Keys.BracketedPaste, text)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], []),
        (characters("fifteen letters"), characters("fifteen letters")),
        (characters(LONG), [pasted(LONG)]),
        (
            [*characters(LONG), ENTER, *characters("short"), ENTER, *characters(LONG)],
            [pasted(LONG), ENTER, *characters("short"), ENTER, pasted(LONG)],
        ),
        ([LEFT, *characters(LONG), LEFT], [LEFT, pasted(LONG), LEFT]),
        ([ENTER] * 20, [ENTER] * 20),
        ([pasted(LONG), *characters("x")], [pasted(LONG), *characters("x")]),
    ],
)
def test_long_runs_of_characters_become_one_key(
    keys: Iterable[KeyPress], expected: list[KeyPress]
) -> None:
    assert list(gathered(keys)) == expected


def test_a_burst_from_a_terminal_is_one_key() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r", encoding="utf-8") as terminal:
        try:
            keyboard = Keyboard(terminal)
            with keyboard.raw_mode():
                os.write(master, "thé quick brown fox\rjumps".encode())
                assert keyboard.read_keys() == [
                    pasted("thé quick brown fox"),
                    ENTER,
                    *characters("jumps"),
                ]
        finally:
            os.close(master)

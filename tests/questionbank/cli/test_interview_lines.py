"""Where an interviewer's lines come from: a pipe, plain keys, or a prompt that edits."""

import io
import sys
from collections.abc import Callable

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from questionbank.cli.autosave import Autosave
from questionbank.cli.interview_lines import PipedLines, PlainLines, PromptLines, lines_from
from questionbank.cli.render import Screen
from questionbank.errors import StoreError


class Keys:
    """Takes the place of keys that somebody types."""

    def __init__(self, *lines: str | None) -> None:
        self._lines = list(lines)

    def read(self, changed: Callable[[str], None]) -> str | None:
        line = self._lines.pop(0)
        changed(line or "")
        return line


@pytest.fixture
def autosave() -> Autosave:
    made = Autosave(lambda text: None)
    made.close()
    return made


@pytest.fixture
def screen() -> Screen:
    return Screen(io.StringIO(), io.StringIO(), plain=True)


def test_a_pipe_gives_lines_whatever_bytes_are_in_it(autosave: Autosave) -> None:
    stream = io.TextIOWrapper(io.BytesIO(b"one\r\ncaf\xe9\n\nlast"))
    lines = PipedLines(stream)
    assert [lines.read("", autosave) for _ in range(5)] == ["one", "caf\ufffd", "", "last", None]
    assert not lines.interactive
    assert PipedLines(None).read("", autosave) is None


def test_an_empty_line_takes_what_was_typed_before(autosave: Autosave, screen: Screen) -> None:
    lines = PlainLines(Keys("", "caf\udce9", None, ""), screen)  # type: ignore[arg-type]
    assert [lines.read(draft, autosave) for draft in ("before", "before", "", "")] == [
        "before", "caf\ufffd", None, "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "draft", "line"),
    [
        ("said\r", "", "said"),
        ("\r", "from before", "from before"),
        ("\x1b[200~two\rlines\x1b[201~\r", "", "two\nlines"),
        ("\x04", "", None),
    ],
)
def test_a_prompt_gives_a_line_or_a_whole_paste(
    keys: str, draft: str, line: str | None, autosave: Autosave
) -> None:
    with create_pipe_input() as keyboard, create_app_session(output=DummyOutput()):
        keyboard.send_text(keys)
        assert PromptLines(keyboard, lambda: "5 min left").read(draft, autosave) == line
    assert autosave.newest == (None if keys in ("\r", "\x04") else line)


def test_a_prompt_warns_of_a_draft_that_is_not_saved() -> None:
    def full(text: str) -> None:
        raise StoreError("the disk is full")

    autosave = Autosave(full, pause=0.001)
    autosave.changed("a")
    autosave.close()
    assert autosave.trouble == "the disk is full"
    with create_pipe_input() as keyboard, create_app_session(output=DummyOutput()):
        keyboard.send_text("b\r")
        assert PromptLines(keyboard, lambda: "").read("", autosave) == "b"


class Terminal(io.StringIO):
    """Says it is one."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("terminal", "plain", "kind"),
    [(False, False, PipedLines), (True, True, PlainLines), (True, False, PromptLines)],
)
def test_the_place_decides_where_lines_come_from(
    terminal: bool, plain: bool, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdin", stream)
    monkeypatch.setattr(sys, "stdout", stream)
    screen = Screen(io.StringIO(), io.StringIO(), plain=plain)
    assert isinstance(lines_from(screen, lambda: ""), kind)

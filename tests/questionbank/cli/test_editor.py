"""The editor, with keys from a pipe and no terminal behind it."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from questionbank.bank import load_bank
from questionbank.cli.editor import EditorAnswers
from questionbank.cli.ending import Terminated, ending_decently
from questionbank.cli.render import Screen
from questionbank.instance import Instance, instances

SUBMIT = "\x04"
OPEN = "model-choice/small-model"
CHOICE = "foundations/rare-class"


class Narrow(DummyOutput):
    """Shows nothing, thirty columns wide."""

    def get_size(self) -> Size:
        return Size(rows=10, columns=30)


@dataclass
class Saved:
    """Takes the place of the autosave."""

    texts: list[str] = field(default_factory=list)
    trouble: str | None = None

    def changed(self, text: str) -> None:
        self.texts.append(text)


@dataclass
class Desk:
    """An editor with all that belongs to it."""

    keys: PipeInput
    out: io.StringIO
    asked: dict[str, Instance]
    environ: dict[str, str] = field(default_factory=dict)
    saved: Saved = field(default_factory=Saved)
    status: str = "grader ready"

    def __post_init__(self) -> None:
        screen = Screen(self.out, self.out, plain=True)
        self.editor = EditorAnswers(
            screen, lambda: 65.0, lambda: self.status, self.environ, self.keys
        )

    def ask(self, key: str, typed: str | bytes, draft: str = "") -> str:
        block = typed.encode() if isinstance(typed, str) else typed
        self.keys.send_bytes(block)
        return self.editor.ask(self.asked[key], draft, self.saved)  # type: ignore[arg-type]

    def prompt(self) -> str:
        return fragment_list_to_text(self.editor._prompt(self.saved))  # type: ignore[arg-type]


@pytest.fixture
def desk(bank_folder: Path) -> Iterator[Desk]:
    bank = load_bank((bank_folder,))
    asked = {key: instances(bank.question(key), bank.rubrics, 1)[0] for key in (OPEN, CHOICE)}
    with create_pipe_input() as keys, create_app_session(input=keys, output=Narrow()):
        yield Desk(keys, io.StringIO(), asked)


@pytest.mark.parametrize("submit", [SUBMIT, "\x1b\r"])
def test_an_open_answer_has_lines_and_is_saved_as_it_grows(desk: Desk, submit: str) -> None:
    assert desk.ask(OPEN, "one\rtwo" + submit) == "one\ntwo"
    assert desk.saved.texts[:2] == ["o", "on"]
    assert desk.saved.texts[-1] == "one\ntwo"
    assert "Ctrl-X then Ctrl-E" in desk.out.getvalue()


@pytest.mark.parametrize("submit", [SUBMIT, "\r"])
def test_a_closed_answer_is_one_line(desk: Desk, submit: str) -> None:
    assert desk.ask(CHOICE, "recall" + submit) == "recall"
    assert "Ctrl-X" not in desk.out.getvalue()


def test_typing_goes_on_at_the_end_of_the_draft(desk: Desk) -> None:
    assert desk.ask(OPEN, " end" + SUBMIT, draft="begun\nhere") == "begun\nhere end"


def test_nothing_typed_takes_a_second_submission(desk: Desk) -> None:
    assert desk.ask(OPEN, SUBMIT + SUBMIT) == ""
    assert "submit once more to" in desk.prompt()
    assert desk.ask(OPEN, SUBMIT + "words" + SUBMIT) == "words"
    assert desk.ask(CHOICE, "\r\r") == ""


def test_the_warning_goes_with_the_next_question(desk: Desk) -> None:
    assert desk.ask(OPEN, SUBMIT + SUBMIT) == ""
    assert desk.ask(OPEN, "words" + SUBMIT) == "words"
    assert desk.prompt() == "> "


def test_bytes_that_are_no_characters_can_be_recorded(desk: Desk) -> None:
    assert desk.ask(OPEN, b"caf\xe9 ok\x04") == "caf\ufffd ok"
    for text in desk.saved.texts:
        assert text.encode().decode() == text


def test_a_paste_keeps_escape_sequences_as_text(desk: Desk) -> None:
    assert desk.ask(OPEN, "\x1b[200~a\x1b[31m\r\nb\x00\x1b[201~" + SUBMIT) == "a\x1b[31m\nb\x00"


def script(path: Path, body: str) -> str:
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o700)
    return str(path)


def test_the_persons_own_editor_takes_over_and_gives_back(desk: Desk, tmp_path: Path) -> None:
    body = "import sys; p = sys.argv[1]; t = open(p).read(); open(p, 'w').write(t + ' and more\\n')"
    desk.environ["EDITOR"] = script(tmp_path / "editor.py", body)

    def submit_when_back(text: str) -> None:
        desk.saved.texts.append(text)
        if text.endswith("more"):
            desk.keys.send_text(SUBMIT)

    desk.saved.changed = submit_when_back  # type: ignore[method-assign]
    assert desk.ask(OPEN, "words\x18\x05") == "words and more"
    assert desk.prompt() == "> "


def test_an_editor_that_fails_is_named_until_the_next_question(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.environ["EDITOR"] = "/no/such/editor"
    real = desk.editor._elsewhere
    warnings = []

    async def submit_when_back(event: object) -> None:
        await real(event)  # type: ignore[arg-type]
        warnings.append(desk.prompt())
        desk.keys.send_text(SUBMIT)

    monkeypatch.setattr(desk.editor, "_elsewhere", submit_when_back)
    assert desk.ask(OPEN, "words\x18\x05") == "words"
    (warning,) = warnings
    assert " ".join(warning.split()).startswith(
        "Nothing came back from the editor: /no/such/editor: No such file or directory"
    )
    assert max(len(line) for line in warning.split("\n")) < 30
    assert desk.ask(OPEN, "more" + SUBMIT) == "more"
    assert desk.prompt() == "> "


def test_a_draft_that_cannot_be_saved_is_told_where_it_cannot_be_missed(desk: Desk) -> None:
    desk.saved.trouble = "/data/drafts: no space left on device"
    assert "DRAFT NOT SAVED: /data/drafts: no space left on device" in " ".join(
        desk.prompt().split()
    )
    desk.saved.trouble = None
    assert desk.prompt() == "> "


@pytest.mark.parametrize(
    ("status", "shown"), [("grader ready", " · grader ready"), ("", "")], ids=["open", "closed"]
)
def test_the_toolbar_counts_words_and_time(desk: Desk, status: str, shown: str) -> None:
    desk.status = status
    assert fragment_list_to_text(desk.editor._toolbar()) == f" 0 words · 1:05{shown}"


def test_ctrl_c_stops(desk: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        desk.ask(OPEN, "half\x03")
    assert desk.saved.texts[-1] == "half"


def test_keys_left_from_the_question_before_are_forgotten(desk: Desk) -> None:
    assert desk.ask(CHOICE, "recall\rtyped ahead") == "recall"
    desk.editor.forget_keys()
    assert desk.ask(CHOICE, "accuracy\r") == "accuracy"


def ask_until_told_to_end(desk: Desk, key: str, typed: str) -> None:
    with ending_decently():
        desk.ask(key, typed)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_closes_the_editor_in_its_own_time(
    desk: Desk, number: signal.Signals
) -> None:
    def told_to_end(text: str) -> None:
        desk.saved.texts.append(text)
        if text == "half a sent":
            os.kill(os.getpid(), number)

    desk.saved.changed = told_to_end  # type: ignore[method-assign]
    with pytest.raises(Terminated) as caught:
        ask_until_told_to_end(desk, OPEN, "half a sentence")
    assert caught.value.exit_code == 128 + number
    assert desk.saved.texts[-1] == "half a sentence"


def test_a_request_that_comes_before_the_editor_is_up_is_not_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PromptSession.prompt

    def told_to_end_first(session: PromptSession[str], **given: Any) -> str:  # noqa: ANN401
        os.kill(os.getpid(), signal.SIGTERM)
        return real(session, **given)

    monkeypatch.setattr(PromptSession, "prompt", told_to_end_first)
    with pytest.raises(Terminated):
        ask_until_told_to_end(desk, OPEN, "")


def test_a_request_that_comes_with_the_submission_takes_its_course(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PromptSession.prompt

    def told_to_end_last(session: PromptSession[str], **given: Any) -> str:  # noqa: ANN401
        answer: str = real(session, **given)
        os.kill(os.getpid(), signal.SIGTERM)
        return answer

    monkeypatch.setattr(PromptSession, "prompt", told_to_end_last)
    with pytest.raises(Terminated):
        ask_until_told_to_end(desk, OPEN, "whole" + SUBMIT)
    assert desk.saved.texts[-1] == "whole"

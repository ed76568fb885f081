"""Answers from a file and from plain lines."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from questionbank.bank import Bank, load_bank
from questionbank.cli.answering import FileAnswers, PlainAnswers, recordable
from questionbank.cli.autosave import Autosave
from questionbank.cli.render import Screen
from questionbank.instance import Instance, instances

OPEN = "model-choice/small-model"
CHOICE = "foundations/rare-class"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank((bank_folder,))


def instance(bank: Bank, key: str) -> Instance:
    return instances(bank.question(key), bank.rubrics, 1)[0]


class Lines:
    """Takes the place of the keyboard."""

    def __init__(self, *lines: str | None) -> None:
        self.left = list(lines)
        self.forgotten = 0

    def read(self, changed: Callable[[str], None]) -> str | None:
        line = self.left.pop(0)
        if line is not None:
            changed(line[: len(line) // 2])
            changed(line)
        return line

    def forget(self) -> None:
        self.forgotten += 1


class Heard(Autosave):
    """Hears what is typed and saves nothing."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.trouble = None

    def changed(self, text: str) -> None:
        self.texts.append(text)


def ask(
    one: Instance, *lines: str | None, draft: str = "", seconds: float = 0.0
) -> tuple[str, str, list[str]]:
    """The answer, what was said, what could be saved."""
    out, heard = io.StringIO(), Heard()
    keyboard = Lines(*lines)
    screen = Screen(out, out, plain=True)
    answer = PlainAnswers(screen, keyboard, lambda: seconds).ask(one, draft, heard)  # type: ignore[arg-type]
    assert keyboard.left == []
    return answer, out.getvalue(), heard.texts


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("café \x00 \x1b[31m", "café \x00 \x1b[31m"),
        ("caf\udce9!", "caf\ufffd!"),
        ("caf\udcc3\udca9", "café"),
        ("\ud800 \udfff \udc7f", "\ufffd \ufffd \ufffd"),
        ("😀", "😀"),
    ],
)
def test_any_text_can_be_recorded(text: str, kept: str) -> None:
    assert recordable(text) == kept
    assert recordable(text).encode().decode() == kept


def test_a_file_answers_by_question_and_says_what_it_lacks(bank: Bank) -> None:
    out, err = io.StringIO(), io.StringIO()
    source = FileAnswers({CHOICE: "recall"}, Screen(out, err, plain=True))
    source.forget_keys()
    assert source.ask(instance(bank, CHOICE), "a draft", Heard()) == "recall"
    assert err.getvalue() == ""
    assert source.ask(instance(bank, OPEN), "a draft", Heard()) == ""
    assert "no answer to model-choice/small-model in the file; skipped" in err.getvalue()
    assert not source.interactive


def test_plain_lines_end_with_a_dot_and_are_saved_as_they_grow(bank: Bank) -> None:
    answer, said, saved = ask(instance(bank, OPEN), "first line", "", "se.", ".", seconds=125.9)
    assert answer == "first line\n\nse."
    assert saved[:2] == ["first", "first line"]
    assert "first line\n\nse." in saved
    assert "3 words in 2 min 5 s." in said


def test_plain_lines_end_with_ctrl_d_too(bank: Bank) -> None:
    answer, said, _ = ask(instance(bank, OPEN), "word", None)
    assert answer == "word"
    assert "1 word in 0 min 0 s." in said


def test_plain_lines_go_on_after_a_draft(bank: Bank) -> None:
    answer, said, saved = ask(instance(bank, OPEN), "three", ".", draft="one\ntwo")
    assert answer == "one\ntwo\nthree"
    assert saved[1] == "one\ntwo\nthree"
    assert "So far you have written:\none\ntwo\nGo on below.\n" in said


@pytest.mark.parametrize("lines", [(".", "."), ("  ", ".", None), (None, None)])
def test_no_plain_line_is_asked_about_once(bank: Bank, lines: tuple[str | None, ...]) -> None:
    answer, said, _ = ask(instance(bank, OPEN), *lines)
    assert answer == ""
    assert said.count("Give a dot once more to skip") == 1


def test_after_the_question_an_answer_can_still_be_given(bank: Bank) -> None:
    assert ask(instance(bank, OPEN), ".", "here it is", ".")[0] == "here it is"
    assert ask(instance(bank, CHOICE), "", "recall")[0] == "recall"


def test_a_closed_question_takes_one_line(bank: Bank) -> None:
    answer, said, saved = ask(instance(bank, CHOICE), "recall")
    assert answer == "recall"
    assert saved[-1] == "recall"
    assert "words" not in said


@pytest.mark.parametrize(
    ("lines", "answer"), [(("",), "accuracy"), (("recall",), "recall"), ((None,), "accuracy")]
)
def test_the_draft_of_a_closed_question_is_submitted_or_typed_anew(
    bank: Bank, lines: tuple[str | None, ...], answer: str
) -> None:
    given, said, _ = ask(instance(bank, CHOICE), *lines, draft="accuracy")
    assert given == answer
    assert "So far you have written:\naccuracy\nPress Enter to submit that" in said


def test_an_empty_closed_answer_is_asked_about_once(bank: Bank) -> None:
    answer, said, _ = ask(instance(bank, CHOICE), "", None)
    assert answer == ""
    assert said.count("Give Enter once more to skip") == 1


def test_forgetting_keys_is_left_to_the_keyboard(bank: Bank) -> None:
    keyboard = Lines()
    out = io.StringIO()
    PlainAnswers(Screen(out, out), keyboard, lambda: 0.0).forget_keys()  # type: ignore[arg-type]
    assert keyboard.forgotten == 1

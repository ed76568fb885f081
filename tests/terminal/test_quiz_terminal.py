"""The quiz as a person meets it: in a terminal that redraws, pastes, resizes and gets closed."""

import itertools
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator import Start, Terminal, squeezed
from recorded import Record

from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.cli.surroundings import shipped_bank
from questionbank.instance import Instance, instances
from questionbank.question import ChoiceTask, NumericTask

pytestmark = pytest.mark.terminal

OPEN = "model-choice/support-assistant"
NUMERIC = "inference-economics/monthly-api-cost"
CHOICE = "foundations/error-metrics"
NO_MODEL = ("--model", "/there/is/no/such/model")
SUBMIT = "\x04"
STOP = "\x03"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank((shipped_bank(),))


def letters(text: str) -> str:
    """A text without marks of any kind: neither wrapping nor Markdown makes a difference."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def secrets_of(instance: Instance) -> Iterator[str]:
    """Every line that must not be seen before the answer is submitted."""
    texts = [instance.model_answer or ""]
    if instance.rubric:
        for point in instance.rubric.points:
            feedback = (point.feedback.met, point.feedback.missed)
            texts += [point.title, point.description, point.probe, *feedback]
            texts += [*point.exemplars, *point.counterexamples]
        texts += [example.answer for example in instance.rubric.examples]
    if isinstance(instance.task, ChoiceTask):
        texts += [option.why for option in instance.task.options]
    if isinstance(instance.task, NumericTask):
        texts += [mistake.feedback for mistake in instance.task.mistakes]
    for line in "\n".join(texts).splitlines():
        if len(letters(line)) >= 12:
            yield line


def leaks(terminal: Terminal, instance: Instance) -> list[str]:
    """Secrets that were ever on screen."""
    seen = letters(terminal.ever) + letters(terminal.history)
    return [line for line in secrets_of(instance) if letters(line) in seen]


def right_answer(instance: Instance) -> str:
    """An answer to a closed question that is right, or an open one that meets several points."""
    if isinstance(instance.task, ChoiceTask):
        return ", ".join(sorted(instance.task.right))
    if isinstance(instance.task, NumericTask):
        from questionbank.numeric import right_value

        return f"{right_value(instance.task, instance.values):.2f}"
    assert instance.rubric
    return "\n".join(point.exemplars[0] for point in instance.rubric.points[:2])


@pytest.mark.model
def test_a_whole_quiz_shows_verdicts_and_evidence_and_no_answer_before_its_time(
    start: Start, record: Record, bank: Bank
) -> None:
    keys = (OPEN, NUMERIC, CHOICE)
    asked = {key: instances(bank.question(key), bank.rubrics, 7)[0] for key in keys}
    quiz = start("quiz", "--seed", "7", *itertools.chain(*(("--id", key) for key in keys)))
    given = {}
    for number, key in enumerate(keys, start=1):
        quiz.wait_for_editor(f"Question {number} of 3")
        for waiting in set(asked) - set(given):
            assert leaks(quiz, asked[waiting]) == []
        given[key] = right_answer(asked[key])
        if key == OPEN:
            quiz.paste(given[key])
            quiz.send_bytes(b"\rcaf\xe9 ")
            quiz.paste("\x1b[31mred\x1b]0;owned\x07\x00")
        else:
            quiz.send(given[key])
        quiz.send(SUBMIT)
    assert quiz.exit_code() == 0
    given[OPEN] += "\ncaf\ufffd \x1b[31mred\x1b]0;owned\x07\x00"

    assert record.texts() == given
    graded = {r.grade.provenance.question.id: r.grade for r in record.newest().grades}
    assert set(graded) == set(keys)
    assert record.scores()[CHOICE] == graded[CHOICE].max_score
    assert record.scores()[NUMERIC] == graded[NUMERIC].max_score
    met = [p for p in graded[OPEN].points if p.verdict in (Verdict.MET, Verdict.PARTIAL)]
    assert met
    seen = squeezed(quiz.history)
    for point in met:
        assert squeezed(point.evidence.text) in seen
    for words in ("Verdicts", "Your answer", "A model answer", "Done:", "history show"):
        assert squeezed(words) in seen
    for instance in asked.values():
        assert leaks(
            quiz, instance
        )  # after submission they are shown, so the search does find them
    assert "<U+001B>[31mred<U+001B>]0;owned<U+0007><U+0000>" in quiz.ever
    assert "\x1b[31mred" not in quiz.raw
    assert "\x1b]0;owned" not in quiz.raw
    assert record.newest().finished
    assert record.draft() is None
    record.assert_sound()


def test_resizing_in_the_middle_of_typing_loses_nothing(start: Start, record: Record) -> None:
    quiz = start("quiz", "--id", OPEN, *NO_MODEL)
    quiz.wait_for_editor()
    words = [f"word{number}" for number in range(60)]
    sizes = [(60, 20), (120, 50), (40, 10), (20, 5), (100, 40)]
    for at, (columns, lines) in enumerate(sizes):
        quiz.send(" ".join(words[12 * at : 12 * at + 12]) + " ")
        quiz.wait_for_display(words[12 * at + 11])
        quiz.resize(columns, lines)
        quiz.wait_for_display(words[12 * at + 11])
    quiz.send("end")
    quiz.wait_for_display("61 words")
    quiz.send(SUBMIT)
    assert quiz.exit_code() == 3
    assert record.texts() == {OPEN: " ".join(words) + " end"}


@pytest.mark.parametrize("bracketed", [True, False], ids=["bracketed", "unbracketed"])
def test_three_thousand_words_are_pasted_whole_and_typing_goes_on(
    start: Start, record: Record, bracketed: bool
) -> None:
    text = "\n".join(
        " ".join(f"w{line}x{word}" for word in range(30)) for line in range(100)
    )  # 100 paragraphs of 30 words
    quiz = start("quiz", "--id", OPEN, *NO_MODEL)
    quiz.wait_for_editor()
    began = time.monotonic()
    quiz.paste(text, bracketed=bracketed)
    quiz.wait_for_display("3000 words")
    assert time.monotonic() - began < 20
    quiz.send(" and more")
    quiz.wait_for_display("w99x29 and more")
    quiz.send(SUBMIT)
    assert quiz.exit_code() == 3
    assert record.texts() == {OPEN: text + " and more"}


def test_ctrl_c_stops_and_resume_goes_on_at_the_same_question_with_the_draft(
    start: Start, record: Record
) -> None:
    quiz = start("quiz", "--id", CHOICE, "--id", OPEN, *NO_MODEL)
    quiz.wait_for_editor("Question 1 of 2")
    quiz.send("a, b\r")
    quiz.wait_for_editor("Question 2 of 2")
    quiz.send("a draft")
    quiz.wait_for_display("> a draft")
    quiz.send(STOP)
    assert quiz.exit_code() == 130
    assert "quiz --resume" in quiz.history
    assert quiz.cooked
    assert record.draft() == "a draft"

    again = start("quiz", "--resume", *NO_MODEL)
    again.wait_for_editor("Question 2 of 2")
    again.wait_for_display("> a draft")
    again.send(", finished" + SUBMIT)
    assert again.exit_code() == 3
    assert record.texts() == {CHOICE: "a, b", OPEN: "a draft, finished"}
    assert record.draft() is None
    record.assert_sound()


def worker_of(quiz: Terminal) -> int:
    """The process id of the grader in the background."""
    children = Path(f"/proc/{quiz.pid}/task/{quiz.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def wait_gone(pid: int) -> None:
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "Z":
            return
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
def test_kill_9_while_typing_leaves_the_draft_and_no_grader(start: Start, record: Record) -> None:
    quiz = start("quiz", "--id", OPEN)
    quiz.wait_for_editor()
    worker = worker_of(quiz)
    quiz.send("half a sentence")
    quiz.wait_until(lambda: record.draft() == "half a sentence", "the draft on disk", 20)
    quiz.kill(signal.SIGKILL)
    assert quiz.exit_code() == -signal.SIGKILL
    wait_gone(worker)
    record.assert_sound()

    again = start("quiz", "--resume", *NO_MODEL)
    again.wait_for_editor()
    again.wait_for_display("> half a sentence")
    again.send(" made whole" + SUBMIT)
    assert again.exit_code() == 3
    assert record.texts() == {OPEN: "half a sentence made whole"}


@pytest.mark.parametrize("plain", [(), ("--plain",)], ids=["editor", "plain"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_keeps_every_key_and_gives_the_terminal_back(
    start: Start, record: Record, number: signal.Signals, plain: tuple[str, ...]
) -> None:
    quiz = start("quiz", "--id", OPEN, *plain, *NO_MODEL)
    quiz.wait_for("come back later")
    quiz.wait_until(lambda: not quiz.cooked, "the editor")
    quiz.send("typed a moment ago")
    quiz.wait_for_display("typed a moment ago")
    quiz.kill(number)
    assert quiz.exit_code() == 128 + number
    assert quiz.cooked
    assert "quiz --resume" in quiz.history
    assert "Traceback" not in quiz.ever
    assert record.draft() == "typed a moment ago"


@pytest.mark.parametrize("plain", [(), ("--plain",)], ids=["editor", "plain"])
def test_closing_the_window_keeps_the_draft(
    start: Start, record: Record, plain: tuple[str, ...]
) -> None:
    quiz = start("quiz", "--id", OPEN, *plain, *NO_MODEL)
    quiz.wait_for("come back later")
    quiz.wait_until(lambda: not quiz.cooked, "the editor")
    quiz.send("typed a moment ago")
    quiz.wait_for_display("typed a moment ago")
    quiz.hang_up()
    wait_gone(quiz.pid)
    assert record.draft() == "typed a moment ago"
    record.assert_sound()


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o700)
    return str(path)


EDIT = """
import pathlib, sys
path = pathlib.Path(sys.argv[-1])
assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0
path.write_bytes(path.read_bytes().replace(b"draft", b"letter") + b"\\nsecond caf\\xe9 line\\n")
"""


def test_the_persons_own_editor_takes_the_text_and_gives_it_back(
    start: Start, record: Record, tmp_path: Path
) -> None:
    editor = script(tmp_path / "my editor.py", EDIT)
    quiz = start("quiz", "--id", OPEN, *NO_MODEL, environ={"EDITOR": f"'{editor}' --wait"})
    quiz.wait_for_editor()
    quiz.send("my draft")
    quiz.wait_for_display("> my draft")
    quiz.send("\x18\x05")
    quiz.wait_for_display("second caf\ufffd line")
    quiz.send(" end" + SUBMIT)
    assert quiz.exit_code() == 3
    assert record.texts() == {OPEN: "my letter\nsecond caf\ufffd line end"}


def test_an_editor_that_fails_costs_no_text_and_is_named(
    start: Start, record: Record, tmp_path: Path
) -> None:
    editor = script(tmp_path / "failing.py", "raise SystemExit(3)")
    quiz = start("quiz", "--id", OPEN, *NO_MODEL, environ={"VISUAL": editor})
    quiz.wait_for_editor()
    quiz.send("my draft\x18\x05")
    quiz.wait_for_display("ended with status 3")
    quiz.wait_for_display("> my draft")
    quiz.send(" stays" + SUBMIT)
    assert quiz.exit_code() == 3
    assert record.texts() == {OPEN: "my draft stays"}


@pytest.mark.parametrize(
    ("key", "submit"), [(OPEN, "\x04"), (OPEN, "\x1b\r"), (CHOICE, "\r"), (CHOICE, "\x04")]
)
def test_nothing_typed_is_asked_about_and_then_skipped(
    start: Start, record: Record, key: str, submit: str
) -> None:
    quiz = start("quiz", "--id", key, *NO_MODEL)
    quiz.wait_for_editor()
    quiz.send(submit)
    quiz.wait_for_display("submit once more to skip")
    quiz.send("x")
    quiz.wait_until(lambda: "once more" not in quiz.display, "the warning gone")
    quiz.send("\x7f")
    quiz.wait_for_display("submit once more to skip")
    quiz.send(submit)
    assert quiz.exit_code() == (3 if key == OPEN else 0)
    assert record.texts() == {key: ""}


def test_a_plain_quiz_sends_no_escape_sequence_and_keeps_a_pasted_line_whole(
    start: Start, record: Record, bank_folder: Path
) -> None:
    keys = ("foundations/rare-class", "inference-economics/daily-bill", "model-choice/small-model")
    named = itertools.chain(*(("--id", key) for key in keys))
    quiz = start("quiz", "--plain", "--bank", str(bank_folder), *named, *NO_MODEL)
    long = "first lime\x7f\x08ne\nnot this\x15" + "long " * 2000 + "wrong\x17\na\tb\x7fc\x1b[A"
    typed = ("recall\n", "$ 1\n", long + "\n.\n")
    for number, keys_typed in enumerate(typed, start=1):
        quiz.wait_for(f"Question {number} of 3")
        quiz.wait_until(lambda: not quiz.cooked, "the quiz reading keys")
        quiz.send(keys_typed.replace("\n", "\r"))
        quiz.wait_until(lambda: quiz.cooked, "the answer taken")
    assert quiz.exit_code() == 3
    assert "\x1b" not in quiz.raw
    assert "2004 words in 0 min" in quiz.history
    text = "first line\n" + "long " * 2000 + "\na\tc\x1b[A"
    assert record.texts() == dict(zip(keys, ("recall", "$ 1", text), strict=True))
    assert record.scores()[keys[0]] == 1.0

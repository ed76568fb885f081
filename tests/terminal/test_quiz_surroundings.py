"""The quiz in odd surroundings: small or mute terminals, no colour, no model, no terminal."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from emulator import PROGRAM, Start, squeezed
from recorded import Record

pytestmark = pytest.mark.terminal

OPEN = "model-choice/support-assistant"
CHOICE = "foundations/error-metrics"
NO_MODEL = ("--model", "/there/is/no/such/model")
SUBMIT = "\x04"
_COLOUR = re.compile(r"\x1b\[[0-9;]*?(?<![0-9])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?![0-9])[0-9;]*m")


def run(
    *arguments: str, cwd: Path, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The program without a terminal."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, **(environ or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("columns", "lines"), [(20, 5), (40, 24), (40, 3)])
def test_a_small_terminal_serves_too(
    start: Start, record: Record, columns: int, lines: int
) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    quiz = start("quiz", "--id", OPEN, *NO_MODEL, columns=columns, lines=lines)
    quiz.wait_for("come back later")
    quiz.wait_until(lambda: not quiz.cooked, "the editor")
    quiz.send(text)
    quiz.wait_for_display("twelve")
    quiz.send(SUBMIT)
    assert quiz.exit_code() == 3
    assert record.texts() == {OPEN: text}
    assert "Window too small" not in quiz.ever


def test_a_terminal_that_never_says_where_its_cursor_is_gets_no_toolbar_and_no_scolding(
    start: Start, record: Record
) -> None:
    quiz = start("quiz", "--id", CHOICE, answers=False)
    quiz.wait_for("for example: a, c")
    quiz.wait_for_display(">")
    quiz.send(SUBMIT)
    quiz.wait_for_display("submit once more to skip")
    quiz.send("a")
    quiz.wait_for_display("> a")
    patience = 2.5  # the editor waits two seconds for a reply before it gives up
    with pytest.raises(AssertionError, match="time is up"):
        quiz.wait_until(lambda: "WARNING" in quiz.ever, "a warning", patience)
    quiz.send("\r")
    assert quiz.exit_code() == 0
    assert record.texts() == {CHOICE: "a"}


@pytest.mark.parametrize(
    ("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colour", "no-colour"]
)
def test_no_color_is_honoured(start: Start, environ: dict[str, str], coloured: bool) -> None:
    quiz = start("quiz", "--id", CHOICE, environ=environ)
    quiz.wait_for_editor()
    quiz.send("a\r")
    assert quiz.exit_code() == 0
    assert bool(_COLOUR.search(quiz.raw)) is coloured


@pytest.mark.parametrize("plain", [(), ("--plain",)], ids=["editor", "plain"])
@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=["C", "strict-C", "ascii", "latin-1"],
)
def test_a_poor_locale_garbles_the_screen_at_most(
    start: Start, record: Record, environ: dict[str, str], plain: tuple[str, ...]
) -> None:
    typed = "café € naïve".encode(
        "latin-1" if "latin-1" in environ.values() else "utf-8", "replace"
    )
    quiz = start("quiz", "--id", OPEN, *plain, *NO_MODEL, environ=environ)
    quiz.wait_for("come back later")
    quiz.wait_until(lambda: not quiz.cooked, "the editor")
    quiz.send_bytes(typed + (b"\r.\r" if plain else b"\x04"))
    assert quiz.exit_code() == 3
    assert record.texts() == {
        OPEN: "café ? naïve" if "latin-1" in environ.values() else "café € naïve"
    }
    assert "Traceback" not in quiz.ever


def test_a_dumb_terminal_gets_the_plain_quiz(start: Start) -> None:
    quiz = start("quiz", "--id", CHOICE, environ={"TERM": "dumb"})
    quiz.wait_for("press Enter")
    quiz.wait_until(lambda: not quiz.cooked, "the quiz reading keys")
    quiz.send("\r")
    quiz.wait_for("once more to skip")
    quiz.send("a\r")
    assert quiz.exit_code() == 0
    assert "\x1b" not in quiz.raw


def test_a_plain_quiz_resumes_with_what_was_typed_even_of_the_last_line(
    start: Start, record: Record
) -> None:
    quiz = start("quiz", "--id", OPEN, "--id", CHOICE, "--plain", *NO_MODEL)
    quiz.wait_for("holds only a dot")
    quiz.wait_until(lambda: not quiz.cooked, "the quiz reading keys")
    quiz.send("first line\rsecond li")
    quiz.wait_until(lambda: record.draft() == "first line\nsecond li", "the draft on disk", 20)
    quiz.kill(signal.SIGKILL)
    assert quiz.exit_code() == -signal.SIGKILL

    again = start("quiz", "--resume", "--plain", *NO_MODEL)
    again.wait_for("Go on below.")
    assert squeezed("So far you have written: first line second li") in squeezed(again.history)
    again.wait_until(lambda: not again.cooked, "the quiz reading keys")
    again.send("third line\r\x04")
    again.wait_for("Question 2 of 2")
    again.wait_until(lambda: not again.cooked, "the quiz reading keys")
    again.send("a, d")
    again.wait_until(lambda: record.draft() == "a, d", "the draft on disk", 20)
    again.send("\x03")
    assert again.exit_code() == 130
    assert again.cooked

    last = start("quiz", "--resume", "--plain", *NO_MODEL)
    last.wait_for("Press Enter to submit that")
    last.wait_until(lambda: not last.cooked, "the quiz reading keys")
    last.send("\r")
    assert last.exit_code() == 3
    assert record.texts() == {OPEN: "first line\nsecond li\nthird line", CHOICE: "a, d"}


def test_suspending_and_going_on_keeps_the_text(start: Start, record: Record) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.fail("needs bash to have job control")
    terminal = start("--noprofile", "--norc", "-i", program=(shell,), environ={"PS1": "$ "})
    terminal.wait_for("$")
    terminal.send(" ".join([*PROGRAM, "quiz", "--id", CHOICE]) + "\r")
    terminal.wait_for_editor()
    terminal.send("a, b")
    terminal.wait_for_display("> a, b")
    terminal.send("\x1a")
    terminal.wait_for("Stopped")
    terminal.send("echo back $((20 + 3))\r")
    terminal.wait_for("back 23")
    terminal.send("fg\r")
    terminal.wait_until(lambda: not terminal.cooked, "the editor")
    terminal.send(", d")
    terminal.wait_for_display("> a, b, d")
    terminal.send("\r")
    terminal.wait_for("To see it again")
    terminal.wait_for_display("$")
    terminal.send("exit\r")
    assert terminal.exit_code() == 0
    assert record.scores() == {CHOICE: 2.0}


def test_without_a_terminal_it_is_wrong_usage(tmp_path: Path) -> None:
    ended = run("quiz", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "quiz needs a terminal" in ended.stderr
    assert "--answers FILE" in ended.stderr


def test_with_a_file_of_answers_it_needs_no_terminal(tmp_path: Path, record: Record) -> None:
    file = tmp_path / "answers.jsonl"
    rows = [
        {"question_id": CHOICE, "answer": "a, b, d"},
        {"question_id": OPEN, "answer": "Measure the cost.\x1b[31m"},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ended = run("quiz", "--answers", str(file), *NO_MODEL, cwd=tmp_path)
    assert ended.returncode == 3
    assert record.texts() == {row["question_id"]: row["answer"] for row in rows}
    assert record.scores() == {CHOICE: 2.0}
    assert "your answer is kept" in ended.stderr.lower()
    assert "\x1b" not in ended.stdout + ended.stderr
    assert record.newest().finished is None


def test_nothing_to_resume_is_wrong_usage(start: Start) -> None:
    quiz = start("quiz", "--resume")
    assert quiz.exit_code() == 2
    assert "there is no unfinished quiz" in quiz.history


def test_a_finished_quiz_is_not_resumed(start: Start) -> None:
    quiz = start("quiz", "--id", CHOICE)
    quiz.wait_for_editor()
    quiz.send("a\r")
    assert quiz.exit_code() == 0
    assert start("quiz", "--resume").exit_code() == 2


@pytest.mark.parametrize("gone", [True, False], ids=["vanished", "changed"])
def test_resuming_asks_what_was_asked_though_the_files_are_others_now(
    start: Start, record: Record, bank_folder: Path, gone: bool
) -> None:
    named = ("--id", "foundations/rare-class", "--id", "inference-economics/daily-bill")
    quiz = start("quiz", *named, "--bank", str(bank_folder), "--seed", "5")
    quiz.wait_for_editor("Question 1 of 2")
    quiz.send("rec")
    quiz.wait_for_display("> rec")
    quiz.send("\x03")
    assert quiz.exit_code() == 130

    if gone:
        shutil.rmtree(bank_folder)
    else:
        path = bank_folder / "questions/foundations/rare-class.md"
        path.write_text(path.read_text().replace("Which says how many", "What tells how few"))
    again = start("quiz", "--resume")
    again.wait_for_editor("Question 1 of 2")
    again.wait_for("Which says how many of the rare cases were found?")
    again.wait_for_display("> rec")
    again.send("all\r")
    again.wait_for_editor("Question 2 of 2")
    again.send("0\r")
    assert again.exit_code() == 0
    assert record.scores() == {"foundations/rare-class": 1.0, "inference-economics/daily-bill": 0.0}
    assert record.newest().finished


@pytest.mark.model
def test_keys_pressed_while_grading_do_not_answer_the_next_question(
    start: Start, record: Record, bank_folder: Path
) -> None:
    quiz = start("quiz", "--id", "model-choice/two-steps", "--bank", str(bank_folder))
    quiz.wait_for_editor("Question 1 of 2")
    answer = "I would compare the monthly bill of both models."
    quiz.send(answer + SUBMIT)
    quiz.wait_for("Loading the model, then grading")
    quiz.send("999\r999\r999\r")
    quiz.wait_for_editor("Question 2 of 2")
    quiz.wait_for_display("0 words")
    quiz.send("120\r")
    assert quiz.exit_code() == 0
    case = "model-choice/two-steps"
    assert record.texts() == {f"{case}#why": answer, f"{case}#sum": "120"}


@pytest.mark.model
def test_answers_given_without_a_model_are_graded_when_it_is_there(
    start: Start, record: Record
) -> None:
    quiz = start("quiz", "--id", OPEN, *NO_MODEL)
    quiz.wait_for_editor()
    quiz.wait_for_display("no grader: answers are kept")
    quiz.send("I would measure the cost per resolved ticket." + SUBMIT)
    assert quiz.exit_code() == 3
    assert record.scores() == {}

    again = start("quiz", "--resume")
    assert again.exit_code() == 0
    assert set(record.scores()) == {OPEN}
    assert record.newest().finished
    assert "Verdicts" in again.history
    record.assert_sound()

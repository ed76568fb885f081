"""kill -9 at random moments of a running quiz and of a running `grade --output`.

The moments are drawn from a seed; where in the program they fall differs from run to run, and
whatever they hit, the result has to be the one of an uninterrupted run.
"""

import json
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from emulator import PROGRAM, Start, Terminal
from recorded import Record

pytestmark = pytest.mark.crash

QUESTIONS = 95
KILLS = 20
OPEN = "model-choice/support-assistant"


def run(*arguments: str, home: Path) -> None:
    """The program, undisturbed, with a data folder of its own."""
    subprocess.run(
        [*PROGRAM, *arguments],
        env={**os.environ, "QUESTIONBANK_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        check=True,
    )


@pytest.fixture
def long_bank(bank_folder: Path) -> Path:
    """The small bank with many questions of one letter."""
    source = bank_folder / "questions/foundations/rare-class.md"
    text = source.read_text(encoding="utf-8")
    for number in range(QUESTIONS):
        name = f"rare-class-{number:02}"
        changed = text.replace("id: foundations/rare-class", f"id: foundations/{name}")
        source.with_name(f"{name}.md").write_text(changed, encoding="utf-8")
    source.unlink()
    return bank_folder


class Person:
    """Answers one choice question after the other until the moment comes to pull the plug.

    Args:
        draw: decides moments and hesitations.
        answers: by question id.
    """

    def __init__(self, draw: random.Random, answers: dict[str, str]) -> None:
        self._draw = draw
        self._answers = answers
        self.judged: set[str] = set()
        """Questions whose verdict was seen."""

    def sit(self, quiz: Terminal, seconds: float, *, once_reading: bool) -> bool:
        """Answer until the plug is pulled.

        Args:
            quiz: the quiz, just started.
            seconds: from now, or from the first question that takes keys.
            once_reading: whether the clock starts then only.

        Returns:
            Whether it was pulled; False if the quiz had ended before.
        """
        end = None if once_reading else time.monotonic() + seconds
        answered = 0
        while end is None or time.monotonic() < end:
            shown = re.findall(r"Question (\d+) of \d+:", quiz.ever)
            if not quiz.running:
                break
            if len(shown) > answered and not quiz.cooked:
                end = end or time.monotonic() + seconds
                key = re.findall(r"foundations/rare-class-\d\d", quiz.ever)[-1]
                quiz.send("\x15" + self._answers[key])  # Ctrl-U: a draft may stand there
                self._hesitate(end)
                quiz.send("\r")
                answered += 1
            self._hesitate(end)
        pulled = quiz.running
        if pulled:
            quiz.kill()
        quiz.exit_code()
        keys = re.findall(r"foundations/rare-class-\d\d", quiz.ever)
        self.judged.update(keys[: quiz.ever.count("Verdicts")])
        return pulled

    def _hesitate(self, end: float | None) -> None:
        pause = self._draw.uniform(0.01, 0.05)
        if end is not None:
            pause = min(pause, max(0.0, end - time.monotonic()))
        time.sleep(pause)


@pytest.mark.terminal
def test_a_quiz_killed_twenty_times_ends_as_if_never_disturbed(
    start: Start, record: Record, long_bank: Path, tmp_path: Path
) -> None:
    draw = random.Random(20)  # noqa: S311 - no secret
    keys = [f"foundations/rare-class-{number:02}" for number in range(QUESTIONS)]
    answers = {key: draw.choice(["recall", "accuracy", "both of them", "?"]) for key in keys}
    person = Person(draw, answers)
    named = [word for key in keys for word in ("--id", key)]
    kept: dict[str, str] = {}
    kills = 0
    while kills < KILLS:
        begun = record.path.exists() and record.count() > 0
        words = ["--resume"] if begun else ["--bank", str(long_bank), "--seed", "3", *named]
        if draw.random() < 0.5:
            words.append("--plain")
        once_reading = kills % 2 == 0
        seconds = draw.uniform(0.0, 0.4) if once_reading else draw.uniform(0.02, 1.2)
        quiz = start("quiz", *words)
        assert person.sit(quiz, seconds, once_reading=once_reading), quiz.display
        kills += 1
        if not record.path.exists():
            continue
        record.assert_sound()
        if record.count():
            found = record.texts()
            assert person.judged <= set(found)
            assert kept.items() <= found.items()
            kept = found
    assert len(kept) > 10

    file = tmp_path / "answers.jsonl"
    rows = ({"question_id": key, "answer": text} for key, text in answers.items())
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("quiz", "--resume", "--answers", str(file), home=record.home)
    undisturbed = Record(tmp_path / "undisturbed")
    run(
        *("quiz", "--bank", str(long_bank), "--seed", "3", *named, "--answers", str(file)),
        home=undisturbed.home,
    )
    assert record.count() == 1
    assert record.newest().finished
    assert record.texts() == undisturbed.texts() == answers
    assert record.grades() == undisturbed.grades()
    assert record.draft() is None
    record.assert_sound()


def killed(arguments: list[str], home: Path, seconds: float) -> bool:
    """Run the program and kill it after a while; False if it had ended before, and well."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env={**os.environ, "QUESTIONBANK_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def closed_rows(count: int) -> list[dict[str, object]]:
    draw = random.Random(7)  # noqa: S311 - no secret
    return [
        {
            "id": f"row-{number}",
            "question_id": "foundations/rare-class",
            "answer": draw.choice(["recall", "accuracy", "both", ""]),
        }
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("kills", "opened", "keep"),
    [
        pytest.param(18, 0, ["--keep"], id="closed-rows-kept-on-record"),
        pytest.param(2, 6, [], id="open-rows-among-them", marks=pytest.mark.model),
    ],
)
def test_a_killed_grade_goes_on_where_it_was(
    bank_folder: Path, tmp_path: Path, kills: int, opened: int, keep: list[str]
) -> None:
    draw = random.Random(20)  # noqa: S311 - no secret
    rows = closed_rows(200)
    texts = ["I would compare the monthly bill of both.", "Test both on our own tickets."]
    for number in range(opened):
        row = {
            "question_id": "model-choice/small-model",
            "answer": texts[number % 2] * (number + 1),
        }
        rows.insert(30 * number, {"id": f"open-{number}", **row})
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    grade = ["grade", str(file), "--bank", str(bank_folder), "--no-cache", "--output"]

    # What is made once, such as a graph of the model, is there before the clock runs, and where the
    # program is killed.
    home, whole = tmp_path / "undisturbed", tmp_path / "whole.jsonl"
    run(*grade, str(tmp_path / "first.jsonl"), home=home)
    began = time.monotonic()
    run(*grade, str(whole), *keep, home=home)
    usual = time.monotonic() - began
    if (home / "cache").exists():
        shutil.copytree(home / "cache", tmp_path / "killed" / "cache")
    expected = whole.read_bytes()
    assert expected.count(b"\n") == len(rows)

    output, record = tmp_path / "killed.jsonl", Record(tmp_path / "killed")
    done = 0
    while done < kills:
        if not killed([*grade, str(output), *keep], record.home, draw.uniform(0.15, 0.85) * usual):
            assert output.read_bytes() == expected
            output.unlink()
            continue
        done += 1
        if output.exists():
            found = output.read_bytes()
            assert expected.startswith(found[: found.rfind(b"\n") + 1])
        if keep and record.path.exists():
            record.assert_sound()
    run(*grade, str(output), *keep, home=record.home)
    assert output.read_bytes() == expected
    if keep:
        undisturbed = Record(tmp_path / "undisturbed")
        assert record.count() == 1
        assert len(record.newest().answers) == len(rows)
        assert [one.grade for one in record.newest().grades] == [
            one.grade for one in undisturbed.newest().grades
        ]
        record.assert_sound()

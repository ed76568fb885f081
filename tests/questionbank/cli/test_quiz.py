"""`quiz` without a terminal: what it refuses, and answers from a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHOICE = "foundations/rare-class"
NUMERIC = "inference-economics/daily-bill"
OPEN = "model-choice/small-model"
Run = Callable[..., Any]


def answers(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(key: str, answer: str) -> dict[str, object]:
    return {"question_id": key, "answer": answer}


def test_a_file_answers_the_questions_it_names_in_its_order(
    run: Run, tmp_path: Path, bank_folder: Path
) -> None:
    file = answers(tmp_path, row(CHOICE, "recall"), row(NUMERIC, "1"))
    ended = run("quiz", "--answers", file, "--bank", bank_folder, "--seed", "4")
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out.index(CHOICE) < ended.out.index(NUMERIC)
    assert "Done: 1 of 2 points over 2 questions." in ended.out
    assert run("quiz", "--resume", "--answers", file).code == 2


def test_the_same_seed_asks_the_same_numbers(run: Run, tmp_path: Path, bank_folder: Path) -> None:
    file = answers(tmp_path, row(NUMERIC, "1"))
    words = ("quiz", "--answers", file, "--bank", bank_folder, "--seed")
    first, second, other = (run(*words, seed).out for seed in (4, 4, 5))

    def question(out: str) -> str:
        return out.partition("what is the bill?")[0]

    assert question(first) == question(second) != question(other)


def test_a_file_of_fewer_answers_skips_the_rest_aloud(
    run: Run, tmp_path: Path, bank_folder: Path
) -> None:
    file = answers(tmp_path, row(CHOICE, "recall"), row("model-choice/two-steps", "120"))
    ended = run("quiz", "--answers", file, "--bank", bank_folder, "--id", CHOICE, "--id", NUMERIC)
    assert ended.code == 0
    assert f"no answer to {NUMERIC} in the file; skipped" in ended.err
    assert "model-choice/two-steps is not asked; the answer to it is left out" in ended.err


def test_count_and_filters_draw_from_the_bank(run: Run, tmp_path: Path, bank_folder: Path) -> None:
    file = answers(tmp_path, row(CHOICE, "recall"))
    ended = run(
        *("quiz", "--answers", file, "--bank", bank_folder, "--strategy", "foundations"),
        *("--minutes", "30"),
    )
    assert ended.code == 0
    assert "Question 1 of 1" in ended.out


def test_an_open_answer_without_a_model_is_kept_and_the_code_is_3(
    run: Run, tmp_path: Path, bank_folder: Path
) -> None:
    file = answers(tmp_path, row(OPEN, "Compare the cost."))
    words = ("--answers", file, "--model", tmp_path / "none")
    ended = run("quiz", *words, "--bank", bank_folder)
    assert ended.code == 3
    assert "Your answer is kept; it is not graded yet." in ended.err
    assert "Done: 0 of 0 points over 0 questions." in ended.out
    again = run("quiz", "--resume", *words)
    assert again.code == 3
    assert f"grading the answer to {OPEN}" in again.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no answers in it"),
        (b"not json\n", "answers.jsonl:1: not JSON"),
        (b'{"question_id": "x", "answer": "\xff"}\n', "answers.jsonl:1: the row is not UTF-8"),
        (
            b'{"question_id": "x", "answer": ""}\n{"question_id": "x", "answer": ""}\n',
            "answers.jsonl:2: a second answer to x",
        ),
        (b'{"question_id": "no/such", "answer": ""}\n', "there is no question 'no/such'"),
    ],
)
def test_a_file_of_answers_that_cannot_be_used_is_wrong_usage(
    run: Run, tmp_path: Path, bank_folder: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(content)
    ended = run("quiz", "--answers", path, "--bank", bank_folder)
    assert ended.code == 2
    assert reason in ended.err
    assert ended.out == ""


def test_a_file_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    ended = run("quiz", "--answers", tmp_path / "none.jsonl")
    assert ended.code == 2
    assert "none.jsonl: No such file" in ended.err


def test_without_a_terminal_it_says_what_to_do(run: Run) -> None:
    ended = run("quiz", stdin=b"")
    assert ended.code == 2
    assert "--answers FILE" in ended.err


@pytest.mark.parametrize(
    "words", [("--id", CHOICE), ("--count", "2"), ("--minutes", "5"), ("--seed", "0")]
)
def test_resuming_chooses_nothing(run: Run, words: tuple[str, ...]) -> None:
    ended = run("quiz", "--resume", *words)
    assert ended.code == 2
    assert "choose nothing with it" in ended.err


def test_the_help_has_examples(run: Run) -> None:
    ended = run("quiz", "--help")
    assert ended.code == 0
    for words in ("Examples:", "--resume", "--answers", "--plain", "Ctrl-D", "Ctrl-C"):
        assert words in ended.out

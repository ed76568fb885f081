"""What stands twice, by embedding: exemplars, points, questions."""

import json
from pathlib import Path

import pytest
from commands import StubEncoder, StubLoading

from grader.engine import Grader
from grader.loading import GraderSettings, load_grader
from questionbank.bank import Bank, load_bank
from questionbank.bounds import EXEMPLAR_COSINE
from questionbank.near_duplicates import (
    SAME_EXEMPLAR,
    SAME_POINT,
    SAME_QUESTION,
    SIMILAR_POINT,
    SIMILAR_QUESTION,
    near_duplicate_problems,
)

ROOT = Path(__file__).parents[2]
RUBRIC = "rubrics/model-choice/small-model.yaml"
QUESTION = "questions/model-choice/small-model.md"


def found(folder: Path) -> dict[str, list[tuple[str, int, str]]]:
    """Problems by code: file name, line, message."""
    grader = StubLoading()(GraderSettings())
    problems = list(near_duplicate_problems(load_bank([folder]), grader.embed))
    by_code: dict[str, list[tuple[str, int, str]]] = {}
    for problem in problems:
        row = (Path(problem.path).name, problem.line, problem.message)
        by_code.setdefault(problem.code, []).append(row)
    return by_code


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_bank_that_says_everything_once_has_none(bank_folder: Path) -> None:
    assert found(bank_folder) == {}


def test_an_exemplar_that_repeats_another_is_told_with_both_lines(bank_folder: Path) -> None:
    edit(
        bank_folder,
        RUBRIC,
        "      - Running the big one is far dearer, so cost decides.\n",
        "      - Running the big one is far dearer, so cost decides.\n"
        "      - I would surely compare the monthly bill of both of these models!\n",
    )
    ((name, line, message),) = found(bank_folder)[SAME_EXEMPLAR]
    assert (name, line) == ("small-model.yaml", 13)
    assert "this says what line 11 says (cosine " in message


def test_an_exemplar_of_a_shared_point_is_told_once_in_its_own_file(bank_folder: Path) -> None:
    edit(
        bank_folder,
        "rubrics/points/measures.yaml",
        "  - I would test both on our own tickets.\n",
        "  - I would test both on our own tickets.\n  - I'd test both, on our own tickets.\n",
    )
    ((name, line, _),) = found(bank_folder)[SAME_EXEMPLAR]
    assert (name, line) == ("measures.yaml", 8)


def second(folder: Path, rubric: str) -> None:
    """A second question with a rubric of its own."""
    question = (folder / QUESTION).read_text().replace("model-choice/small-model", "model-choice/b")
    (folder / "questions/model-choice/b.md").write_text(question)
    (folder / "rubrics/model-choice/b.yaml").write_text(rubric)


def test_points_and_questions_that_are_the_same_fail(bank_folder: Path) -> None:
    text = (bank_folder / RUBRIC).read_text()
    second(bank_folder, text.replace("id: model-choice/small-model", "id: model-choice/b"))
    by_code = found(bank_folder)
    ((name, line, message),) = by_code[SAME_POINT]  # the shared point is one, however often pinned
    assert (name, line) == ("small-model.yaml", 6)
    assert "point cost is the same as cost of model-choice/b (cosine 1.00)" in message
    ((name, line, message),) = by_code[SAME_QUESTION]
    assert (name, line) == ("small-model.md", 3)
    assert "this asks the same as model-choice/b (cosine 1.00)" in message


def test_points_and_questions_that_come_close_are_reported(bank_folder: Path) -> None:
    text = (bank_folder / RUBRIC).read_text()
    text = text.replace("id: model-choice/small-model", "id: model-choice/b")
    text = text.replace(
        "      - I would compare the monthly bill of both models.\n",
        "      - I would compare the yearly rent of both models.\n",
    )
    second(bank_folder, text)
    edit(
        bank_folder,
        "questions/model-choice/b.md",
        "A small model or a large one: how would you choose?",
        "A small model or a large one for translation: how would you choose, and when not?",
    )
    by_code = found(bank_folder)
    assert "is close to cost of model-choice/b" in by_code[SIMILAR_POINT][0][2]
    assert "this asks nearly what model-choice/b asks" in by_code[SIMILAR_QUESTION][0][2]


def test_points_of_one_rubric_are_to_be_joined(bank_folder: Path) -> None:
    text = (bank_folder / RUBRIC).read_text()
    start, end = text.index("  - id: cost"), text.index("  - use:")
    twin = text[start:end].replace("id: cost", "id: price")
    text = text[:end] + twin + text[end:]
    (bank_folder / RUBRIC).write_text(text.replace("      cost:", "      price: met\n      cost:"))
    ((_, _, message),) = found(bank_folder)[SAME_POINT]
    assert "point price is the same as cost of this rubric (cosine 1.00); join them" in message


def test_a_retired_question_may_be_asked_again(bank_folder: Path) -> None:
    second(bank_folder, (bank_folder / RUBRIC).read_text().replace("small-model", "b"))
    edit(bank_folder, QUESTION, "kind: open", "status: retired\nkind: open")
    assert SAME_QUESTION not in found(bank_folder)


def test_an_empty_bank_has_nothing_to_compare() -> None:
    assert list(near_duplicate_problems(Bank(()), Grader(StubEncoder()).embed)) == []


@pytest.mark.model
def test_real_paraphrases_are_caught_and_the_shipped_bank_holds_none() -> None:
    """The pairs that the bound was chosen on, all of them: three of 24 escape it."""
    grader = load_grader()
    lines = (ROOT / "tests/cases/paraphrases.jsonl").read_text().splitlines()
    pairs = [json.loads(line) for line in lines]
    sentences = grader.embed([pair["sentence"] for pair in pairs])
    paraphrases = grader.embed([pair["paraphrase"] for pair in pairs])
    caught = ((sentences * paraphrases).sum(axis=1) >= EXEMPLAR_COSINE).sum()
    assert len(pairs) == 24
    assert caught >= 21
    bank = load_bank([ROOT])
    codes = {problem.code for problem in near_duplicate_problems(bank, grader.embed)}
    assert not codes & {SAME_EXEMPLAR, SAME_POINT, SAME_QUESTION}

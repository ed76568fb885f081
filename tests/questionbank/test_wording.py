"""Words that leave somebody out: reported in what the bank says, not in what candidates say."""

from pathlib import Path

import pytest

from questionbank import wording
from questionbank.bank import load_bank
from questionbank.checks import is_warning, run_checks
from questionbank.errors import ContentError, Problem

RUBRIC = "rubrics/model-choice/small-model.yaml"
OPEN = "questions/model-choice/small-model.md"
CASE = "questions/model-choice/two-steps.md"
CHOICE = "questions/foundations/rare-class.md"


def found(folder: Path) -> list[Problem]:
    return [p for p in run_checks(load_bank([folder])) if p.code == wording.WORDING]


@pytest.mark.parametrize(
    ("name", "old"),
    [
        (OPEN, "title: Small or large model"),
        (OPEN, "how would you choose?"),
        (OPEN, "Compare the cost of both"),
        (CASE, "A firm has two offers."),
        (CASE, "Which offer would you take, and why?"),
        (CASE, "The one that is cheaper"),
        (CASE, "| B     | 55    |"),
        (CHOICE, "    text: Accuracy"),
        (CHOICE, "    why: It counts what was found."),
        (RUBRIC, "description: Compares what each model costs to run."),
        (RUBRIC, "met: You weighed the cost."),
        ("rubrics/points/measures.yaml", "probe: How would you find out"),
    ],
)
def test_each_text_of_the_bank_is_read(name: str, old: str, bank_folder: Path) -> None:
    path = bank_folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, f"{old} Ask the chairman", 1))
    if "|" in old:
        path.write_text(path.read_text().replace("| Ask the chairman", "|\n\nAsk the chairman"))
    (problem,) = found(bank_folder)
    assert problem.path.endswith(name)
    assert problem.line > 1
    assert problem.message.startswith("'chairman' leaves people out or is misread; write 'chair'")
    assert is_warning(problem)


@pytest.mark.parametrize(
    "old",
    [
        "- I would compare the monthly bill of both models.",
        "- Money does not matter here.",
        "answer: I would take the newest one.",
    ],
)
def test_what_candidates_say_is_theirs(old: str, bank_folder: Path) -> None:
    path = bank_folder / RUBRIC
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, f"{old} Ask the chairman."))
    assert found(bank_folder) == []


def test_words_are_whole_and_in_any_case(bank_folder: Path) -> None:
    path = bank_folder / OPEN
    text = path.read_text()
    path.write_text(text.replace("how would", "chairmanship, BLACKLIST or blacklist: how would"))
    (problem,) = found(bank_folder)
    assert "'blacklist'" in problem.message


def test_the_list_says_each_word_once() -> None:
    words = [word for one in wording.word_list().words for word in one.avoid]
    assert len(words) == len(set(words)) > 20


def test_a_list_that_was_altered_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wording.yaml"
    path.write_text("format: 1\nversion: 1.0.0\nwords: none\n")
    monkeypatch.setattr(wording, "LIST", path)
    wording.word_list.cache_clear()
    with pytest.raises(ContentError, match=r"wording\.yaml:3: wrong-type"):
        wording.word_list()
    wording.word_list.cache_clear()

"""How hard prompts are to read."""

from pathlib import Path

import pytest

from questionbank.bank import load_bank
from questionbank.checks import is_warning
from questionbank.reading_level import HARDEST, hard_prompts, reading_level

HARD = (
    "Notwithstanding considerable infrastructural heterogeneity, organisations contemplating "
    "implementation of computationally intensive representational architectures should, "
    "irrespective of contractual arrangements, quantitatively characterise interdependencies "
    "between utilisation, responsiveness and expenditure before committing irreversibly?"
)
EASY = "You have two offers. One costs more. Which one do you take, and why?"


def test_long_sentences_of_long_words_are_harder() -> None:
    assert reading_level(EASY) < 4 < HARDEST < reading_level(HARD)


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("model-choice/small-model.md", "A small model or a large one: how would you choose?"),
        ("model-choice/two-steps.md", "A firm has two offers."),
        ("model-choice/two-steps.md", "Which offer would you take, and why?"),
    ],
)
def test_a_hard_prompt_is_a_warning_with_its_line(name: str, old: str, bank_folder: Path) -> None:
    path = bank_folder / "questions" / name
    assert list(hard_prompts(load_bank([bank_folder]))) == []
    path.write_text(path.read_text().replace(old, HARD))
    (problem,) = hard_prompts(load_bank([bank_folder]))
    lines = path.read_text().splitlines()
    assert HARD in lines[problem.line - 1 : problem.line + 2]
    assert "the prompt reads like school year" in problem.message
    assert is_warning(problem)


def test_a_text_without_words_is_not_hard() -> None:
    assert reading_level("?!") == 0.0

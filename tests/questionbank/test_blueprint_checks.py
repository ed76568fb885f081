"""Rules on blueprints, each with a blueprint that breaks it."""

from pathlib import Path

import pytest
from blueprints import INTERVIEW, PATH

from questionbank.bank import load_bank
from questionbank.checks import run_checks
from questionbank.errors import Problem

CODES = ("blueprint-slot", "blueprint-draw", "competency-not-asked", "competency-not-weighed")


def found(folder: Path, text: str) -> list[Problem]:
    path = folder / "questions" / "blueprints" / "one.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return [problem for problem in run_checks(load_bank([folder])) if problem.code in CODES]


@pytest.mark.parametrize("text", [PATH, INTERVIEW], ids=["path", "interview"])
def test_a_blueprint_that_can_be_drawn_is_no_problem(text: str, bank_folder: Path) -> None:
    assert found(bank_folder, text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "line", "code", "words"),
    [
        (PATH, "kinds: [numeric]", "kinds: [open]", 11, CODES[0], "no active question fits slot 1"),
        (PATH, "minutes: 8", "count: 3", 12, CODES[0], "only 2 active questions fit slot 2, 3 are"),
        (PATH, "max: 15", "max: 6", 9, CODES[1], "take 5 to 6 minutes together; widen"),
        (
            INTERVIEW,
            "- {strategy: model-choice, weight: 3}",
            "- {strategy: production, weight: 3}",
            15,
            CODES[2],
            "no slot draws a question of production",
        ),
        (
            INTERVIEW,
            "- {strategy: model-choice, weight: 3}\n",
            "",
            13,
            CODES[3],
            "questions of model-choice may be drawn but weigh nothing",
        ),
    ],
)
def test_one_that_cannot_or_does_not_weigh_what_it_asks_is(
    text: str, old: str, new: str, line: int, code: str, words: str, bank_folder: Path
) -> None:
    assert old in text
    problem = next(p for p in found(bank_folder, text.replace(old, new)) if p.code == code)
    assert problem.line == line
    assert words in problem.message

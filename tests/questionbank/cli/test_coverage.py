"""`questionbank check --coverage`."""

import json
from pathlib import Path

import pytest
from commands import Run

FILE = """\
format: 1
version: 1.0.0
rows:
- {title: all, least: 4}
- title: choosing
  which: {strategies: [model-choice]}
  least: 1
  things: [{name: cost, topics: [cost]}, {name: bias, topics: [bias]}]
"""


def put(folder: Path, text: str) -> None:
    (folder / "questions" / "coverage.yaml").write_text(text)


def test_a_gap_fails_and_is_told(run: Run, bank_folder: Path) -> None:
    put(bank_folder, FILE)
    result = run("check", "--coverage", "--bank", bank_folder)
    assert result.code == 1
    assert "all: 4 of 4\n" in result.out
    assert "choosing: 2 of 1; named things 1 of 2, missing: bias - GAP\n" in result.out
    assert ":5: coverage-gap: choosing: no active question is about bias" in result.out
    assert "1.0.0: 1 gap\n" in result.err
    value = json.loads(run("check", "--coverage", "--json", "--bank", bank_folder).out)
    assert (value["failed"], value["version"]) == (True, "1.0.0")
    assert [(row["required"], row["present"], row["holds"]) for row in value["rows"]] == [
        (4, 4, True),
        (1, 2, False),
    ]
    assert [one["code"] for one in value["problems"]] == ["coverage-gap"]


def test_a_bank_that_holds_all_passes(run: Run, bank_folder: Path) -> None:
    put(bank_folder, FILE.replace("topics: [bias]", "terms: [offers]"))
    result = run("check", "--coverage", "--bank", bank_folder)
    assert result.code == 0
    assert "nothing is missing" in result.err
    assert "GAP" not in result.out


def test_a_terminal_gets_a_table(run: Run, bank_folder: Path) -> None:
    put(bank_folder, FILE)
    out = run("check", "--coverage", "--bank", bank_folder, env={"FORCE_COLOR": "1"}).out
    assert "Needed" in out
    assert "bias" in out


def test_a_bank_that_asks_for_nothing_is_counted(run: Run, bank_folder: Path) -> None:
    result = run("check", "--coverage", "--bank", bank_folder)
    assert result.code == 0
    assert "model-choice: 2\n" in result.out
    assert "say what it must hold in questions/coverage.yaml" in result.err
    value = json.loads(run("check", "--coverage", "--json", "--bank", bank_folder).out)
    assert (value["file"], value["failed"]) == (None, False)


def test_what_has_problems_is_not_counted_and_that_is_said(run: Run, bank_folder: Path) -> None:
    path = bank_folder / "questions/foundations/rare-class.md"
    path.write_text(path.read_text().replace("level: beginner", "level: novice"))
    put(bank_folder, FILE)
    result = run("check", "--coverage", "--bank", bank_folder)
    assert "all: 3 of 4 - GAP" in result.out
    assert "questions with problems are not counted" in result.err


def test_a_coverage_file_that_cannot_be_used_fails(run: Run, bank_folder: Path) -> None:
    put(bank_folder, FILE.replace("least: 4", "least: many"))
    result = run("check", "--coverage", "--bank", bank_folder)
    assert result.code == 1
    assert "questions/coverage.yaml:4: wrong-type: rows.0.least: expected a whole" in result.out


@pytest.mark.parametrize("option", ["--strict", "--no-grading", "--fresh"])
def test_it_is_given_alone(option: str, run: Run, bank_folder: Path) -> None:
    result = run("check", "--coverage", option, "--bank", bank_folder)
    assert result.code == 2
    assert "--coverage counts and checks nothing else" in result.err

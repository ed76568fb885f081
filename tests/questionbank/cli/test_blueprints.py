"""Blueprints from the command line: listed, shown, drawn, begun from a template."""

import json
from pathlib import Path

import pytest
from blueprints import INTERVIEW, PATH
from commands import Run

from questionbank.bank import load_bank


@pytest.fixture
def bank(bank_folder: Path) -> Path:
    folder = bank_folder / "questions" / "blueprints"
    folder.mkdir()
    (folder / "a.yaml").write_text(PATH)
    (folder / "b.yaml").write_text(INTERVIEW)
    return bank_folder


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), ["cost-path", "engineer-20"]),
        (("--level", "beginner"), ["cost-path"]),
        (("--audience", "executive"), ["cost-path"]),
        (("--audience", "investor"), []),
    ],
    ids=str,
)
def test_a_list_of_blueprints_can_be_narrowed(
    options: tuple[str, ...], ids: list[str], run: Run, bank: Path
) -> None:
    value = json.loads(run("list", "--blueprints", "--json", "--bank", bank, *options).out)
    assert [one["id"] for one in value] == ids
    lines = run("list", "--blueprints", "--bank", bank, *options).out.splitlines()
    assert [line.partition(":")[0] for line in lines] == (ids or ["No blueprint matches."])


def test_a_terminal_gets_a_table(run: Run, bank: Path) -> None:
    out = run("list", "--blueprints", "--bank", bank, env={"FORCE_COLOR": "1"}).out
    assert "Questions" in out
    assert "engineer-20" in out


def test_a_list_of_blueprints_takes_no_filter_of_questions(run: Run, bank: Path) -> None:
    result = run("list", "--blueprints", "--topic", "cost", "--bank", bank)
    assert result.code == 2
    assert "choose by --audience and --level only" in result.err


def test_a_blueprint_is_shown_with_what_a_seed_draws(run: Run, bank: Path) -> None:
    result = run("show", "engineer-20", "--seed", "3", "--bank", bank)
    assert result.code == 0
    for words in (
        "Engineer, 20 minutes (engineer-20 1.0.0)",
        "interview, intermediate, for engineer: 2 questions in 5 to 20 min",
        "1 of: inference-economics",
        "model-choice: 75%",
        "advance from 70% of the weighted points on, decline below 40%",
        "Seed 3 draws 11 minutes",
        "inference-economics/daily-bill: The daily bill (3 min)",
    ):
        assert words in result.out
    path = run("show", "cost-path", "--bank", bank).out
    assert "Competencies" not in path
    value = json.loads(run("show", "engineer-20", "--json", "--bank", bank).out)
    assert value["drawn"] == ["inference-economics/daily-bill", "model-choice/two-steps"]
    assert value["trouble"] is None


def test_one_that_cannot_be_drawn_is_shown_all_the_same(run: Run, bank: Path) -> None:
    file = bank / "questions" / "blueprints" / "a.yaml"
    file.write_text(PATH.replace("kinds: [numeric]", "kinds: [open]"))
    result = run("show", "cost-path", "--bank", bank)
    assert result.code == 0
    assert "1 of: open inference-economics" in result.out
    assert "no active question fits slot 1" in result.err
    value = json.loads(run("show", "cost-path", "--json", "--bank", bank).out)
    assert (value["drawn"], "cannot be drawn" in value["trouble"]) == ([], True)


def test_one_with_problems_says_so(run: Run, bank: Path) -> None:
    file = bank / "questions" / "blueprints" / "a.yaml"
    file.write_text(PATH.replace("kind: path", "kind: walk"))
    result = run("show", "cost-path", "--bank", bank)
    assert result.code == 2
    assert "blueprint cost-path has problems; `questionbank check` lists them" in result.err


def test_a_quiz_is_drawn_by_blueprint(run: Run, bank: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    row = {"question_id": "inference-economics/daily-bill", "answer": "3"}
    answers.write_text(json.dumps(row) + "\n")
    words = ("quiz", "--blueprint", "cost-path", "--seed", "1", "--answers", answers)
    result = run(*words, "--model", tmp_path / "none", "--bank", bank, "--plain")
    assert result.code in (0, 3)
    assert "The daily bill" in result.out
    assert result.out.index("The daily bill") < result.out.index("Small or large model")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--blueprint", "cost-path", "--count", "2"), "choose nothing beside it"),
        (("--blueprint", "cost-path", "--level", "beginner"), "choose nothing beside it"),
        (("--blueprint", "cost-path", "--resume"), "choose nothing with it"),
        (("--blueprint", "cost-pat"), "there is no blueprint 'cost-pat'; did you mean cost-path?"),
    ],
)
def test_a_blueprint_allows_no_other_choice(
    options: tuple[str, ...], words: str, run: Run, bank: Path, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"question_id": "x", "answer": "y"}\n')
    result = run("quiz", *options, "--answers", answers, "--bank", bank)
    assert result.code == 2
    assert words in result.err


@pytest.mark.parametrize("kind", ["path", "interview"])
def test_a_template_reads_back(kind: str, run: Run, tmp_path: Path) -> None:
    root = tmp_path / "mine"
    result = run("new", "blueprint", "my-30", "--kind", kind, "--bank", root)
    assert result.out == f"wrote {root}/questions/blueprints/my-30.yaml\n"
    assert f"questionbank show my-30 --bank {root}" in result.err
    bank = load_bank([root])
    assert bank.problems == []
    assert bank.blueprints["my-30"].kind == kind
    again = run("new", "blueprint", "my-30", "--bank", root)
    assert again.code == 2
    assert run("new", "blueprint", "My 30", "--bank", root).code == 2

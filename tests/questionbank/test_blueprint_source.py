"""Blueprint files: read strictly, with lines, and written so that they read back."""

from pathlib import Path

import pytest
from blueprints import INTERVIEW, PATH

from questionbank.bank import load_bank
from questionbank.blueprint import Blueprint
from questionbank.blueprint_source import read_blueprint, write_blueprint
from questionbank.errors import NotFoundError, UsageError


@pytest.mark.parametrize("text", [PATH, INTERVIEW], ids=["path", "interview"])
def test_a_sound_file_reads_and_writes_back(text: str) -> None:
    file = read_blueprint(text, "b.yaml")
    assert file.problems == ()
    assert file.blueprint is not None
    assert read_blueprint(write_blueprint(file.blueprint), "c.yaml").blueprint == file.blueprint


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("format: 1", "format: 2", 1, "newer-format"),
        ("format: 1\n", "", 1, "missing-format"),
        ("version: 1.0.0", "version: 1.0", 3, "wrong-type"),
        ("kind: path", "kind: walk", 4, "invalid-value"),
        ("level: beginner", "levle: beginner", 8, "unknown-key"),
        ("kinds: [numeric]", "kinds: [essay]", 11, "invalid-value"),
        ("minutes: 8", "minuets: 8", 12, "unknown-key"),
        ("max: 15", "max: 2", 9, "invalid-value"),
        ("title: Costs", "title: &a Costs\nx: *a", 6, "yaml-alias"),
    ],
)
def test_a_problem_names_its_line(old: str, new: str, line: int, code: str) -> None:
    assert old in PATH
    file = read_blueprint(PATH.replace(old, new), "b.yaml")
    assert file.blueprint is None
    assert (line, code) in [(problem.line, problem.code) for problem in file.problems]


def test_what_would_not_read_back_is_not_written() -> None:
    made = read_blueprint(PATH, "b.yaml").blueprint
    assert made is not None
    broken = Blueprint.model_construct(**{**dict(made), "title": " blank around "})
    with pytest.raises(ValueError, match="cost-path cannot be written"):
        write_blueprint(broken)


def put(folder: Path, name: str, text: str) -> None:
    path = folder / "questions" / "blueprints" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_a_bank_holds_its_blueprints(bank_folder: Path) -> None:
    put(bank_folder, "path.yaml", PATH)
    put(bank_folder, "interview.yaml", INTERVIEW)
    bank = load_bank([bank_folder])
    assert bank.problems == []
    assert set(bank.blueprints) == {"cost-path", "engineer-20"}
    assert bank.blueprint("engineer-20").title == "Engineer, 20 minutes"
    with pytest.raises(NotFoundError, match="did you mean cost-path"):
        bank.blueprint("costs-path")


def test_a_second_file_of_one_id_and_one_that_cannot_be_read_are_problems(
    bank_folder: Path,
) -> None:
    put(bank_folder, "a.yaml", PATH)
    put(bank_folder, "b.yaml", PATH)
    put(bank_folder, "c.yaml", INTERVIEW.replace("weight: 3", "weight: none"))
    put(bank_folder, "d.yaml", "title: \x07")
    bank = load_bank([bank_folder])
    codes = {(Path(problem.path).name, problem.code) for problem in bank.problems}
    assert {("b.yaml", "duplicate-id"), ("c.yaml", "wrong-type")} <= codes
    assert ("d.yaml", "control-character") in codes
    assert set(bank.blueprints) == {"cost-path"}
    with pytest.raises(UsageError, match="blueprint engineer-20 has problems"):
        bank.blueprint("engineer-20")


def test_a_later_bank_lies_over_an_earlier_one(bank_folder: Path, tmp_path: Path) -> None:
    put(bank_folder, "a.yaml", PATH)
    over = tmp_path / "over"
    for name in ("questions", "rubrics"):
        (over / name).mkdir(parents=True)
    put(over, "a.yaml", PATH.replace("title: Costs", "title: Mine"))
    assert load_bank([bank_folder, over]).blueprints["cost-path"].title == "Mine"
    put(over, "a.yaml", PATH.replace("title: Costs", "title: []"))
    assert load_bank([bank_folder, over]).blueprints == {}

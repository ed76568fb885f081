"""The page on hiring holds a small program: it runs, and its ratios are right."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "hiring.md"

SCORES = {"c1": 90.0, "c2": 80.0, "c3": 40.0, "c4": 70.0, "c5": 30.0, "c6": 20.0, "c7": None}
PEOPLE = [
    ("c1", "a", "yes"),
    ("c2", "a", "yes"),
    ("c3", "a", "no"),
    ("c4", "b", "yes"),
    ("c5", "b", "no"),
    ("c6", "b", "no"),
    ("c7", "b", "no"),
    ("elsewhere", "b", "yes"),
]


def run(folder: Path, scores: dict[str, float | None], people: list[tuple[str, str, str]]) -> Any:  # noqa: ANN401 - JSON
    program = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (folder / "impact.py").write_text(program)
    interviews = [
        {"candidate": name, "readiness": {"score": score}} for name, score in scores.items()
    ]
    (folder / "compare.json").write_text(json.dumps({"interviews": interviews}))
    with (folder / "groups.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("candidate", "group", "selected"), *people])
    done = subprocess.run(
        [sys.executable, "impact.py", "compare.json", "groups.csv"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_rates_and_ratios_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    found = run(tmp_path, SCORES, PEOPLE)
    # The median of 90, 80, 40, 70, 30, 20 is 55.
    assert found["a"] == {
        "n": 3,
        "selection_rate": pytest.approx(2 / 3),
        "selection_ratio": 1.0,
        "scoring_rate": pytest.approx(2 / 3),
        "scoring_ratio": 1.0,
    }
    assert found["b"] == {
        "n": 3,
        "selection_rate": pytest.approx(1 / 3),
        "selection_ratio": pytest.approx(0.5),
        "scoring_rate": pytest.approx(1 / 3),
        "scoring_ratio": pytest.approx(0.5),
    }


def test_where_nobody_is_selected_there_is_no_ratio(tmp_path: Path) -> None:
    found = run(tmp_path, {"c1": 50.0, "c2": 50.0}, [("c1", "a", "no"), ("c2", "b", "no")])
    assert {one["selection_ratio"] for one in found.values()} == {None}
    assert {one["scoring_ratio"] for one in found.values()} == {None}


def test_every_command_of_the_page_is_one_of_the_program() -> None:
    from questionbank.cli.interview import command

    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("questionbank ")]
    assert lines
    for line in lines:
        words = line.split()
        assert words[1] == "interview"
        assert words[2] in command.list_commands(None)  # type: ignore[attr-defined, arg-type]

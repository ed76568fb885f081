"""`interview plan`: a packet file, or one line on what to do instead."""

import json
from pathlib import Path

import pytest
from blueprints import INTERVIEW, PATH
from commands import Run

from questionbank.packet_source import read_packet

PLAN = ("interview", "plan")
MINE = ("--blueprint", "engineer-20")


@pytest.fixture
def bank(bank_folder: Path) -> Path:
    folder = bank_folder / "questions" / "blueprints"
    folder.mkdir()
    (folder / "a.yaml").write_text(PATH)
    (folder / "b.yaml").write_text(INTERVIEW)
    return bank_folder


def test_a_blueprint_is_planned_into_a_file(run: Run, bank: Path, tmp_path: Path) -> None:
    output = tmp_path / "packet.yaml"
    result = run(*PLAN, *MINE, "--seed", "3", "--bank", bank, "--output", output)
    assert result.code == 0
    made = read_packet(output)
    assert made.seed == 3
    assert [item.strategy for item in made.items] == ["inference-economics", "model-choice"]
    for item in made.items:
        assert str(item.question) in result.out
    assert "model-choice 75%" in result.out
    assert f"wrote {output}" in result.out
    again = tmp_path / "again.yaml"
    run(*PLAN, *MINE, "--seed", "3", "--bank", bank, "--output", again)
    assert again.read_bytes() == output.read_bytes()


def test_a_role_is_planned_without_a_recommendation(
    run: Run, shipped: Path, tmp_path: Path
) -> None:
    output = tmp_path / "packet.yaml"
    role = ("--role", "investor", "--level", "advanced", "--minutes", "45")
    result = run(*PLAN, *role, "--bank", shipped, "--output", output)
    assert result.code == 0
    assert "No recommendation" in result.out
    assert read_packet(output).recommendation is None


def test_json_tells_all_of_the_packet(run: Run, bank: Path, tmp_path: Path) -> None:
    output = tmp_path / "packet.yaml"
    result = run(*PLAN, *MINE, "--bank", bank, "--output", output, "--json")
    value = json.loads(result.out)
    assert value["output"] == str(output)
    assert value["packet"] == read_packet(output).model_dump(mode="json")


def test_weights_by_hand_are_kept_with_their_reason(run: Run, bank: Path, tmp_path: Path) -> None:
    output = tmp_path / "packet.yaml"
    weights = ("--weights", "inference-economics=2, model-choice=1", "--reason", "Costs first")
    result = run(*PLAN, *MINE, *weights, "--bank", bank, "--output", output)
    assert result.code == 0
    assert "Why they weigh so: Costs first" in result.out
    assert read_packet(output).weights_reason == "Costs first"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give --blueprint ID, or --role"),
        (("--role", "investor"), "--level and --minutes together"),
        ((*MINE, "--level", "beginner"), "leave those out"),
        (("--blueprint", "engineer-2"), "did you mean engineer-20"),
        (("--blueprint", "cost-path"), "is a learning path"),
        ((*MINE, "--swap", "a"), "write the id that was drawn"),
        ((*MINE, "--swap", "a/b=c/d"), "a/b was not drawn"),
        ((*MINE, "--swap", "a/b=c/d", "--swap", "a/b=c/e"), "swapped twice"),
        ((*MINE, "--add", "a/none"), "there is no question"),
        ((*MINE, "--weights", "a=b"), "a number above 0"),
        ((*MINE, "--weights", "a=nan"), "a number above 0"),
        ((*MINE, "--weights", "a=0"), "a number above 0"),
        ((*MINE, "--weights", "a=1,a=2"), "stands twice"),
        ((*MINE, "--weights", "inference-economics=1,model-choice=2"), "a reason is written"),
        ((*MINE, "--minutes", "1"), "the interview has 1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_told_in_one_line_and_writes_nothing(
    options: tuple[str, ...], words: str, run: Run, bank: Path, tmp_path: Path
) -> None:
    output = tmp_path / "packet.yaml"
    result = run(*PLAN, *options, "--bank", bank, "--output", output)
    assert result.code == 2
    assert words in result.err
    assert not output.exists()


def test_a_file_that_is_there_is_kept_unless_forced(run: Run, bank: Path, tmp_path: Path) -> None:
    output = tmp_path / "packet.yaml"
    output.write_text("mine")
    result = run(*PLAN, *MINE, "--bank", bank, "--output", output)
    assert (result.code, output.read_text()) == (2, "mine")
    assert run(*PLAN, *MINE, "--bank", bank, "--output", output, "--force").code == 0
    assert read_packet(output).items


def test_a_folder_that_is_not_there_is_named(run: Run, bank: Path, tmp_path: Path) -> None:
    result = run(*PLAN, *MINE, "--bank", bank, "--output", tmp_path / "no" / "packet.yaml")
    assert result.code == 2
    assert "there is no such folder" in result.err


def test_help_shows_examples(run: Run) -> None:
    assert "interview plan --blueprint" in run("interview", "--help").out
    assert "--swap OLD=NEW" in run("interview", "plan", "--help").out
    assert run("interview", "nothing").code == 2

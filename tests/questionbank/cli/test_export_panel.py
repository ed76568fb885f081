"""`export packet --for panel` from the record: nothing before all are done, and who looked."""

import json
from pathlib import Path
from typing import Any

import pytest
from commands import Result, Run, StubLoading
from interviews import held_before, hold, plan, rate

from questionbank.exports.packets import PACKET_FORMATS

DONE = {"answer": "not_met", "cost": "met", "measures": "not_met"}


@pytest.fixture
def held(run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading) -> str:
    assert stub_grader
    return held_before(run, bank_folder, tmp_path)


@pytest.fixture
def packet(held: str, run: Run, bank_folder: Path, tmp_path: Path) -> Path:
    """The packet that the interview was held by."""
    assert held
    return plan(run, bank_folder, tmp_path)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.md"


def write(run: Run, packet: Path, report: Path, *names: str, more: tuple[str, ...] = ()) -> Result:
    asked = [word for name in names for word in ("--interview", name)]
    how = ("--for", "panel", "--format", report.suffix[1:], "--output", report)
    return run("export", "packet", packet, *how, *asked, *more)


def looks(run: Run, name: str) -> list[dict[str, Any]]:
    """What `interview log` tells of people who looked at all marks."""
    told = run("interview", "log", name, "--json")
    assert told.code == 0, told.err
    return [one for one in json.loads(told.out) if one["what"] == "compared"]


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_while_a_rater_has_points_left_nothing_is_written_in_any_format(
    name: str, run: Run, held: str, packet: Path, report: Path
) -> None:
    rate(run, held, "Eve", **DONE)
    rate(run, held, "Grace", cost="not_met")
    report = report.with_suffix(f".{name}")
    result = write(run, packet, report, held)
    assert (result.code, result.out) == (2, "")
    assert f"Grace not done with interview {held[:8]}" in result.err
    assert "nothing is shown before all are done; add --anyway" in result.err
    assert "Eve" not in result.err
    assert not report.exists()
    assert looks(run, held) == []


def test_all_who_are_not_done_are_named(run: Run, held: str, packet: Path, report: Path) -> None:
    rate(run, held, "Eve", cost="met")
    rate(run, held, "Grace", cost="not_met")
    assert "Eve, Grace not done" in write(run, packet, report, held).err


def test_anyway_writes_what_is_there_and_the_log_keeps_who_looked(
    run: Run, held: str, packet: Path, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "chair")
    rate(run, held, "Eve", **DONE)
    rate(run, held, "Grace", cost="not_met")
    result = write(run, packet, report, held, more=("--anyway",))
    assert result.code == 0, result.err
    text = report.read_text(encoding="utf-8")
    assert "Eve" in text
    assert "Grace" in text
    (look,) = looks(run, held)
    assert look["who"] == "chair"
    line = run("interview", "log", held, "--plain").out.splitlines()[-1]
    assert line.split()[-2:] == ["chair", "compared"]


def test_once_all_are_done_it_is_written_and_looking_twice_is_kept_once(
    run: Run, held: str, packet: Path, report: Path
) -> None:
    rate(run, held, "Eve", **DONE)
    assert write(run, packet, report, held).code == 0
    first = report.read_bytes()
    assert write(run, packet, report, held, more=("--force",)).code == 0
    assert report.read_bytes() == first
    assert len(looks(run, held)) == 1
    rate(run, held, "Grace", **{**DONE, "measures": "met"})
    assert write(run, packet, report, held, more=("--force",)).code == 0
    assert report.read_bytes() != first
    assert len(looks(run, held)) == 2  # there was more to see


def test_a_mark_changed_between_two_looks_is_something_new_to_see(
    run: Run, held: str, packet: Path, report: Path
) -> None:
    rate(run, held, "Eve", **DONE)
    assert write(run, packet, report, held).code == 0
    changed = "met" if DONE["measures"] != "met" else "not_met"
    rate(run, held, "Eve", measures=changed)
    assert write(run, packet, report, held, more=("--force",)).code == 0
    assert len(looks(run, held)) == 2


def test_a_rater_who_begins_later_shuts_the_report_again(
    run: Run, held: str, packet: Path, report: Path
) -> None:
    rate(run, held, "Eve", **DONE)
    assert write(run, packet, report, held).code == 0
    rate(run, held, "Grace", cost="met")
    again = write(run, packet, report, held, more=("--force",))
    assert (again.code, "Grace not done" in again.err) == (2, True)


def test_without_raters_there_is_nothing_to_keep_apart_or_to_log(
    run: Run, held: str, packet: Path, report: Path
) -> None:
    assert write(run, packet, report, held).code == 0
    assert "Panel report" in report.read_text(encoding="utf-8")
    assert looks(run, held) == []


def test_one_unfinished_interview_keeps_back_all_that_were_named(
    run: Run, held: str, packet: Path, report: Path, bank_folder: Path
) -> None:
    other = hold(run, bank_folder, packet, "Alan")
    rate(run, held, "Eve", **DONE)
    rate(run, other, "Eve", cost="met")
    result = write(run, packet, report, held, other)
    assert (result.code, report.exists()) == (2, False)
    assert f"Eve not done with interview {other[:8]}" in result.err
    assert looks(run, held) == looks(run, other) == []
    assert write(run, packet, report, held, other, more=("--anyway",)).code == 0
    assert [len(looks(run, name)) for name in (held, other)] == [1, 1]


def test_a_file_that_is_there_is_neither_replaced_nor_a_look(
    run: Run, held: str, packet: Path, report: Path
) -> None:
    rate(run, held, "Eve", **DONE)
    report.write_text("mine")
    result = write(run, packet, report, held)
    assert (result.code, report.read_text()) == (2, "mine")
    assert looks(run, held) == []


def test_notes_stay_private_and_the_candidate_has_a_pseudonym(
    run: Run, held: str, packet: Path, report: Path
) -> None:
    rate(run, held, "Eve", **DONE)
    assert write(run, packet, report, held).code == 0
    text = report.read_text(encoding="utf-8")
    assert "candidate-" in text
    for word in ("Nervous", "Ada Lovelace"):
        assert word not in text

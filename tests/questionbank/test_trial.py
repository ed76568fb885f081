"""A bank held against a grader, as `check` does it."""

from pathlib import Path

import pytest
from attacking import Fixed
from commands import StubEncoder, stub_calibration

from grader.engine import Grader
from grader.verdict import Verdict
from questionbank.bank import load_bank
from questionbank.trial import count_steps, run_trial


def test_every_step_ticks_once(bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    grader = Grader(StubEncoder(), stub_calibration())
    ticks: list[None] = []
    trial = run_trial(bank, grader, grader.grade_many, lambda: ticks.append(None))
    assert len(ticks) == count_steps(bank, calibrated=True)
    assert [result.rubric_id for result in trial.examples] == ["model-choice/small-model"]
    assert [len(result.tried) for result in trial.held_out] == [4]
    assert trial.attacks
    assert list(trial.problems) == sorted(trial.problems)


def test_without_a_calibration_nothing_is_held_out(bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    grader = Grader(StubEncoder())
    ticks: list[None] = []
    trial = run_trial(bank, grader, grader.grade_many, lambda: ticks.append(None))
    assert trial.held_out == ()
    assert len(ticks) == count_steps(bank, calibrated=False)


def test_each_gate_can_fail(bank_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("questionbank.rubric_tests.PASSING_SHARE", 0.8)
    rubric = bank_folder / "rubrics/model-choice/small-model.yaml"
    exemplar = "      - Running the big one is far dearer, so cost decides.\n"
    text = rubric.read_text()
    rubric.write_text(text.replace(exemplar, exemplar + exemplar.replace("far", "so far")))
    bank = load_bank([bank_folder])
    grader = Fixed(Verdict.MET)
    trial = run_trial(bank, grader, grader.grade_many, lambda: None)
    codes = {problem.code for problem in trial.problems}
    assert {
        "attack",
        "examples-failed",
        "points-not-told-apart",
        "near-duplicate-exemplar",
    } <= codes
    severe = Fixed(Verdict.NOT_MET)
    trial = run_trial(bank, severe, severe.grade_many, lambda: None)
    assert "exemplars-not-credited" in {problem.code for problem in trial.problems}

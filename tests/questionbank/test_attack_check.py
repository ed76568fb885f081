"""The short form that `check` grades."""

from pathlib import Path

import pytest
from attacking import Fixed
from commands import stub_calibration

from grader.verdict import Verdict
from questionbank.attack import generate
from questionbank.attack_check import (
    ATTACKED,
    SHORT,
    AttackResult,
    attack_problems,
    run_short_form,
    short_form,
)
from questionbank.attacks import FAMILIES
from questionbank.attacks.material import materials
from questionbank.bank import Bank, load_bank
from questionbank.bounds import ATTACK_SHARE

THRESHOLDS = stub_calibration().thresholds
RUBRIC = "model-choice/small-model"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def test_the_short_form_is_the_beginning_of_the_whole_suite(bank: Bank) -> None:
    few = short_form(bank)
    assert len(few) == SHORT * len(FAMILIES)
    assert set(few) <= set(generate(materials(bank)))


def test_a_rubric_that_earns_nothing_is_no_problem(bank: Bank) -> None:
    (result,) = run_short_form(bank, Fixed(Verdict.NOT_MET).grade_many, THRESHOLDS)
    assert (result.rubric_id, result.instances, result.credited) == (RUBRIC, 18, 0)
    assert result.points <= 36
    assert set(result.by_family) == set(FAMILIES)
    assert list(attack_problems([result], bank)) == []


def test_a_rubric_that_an_attack_breaks_is_a_problem_with_its_figures(bank: Bank) -> None:
    results = list(run_short_form(bank, Fixed(Verdict.MET).grade_many, THRESHOLDS))
    (problem,) = attack_problems(results, bank)
    assert problem.code == ATTACKED
    assert problem.line == 5
    assert problem.path.endswith("small-model.yaml")
    assert (
        f"(100%, at most {ATTACK_SHARE:.0%} are let pass; worst: keywords 4 of 4, "
        in problem.message
    )
    assert f"`questionbank attack {RUBRIC} --show`" in problem.message


@pytest.mark.parametrize(
    ("credited", "problems"), [(round(100 * ATTACK_SHARE), 0), (round(100 * ATTACK_SHARE) + 1, 1)]
)
def test_the_bound_itself_passes(credited: int, problems: int, bank: Bank) -> None:
    result = AttackResult(RUBRIC, 50, 100, {"skip": (credited, 100)})
    assert result.share == credited / 100
    assert len(list(attack_problems([result], bank))) == problems

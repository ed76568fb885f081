"""Attacks graded: a grader that credits everything fails, one that credits nothing passes."""

from pathlib import Path

import pytest
from attacking import Fixed
from commands import stub_calibration

from grader.verdict import Verdict
from questionbank.attack import (
    MAX_RATE,
    Attack,
    FamilyResult,
    Outcome,
    generate,
    run_attacks,
    summarise,
)
from questionbank.attacks import FAMILIES
from questionbank.attacks.material import Material, materials
from questionbank.bank import load_bank

THRESHOLDS = stub_calibration().thresholds


@pytest.fixture
def found(bank_folder: Path) -> dict[str, Material]:
    return materials(load_bank([bank_folder]))


def attacked(found: dict[str, Material], grader: Fixed) -> list[Outcome]:
    return list(run_attacks(generate(found), found, grader.grade_many, THRESHOLDS))


def test_a_grader_that_credits_everything_fails_every_family(found: dict[str, Material]) -> None:
    results = summarise(attacked(found, Fixed(Verdict.MET)))
    assert [result.family for result in results] == list(FAMILIES)
    for result in results:
        assert result.credited == result.points > 0
        assert result.rate == 1.0 > MAX_RATE
        assert (result.plain, result.plain_rate) == (None, None)


@pytest.mark.parametrize("verdict", [Verdict.NOT_MET, Verdict.CONTRADICTED])
def test_a_grader_that_credits_nothing_passes_every_family(
    verdict: Verdict, found: dict[str, Material]
) -> None:
    results = summarise(attacked(found, Fixed(verdict)))
    assert len(results) == len(FAMILIES)
    assert all(result.rate == 0.0 for result in results)


@pytest.mark.parametrize(
    ("probability", "rate"), [(0.7, 1.0), (0.55, 1.0), (0.3, 0.0), (None, 0.0)]
)
def test_abstaining_does_not_flatter(
    probability: float | None, rate: float, found: dict[str, Material]
) -> None:
    grader = Fixed(Verdict.NEEDS_REVIEW, probability)
    assert {one.rate for one in summarise(attacked(found, grader))} == {rate}


def test_without_a_calibration_only_verdicts_count(found: dict[str, Material]) -> None:
    attacks = generate(found, limit=1)
    for verdict, credited in ((Verdict.NEEDS_REVIEW, 0), (Verdict.MET, len(attacks))):
        outcomes = run_attacks(attacks, found, Fixed(verdict).grade_many, None)
        assert sum(bool(outcome.credited) for outcome in outcomes) == credited


def test_the_grader_gets_the_answer_the_rubric_and_the_question(
    found: dict[str, Material],
) -> None:
    grader = Fixed(Verdict.NOT_MET)
    attacked(found, grader)
    assert {request.question for request in grader.asked} == {
        "A small model or a large one: how would you choose?"
    }
    assert [request.answer for request in grader.asked] == [one.text for one in generate(found)]


def test_points_that_an_attack_does_not_name_are_not_held_against_it(
    found: dict[str, Material],
) -> None:
    attack = Attack("irrelevant", "model-choice/small-model", 0, "Bread is nice.", ("cost",))

    def by_plain(attacks: object, _: object) -> list[frozenset[str]]:
        assert attacks == [attack]
        return [frozenset({"cost", "measures"})]

    grader = Fixed(Verdict.MET)
    (outcome,) = run_attacks([attack], found, grader.grade_many, THRESHOLDS, by_plain)
    assert [point.id for point in outcome.credited] == ["cost"]
    assert outcome.plain == {"cost"}
    assert summarise([outcome]) == (FamilyResult("irrelevant", 1, 1, 1, 1),)
    assert summarise([outcome])[0].plain_rate == 1.0

"""Exemplars held out: each is graded by its rubric without it, and what fails is told."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from attacking import Fixed
from commands import StubEncoder, stub_calibration

from grader.engine import Grader
from grader.grade import Grade, PointGrade, Provenance
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.bounds import BANK_LEAST, HELD_OUT_SHARE
from questionbank.held_out import (
    UNCREDITED,
    UNCREDITED_SHARE,
    UNTELLABLE,
    HeldOut,
    HeldOutResult,
    count_held_out,
    held_out_problems,
    run_held_out,
)

RUBRIC = "model-choice/small-model"
THRESHOLDS = stub_calibration().thresholds


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def crediting(decide: Callable[[str, str], bool]) -> Callable[..., Iterator[Grade]]:
    """Grades by answer and point id."""

    def grade_many(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for request in requests:
            points = tuple(
                PointGrade(
                    id=point.id,
                    verdict=Verdict.MET if decide(request.answer, point.id) else Verdict.NOT_MET,
                    probability=0.25,
                    points=0,
                    max_points=point.weight,
                )
                for point in request.rubric.points
            )
            made = Provenance(package_version="1")
            yield Grade(score=0, max_score=1, points=points, provenance=made)

    return grade_many


def test_every_exemplar_is_counted(bank: Bank) -> None:
    (result,) = run_held_out(bank, Fixed(Verdict.MET).grade_many, THRESHOLDS)
    assert count_held_out(bank) == len(result.tried) == 4


def test_an_only_exemplar_is_never_held_out(bank: Bank) -> None:
    rubric = bank.rubrics[RUBRIC]
    cost = rubric.point("cost").model_copy(update={"exemplars": ("Cost decides.",)})
    points = (cost, rubric.point("measures"))
    bank.rubrics[RUBRIC] = rubric.model_copy(update={"points": points})
    (result,) = run_held_out(bank, Fixed(Verdict.MET).grade_many, THRESHOLDS)
    assert {one.point_id for one in result.tried} == {"measures"}
    assert count_held_out(bank) == 2


def test_one_that_would_not_be_credited_is_told_where_it_stands(
    bank: Bank, bank_folder: Path
) -> None:
    shared = bank.points["measures"].exemplars[1]
    grade_many = crediting(lambda answer, point: point == owner(bank, answer) and answer != shared)
    results = list(run_held_out(bank, grade_many, THRESHOLDS))
    (problem,) = held_out_problems(results, bank)
    lines = (bank_folder / "rubrics/points/measures.yaml").read_text().splitlines()
    assert problem.path.endswith("rubrics/points/measures.yaml")
    assert shared in lines[problem.line - 1]
    assert problem.code == UNCREDITED
    assert problem.message.startswith(
        "point measures: held out, 1 of 2 exemplars would not be credited, this one first of them "
        "(number 2 at 0.25);"
    )


def owner(bank: Bank, answer: str) -> str:
    return next(p.id for p in bank.rubrics[RUBRIC].points if answer in p.exemplars)


def test_points_that_credit_each_others_exemplars_are_told(bank: Bank, bank_folder: Path) -> None:
    grade_many = crediting(lambda answer, point: True)
    results = list(run_held_out(bank, grade_many, THRESHOLDS))
    problems = list(held_out_problems(results, bank))
    assert {problem.code for problem in problems} == {UNTELLABLE}
    assert {Path(problem.path).name for problem in problems} == {
        "small-model.yaml",
        "measures.yaml",
    }
    assert "of 2 exemplars held out 2 are credited here and 2 to measures" in problems[0].message


def test_a_point_that_now_and_then_earns_another_is_told_apart(bank: Bank) -> None:
    first = bank.rubrics[RUBRIC].point("cost").exemplars[0]
    grade_many = crediting(lambda answer, point: point == owner(bank, answer) or answer == first)
    results = list(run_held_out(bank, grade_many, THRESHOLDS))
    assert list(held_out_problems(results, bank)) == []


def result_of(total: int, missed: int) -> HeldOutResult:
    """Some exemplars of one point, of which the first are missed."""
    return HeldOutResult(
        RUBRIC,
        tuple(
            HeldOut("cost", 0, frozenset() if at < missed else frozenset({"cost"}), None)
            for at in range(total)
        ),
    )


@pytest.mark.parametrize(
    ("total", "missed", "fails"),
    [
        (BANK_LEAST, round(BANK_LEAST * HELD_OUT_SHARE), True),
        (BANK_LEAST, round(BANK_LEAST * HELD_OUT_SHARE) - 1, False),
        (BANK_LEAST - 1, BANK_LEAST - 1, False),
    ],
)
def test_too_many_over_the_bank_fail_it(total: int, missed: int, fails: bool, bank: Bank) -> None:
    problems = list(held_out_problems([result_of(total, missed)], bank))
    codes = [problem.code for problem in problems]
    assert codes.count(UNCREDITED) == 1
    assert codes.count(UNCREDITED_SHARE) == fails


def test_the_grader_itself_can_be_asked(bank: Bank) -> None:
    grader = Grader(StubEncoder(), stub_calibration())
    (result,) = run_held_out(bank, grader.grade_many, THRESHOLDS)
    assert len(result.tried) == 4
    assert all(one.probability is not None for one in result.tried)

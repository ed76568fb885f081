"""A rubric's graded examples, held against what the machine says."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from commands import stub_calibration

from grader.grade import Grade, PointGrade, Provenance
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.batch import GradeMany
from questionbank.bounds import PASSING_SHARE
from questionbank.rubric_tests import (
    FAILED,
    MISSED,
    RubricResult,
    agrees,
    problems_of,
    run_rubric_tests,
)

MET, PARTIAL, NOT_MET, AGAINST, REVIEW = Verdict
THRESHOLDS = stub_calibration().thresholds


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def grader(*verdicts: Verdict, probability: float | None = 0.75) -> GradeMany:
    """Gives each point of each example the next verdict."""
    left = iter(verdicts)

    def grade_many(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for request in requests:
            points = tuple(
                PointGrade(
                    id=point.id,
                    verdict=next(left),
                    probability=probability,
                    points=None,
                    max_points=point.weight,
                )
                for point in request.rubric.points
            )
            made = Provenance(package_version="1")
            yield Grade(score=0.0, max_score=1.0, points=points, provenance=made)

    return grade_many


def test_examples_that_come_out_as_labelled_are_no_problem(bank: Bank) -> None:
    (result,) = run_rubric_tests(bank, grader(MET, MET, NOT_MET, AGAINST, THRESHOLDS), THRESHOLDS)
    assert result == RubricResult("model-choice/small-model", 4, ())
    assert result.share == 1.0
    assert list(problems_of([result], bank)) == []


def test_each_point_that_differs_is_told_with_its_line(bank: Bank, bank_folder: Path) -> None:
    results = list(run_rubric_tests(bank, grader(MET, PARTIAL, NOT_MET, NOT_MET), THRESHOLDS))
    (problem,) = problems_of(results, bank)
    lines = (bank_folder / "rubrics/model-choice/small-model.yaml").read_text().splitlines()
    assert lines[problem.line - 1] == "      measures: met"
    assert problem.code == MISSED
    assert problem.message == (
        "example good: measures is labelled met but was graded partial (probability 0.75)"
    )


def test_a_probability_that_was_not_computed_is_not_told(bank: Bank) -> None:
    results = list(
        run_rubric_tests(bank, grader(MET, REVIEW, NOT_MET, NOT_MET, probability=None), THRESHOLDS)
    )
    (problem,) = problems_of(results, bank)
    assert problem.message.endswith("but was graded not_met")


@pytest.mark.parametrize(("probability", "misses"), [(0.75, 0), (0.25, 1)])
def test_what_is_left_to_a_person_counts_as_the_probability_says(
    probability: float, misses: int, bank: Bank
) -> None:
    grades = grader(MET, REVIEW, NOT_MET, NOT_MET, probability=probability)
    (result,) = run_rubric_tests(bank, grades, THRESHOLDS)
    assert len(result.misses) == misses


def test_without_a_calibration_what_is_left_to_a_person_is_a_miss(bank: Bank) -> None:
    (result,) = run_rubric_tests(bank, grader(MET, REVIEW, NOT_MET, NOT_MET), None)
    assert [miss.found for miss in result.misses] == [REVIEW]


def test_too_many_that_differ_fail_the_rubric(bank: Bank, bank_folder: Path) -> None:
    results = list(run_rubric_tests(bank, grader(NOT_MET, NOT_MET, MET, NOT_MET), THRESHOLDS))
    assert results[0].share == 0.25 < PASSING_SHARE
    *misses, failed = problems_of(results, bank)
    assert [problem.code for problem in misses] == [MISSED] * 3
    assert failed.code == FAILED
    assert failed.message.startswith("1 of 4 points of the graded examples came out as labelled")
    lines = (bank_folder / "rubrics/model-choice/small-model.yaml").read_text().splitlines()
    assert lines[failed.line - 1] == "examples:"


def test_examples_are_graded_with_the_prompt_of_their_question(bank: Bank) -> None:
    asked = []

    def grade_many(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for request in requests:
            asked.append(request.question)
            yield from grader(MET, MET)(iter([request]))

    list(run_rubric_tests(bank, grade_many, THRESHOLDS))
    assert len(asked) == 2
    assert set(asked) <= {
        "A small model or a large one: how would you choose?",
        "Which offer would you take, and why?",
    }


def test_a_rubric_without_examples_has_nothing_to_fail(bank: Bank) -> None:
    name = "model-choice/small-model"
    bank.rubrics[name] = bank.rubrics[name].model_copy(update={"examples": ()})
    (result,) = run_rubric_tests(bank, grader(), THRESHOLDS)
    assert (result.total, result.share) == (0, 1.0)
    assert list(problems_of([result], bank)) == []


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (MET, MET, True),
        (MET, PARTIAL, False),
        (NOT_MET, AGAINST, True),
        (AGAINST, NOT_MET, True),
        (PARTIAL, PARTIAL, True),
        (NOT_MET, PARTIAL, False),
        (MET, REVIEW, False),
        (REVIEW, REVIEW, False),
    ],
)
def test_verdicts_agree_if_they_earn_the_same(
    expected: Verdict, found: Verdict, same: bool
) -> None:
    assert agrees(expected, found) is same

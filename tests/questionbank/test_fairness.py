"""Shifts under rewrites, and errors by style."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from attacking import Fixed
from commands import stub_calibration

from grader.grade import Grade
from grader.judgement import JudgedAnswer, Judgement
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.errors import UsageError
from questionbank.fairness import (
    StyleGap,
    example_requests,
    labelled_requests,
    measure_shifts,
    style_gap,
)
from questionbank.labelled_file import InterviewRow, ReferenceRow
from questionbank.rewrites import REWRITES

THRESHOLDS = stub_calibration().thresholds
QUESTION = "model-choice/small-model"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def shouting_is_wrong(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
    """Credits everything that is not written in capitals."""
    for request in requests:
        verdict = Verdict.NOT_MET if request.answer.isupper() else Verdict.MET
        yield from Fixed(verdict).grade_many([request])


def test_the_examples_of_the_rubrics_are_the_answers(bank: Bank) -> None:
    found = example_requests(bank)
    assert [one.answer for one in found] == [
        example.answer for example in bank.rubrics[QUESTION].examples
    ]
    assert found[0].question == "A small model or a large one: how would you choose?"


def test_without_examples_there_is_nothing_to_rewrite(bank: Bank) -> None:
    rubric = bank.rubrics[QUESTION]
    bank.rubrics[QUESTION] = rubric.model_copy(update={"examples": ()})
    with pytest.raises(UsageError, match="no graded example"):
        example_requests(bank)


def test_a_steady_grader_does_not_shift(bank: Bank) -> None:
    shifts = list(measure_shifts(example_requests(bank), Fixed(Verdict.MET).grade_many, THRESHOLDS))
    assert [shift.rewrite for shift in shifts] == [
        name for name in REWRITES if name in {one.rewrite for one in shifts}
    ]
    assert {"lower-case", "upper-case", "spacing", "typos", "bullets", "filler"} <= {
        shift.rewrite for shift in shifts
    }
    assert all((shift.flips, shift.mean_shift) == (0, 0.0) for shift in shifts)


def test_a_grader_that_minds_capitals_is_found_out(bank: Bank) -> None:
    shifts = {
        shift.rewrite: shift
        for shift in measure_shifts(example_requests(bank), shouting_is_wrong, THRESHOLDS)
    }
    shouted = shifts.pop("upper-case")
    assert (shouted.answers, shouted.points, shouted.flips) == (2, 4, 4)
    assert shouted.mean_shift == 1.0
    assert all(shift.flips == 0 for shift in shifts.values())


def test_what_a_rewrite_leaves_alone_is_not_counted(bank: Bank) -> None:
    names = {
        shift.rewrite
        for shift in measure_shifts(example_requests(bank), Fixed(Verdict.MET).grade_many, None)
    }
    assert "straight-quotes" not in names
    assert "american" not in names


def test_what_nobody_decides_counts_as_nothing(bank: Bank) -> None:
    grader = Fixed(Verdict.NEEDS_REVIEW, None)
    shifts = measure_shifts(example_requests(bank), grader.grade_many, None)
    assert all(shift.flips == 0 for shift in shifts)


def row(style: str | None, question: str = QUESTION) -> InterviewRow:
    return InterviewRow(
        question_id=question, answer="Compare the bill.", style=style, labels={"cost": "met"}
    )


def test_honest_answers_in_free_text_are_taken_from_a_file(bank: Bank) -> None:
    rows = [
        (1, row("strong")),
        (2, row("opposite")),
        (3, row(None)),
        (4, row("strong", "inference-economics/daily-bill")),
    ]
    found = labelled_requests(rows, bank)
    assert len(found) == 2
    assert found[0].rubric.id == QUESTION


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (row("manipulation"), "no honest answer"),
        (
            ReferenceRow(question_id="q", answer="a", reference=("b",), score=1.0, max_score=1.0),
            "line 7: fairness needs rows that name a question",
        ),
    ],
)
def test_a_file_without_such_answers_is_refused(
    one: InterviewRow | ReferenceRow, message: str, bank: Bank
) -> None:
    with pytest.raises(UsageError, match=message):
        labelled_requests([(7, one)], bank)


def judged(style: str | None, *pairs: tuple[Verdict, Verdict | None]) -> JudgedAnswer:
    return JudgedAnswer(
        question=QUESTION,
        style=style,
        human=None,
        machine=None,
        judgements=tuple(
            Judgement(f"p{at}", human, machine, None, 1.0, review=False)
            for at, (human, machine) in enumerate(pairs)
        ),
    )


RIGHT = (Verdict.MET, Verdict.MET)
WRONG = (Verdict.NOT_MET, Verdict.MET)
HALF = (Verdict.PARTIAL, Verdict.MET)
OPEN = (Verdict.MET, None)


def gap_of(*answers: JudgedAnswer) -> StyleGap:
    gap = style_gap(answers)
    assert gap is not None
    return gap


def test_the_difference_is_of_accuracies_with_its_interval() -> None:
    gap = gap_of(
        *[judged("strong", RIGHT, RIGHT, HALF)] * 10,
        *[judged("nonnative", RIGHT, WRONG, OPEN)] * 8,
        judged("nonnative", (Verdict.MET, Verdict.PARTIAL)),
    )
    assert gap.native == (10, 20, 1.0)
    assert gap.non_native == (9, 17, 8 / 17)
    assert gap.difference == pytest.approx(9 / 17)
    low, high = gap.interval
    assert low <= gap.difference <= high
    assert low > 0.3


def test_the_interval_is_repeatable() -> None:
    answers = [judged("terse", RIGHT), judged("terse", WRONG), judged("non-native", RIGHT)]
    assert gap_of(*answers) == gap_of(*answers)


@pytest.mark.parametrize("style", [None, "strong", "keywords", "irrelevant"])
def test_one_side_alone_is_no_comparison(style: str | None) -> None:
    assert style_gap([judged("strong", RIGHT), judged(style, RIGHT)]) is None


def test_answers_with_nothing_decided_are_left_out() -> None:
    assert style_gap([judged("strong", RIGHT), judged("nonnative", OPEN, HALF)]) is None

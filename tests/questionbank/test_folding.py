"""Answers judged by what the others to their question teach."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from commands import StubEncoder, stub_calibration

from grader.engine import Grader
from grader.errors import CalibrationError
from grader.judgement import JudgedAnswer
from questionbank.bank import Bank, load_bank
from questionbank.folding import judge_folded
from questionbank.judging import judge_rows
from questionbank.labelled_file import InterviewRow, LabelledPoint, LabelledRow, ReferenceRow

QUESTION = "model-choice/small-model"
# People call met what the rubric has never heard of, and not met what it has exemplars for.
STRANGE = "We count the giraffes in the savannah{}."
FAMILIAR = "I would compare the monthly bill of both models{}."


def labelled(answer: str, cost: str) -> InterviewRow:
    labels = {"cost": cost, "measures": "not_met"}
    return InterviewRow.model_validate(
        {"question_id": QUESTION, "answer": answer, "labels": labels}
    )


def stubborn(count: int) -> list[LabelledRow]:
    rows: list[LabelledRow] = []
    for number in range(count):
        tail = f" for {'abcdefghijklmnopqrstuvwxyz'[number]}{number}"
        rows += [labelled(STRANGE.format(tail), "met"), labelled(FAMILIAR.format(tail), "not_met")]
    return rows


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


@pytest.fixture
def grader() -> Grader:
    return Grader(StubEncoder(), stub_calibration())


def fold(
    rows: Iterable[LabelledRow], bank: Bank, grader: Grader, seed: int = 0
) -> list[JudgedAnswer]:
    numbered = list(enumerate(rows, start=1))
    found = dict(judge_folded(numbered, bank, grader, "0", folds=4, seed=seed))
    assert sorted(found) == list(range(len(numbered)))
    return [found[place] for place in sorted(found)]


def chances(answers: Iterable[JudgedAnswer], point: str = "cost") -> list[float]:
    return [
        one.probability or 0.0
        for answer in answers
        for one in answer.judgements
        if one.point == point
    ]


def test_what_people_say_is_learnt_against_the_rubric(bank: Bank, grader: Grader) -> None:
    rows = stubborn(12)
    before = chances(judge_rows(enumerate(rows, start=1), bank, grader, "0"))
    after = chances(fold(rows, bank, grader))
    assert before[0] < before[1]
    assert min(after[0::2]) > max(after[1::2])


def test_answers_keep_their_places_and_their_labels(bank: Bank, grader: Grader) -> None:
    rows = stubborn(6)
    judged = fold(rows, bank, grader)
    assert [one.judgements[0].human.value for one in judged] == ["met", "not_met"] * 6
    assert fold(rows, bank, grader) == judged
    assert list(reversed(fold(rows[::-1], bank, grader))) == judged


def test_no_answer_is_judged_by_its_own_label(bank: Bank, grader: Grader) -> None:
    rows = stubborn(8)
    turned = [labelled(rows[0].answer, "not_met"), *rows[1:]]
    assert chances(fold(rows, bank, grader))[0] == chances(fold(turned, bank, grader))[0]


def test_nor_by_the_label_of_the_same_text(bank: Bank, grader: Grader) -> None:
    rows = stubborn(8)
    twin = labelled(rows[0].answer.upper(), "met")
    turned = labelled(rows[0].answer.upper(), "not_met")
    one = chances(fold([*rows, twin], bank, grader))[0]
    assert one == chances(fold([*rows, turned], bank, grader))[0]


def test_too_few_labels_leave_the_base_as_it_is(bank: Bank, grader: Grader) -> None:
    rows = stubborn(2)
    assert fold(rows, bank, grader) == list(judge_rows(enumerate(rows, start=1), bank, grader, "0"))


def own(answer: str, *labels: bool | None, swapped: bool = False) -> ReferenceRow:
    texts = ["Compares the monthly bill.", "Tests on our own tickets."]
    points = [
        LabelledPoint(id=f"x{at}", text=text, label=label)
        for at, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    rubric = tuple(reversed(points)) if swapped else tuple(points)
    return ReferenceRow(question_id="q", question="Which?", answer=answer, rubric=rubric)


def test_points_of_a_rows_own_are_learnt_by_their_text(bank: Bank, grader: Grader) -> None:
    rows: list[LabelledRow] = []
    for number in range(12):
        tail = f" for {'abcdefghijkl'[number]}{number}"
        # The same text stands first in one row and second in the next.
        swapped = number % 2 == 1
        rows.append(own(STRANGE.format(tail), True, False, swapped=swapped))
        rows.append(own(FAMILIAR.format(tail), False, False, swapped=not swapped))
    judged = fold(rows, bank, grader)
    first = [
        next(
            one.probability or 0.0
            for one in answer.judgements
            if one.point == ("p1" if row.rubric and row.rubric[0].id == "x0" else "p2")
        )
        for answer, row in zip(judged, rows, strict=True)
        if isinstance(row, ReferenceRow)
    ]
    assert min(first[0::2]) > max(first[1::2])


def test_rows_that_teach_nothing_are_judged_by_the_base(bank: Bank, grader: Grader) -> None:
    rows: list[LabelledRow] = [
        ReferenceRow(
            question_id="r",
            reference=("The sluice is open.",),
            answer="It is.",
            score=1,
            max_score=1,
        ),
        own("The monthly bill.", None, None),
        labelled("", "not_met"),
        InterviewRow.model_validate(
            {
                "question_id": "foundations/rare-class",
                "answer": "recall",
                "labels": {"answer": "met"},
            }
        ),
        *stubborn(6),
    ]
    plain = list(judge_rows(enumerate(rows, start=1), bank, grader, "0"))
    folded = fold(rows, bank, grader)
    assert folded[:4] == plain[:4]
    assert folded[4:] != plain[4:]


def test_weights_without_a_calibration_cannot_be_refined(bank: Bank) -> None:
    with pytest.raises(CalibrationError, match="calibrate --base"):
        fold(stubborn(2), bank, Grader(StubEncoder()))

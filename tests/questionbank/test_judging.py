"""Rows of both forms through a grader that says what a table tells it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.calibration import Thresholds
from grader.grade import Grade, PointGrade, Provenance
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank import judging
from questionbank.bank import Bank, load_bank
from questionbank.errors import UsageError
from questionbank.judging import check_against, judge_rows
from questionbank.labelled_file import InterviewRow, LabelledRow, ReferenceRow

MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET
REVIEW = Verdict.NEEDS_REVIEW
THRESHOLDS = Thresholds(
    met=0.6, partial=0.4, review_low=0.55, review_high=0.65, opposition=0.2, off_topic=0.1
)
QUESTION = "model-choice/small-model"


class TableGrader:
    """Answers are `near=probability` by point id or statement; what is not named is not met."""

    def __init__(self, *, calibrated: bool = True) -> None:
        self.calibration = SimpleNamespace(thresholds=THRESHOLDS) if calibrated else None
        self.asked: list[GradeRequest] = []

    def grade_many(self, requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for request in requests:
            self.asked.append(request)
            said = dict(pair.split("=") for pair in request.answer.split(", ") if "=" in pair)
            points = tuple(
                self._point(
                    point.id,
                    point.weight,
                    float(said.get(point.id) or said.get(point.description) or 0.1),
                )
                for point in request.rubric.points
            )
            yield Grade(
                score=0.0,
                max_score=request.rubric.max_points,
                points=points,
                provenance=Provenance(package_version="0"),
            )

    def _point(self, name: str, weight: float, chance: float) -> PointGrade:
        verdict = MET if chance >= 0.65 else REVIEW if chance >= 0.55 else NOT_MET
        if self.calibration is None:
            verdict = REVIEW
        return PointGrade(
            id=name,
            verdict=verdict,
            probability=chance if self.calibration else None,
            points=None,
            max_points=weight,
            features={"exemplar": chance},
        )


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def interview(answer: str, **more: Any) -> InterviewRow:  # noqa: ANN401 - fields of the row
    fields = {"question_id": QUESTION, "labels": {"cost": "met", "measures": "not_met"}} | more
    return InterviewRow(answer=answer, **fields)


def reference(answer: str, **more: Any) -> ReferenceRow:  # noqa: ANN401 - fields of the row
    fields = {"question_id": "q", "reference": ("one", "two"), "score": 1, "max_score": 2} | more
    return ReferenceRow(answer=answer, **fields)


def judged(bank: Bank, *rows: LabelledRow, grader: TableGrader | None = None) -> list[Any]:
    numbered = list(enumerate(rows, start=1))
    return list(judge_rows(numbered, bank, grader or TableGrader(), "0"))  # type: ignore[arg-type]


def test_labels_stand_beside_verdicts_and_scores_are_weighted(bank: Bank) -> None:
    (answer,) = judged(bank, interview("cost=0.62, measures=0.9", style="terse"))
    assert (answer.question, answer.style) == (QUESTION, "terse")
    # `cost` weighs two of three; in doubt at 0.62 it counts as met.
    assert answer.human == pytest.approx(2 / 3)
    assert answer.machine == 1.0
    cost, measures = answer.judgements
    assert (cost.point, cost.human, cost.machine, cost.review) == ("cost", MET, MET, True)
    assert cost.probability == 0.62
    assert cost.confidence == pytest.approx(0.02)
    assert (measures.human, measures.machine, measures.review) == (NOT_MET, MET, False)
    assert measures.raters == ()


def test_what_several_people_said_goes_along(bank: Bank) -> None:
    (answer,) = judged(bank, interview("x", raters={"cost": ("met", "partial")}))
    assert [one.raters for one in answer.judgements] == [(MET, PARTIAL), ()]


def test_points_without_a_label_are_not_judged(bank: Bank) -> None:
    (answer,) = judged(bank, interview("cost=0.9", labels={"measures": "partial"}))
    assert [one.point for one in answer.judgements] == ["measures"]
    assert (answer.human, answer.machine) == (0.5, 0.0)


def test_the_prompt_and_the_banks_rubric_go_to_the_grader(bank: Bank) -> None:
    grader = TableGrader()
    judged(bank, interview("x"), grader=grader)
    (request,) = grader.asked
    assert request.rubric == bank.rubric(QUESTION)
    assert request.question is not None
    assert request.question.startswith("A small model or a large one")


def test_closed_questions_and_parts_are_judged_without_the_grader(bank: Bank) -> None:
    grader = TableGrader()
    right, wrong, part = judged(
        bank,
        interview("recall", question_id="foundations/rare-class", labels={"answer": "met"}),
        interview("accuracy", question_id="foundations/rare-class", labels={"answer": "met"}),
        interview("120", question_id="model-choice/two-steps#sum", labels={"answer": "met"}),
        grader=grader,
    )
    assert grader.asked == []
    assert [one.judgements[0].machine for one in (right, wrong, part)] == [MET, NOT_MET, MET]
    assert right.judgements[0].confidence == 1.0
    assert part.question == "model-choice/two-steps#sum"


def test_without_a_calibration_the_machines_score_is_open(bank: Bank) -> None:
    (answer,) = judged(bank, interview("cost=0.9"), grader=TableGrader(calibrated=False))
    assert answer.machine is None
    assert answer.human == pytest.approx(2 / 3)
    assert [one.machine for one in answer.judgements] == [None, None]
    assert all(one.review for one in answer.judgements)


@pytest.mark.parametrize(
    ("score", "human", "label"), [(2, 1.0, MET), (0.5, 0.25, PARTIAL), (0, 0.0, NOT_MET)]
)
def test_a_score_labels_the_answer_as_a_whole(
    score: float, human: float, label: Verdict, bank: Bank
) -> None:
    (answer,) = judged(bank, reference("two=0.9", score=score))
    assert (answer.human, answer.machine) == (human, 0.9)
    (judgement,) = answer.judgements
    assert (judgement.human, judgement.machine, judgement.probability) == (label, MET, 0.9)
    assert judgement.confidence == pytest.approx(0.3)


def test_each_reference_is_asked_for_with_the_rows_own_question(bank: Bank) -> None:
    grader = TableGrader()
    judged(bank, reference("x", question="Why?"), grader=grader)
    assert [one.rubric.points[0].description for one in grader.asked] == ["one", "two"]
    assert {one.question for one in grader.asked} == {"Why?"}


POINTS = [
    {"id": "a", "text": "cost", "label": True},
    {"id": "b", "text": "risk", "label": False},
    {"id": "c", "text": "time", "label": None},
]


def test_a_rows_own_rubric_is_judged_point_by_point(bank: Bank) -> None:
    row = reference("cost=0.9, risk=0.5, time=0.9", reference=None, rubric=POINTS)
    (answer,) = judged(bank, row)
    assert answer.human == 0.5
    # Two of three points, the one without a label among them; the bare verdict of 0.5 is not met.
    assert answer.machine == pytest.approx(2 / 3)
    assert [(one.human, one.machine) for one in answer.judgements] == [
        (MET, MET),
        (NOT_MET, NOT_MET),
    ]


def test_without_a_score_the_labels_of_a_rows_own_rubric_make_it(bank: Bank) -> None:
    row = reference("cost=0.9, time=0.9", rubric=POINTS, score=None, max_score=None)
    (answer,) = judged(bank, row)
    assert (answer.human, answer.machine) == (0.5, 0.5)


def test_a_row_without_any_label_has_no_judgement_and_no_score(bank: Bank) -> None:
    row = reference("x", rubric=POINTS[2:], score=None)
    (answer,) = judged(bank, row)
    assert (answer.human, answer.machine, answer.judgements) == (None, None, ())


def test_a_rows_own_rubric_without_a_calibration_has_no_score_of_the_machine(bank: Bank) -> None:
    row = reference("cost=0.9", rubric=POINTS)
    (answer,) = judged(bank, row, grader=TableGrader(calibrated=False))
    assert (answer.human, answer.machine) == (0.5, None)


def test_rows_keep_their_order_across_forms_and_chunks(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "CHUNK", 2)
    rows: list[LabelledRow] = [
        reference("two=0.9"),
        interview("recall", question_id="foundations/rare-class", labels={"answer": "met"}),
        interview("cost=0.9"),
        reference("one=0.7, two=0.2"),
        interview("measures=0.9"),
    ]
    answers = judged(bank, *rows)
    assert [one.question for one in answers] == [row.question_id for row in rows]
    assert [one.machine for one in answers] == pytest.approx([0.9, 1.0, 2 / 3, 0.7, 1 / 3])


def test_rows_are_read_only_as_answers_are_taken(bank: Bank) -> None:
    read = []

    def rows() -> Iterator[tuple[int, LabelledRow]]:
        for line in range(1, 1001):
            read.append(line)
            yield line, interview("cost=0.9")

    stream = judge_rows(rows(), bank, TableGrader(), "0")  # type: ignore[arg-type]
    next(stream)
    assert len(read) == judging.CHUNK


def test_rows_that_fit_the_bank_pass(bank: Bank) -> None:
    closed = interview("x", question_id="foundations/rare-class", labels={"answer": "met"})
    check_against(bank, [(1, interview("x")), (2, closed), (3, reference("x"))])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (interview("x", question_id="model-choice/small"), "line 7: there is no question 'model-"),
        (interview("x", question_id="model-choice/two-steps"), "line 7: model-choice/two-steps is"),
        (
            interview("x", labels={"price": "met"}),
            f"line 7: {QUESTION} has no point price; it has cost, measures",
        ),
        (interview("x", raters={"price": ("met",)}), f"line 7: {QUESTION} has no point price"),
        (
            interview("x", question_id="foundations/rare-class"),
            "line 7: foundations/rare-class has no point cost, measures; it has answer",
        ),
    ],
)
def test_what_the_bank_does_not_have_is_named_with_its_line(
    row: InterviewRow, said: str, bank: Bank
) -> None:
    with pytest.raises(UsageError) as caught:
        check_against(bank, [(7, row)])
    assert str(caught.value).startswith(said)

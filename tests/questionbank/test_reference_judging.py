"""Rows with references through a scorer that says what the answer tells it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grader.reference_scoring import (
    ReferenceCalibration,
    ReferenceItem,
    ReferenceSight,
)
from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.judged_file import has_references, judge_file, reference_rows
from questionbank.labelled_file import InterviewRow, LabelledPoint, LabelledRow, ReferenceRow
from questionbank.reference_judging import (
    by_reference,
    judge_by_folds,
    judge_by_references,
    learning_curve,
)


class TableScorer:
    """An answer is `share word`; answers of one word are alike."""

    def __init__(self) -> None:
        made = SimpleNamespace(partial=0.4, review=0.05, id="table-1")
        made.judge = lambda share, chance: ReferenceCalibration.judge(made, share, chance)
        self.calibration = made
        self.asked: list[ReferenceItem] = []

    def sights(self, items: Iterable[ReferenceItem]) -> Iterator[ReferenceSight]:
        for item in items:
            self.asked.append(item)
            share, word = item.answer.split()[:2]
            vector = np.array([word == "right", word == "wrong", word == "other"], dtype=float)
            yield ReferenceSight(
                self.calibration.judge(float(share), float(share)), vector, declined=False
            )


def row(answer: str, score: float, question: str = "q") -> ReferenceRow:
    return ReferenceRow(
        question_id=question, answer=answer, reference=("one", "two"), score=score, max_score=2
    )


def taught(question: str = "q", count: int = 12) -> list[ReferenceRow]:
    """The base cannot tell right from wrong; people can."""
    rows = []
    for number in range(count):
        rows.append(row(f"0.5 right {number}", 2, question))
        rows.append(row(f"0.5 wrong {number}", 0, question))
    return rows


def placed(rows: list[ReferenceRow]) -> list[tuple[int, ReferenceRow]]:
    return list(enumerate(rows))


def test_rows_are_judged_in_order_on_the_answer_as_a_whole() -> None:
    scorer = TableScorer()
    rows = [row("0.9 right", 2), row("0.45 right", 1), row("0.1 wrong", 0)]
    found = list(judge_by_references(placed(rows), scorer))  # type: ignore[arg-type]
    assert [place for place, _ in found] == [0, 1, 2]
    assert [one.human for _, one in found] == [1.0, 0.5, 0.0]
    assert [one.machine for _, one in found] == [0.9, 0.45, 0.1]
    points = [one.judgements[0] for _, one in found]
    assert [one.human for one in points] == [Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET]
    assert [one.machine for one in points] == [Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET]
    assert [one.probability for one in points] == [0.9, 0.45, 0.1]
    assert scorer.asked[0] == ReferenceItem("0.9 right", ("one", "two"), None)


def test_folds_learn_from_other_answers_to_the_same_question_alone() -> None:
    rows = [*taught("a"), *taught("b", 1)]
    found = dict(judge_by_folds(placed(rows), TableScorer(), folds=4))  # type: ignore[arg-type]
    assert sorted(found) == list(range(26))
    assert all(found[at].machine > 0.8 for at in range(0, 24, 2))
    assert all(found[at].machine < 0.2 for at in range(1, 24, 2))
    assert (found[24].machine, found[25].machine) == (0.5, 0.5)


def test_the_same_text_never_stands_on_both_sides_of_a_fold() -> None:
    rows = [row("0.5  Right one", 2) for _ in range(10)] + [row("0.5 right ONE", 2)] * 10
    found = dict(judge_by_folds(placed(rows), TableScorer(), folds=2))  # type: ignore[arg-type]
    assert {one.machine for one in found.values()} == {0.5}


def test_the_order_of_rows_changes_no_score() -> None:
    rows = taught()
    one = dict(judge_by_folds(placed(rows), TableScorer(), folds=3))  # type: ignore[arg-type]
    back = placed(rows)[::-1]
    assert dict(judge_by_folds(back, TableScorer(), folds=3)) == one  # type: ignore[arg-type]


def test_the_learning_curve_has_sizes_with_answers_enough() -> None:
    scorer = TableScorer()
    rows = [*taught("a", 8), *taught("b", 4)]
    curve = learning_curve(placed(rows), scorer, folds=4)  # type: ignore[arg-type]
    assert [(one.size, one.answers) for one in curve] == [(5, 24), (10, 16)]
    assert [one.before for one in curve] == [None, None]
    assert all(one.after is not None and one.after > 0.8 for one in curve)
    assert learning_curve(placed(rows[:4]), scorer, folds=2) == []  # type: ignore[arg-type]


def test_rows_are_told_apart_by_what_they_bring() -> None:
    assert by_reference(row("x", 1))
    points = (LabelledPoint(id="a", text="Names the cost."),)
    assert not by_reference(ReferenceRow(question_id="q", answer="x", rubric=points))
    assert not by_reference(InterviewRow(question_id="q", answer="x", labels={"a": "met"}))


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


@pytest.mark.parametrize("folds", [None, 2])
def test_a_mixed_file_keeps_its_places(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, folds: int | None
) -> None:
    closed = InterviewRow(
        question_id="foundations/rare-class", answer="recall", labels={"answer": "met"}
    )
    rows: list[LabelledRow] = [closed, row("0.9 right", 2), closed, row("0.1 wrong", 0)]
    grader = SimpleNamespace(
        calibration=SimpleNamespace(thresholds=None),
        grade_many=lambda requests: iter([list(requests)][1:]),
        sights=lambda requests: iter([list(requests)][1:]),
    )
    numbered = list(enumerate(rows, start=1))
    found = dict(
        judge_file(
            lambda: numbered,
            bank,
            grader,  # type: ignore[arg-type]
            "0",
            scorer=TableScorer(),  # type: ignore[arg-type]
            folds=folds,
        )
    )
    assert sorted(found) == [0, 1, 2, 3]
    assert [found[at].machine for at in range(4)] == [1.0, 0.9, 1.0, 0.1]
    assert has_references(lambda: numbered)
    assert [place for place, _ in reference_rows(lambda: numbered)] == [1, 3]


def test_a_file_of_references_alone_asks_no_grader(bank: Bank) -> None:
    numbered = [(1, row("0.9 right", 2))]
    found = judge_file(
        lambda: numbered,
        bank,
        None,  # type: ignore[arg-type]
        "0",
        scorer=TableScorer(),  # type: ignore[arg-type]
        folds=2,
    )
    assert [place for place, _ in found] == [0]


def test_a_file_without_references_has_none() -> None:
    closed = InterviewRow(question_id="q", answer="x", labels={"answer": "met"})
    assert not has_references(lambda: [(1, closed)])

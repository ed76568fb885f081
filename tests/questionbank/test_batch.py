"""Rows find their questions and are graded in order."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from grader.grade import Grade, PointGrade, Provenance
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank import batch
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.bank import Bank, load_bank
from questionbank.batch import (
    chunks,
    grade_items,
    output_line,
    resolve,
    settings_digest,
    survey,
)

OPEN = "model-choice/small-model"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def grade_of(answer: str) -> Grade:
    point = PointGrade(id="cost", verdict=Verdict.MET, points=1.0, max_points=2.0)
    return Grade(
        score=float(len(answer)),
        max_score=99.0,
        points=(point,),
        provenance=Provenance(package_version="1"),
    )


class Grader:
    """Grades by length, and remembers what it was given."""

    def __init__(self) -> None:
        self.asked = []

    def __call__(self, requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for request in requests:
            self.asked.append(request)
            yield grade_of(request.answer)


def rows(*given: AnswerRow | BadRow) -> list[tuple[int, AnswerRow | BadRow]]:
    return list(enumerate(given, start=1))


def answer(text: str, question_id: str = OPEN, **named: str) -> AnswerRow:
    return AnswerRow(question_id=question_id, answer=text, **named)


def test_rows_are_graded_in_order_and_open_ones_streamed(bank: Bank) -> None:
    items = list(
        resolve(
            rows(
                answer("aaa"),
                answer("recall", "foundations/rare-class"),
                BadRow("x", None, "broken"),
                answer("a", "model-choice/two-steps#why"),
                answer("z", "xyzzy"),
            ),
            bank,
        )
    )
    grader = Grader()
    found = list(grade_items(items, grader, "1"))
    assert [item for item, _ in found] == items
    assert [grade and grade.score for _, grade in found] == [3.0, 1.0, None, 1.0, None]
    assert [request.answer for request in grader.asked] == ["aaa", "a"]
    assert grader.asked[0].question == "A small model or a large one: how would you choose?"
    assert grader.asked[0].rubric == bank.rubrics[OPEN]
    assert [item.error for item in items] == [
        None, None, "line 3: broken", None, "line 5: there is no question 'xyzzy'",
    ]  # fmt: skip
    assert [item.row_id for item in items] == ["1", "2", "x", "4", "5"]


def test_nothing_is_asked_of_the_grader_for_closed_rows(bank: Bank) -> None:
    def grade_many(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        assert list(requests) == []
        yield from ()

    items = list(resolve(rows(answer("recall", "foundations/rare-class")), bank))
    ((_, grade),) = grade_items(items, grade_many, "1")
    assert grade is not None
    assert grade.score == 1.0


def test_lines_have_the_same_keys_whether_graded_or_not(bank: Bank) -> None:
    good, bad = resolve(rows(answer("x", id="me"), BadRow(None, "q", "broken")), bank)
    graded, failed = output_line(good, grade_of("x")), output_line(bad, None)
    assert set(failed) - set(graded) == {"error"}
    assert (graded["id"], graded["status"], graded["score"]) == ("me", "graded", 1.0)
    assert (failed["id"], failed["question_id"], failed["error"]) == ("2", "q", "line 2: broken")


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (7, [3, 3, 1])])
def test_chunks_are_cut_at_the_same_places_of_the_file(
    count: int, sizes: list[int], bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 3)
    items = list(resolve(rows(*[answer("x")] * count), bank))
    cut = list(chunks(items))
    assert [len(chunk) for chunk in cut] == sizes
    assert [item for chunk in cut for item in chunk] == items


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((), (0, False)),
        ((answer("recall", "foundations/rare-class"),), (1, False)),
        ((answer("recall", "foundations/rare-class"), answer("x")), (2, True)),
        ((answer("x"), BadRow(None, None, "e")), (2, True)),
        ((answer("x", "xyzzy"),), (1, False)),
    ],
)
def test_a_survey_counts_rows_and_tells_whether_a_model_is_needed(
    given: tuple[AnswerRow | BadRow, ...], found: tuple[int, bool], bank: Bank
) -> None:
    assert survey(resolve(rows(*given), bank)) == found


def test_settings_differ_when_a_text_a_version_or_the_model_does(
    bank: Bank, bank_folder: Path
) -> None:
    first = settings_digest({"version": "1", "weights": None}, bank)
    assert first == settings_digest({"weights": None, "version": "1"}, load_bank([bank_folder]))
    assert first != settings_digest({"version": "2", "weights": None}, bank)
    for name, old, new in (
        ("questions/foundations/rare-class.md", "version: 1.0.0", "version: 1.0.1"),
        ("rubrics/points/measures.yaml", "on our own data", "on our data"),
    ):
        path = bank_folder / name
        path.write_text(path.read_text().replace(old, new))
        changed = settings_digest({"version": "1", "weights": None}, load_bank([bank_folder]))
        assert changed != first
        first = changed

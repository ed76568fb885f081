"""Graded rows go on record once, whatever happens in between."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import Place

from grader.grade import Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.attempt import AttemptKind
from questionbank.bank import load_bank
from questionbank.batch import Item, resolve
from questionbank.keeping import Keeper, first_grade_id
from questionbank.store import Store

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place.target, clock=lambda: NOW) as store:
        yield store


@pytest.fixture
def items(bank_folder: Path) -> list[Item]:
    given = [
        AnswerRow(id="a", question_id="foundations/rare-class", answer="recall"),
        BadRow("b", None, "broken"),
        AnswerRow(question_id="inference-economics/daily-bill", answer="7", seed=4),
    ]
    return list(resolve(enumerate(given, start=1), load_bank([bank_folder])))


def grade(score: float) -> Grade:
    point = PointGrade(id="answer", verdict=Verdict.MET, points=score, max_points=1.0)
    provenance = Provenance(package_version="1")
    return Grade(score=score, max_score=1.0, points=(point,), provenance=provenance)


def keep(store: Store, items: list[Item], job: str = "job", rows: tuple[int, ...] = (0, 2)) -> None:
    keeper = Keeper(store, job, lambda: NOW)
    keeper.begin(items)
    for number in rows:
        keeper.keep(items[number], grade(1.0))
    keeper.end()


def test_rows_that_can_be_graded_share_an_attempt(store: Store, items: list[Item]) -> None:
    keep(store, items)
    (record,) = store.attempts()
    assert record.attempt.kind is AttemptKind.BATCH
    assert record.finished == NOW
    assert [step.key for step in record.attempt.steps] == [
        "foundations/rare-class", "inference-economics/daily-bill",
    ]  # fmt: skip
    assert [step.seed for step in record.attempt.steps] == [0, 4]
    assert [(one.label, one.text, one.position) for one in record.answers] == [
        ("a", "recall", 0), ("3", "7", 1),
    ]  # fmt: skip
    for one in record.answers:
        found = record.grade_of(one.id)
        assert found is not None
        assert found.id == first_grade_id(one.id)


def test_the_same_job_twice_appends_nothing_new(store: Store, items: list[Item]) -> None:
    keep(store, items)
    before = store.verify()
    keep(store, items)
    assert store.verify() == before
    assert before.sound


def test_an_interrupted_job_goes_on_in_the_same_attempt(store: Store, items: list[Item]) -> None:
    keeper = Keeper(store, "job", lambda: NOW)
    keeper.begin(items)
    keeper.keep(items[0], grade(1.0))
    assert store.attempts()[0].finished is None
    keep(store, items, rows=(2,))
    (record,) = store.attempts()
    assert len(record.answers) == len(record.grades) == 2
    assert record.finished == NOW


def test_the_first_grade_of_a_row_stands(store: Store, items: list[Item]) -> None:
    keep(store, items, rows=(0,))
    keeper = Keeper(store, "job", lambda: NOW)
    keeper.begin(items)
    keeper.keep(items[0], grade(0.0))
    (record,) = store.attempts()
    assert [one.grade.score for one in record.grades] == [1.0]


def test_another_job_has_attempts_of_its_own(store: Store, items: list[Item]) -> None:
    keep(store, items)
    keep(store, items, job="other")
    assert len(store.attempts()) == 2


def test_rows_none_of_which_can_be_graded_open_no_attempt(store: Store, items: list[Item]) -> None:
    keep(store, [items[1]], rows=())
    assert store.attempts() == ()


def test_a_row_without_an_answer_cannot_be_kept(store: Store, items: list[Item]) -> None:
    keeper = Keeper(store, "job", lambda: NOW)
    keeper.begin(items)
    with pytest.raises(ValueError, match="row b has no answer to keep"):
        keeper.keep(items[1], grade(1.0))

"""Suggestions for an interview's answers: the pinned rubric's grades, on record once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import ModelMissingError
from grader.grade import Grade, PointGrade, Provenance
from grader.rubric import Rubric
from grader.verdict import Verdict
from questionbank.attempt import Answer, Attempt, AttemptKind, AttemptRecord
from questionbank.bank import load_bank
from questionbank.document import documents_of, instances_of
from questionbank.instance import Instance, instances
from questionbank.keeping import first_grade_id
from questionbank.quiz import answer_id
from questionbank.store import Store
from questionbank.suggesting import Suggester, suggestions, without_suggestion

NOW = datetime(2026, 5, 1, tzinfo=UTC)
KEYS = ("model-choice/small-model", "foundations/rare-class")
ID = "b" * 32


@pytest.fixture
def store(tmp_path: Path, bank_folder: Path) -> Iterator[Store]:
    """A record with an interview whose two answers are closed."""
    bank = load_bank((bank_folder,))
    found = [instances(bank.question(key), bank.rubrics, 1)[0] for key in KEYS]
    steps = tuple(one.step for one in found)
    attempt = Attempt(id=ID, kind=AttemptKind.INTERVIEW, started=NOW, steps=steps, seed=1)
    with Store.open(tmp_path / "record.db", clock=lambda: NOW) as opened:
        opened.append_attempt(attempt, documents_of(found))
        for position, text in enumerate(("I weigh the cost.", "recall")):
            opened.append_answer(closed(position, text))
        yield opened


def closed(position: int, text: str) -> Answer:
    return Answer(
        id=answer_id(ID, position),
        attempt_id=ID,
        position=position,
        submitted=NOW,
        seconds=60.0,
        text=text,
    )


def graded(verdict: Verdict) -> Grade:
    share = verdict.share or 0.0
    points = (PointGrade(id="cost", verdict=verdict, points=share, max_points=1.0),)
    return Grade(
        score=share, max_score=1.0, points=points, provenance=Provenance(package_version="1")
    )


class Machine:
    """Says the same of every answer, and remembers what it was asked."""

    def __init__(self, verdict: Verdict = Verdict.MET) -> None:
        self.verdict = verdict
        self.asked: list[tuple[str, str, str | None]] = []

    def __call__(self, answer: str, rubric: Rubric, question: str | None) -> Grade:
        self.asked.append((answer, rubric.content_hash, question))
        return graded(self.verdict)


def no_model(answer: str, rubric: Rubric, question: str | None) -> Grade:
    raise ModelMissingError("all-MiniLM-L6-v2", "install it")


def look(store: Store) -> tuple[AttemptRecord, list[Instance]]:
    record = store.attempt(ID)
    return record, instances_of(record.attempt, store.document)


def test_each_closed_answer_is_graded_once_with_the_rubric_on_record(store: Store) -> None:
    machine = Machine()
    suggester = Suggester(store, machine, lambda: NOW, "1")
    record, steps = look(store)
    assert [one.position for one in without_suggestion(record)] == [0, 1]
    made = dict(suggester.suggest_missing(record, steps))
    step = record.attempt.steps[0]
    assert step.rubric is not None
    assert machine.asked == [("I weigh the cost.", step.rubric.content_hash, steps[0].prompt)]
    assert made[1].grade.points[0].verdict is Verdict.MET
    assert made[1].grade.provenance.question == record.attempt.steps[1].question

    before = store.verify()
    again, _ = look(store)
    assert suggestions(again) == made
    assert [one.id for one in again.grades] == [first_grade_id(one.id) for one in again.answers]
    assert list(suggester.suggest_missing(again, steps)) == []
    assert without_suggestion(again) == ()
    assert store.verify() == before


def test_what_another_window_suggested_first_stands(store: Store) -> None:
    record, steps = look(store)
    first = Suggester(store, Machine(Verdict.NOT_MET), lambda: NOW, "1")
    later = Suggester(store, Machine(Verdict.MET), lambda: NOW, "1")
    kept = first.suggest(steps[0], record.answers[0])
    assert later.suggest(steps[0], record.answers[0]) == kept
    assert suggestions(store.attempt(ID))[0].grade.points[0].verdict is Verdict.NOT_MET


def test_without_a_model_nothing_is_written_and_a_later_try_goes_on(store: Store) -> None:
    record, steps = look(store)
    before = store.verify()
    with pytest.raises(ModelMissingError):
        list(Suggester(store, no_model, lambda: NOW, "1").suggest_missing(record, steps))
    assert store.verify() == before
    assert (
        len(dict(Suggester(store, Machine(), lambda: NOW, "1").suggest_missing(*look(store)))) == 2
    )


def test_an_erased_answer_is_not_taken_for_a_blank_one(store: Store) -> None:
    record, _ = look(store)
    gone = record.model_copy(update={"erased": (record.answers[0].id,)})
    assert [one.position for one in without_suggestion(gone)] == [1]

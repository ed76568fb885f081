"""Persons found by name or pseudonym, what is held on them, and for how long."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rated import ATTEMPT, NAME, NOON, PLACES, SAID, event, give, interview, open_store

from grader.verdict import Verdict
from questionbank.attempt import Attempt, AttemptKind, AttemptRecord
from questionbank.candidates import (
    held_on,
    holds_words,
    interviews,
    last_activity,
    name,
    of_candidate,
    overdue,
    pseudonym,
)
from questionbank.interview_event import EventKind
from questionbank.mark import Act, ActKind
from questionbank.rating import Decided
from questionbank.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "record.db") as opened:
        interview(opened)
        yield opened


@pytest.fixture
def record(store: Store) -> AttemptRecord:
    return store.attempt(ATTEMPT)


def quiz(person: str | None) -> AttemptRecord:
    attempt = Attempt(
        id="c" * 32, kind=AttemptKind.QUIZ, started=NOON, steps=(), seed=1, person=person
    )
    return AttemptRecord(attempt=attempt)


@pytest.mark.parametrize(
    "who", [NAME, "  ada   LOVELACE ", "candidate-aaaaaa", "Candidate-AAAAAA", "\uff21da Lovelace"]
)
def test_a_person_is_found_by_name_or_pseudonym(who: str, record: AttemptRecord) -> None:
    assert of_candidate([record, quiz("Grace")], who) == (record,)


@pytest.mark.parametrize("who", ["", " ", "Ada", "candidate", "None"])
def test_a_part_of_a_name_finds_nobody(who: str, record: AttemptRecord) -> None:
    assert of_candidate([record, quiz(None)], who) == ()


def test_an_attempt_of_another_kind_has_a_person_and_no_pseudonym(record: AttemptRecord) -> None:
    other = quiz("Grace")
    assert (name(other), pseudonym(other)) == ("Grace", None)
    assert of_candidate([other], "grace") == (other,)
    assert interviews([other, record]) == (record,)


def test_what_is_erased_has_no_name_and_no_words(store: Store, record: AttemptRecord) -> None:
    assert holds_words(record)
    store.erase(Act(attempt_id=ATTEMPT, kind=ActKind.ERASED, at=NOON))
    after = store.attempt(ATTEMPT)
    assert (name(after), pseudonym(after)) == (None, "candidate-aaaaaa")
    assert not holds_words(after)
    assert of_candidate([after], NAME) == ()
    assert of_candidate([after], "candidate-aaaaaa") == (after,)
    assert overdue([after], NOON + timedelta(days=9999), 1) == ()


def test_words_are_due_once_their_days_are_over(record: AttemptRecord) -> None:
    assert last_activity(record) == NOON
    assert overdue([record], NOON + timedelta(days=30), 30) == ()
    assert overdue([record], NOON + timedelta(days=30, seconds=1), 30) == (record,)
    assert overdue([quiz("Grace")], NOON + timedelta(days=31), 30) == ()


def test_an_interview_that_never_ended_counts_from_the_last_thing_that_happened(
    record: AttemptRecord,
) -> None:
    later = event(9, EventKind.NOTED, at=NOON + timedelta(days=2), text="Later.")
    open_one = record.model_copy(update={"finished": None, "events": (*record.events, later)})
    assert last_activity(open_one) == NOON + timedelta(days=2)


def test_everything_held_is_told_but_the_names_of_others(store: Store) -> None:
    bob = store.enrol(ATTEMPT, "Grace Hopper", NOON)
    give(store, bob, PLACES[0], Decided(Verdict.MET, "in numbers"))
    store.append_act(
        Act(attempt_id=ATTEMPT, kind=ActKind.UNBLINDED, at=NOON, author="Eve", reason="invite")
    )
    found = held_on(
        store.attempt(ATTEMPT), store.marks(ATTEMPT), store.acts(ATTEMPT), "half a sentence"
    )
    assert found["name"] == NAME
    assert found["answers"][0]["text"] == SAID
    assert found["marks"][0]["reason"] == "in numbers"
    assert found["acts"][0]["reason"] == "invite"
    assert found["draft"] == "half a sentence"
    assert found["grades"][0]["grade"]["points"][0]["evidence"]["text"] == SAID[:7]
    assert "Private: nervous." in [one["text"] for one in found["happenings"]]
    text = str(found)
    for other in ("Bob", "Grace", "Eve"):
        assert other not in text

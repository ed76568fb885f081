"""Events of an interview in the record: in order, once, their words and names apart."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from databases import Place

from questionbank.attempt import Attempt, AttemptKind
from questionbank.errors import NotFoundError, UsageError
from questionbank.interview_event import EventKind, InterviewEvent
from questionbank.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATTEMPT = "a" * 32


def event(number: int, kind: EventKind = EventKind.NOTED, **fields: object) -> InterviewEvent:
    given = {
        "attempt_id": ATTEMPT,
        "number": number,
        "kind": kind,
        "at": NOON,
        "position": 0,
        "spent": 1.5,
    }
    return InterviewEvent.model_validate(given | fields)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place.target, clock=lambda: NOON) as opened:
        opened.append_attempt(
            Attempt(id=ATTEMPT, kind=AttemptKind.INTERVIEW, started=NOON, steps=(), seed=0)
        )
        yield opened


def test_events_come_back_in_order_and_the_chain_holds(store: Store) -> None:
    begun = event(0, EventKind.BEGUN, packet="sha256:0", pseudonym="heron-12", text="Ada")
    given = [begun, event(1, text="A note.", author="Bob"), event(2, EventKind.PAUSED)]
    for one in given:
        store.append_event(one)
    assert store.attempt(ATTEMPT).events == tuple(given)
    assert store.verify().sound


def test_words_and_names_stand_apart_from_the_chain(store: Store, place: Place) -> None:
    store.append_event(event(0, text="Her very words", author="Bob Smith", pseudonym="heron-12"))
    bodies = [body for (body,) in place.rows("SELECT body FROM entries")]
    assert any("heron-12" in body for body in bodies)
    assert not any("Her very words" in body or "Bob Smith" in body for body in bodies)
    place.run("DELETE FROM personal")
    erased = store.attempt(ATTEMPT)
    assert erased.events == (event(0, pseudonym="heron-12"),)
    assert len(erased.erased) == 1
    report = store.verify()
    assert report.sound
    assert report.erased == 1


def test_a_number_is_given_once_so_two_windows_cannot_both_go_on(store: Store) -> None:
    store.append_event(event(0, text="first"))
    with pytest.raises(UsageError, match="goes on in another window"):
        store.append_event(event(0, text="second"))
    assert [one.text for one in store.attempt(ATTEMPT).events] == ["first"]


def test_an_event_needs_its_attempt(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.append_event(event(0).model_copy(update={"attempt_id": "b" * 32}))

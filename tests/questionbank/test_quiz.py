"""The running quiz as pure steps."""

from datetime import UTC, datetime, timedelta

import pytest

from grader.grade import ContentRef
from questionbank.attempt import Answer, Attempt, AttemptKind, FinishedAttempt, Step
from questionbank.quiz import Shown, Submitted, advance, answer_id, start

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def attempt() -> Attempt:
    ref = ContentRef(id="a/b", version="1.0.0", content_hash="c", structure_hash="s")
    steps = tuple(Step(question=ref, part=part) for part in ("x", "y", "z"))
    return Attempt(id="a" * 32, kind=AttemptKind.QUIZ, started=NOW, steps=steps, seed=0)


def test_a_run_goes_from_the_first_step_to_the_last(attempt: Attempt) -> None:
    state, log = start(attempt), []
    for number in range(3):
        assert state.position == number
        assert not state.done
        state, none = advance(state, Shown(), later(100 * number))
        assert none == ()
        state, entries = advance(state, Submitted(f"text {number}"), later(100 * number + 7))
        log += entries
    assert state.done
    *answers, end = log
    assert end == FinishedAttempt(attempt_id="a" * 32, at=later(207))
    for number, answer in enumerate(answers):
        assert answer == Answer(
            id=answer_id("a" * 32, number),
            attempt_id="a" * 32,
            position=number,
            submitted=later(100 * number + 7),
            seconds=7.0,
            text=f"text {number}",
        )


@pytest.mark.parametrize(
    ("answered", "position"), [((), 0), ((0,), 1), ((1,), 0), ((0, 2), 1), ((0, 1, 2), 3)]
)
def test_a_resumed_run_goes_on_where_an_answer_is_missing(
    answered: tuple[int, ...], position: int, attempt: Attempt
) -> None:
    state = start(attempt, frozenset(answered))
    assert state.position == position
    assert state.done == (position == 3)


def test_the_last_missing_answer_ends_the_run_whatever_its_place(attempt: Attempt) -> None:
    state = start(attempt, frozenset({0, 2}))
    state, entries = advance(state, Submitted("x"), NOW)
    assert [type(entry) for entry in entries] == [Answer, FinishedAttempt]
    assert entries[0].position == 1


def test_time_of_an_earlier_sitting_counts_and_pauses_do_not(attempt: Attempt) -> None:
    state = start(attempt)
    assert state.seconds(later(50)) == 0.0
    state, _ = advance(state, Shown(timedelta(seconds=30)), later(1000))
    assert state.seconds(later(1012)) == 42.0
    state, _ = advance(state, Shown(), later(1020))
    _, entries = advance(state, Submitted("x"), later(1021.23456))
    assert entries[0].seconds == 31.235


def test_a_clock_set_back_never_gives_negative_time(attempt: Attempt) -> None:
    state, _ = advance(start(attempt), Shown(), NOW)
    assert state.seconds(later(-60)) == 0.0
    _, entries = advance(state, Submitted("x"), later(-60))
    assert entries[0].seconds == 0.0


@pytest.mark.parametrize("event", [Shown(), Submitted("x")])
def test_nothing_happens_after_the_end(event: Shown | Submitted, attempt: Attempt) -> None:
    with pytest.raises(ValueError, match="over"):
        advance(start(attempt, frozenset(range(3))), event, NOW)


def test_steps_change_no_state_in_place(attempt: Attempt) -> None:
    state = start(attempt)
    advance(state, Shown(), NOW)
    advance(state, Submitted("x"), NOW)
    assert state == start(attempt)


def test_the_id_of_an_answer_is_the_same_however_often_it_is_tried() -> None:
    assert answer_id("a" * 32, 0) == answer_id("a" * 32, 0)
    made = {answer_id(attempt, number) for attempt in ("a" * 32, "b" * 32) for number in range(9)}
    assert len(made) == 18
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in made)

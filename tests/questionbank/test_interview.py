"""The running interview: every step by hand, and the same again from its record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grade import ContentRef
from questionbank.attempt import Answer, Attempt, AttemptKind, AttemptRecord, FinishedAttempt, Step
from questionbank.interview import (
    Back,
    Begun,
    Ended,
    Entry,
    Event,
    ExtraTime,
    HeardPiece,
    InterviewState,
    Next,
    Noted,
    Paused,
    Probed,
    Resumed,
    Skipped,
    Transcribed,
    advance,
    notes,
    restore,
)
from questionbank.interview_event import MAX_TEXT, EventKind, Heard, InterviewEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ATTEMPT = Attempt(
    id="a" * 32,
    kind=AttemptKind.INTERVIEW,
    started=NOON,
    seed=1,
    steps=tuple(
        Step(
            question=ContentRef(id=f"a/q{at}", version="1.0.0", content_hash="", structure_hash="")
        )
        for at in range(3)
    ),
)
BEGUN = Begun(packet="sha256:0", pseudonym="heron-12", name="Ada", author="Bob")


def played(*events: Event, minutes: float = 30) -> tuple[InterviewState, list[Entry]]:
    """Play events a minute apart, beginning at noon."""
    state = InterviewState(ATTEMPT, minutes)
    entries: list[Entry] = []
    for number, event in enumerate(events):
        state, new = advance(state, event, NOON + number * MINUTE)
        entries += new
    return state, entries


def kinds(entries: list[Entry]) -> list[str]:
    return [one.kind if isinstance(one, InterviewEvent) else type(one).__name__ for one in entries]


def recorded(entries: list[Entry]) -> AttemptRecord:
    ends = [one.at for one in entries if isinstance(one, FinishedAttempt)]
    return AttemptRecord(
        attempt=ATTEMPT,
        answers=tuple(one for one in entries if isinstance(one, Answer)),
        events=tuple(one for one in entries if isinstance(one, InterviewEvent)),
        finished=ends[0] if ends else None,
    )


def test_an_interview_from_beginning_to_end() -> None:
    state, entries = played(
        BEGUN,
        HeardPiece("I would weigh the cost."),
        Probed("quality"),
        HeardPiece("And measure.", Heard.TRANSCRIPT),
        Noted("Sure of herself."),
        Next(),
        Skipped(),
        HeardPiece("Last."),
        Next(),
        Back(),
        Back(),
        HeardPiece("Second after all."),
        Ended(),
    )
    assert kinds(entries) == [
        *("begun", "shown", "heard", "probed", "heard", "noted"),
        *("Answer", "left", "shown", "skipped", "shown", "heard", "Answer", "left", "shown"),
        *("left", "shown", "left", "shown", "heard", "Answer", "ended", "FinishedAttempt"),
    ]
    answers = {one.position: one for one in entries if isinstance(one, Answer)}
    assert answers[0].text == "I would weigh the cost.\n\nAnd measure."
    assert answers[0].seconds == 300
    assert answers[1].text == "Second after all."
    assert answers[1].seconds == 60 + 120
    assert state.ended
    assert state.open == ()
    assert state.probed == {(0, "quality")}
    first = entries[0]
    assert isinstance(first, InterviewEvent)
    assert (first.pseudonym, first.text, first.author) == ("heron-12", "Ada", "Bob")
    assert notes(recorded(entries).events, 0) == ("Sure of herself.",)
    numbers = [one.number for one in entries if isinstance(one, InterviewEvent)]
    assert numbers == list(range(len(numbers)))


def test_the_clock_stands_while_paused() -> None:
    state, _ = played(BEGUN, Paused(), Resumed())
    now = NOON + 5 * MINUTE
    assert state.elapsed(now) == 4 * MINUTE
    assert state.left(now) == 26 * MINUTE
    paused, _ = advance(state, Paused(), now)
    assert paused.paused
    assert paused.elapsed(now + timedelta(hours=3)) == 4 * MINUTE


def test_a_clock_that_is_set_back_takes_no_time_away() -> None:
    state, _ = played(BEGUN)
    assert state.elapsed(NOON - MINUTE) == timedelta()


def test_extra_time_is_added_and_recorded_with_its_reason() -> None:
    state, entries = played(BEGUN, ExtraTime(10, "dyslexia allowance"))
    assert state.left(NOON) == 40 * MINUTE
    last = entries[-1]
    assert isinstance(last, InterviewEvent)
    assert (last.kind, last.minutes, last.text) == (
        EventKind.EXTRA_TIME,
        10.0,
        "dyslexia allowance",
    )


def test_time_over_is_negative_and_stops_nobody() -> None:
    state, _ = played(BEGUN, HeardPiece("So."), minutes=1)
    assert state.left(NOON + 5 * MINUTE) == -4 * MINUTE
    state, _ = advance(state, Next(), NOON + 5 * MINUTE)
    assert state.position == 1


def test_an_end_leaves_what_was_not_heard_without_an_answer() -> None:
    state, entries = played(BEGUN, HeardPiece("One."), Ended())
    assert [one.position for one in entries if isinstance(one, Answer)] == [0]
    assert state.open == (1, 2)


ALL = (BEGUN, Skipped(), Skipped(), Skipped())


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((Next(),), "begins once"),
        ((BEGUN, BEGUN), "begins once"),
        ((BEGUN, Back()), "first question"),
        ((BEGUN, Next()), "skip this question"),
        ((BEGUN, Resumed()), "runs already"),
        ((BEGUN, HeardPiece(" \n")), "nothing was said"),
        ((BEGUN, HeardPiece("a"), Next(), Back(), HeardPiece("b")), "closed"),
        ((BEGUN, ExtraTime(0, "why")), "above 0"),
        ((BEGUN, ExtraTime(float("nan"), "why")), "above 0"),
        ((BEGUN, ExtraTime(float("inf"), "why")), "600 at most"),
        ((BEGUN, HeardPiece("a" * (MAX_TEXT + 1))), "at most can be kept"),
        ((BEGUN, ExtraTime(5, " ")), "a reason"),
        ((BEGUN, Transcribed(((0, "a"), (3, "b")))), "no question 4; the last one is 3"),
        ((BEGUN, Transcribed(((0, " "),))), "nothing was said"),
        ((BEGUN, HeardPiece("a"), Next(), Transcribed(((0, "b"),))), "question 1 is closed"),
        ((BEGUN, Ended(), Noted("a")), "is over"),
        ((*ALL, HeardPiece("a")), "all questions are through"),
        ((*ALL, Next()), "all questions are through"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_happen_is_refused(events: tuple[Event, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        played(*events)


def test_going_back_to_a_closed_answer_and_on_writes_no_second_one() -> None:
    state, entries = played(BEGUN, HeardPiece("a"), Next(), Back(), Next())
    assert kinds(entries).count("Answer") == 1
    assert state.position == 1


def test_a_transcript_fills_several_questions_and_the_one_on_screen_stays() -> None:
    pieces = ((1, "To the second."), (0, "To the first."))
    state, entries = played(BEGUN, Skipped(), Transcribed(pieces), Transcribed(pieces))
    assert state.position == 1
    assert (state.answer(0), state.answer(1)) == ("To the first.", "To the second.")
    heard = [
        (one.position, one.spent, one.heard)
        for one in entries
        if isinstance(one, InterviewEvent) and one.kind is EventKind.HEARD
    ]
    assert heard == [(1, 60.0, Heard.TRANSCRIPT), (0, 60.0, Heard.TRANSCRIPT)]
    assert restore(recorded(entries), 30).position == 1


def test_a_transcript_does_not_start_a_clock_that_stands() -> None:
    state, _ = played(BEGUN, Paused(), Transcribed(((2, "Said."),)))
    assert state.paused
    assert state.answer(2) == "Said."


MOVES = st.lists(
    st.sampled_from(
        [
            Resumed(),
            Paused(),
            HeardPiece("Something."),
            HeardPiece("More.", Heard.PASTED),
            Transcribed(((0, "Said."), (2, "Said last."))),
            Noted("A note."),
            Probed("cost"),
            Next(),
            Back(),
            Skipped(),
            ExtraTime(5, "entitled"),
            Ended(),
        ]
    ),
    max_size=20,
)


@given(MOVES)
def test_an_interrupted_interview_comes_back_from_its_record(moves: list[Event]) -> None:
    state, new = advance(InterviewState(ATTEMPT, 30), BEGUN, NOON)
    entries = list(new)
    now = NOON
    for move in moves:
        now += MINUTE
        try:
            state, new = advance(state, move, now)
        except ValueError:
            continue
        entries += new
    back = restore(recorded(entries), 30)
    assert back.position == state.position
    assert back.answered == state.answered
    assert back.heard == state.heard
    assert back.probed == state.probed
    assert back.extra == state.extra
    assert back.events == state.events
    assert back.ended == state.ended
    assert back.paused
    last = max(one.at for one in entries if isinstance(one, InterviewEvent))
    assert back.elapsed(now) == state.elapsed(last)


def test_erased_words_come_back_as_nothing_heard() -> None:
    _, entries = played(BEGUN, HeardPiece("a"), ExtraTime(5, "why"))
    record = recorded(entries)
    bare = tuple(event.model_copy(update={"text": None}) for event in record.events)
    back = restore(record.model_copy(update={"events": bare}), 30)
    assert back.heard == ()
    assert back.extra == 5 * MINUTE

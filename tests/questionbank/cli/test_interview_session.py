"""An interview led by a person: what is shown, taken down and suggested, line by line."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from interviewing import Reply, WordGrader, WrittenLines

from questionbank.attempt import Attempt, AttemptKind, AttemptRecord
from questionbank.bank import load_bank
from questionbank.cli.autosave import Autosave
from questionbank.cli.context import Context
from questionbank.cli.interview_advice import Advisor
from questionbank.cli.interview_session import InterviewSession
from questionbank.cli.interview_sitting import Sitting
from questionbank.cli.lazy_grader import LazyGrader
from questionbank.cli.render import Screen
from questionbank.document import documents_of
from questionbank.drafts import DraftFile
from questionbank.errors import StoreError, UsageError
from questionbank.instance import instances
from questionbank.interview import Begun, InterviewState, Resumed, restore
from questionbank.interview_event import MAX_TEXT, EventKind, Heard
from questionbank.packet import Packet
from questionbank.store import Store
from questionbank.suggesting import suggestions, without_suggestion

OPEN = "model-choice/small-model"
CHOICE = "foundations/rare-class"
NUMERIC = "inference-economics/daily-bill"
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "c" * 32
COST = "I would compare the monthly bill of both models."
MEASURE = "I would test both on our own tickets."


class Room:
    """An interview of three questions, and all that is left of it."""

    def __init__(self, folder: Path, bank_folder: Path, packet: Packet, grader: WordGrader) -> None:
        bank = load_bank((bank_folder,))
        self.packet = packet
        self.grader = grader
        self.steps = [
            instances(bank.question(key), bank.rubrics, 1)[0] for key in (OPEN, CHOICE, NUMERIC)
        ]
        self.clock = BEGAN
        self.data = folder / "data"
        self.store = Store.open(self.data / "record.db", clock=lambda: self.clock)
        steps = tuple(one.step for one in self.steps)
        self.attempt = Attempt(
            id=ID, kind=AttemptKind.INTERVIEW, started=BEGAN, steps=steps, seed=1
        )
        self.store.append_attempt(self.attempt, documents_of(self.steps))
        self.drafts = DraftFile(self.data, ID)
        self.out, self.err = io.StringIO(), io.StringIO()

    def now(self) -> datetime:
        return self.clock

    def sit(
        self,
        *replies: Reply,
        blind: bool = False,
        interactive: bool = True,
        plain: bool = True,
        minutes: float = 20,
    ) -> WrittenLines:
        """Begin, or go on if something is on record; ends when the lines do."""
        screen = Screen(self.out, self.err, plain=plain)
        lines = WrittenLines([*replies, None], interactive=interactive)
        record = self.store.attempt(ID)
        if record.events:
            state = restore(record, minutes)
            sitting = Sitting(self.steps, state, self.store, self.now, record)
            sitting.do(Resumed())
        else:
            state = InterviewState(self.attempt, minutes)
            sitting = Sitting(self.steps, state, self.store, self.now)
            sitting.do(Begun(self.packet.content_hash, "heron-1"))
        advisor = None if blind else self._advisor(screen, interactive)
        if advisor and sitting.earlier:
            advisor.waiting = list(without_suggestion(sitting.earlier))
        self.session = InterviewSession(screen, sitting, self.packet, lines, advisor)
        self.advisor = advisor
        self.session.open()
        try:
            self.session.run(self.drafts)
        except EOFError:
            assert not sitting.state.ended
        return lines

    def _advisor(self, screen: Screen, interactive: bool) -> Advisor:
        context = Context()
        context.__dict__["screen"] = screen
        return Advisor(
            screen,
            self.steps,
            LazyGrader(context, self.steps),
            self.store,
            self.now,
            "1",
            patient=not interactive,
        )

    @property
    def record(self) -> AttemptRecord:
        return self.store.attempt(ID)

    @property
    def shown(self) -> str:
        return self.out.getvalue()

    @property
    def noted(self) -> str:
        return self.err.getvalue()

    def heard(self) -> list[tuple[int, str | None, Heard | None]]:
        return [
            (one.position, one.text, one.heard)
            for one in self.record.events
            if one.kind is EventKind.HEARD
        ]


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> WordGrader:
    made = WordGrader()
    monkeypatch.setattr(Context, "background_grader", lambda self: made)
    return made


@pytest.fixture
def room(tmp_path: Path, bank_folder: Path, three: Packet, grader: WordGrader) -> Iterator[Room]:
    made = Room(tmp_path, bank_folder, three, grader)
    yield made
    made.store.close()


@pytest.fixture
def three() -> Packet:
    from packets import item, packet

    names = (OPEN, CHOICE, NUMERIC)
    weights = zip(names, (3, 1, 1), strict=True)
    return packet(
        items=[item(name, 4) for name in names],
        competencies=[{"strategy": name.partition("/")[0], "weight": w} for name, w in weights],
        weights_reason="So it is.",
    )


def test_the_question_comes_with_time_and_purpose_and_its_anchors_at_a_word(room: Room) -> None:
    room.sit("/anchors", "/points", "/script", "/what", "/note Shy at first", "/skip", "/anchors")
    assert "Before the first question" in room.shown
    assert "0 min spent, 20 min left; this question: 0 of about 4 min" in room.shown
    assert "Purpose: model-choice, 60% of the whole. Listen for: Weighs the cost" in room.shown
    assert room.shown.count("Question 1 of 3: Small or large model") == 2
    assert "no anchors" in room.shown
    assert "Ask: What would each cost?" in room.shown
    assert room.shown.count("closes the answer and goes on") == 2
    assert "This question has no anchors." in room.shown
    assert [one.text for one in room.record.events if one.kind is EventKind.NOTED] == [
        "Shy at first"
    ]


def test_what_is_missing_is_shown_while_it_can_still_be_asked(room: Room) -> None:
    room.sit(COST, "/next", "/probe measures", MEASURE, "/next")
    before, _, after = room.shown.partition("/next once more to close the answer.")
    assert "it advises, you decide when you rate" in before
    assert "1. Weighs the cost: met (probability" in before
    assert f'"{COST}"' in before
    assert "2. Measures on own data: not met" in before
    assert "Ask: How would you find out which is better for us? (/probe 2)" in before
    assert "Still missing or in doubt: 2" in before
    assert "None is missing" in after
    assert "Question 1: the suggestion above is kept." in after
    assert "Question 2 of 3" in after
    assert [one.point_id for one in room.record.events if one.point_id] == ["measures"]
    kept = suggestions(room.record)
    assert [point.verdict for point in kept[0].grade.points] == ["met", "met"]
    assert room.record.answers[0].text == f"{COST}\n\n{MEASURE}"


def test_a_second_next_closes_whatever_is_missing(room: Room) -> None:
    room.sit(COST, "/next", "/next")
    assert room.session.sitting.state.position == 1
    assert set(suggestions(room.record)) == {0}


def test_a_follow_up_that_was_asked_holds_nobody_up(room: Room) -> None:
    room.sit("/probe 2", COST, "/next")
    assert "(asked)" in room.shown
    assert room.session.sitting.state.position == 1


def test_without_a_person_at_the_keys_next_closes_at_once(room: Room) -> None:
    room.grader.ready = False
    room.sit(COST, "/next", "recall", "/next", "/end", interactive=False)
    assert "Question 1, Small or large model:" in room.shown
    assert "The answer: met" in room.shown
    assert set(suggestions(room.record)) == {0, 1}
    assert room.record.finished


def test_who_judges_blind_sees_no_suggestion_and_none_is_made(room: Room) -> None:
    room.sit(COST, "/suggest", "/next", "/end", blind=True)
    assert "not done: suggestions are off" in room.noted
    assert "What the machine suggests" not in room.shown
    assert room.grader.asked == []
    assert room.record.grades == ()


def test_while_the_model_loads_the_interview_goes_on_and_the_suggestion_comes_later(
    room: Room,
) -> None:
    def loaded(autosave: Autosave) -> str:
        room.grader.ready = True
        return "recall"

    room.grader.ready = False
    room.sit(COST, "/suggest", "/next", loaded, "/next")
    assert "still loading; ask again" in room.noted
    assert "the suggestion on question 1 comes later" in room.noted
    assert "grader ready" in room.session.status()
    assert room.shown.index("Question 2 of 3") < room.shown.index("Question 1, Small or large")
    assert set(suggestions(room.record)) == {0, 1}


def test_without_a_model_it_is_said_once_and_nothing_is_lost(room: Room) -> None:
    room.grader.break_down()
    room.sit(COST, "/suggest", "/next", "recall", "/next")
    assert room.noted.count("The answers are kept, without suggestions.") == 1
    assert room.advisor is not None
    assert [one.position for one in room.advisor.waiting] == [0]
    assert set(suggestions(room.record)) == {1}
    room.grader.failure, room.grader.ready = None, True
    room.sit()
    assert set(suggestions(room.record)) == {0, 1}


def test_a_suggestion_can_be_asked_for_at_any_time(room: Room) -> None:
    room.sit("/suggest", COST, "/suggest", "/skip", "/skip", "/skip", "/suggest")
    assert room.noted.count("not done: nothing was said yet") == 2
    assert room.shown.count("What the machine suggests") == 1
    assert room.record.grades == ()


def test_a_number_is_suggested_with_the_right_one(room: Room) -> None:
    room.sit("/skip", "/skip", "0", "/suggest", "/next")
    assert "The answer: not met (right: " in room.shown
    assert "All questions are through; without an answer: 1, 2 (/back to return)" in room.shown
    assert "all through" in room.session.status()


def test_a_paste_is_one_piece_and_never_a_word_for_the_interviewer(room: Room) -> None:
    room.sit("/end\nof it", "//end", "/paste", "/end", "", "two", ".", "/paste", ".", " ")
    assert room.heard() == [
        (0, "/end\nof it", Heard.PASTED),
        (0, "/end", Heard.TYPED),
        (0, "/end\n\ntwo", Heard.PASTED),
    ]
    assert "Taken down: 2 words." in room.shown


def test_the_end_of_input_ends_a_paste_as_well(room: Room) -> None:
    room.sit("/paste", "half of it")
    assert room.heard() == [(0, "half of it", Heard.PASTED)]


def test_stopping_in_a_paste_keeps_it_and_comes_back_to_it(room: Room) -> None:
    def late(autosave: Autosave) -> str:
        room.clock += timedelta(seconds=1)
        return "two"

    with pytest.raises(KeyboardInterrupt):
        room.sit("/paste", "one", late, KeyboardInterrupt())
    kept = room.drafts.load()
    assert kept.text == "one\ntwo\n"  # type: ignore[union-attr]
    assert "pasting: end with ." in room.session.status()
    again = room.sit("one\ntwo")
    assert again.drafts[0] == "one\ntwo\n"
    assert room.heard() == [(0, "one\ntwo", Heard.PASTED)]
    assert room.drafts.load() is None


def test_the_line_being_typed_survives_a_stop(room: Room) -> None:
    def typing(autosave: Autosave) -> str:
        autosave.changed("half a li")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.sit("said", typing)
    assert room.sit("half a line").drafts[0] == "half a li"


def test_a_draft_that_is_on_record_already_is_not_offered_again(room: Room) -> None:
    room.sit("said")
    room.drafts.save(0, "said", 0.0)
    assert room.sit().drafts == [""]


def no_store(*_: object) -> None:
    raise StoreError("record.db: the disk is full")


def test_a_line_that_cannot_be_recorded_is_kept_beside_the_record(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(autosave: Autosave) -> str:
        monkeypatch.setattr(room.store, "append_event", no_store)
        return "said"

    with pytest.raises(StoreError):
        room.sit(full)
    assert "The last line is not on record yet; it is kept in" in room.noted
    kept = room.drafts.load()
    assert kept.text == "said"  # type: ignore[union-attr]


def test_a_paste_that_cannot_be_recorded_is_kept_whole_or_shown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(autosave: Autosave) -> str:
        monkeypatch.setattr(room.store, "append_event", no_store)
        monkeypatch.setattr(room.drafts, "save", no_store)
        return "."

    with pytest.raises(StoreError):
        room.sit("/paste", "one", "two", full)
    assert "What is not kept, to copy it from here:\none\ntwo\n" in room.shown


def test_of_two_windows_the_one_that_was_left_behind_is_told(room: Room) -> None:
    other = Sitting(room.steps, InterviewState(room.attempt, 20), room.store, room.now)

    def elsewhere(autosave: Autosave) -> str:
        other.state = restore(room.record, 20)
        other.do(Resumed())
        return "said here"

    room.sit(elsewhere)
    assert "goes on in another window" in room.noted


def test_time_that_is_over_is_said_plainly(room: Room) -> None:
    def later(autosave: Autosave) -> str:
        room.clock += timedelta(minutes=23)
        return "Still talking."

    room.sit(later, "And on.", "/skip", "/extra 10 dyslexia allowance", "/pause", "/extra x")
    assert room.noted.count("The time is over.") == 1
    assert "23 min spent, OVER TIME by 3 min; this question: 0 of about 2 min" in room.shown
    assert "23 min spent, 7 min left (10 min extra included)" in room.shown
    assert "; the clock stands" in room.shown
    assert "not done: write /extra, whole minutes and why" in room.noted


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("/note", "write /note and the note"),
        ("/probe 9", "name a point by its id or a number from 1 to 2"),
        ("/probe x", "name a point by its id or a number from 1 to 2"),
        ("/anchors 0", "name a point by its id or a number from 1 to 2"),
        ("/speaker", "write /speaker and the candidate's name"),
        ("/resume", "the clock runs already"),
        ("/back", "this is the first question"),
        ("/next", "nothing was said yet"),
        ("/transcript none.txt", "none.txt: there is no such file"),
        ("/extra 5", "and a reason"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    word: str, reason: str, room: Room
) -> None:
    room.sit(word)
    assert f"not done: {reason}" in room.noted or reason in room.noted
    assert [one.kind for one in room.record.events] == ["begun", "shown"]


def test_words_about_points_say_that_there_are_none(room: Room) -> None:
    room.sit("/skip", "/points", "/probe 1", "/skip", "/skip", "/points")
    assert "This question has no points to look for." in room.shown
    assert "not done: there are no points here" in room.noted
    assert "not done: all questions are through" in room.noted


@pytest.mark.parametrize("plain", [True, False])
def test_a_text_that_is_refused_stays_where_it_can_be_edited(room: Room, plain: bool) -> None:
    long = "a" * (MAX_TEXT + 1)
    lines = room.sit(long, "b", "/next", "/next", "/back", "too late", blind=True, plain=plain)
    assert "not done: 5,000,001 characters; 5,000,000 at most can be kept" in room.noted
    assert lines.drafts[1] == ("" if plain else long)
    assert "This answer is closed." in room.shown
    assert room.heard()[-1][1] != long


TALK = """\
Bob: Welcome.
Question 1
Bob: A small or a large one?
Ada: {cost}
Question 3
Ada: 7
"""


def test_a_transcript_answers_the_questions_its_lines_name(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(f"A call\n{TALK.format(cost=COST)}")
    room.sit(f"/transcript {path}", "/speaker ada", f"/transcript {path}", "/next", "/next")
    assert "who is the candidate? Name one of: Bob, Ada" in room.noted
    assert room.heard() == [(0, COST, Heard.TRANSCRIPT), (2, "7", Heard.TRANSCRIPT)]
    assert f"{path}:5: 9 words of ada to question 1" in room.shown
    assert "Speakers and turns: Bob (2), Ada (2); only ada's are graded." in room.shown
    assert "1 lines before the first label belong to nobody." in room.shown
    assert "before the first question's line is left out" in room.shown


def test_a_transcript_without_lines_answers_the_question_on_screen(
    room: Room, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("Interviewer: Well?\nCANDIDATE: recall\n")
    room.sit("/skip", f"/transcript {path}", "/skip", "/skip", f"/transcript {path}")
    assert room.heard() == [(1, "recall", Heard.TRANSCRIPT)]
    assert "words of CANDIDATE to the question on screen" in room.shown
    assert "not done: all questions are through; go back to the one it answers" in room.noted


def test_a_transcript_of_another_interview_is_refused_whole(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("Question 1\nCandidate: a\nQuestion 4\nCandidate: b\n")
    room.sit(f"/transcript {path}")
    assert "not done: there is no question 4; the last one is 3" in room.noted
    assert room.heard() == []


def test_nobody_of_the_speaker_s_name_is_an_error_that_lists_who_is_there(
    room: Room, tmp_path: Path
) -> None:
    path = tmp_path / "talk.txt"
    path.write_text(TALK.format(cost=COST))
    room.sit("/speaker Eve", f"/transcript {path}")
    assert "nobody is called 'Eve'; there are: Bob, Ada" in room.noted
    with pytest.raises(UsageError):
        room.store.attempt("ff")

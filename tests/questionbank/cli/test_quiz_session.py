"""A sitting from the first question to the last, with everything that can come between."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.errors import ModelMissingError
from grader.grade import Grade, PointGrade, Provenance
from grader.rubric import Rubric
from grader.verdict import Verdict
from questionbank.attempt import Answer, Attempt, AttemptKind
from questionbank.bank import load_bank
from questionbank.cli.autosave import Autosave
from questionbank.cli.quiz_session import QuizSession
from questionbank.cli.render import Screen
from questionbank.document import documents_of
from questionbank.drafts import DraftFile
from questionbank.errors import StoreError
from questionbank.instance import Instance, instances
from questionbank.quiz import answer_id, start
from questionbank.store import Store

OPEN = "model-choice/small-model"
CHOICE = "foundations/rare-class"
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
Reply = str | BaseException | Callable[[Autosave], str]


class Clock:
    """A second passes whenever somebody looks."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return BEGAN + timedelta(seconds=self.looks)


class Script:
    """A source of answers that says what it was told to."""

    def __init__(self, *replies: Reply, interactive: bool = True) -> None:
        self.replies = list(replies)
        self.interactive = interactive
        self.drafts: list[str] = []
        self.forgotten = 0

    def forget_keys(self) -> None:
        self.forgotten += 1

    def ask(self, instance: Instance, draft: str, autosave: Autosave) -> str:
        self.drafts.append(draft)
        reply = self.replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return reply if isinstance(reply, str) else reply(autosave)


def met(answer: str, rubric: Rubric, question: str | None) -> Grade:
    points = tuple(
        PointGrade(id=point.id, verdict=Verdict.MET, points=point.weight, max_points=point.weight)
        for point in rubric.points
    )
    return grade_of(points)


def undecided(answer: str, rubric: Rubric, question: str | None) -> Grade:
    points = tuple(
        PointGrade(id=one.id, verdict=Verdict.NEEDS_REVIEW, points=None, max_points=one.weight)
        for one in rubric.points
    )
    return grade_of(points)


def no_model(answer: str, rubric: Rubric, question: str | None) -> Grade:
    raise ModelMissingError("all-MiniLM-L6-v2", "install it")


def grade_of(points: tuple[PointGrade, ...]) -> Grade:
    return Grade(
        score=sum(point.points or 0.0 for point in points),
        max_score=sum(point.max_points for point in points),
        points=points,
        provenance=Provenance(package_version="1"),
    )


class Sitting:
    """A quiz over an open and a choice question, and all that is left of it."""

    def __init__(self, folder: Path, bank_folder: Path) -> None:
        bank = load_bank((bank_folder,))
        self.steps = [instances(bank.question(key), bank.rubrics, 1)[0] for key in (OPEN, CHOICE)]
        self.data = folder / "data"
        self.clock = Clock()
        self.store = Store.open(self.data / "record.db", clock=self.clock)
        self.attempt = Attempt(
            id="a" * 32,
            kind=AttemptKind.QUIZ,
            started=BEGAN,
            steps=tuple(one.step for one in self.steps),
            seed=1,
        )
        self.store.append_attempt(self.attempt, documents_of(self.steps))
        self.drafts = DraftFile(self.data, self.attempt.id)
        self.out, self.err = io.StringIO(), io.StringIO()

    def sit(
        self, source: Script, grade: Callable[[str, Rubric, str | None], Grade] = met
    ) -> QuizSession:
        """Begin, or go on if something is on record."""
        record = self.store.attempt(self.attempt.id)
        session = QuizSession(
            Screen(self.out, self.err, plain=True),
            self.steps,
            start(self.attempt, record.answered),
            source,
            grade,
            self.clock,
            "1",
        )
        session.run(self.store, self.data, record)
        return session

    @property
    def texts(self) -> list[str]:
        return [answer.text for answer in self.store.attempt(self.attempt.id).answers]

    @property
    def finished(self) -> bool:
        return self.store.attempt(self.attempt.id).finished is not None


@pytest.fixture
def sitting(tmp_path: Path, bank_folder: Path) -> Iterator[Sitting]:
    made = Sitting(tmp_path, bank_folder)
    yield made
    made.store.close()


def typing(text: str, then: Reply = "") -> Callable[[Autosave], str]:
    """Types, and then answers or leaves."""

    def reply(autosave: Autosave) -> str:
        autosave.changed(text)
        if isinstance(then, BaseException):
            raise then
        return then if isinstance(then, str) and then else text

    return reply


def test_a_quiz_is_asked_kept_graded_and_summed_up(sitting: Sitting) -> None:
    source = Script("cost and trial", "recall")
    session = sitting.sit(source)
    assert sitting.texts == ["cost and trial", "recall"]
    assert {at: grade.score for at, grade in session.grades.items()} == {0: 3.0, 1: 1.0}
    assert "Done: 4 of 4 points over 2 questions." in sitting.out.getvalue()
    assert "history show aaaaaaaa" in sitting.out.getvalue()
    assert sitting.finished
    assert source.drafts == ["", ""]
    assert source.forgotten == 2


def test_an_answer_is_on_record_before_it_is_graded(sitting: Sitting) -> None:
    seen = []

    def look(answer: str, rubric: Rubric, question: str | None) -> Grade:
        seen.append(sitting.texts)
        assert sitting.drafts.load() is None
        return met(answer, rubric, question)

    sitting.sit(Script(typing("cost"), "recall"), look)
    assert seen == [["cost"]]


def test_text_that_cannot_be_encoded_is_cleaned_on_submission(sitting: Sitting) -> None:
    sitting.sit(Script("caf\udce9 \x00", "recall"))
    assert sitting.texts[0] == "caf\ufffd \x00"


@pytest.mark.parametrize("end", [KeyboardInterrupt(), EOFError()])
def test_leaving_keeps_the_draft_and_coming_back_finds_it(
    sitting: Sitting, end: BaseException
) -> None:
    with pytest.raises(type(end)):
        sitting.sit(Script("cost", typing("rec", end)))
    assert sitting.texts == ["cost"]
    assert "to copy it from here" not in sitting.out.getvalue()
    kept = sitting.drafts.load()
    assert (kept.position, kept.text) == (1, "rec")  # type: ignore[union-attr]

    again = Script("recall")
    sitting.sit(again)
    assert again.drafts == ["rec"]
    assert sitting.texts == ["cost", "recall"]
    assert sitting.store.attempt(sitting.attempt.id).answers[1].seconds > kept.seconds  # type: ignore[union-attr]
    assert sitting.drafts.load() is None
    assert sitting.finished


def full_disk(position: int, text: str, seconds: float) -> None:
    raise StoreError("no space left on device")


def test_a_draft_that_could_not_be_saved_is_shown_to_be_copied(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DraftFile, "save", lambda self, *given: full_disk(*given))
    with pytest.raises(KeyboardInterrupt):
        sitting.sit(Script(typing("a long thought", KeyboardInterrupt())))
    assert "the draft could not be saved: no space left" in sitting.err.getvalue()
    assert "copy it from here:\na long thought\n" in sitting.out.getvalue()


def test_a_disk_too_full_for_drafts_stops_nobody_from_submitting(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DraftFile, "save", lambda self, *given: full_disk(*given))
    sitting.sit(Script(typing("a thought"), typing("recall")))
    assert sitting.texts == ["a thought", "recall"]
    assert sitting.err.getvalue() == ""


def failing_once(real: Callable[[Answer], Answer]) -> Callable[[Answer], Answer]:
    failures = [StoreError("the record: no space left on device; make room")]

    def append(answer: Answer) -> Answer:
        if failures:
            raise failures.pop()
        return real(answer)

    return append


def test_an_answer_that_cannot_be_recorded_is_there_to_be_submitted_again(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitting.store, "append_answer", failing_once(sitting.store.append_answer))
    source = Script("cost", "cost, again", "recall")
    sitting.sit(source)
    assert source.drafts == ["", "cost", ""]
    assert sitting.texts == ["cost, again", "recall"]
    assert "make room\nNothing is lost" in sitting.err.getvalue()


def test_where_nobody_can_submit_again_the_trouble_ends_the_quiz(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitting.store, "append_answer", failing_once(sitting.store.append_answer))
    with pytest.raises(StoreError, match="no space left"):
        sitting.sit(Script("cost", interactive=False))
    assert sitting.texts == []


def test_the_first_answer_to_a_question_stands(sitting: Sitting) -> None:
    def in_another_window(autosave: Autosave) -> str:
        sitting.store.append_answer(
            Answer(
                id=answer_id(sitting.attempt.id, 0),
                attempt_id=sitting.attempt.id,
                position=0,
                submitted=BEGAN,
                seconds=1.0,
                text="sooner",
            )
        )
        return "later"

    graded = []

    def remember(answer: str, rubric: Rubric, question: str | None) -> Grade:
        graded.append(answer)
        return met(answer, rubric, question)

    sitting.sit(Script(in_another_window, "recall"), remember)
    assert sitting.texts == [*graded, "recall"] == ["sooner", "recall"]
    assert "answered in another window" in sitting.err.getvalue()


def test_answers_without_a_grader_are_kept_and_graded_the_next_time(sitting: Sitting) -> None:
    session = sitting.sit(Script("cost", "recall"), no_model)
    assert session.ungraded == 1
    assert "install it\nYour answer is kept" in sitting.err.getvalue()
    assert "1 answer kept but not graded" in sitting.out.getvalue()
    assert not sitting.finished

    again = sitting.sit(Script())
    assert again.ungraded == 0
    assert {at: grade.score for at, grade in again.grades.items()} == {0: 3.0, 1: 1.0}
    assert sitting.finished


def test_points_that_wait_for_a_person_are_counted(sitting: Sitting) -> None:
    sitting.sit(Script("cost", "recall"), undecided)
    assert "2 points wait for a person to look." in sitting.out.getvalue()


def test_one_question_is_spoken_of_as_one(sitting: Sitting) -> None:
    sitting.sit(Script("cost", "recall"), no_model)
    assert "over 1 question." in sitting.out.getvalue()


def test_a_draft_that_cannot_be_read_is_set_aside_and_told(sitting: Sitting) -> None:
    sitting.drafts.path.write_text("{")
    source = Script("cost", "recall")
    sitting.sit(source)
    assert "the draft could not be read" in sitting.err.getvalue()
    assert source.drafts == ["", ""]
    assert list(sitting.drafts.path.parent.glob("*.broken"))


def test_the_draft_of_an_answer_that_is_on_record_is_cleared_away(sitting: Sitting) -> None:
    with pytest.raises(KeyboardInterrupt):
        sitting.sit(Script("cost", KeyboardInterrupt()))
    sitting.drafts.save(0, "cos", 1.0)
    source = Script("recall")
    sitting.sit(source)
    assert source.drafts == [""]
    assert sitting.drafts.load() is None

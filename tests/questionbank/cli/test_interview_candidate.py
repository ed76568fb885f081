"""A candidate alone: everything asked once, what was left open once more, nothing given away."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Run
from packets import packet

from questionbank.attempt import Attempt, AttemptKind
from questionbank.bank import load_bank
from questionbank.cli.autosave import Autosave
from questionbank.cli.interview_candidate import CandidateSession
from questionbank.cli.interview_sitting import Sitting
from questionbank.cli.render import Screen
from questionbank.document import documents_of
from questionbank.drafts import DraftFile
from questionbank.errors import StoreError
from questionbank.instance import Instance, instances
from questionbank.interview import Begun, HeardPiece, InterviewState, Paused, Resumed, restore
from questionbank.interview_event import MAX_TEXT, EventKind, InterviewEvent
from questionbank.packet_source import save_packet
from questionbank.store import Store

KEYS = ("model-choice/small-model", "foundations/rare-class")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = "d" * 32
Reply = str | BaseException | Callable[[Autosave], str]


class Script:
    """A candidate who says what was written down."""

    interactive = True

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.asked: list[tuple[str, str]] = []

    def forget_keys(self) -> None:
        """Nobody types ahead."""

    def ask(self, instance: Instance, draft: str, autosave: Autosave) -> str:
        self.asked.append((instance.key, draft))
        reply = self._replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return reply if isinstance(reply, str) else reply(autosave)


class Desk:
    """An interview of two questions."""

    def __init__(self, folder: Path, bank_folder: Path) -> None:
        bank = load_bank((bank_folder,))
        self.steps = [instances(bank.question(key), bank.rubrics, 1)[0] for key in KEYS]
        self.store = Store.open(folder / "data" / "record.db", clock=lambda: NOW)
        steps = tuple(one.step for one in self.steps)
        self.attempt = Attempt(id=ID, kind=AttemptKind.INTERVIEW, started=NOW, steps=steps, seed=1)
        self.store.append_attempt(self.attempt, documents_of(self.steps))
        self.drafts = DraftFile(folder / "data", ID)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.sitting = Sitting(
            self.steps, InterviewState(self.attempt, 20), self.store, lambda: NOW
        )
        self.sitting.do(Begun("sha256:0", "heron-1"))

    def come_back(self) -> None:
        record = self.store.attempt(ID)
        state = restore(record, 20)
        self.sitting = Sitting(self.steps, state, self.store, lambda: NOW, record)
        self.sitting.do(Resumed())

    def sit(self, *replies: Reply) -> Script:
        source = Script(*replies)
        screen = Screen(self.out, self.err, plain=True)
        CandidateSession(screen, self.sitting, source).run(self.drafts)
        return source

    def answers(self) -> dict[int, str]:
        return {one.position: one.text for one in self.store.attempt(ID).answers}


@pytest.fixture
def desk(tmp_path: Path, bank_folder: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, bank_folder)
    yield made
    made.store.close()


def test_each_question_is_asked_with_the_time_left_and_nothing_else(desk: Desk) -> None:
    desk.sit("By cost.", "recall")
    assert desk.answers() == {0: "By cost.", 1: "recall"}
    assert desk.store.attempt(ID).finished
    assert desk.store.attempt(ID).grades == ()
    shown = desk.out.getvalue()
    assert "0 min spent, 20 min left; this question: 0 of about 4 min" in shown
    for secret in ("Weighs the cost", "What would each cost?", "weight", "met", "It counts what"):
        assert secret not in shown


def test_what_was_left_open_comes_once_more(desk: Desk) -> None:
    source = desk.sit("", " ", "At last.", "")
    assert [key for key, _ in source.asked] == [*KEYS, *KEYS]
    assert "You left open: 1, 2." in desk.out.getvalue()
    assert desk.answers() == {0: "At last."}
    assert desk.store.attempt(ID).finished


def test_only_what_is_open_comes_again(desk: Desk) -> None:
    source = desk.sit("", "recall", "")
    assert [key for key, _ in source.asked] == [*KEYS, KEYS[0]]
    assert desk.answers() == {1: "recall"}


def test_leaving_keeps_the_draft_and_coming_back_finds_it(desk: Desk) -> None:
    def typing(autosave: Autosave) -> str:
        autosave.changed("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.sit("By cost.", typing)
    desk.sitting.do(Paused())
    desk.come_back()
    assert desk.sit("half and more").asked == [(KEYS[1], "half")]
    assert desk.answers() == {0: "By cost.", 1: "half and more"}
    assert desk.drafts.load() is None


def test_what_was_kept_and_not_closed_is_closed_on_coming_back(desk: Desk) -> None:
    desk.sitting.do(HeardPiece("Kept."))
    desk.come_back()
    assert [key for key, _ in desk.sit("recall").asked] == [KEYS[1]]
    assert desk.answers() == {0: "Kept.", 1: "recall"}


def test_an_answer_too_long_comes_back_to_be_shortened(desk: Desk) -> None:
    long = "a" * (MAX_TEXT + 1)
    source = desk.sit(long, "short", "", long, "recall")
    assert "shorten it and submit once more" in desk.err.getvalue()
    drafts = [draft for _, draft in source.asked]
    assert drafts == ["", long, "", "", long]
    assert desk.answers() == {0: "short", 1: "recall"}


def no_store(*_: object) -> None:
    raise StoreError("record.db: the disk is full")


@pytest.mark.parametrize("text", ["By cost.", ""])
def test_an_answer_that_cannot_be_recorded_is_kept_beside_the_record(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def refuse(event: InterviewEvent) -> None:
        if event.kind in (EventKind.HEARD, EventKind.SKIPPED):
            no_store()

    monkeypatch.setattr(desk.store, "append_event", refuse)
    with pytest.raises(StoreError):
        desk.sit(text)
    kept = desk.drafts.load()
    assert (kept.text if kept else "") == text  # type: ignore[union-attr]
    assert ("it is kept in" in desk.err.getvalue()) == bool(text)


def test_an_answer_that_can_be_kept_nowhere_is_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.store, "append_event", no_store)
    monkeypatch.setattr(desk.drafts, "save", no_store)
    with pytest.raises(StoreError):
        desk.sit("By cost.")
    assert "Your answer, to copy it from here:\nBy cost.\n" in desk.out.getvalue()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "interview candidate needs a terminal"),
        (("--candidate", "x", "--resume", "ff"), "leave out the name"),
        (("--extra-time", "5"), "--extra-time needs --extra-time-reason"),
        (("--extra-time-reason", "why"), "--extra-time needs --extra-time-reason"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_kept(
    words: tuple[str, ...], reason: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "packet.yaml"
    save_packet(packet(), path)
    result = run("interview", "candidate", path, *words, "--db", tmp_path / "r.db")
    assert result.code == 2
    assert reason in result.err
    assert not (tmp_path / "r.db").exists()

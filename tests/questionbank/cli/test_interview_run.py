"""`interview run`: led line by line, interrupted, gone on with, on record at every step."""

import os
import sqlite3
from pathlib import Path

import pytest
from blueprints import INTERVIEW
from commands import Run
from interviewing import WordGrader

from grader.grade import Grade
from grader.request import GradeRequest
from questionbank.attempt import AttemptRecord
from questionbank.cli.context import Context
from questionbank.errors import StoreError
from questionbank.interview_event import EventKind, InterviewEvent
from questionbank.store import Store
from questionbank.suggesting import suggestions


@pytest.fixture
def packet(run: Run, bank_folder: Path, tmp_path: Path) -> Path:
    folder = bank_folder / "questions" / "blueprints"
    folder.mkdir()
    (folder / "b.yaml").write_text(INTERVIEW)
    path = tmp_path / "packet.yaml"
    done = run(
        *("interview", "plan", "--blueprint", "engineer-20"),
        *("--bank", bank_folder, "--output", path),
    )
    assert done.code == 0
    return path


def kept(path: Path) -> AttemptRecord:
    with Store.open(path, clock=lambda: pytest.fail("reading appends nothing")) as store:
        return store.attempts()[0]


def test_an_interview_is_interrupted_and_gone_on_with(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path
) -> None:
    db = tmp_path / "record.db"
    common = ("--bank", bank_folder, "--db", db, "--plain", "--no-suggestions")
    begin = ("interview", "run", packet, "--candidate", "Ada Lovelace", "--author", "Bob")
    first = run(*begin, *common, stdin=b"/skip\nI weigh the cost.\n/points\n/probe 1\n/note Good\n")
    assert first.code == 130
    assert "Ask: What would each cost?" in first.out
    assert "Ada" not in first.out
    record = kept(db)
    assert f"--resume {record.attempt.id[:8]}" in first.err
    assert record.answers == ()
    again = ("interview", "run", packet, "--resume", record.attempt.id[:8])
    lines = b"/next\nBoth.\n/extra 5 entitled\n/back\n/next\n/pause\n/resume\n/resume\n"
    lines += b"/extra x\n/what\n/end\n"
    second = run(*again, *common, stdin=lines)
    assert second.code == 0, second.err
    assert "So far was said:" in second.out
    assert "not done: the clock runs already" in second.err
    assert "not done: write /extra" in second.err
    record = kept(db)
    assert [answer.text for answer in record.answers] == ["I weigh the cost.", "Both."]
    assert record.finished is not None
    kinds = [event.kind for event in record.events]
    assert kinds.count(EventKind.PAUSED) == 2
    for kind in (EventKind.SKIPPED, EventKind.PROBED, EventKind.NOTED, EventKind.EXTRA_TIME):
        assert kinds.count(kind) == 1
    over = run(*again, *common)
    assert over.code == 2
    assert "is over" in over.err


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> WordGrader:
    made = WordGrader()
    monkeypatch.setattr(Context, "background_grader", lambda self: made)
    return made


def test_suggestions_are_kept_as_the_interview_goes_and_at_its_end(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path, grader: WordGrader
) -> None:
    db = tmp_path / "record.db"
    common = ("--bank", bank_folder, "--db", db)
    extra = ("--extra-time", "5", "--extra-time-reason", "entitled")
    lines = b"0\n/next\nI would compare the monthly bill of both models.\n/end\n"
    first = run(*("interview", "run", packet, "--candidate", "x"), *common, *extra, stdin=lines)
    assert first.code == 0, first.err
    assert "25 min left (5 min extra included)" in first.out
    assert "1. Weighs the cost: met" in first.out
    record = kept(db)
    assert set(suggestions(record)) == {0, 1}
    assert grader.closed
    name = record.attempt.id[:8]
    assert first.out.endswith(f"Rate it with: questionbank interview rate {name}\n")


def test_without_a_model_all_is_kept_and_the_exit_code_says_so(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path, grader: WordGrader
) -> None:
    db = tmp_path / "record.db"
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder, "--db", db)
    grader.break_down()
    result = run(*begin, stdin=b"/skip\nBoth.\n/end\n")
    assert result.code == 3
    assert "1 answer has no suggestion yet." in result.err
    assert [answer.text for answer in kept(db).answers] == ["Both."]


def test_stopping_while_the_last_suggestions_are_made_leaves_them_for_later(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path, grader: WordGrader
) -> None:
    def stop(request: GradeRequest, timeout: float | None = None) -> Grade:
        raise KeyboardInterrupt

    db = tmp_path / "record.db"
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder, "--db", db)
    grader.grade = stop  # type: ignore[method-assign]
    result = run(*begin, stdin=b"/skip\nBoth.\n/end\n")
    assert result.code == 130
    assert "is over; all of it is kept." in result.err
    assert kept(db).finished


def test_a_transcript_is_taken_down_first_and_only_the_candidate_s_words(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path
) -> None:
    path = tmp_path / "call.vtt"
    path.write_text(
        "WEBVTT\n\nNOTE Question 2\n\n00:01.000 --> 00:02.000\n<v Bob>Which?</v>\n\n"
        "00:02.000 --> 00:04.000\n<v Ada>The cheaper one.</v>\n"
    )
    db = tmp_path / "record.db"
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder, "--db", db)
    said = ("--transcript", path, "--no-suggestions")
    refused = run(*begin, *said, stdin=b"")
    assert refused.code == 2
    assert "who is the candidate? Name one of: Bob, Ada (--speaker NAME" in refused.err
    assert not db.exists()
    taken = run(*begin, *said, "--speaker", "Ada", stdin=b"/skip\n/next\n/end\n")
    assert taken.code == 0, taken.err
    assert f"{path}:9: 3 words of Ada to question 2" in taken.out
    assert [(one.position, one.text) for one in kept(db).answers] == [(1, "The cheaper one.")]


def test_a_transcript_of_a_question_that_is_not_there_stops_with_the_way_on(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path
) -> None:
    path = tmp_path / "call.txt"
    path.write_text("Question 9\nCandidate: so\n")
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder)
    result = run(*begin, "--transcript", path, "--no-suggestions", "--db", tmp_path / "r.db")
    assert result.code == 2
    assert "call.txt: there is no question 9" in result.err
    assert "Stopped at question 1. Go on with: questionbank interview run" in result.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Candidate: caf\xe9", "call.txt:1: byte 14 of the file is not UTF-8; save it as UTF-8"),
        (b"no labels", "call.txt:1: no line says who speaks"),
        (b"Candidate: " + b"a" * 5_000_000, "5,000,011 bytes; 5,000,000 at most"),
    ],
    ids=["encoding", "labels", "size"],
)
def test_a_transcript_that_cannot_be_read_begins_no_interview(
    content: bytes, words: str, run: Run, packet: Path, tmp_path: Path
) -> None:
    path = tmp_path / "call.txt"
    path.write_bytes(content)
    begin = ("interview", "run", packet, "--candidate", "x", "--db", tmp_path / "r.db")
    result = run(*begin, "--transcript", path)
    assert result.code == 4
    assert words in result.err
    assert not (tmp_path / "r.db").exists()


def test_a_record_that_is_locked_ends_it_with_the_way_on_and_the_line_kept(
    run: Run,
    bank_folder: Path,
    packet: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    db = tmp_path / "record.db"
    other = sqlite3.connect(tmp_path / "record.db")
    real = Store.append_event

    def locked_out(self: Store, event: InterviewEvent) -> None:
        if event.kind is EventKind.HEARD:
            other.execute("BEGIN IMMEDIATE")
        real(self, event)

    def impatient(self: Context) -> Store:
        return Store.open(db, clock=self.now, patience=0.1)

    monkeypatch.setattr(Store, "append_event", locked_out)
    monkeypatch.setattr(Context, "store", impatient)
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder)
    result = run(*begin, "--no-suggestions", stdin=b"Said meanwhile.\n")
    other.close()
    assert result.code == 4
    assert "another program has kept it locked" in result.err
    assert "Stopped at question 1. Go on with" in result.err
    (draft,) = (Path(os.environ["QUESTIONBANK_HOME"]) / "drafts").glob("*.json")
    assert "Said meanwhile." in draft.read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "give --candidate NAME"),
        (("--resume", "ff"), "there is no attempt"),
        (("--candidate", "x", "--extra-time", "5"), "--extra-time needs --extra-time-reason"),
    ],
)
def test_wrong_usage_is_told(
    options: tuple[str, ...], words: str, run: Run, packet: Path, tmp_path: Path
) -> None:
    result = run("interview", "run", packet, *options, "--db", tmp_path / "r.db")
    assert result.code == 2
    assert words in result.err


def test_a_packet_whose_texts_are_gone_is_refused(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path
) -> None:
    for path in (bank_folder / "questions").rglob("*.md"):
        path.unlink()
    words = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder)
    result = run(*words, "--db", tmp_path / "r.db")
    assert result.code == 2
    assert "plan the packet anew" in result.err


@pytest.mark.parametrize("earlier", [False, True], ids=["once", "again"])
def test_a_record_that_is_deleted_in_the_middle_is_rescued(
    earlier: bool,
    run: Run,
    bank_folder: Path,
    packet: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    db, home = tmp_path / "record.db", Path(os.environ["QUESTIONBANK_HOME"])
    real = Store.append_event

    def lost(self: Store, event: InterviewEvent) -> None:
        if event.kind is EventKind.HEARD:
            if earlier:
                (home / f"rescued-{event.attempt_id[:8]}.db").write_text("of an earlier time")
            for path in tmp_path.glob("record.db*"):
                path.unlink()
        real(self, event)

    monkeypatch.setattr(Store, "append_event", lost)
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder, "--db", db)
    result = run(*begin, "--no-suggestions", stdin=b"/note kept\nSaid meanwhile.\n")
    assert result.code == 4
    assert "put it back in its place, or go on with --db" in result.err
    found = sorted(home.glob("rescued-*.db"), key=lambda path: len(path.name))
    record = kept(found[-1])
    assert [one.text for one in record.events if one.kind is EventKind.NOTED] == ["kept"]
    assert len(found) == 1 + earlier


def test_a_record_that_cannot_be_rescued_says_so(
    run: Run, bank_folder: Path, packet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Store.append_event

    def lost(self: Store, event: InterviewEvent) -> None:
        if event.kind is EventKind.HEARD:
            raise StoreError("record.db: gone")
        real(self, event)

    def full(self: Store, target: Path) -> bool:
        raise StoreError(f"{target}: the backup failed (disk full)")

    monkeypatch.setattr(Store, "append_event", lost)
    monkeypatch.setattr(Store, "rescue", full)
    begin = ("interview", "run", packet, "--candidate", "x", "--bank", bank_folder)
    words = ("--no-suggestions", "--db", tmp_path / "r.db")
    result = run(*begin, *words, stdin=b"Said meanwhile.\n")
    assert result.code == 4
    assert "The record could not be rescued: " in result.err
    assert "questionbank: record.db: gone" in result.err

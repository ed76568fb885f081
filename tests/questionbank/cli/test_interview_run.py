"""`interview run`: led line by line, interrupted, gone on with, on record at every step."""

from pathlib import Path

import pytest
from blueprints import INTERVIEW
from commands import Run

from questionbank.attempt import AttemptRecord
from questionbank.interview_event import EventKind
from questionbank.store import Store


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


@pytest.mark.parametrize(
    ("options", "words"),
    [((), "give --candidate NAME"), (("--resume", "ff"), "there is no attempt")],
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

"""`export packet`: a file for each reader in each format, or one line on what to do instead."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from blueprints import INTERVIEW
from commands import Run

from questionbank.attempt import Attempt, AttemptKind
from questionbank.exports.packets import PACKET_FORMATS
from questionbank.packet_source import read_packet
from questionbank.store import Store

EXPORT = ("export", "packet")


@pytest.fixture
def packet(run: Run, bank_folder: Path, tmp_path: Path) -> Path:
    folder = bank_folder / "questions" / "blueprints"
    folder.mkdir()
    (folder / "b.yaml").write_text(INTERVIEW)
    path = tmp_path / "packet.yaml"
    plan = ("interview", "plan", "--blueprint", "engineer-20", "--bank", bank_folder)
    assert run(*plan, "--output", path).code == 0
    return path


@pytest.fixture
def db(run: Run, packet: Path, bank_folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "record.db"
    lead = ("interview", "run", packet, "--candidate", "Ada Lovelace", "--db", path, "--plain")
    said = b"I weigh the cost.\n/note Nervous.\n/next\nBoth.\n/next\n/end\n"
    assert run(*lead, "--bank", bank_folder, stdin=said).code == 0
    return path


def only_attempt(db: Path) -> str:
    with Store.open(db, clock=lambda: pytest.fail("reading appends nothing")) as store:
        return store.attempts()[0].attempt.id


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
@pytest.mark.parametrize(
    ("reader", "kind"),
    [("candidate", "Candidate’s sheet"), ("interviewer", "Interviewer’s guide")],
)
def test_a_packet_is_written_for_its_reader(
    name: str, reader: str, kind: str, run: Run, packet: Path, bank_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"out.{name}"
    ask = (*EXPORT, packet, "--for", reader, "--format", name, "--output", out)
    result = run(*ask, "--bank", bank_folder)
    size = out.stat().st_size
    assert result.code == 0, result.err
    assert result.out == f"wrote {out}: Engineer, 20 minutes, {kind}, {size:,} bytes\n"
    assert ("keep it from candidates" in result.err) == (reader == "interviewer")
    first = out.read_bytes()
    again = run(*ask, "--bank", bank_folder)
    assert again.code == 2
    assert "is there already; choose another name or add --force" in again.err
    assert run(*ask, "--bank", bank_folder, "--force").code == 0
    assert out.read_bytes() == first


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_a_panel_reads_what_is_on_record(
    name: str, run: Run, packet: Path, db: Path, bank_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"report.{name}"
    held = only_attempt(db)
    ask = (*EXPORT, packet, "--for", "panel", "--format", name, "--output", out, "--db", db)
    # Named twice it is shown once; the bank is not needed, for the record holds the texts.
    result = run(*ask, "--interview", held, "--interview", held[:8], "--json")
    assert result.code == 0, result.err
    facts = json.loads(result.out)
    assert facts == {
        "output": str(out),
        "for": "panel",
        "format": name,
        "bytes": out.stat().st_size,
        "packet": read_packet(packet).id,
        "questions": 2,
    }
    if name == "md":
        text = out.read_text()
        assert "Panel report on one interview" in text
        assert "I weigh the cost." in text
        assert "Lovelace" not in text
        assert "Nervous" not in text


def test_a_text_that_left_the_bank_is_found_on_record(
    run: Run, packet: Path, db: Path, bank_folder: Path, tmp_path: Path
) -> None:
    for path in (bank_folder / "questions" / "model-choice").iterdir():
        path.unlink()
    out = tmp_path / "out.md"
    ask = (*EXPORT, packet, "--for", "candidate", "--format", "md", "--output", out)
    gone = run(*ask, "--bank", bank_folder)
    assert gone.code == 2
    assert "no version of model-choice/" in gone.err
    assert not out.exists()
    kept = run(*ask, "--bank", bank_folder, "--db", db)
    assert kept.code == 0, kept.err
    assert read_packet(packet).items[1].title in out.read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--for", "panel"), "name each with --interview ID"),
        (("--for", "candidate", "--interview", "ff"), "--interview goes with --for panel"),
        (("--for", "panel", "--interview", "ff"), "there is no attempt 'ff'"),
        (("--for", "everybody"), "is not one of 'candidate', 'interviewer', 'panel'"),
        ((), "Missing option '--for'"),
    ],
)
def test_wrong_usage_is_told(
    options: tuple[str, ...], words: str, run: Run, packet: Path, db: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.html"
    result = run(*EXPORT, packet, *options, "--format", "html", "--output", out, "--db", db)
    assert result.code == 2
    assert words in result.err
    assert not out.exists()


def test_an_interview_by_another_packet_is_refused(
    run: Run, packet: Path, db: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(packet.read_text().replace("Engineer, 20 minutes", "Something else"))
    out = tmp_path / "out.html"
    ask = (*EXPORT, other, "--for", "panel", "--interview", only_attempt(db), "--db", db)
    result = run(*ask, "--format", "html", "--output", out)
    assert result.code == 2
    assert "was held by another packet, or this file was changed since" in result.err


def test_a_quiz_is_no_interview(run: Run, packet: Path, tmp_path: Path) -> None:
    db = tmp_path / "quiz.db"
    began = datetime(2026, 3, 2, tzinfo=UTC)
    with Store.open(db, clock=lambda: began) as store:
        quiz = Attempt(id="a" * 32, kind=AttemptKind.QUIZ, started=began, steps=(), seed=1)
        store.append_attempt(quiz)
    ask = (*EXPORT, packet, "--for", "panel", "--interview", "aaaa", "--db", db)
    result = run(*ask, "--format", "html", "--output", tmp_path / "out.html")
    assert result.code == 2
    assert "is no interview; `questionbank history` lists" in result.err


def test_a_file_that_is_no_packet_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("format: 1\nid: x\n")
    ask = ("--for", "candidate", "--format", "pdf", "--output", tmp_path / "out.pdf")
    result = run(*EXPORT, bad, *ask)
    assert result.code == 4
    assert str(bad) in result.err


def test_a_folder_that_is_not_there_is_named(run: Run, packet: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "out.pdf"
    ask = ("--for", "candidate", "--format", "pdf", "--output", out)
    result = run(*EXPORT, packet, *ask)
    assert (result.code, f"{out.parent}: there is no such folder" in result.err) == (2, True)


def test_help_has_an_example(run: Run) -> None:
    result = run(*EXPORT, "--help")
    assert result.code == 0
    assert "questionbank export packet packet.yaml --for candidate" in result.out

"""`questionbank backup`."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from commands import Run

from questionbank.cli.context import Context

ROW = json.dumps({"question_id": "foundations/rare-class", "answer": "recall"}).encode()


def test_a_backup_is_a_whole_record_that_can_be_read(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=ROW).code == 0
    target = tmp_path / "copy.db"
    result = run("backup", target)
    assert (result.code, result.out, result.err) == (0, f"wrote {target}\n", "")
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(target)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert run("history", "--db", target).out == run("history").out
    assert json.loads(run("doctor", "--db", target, "--json").out)["entries"] == 5


def test_a_file_that_is_there_stays_unless_forced(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine")
    refused = run("backup", target)
    assert (refused.code, refused.out) == (2, "")
    assert "give --force" in refused.err
    assert target.read_text() == "mine"
    assert run("backup", target, "--force").code == 0
    assert target.read_bytes().startswith(b"SQLite format 3")


def test_a_missing_folder_is_named(run: Run, tmp_path: Path) -> None:
    result = run("backup", tmp_path / "no" / "copy.db")
    assert result.code == 4
    assert "there is no such folder; make it first" in result.err


def test_the_record_itself_is_no_target(run: Run) -> None:
    assert run("history").code == 0
    path = Context().data / "questionbank.db"
    result = run("backup", path, "--force")
    assert result.code == 2
    assert "this is the database itself" in result.err

"""A file of lines goes on after any interruption."""

import os
from pathlib import Path
from typing import IO, Any

import pytest
from filelock import FileLock

from questionbank import line_file
from questionbank.errors import FormatError, StoreError, UsageError
from questionbank.line_file import LineFile, LineState

STATE = LineState(input_digest="in", settings_digest="set")
LINES = ['{"status": "graded", "text": "é"}', '{"status": "not_graded"}', '{"n": "“ü”"}', "{}"]
WHOLE = "".join(line + "\n" for line in LINES).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def write(path: Path, lines: list[str] = LINES, state: LineState = STATE) -> int:
    with LineFile(path, state) as file:
        done = file.done
        for line in lines[done:]:
            file.write(line)
        file.sync()
    return done


def test_lines_are_written_in_order(path: Path) -> None:
    assert write(path) == 0
    assert path.read_bytes() == WHOLE
    assert sorted(p.name for p in path.parent.iterdir()) == ["out.jsonl", "out.jsonl.state"]


@pytest.mark.parametrize("at", range(len(WHOLE) + 1))
def test_cut_at_any_byte_it_ends_the_same(
    at: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_file, "_sync", lambda file: file.flush())
    write(path, [])
    path.write_bytes(WHOLE[:at])
    assert write(path) == WHOLE[:at].count(b"\n")
    assert path.read_bytes() == WHOLE


def test_lines_that_were_not_graded_are_counted(path: Path) -> None:
    write(path, [*LINES, r'{"text": "\"status\": \"not_graded\""}'])
    with LineFile(path, STATE) as file:
        assert (file.done, file.failed) == (5, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input_digest": "other"}, "made from another input"),
        ({"settings_digest": "other"}, "made with another bank, model or version"),
        ({"record": "/r.db"}, "kept no grades"),
    ],
)
def test_another_job_is_refused(change: dict[str, str], said: str, path: Path) -> None:
    write(path)
    with pytest.raises(UsageError, match=said):
        write(path, state=STATE.model_copy(update=change))
    assert path.read_bytes() == WHOLE


def test_a_run_that_kept_its_grades_must_go_on_so(path: Path) -> None:
    write(path, state=STATE.model_copy(update={"record": "/r.db"}))
    with pytest.raises(UsageError, match=r"kept its grades in /r\.db"):
        write(path)


def test_a_strange_file_is_refused_and_kept(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(UsageError, match="was not made here"):
        write(path)
    assert path.read_text() == "mine"


def test_a_damaged_state_is_a_format_error(path: Path) -> None:
    write(path)
    path.with_name("out.jsonl.state").write_text("{")
    with pytest.raises(FormatError, match="cannot be read as a state file"):
        write(path)


def test_a_second_writer_is_refused(path: Path) -> None:
    with LineFile(path, STATE), pytest.raises(UsageError, match="by another program"):
        write(path)
    assert write(path) == 0


def test_a_missing_folder_is_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        write(path / "deeper" / "out")


def test_a_lock_that_cannot_be_made_is_a_store_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(StoreError, match="cannot be written: Permission denied"):
        write(path)
    assert list(path.parent.iterdir()) == []


def test_a_first_file_that_cannot_be_made_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    def refuse(path: Path, mode: str = "r", encoding: str | None = None) -> IO[Any]:
        if mode == "xb":
            raise OSError(30, "Read-only file system")
        return real(path, mode, encoding=encoding)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StoreError, match="Read-only file system"):
        write(path)
    assert list(path.parent.iterdir()) == []


def close_badly(path: Path, error: Exception | None) -> None:
    """Have the system take the file away under the writer."""
    with LineFile(path, STATE) as file:
        file.write("x")
        os.close(file._writing().fileno())
        if error:
            raise error


def test_an_error_of_the_caller_is_not_hidden_by_one_in_closing(path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="the caller's"):
        close_badly(path, ZeroDivisionError("the caller's"))
    assert sorted(p.name for p in path.parent.iterdir()) == ["out.jsonl", "out.jsonl.state"]


def test_an_error_in_closing_is_told(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        close_badly(path, None)


def test_a_file_that_is_not_open_takes_no_line(path: Path) -> None:
    file = LineFile(path, STATE)
    with pytest.raises(ValueError, match="not open"):
        file.write("x")


def test_a_lock_file_that_cannot_be_taken_away_stops_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".lock":
            raise PermissionError(13, "in use")
        real(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert write(path) == 0
    assert write(path) == len(LINES)

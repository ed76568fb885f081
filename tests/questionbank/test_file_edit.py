import os
from pathlib import Path

import pytest

from questionbank.errors import UsageError
from questionbank.file_edit import decode, replace_value, write_files


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("version: 1.0.0", "version: 1.1.0"),
        ('version: "1.0.0"   # first', 'version: "1.1.0"   # first'),
        ("'version' : '1.0.0'", "'version' : '1.1.0'"),
        ("{id: a, version: 1.0.0}", "{id: a, version: 1.1.0}"),
        ("version:\t1.0.0\r", "version:\t1.1.0\r"),
    ],
)
def test_one_value_changes_and_nothing_else(line: str, changed: str) -> None:
    raw = f"\ufeff# ä comment\r\n{line}\nrest: 1.0.0".encode()

    assert replace_value(raw, 2, "version", "1.0.0", "1.1.0") == (
        f"\ufeff# ä comment\r\n{changed}\nrest: 1.0.0".encode()
    )


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("version: 1.0.01", 1),
        ("version: 1.0.0-rc", 1),
        ("version: 1x0.0", 1),
        ("conversion: 1.0.0", 1),
        ("sub-version: 1.0.0", 1),
        ("1.0.0", 1),
        ("{version: 1.0.0, title: 'version: 1.0.0'}", 1),
        ("version: 1.0.0", 0),
        ("version: 1.0.0", 2),
    ],
)
def test_a_line_that_is_not_plain_is_left_alone(line: str, number: int) -> None:
    assert replace_value(line.encode(), number, "version", "1.0.0", "1.1.0") is None


def test_text_is_decoded_as_the_bank_reads_it() -> None:
    assert decode("\ufeffä\r\nb\n".encode()) == "ä\nb\n"


def test_files_are_written_with_their_modes_kept_and_no_leftovers(tmp_path: Path) -> None:
    old, new = tmp_path / "old.md", tmp_path / "new.lock"
    old.write_bytes(b"before")
    old.chmod(0o640)

    write_files({old: b"after", new: b"lock"}, tmp_path)

    assert (old.read_bytes(), new.read_bytes()) == (b"after", b"lock")
    assert old.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.lock", "old.md"]


def test_a_link_inside_the_folder_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_bytes(b"before")
    link.symlink_to(real)

    write_files({link: b"after"}, tmp_path)

    assert link.is_symlink()
    assert real.read_bytes() == b"after"


def test_nothing_is_written_when_one_file_lies_outside(tmp_path: Path) -> None:
    root = tmp_path / "bank"
    root.mkdir()
    inside, outside = root / "a.md", tmp_path / "b.md"
    for path in (inside, outside):
        path.write_bytes(b"before")

    with pytest.raises(UsageError, match="lies outside"):
        write_files({inside: b"after", outside: b"after"}, root)

    assert inside.read_bytes() == outside.read_bytes() == b"before"
    assert list(root.iterdir()) == [inside]


def test_nothing_is_written_when_the_disk_fills_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "a.md", tmp_path / "b.md"
    for path in (first, second):
        path.write_bytes(b"before")
    synced: list[int] = []

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(UsageError, match=r"b\.md cannot be written: No space left on device"):
        write_files({first: b"after", second: b"after"}, tmp_path)

    assert first.read_bytes() == second.read_bytes() == b"before"
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone/a\.md cannot be written"):
        write_files({tmp_path / "gone" / "a.md": b"text"}, tmp_path)

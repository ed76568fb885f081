import os
from pathlib import Path

import pytest

from questionbank.errors import Problem
from questionbank.text_file import MAX_BYTES, read_text, write_new


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "bank"
    folder.mkdir()
    return folder


def read(path: Path, root: Path) -> tuple[str, list[tuple[int, str]]]:
    text, problems = read_text(path, root, "shown.md")
    assert all(problem.path == "shown.md" for problem in problems)
    return text, [(problem.line, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"a\nb\n", "a\nb\n"),
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"\xef\xbb\xbfa", "a"),
        ("é — 模型 🙂\t".encode(), "é — 模型 🙂\t"),
    ],
)
def test_sound_text_is_read(root: Path, raw: bytes, text: str) -> None:
    (root / "a.md").write_bytes(raw)
    assert read(root / "a.md", root) == (text, [])


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"a\nb\xff\n", 2),
        ("première".encode("latin-1"), 1),
        ("a\n".encode("utf-16"), 1),
        ("a\n".encode("utf-32"), 1),
        (b"a\n\n\xc0\xaf", 3),  # an overlong slash
        (b"a\xed\xa0\x80", 1),  # half a surrogate pair
    ],
)
def test_other_encodings_are_refused_at_their_line(root: Path, raw: bytes, line: int) -> None:
    (root / "a.md").write_bytes(raw)
    assert read(root / "a.md", root) == ("", [(line, "encoding")])


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x1b", "\x0b", "\r", "\x7f", "\x85", "\x9b", "\u202e", "\u2066", "\u2028"],
)
def test_control_characters_are_refused_at_their_line(root: Path, character: str) -> None:
    (root / "a.md").write_bytes(f"a\nb{character}c\n".encode())
    text, problems = read_text(root / "a.md", root, "a.md")
    message = f"character U+{ord(character):04X} is not allowed; delete it"
    assert text == ""
    assert problems == (Problem("a.md", 2, "control-character", message),)


def test_one_bad_paste_does_not_flood(root: Path) -> None:
    (root / "a.md").write_text("\x1b[1m\x1b[2m\n" * 50, encoding="utf-8")
    assert read(root / "a.md", root)[1] == [(n, "control-character") for n in range(1, 11)]


def test_a_file_of_fifty_megabytes_is_not_read(root: Path) -> None:
    with (root / "a.md").open("wb") as file:
        file.truncate(50_000_000)
    text, problems = read_text(root / "a.md", root, "a.md")
    assert text == ""
    assert [problem.code for problem in problems] == ["too-large"]
    assert "50,000,000 bytes" in problems[0].message


def test_a_file_of_the_largest_size_is_read(root: Path) -> None:
    (root / "a.md").write_bytes(b"x" * MAX_BYTES)
    assert read(root / "a.md", root)[1] == []
    (root / "a.md").write_bytes(b"x" * (MAX_BYTES + 1))
    assert read(root / "a.md", root)[1] == [(0, "too-large")]


def test_a_link_out_of_the_bank_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (root / "a.md").symlink_to(tmp_path / "secret")
    assert read(root / "a.md", root) == ("", [(0, "outside-bank")])


def test_a_link_within_the_bank_is_followed(root: Path) -> None:
    (root / "b.md").write_text("here", encoding="utf-8")
    (root / "a.md").symlink_to(root / "b.md")
    assert read(root / "a.md", root) == ("here", [])


@pytest.mark.parametrize("target", ["a.md", "nowhere"])
def test_a_link_to_nothing_is_refused(root: Path, target: str) -> None:
    (root / "a.md").symlink_to(root / target)
    text, problems = read(root / "a.md", root)
    assert text == ""
    assert problems in ([(0, "not-a-file")], [(0, "unreadable")])


def test_a_pipe_or_a_folder_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "a.md")
    (root / "b.md").mkdir()
    assert read(root / "a.md", root) == ("", [(0, "not-a-file")])
    assert read(root / "b.md", root) == ("", [(0, "not-a-file")])


def test_a_file_that_cannot_be_read_is_a_problem(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    (root / "a.md").write_text("x", encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", fail)
    _, problems = read_text(root / "a.md", root, "a.md")
    assert problems == (Problem("a.md", 0, "unreadable", "cannot be read: Permission denied"),)


def test_a_new_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.md"
    write_new(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("mine", encoding="utf-8")
    (tmp_path / "link.md").symlink_to(tmp_path / "nowhere.md")
    for taken in (path, tmp_path / "link.md"):
        with pytest.raises(FileExistsError):
            write_new(taken, "other")
    assert path.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "nowhere.md").exists()


def test_a_full_disk_leaves_no_half_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_new(tmp_path / "a.md", "text")
    assert list(tmp_path.iterdir()) == []


def test_text_that_no_file_can_hold_leaves_none(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_new(tmp_path / "a.md", "\ud800")
    assert list(tmp_path.iterdir()) == []

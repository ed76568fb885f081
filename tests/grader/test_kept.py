"""What is kept on disk comes back as it was, or not at all."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from grader import kept as module
from grader.kept import FILES, Kept, forget, size_of

ROOM = 50_000_000


def entries(start: int, stop: int, size: int = 100) -> dict[bytes, bytes]:
    """Any number of them, each content made of its digest."""
    digests = [sha256(str(number).encode()).digest() for number in range(start, stop)]
    return {digest: (digest * (size // 32 + 1))[:size] for digest in digests}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / "when needed"


@pytest.fixture
def full_of_ten(folder: Path) -> Path:
    kept = Kept(folder, ROOM)
    kept.add(entries(0, 10))
    kept.close()
    return folder


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("*.kept")
    return path


def test_another_run_finds_what_was_kept(full_of_ten: Path) -> None:
    kept = Kept(full_of_ten, ROOM)
    assert kept.find(entries(5, 15)) == entries(5, 10)
    assert kept.trouble is None
    assert size_of(full_of_ten) >= the_file(full_of_ten).stat().st_size > 1000
    assert full_of_ten.stat().st_mode & 0o077 == 0


def test_more_than_are_looked_up_at_once(folder: Path) -> None:
    kept = Kept(folder, ROOM)
    kept.add(entries(0, 2100))
    assert kept.find(entries(0, 2100)) == entries(0, 2100)


def test_what_is_kept_again_takes_the_others_place(full_of_ten: Path) -> None:
    (digest,) = entries(3, 4)
    kept = Kept(full_of_ten, ROOM)
    kept.add({digest: b"new"})
    kept.close()
    assert Kept(full_of_ten, ROOM).find([digest]) == {digest: b"new"}


def test_nothing_is_made_for_nothing(folder: Path) -> None:
    kept = Kept(folder, ROOM)
    kept.add({})
    assert kept.find([]) == kept.find(entries(0, 3)) == {}
    assert not folder.exists()
    assert size_of(folder) == 0
    forget(folder)


def test_what_is_forgotten_is_gone(full_of_ten: Path) -> None:
    forget(full_of_ten)
    assert list(full_of_ten.iterdir()) == []
    assert Kept(full_of_ten, ROOM).find(entries(0, 10)) == {}


def test_digests_that_share_their_place_are_told_apart(folder: Path) -> None:
    one, other = b"12345678" + b"a" * 24, b"12345678" + b"b" * 24
    kept = Kept(folder, ROOM)
    kept.add({one: b"of one"})
    assert kept.find([other]) == {}
    kept.add({other: b"of the other"})
    assert kept.find([one]) == {}
    assert kept.find([other]) == {other: b"of the other"}


def broken(whole: bytes) -> Iterator[bytes]:
    yield b""
    yield b"not a database"
    yield whole[: len(whole) // 2]
    yield whole[:100] + bytes(len(whole) - 100)
    for digest in list(entries(0, 10))[::3]:
        at = whole.index(digest)
        yield whole[:at] + b"\0" + whole[at + 1 :]


@pytest.mark.parametrize("number", range(8))
def test_what_is_broken_is_not_believed_and_made_anew(number: int, full_of_ten: Path) -> None:
    path, sound = the_file(full_of_ten), entries(0, 10)
    path.write_bytes(list(broken(path.read_bytes()))[number])
    kept = Kept(full_of_ten, ROOM)
    found = kept.find(sound)
    assert found.items() <= sound.items()
    assert len(found) < 10
    kept.add(sound)
    kept.close()
    assert Kept(full_of_ten, ROOM).find(sound) == sound
    assert kept.trouble is None


def test_a_foreign_table_or_content_is_not_believed(full_of_ten: Path) -> None:
    sound = entries(0, 10)
    with sqlite3.connect(the_file(full_of_ten)) as connection:
        connection.execute("UPDATE kept SET content = 'text' WHERE id = 1")
        connection.execute("UPDATE kept SET content = NULL WHERE id = 2")
    connection.close()
    assert len(Kept(full_of_ten, ROOM).find(sound)) == 8
    with sqlite3.connect(the_file(full_of_ten)) as connection:
        connection.execute("DROP TABLE kept")
        connection.execute("CREATE TABLE kept (other INTEGER)")
    connection.close()
    kept = Kept(full_of_ten, ROOM)
    assert kept.find(sound) == {}
    assert kept.trouble is not None


def test_the_room_is_kept_and_so_is_the_beginning_of_a_run_too_large_for_it(folder: Path) -> None:
    room = 8_000_000
    kept = Kept(folder, room)
    for start in range(0, 3300, 30):
        kept.add(entries(start, start + 30, size=3000))
    assert kept.trouble is None
    kept.close()
    assert room * (FILES - 2) / FILES < size_of(folder) <= room * 1.02
    again = Kept(folder, room)
    found = again.find(entries(0, 3300))
    first = len(found)
    assert 2000 < first < 2700
    assert found == entries(0, first, size=3000)
    again.add(entries(first, 3300, size=3000))  # what this run has found is not driven out by it
    assert len(again.find(entries(0, first))) == first


def test_what_was_used_least_recently_makes_room(folder: Path) -> None:
    room = 8_000_000
    kept = Kept(folder, room)
    for start in range(0, 3300, 30):
        kept.add(entries(start, start + 30, size=3000))
    kept.close()
    paths = sorted(folder.glob("*.kept"))
    for age, path in enumerate([*paths[1:], paths[0]]):  # the first was used last
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    later = Kept(folder, room)
    for start in range(3300, 3600, 30):
        later.add(entries(start, start + 30, size=3000))
    left = sorted(folder.glob("*.kept"))
    assert paths[0] in left
    assert paths[1] not in left
    later.close()
    assert size_of(folder) <= room * 1.02


def test_many_may_read_and_write_at_once(folder: Path) -> None:
    def work(start: int) -> str | None:
        kept = Kept(folder, ROOM)
        for number in range(start, start + 300, 20):
            kept.add(entries(number, number + 20))
            kept.find(entries(0, 50))
        kept.close()
        return kept.trouble

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(work, (0, 200, 400, 600))) == {None}
    assert Kept(folder, ROOM).find(entries(0, 900)) == entries(0, 900)


def test_one_that_is_killed_leaves_nothing_wrong(folder: Path) -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from test_kept import Kept, entries, ROOM\n"
        "kept = Kept(Path(sys.argv[1]), ROOM)\n"
        "for start in range(0, 10**9, 7):\n"
        "    kept.add(entries(start, start + 7, 3000))\n"
        "    if start == 700: print('going', flush=True)\n"
    )
    here = Path(__file__).parent
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder), str(here), str(here.parents[1])],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"going\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    kept = Kept(folder, ROOM)
    assert kept.find(entries(0, 700, 3000)) == entries(0, 700, 3000)
    found = kept.find(entries(700, 20_000, 3000))
    assert found.items() <= entries(700, 20_000, 3000).items()


def test_a_full_disk_is_said_once_and_nothing_more_is_written(
    full_of_ten: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def full(*_: object) -> None:
        tries.append(1)
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(module, "_write", full)
    kept = Kept(full_of_ten, ROOM)
    kept.add(entries(10, 20))
    kept.add(entries(20, 30))
    assert len(tries) == 1
    assert kept.trouble == "database or disk is full"
    assert kept.find(entries(0, 30)) == entries(0, 10)


def test_a_folder_that_cannot_be_made_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = Kept(tmp_path / "file" / "cache", ROOM)
    kept.add(entries(0, 3))
    assert kept.find(entries(0, 3)) == {}
    assert kept.trouble is not None


def test_a_folder_in_the_place_of_a_file_is_no_obstacle(full_of_ten: Path) -> None:
    path = the_file(full_of_ten)
    path.unlink()
    path.mkdir()
    kept = Kept(full_of_ten, ROOM)
    assert kept.find(entries(0, 3)) == {}
    assert kept.trouble is not None


def test_files_thrown_away_by_another_run_are_done_without(full_of_ten: Path) -> None:
    kept = Kept(full_of_ten, ROOM)
    kept.find(entries(0, 10))
    forget(full_of_ten)
    kept.add(entries(0, 10))
    kept.add(entries(10, 20))
    kept.close()
    assert kept.trouble is None
    assert Kept(full_of_ten, ROOM).find(entries(0, 20)).items() <= entries(0, 20).items()

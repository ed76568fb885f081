"""Outputs that cannot be added to: whatever is left of a run, the next one ends the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from questionbank import part_file
from questionbank.errors import FormatError, StoreError, UsageError
from questionbank.line_file import LineFile, LineState
from questionbank.output import open_output
from questionbank.part_file import PartFile

STATE = LineState(input_digest="i", settings_digest="s")
LINES = [
    json.dumps({"id": str(n), "status": "not_graded" if n % 5 == 0 else "graded"})
    for n in range(11)
]
URL = "memory://box/out.jsonl"
WHOLE = "".join(line + "\n" for line in LINES).encode()


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    monkeypatch.setattr(part_file, "PART", 4)
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


class Cut(Exception):  # noqa: N818 - no error: the plug
    """The process ends here."""


def pull_the_plug() -> None:
    raise Cut


def write(upto: int | None = None, state: LineState = STATE, target: str = URL) -> PartFile:
    """Write what is missing; with `upto`, only so far, as if Ctrl-C came then."""
    file = PartFile(target, state)
    try:
        with file:
            for line in LINES[file.done : upto]:
                file.write(line)
            if upto is not None:
                pull_the_plug()
    except Cut:
        return file
    return file


def parts(memory: fsspec.AbstractFileSystem) -> list[str]:
    found = memory.ls("/box/out.jsonl.parts", detail=False)
    return sorted(str(name).rsplit("/", 1)[-1] for name in found)


def test_the_output_is_whole_and_the_parts_are_gone(memory: fsspec.AbstractFileSystem) -> None:
    file = write()
    assert (file.done, file.failed, file.name) == (0, 0, URL)
    assert memory.cat_file("/box/out.jsonl") == WHOLE
    assert not memory.exists("/box/out.jsonl.parts")


@pytest.mark.parametrize("upto", range(len(LINES) + 1))
def test_interrupted_anywhere_it_ends_the_same(
    upto: int, memory: fsspec.AbstractFileSystem
) -> None:
    write(upto)
    assert not memory.exists("/box/out.jsonl")
    file = write()
    assert file.done == upto
    assert file.failed == len([n for n in range(upto) if n % 5 == 0])
    assert memory.cat_file("/box/out.jsonl") == WHOLE


def test_a_part_ends_at_fixed_places(memory: fsspec.AbstractFileSystem) -> None:
    write(3)
    write(9)
    assert [name.split("-")[:2] for name in parts(memory)] == [
        ["000000000000", "3"], ["000000000003", "1"], ["000000000004", "4"], ["000000000008", "1"],
    ]  # fmt: skip


@pytest.mark.parametrize("hurt", [0, 1, 2])
@pytest.mark.parametrize("gone", [False, True], ids=["cut-off", "missing"])
def test_what_follows_a_bad_part_is_made_again(
    hurt: int, gone: bool, memory: fsspec.AbstractFileSystem
) -> None:
    write(10)
    name = f"/box/out.jsonl.parts/{parts(memory)[hurt]}"
    if gone:
        memory.rm(name)
    else:
        memory.pipe_file(name, memory.cat_file(name)[:-3])
    assert write().done == 4 * hurt
    assert memory.cat_file("/box/out.jsonl") == WHOLE


def test_of_two_parts_from_one_row_the_longer_counts(memory: fsspec.AbstractFileSystem) -> None:
    write(2)
    short = f"/box/out.jsonl.parts/{parts(memory)[0]}"
    content = memory.cat_file(short)
    memory.rm("/box", recursive=True)
    write(4)
    memory.pipe_file(short, content)
    memory.pipe_file("/box/out.jsonl.parts/stranger.txt", b"x")
    assert write().done == 4
    assert memory.cat_file("/box/out.jsonl") == WHOLE


def test_killed_while_the_output_is_made_it_is_made_again(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_file: PartFile, _into: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(PartFile, "_fill", die)
        write()
    memory.pipe_file("/box/out.jsonl", WHOLE[:7])
    assert write().done == len(LINES)
    assert memory.cat_file("/box/out.jsonl") == WHOLE


def test_a_finished_output_is_left_alone(memory: fsspec.AbstractFileSystem) -> None:
    write()
    file = write()
    assert (file.done, file.failed) == (11, 3)
    assert memory.cat_file("/box/out.jsonl") == WHOLE
    memory.rm("/box/out.jsonl")
    assert write().done == 0
    assert memory.cat_file("/box/out.jsonl") == WHOLE


def test_lines_that_have_waited_long_are_stored(memory: fsspec.AbstractFileSystem) -> None:
    now = [0.0]
    with PartFile(URL, STATE, clock=lambda: now[0]) as file:
        file.write(LINES[0])
        file.sync()
        assert not memory.exists("/box/out.jsonl.parts")
        now[0] = part_file.PATIENCE
        file.sync()
        assert len(parts(memory)) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input_digest": "x"}, "from another input"),
        ({"settings_digest": "x"}, "another bank, model or version"),
        ({"record": "/r.db"}, "kept no grades"),
    ],
)
@pytest.mark.parametrize("upto", [5, None])
def test_another_job_is_refused(change: dict[str, str], said: str, upto: int | None) -> None:
    write(upto)
    with pytest.raises(UsageError, match=said):
        write(state=STATE.model_copy(update=change))


def test_a_strange_object_is_refused_and_kept(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe_file("/box/out.jsonl", b"mine")
    with pytest.raises(UsageError, match="was not made here"):
        write()
    assert memory.cat_file("/box/out.jsonl") == b"mine"


def test_a_damaged_state_is_a_format_error(memory: fsspec.AbstractFileSystem) -> None:
    write(5)
    memory.pipe_file("/box/out.jsonl.state", b"{")
    with pytest.raises(FormatError, match="cannot be read as a state file"):
        write()


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store takes no more parts."""
    real = MemoryFileSystem.pipe_file

    def refuse(self: MemoryFileSystem, path: str, value: bytes, **named: object) -> None:
        if ".parts" in path:
            raise PermissionError(13, "Permission denied")
        real(self, path, value, **named)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)


@pytest.mark.usefixtures("full")
def test_a_store_that_refuses_is_told_with_what_to_do() -> None:
    with pytest.raises(StoreError, match=r"out\.jsonl: cannot be written: Permission denied; mend"):
        write()


@pytest.mark.usefixtures("full")
def test_an_error_of_the_caller_is_not_hidden_by_the_store() -> None:
    assert write(3).done == 0


@pytest.mark.parquet
def test_a_path_that_ends_in_parquet_is_written_in_parts(tmp_path: Path) -> None:
    import pyarrow.parquet as parquet

    target = tmp_path / "out.parquet"
    write(6, target=str(target))
    assert not target.exists()
    assert write(target=str(target)).done == 6
    assert parquet.read_table(target)["line"].to_pylist() == LINES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "out.parquet.state"]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        write(target=str(tmp_path / "no" / "out.jsonl"))


@pytest.mark.parametrize(
    ("target", "kind"),
    [("out.jsonl", LineFile), ("file:///x/out.jsonl", LineFile), (URL, PartFile)],
)
def test_lines_are_added_where_that_can_be_done(target: str, kind: type) -> None:
    assert isinstance(open_output(target, STATE), kind)

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.drafts import BrokenDraft, Draft, DraftFile
from questionbank.errors import FormatError, StoreError, UsageError

ID = "0123456789abcdef" * 2


@pytest.fixture
def draft(tmp_path: Path) -> DraftFile:
    return DraftFile(tmp_path, ID)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refuse_full(*_: Any, **__: Any) -> Any:  # noqa: ANN401 - stands for many functions
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_was_saved_last_is_loaded(draft: DraftFile, tmp_path: Path) -> None:
    assert draft.load() is None
    draft.save(0, "first\nline", 3.5)
    draft.save(1, "second ± é \0", 4)
    loaded = DraftFile(tmp_path, ID).load()
    assert loaded == Draft(position=1, text="second ± é \0", seconds=4)
    assert draft.path == tmp_path / "drafts" / f"{ID}.json"
    assert list(draft.path.parent.iterdir()) == [draft.path]


@given(text=st.text(st.characters(categories=None)), seconds=st.floats(0, 1e9))
def test_any_text_comes_back_even_what_is_not_unicode(
    tmp_path_factory: pytest.TempPathFactory, text: str, seconds: float
) -> None:
    file = DraftFile(tmp_path_factory.mktemp("any"), ID)
    file.save(0, text, seconds)
    assert file.load() == Draft(position=0, text=text, seconds=seconds)


@pytest.mark.parametrize("umask", [0, 0o777])
def test_a_draft_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    former = os.umask(umask)
    try:
        file = DraftFile(tmp_path / "data", ID)
        file.save(0, "mine", 1)
    finally:
        os.umask(former)
    assert mode(file.path) == 0o600
    assert mode(file.path.parent) == 0o700


def test_attempts_have_drafts_of_their_own(draft: DraftFile, tmp_path: Path) -> None:
    other = DraftFile(tmp_path, ID[::-1])
    draft.save(0, "mine", 1)
    other.save(0, "other", 1)
    other.discard()
    assert isinstance(draft.load(), Draft)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", ID.upper(), ID + "/x", ID[:-1]])
def test_an_id_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is not the id of an attempt"):
        DraftFile(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("function", ["fsync", "open", "fdopen"])
def test_a_save_that_fails_is_reported_and_the_draft_before_stays(
    draft: DraftFile, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    draft.save(0, "before", 1)
    opened: list[int] = []
    if function == "fdopen":
        monkeypatch.setattr(os, "fdopen", lambda number, *_: (opened.append(number), refuse_full()))
    else:
        monkeypatch.setattr(os, function, refuse_full)
    with pytest.raises(StoreError, match=r"cannot be saved \(No space left on device\)") as caught:
        draft.save(0, "after", 2)
    monkeypatch.undo()
    for number in opened:
        os.close(number)
    assert "\n" not in str(caught.value)
    assert draft.load() == Draft(position=0, text="before", seconds=1)
    assert list(draft.path.parent.iterdir()) == [draft.path]


def test_a_save_that_cannot_take_its_name_is_reported_and_the_draft_before_stays(
    draft: DraftFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.save(0, "before", 1)
    monkeypatch.setattr(Path, "replace", refuse_full)
    with pytest.raises(StoreError, match="cannot be saved"):
        draft.save(0, "after", 2)
    assert draft.load() == Draft(position=0, text="before", seconds=1)


def test_a_text_is_on_disk_before_it_replaces_the_one_before(
    draft: DraftFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (steps.append("sync"), sync(number)))
    monkeypatch.setattr(
        Path, "replace", lambda path, target: (steps.append("rename"), replace(path, target))
    )
    draft.save(0, "text", 1)
    assert steps == ["sync", "rename"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"null",
        b"[1]",
        b"{}",
        b'{"format": 1}',
        b'{"format": "1", "position": -1, "text": "x", "seconds": 0}',
        b'{"format": 1, "position": 0, "text": "x", "seconds": 0, "more": 1}',
        b"[" * 100_000,
    ],
)
def test_a_broken_draft_is_set_aside_not_lost(draft: DraftFile, content: bytes) -> None:
    draft.path.write_bytes(content)
    broken = draft.load()
    assert isinstance(broken, BrokenDraft)
    assert broken.kept == draft.path.with_suffix(".broken")
    assert broken.kept.read_bytes() == content
    assert draft.load() is None


def test_a_second_broken_draft_does_not_replace_the_first(draft: DraftFile) -> None:
    for content in ("one", "two", "three"):
        draft.path.write_text(content)
        draft.load()
    draft.discard()
    kept = sorted(path.read_text() for path in draft.path.parent.glob("*.broken"))
    assert kept == ["one", "three", "two"]


def test_a_draft_from_a_newer_version_is_refused_and_left_alone(draft: DraftFile) -> None:
    content = json.dumps({"format": 2, "something": "else"})
    draft.path.write_text(content)
    with pytest.raises(FormatError, match=r"made by a newer questionbank \(format 2\); upgrade"):
        draft.load()
    assert draft.path.read_text() == content


def test_discarding_removes_the_draft_and_what_a_killed_process_left(draft: DraftFile) -> None:
    draft.save(0, "text", 1)
    draft.path.with_name(f"{ID}.4711.tmp").write_text("half of a te")
    draft.discard()
    draft.discard()
    assert list(draft.path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("function", "message"),
    [("read_bytes", "cannot be read"), ("rename", "cannot be set aside")],
)
def test_a_draft_that_cannot_be_reached_is_reported(
    draft: DraftFile, monkeypatch: pytest.MonkeyPatch, function: str, message: str
) -> None:
    draft.path.write_text("broken")
    monkeypatch.setattr(Path, function, refuse_full)
    with pytest.raises(StoreError, match=message):
        draft.load()
    monkeypatch.undo()
    assert draft.path.read_text() == "broken"


def test_a_draft_that_cannot_be_removed_is_reported(
    draft: DraftFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.save(0, "text", 1)
    monkeypatch.setattr(Path, "unlink", refuse_full)
    with pytest.raises(StoreError, match="cannot be removed"):
        draft.discard()

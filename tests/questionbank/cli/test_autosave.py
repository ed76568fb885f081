"""Saving drafts in the background: nothing is lost, nobody waits."""

import threading

from questionbank.cli.autosave import Autosave
from questionbank.errors import StoreError


class Disk:
    """Takes drafts; may be slow, or full for a while."""

    def __init__(self, failures: int = 0) -> None:
        self.saved: list[str] = []
        self.failures = failures
        self.tried = threading.Semaphore(0)
        self.open = threading.Event()
        self.open.set()

    def save(self, text: str) -> None:
        self.tried.release()
        assert self.open.wait(60)
        if self.failures:
            self.failures -= 1
            raise StoreError("no space left on device")
        self.saved.append(text)


def test_what_was_typed_last_is_saved_at_the_latest_on_closing() -> None:
    disk = Disk()
    autosave = Autosave(disk.save, pause=3600)
    for text in ("a", "ab", "abc"):
        autosave.changed(text)
    autosave.close()
    assert disk.saved[-1] == autosave.newest == "abc"
    assert autosave.trouble is None


def test_a_text_is_saved_without_waiting_for_the_end() -> None:
    disk = Disk()
    autosave = Autosave(disk.save, pause=0.001)
    autosave.changed("first")
    assert disk.tried.acquire(timeout=60)
    autosave.changed("second")
    assert disk.tried.acquire(timeout=60)
    autosave.close()
    assert disk.saved == ["first", "second"]


def test_typing_goes_on_while_the_disk_is_slow_and_what_lies_between_is_left_out() -> None:
    disk = Disk()
    disk.open.clear()
    autosave = Autosave(disk.save, pause=0.001)
    autosave.changed("first")
    assert disk.tried.acquire(timeout=60)
    for text in ("second", "third"):
        autosave.changed(text)
    assert disk.saved == []
    disk.open.set()
    autosave.close()
    assert disk.saved == ["first", "third"]


def test_a_full_disk_is_told_and_tried_again_without_another_key() -> None:
    disk = Disk(failures=1)
    autosave = Autosave(disk.save, pause=0.001)
    autosave.changed("kept in memory")
    for _ in range(2):
        assert disk.tried.acquire(timeout=60)
    autosave.close()
    assert disk.saved == ["kept in memory"]
    assert autosave.trouble is None


def test_a_newer_text_takes_the_place_of_one_that_could_not_be_saved() -> None:
    disk = Disk(failures=1)
    disk.open.clear()
    autosave = Autosave(disk.save, pause=0.001)
    autosave.changed("old")
    assert disk.tried.acquire(timeout=60)
    autosave.changed("new")
    disk.open.set()
    autosave.close()
    assert disk.saved == ["new"]


def test_a_disk_that_stays_full_leaves_the_text_in_memory_and_the_reason_beside_it() -> None:
    disk = Disk(failures=1000)
    autosave = Autosave(disk.save, pause=3600)
    autosave.changed("kept in memory")
    autosave.close()
    assert disk.saved == []
    assert autosave.newest == "kept in memory"
    assert autosave.trouble == "no space left on device"


def test_closing_without_a_key_typed_saves_nothing_and_may_be_repeated() -> None:
    disk = Disk()
    autosave = Autosave(disk.save)
    autosave.close()
    autosave.close()
    assert disk.saved == []
    assert autosave.newest is None

"""Saves a draft while it is typed, without making the typist wait for the disk."""

import threading
from collections.abc import Callable

from questionbank.errors import StoreError

Save = Callable[[str], None]
"""Writes a draft; raises StoreError."""


class Autosave:
    """Writes the newest text in a thread of its own, at most every `pause` seconds.

    What could not be written is tried again after each pause, and a last time at the end.

    Args:
        save: writes a text durably.
        pause: seconds between two writes; what is typed within them can be lost in a crash.
    """

    def __init__(self, save: Save, pause: float = 0.3) -> None:
        self._save = save
        self._pause = pause
        self._unsaved: str | None = None
        self._changed = threading.Condition()
        self._ending = False
        self.newest: str | None = None
        """The text last told of, saved or not; None before the first change."""
        self.trouble: str | None = None
        """Why the last save failed; None if it went well."""
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def changed(self, text: str) -> None:
        """Take note of the newest text; returns at once."""
        with self._changed:
            self.newest = self._unsaved = text
            self._changed.notify()

    def close(self) -> None:
        """Write what is still unwritten and end the thread; closing twice does nothing."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        ending = False
        while not ending:
            with self._changed:
                self._changed.wait_for(lambda: self._unsaved is not None or self._ending)
                text, self._unsaved = self._unsaved, None
                ending = self._ending
            if text is not None:
                self._write(text)
            with self._changed:
                self._changed.wait_for(lambda: self._ending, timeout=self._pause)

    def _write(self, text: str) -> None:
        try:
            self._save(text)
            self.trouble = None
        except StoreError as error:
            self.trouble = str(error)
            with self._changed:
                if self._unsaved is None:
                    self._unsaved = text

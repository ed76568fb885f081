"""Saves a draft while it is typed, without making the typist wait for the disk."""

import threading
from collections.abc import Callable

from questionbank.errors import StoreError

Save = Callable[[str], None]
"""Writes a draft; raises StoreError."""


class Autosave:
    """Looks again and again, in a thread of its own, whether there is something new to write.

    What could not be written is tried again the next time, and a last time at the end.

    Args:
        save: writes a text durably.
        pause: seconds between two looks; what is typed within them can be lost in a crash.
    """

    def __init__(self, save: Save, pause: float = 0.3) -> None:
        self._save = save
        self._pause = pause
        self._ending = threading.Event()
        self.newest: str | None = None
        """The text last told of, saved or not; None before the first change."""
        self.trouble: str | None = None
        """Why the last save failed; None if it went well."""
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def changed(self, text: str) -> None:
        """Take note of the newest text; returns at once."""
        # No lock: a signal may end the typing anywhere, and one held for good would block `close`.
        self.newest = text

    def close(self) -> None:
        """Write what is still unwritten and end the thread; closing twice does nothing."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        saved: str | None = None
        ending = False
        while not ending:
            ending = self._ending.wait(self._pause)
            text = self.newest
            if text is not None and text != saved and self._write(text):
                saved = text

    def _write(self, text: str) -> bool:
        try:
            self._save(text)
        except StoreError as error:
            self.trouble = str(error)
            return False
        self.trouble = None
        return True

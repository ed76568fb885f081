"""Saves a draft while it is typed, without making the typist wait for the disk."""

import threading
from collections.abc import Callable

from questionbank.errors import StoreError

Save = Callable[[str], None]
"""Writes a draft; raises StoreError."""


class Autosave:
    """Writes the newest text in a thread of its own, at most every `pause` seconds.

    Args:
        save: writes a text durably.
        pause: seconds between two writes; what is typed within them can be lost in a crash.
    """

    def __init__(self, save: Save, pause: float = 0.3) -> None:
        self._save = save
        self._pause = pause
        self._newest: str | None = None
        self._changed = threading.Condition()
        self._ending = False
        self.trouble: str | None = None
        """Why the last save failed; None if it went well."""
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def changed(self, text: str) -> None:
        """Take note of the newest text; returns at once."""
        with self._changed:
            self._newest = text
            self._changed.notify()

    def close(self) -> None:
        """Write what is still unwritten and end the thread."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._newest is None and not self._ending:
                    self._changed.wait()
                text, self._newest = self._newest, None
                ending = self._ending
            if text is not None:
                try:
                    self._save(text)
                    self.trouble = None
                except StoreError as error:
                    self.trouble = str(error)
            if ending:
                return
            with self._changed:
                if not self._ending:
                    self._changed.wait_for(lambda: self._ending, timeout=self._pause)

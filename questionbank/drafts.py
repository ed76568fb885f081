"""The answer being typed, kept in a private file until it is submitted.

A draft is personal text outside the record: one file for each attempt, readable by its owner only
(mode 0600 in a folder of mode 0700), replaced in one step at each save, and removed when the answer
it became is recorded.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path

from pydantic import Field, ValidationError

from grader.rubric import Record
from questionbank.errors import FormatError, StoreError, UsageError
from questionbank.folders import private_folder

FORMAT = 1
"""The draft file format this version writes and the newest it reads."""
_ID = re.compile(r"[0-9a-f]{32}")


class Draft(Record):
    """An answer that is not submitted yet."""

    format: int = FORMAT
    position: int = Field(ge=0)
    """Index into the attempt's steps."""
    text: str
    """Personal: what has been typed."""
    seconds: float = Field(ge=0)
    """Time spent on the question, pauses left out."""


class BrokenDraft(Record):
    """A draft that could not be read; what there was of it is kept."""

    kept: Path
    """The file, under its new name."""
    reason: str
    """What was wrong with it, in a few words."""


class DraftFile:
    """The draft of one attempt.

    Args:
        data: the data folder; drafts stand in `drafts/` in it.
        attempt_id: 32 hexadecimal digits.

    Raises:
        UsageError: the id is none.
        StoreError: the folder cannot be made.
    """

    def __init__(self, data: Path, attempt_id: str) -> None:
        if not _ID.fullmatch(attempt_id):
            raise UsageError(f"{attempt_id!r} is not the id of an attempt")
        self._folder = private_folder(data / "drafts")
        self.path = self._folder / f"{attempt_id}.json"
        """Where the draft is kept."""
        # One name for each process: what a killed one leaves behind is found by `discard`.
        self._next = self._folder / f"{attempt_id}.{os.getpid()}.tmp"

    def save(self, position: int, text: str, seconds: float) -> None:
        """Keep what has been typed so far in place of the draft before; on disk when it returns.

        Args:
            position: index into the attempt's steps.
            text: what has been typed.
            seconds: time spent on the question.

        Raises:
            StoreError: it cannot be written; the draft before is untouched.
        """
        draft = Draft(position=position, text=text, seconds=seconds)
        try:
            _write(self._next, json.dumps(draft.model_dump(mode="json")).encode("ascii"))
            self._next.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                self._next.unlink(missing_ok=True)
            raise _trouble(self.path, "the draft cannot be saved", error) from error

    def load(self) -> Draft | BrokenDraft | None:
        """Read the draft; one that cannot be read is set aside under another name, not lost.

        Returns:
            The draft, what became of a broken one, or None where there is none.

        Raises:
            FormatError: a newer version wrote it.
            StoreError: the file cannot be reached.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _trouble(self.path, "the draft cannot be read", error) from error
        try:
            value = json.loads(content)
            number = value["format"]
            if isinstance(number, int) and number > FORMAT:
                raise FormatError(
                    self.path,
                    f"made by a newer questionbank (format {number}); "
                    "upgrade: pip install -U questionbank",
                )
            return Draft.model_validate(value)
        except (ValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
            return self._set_aside(type(error).__name__)

    def discard(self) -> None:
        """Remove the draft and what a killed process left of it.

        Raises:
            StoreError: it cannot be removed.
        """
        self._remove("tmp")

    def erase(self) -> None:
        """Remove everything that was ever typed here, broken drafts set aside included.

        Raises:
            StoreError: it cannot be removed.
        """
        self._remove("tmp", "broken")

    def _remove(self, *endings: str) -> None:
        beside = [
            path for ending in endings for path in self._folder.glob(f"{self.path.stem}*.{ending}")
        ]
        try:
            for path in (self.path, *beside):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise _trouble(self.path, "the draft cannot be removed", error) from error

    def _set_aside(self, reason: str) -> BrokenDraft:
        number, kept = 1, self.path.with_suffix(".broken")
        while kept.exists():
            number, kept = number + 1, self.path.with_suffix(f".{number + 1}.broken")
        try:
            self.path.rename(kept)
        except OSError as error:
            raise _trouble(self.path, "the broken draft cannot be set aside", error) from error
        return BrokenDraft(kept=kept, reason=reason)


def _write(path: Path, content: bytes) -> None:
    """Write a private file and wait until it is on disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        path.chmod(0o600)  # whatever the umask, and whatever stood there
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _trouble(path: Path, what: str, error: OSError) -> StoreError:
    return StoreError(
        f"{path}: {what} ({error.strerror}); check the disk's room and the folder's permissions"
    )

"""Reads a file of a bank with suspicion: size, place, encoding and characters are checked first."""

import os
import re
from pathlib import Path

from questionbank.errors import Problem

MAX_BYTES = 1_000_000
"""A question or rubric beyond this is a mistake or an attack."""

FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Terminal escapes, other control characters, the two separators that some readers take for a
line end and others do not, and marks that reverse the reading direction."""


def read_text(
    path: Path, root: Path, shown: str, limit: int = MAX_BYTES
) -> tuple[str, tuple[Problem, ...]]:
    r"""Read one file of a bank.

    Args:
        path: the file.
        root: the bank's folder; a link that leads out of it is refused.
        shown: how problems name the file.
        limit: bytes it may have.

    Returns:
        The text with `\n` line ends and what is wrong with it. With problems the text is
        empty, because nothing in it can be trusted.
    """
    raw = read_raw(path, root, shown, limit)
    if isinstance(raw, Problem):
        return "", (raw,)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"byte {error.start} is not UTF-8; save the file as UTF-8"
        return "", (Problem(shown, line, "encoding", message),)
    text = text.replace("\r\n", "\n")
    problems = tuple(
        forbidden(found, shown, text.count("\n", 0, found.start()) + 1)
        for found in _first_per_line(text)
    )
    return ("", problems) if problems else (text, ())


def read_raw(path: Path, root: Path, shown: str, limit: int = MAX_BYTES) -> bytes | Problem:
    """Read the bytes of one file of a bank, or say why not.

    Args:
        path: the file.
        root: the bank's folder; a link that leads out of it is refused.
        shown: how problems name the file.
        limit: bytes it may have.
    """
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            message = "this link leads out of the bank; copy the file in"
            return Problem(shown, 0, "outside-bank", message)
        if not path.is_file():
            return Problem(shown, 0, "not-a-file", "expected a regular file")
        if (size := path.stat().st_size) > limit:
            message = f"{size:,} bytes; a file of the bank may have {limit:,} at most"
            return Problem(shown, 0, "too-large", message)
        return path.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        reason = getattr(error, "strerror", None) or str(error)
        return Problem(shown, 0, "unreadable", f"cannot be read: {reason}")


def forbidden(found: re.Match[str], shown: str, line: int) -> Problem:
    """Phrase that a character that `FORBIDDEN` matched may not stand here."""
    message = f"character U+{ord(found.group()):04X} is not allowed; delete it"
    return Problem(shown, line, "control-character", message)


def _first_per_line(text: str) -> list[re.Match[str]]:
    """The first forbidden character, and at most ten in all: one bad paste should not flood."""
    found: dict[int, re.Match[str]] = {}
    for match in FORBIDDEN.finditer(text):
        found.setdefault(text.count("\n", 0, match.start()), match)
        if len(found) == 10:
            break
    return list(found.values())


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet; parent folders are made.

    Raises:
        FileExistsError: it exists; nothing was written.
        OSError: it cannot be written; no half of it is left.
    """
    raw = text.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        try:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise

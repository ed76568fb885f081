"""An answer written in the person's own editor."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

_USUAL = ("editor", "nano", "vi")
"""Tried in this order where neither VISUAL nor EDITOR says anything."""


class EditorTroubleError(Exception):
    """The editor gave nothing back; its text says why."""


def write_elsewhere(text: str, environ: Mapping[str, str]) -> str:
    """Open a text in an editor and wait until it is closed.

    Args:
        text: what it begins with.
        environ: says which editor in VISUAL or EDITOR.

    Returns:
        What was saved, without the line end editors put last; bytes that are not UTF-8 as U+FFFD.

    Raises:
        EditorTroubleError: no editor, or it failed.
    """
    command = _command(environ)
    try:
        # A folder of mode 0700: the text is personal.
        with TemporaryDirectory(prefix="questionbank-") as folder:
            path = Path(folder) / "answer.md"
            path.write_text(text, encoding="utf-8", newline="")
            status = subprocess.call([*command, str(path)])  # noqa: S603 - the person's own choice
            if status:
                raise EditorTroubleError(f"{Path(command[0]).name} ended with status {status}")
            written = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        name = error.filename or command[0]
        raise EditorTroubleError(f"{name}: {error.strerror}") from error
    return written.replace("\r\n", "\n").removesuffix("\n")


def _command(environ: Mapping[str, str]) -> list[str]:
    chosen = environ.get("VISUAL") or environ.get("EDITOR")
    try:
        words = (
            shlex.split(chosen) if chosen else [name for name in _USUAL if shutil.which(name)][:1]
        )
    except ValueError as error:
        raise EditorTroubleError(f"EDITOR cannot be read as a command: {error}") from error
    if not words:
        raise EditorTroubleError("no editor found; set EDITOR")
    return words

"""Changes one line of a file and leaves every other byte alone; writes files all or none."""

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from questionbank.errors import UsageError


def replace_value(raw: bytes, line: int, key: str, old: str, new: str) -> bytes | None:
    """Change the value of one key on one line.

    Args:
        raw: the file.
        line: where the key stands, from 1.
        key: for example `version`.
        old: the value that stands there, plain or in quotes.
        new: what to put in its place.

    Returns:
        The file, or None if the line does not hold the key with that value exactly once.
    """
    lines = raw.split(b"\n")
    if not 0 < line <= len(lines):
        return None
    pattern = rf"(?<![\w-])({re.escape(key)}[\"']?\s*:\s*[\"']?){re.escape(old)}(?![\w.@-])"
    changed, count = re.subn(
        pattern.encode(), lambda found: found.group(1) + new.encode(), lines[line - 1]
    )
    if count != 1:
        return None
    lines[line - 1] = changed
    return b"\n".join(lines)


def decode(raw: bytes) -> str:
    r"""Read bytes as the text of a bank's file: UTF-8, `\n` line ends."""
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def write_files(files: Mapping[Path, bytes], root: Path) -> None:
    """Write files so that a reader sees each one old or new, never half.

    All are first written beside their places and forced to disk; only when that has worked
    for all are they moved there, in the order given.

    Args:
        files: what to write, by path; links are followed.
        root: the folder that all of them must be in.

    Raises:
        UsageError: a file lies outside the folder, or cannot be written.
    """
    staged: list[tuple[Path, Path]] = []
    path = root
    try:
        for path, content in files.items():
            target = path.resolve()
            if not target.is_relative_to(root.resolve()):
                raise UsageError(f"{path} lies outside {root}; nothing was written")
            temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
            staged.append((temporary, target))
            _write(temporary, content, target)
        for temporary, path in staged:
            temporary.replace(path)
        for folder in {target.parent for _, target in staged}:
            path = folder
            _sync_folder(folder)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}; "
            "free space or permit writing there, then run it again"
        ) from error
    finally:
        for temporary, _ in staged:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _write(temporary: Path, content: bytes, target: Path) -> None:
    """Write and force to disk, with the mode of the file that is to be replaced."""
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new names last through a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

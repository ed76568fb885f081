"""Reads an exported file with suspicion: size, encoding and packing are checked first."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from questionbank.errors import FormatError, Problem, UsageError
from questionbank.exports.drafting import Draft
from questionbank.rubric_source import SharedPoint

MAX_BYTES = 20_000_000
"""A file beyond this is no export of questions."""
MAX_MEMBERS = 5_000
MAX_MEMBER_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 60_000_000
"""Of a whole zip file; a bomb is stopped here, whatever its directory claims."""


@dataclass(frozen=True)
class Reading:
    """What a file held."""

    drafts: tuple[Draft, ...]
    problems: tuple[Problem, ...] = ()
    """What could not be taken over."""
    shared: tuple[SharedPoint, ...] = ()
    """Shared points that rubrics pin."""


def read_bytes(path: Path) -> bytes:
    """Read a file that is not too large.

    Raises:
        UsageError: it is not there or no file.
        FormatError: it is too large or empty.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise FormatError(path, f"{size:,} bytes; {MAX_BYTES:,} are read at most, so split it")
    raw = path.read_bytes()
    if not raw.strip():
        raise FormatError(path, "the file is empty")
    return raw


def decode(raw: bytes, shown: str) -> str:
    r"""Read bytes as UTF-8 with `\n` line ends.

    Raises:
        FormatError: they are none.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FormatError(
            f"{shown}:{line}", f"byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unzip(raw: bytes, shown: str) -> dict[str, bytes]:
    """Unpack a zip file in memory; nothing is written to disk.

    Args:
        raw: the file.
        shown: how errors name it.

    Returns:
        Contents by name, folders left out.

    Raises:
        FormatError: it is no zip file, a name leads out of it, or it is a bomb.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if len(members) > MAX_MEMBERS:
                raise FormatError(shown, f"{len(members):,} files inside; {MAX_MEMBERS:,} at most")
            found: dict[str, bytes] = {}
            total = 0
            for info in members:
                content = _member(archive, info, shown)
                total += len(content)
                if total > MAX_UNPACKED_BYTES:
                    raise FormatError(shown, f"unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
                found[info.filename] = content
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise FormatError(shown, f"is no sound zip file: {error}") from error
    except (RuntimeError, ValueError) as error:  # encrypted, or names that are not text
        raise FormatError(shown, f"cannot be unpacked: {error}") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> bytes:
    name = info.filename
    path = PurePosixPath(name)
    outside = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    if outside:
        raise FormatError(shown, f"the name {name[:80]!r} inside leads out of the package")
    with archive.open(info) as stream:
        content = stream.read(MAX_MEMBER_BYTES + 1)
    if len(content) > MAX_MEMBER_BYTES:
        raise FormatError(
            shown, f"{name[:80]!r} inside unpacks to more than {MAX_MEMBER_BYTES:,} bytes"
        )
    return content

"""Files by URL: whatever fsspec reaches, `s3://`, `gs://`, `https://`, `memory://` and more.

The one door to fsspec. A name without `://` is a path on this machine and never comes here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from questionbank.errors import UsageError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ON_DISK = re.compile(r"(?:file|local)://", re.IGNORECASE)


class Place(NamedTuple):
    """Where a URL leads."""

    system: Any
    """An fsspec file system."""
    path: str
    """Within it."""


def is_url(name: str) -> bool:
    """Whether a name is a URL rather than a path."""
    return bool(_URL.match(name))


def path_of(name: str) -> str:
    """A `file://` URL as the path it means; any other name as it is."""
    return locate(name).path if _ON_DISK.match(name) else name


def locate(name: str) -> Place:
    """Find the file system of a URL or a path.

    Args:
        name: for example `s3://bucket/answers.jsonl`.

    Raises:
        UsageError: no driver for such URLs is installed, or there is no such kind of URL.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{name}: URLs need fsspec: pip install fsspec") from error
    try:
        system, path = url_to_fs(name)
    except ImportError as error:
        raise UsageError(f"{name}: a driver is missing: {error} (pip install it)") from error
    except ValueError as error:
        raise UsageError(f"{name}: cannot be opened: {error}") from error
    return Place(system, str(path))


@contextmanager
def reading(name: str) -> Iterator[IO[bytes]]:
    """Open a URL to read.

    Raises:
        UsageError: it cannot be opened.
        OSError: it is not there, or cannot be read.
    """
    place = locate(name)
    with place.system.open(place.path, "rb") as file:
        yield file

"""What a writer is given, and zip files that come out the same every time."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from questionbank.exports.item import Build, Entry, Item
from questionbank.rubric_source import SharedPoint

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """What is written."""

    items: tuple[Item, ...]
    entries: tuple[Entry, ...]
    """The questions themselves; none in a candidate's build."""
    shared: Mapping[str, SharedPoint]
    """Shared points by id; none in a candidate's build."""
    build: Build
    seed: int
    now: datetime
    """UTC."""


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file, the same bytes for the same files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return stream.getvalue()

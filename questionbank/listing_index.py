"""Listings kept between runs, each by a digest of all that it depends on.

So that `list` need not read, parse and check a bank that has not changed. A listing is found again
by the content of every file that a bank is read from, by what reads them, and by nothing else:
times and places of files say nothing. One that is broken is as good as none, and where none can be
kept the bank is read.

Nothing heavy may be loaded here.
"""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

import grader
from questionbank.errors import Problem, UsageError
from questionbank.listing import Listed, Listing
from questionbank.origin import SECTIONS, files, require_bank
from questionbank.text_file import read_raw

FOLDER = "listings"
"""Within the cache folder."""
MOST = 8
"""Listings kept; the oldest is thrown away for a new one."""
_READERS = (
    "questionbank",
    "markdown-it-py",
    "pydantic",
    "pydantic-core",
    "rfc8785",
    "ruamel.yaml",
    "ruamel.yaml.clib",
)
"""Packages whose versions decide what a file of a bank comes to."""
_PACKAGES = (Path(__file__).parent, Path(grader.__file__).parent)


@dataclass(frozen=True)
class ListingIndex:
    """The listing of some banks laid over each other, kept between runs.

    Args:
        roots: the banks' folders, the lowest first.
        cache: the cache folder; None if there is none, and then nothing is kept.
    """

    roots: tuple[Path, ...]
    cache: Path | None

    @cached_property
    def _key(self) -> str | None:
        """Of the banks as they were when this was first asked for."""
        return _digest(self.roots)

    def find(self) -> Listing | None:
        """The listing of the banks as they are; None if it is not kept.

        Raises:
            UsageError: a folder holds no bank.
        """
        if self.cache is None or self._key is None:
            return None
        try:
            check, _, body = self._path(self.cache, self._key).read_bytes().partition(b"\n")
            if check != _check(body):
                return None
            value = json.loads(body)
            questions = tuple(Listed.read(facts) for facts in value["questions"])
            return Listing(questions, int(value["problems"]))
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def keep(self, listing: Listing) -> None:
        """Keep a listing, made since `find`; not if the banks have changed meanwhile.

        Args:
            listing: of these banks.
        """
        if self.cache is None or self._key is None:
            return
        from questionbank.file_edit import write_files

        questions = [question.facts() for question in listing.questions]
        body = json.dumps({"questions": questions, "problems": listing.problems}).encode()
        path = self._path(self.cache, self._key)
        with suppress(OSError, UsageError):
            if self._key != _digest(self.roots):
                return
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_files({path: _check(body) + b"\n" + body}, path.parent)
            for old in sorted(path.parent.iterdir(), key=_age)[:-MOST]:
                old.unlink()

    @staticmethod
    def _path(cache: Path, key: str) -> Path:
        return cache / FOLDER / f"{key}.json"


def _check(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def _age(path: Path) -> float:
    return path.stat().st_mtime


def _digest(roots: Sequence[Path]) -> str | None:
    """Everything that a listing depends on, as one digest.

    Returns:
        40 hexadecimal digits; None if something cannot be looked at.

    Raises:
        UsageError: a folder holds no bank.
    """
    whole = hashlib.sha256(repr([sys.version, *map(_version, _READERS)]).encode())
    try:
        for folder in _PACKAGES:
            for path in sorted(folder.glob("*.py")):
                whole.update(_line(path.name, path.read_bytes()))
        for number, root in enumerate(roots):
            require_bank(root)
            for section in SECTIONS:
                for origin in files(root, section):
                    raw = read_raw(origin.path, root, "")
                    refused = isinstance(raw, Problem)
                    name = os.fsencode(origin.path.relative_to(root))
                    content = repr(raw).encode() if isinstance(raw, Problem) else raw
                    whole.update(_line((number, section, name, refused), content))
    except OSError:
        return None
    return whole.hexdigest()[:40]


def _line(name: object, content: bytes) -> bytes:
    return repr((name, hashlib.sha256(content).digest())).encode()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None

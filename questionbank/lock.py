"""The release lock: what was released, with the hashes it had then.

One line a released version, sorted, so that two branches that release different things merge.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter, ValidationError

from grader.rubric import Id, Record, SemanticVersion
from questionbank.document import DocumentKind
from questionbank.errors import FormatError
from questionbank.origin import QUESTIONS
from questionbank.text_file import read_text

FORMAT = 1
"""The lock format this version writes and the newest it reads."""
LOCK_NAME = "release.lock"
MAX_LOCK_BYTES = 50_000_000
"""About two hundred thousand released versions."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class VersionRef(Record):
    """One version of one question, rubric or shared point."""

    kind: DocumentKind
    id: Id
    version: SemanticVersion

    def __str__(self) -> str:
        return f"{self.kind} {self.id}@{self.version}"

    @property
    def sort_key(self) -> tuple[str, str, tuple[int, ...]]:
        """By kind, then id, then age: 1.9.0 stands before 1.10.0."""
        return self.kind, self.id, version_key(self.version)


class Hashes(Record):
    """What a version's content hashed to."""

    content: Digest
    structure: Digest


@dataclass(frozen=True)
class Lock:
    """Every released version of one bank."""

    entries: dict[VersionRef, Hashes] = field(default_factory=dict)

    def newest(self, kind: DocumentKind, content_id: str) -> VersionRef | None:
        """The newest released version of an id, if any was released."""
        return self._newest.get((kind, content_id))

    @cached_property
    def _newest(self) -> dict[tuple[DocumentKind, str], VersionRef]:
        return {
            (ref.kind, ref.id): ref for ref in sorted(self.entries, key=lambda ref: ref.sort_key)
        }


class LockError(FormatError):
    """A release lock that cannot be read.

    Args:
        path: the lock.
        line: from 1; 0 where the whole file is meant.
        reason: what is wrong and what to do.
    """

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(path, f"line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


def version_key(version: str) -> tuple[int, ...]:
    """What versions are ordered by."""
    return tuple(int(number) for number in version.split("."))


def next_version(version: str, *, scoring: bool) -> str:
    """The version after this one: a minor step if scores may change, a patch step if not."""
    major, minor, patch = version_key(version)
    return f"{major}.{minor + 1}.0" if scoring else f"{major}.{minor}.{patch + 1}"


def lock_path(root: Path) -> Path:
    """Where a bank keeps its lock."""
    return root / QUESTIONS / LOCK_NAME


def read_lock(root: Path) -> Lock:
    """Read a bank's lock.

    Args:
        root: the bank's folder.

    Returns:
        The lock; an empty one if nothing was released yet.

    Raises:
        LockError: it is broken, or of a newer format.
    """
    path = lock_path(root)
    if not path.exists() and not path.is_symlink():
        return Lock()
    text, problems = read_text(path, root, str(path), MAX_LOCK_BYTES)
    if problems:
        raise LockError(path, problems[0].line, problems[0].message)
    data = _load(text, path)
    _check_format(data, text, path)
    released = data.get("released")
    if set(data) != {"format", "released"} or not isinstance(released, dict):
        raise LockError(path, 1, f"expected `format` and `released`; {_RESTORE}")
    return Lock(dict(_entry(key, value, text, path) for key, value in released.items()))


def lock_text(lock: Lock) -> str:
    """Write a lock as `read_lock` reads it.

    Returns:
        JSON, one line an entry, one trailing line end.
    """
    lines = [
        f"    {json.dumps(str(ref))}: "
        f"{json.dumps({'content': hashes.content, 'structure': hashes.structure})}"
        for ref, hashes in sorted(lock.entries.items(), key=lambda entry: entry[0].sort_key)
    ]
    body = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "format": {FORMAT},\n  "released": {body}\n}}\n'


_RESTORE = "bring the file back from version control"
_KEY = re.compile(r"(?P<kind>[a-z]+) (?P<id>[^@ ]+)@(?P<version>[^@ ]+)")
_REF: TypeAdapter[VersionRef] = TypeAdapter(VersionRef)
_HASHES: TypeAdapter[Hashes] = TypeAdapter(Hashes)


class _TwiceError(ValueError):
    """A key that stands twice, as after a careless merge."""


def _load(text: str, path: Path) -> dict[str, Any]:
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise LockError(path, error.lineno, f"broken JSON ({error.msg}); {_RESTORE}") from error
    except _TwiceError as error:
        key = str(error)
        line = _line_of(key, text, last=True)
        raise LockError(path, line, f"{key} stands twice; {_RESTORE}") from error
    except (ValueError, RecursionError) as error:
        raise LockError(path, 0, f"broken JSON; {_RESTORE}") from error
    if not isinstance(data, dict):
        raise LockError(path, 1, f"expected a JSON object; {_RESTORE}")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, value in pairs:
        if key in data:
            raise _TwiceError(key)
        data[key] = value
    return data


def _check_format(data: dict[str, Any], text: str, path: Path) -> None:
    number = data.get("format")
    line = _line_of("format", text)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise LockError(path, line, f"`format` must be a whole number; {_RESTORE}")
    if number > FORMAT:
        raise LockError(
            path,
            line,
            f"format {number} was made by a newer questionbank (this one reads up to {FORMAT}); "
            "upgrade with: pip install -U questionbank",
        )


def _entry(key: str, value: object, text: str, path: Path) -> tuple[VersionRef, Hashes]:
    found = _KEY.fullmatch(key)
    try:
        ref = _REF.validate_python(found.groupdict() if found else {})
        return ref, _HASHES.validate_python(value)
    except ValidationError as error:
        reason = f"{key!r} is no released version with its two hashes; {_RESTORE}"
        raise LockError(path, _line_of(key, text), reason) from error


def _line_of(key: str, text: str, *, last: bool = False) -> int:
    quoted = json.dumps(key)
    at = text.rfind(quoted) if last else text.find(quoted)
    return text.count("\n", 0, max(at, 0)) + 1

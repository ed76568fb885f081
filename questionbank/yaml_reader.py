"""The one door to YAML: a strict reader that keeps line numbers.

It accepts the part of YAML 1.2 that authors need (mappings, lists, scalars) and refuses what
surprises them: duplicate keys, aliases (which can explode), tags, several documents. Values are
built from the parser's events, so nothing is constructed before it was checked.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined] # from libyaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from questionbank.errors import Problem
from questionbank.text_file import FORBIDDEN, forbidden

MAX_DEPTH = 12
"""No file of ours nests deeper than half of this."""

Path = tuple[str | int, ...]
"""Keys and list positions from the top to a value."""


@dataclass(frozen=True)
class YamlDocument:
    """A file's value with the line of every part of it."""

    data: Any
    """dicts with string keys, lists, strings, ints, floats, booleans, None; None if unreadable."""
    lines: dict[Path, int]
    """From 1, for every value, by its path; what has a key counts from the key's line."""
    spelling: dict[Path, str]
    """Numbers, booleans and nulls as they were written, by path."""
    problems: tuple[Problem, ...]
    begun: Any = None
    """The value as far as it was read before reading stopped: enough to tell a file's format
    number and id, never to be used otherwise."""

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(text: str, shown: str, offset: int = 0) -> YamlDocument:
    """Read one YAML document.

    Args:
        text: the YAML.
        shown: how problems name the file.
        offset: lines of the file that stand before `text`.

    Returns:
        The value and all problems found; with a problem of syntax the value is None.
    """
    builder = _Builder(shown, offset)
    text = text.encode("utf-8", "replace").decode()  # lone surrogates, which no file can hold
    try:
        builder.build(_events(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if "end of stream" in str(error.problem) and error.context_mark:
            mark = error.context_mark  # where the quote was opened, not where the file ends
        line = mark.line + 1 + offset if mark else offset + 1
        reason = " ".join(str(error.problem or error.context or "broken YAML").split())
        builder.report(line, "yaml-syntax", f"{reason}; quote text that contains : # [ ] {{ }}")
        return builder.stopped()
    except YAMLError as error:
        at = getattr(error, "position", 0)  # counts bytes
        line = text.encode()[:at].count(b"\n") + 1 + offset
        reason = " ".join(str(error).split('in "')[0].split())[:200]
        builder.report(line, "yaml-syntax", reason)
        return builder.stopped()
    except _StopReadingError:
        return builder.stopped()
    root, problems = builder.root, tuple(builder.problems)
    return YamlDocument(root, builder.lines, builder.spelling, problems, root)


def _events(text: str) -> Iterator[Any]:
    """What libyaml reads, one thing after the other; a loader around it would only cost time."""
    parser: Any = CParser(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()


class _StopReadingError(Exception):
    """What follows cannot be trusted."""


@dataclass
class _Open:
    """A mapping or list whose end has not been seen."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    key_line: int = 0
    seen: set[str] = field(default_factory=set)


class _Builder:
    def __init__(self, shown: str, offset: int) -> None:
        self.shown = shown
        self.offset = offset
        self.root: Any = None
        self.lines: dict[Path, int] = {}
        self.spelling: dict[Path, str] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0

    def stopped(self) -> YamlDocument:
        """What there is when reading cannot go on: problems, and the beginning of a value."""
        return YamlDocument(None, self.lines, {}, tuple(self.problems), self.root)

    def report(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(self.shown, line, code, message))

    def build(self, events: Iterator[Any]) -> None:
        for event in events:
            line = event.start_mark.line + 1 + self.offset
            match event:
                case ScalarEvent():  # first, for it comes most often
                    self._refuse_tag(event, line, set())
                    self._scalar(event, line)
                case DocumentStartEvent():
                    self._start_document(line)
                case AliasEvent():
                    self._stop(line, "yaml-alias", "aliases (*name) are not allowed; write it out")
                case MappingStartEvent():
                    self._refuse_tag(event, line, {"tag:yaml.org,2002:map"})
                    self._push({}, line)
                case SequenceStartEvent():
                    self._refuse_tag(event, line, {"tag:yaml.org,2002:seq"})
                    self._push([], line)
                case MappingEndEvent() | SequenceEndEvent():
                    self._open.pop()
                case _:
                    pass

    def _start_document(self, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(line, "yaml-documents", "one document a file; delete the second `---`")

    def _stop(self, line: int, code: str, message: str) -> None:
        self.report(line, code, message)
        raise _StopReadingError

    def _refuse_tag(self, event: Any, line: int, usual: set[str]) -> None:  # noqa: ANN401 - untyped library
        if event.tag is not None and str(event.tag) not in usual:
            self._stop(line, "yaml-tag", f"tags ({event.tag}) are not allowed; delete it")

    def _push(self, value: dict[str, Any] | list[Any], line: int) -> None:
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            self._stop(line, "yaml-key", "a key must be plain text")
        if len(self._open) >= MAX_DEPTH:
            self._stop(line, "yaml-depth", f"nested more than {MAX_DEPTH} deep")
        path = self._place(value, line)
        self._open.append(_Open(value, path))

    def _scalar(self, event: Any, line: int) -> None:  # noqa: ANN401 - untyped library
        top = self._open[-1] if self._open else None
        if found := FORBIDDEN.search(event.value):  # written as an escape: "\x1b"
            self.problems.append(forbidden(found, self.shown, line))
        if top and isinstance(top.value, dict) and top.key is None:
            top.key, top.key_line = str(event.value), line
            if top.key in top.seen:
                self.report(line, "duplicate-key", f"{top.key!r} stands twice; keep one")
            top.seen.add(top.key)
            return
        plain = event.style in (None, "")
        value = _resolve(event.value) if plain else event.value
        path = self._place(value, line)
        if not isinstance(value, str):
            self.spelling[path] = event.value

    def _place(self, value: Any, line: int) -> Path:  # noqa: ANN401 - any YAML value
        """Hang a value where it belongs and remember its line."""
        if not self._open:
            self.root = value
            path: Path = ()
        else:
            top = self._open[-1]
            if isinstance(top.value, list):
                path = (*top.path, len(top.value))
                top.value.append(value)
            else:
                key = top.key or ""
                path, line = (*top.path, key), top.key_line
                top.value.setdefault(key, value)
                top.key = None
        self.lines.setdefault(path, line)
        return path


_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(
    r"[-+]?([0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18}|[0-9]{1,18})([eE][-+]?[0-9]{1,3})?"
)


def _resolve(plain: str) -> Any:  # noqa: ANN401 - any YAML scalar
    """Read an unquoted scalar by the YAML 1.2 core schema (no `yes`, no dates, no octals)."""
    if plain in ("", "~", "null", "Null", "NULL"):
        return None
    if plain in ("true", "True", "TRUE"):
        return True
    if plain in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(plain):
        return int(plain)
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        return number if math.isfinite(number) else plain
    return plain

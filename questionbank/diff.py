"""Two versions of a question, rubric or shared point side by side, wording apart from scoring."""

import difflib
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import JsonValue, ValidationError

from grader.rubric import Record, Rubric
from questionbank.document import Document, DocumentKind
from questionbank.errors import FormatError, UsageError
from questionbank.question import QUESTION
from questionbank.rubric_source import SharedPoint

_MAX_WORDS = 2_000
"""Longer texts are compared with difflib's shortcut for frequent words, in reasonable time."""


class PieceKind(StrEnum):
    """What happened to some words."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(Record):
    """Some words of a changed text."""

    kind: PieceKind
    text: str
    """With the spaces that follow."""


class Change(Record):
    """One value that differs."""

    path: str
    """Where, for example `points.data-integrity.exemplars`."""
    old: JsonValue
    """None where nothing stood."""
    new: JsonValue
    """None where nothing stands any more."""

    def pieces(self) -> tuple[Piece, ...]:
        """The words removed, added and kept; none unless both values are texts."""
        if isinstance(self.old, str) and isinstance(self.new, str):
            return word_pieces(self.old, self.new)
        return ()


class Difference(Record):
    """Everything that differs between two versions."""

    scoring: tuple[Change, ...]
    """What changes scores: all that the structure hash covers."""
    wording: tuple[Change, ...]
    """Everything else."""
    moved: tuple[str, ...]
    """Paths of lists that hold the same things in another order."""


def diff_documents(old: Document, new: Document) -> Difference:
    """Compare two versions.

    Args:
        old: one version.
        new: another of the same kind.

    Returns:
        What differs. Version, format and status are no differences. Empty if the content
        hashes agree.

    Raises:
        UsageError: the kinds differ.
        FormatError: a text cannot be read by this version.
    """
    if old.kind is not new.kind:
        raise UsageError(f"a {old.kind} cannot be compared with a {new.kind}")
    sides = (_sides(old), _sides(new))
    moved: dict[str, None] = {}
    scoring = list(_compare("", sides[0][0], sides[1][0], moved))
    counted = {change.path for change in scoring}
    scored_paths = {path for side in sides for path in _leaves("", side[0])}
    wording = [
        change
        for change in _compare("", sides[0][1], sides[1][1], moved)
        if change.path not in scored_paths and not _is_under(change.path, counted)
    ]
    return Difference(scoring=tuple(scoring), wording=tuple(wording), moved=tuple(moved))


def word_pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Compare two texts word by word.

    Args:
        old: one text.
        new: the other.

    Returns:
        Pieces in reading order; those kept or removed make up `old`, those kept or added `new`.
    """
    before, after = _words(old), _words(new)
    rough = len(before) + len(after) > _MAX_WORDS
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=rough)
    pieces: list[Piece] = []
    for code, start, end, new_start, new_end in matcher.get_opcodes():
        if code == "equal":
            pieces.append(Piece(kind=PieceKind.SAME, text="".join(before[start:end])))
            continue
        for kind, words in (
            (PieceKind.REMOVED, before[start:end]),
            (PieceKind.ADDED, after[new_start:new_end]),
        ):
            if words:
                pieces.append(Piece(kind=kind, text="".join(words)))
    return tuple(pieces)


def _words(text: str) -> list[str]:
    """Words with the white space after them, so that joining gives the text back."""
    words: list[str] = []
    for part in _runs(text):
        if words and part.isspace():
            words[-1] += part
        else:
            words.append(part)
    return words


def _runs(text: str) -> Iterator[str]:
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or text[at].isspace() != text[at - 1].isspace():
            yield text[start:at]
            start = at


def _sides(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """The structure, and the whole content, of a text."""
    body = json.dumps(document.body)
    try:
        if document.kind is DocumentKind.QUESTION:
            question = QUESTION.validate_json(body)
            return {"id": question.id, **question.scored()}, question.content()
        if document.kind is DocumentKind.RUBRIC:
            rubric = Rubric.model_validate_json(body)
            return rubric.structure(), rubric.content()
        point = SharedPoint.model_validate_json(body)
        return point.structure(), point.content()
    except ValidationError as error:
        name = f"{document.kind} {document.id}@{document.version}"
        raise FormatError(name, "this text cannot be read; it was altered or is newer") from error


def _compare(path: str, old: Any, new: Any, moved: dict[str, None]) -> Iterator[Change]:  # noqa: ANN401 - any JSON value
    """Every value that differs, by path."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _compare(_join(path, key), old.get(key), new.get(key), moved)
    elif isinstance(old, list) and isinstance(new, list) and _has_ids(old + new):
        yield from _compare_by_id(path, _by_id(old), _by_id(new), moved)
    elif _is_texts(old) and _is_texts(new):
        yield from _compare_texts(path, old, new, moved)
    elif isinstance(old, list) and isinstance(new, list) and _is_records(old + new):
        for number in range(max(len(old), len(new))):
            yield from _compare(
                _join(path, str(number + 1)),
                old[number] if number < len(old) else None,
                new[number] if number < len(new) else None,
                moved,
            )
    else:
        yield Change(path=path, old=_short(old), new=_short(new))


def _compare_by_id(
    path: str, old: dict[str, Any], new: dict[str, Any], moved: dict[str, None]
) -> Iterator[Change]:
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        moved[path] = None
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _compare(_join(path, name), old.get(name), new.get(name), moved)


def _compare_texts(
    path: str, old: list[str], new: list[str], moved: dict[str, None]
) -> Iterator[Change]:
    """Compare as sets; an order of its own is noted, not counted."""
    before, after = set(old), set(new)
    kept = [text for text in old if text in after]
    if kept != [text for text in new if text in before]:
        moved[path] = None
    yield from (Change(path=path, old=t, new=None) for t in dict.fromkeys(old) if t not in after)
    yield from (Change(path=path, old=None, new=t) for t in dict.fromkeys(new) if t not in before)


def _leaves(path: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """The path of every value that `_compare` can report, and of what is around it."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(_join(path, key), item)
    elif _has_ids(value):
        for name, item in _by_id(value).items():
            yield from _leaves(_join(path, name), item)


def _is_under(path: str, counted: set[str]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:end]) in counted for end in range(1, len(parts) + 1))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is_records(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(item, dict) for item in value)


def _has_ids(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, list) and _is_records(value) and all("id" in item for item in value)


def _by_id(value: list[dict[str, Any]]) -> dict[str, Any]:
    return {str(item["id"]): {k: v for k, v in item.items() if k != "id"} for item in value}


def _is_texts(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _short(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """What is shown of something added or removed whole: its name if it has one."""
    if isinstance(value, dict):
        return next((value[key] for key in ("title", "text", "prompt") if key in value), value)
    return value

"""Items put together again as questions, and questions as a flat list of fields to compare."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from questionbank.exports.item import Entry, Item
from questionbank.exports.layout import number
from questionbank.question import Kind, OpenTask, tasks


@dataclass
class Draft:
    """What a file says of one question: only what stands in it, nothing filled in."""

    question: dict[str, Any]
    """JSON values by key, as in a question; keys may be missing."""
    rubrics: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    """By part; None for a whole question. Keys may be missing here, too."""
    line: int = 0
    """Where it stands in its file, from 1."""


def draft_of(entry: Entry) -> Draft:
    """A question of the bank in the form that drafts have."""
    question = entry.question.model_dump(mode="json", exclude={"format"})
    rubrics = {
        part: entry.rubrics[task.rubric].model_dump(mode="json", exclude={"format"})
        for part, task in tasks(entry.question)
        if isinstance(task, OpenTask)
    }
    return Draft(question, dict(rubrics))


def assemble(items: Iterable[Item]) -> tuple[Draft, ...]:
    """Put items together: parts of one case become one question, in the order they came.

    Args:
        items: as read from a file.

    Returns:
        One draft a question. A status is kept only where the rubrics came with their wordings,
        for without them the question is to be a draft again.
    """
    groups: dict[str, list[Item]] = {}
    for place, item in enumerate(items):
        case = item.id is not None and item.part is not None
        groups.setdefault(item.id if case and item.id else f"#{place}", []).append(item)
    return tuple(_assembled(group) for group in groups.values())


def _assembled(items: list[Item]) -> Draft:
    first = items[0]
    facts = first.facts.model_dump(mode="json")
    head = {
        "id": first.id,
        "title": first.title,
        "strategy": first.id.partition("/")[0] if first.id and "/" in first.id else None,
        **facts,
        "exhibit": first.exhibit,
        "follow_ups": list(first.follow_ups),
        "sources": list(first.sources),
    }
    rubrics = {item.part: _rubric(item) for item in items if item.criteria}
    if any(item.kind is Kind.OPEN for item in items):
        head["status"] = None
    if first.part is None:
        data = {**head, **_task(first)}
    else:
        data = {
            **head,
            "kind": Kind.CASE.value,
            "prompt": first.situation,
            "model_answer": first.case_answer,
            "parts": [{"id": item.part, **_task(item)} for item in items],
        }
    return Draft(_without_nothing(data), rubrics, first.line)


def _task(item: Item) -> dict[str, Any]:
    task: dict[str, Any] = {
        "kind": item.kind.value,
        "prompt": item.prompt,
        "model_answer": item.model_answer,
    }
    if item.kind is Kind.OPEN:
        task["rubric"] = item.criteria.id if item.criteria else None
        return _without_nothing(task)
    task["points"] = item.points
    if item.kind is Kind.CHOICE:
        task["options"] = [option.model_dump(exclude_none=True) for option in item.options]
        return _without_nothing(task)
    task["unit"] = item.unit
    if item.value is not None:
        task["formula"] = number(item.value)
        task["tolerance"] = {"absolute": item.tolerance or 0.0}
    task["mistakes"] = [
        {"formula": number(wrong.value), "feedback": wrong.feedback} for wrong in item.mistakes
    ]
    return _without_nothing(task)


def _rubric(item: Item) -> dict[str, Any]:
    criteria = item.criteria
    if criteria is None:
        return {}
    points = [
        _without_nothing(
            {
                "id": point.id,
                "title": point.title,
                "weight": point.points,
                "description": point.description,
                "probe": point.probe,
                "anchors": dict(point.anchors),
            }
        )
        for point in criteria.points
    ]
    head = {"id": criteria.id, "version": criteria.version, "title": criteria.title}
    return {**_without_nothing(head), "points": points}


def _without_nothing(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in (None, [], {}, "", ())}


class Leaf(NamedTuple):
    """One value of a question."""

    name: str
    """Its kind, for example `rubric.points.exemplars`."""
    value: Any


_BY_ID = {"parts", "points", "examples"}
_WHOLE = {"parameters", "verdicts"}
"""Mappings with keys of the author's own: one value each."""
_RECORDS = {*_BY_ID, "options", "mistakes"}


def leaves(draft: Draft) -> dict[str, Leaf]:
    """Every value of a question and its rubrics, by place.

    Args:
        draft: a question.

    Returns:
        Leaves by place, for example `rubric.points[cost].exemplars`; what is None or empty is
        not there.
    """
    found: dict[str, Leaf] = {}
    _walk(draft.question, "", "", found)
    for part, rubric in draft.rubrics.items():
        place = "rubric" if part is None else f"parts[{part}].rubric"
        name = "rubric" if part is None else "parts.rubric"
        _walk(rubric, f"{place}.", f"{name}.", found)
    return found


def _walk(data: Mapping[str, Any], place: str, name: str, found: dict[str, Leaf]) -> None:
    for key, value in data.items():
        if not value and value != 0:
            continue
        if key in _WHOLE and isinstance(value, Mapping):
            found[f"{place}{key}"] = Leaf(f"{name}{key}", _without_none(value))
        elif isinstance(value, Mapping):
            _walk(value, f"{place}{key}.", f"{name}{key}.", found)
        elif key in _RECORDS and isinstance(value, Sequence) and not isinstance(value, str):
            for mark, record in _numbered(key, value):
                _walk(record, f"{place}{key}[{mark}].", f"{name}{key}.", found)
        else:
            kept = list(value) if isinstance(value, tuple) else value
            found[f"{place}{key}"] = Leaf(f"{name}{key}", kept)


def _without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if value is not None
    }


def _numbered(key: str, records: Sequence[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for position, record in enumerate(records):
        if isinstance(record, Mapping):
            mark = str(record.get("id", position)) if key in _BY_ID else str(position)
            yield mark, record

"""Reads the JSON that `exports.json_document` writes, also as the sidecar of a QTI package."""

import json
from typing import Any

from pydantic import ValidationError

from questionbank.errors import FormatError, Problem
from questionbank.exports.drafting import Draft
from questionbank.exports.json_document import FORMAT, TYPE
from questionbank.imports.reading import Reading, decode
from questionbank.rubric_source import SharedPoint


def read(raw: bytes, shown: str) -> Reading:
    """Read a file; see `questionbank.imports`."""
    return read_whole(load(raw, shown), shown)


def load(raw: bytes, shown: str) -> dict[str, Any]:
    """The object in a file, its format number looked at before anything else.

    Raises:
        FormatError: it is no such object, from a newer version, or a candidate's build.
    """
    try:
        data = json.loads(decode(raw, shown), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FormatError(f"{shown}:{error.lineno}", f"is no sound JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # NaN, numbers of a million digits, nesting
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise FormatError(shown, f"cannot be read as JSON: {reason[:200]}") from error
    if not isinstance(data, dict) or data.get("type") != TYPE:
        raise FormatError(shown, f'expected an object with "type": "{TYPE}"; export it as json')
    number = data.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise FormatError(shown, f'expected "format": {FORMAT}')
    if number > FORMAT:
        raise FormatError(
            shown,
            f"made by a newer questionbank (format {number}); upgrade: pip install -U questionbank",
        )
    if data.get("for") == "candidate":
        raise FormatError(shown, "is a candidate's build without answers; export it for authors")
    return data


def read_whole(data: dict[str, Any], shown: str) -> Reading:
    """Drafts out of the object of an export."""
    problems: list[Problem] = []
    rubrics = {
        str(rubric.get("id")): {key: value for key, value in rubric.items() if key != "format"}
        for rubric in _records(data, "rubrics", shown)
    }
    shared = []
    for point in _records(data, "points", shown):
        try:
            shared.append(SharedPoint.model_validate_json(json.dumps(point)))
        except ValidationError as error:
            what = error.errors(include_url=False)[0]["msg"]
            message = f"the shared point {str(point.get('id'))[:80]!r} cannot be read: {what}"
            problems.append(Problem(shown, 0, "not-imported", message))
    drafts = [_draft(question, rubrics) for question in _records(data, "questions", shown)]
    return Reading(tuple(drafts), tuple(problems), tuple(shared))


def _draft(question: dict[str, Any], rubrics: dict[str, dict[str, Any]]) -> Draft:
    parts = question.get("parts")
    holders: list[tuple[str | None, dict[str, Any]]] = [(None, question)]
    if question.get("kind") == "case" and isinstance(parts, list):
        holders = [(str(part.get("id")), part) for part in parts if isinstance(part, dict)]
    named = {
        part: rubrics[name]
        for part, holder in holders
        if isinstance(name := holder.get("rubric"), str) and name in rubrics
    }
    return Draft({key: value for key, value in question.items() if key != "format"}, named)


def _records(data: dict[str, Any], key: str, shown: str) -> list[dict[str, Any]]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise FormatError(shown, f'"{key}" must be a list of objects')
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")

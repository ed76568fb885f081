"""Turns a YAML value into a checked record, and pydantic's complaints into problems with lines."""

import difflib
import json
import re
from typing import Any, Generic, NamedTuple, TypeVar, get_args

from pydantic import StringConstraints, TypeAdapter, ValidationError

from grader.rubric import Id, SemanticVersion, Slug
from questionbank.errors import Problem
from questionbank.question import Name
from questionbank.yaml_reader import Path, YamlDocument

T = TypeVar("T")


class Checked(NamedTuple, Generic[T]):
    """A value after its check."""

    record: T | None
    """None if something is wrong with it."""
    problems: tuple[Problem, ...]


def check_format(document: YamlDocument, newest: int, shown: str) -> Problem | None:
    """Look at the format number before anything else.

    Args:
        document: the file.
        newest: the newest format this version reads.
        shown: how the problem names the file.

    Returns:
        What is wrong, or None if the rest can be read.
    """
    data = document.begun  # a newer format may well begin a file this version cannot read on
    if not isinstance(data, dict):
        return Problem(shown, document.line(()), "wrong-type", "expected `key: value` lines")
    line = document.line(("format",))
    if "format" not in data:
        return Problem(shown, line, "missing-format", f"add a first line `format: {newest}`")
    number = data["format"]
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        return Problem(shown, line, "wrong-type", f"format must be a whole number, 1 to {newest}")
    if number > newest:
        return Problem(
            shown,
            line,
            "newer-format",
            f"format {number} was made by a newer questionbank (this one reads up to {newest}); "
            "upgrade with: pip install -U questionbank",
        )
    return None


def open_document(
    document: YamlDocument, newest: int, shown: str
) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    """Decide how far a file can be read.

    Args:
        document: the file.
        newest: the newest format this version reads.
        shown: how problems name the file.

    Returns:
        The value, or None if it cannot be read on; the problems so far. Of a file in a newer
        format nothing else is said, because nothing else said of it would be true.
    """
    wrong = check_format(document, newest, shown)
    if wrong is not None and wrong.code == "newer-format":
        return None, (wrong,)
    if document.data is None and document.problems:
        return None, document.problems
    if wrong is not None:
        return None, (*document.problems, wrong)
    return {**document.data}, document.problems


def validate(
    kind: TypeAdapter[T],
    document: YamlDocument,
    data: Any,  # noqa: ANN401 - any JSON value
    shown: str,
) -> Checked[T]:
    """Check a value strictly: no unknown keys, no silent conversion.

    Args:
        kind: what it should be.
        document: where it was read, for lines.
        data: the value; usually `document.data` with the Markdown sections added.
        shown: how problems name the file.

    Returns:
        The record, or None and every problem found.
    """
    try:
        return Checked(kind.validate_json(json.dumps(data), strict=True), ())
    except ValidationError as error:
        problems = {
            _problem(detail, document, data, shown, kind): None
            for detail in error.errors(include_url=False, include_context=True)
            if not _is_echo(detail, data)
        }
        return Checked(None, tuple(problems))


_WORDS = {
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected `key: value` lines",
    "model_type": "expected `key: value` lines",
    "string_too_short": "must not be empty",
    "too_short": "the list is too short",
    "too_long": "the list is too long",
}
_TYPES = {code for code in _WORDS if code.endswith("_type")} | {"int_from_float"}


_SPELLINGS = (
    (SemanticVersion, "write three numbers, for example 1.10.0"),
    (Slug, "use lower-case letters and digits, words joined by single hyphens"),
    (Id, "use lower-case letters and digits, words joined by single hyphens, parts by /"),
    (Name, "use lower-case letters, digits and _, a letter first"),
)
_PATTERNS = {
    rule.pattern: advice
    for spelling, advice in _SPELLINGS
    for rule in get_args(spelling)
    if isinstance(rule, StringConstraints)
}


def _problem(
    detail: Any,  # noqa: ANN401 - pydantic's dict
    document: YamlDocument,
    data: Any,  # noqa: ANN401 - any JSON value
    shown: str,
    kind: TypeAdapter[Any],
) -> Problem:
    path = _real_path(detail["loc"], data, missing=detail["type"] == "missing")
    line = document.line(path)
    name = ".".join(str(part) for part in path) or "the file"
    match detail["type"]:
        case "extra_forbidden":
            near = _near(str(path[-1]), _known_keys(kind, detail["loc"][:-1]))
            return Problem(shown, line, "unknown-key", f"{name} is not a key{near}; delete it")
        case "missing":
            return Problem(shown, document.line(path[:-1]), "missing-key", f"{name} is missing")
        case "union_tag_not_found":
            tag = str(detail["ctx"]["discriminator"]).strip("'")
            where = f"{name}: {tag}" if path else tag
            return Problem(shown, line, "missing-key", f"{where} is missing")
        case "union_tag_invalid":
            context = detail["ctx"]
            known = ", ".join(re.findall(r"'([a-z]+)'", context["expected_tags"]))
            message = f"{context['tag']!r} is not a kind; use one of {known}"
            return Problem(shown, document.line((*path, "kind")), "invalid-value", message)
        case "string_pattern_mismatch":
            advice = _PATTERNS.get(detail["ctx"]["pattern"], "it has characters it may not have")
            message = f"{name}: {_short(detail['input'])} cannot be used; {advice}"
            return Problem(shown, line, "invalid-value", message)
        case code:
            written = document.spelling.get(path)
            if written is not None and code == "string_type":
                advice = (
                    "write three numbers, for example 1.10.0"
                    if path[-1:] == ("version",)
                    else f'put it in quotes: "{written}"'
                )
                message = f"{name}: {written} is read as a number or a switch; {advice}"
                return Problem(shown, line, "wrong-type", message)
            if detail["loc"][-1:] in (("int",), ("float",)):
                code = "float_type"  # one sentence for both halves of `int | float`
            reason = _WORDS.get(code) or detail["msg"].removeprefix("Value error, ")
            reason = reason[:1].lower() + reason[1:] if reason[1:2].islower() else reason
            problem = "wrong-type" if code in _TYPES else "invalid-value"
            return Problem(shown, line, problem, f"{name}: {' '.join(reason.split())}")


def _is_echo(detail: Any, data: Any) -> bool:  # noqa: ANN401 - pydantic's dict, any JSON value
    """Whether a list is called too short only because its unsound items were not counted."""
    if detail["type"] != "too_short":
        return False
    for part in _real_path(detail["loc"], data, missing=False):
        data = data[part]
    return bool(len(data) >= detail["ctx"]["min_length"])


def _short(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value as a message can show it: quoted, and not the whole of a long one."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _real_path(location: tuple[str | int, ...], data: Any, *, missing: bool) -> Path:  # noqa: ANN401 - any JSON value
    """Drop the union tags that pydantic puts between keys, by walking the value itself.

    Only a key that is missing may end the path without being there.
    """
    path: list[str | int] = []
    for part in location:
        inside = part in data if isinstance(data, dict) else isinstance(part, int)
        if inside and part != "[key]":
            data = data[part]
            path.append(part)
    return (*path, location[-1]) if missing else tuple(path)


def _known_keys(kind: TypeAdapter[Any], location: tuple[str | int, ...]) -> list[str]:
    """The keys a mapping may have, found by walking the schema along pydantic's own path."""
    schema = kind.json_schema()
    nodes = _alternatives(schema, schema)
    for part in location:
        reached: list[Any] = []
        for node in nodes:
            tagged = node.get("discriminator", {}).get("mapping", {})
            for below in (
                tagged.get(part) and {"$ref": tagged[part]},
                node.get("properties", {}).get(part),
                node.get("items") if isinstance(part, int) else None,
                node.get("additionalProperties"),
            ):
                reached += _alternatives(below, schema) if isinstance(below, dict) else ()
        nodes = reached
    return [key for node in nodes for key in node.get("properties", {})]


def _alternatives(node: Any, schema: Any) -> list[Any]:  # noqa: ANN401 - JSON schema
    """A schema node, its reference followed, and what it may be instead (`X | None`)."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    found = [node]
    for other in node.get("anyOf", ()):
        found += _alternatives(other, schema)
    return found


def _near(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""

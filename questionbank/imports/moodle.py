"""Reads Moodle XML: essays, numerical, multiple choice and true/false questions."""

import math
from html import unescape

from questionbank.errors import FormatError, Problem
from questionbank.exports.carrying import LETTERS
from questionbank.exports.drafting import assemble
from questionbank.exports.item import Choice, Item, Wrong
from questionbank.exports.layout import (
    read_after_text,
    read_criteria,
    read_question_text,
    slug_of,
    tags_facts,
)
from questionbank.exports.markup import html_to_markdown
from questionbank.imports.reading import Reading
from questionbank.imports.xml_tree import Node, read_xml
from questionbank.question import Kind

_KINDS = {
    "essay": Kind.OPEN,
    "numerical": Kind.NUMERIC,
    "multichoice": Kind.CHOICE,
    "multichoiceset": Kind.CHOICE,
    "truefalse": Kind.CHOICE,
}


def read(raw: bytes, shown: str) -> Reading:
    """Read a file; see `questionbank.imports`."""
    root = read_xml(raw, shown)
    if root.name != "quiz":
        raise FormatError(shown, f"expected <quiz> as in Moodle XML, found <{root.name[:40]}>")
    items: list[Item] = []
    problems: list[Problem] = []
    area = ""
    for node in root.nodes:
        kind = node.attributes.get("type", "")
        if node.name != "question":
            continue
        if kind == "category":
            area = slug_of(_text(node.find("category")).rstrip("/").rpartition("/")[2])
        elif kind not in _KINDS:
            message = f"questions of the type {kind[:40]!r} are not taken over"
            problems.append(Problem(shown, node.line, "not-imported", message))
        else:
            try:
                items.append(_item(node, _KINDS[kind], area))
            except ValueError as error:
                problems.append(Problem(shown, node.line, "not-imported", str(error)))
    return Reading(assemble(items), tuple(problems))


def _item(node: Node, kind: Kind, area: str) -> Item:
    tags = node.find("tags")
    facts = tags_facts([_text(tag) for tag in tags.nodes] if tags else [])
    key = node.child_text("idnumber")
    text = read_question_text(_markdown(node.find("questiontext")), kind)
    part = text["part"]
    name = _text(node.find("name"))
    title = name.removesuffix(f" [{part}]") if part else name
    data: dict[str, object] = {
        "id": key.removesuffix(f"#{part}") or (f"{area}/" if area else None),
        "kind": kind,
        "title": title or None,
        "facts": facts,
        "line": node.line,
        **text,
        **read_after_text(_markdown(node.find("generalfeedback"))),
    }
    if kind is Kind.OPEN:
        data["criteria"] = read_criteria(_plain(node.find("graderinfo")).split("\n"))
        return Item.model_validate(data)
    grade = node.child_text("defaultgrade")
    data["points"] = _number(grade, "defaultgrade") if grade else None
    answers = [child for child in node.nodes if child.name == "answer"]
    if kind is Kind.NUMERIC:
        return Item.model_validate({**data, **_numbers(answers)})
    if len(answers) > len(LETTERS):
        raise ValueError(f"{len(answers)} options; {len(LETTERS)} at most")
    data["options"] = tuple(
        Choice(
            id=letter,
            text=_markdown(answer) or _text(answer),
            correct=_number(answer.attributes.get("fraction", "0"), "fraction") > 0,
            why=_markdown(answer.find("feedback")) or None,
        )
        for letter, answer in zip(LETTERS, answers, strict=False)
    )
    return Item.model_validate(data)


def _numbers(answers: list[Node]) -> dict[str, object]:
    """The answer that earns most is the right one; others that earn nothing are mistakes."""
    rated = [(_number(a.attributes.get("fraction", "0"), "fraction"), a) for a in answers]
    best = max((share for share, _ in rated), default=0.0)
    right = next((answer for share, answer in rated if share == best and best > 0), None)
    if right is None:
        raise ValueError("no answer is marked as right")
    wrong = [
        Wrong(value=_number(_text(answer), "answer"), feedback=feedback)
        for share, answer in rated
        if share == 0 and _text(answer) != "*" and (feedback := _markdown(answer.find("feedback")))
    ]
    return {
        "value": _number(_text(right), "answer"),
        "tolerance": _number(right.child_text("tolerance") or "0", "tolerance"),
        "mistakes": tuple(wrong),
    }


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} in <{what}> is not a number") from None
    if not math.isfinite(value) or abs(value) > 1e15:
        raise ValueError(f"{text[:40]!r} in <{what}> is too large")
    return value


def _text(node: Node | None) -> str:
    return node.child_text("text") if node else ""


def _markdown(node: Node | None) -> str:
    """A text as Markdown, whatever format it says it has."""
    text = _text(node)
    form = node.attributes.get("format", "html") if node else ""
    return text if form in ("markdown", "plain_text") else html_to_markdown(text)


def _plain(node: Node | None) -> str:
    """A text as lines without marks."""
    if node is None or node.attributes.get("format") in ("plain_text", "markdown"):
        return _text(node)
    return unescape(html_to_markdown(_text(node))).replace("\\", "")

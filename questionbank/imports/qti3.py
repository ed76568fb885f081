"""Reads a QTI 3.0 package, or one item: extended text, text entry and choice interactions.

A sidecar is believed only where the item still says what it said when both were written.
"""

import math
import re
from posixpath import normpath

from pydantic import ValidationError

from grader.rubric import Rubric
from questionbank.errors import FormatError, Problem, UsageError
from questionbank.exports import FORMATS
from questionbank.exports.carrying import carried
from questionbank.exports.drafting import Draft, assemble, draft_of, leaves
from questionbank.exports.item import Build, Choice, Entry, Facts, Item, entry_of, items_of
from questionbank.exports.layout import (
    read_after_text,
    read_criteria,
    read_question_text,
    slug_of,
    tags_facts,
)
from questionbank.exports.markup import html_to_markdown
from questionbank.exports.qti3 import AFTER, CRITERIA, SIDECAR, key_of
from questionbank.imports.json_document import load, read_whole
from questionbank.imports.reading import Reading, unzip
from questionbank.imports.xml_tree import Node, read_xml
from questionbank.question import QUESTION, Kind
from questionbank.rubric_source import SharedPoint

_INTERACTIONS = {
    "qti-extended-text-interaction": Kind.OPEN,
    "qti-text-entry-interaction": Kind.NUMERIC,
    "qti-choice-interaction": Kind.CHOICE,
}
_NOT_TEXT = frozenset({*_INTERACTIONS, "qti-rubric-block", "qti-feedback-block"})
_KEY = re.compile(r"_?[a-z0-9-]+(\.[a-z0-9-]+)+(__[a-z0-9-]+)?")
_MANIFEST = "imsmanifest.xml"


def read(raw: bytes, shown: str) -> Reading:
    """Read a file; see `questionbank.imports`."""
    if not raw.startswith(b"PK"):
        return Reading(assemble([_item(read_xml(raw, shown), Facts())]))
    files = unzip(raw, shown)
    if _MANIFEST not in files:
        raise FormatError(shown, f"has no {_MANIFEST}; a QTI package needs one at its top")
    items: list[Item] = []
    problems: list[Problem] = []
    for resource in read_xml(files[_MANIFEST], f"{shown}/{_MANIFEST}").all("resource"):
        if not resource.attributes.get("type", "").startswith("imsqti_item_"):
            continue
        name = normpath(resource.attributes.get("href", ""))
        inside = f"{shown}/{name}"
        if name not in files:
            message = f"the manifest names {name[:80]!r}, which is not in the package"
            problems.append(Problem(shown, resource.line, "not-imported", message))
            continue
        try:
            items.append(_item(read_xml(files[name], inside), _facts(resource)))
        except (ValueError, FormatError) as error:
            problems.append(Problem(inside, 1, "not-imported", str(error)))
    drafts = assemble(items)
    if SIDECAR not in files:
        return Reading(drafts, tuple(problems))
    return _with_sidecar(drafts, files[SIDECAR], shown, problems)


def _with_sidecar(
    drafts: tuple[Draft, ...], raw: bytes, shown: str, problems: list[Problem]
) -> Reading:
    """Take from the sidecar what its items still agree with."""
    name = f"{shown}/{SIDECAR}"
    data = load(raw, name)
    reading = read_whole(data, name)
    seed = data.get("seed")
    known = {str(draft.question.get("id")): draft for draft in reading.drafts}
    found = []
    for draft in drafts:
        key = str(draft.question.get("id"))
        entry = _entry(known[key]) if key in known else None
        if entry is None:
            found.append(draft)
        elif not isinstance(seed, int) or not _agrees(entry, seed, draft):
            message = f"{key} was changed outside; what only the sidecar holds was left out"
            problems.append(Problem(shown, 0, "changed-outside", message))
            found.append(draft)
        else:
            found.append(draft_of(entry))
    shared: tuple[SharedPoint, ...] = reading.shared
    return Reading(tuple(found), (*problems, *reading.problems), shared)


def _entry(draft: Draft) -> Entry | None:
    """The question and its rubrics, if the sidecar's text of them is sound."""
    try:
        question = QUESTION.validate_python(draft.question)
        rubrics = [Rubric.model_validate(rubric) for rubric in draft.rubrics.values()]
        return entry_of(question, {rubric.id: rubric for rubric in rubrics})
    except (ValidationError, UsageError):
        return None


def _agrees(entry: Entry, seed: int, draft: Draft) -> bool:
    carries = FORMATS["qti3"].carries
    try:
        items = items_of(entry, seed, Build.AUTHOR)
    except UsageError:
        return False
    expected = assemble(carried(item, carries) for item in items) if carries else ()
    return [leaves(one) for one in expected] == [leaves(draft)]


def _facts(resource: Node) -> Facts:
    words = [node.text.strip() for node in resource.all("keyword")]
    return tags_facts([word for word in words if word])


def _item(root: Node, facts: Facts) -> Item:
    if root.name != "qti-assessment-item":
        raise ValueError(f"expected <qti-assessment-item> of QTI 3.0, found <{root.name[:40]}>")
    body = root.find("qti-item-body")
    found = list(body.all(*_INTERACTIONS)) if body else []
    if body is None or len(found) != 1:
        raise ValueError(f"{len(found)} interactions that can be taken over; expected one")
    interaction = found[0]
    kind = _INTERACTIONS[interaction.name]
    declaration = root.find("qti-response-declaration")
    if kind is Kind.NUMERIC and not _is_number(declaration):
        raise ValueError("text entry is taken over for numbers only")
    asked = html_to_markdown(body.html(_NOT_TEXT))
    if prompt := interaction.find("qti-prompt"):
        asked = "\n\n".join(text for text in (asked, html_to_markdown(prompt.html())) if text)
    text = read_question_text(asked, kind)
    name = root.attributes.get("identifier", "")
    key, part = key_of(name) if _KEY.fullmatch(name) else (slug_of(name) or None, None)
    data: dict[str, object] = {
        "id": key,
        "kind": kind,
        "title": root.attributes.get("title") or None,
        "facts": facts,
        **text,
        "part": text["part"] or part,
        **read_after_text(_after(body)),
    }
    values = [node.text.strip() for node in declaration.all("qti-value")] if declaration else []
    if kind is Kind.OPEN:
        return Item.model_validate({**data, "criteria": read_criteria(_scorer_lines(body))})
    data["points"] = _points(root)
    if kind is Kind.NUMERIC:
        equal = next(iter(root.all("qti-equal")), None)
        value = _number(values[0]) if values else None
        bounds = equal.attributes.get("tolerance", "") if equal else ""
        tolerance = _number(bounds.split()[0]) if bounds.split() and value is not None else None
        if equal and equal.attributes.get("tolerance-mode") == "relative" and tolerance:
            tolerance = abs(value or 0.0) * tolerance / 100  # QTI counts in per cent
        return Item.model_validate({**data, "value": value, "tolerance": tolerance})
    return Item.model_validate({**data, "options": _options(interaction, values)})


def _options(interaction: Node, right: list[str]) -> tuple[Choice, ...]:
    options = []
    for node in interaction.all("qti-simple-choice"):
        name = node.attributes.get("identifier", "")
        told = next(iter(node.all("qti-feedback-block", "qti-feedback-inline")), None)
        options.append(
            Choice(
                id=name.removeprefix("opt-"),
                text=html_to_markdown(node.html(_NOT_TEXT | {"qti-feedback-inline"})),
                correct=name in right if right else None,
                why=html_to_markdown(told.html()) if told else None,
            )
        )
    return tuple(options)


def _after(body: Node) -> str:
    blocks = [n for n in body.all("qti-rubric-block") if AFTER in n.attributes.get("class", "")]
    return html_to_markdown("\n".join(node.html() for node in blocks))


def _scorer_lines(body: Node) -> list[str]:
    """The lines of blocks for scorers: one a paragraph or list item."""
    lines: list[str] = []
    for block in body.all("qti-rubric-block"):
        names, views = (block.attributes.get(key, "").split() for key in ("class", "view"))
        if CRITERIA in names or ("scorer" in views and AFTER not in names):
            lines += [node.text for node in block.all("p", "li")] or block.text.split("\n")
    return lines


def _is_number(declaration: Node | None) -> bool:
    kind = declaration.attributes.get("base-type") if declaration else None
    return kind in ("float", "integer")


def _points(root: Node) -> float | None:
    for node in root.all("qti-outcome-declaration"):
        if node.attributes.get("identifier") == "SCORE" and "normal-maximum" in node.attributes:
            return _number(node.attributes["normal-maximum"])
    return None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a number") from None
    if not math.isfinite(value) or abs(value) > 1e15:
        raise ValueError(f"{text[:40]!r} is too large")
    return value

"""Reads GIFT: essays, numbers, multiple choice and true/false questions."""

import math
import re
from collections.abc import Iterator

from questionbank.errors import Problem
from questionbank.exports.carrying import LETTERS
from questionbank.exports.drafting import assemble
from questionbank.exports.item import Choice, Item, Wrong
from questionbank.exports.layout import (
    read_after_text,
    read_question_text,
    slug_of,
    tags_facts,
)
from questionbank.exports.markup import html_to_markdown
from questionbank.imports.reading import Reading, decode
from questionbank.question import Kind

_HELD = {mark: chr(0xFDD0 + place) for place, mark in enumerate("\\~=#{}:n")}
"""Escaped characters while the rest is taken apart: code points that no text may use."""
_FREED = {held: "\n" if mark == "n" else mark for mark, held in _HELD.items()}
_ESCAPED = re.compile(r"\\([\\~=#{}:n])")
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
_CATEGORY = re.compile(r"\$CATEGORY:\s*(.+)")
_MARKED = re.compile(r"\[(id|tag):([^\]]*)\]")
_FORMAT = re.compile(r"\s*\[(markdown|html|plain|moodle)\]")
_MAX_BLOCK = 200_000
"""Characters of one question."""
_ANSWER = re.compile(r"([~=])\s*(?:%(-?[\d.]+)%)?([^~=]*)")
_TRUTH = re.compile(r"\s*(T|TRUE|F|FALSE)\s*(?:#.*)?", re.DOTALL)


def read(raw: bytes, shown: str) -> Reading:
    """Read a file; see `questionbank.imports`."""
    text = _NONCHARACTERS.sub("", decode(raw, shown))
    text = _ESCAPED.sub(lambda found: _HELD[found.group(1)], text)
    items: list[Item] = []
    problems: list[Problem] = []
    area = ""
    for line, block, comments in _blocks(text):
        if category := _CATEGORY.fullmatch(block.strip()):
            area = slug_of(category.group(1).rstrip("/").rpartition("/")[2])
            continue
        try:
            items.append(_item(block, comments, area, line))
        except ValueError as error:
            problems.append(Problem(shown, line, "not-imported", str(error)))
    return Reading(assemble(items), tuple(problems))


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """(first line, text, comments) of what stands between blank lines."""
    lines: list[str] = []
    comments: list[str] = []
    first = 0
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.lstrip().startswith("//"):
            comments.append(line)
        elif _CATEGORY.fullmatch(line.strip()) and not lines:
            yield number, line, ""
        elif line.strip():
            first = first if lines else number
            lines.append(line)
        elif lines:
            yield first, "\n".join(lines), " ".join(comments)
            lines, comments = [], []


def _item(block: str, comments: str, area: str, line: int) -> Item:
    name, before, answer, after = _taken_apart(block)
    marks = _MARKED.findall(comments)
    tags = [_free(text) for mark, text in marks if mark == "tag"]
    key = next((_free(text) for mark, text in marks if mark == "id"), "")
    answer, _, feedback = answer.partition("####")
    form = _FORMAT.match(before)
    whole = before[form.end() :] if form else before
    if after.strip():
        whole = f"{whole.rstrip()} _____ {after.strip()}"
    kind, specific = _answer(answer)
    text = read_question_text(_markdown(whole, form.group(1) if form else ""), kind)
    part = text["part"]
    title = _free(name).strip()
    data = {
        "id": key.removesuffix(f"#{part}") or (f"{area}/" if area else None),
        "kind": kind,
        "title": (title.removesuffix(f" [{part}]") if part else title) or None,
        "facts": tags_facts(tags),
        "line": line,
        **text,
        **read_after_text(_markdown(feedback, form.group(1) if form else "")),
        **specific,
    }
    return Item.model_validate(data)


def _taken_apart(block: str) -> tuple[str, str, str, str]:
    """Name, text, what stands in braces, and the text after them."""
    if len(block) > _MAX_BLOCK:
        raise ValueError(f"longer than {_MAX_BLOCK:,} characters")
    text, name = block.strip(), ""
    if text.startswith("::"):
        name, colons, rest = text[2:].partition("::")
        if not colons:
            raise ValueError("the name is not closed; write ::name::")
        text = rest
    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end:
        raise ValueError("a question needs its answer in braces; {} for free text")
    return name, text[:start], text[start + 1 : end], text[end + 1 :]


def _answer(answer: str) -> tuple[Kind, dict[str, object]]:
    """The kind of a question, and what its braces say."""
    body = answer.strip()
    if not body:
        return Kind.OPEN, {}
    if body.startswith("#"):
        return Kind.NUMERIC, _numbers(body[1:].strip())
    if truth := _TRUTH.fullmatch(body):
        right = truth.group(1).startswith("T")
        options = (
            Choice(id="a", text="True", correct=right),
            Choice(id="b", text="False", correct=not right),
        )
        return Kind.CHOICE, {"options": options}
    if "->" in body:
        raise ValueError("matching questions are not taken over")
    if "~" not in body:
        raise ValueError("short-answer questions are not taken over")
    return Kind.CHOICE, {"options": _options(body)}


def _options(body: str) -> tuple[Choice, ...]:
    found = _ANSWER.findall(body)
    if len(found) > len(LETTERS):
        raise ValueError(f"{len(found)} options; {len(LETTERS)} at most")
    options = []
    for letter, (mark, share, text) in zip(LETTERS, found, strict=False):
        words, _, why = text.partition("#")
        correct = _number(share) > 0 if share else mark == "="
        form = _FORMAT.match(words)
        words = words[form.end() :] if form else words
        options.append(
            Choice(
                id=letter,
                text=_markdown(words, form.group(1) if form else ""),
                correct=correct,
                why=_markdown(why, "") or None,
            )
        )
    return tuple(options)


def _numbers(body: str) -> dict[str, object]:
    """The answer that earns most is the right one; others that earn nothing are mistakes."""
    found = _ANSWER.findall(body) if body.startswith("=") else [("=", "", body)]
    rated = [(_number(share) if share else 100.0, text) for _, share, text in found]
    best = max(share for share, _ in rated)
    if best <= 0:
        raise ValueError("no answer is marked as right")
    right = next(text for share, text in rated if share == best)
    value, tolerance = _range(right.partition("#")[0])
    wrong = tuple(
        Wrong(value=_range(text.partition("#")[0])[0], feedback=feedback)
        for share, text in rated
        if share == 0 and (feedback := _markdown(text.partition("#")[2], ""))
    )
    return {"value": value, "tolerance": tolerance, "mistakes": wrong}


def _range(text: str) -> tuple[float, float]:
    """`value`, `value:tolerance` or `low..high` as a value and a tolerance."""
    low, dots, high = text.partition("..")
    if dots:
        bounds = _number(low), _number(high)
        return sum(bounds) / 2, abs(bounds[1] - bounds[0]) / 2
    value, _, tolerance = text.partition(":")
    return _number(value), _number(tolerance or "0")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{_free(text).strip()[:40]!r} is not a number") from None
    if not math.isfinite(value) or abs(value) > 1e15:
        raise ValueError(f"{text.strip()[:40]!r} is too large")
    return value


def _markdown(text: str, form: str) -> str:
    text = _free(text).strip()
    return html_to_markdown(text) if form == "html" else text


def _free(text: str) -> str:
    return "".join(_FREED.get(character, character) for character in text)

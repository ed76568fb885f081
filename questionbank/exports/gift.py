"""GIFT, Moodle's plain-text format; ids and tags stand in comments as Moodle writes them."""

import re

from questionbank.exports.item import Item
from questionbank.exports.layout import after_text, facts_tags, number, question_text
from questionbank.exports.moodle import MAX_IDNUMBER, WRONG, share
from questionbank.exports.package import Package
from questionbank.question import Kind

_SPECIAL = re.compile(r"([\\~=#{}:])")


def escape(text: str) -> str:
    r"""Put a backslash before what GIFT would read as its own, and write line ends as `\n`."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


def write(package: Package) -> bytes:
    """Write the package as GIFT, a category for each strategy."""
    blocks: list[str] = []
    strategy = None
    for item in package.items:
        if (area := (item.id or "").partition("/")[0]) != strategy:
            strategy = area
            blocks.append(f"$CATEGORY: $course$/top/Question bank/{area}")
        blocks.append(_question(item))
    return ("\n\n".join(blocks) + "\n").encode()


def _question(item: Item) -> str:
    named = [f"[id:{_comment(item.key)}]"] if 0 < len(item.key) <= MAX_IDNUMBER else []
    named += [f"[tag:{_comment(tag)}]" for tag in facts_tags(item.facts)]
    comment = f"// {' '.join(named)}\n" if named else ""
    name = f"{item.title} [{item.part}]" if item.part else item.title or item.key
    answers = {Kind.OPEN: _essay, Kind.NUMERIC: _numeric, Kind.CHOICE: _choice}[item.kind](item)
    after = after_text(item)
    feedback = f"####{escape(after)}" if after else ""
    text = escape(question_text(item))
    return f"{comment}::{escape(name)}::[markdown]{text} {{{answers}{feedback}}}"


def _comment(text: str) -> str:
    return re.sub(r"[\s\]\\]+", " ", text)


def _essay(item: Item) -> str:
    del item
    return ""


def _numeric(item: Item) -> str:
    lines = [f"#\n=%100%{number(item.value or 0.0)}:{number(item.tolerance or 0.0)}#"]
    lines += [
        f"=%0%{number(wrong.value)}:{number(abs(wrong.value) * 1e-3)}#{escape(wrong.feedback)}"
        for wrong in item.mistakes
    ]
    return "\n".join(lines) + "\n"


def _choice(item: Item) -> str:
    right = share(sum(option.correct is True for option in item.options))
    lines = [
        f"~%{right if option.correct else WRONG}%{escape(option.text)}#{escape(option.why or '')}"
        for option in item.options
    ]
    return "\n" + "\n".join(lines) + "\n"

"""CSV: one row a question or part of a case, safe to open in a spreadsheet.

A cell that a spreadsheet would take for a formula gets an apostrophe before it; `harmed` takes it
off again, so that texts come back as they were.
"""

import csv
import io
import re

from questionbank.exports.item import Item
from questionbank.exports.layout import criteria_lines, number
from questionbank.exports.package import Package

COLUMNS = (
    "id part kind title version status strategy level audience topics minutes prerequisites "
    "situation prompt exhibit unit value tolerance points model_answer case_answer follow_ups "
    "sources criteria"
).split()
"""The first columns; options and mistakes follow, numbered from 1."""
OPTION = ("id", "text", "correct", "why")
MISTAKE = ("value", "feedback")
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def harmless(cell: str) -> str:
    """Keep a spreadsheet from calculating a cell."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def harmed(cell: str) -> str:
    """Undo `harmless`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write(package: Package) -> bytes:
    """Write the package as CSV in UTF-8, every cell quoted, lines ended as RFC 4180 has them."""
    options = max((len(item.options) for item in package.items), default=0)
    mistakes = max((len(item.mistakes) for item in package.items), default=0)
    columns = [
        *COLUMNS,
        *(f"option_{n}_{name}" for n in range(1, options + 1) for name in OPTION),
        *(f"mistake_{n}_{name}" for n in range(1, mistakes + 1) for name in MISTAKE),
    ]
    stream = io.StringIO()
    table = csv.DictWriter(stream, columns, restval="", quoting=csv.QUOTE_ALL)
    table.writeheader()
    for item in package.items:
        table.writerow({name: harmless(cell) for name, cell in _row(item).items()})
    return stream.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets the encoding


def _row(item: Item) -> dict[str, str]:
    facts = item.facts
    row: dict[str, str | None] = {
        "id": item.id,
        "part": item.part,
        "kind": item.kind.value,
        "title": item.title,
        "version": facts.version,
        "status": facts.status,
        "strategy": (item.id or "").partition("/")[0],
        "level": facts.level,
        "audience": " ".join(facts.audience),
        "topics": " ".join(facts.topics),
        "minutes": None if facts.minutes is None else str(facts.minutes),
        "prerequisites": " ".join(facts.prerequisites),
        "situation": item.situation,
        "prompt": item.prompt,
        "exhibit": item.exhibit,
        "unit": item.unit,
        "value": None if item.value is None else number(item.value),
        "tolerance": None if item.tolerance is None else number(item.tolerance),
        "points": None if item.points is None else number(item.points),
        "model_answer": item.model_answer,
        "case_answer": item.case_answer,
        "follow_ups": "\n".join(item.follow_ups),
        "sources": "\n".join(item.sources),
        "criteria": "\n".join(criteria_lines(item.criteria)) if item.criteria else None,
    }
    for place, option in enumerate(item.options, start=1):
        row[f"option_{place}_id"] = option.id
        row[f"option_{place}_text"] = option.text
        row[f"option_{place}_correct"] = {True: "yes", False: "no", None: ""}[option.correct]
        row[f"option_{place}_why"] = option.why
    for place, wrong in enumerate(item.mistakes, start=1):
        row[f"mistake_{place}_value"] = number(wrong.value)
        row[f"mistake_{place}_feedback"] = wrong.feedback
    return {name: cell or "" for name, cell in row.items()}

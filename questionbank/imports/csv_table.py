"""Reads the table that `exports.csv_table` writes; columns may stand in any order or be missing."""

import csv
import io
import math

from questionbank.errors import FormatError, Problem
from questionbank.exports.csv_table import MISTAKE, OPTION, harmed
from questionbank.exports.drafting import assemble
from questionbank.exports.item import Choice, Facts, Item, Wrong
from questionbank.exports.layout import read_criteria
from questionbank.imports.reading import Reading, decode
from questionbank.question import Kind

MAX_ROWS = 20_000
_LONGEST = 131_072
"""Characters of a cell."""
_MOST = 20
"""Options or mistakes of one question."""


def read(raw: bytes, shown: str) -> Reading:
    """Read a file; see `questionbank.imports`."""
    csv.field_size_limit(_LONGEST)  # one for the whole process: others set their own
    table = csv.DictReader(io.StringIO(decode(raw, shown), newline=""), strict=True)
    items: list[Item] = []
    problems: list[Problem] = []
    try:
        columns = set(table.fieldnames or ())
        if missing := {"kind", "prompt"} - columns:
            names = ", ".join(sorted(missing))
            raise FormatError(f"{shown}:1", f"the first row must name the columns; add {names}")
        line = table.line_num + 1
        for row in table:
            if len(items) + len(problems) >= MAX_ROWS:
                raise FormatError(shown, f"more than {MAX_ROWS:,} rows; split it")
            cells = {k: harmed(v or "").strip() for k, v in row.items() if isinstance(k, str)}
            try:
                if any(cells.values()):
                    items.append(_item(cells, line))
            except ValueError as error:
                problems.append(Problem(shown, line, "not-imported", str(error)))
            line = table.line_num + 1
    except csv.Error as error:
        raise FormatError(f"{shown}:{table.line_num}", f"is no sound CSV: {error}") from error
    return Reading(assemble(items), tuple(problems))


def _item(row: dict[str, str], line: int) -> Item:
    def cell(name: str) -> str | None:
        return row.get(name) or None

    kinds = [kind.value for kind in Kind if kind is not Kind.CASE]
    if row["kind"] not in kinds:
        raise ValueError(f"{row['kind'][:40]!r} is no kind; use one of {', '.join(kinds)}")
    if not row["prompt"]:
        raise ValueError("the prompt is empty")
    minutes = row.get("minutes", "")
    facts = Facts(
        version=cell("version"),
        status=cell("status"),
        level=cell("level"),
        audience=tuple(row.get("audience", "").split()),
        topics=tuple(row.get("topics", "").split()),
        minutes=int(minutes) if minutes.isascii() and minutes.isdigit() else None,
        prerequisites=tuple(row.get("prerequisites", "").split()),
    )
    texts = "part title situation exhibit prompt unit model_answer case_answer".split()
    area = row.get("strategy", "")
    return Item(
        id=cell("id") or (f"{area}/" if area else None),
        kind=Kind(row["kind"]),
        facts=facts,
        **{name: cell(name) for name in texts},  # type: ignore[arg-type]
        follow_ups=_lines(row.get("follow_ups", "")),
        sources=_lines(row.get("sources", "")),
        points=_number(row, "points"),
        value=_number(row, "value"),
        tolerance=_number(row, "tolerance"),
        mistakes=_mistakes(row),
        options=_options(row),
        criteria=read_criteria(row.get("criteria", "").split("\n")),
        line=line,
    )


def _options(row: dict[str, str]) -> tuple[Choice, ...]:
    found = []
    for place in range(1, _MOST + 1):
        name, text, correct, why = (row.get(f"option_{place}_{key}", "") for key in OPTION)
        if text:
            right = correct.lower() in ("yes", "true", "1", "x") if correct else None
            found.append(Choice(id=name, text=text, correct=right, why=why or None))
    return tuple(found)


def _mistakes(row: dict[str, str]) -> tuple[Wrong, ...]:
    found = []
    for place in range(1, _MOST + 1):
        value, feedback = (f"mistake_{place}_{key}" for key in MISTAKE)
        number = _number(row, value)
        if number is not None and row.get(feedback):
            found.append(Wrong(value=number, feedback=row[feedback]))
    return tuple(found)


def _number(row: dict[str, str], name: str) -> float | None:
    text = row.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} in the column {name} is not a number") from None
    if not math.isfinite(value) or abs(value) > 1e15:
        raise ValueError(f"{text[:40]!r} in the column {name} is too large")
    return value


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())

"""Answers in a file: JSON lines or CSV, read row by row, a bad row never stopping the rest."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from pydantic import Field, TypeAdapter, ValidationError

from grader.rubric import Record

MAX_ROW = 5_000_000
"""Characters of one row; a longer one is refused without being parsed."""


class AnswerRow(Record):
    """One answer to grade."""

    id: str | None = None
    """The row's own name; its number in the file if it has none."""
    question_id: str = Field(min_length=1, max_length=300)
    """`question_id`, or `question_id#part` for a part of a case."""
    answer: str
    """As given; may be blank."""
    seed: int = 0
    """Which numeric instance was answered."""

    @property
    def question_and_part(self) -> tuple[str, str | None]:
        """The question's id, and which part of it."""
        question, _, part = self.question_id.partition("#")
        return question, part or None


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used."""

    id: str | None
    """The row's own name, if it could be read."""
    question_id: str | None
    error: str
    """What is wrong with it, one line."""


_ROW: TypeAdapter[AnswerRow] = TypeAdapter(AnswerRow)
_KEYS = set(AnswerRow.model_fields)


def read_rows(stream: IO[str], name: str) -> Iterator[tuple[int, AnswerRow | BadRow]]:
    """Read a file of answers.

    Args:
        stream: the file, opened with `newline=""`; undecodable bytes as surrogates.
        name: its name; `.csv` means CSV, anything else JSON lines.

    Yields:
        Line number (from 1) and the row; blank lines are passed over.
    """
    if name.lower().endswith(".csv"):
        yield from _read_csv(stream)
        return
    for number, line in enumerate(stream, start=1):
        if line.strip():
            yield number, _json_row(line)


def _json_row(line: str) -> AnswerRow | BadRow:
    if len(line) > MAX_ROW:
        return BadRow(None, None, f"the row has more than {MAX_ROW:,} characters")
    if _undecodable(line):
        return BadRow(None, None, "the row is not UTF-8")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deep"
        return BadRow(None, None, f"not JSON: {reason}")
    if not isinstance(value, dict):
        return BadRow(None, None, "expected a JSON object with id, question_id and answer")
    return _row(value)


def _read_csv(stream: IO[str]) -> Iterator[tuple[int, AnswerRow | BadRow]]:
    csv.field_size_limit(MAX_ROW)
    reader = csv.reader(stream, strict=True)
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, BadRow(None, None, f"not CSV: {error}")
            continue
        if not cells:
            continue
        if header is None:
            header = [cell.strip().removeprefix("\ufeff") for cell in cells]
            if missing := {"question_id", "answer"} - set(header):
                names = " and ".join(sorted(missing))
                yield reader.line_num, BadRow(None, None, f"the header lacks {names}")
                return
            continue
        yield reader.line_num, _csv_row(header, cells)


def _csv_row(header: list[str], cells: list[str]) -> AnswerRow | BadRow:
    if len(cells) != len(header):
        return BadRow(None, None, f"{len(cells)} cells under {len(header)} headings")
    value: dict[str, object] = dict(zip(header, cells, strict=True))
    if any(_undecodable(cell) for cell in cells):
        return BadRow(None, None, "the row is not UTF-8")
    seed = str(value.pop("seed", "") or "0").strip()
    try:
        value["seed"] = int(seed)
    except ValueError:
        return BadRow(str(value.get("id")), None, f"seed {seed!r} is not a whole number")
    return _row(value)


def _row(value: dict[str, object]) -> AnswerRow | BadRow:
    """Check the fields we know; others may stand beside them."""
    known = {key: item for key, item in value.items() if key in _KEYS}
    if isinstance(known.get("id"), int):
        known["id"] = str(known["id"])
    try:
        return _ROW.validate_python(known, strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in detail["loc"])
        reason = (
            f"{field} is missing" if detail["type"] == "missing" else f"{field}: {detail['msg']}"
        )
        return BadRow(_text(known.get("id")), _text(known.get("question_id")), reason)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _undecodable(text: str) -> bool:
    return (
        any("\ud800" <= character <= "\udfff" for character in text)
        if not text.isascii()
        else False
    )

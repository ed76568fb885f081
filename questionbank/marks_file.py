"""One rater's marks in a file: JSON lines or CSV, each on one point or one whole answer."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pydantic import Field, ValidationError, field_validator, model_validator

from grader.rubric import Record
from grader.verdict import Verdict
from questionbank.attempt import MAX_REASON
from questionbank.mark import HIGHEST, LOWEST, Mark
from questionbank.rating import Anchored, Decided, Decision, Place, RatingState, mark_at, same

MAX_FILE = 5_000_000
"""Bytes of one file; an interview has a few hundred points at most."""
COLUMNS = ("question_id", "point_id", "verdict", "anchor", "reason")
"""Of a CSV file; the last three may be missing or empty."""


class MarkRow(Record):
    """One row of the file."""

    question_id: str
    """`question_id`, or `question_id#part`."""
    point_id: str | None = None
    """None for the answer as a whole."""
    verdict: Verdict | None = None
    anchor: int | None = Field(default=None, ge=LOWEST, le=HIGHEST)
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    """One line; needed where the verdict goes against the machine's."""

    @field_validator("reason")
    @classmethod
    def _on_one_line(cls, reason: str | None) -> str | None:
        return " ".join((reason or "").split()) or None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "MarkRow":
        if (self.verdict is None) == (self.anchor is None):
            raise ValueError("give a verdict or an anchor from 1 to 5, one of the two")
        if self.point_id is None and self.anchor is None:
            raise ValueError("a whole answer is rated by an anchor; a verdict needs a point_id")
        return self

    @property
    def decision(self) -> Decision:
        """What the rater decides."""
        if self.verdict is not None:
            return Decided(self.verdict, self.reason)
        return Anchored(self.anchor or 0, self.reason)


def read_marks(data: bytes, name: str) -> Iterator[tuple[int, MarkRow | str]]:
    """Read marks.

    Args:
        data: the file, UTF-8.
        name: of the file; `.csv` at its end makes it CSV, with a heading of `COLUMNS`.

    Yields:
        Line number, from 1, and the row or what is wrong with it.
    """
    if len(data) > MAX_FILE:
        yield 1, f"the file has more than {MAX_FILE:,} bytes; give one interview's marks"
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        yield line, f"byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        return
    rows = _csv_rows(text) if name.lower().endswith(".csv") else _json_rows(text)
    for line, value in rows:
        yield line, value if isinstance(value, str) else _row(value)


def mark_all(
    state: RatingState,
    rows: Iterable[tuple[int, MarkRow | str]],
    positions: Mapping[str, int],
    now: datetime,
) -> tuple[RatingState, list[Mark], list[tuple[int, str]]]:
    """Turn rows into marks; a mark that says what stands there already is left out.

    Args:
        state: where the rater stands.
        rows: as `read_marks` gives them.
        positions: of the steps, by `question_id` or `question_id#part`.
        now: UTC.

    Returns:
        The state with the marks, the new marks, and (line, what is wrong) of the other rows.
    """
    marks: list[Mark] = []
    faults: list[tuple[int, str]] = []
    seen: set[Place] = set()
    for line, row in rows:
        if isinstance(row, str):
            faults.append((line, row))
            continue
        if row.question_id not in positions:
            asked = ", ".join(positions)
            faults.append((line, f"question {row.question_id!r} is not asked; asked: {asked}"))
            continue
        place = Place(positions[row.question_id], row.point_id)
        if place in seen:
            faults.append((line, "a second mark on the same point; keep one"))
            continue
        seen.add(place)
        try:
            after, mark = mark_at(state, place, row.decision, now)
        except ValueError as error:
            faults.append((line, f"{error}{_there(state, place)}"))
            continue
        if mark is not None and not same(state.marks.get(place), mark):
            state = after
            marks.append(mark)
    return state, marks, faults


def _there(state: RatingState, place: Place) -> str:
    """What there is to rate of a step, where a place is not among it."""
    if place in state.places or place.point_id is None:
        return ""
    points = [one.point_id for one in state.places if one.position == place.position]
    return f"; its points: {', '.join(map(str, points))}" if points else "; nothing of it is rated"


def _json_rows(text: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            yield number, "this line is no JSON object; write one mark a line"


def _csv_rows(text: str) -> Iterator[tuple[int, object]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    heading: Sequence[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"not CSV: {error}"
            return
        if not cells:
            continue
        if heading is None:
            heading = [cell.strip() for cell in cells]
            if fault := _heading_fault(heading):
                yield line, fault
                return
        elif len(cells) != len(heading):
            yield line, f"{len(cells)} cells under {len(heading)} headings"
        else:
            pairs = zip(heading, cells, strict=True)
            yield line, {name: cell for name, cell in pairs if cell.strip()}


def _heading_fault(heading: Sequence[str]) -> str | None:
    strange = [name for name in heading if name not in COLUMNS]
    if strange or len(set(heading)) != len(heading) or "question_id" not in heading:
        return f"the first line must name columns among: {', '.join(COLUMNS)}"
    return None


def _row(value: object) -> MarkRow | str:
    try:
        return MarkRow.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = str(first["msg"]).removeprefix("Value error, ")
        return f"{where}: {said}" if where else said

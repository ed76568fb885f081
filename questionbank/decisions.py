"""Decisions of a person in a file: JSON lines, each a verdict on one point of one kept answer."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import Field, ValidationError, field_validator

from grader.grade import PointGrade
from grader.rubric import Record
from grader.verdict import Verdict
from questionbank.attempt import MAX_REASON, AttemptRecord, GradeRecord
from questionbank.review import decided_otherwise


class Decision(Record):
    """One row of the file."""

    answer_id: str
    point_id: str
    verdict: Verdict
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    """One line; needed where the verdict goes against the machine's."""

    @field_validator("verdict")
    @classmethod
    def _decides(cls, verdict: Verdict) -> Verdict:
        if verdict is Verdict.NEEDS_REVIEW:
            raise ValueError("a person decides: met, partial, not_met or contradicted")
        return verdict

    @field_validator("reason")
    @classmethod
    def _on_one_line(cls, reason: str | None) -> str | None:
        return " ".join((reason or "").split()) or None


class Matched(NamedTuple):
    """A decision and what it decides."""

    decision: Decision
    record: AttemptRecord
    graded: GradeRecord
    point: PointGrade


def read_decisions(lines: Iterable[bytes]) -> Iterator[tuple[int, Decision | str]]:
    """Read decisions.

    Args:
        lines: of a UTF-8 file; blank ones are passed over.

    Yields:
        Line number, from 1, and the decision or what is wrong with the line.
    """
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        try:
            yield number, Decision.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            yield number, f"{where}: {first['msg']}" if where else first["msg"]


def match(
    rows: Iterable[tuple[int, Decision | str]], records: Iterable[AttemptRecord]
) -> tuple[list[Matched], list[tuple[int, str]]]:
    """Find what each decision decides.

    Args:
        rows: as `read_decisions` gives them.
        records: the attempts that may be decided on.

    Returns:
        The decisions that can be recorded, in order, and (line, what is wrong) of the others.
    """
    grades = {
        answer.id: (record, record.grade_of(answer.id))
        for record in records
        for answer in record.answers
    }
    matched: list[Matched] = []
    faults: list[tuple[int, str]] = []
    seen: set[tuple[str, str]] = set()
    for line, row in rows:
        found = row if isinstance(row, str) else _match(row, grades, seen)
        if isinstance(found, str):
            faults.append((line, found))
        else:
            matched.append(found)
    return matched, faults


def _match(
    row: Decision,
    grades: dict[str, tuple[AttemptRecord, GradeRecord | None]],
    seen: set[tuple[str, str]],
) -> Matched | str:
    if row.answer_id not in grades:
        return f"there is no answer {row.answer_id!r}"
    record, graded = grades[row.answer_id]
    if graded is None:
        return f"answer {row.answer_id} is not graded yet"
    point = next((one for one in graded.grade.points if one.id == row.point_id), None)
    if point is None:
        names = ", ".join(one.id for one in graded.grade.points)
        return f"there is no point {row.point_id!r}; the answer has {names}"
    if (row.answer_id, row.point_id) in seen:
        return f"a second decision on {row.point_id} of the same answer"
    if row.reason is None and decided_otherwise(point, row.verdict):
        return f"reason: one is needed, as the machine says {point.verdict}"
    seen.add((row.answer_id, row.point_id))
    return Matched(row, record, graded, point)

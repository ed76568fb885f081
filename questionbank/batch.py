"""Answers from a file, graded in order; what cannot be graded says why and stops nothing."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from grader.grade import Grade
from grader.request import GradeRequest
from grader.worker import describe
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.bank import Bank
from questionbank.detour import detoured
from questionbank.errors import NotFoundError, UsageError
from questionbank.instance import Instance, instances
from questionbank.question import OpenTask
from questionbank.scoring import score

if TYPE_CHECKING:
    from grader.engine import Grader

GradeMany = Callable[[Iterable[GradeRequest]], Iterator[Grade]]
"""Grades a stream of free-text answers, in order."""

CHUNK = 500
"""Rows read ahead; those kept in the record share an attempt."""
_KNOWN = 1000
"""Questions kept ready, each with the numbers of a seed."""


@dataclass(frozen=True)
class Item:
    """One row of the file and what became of it so far."""

    number: int
    """Position among the rows, from 0."""
    row_id: str
    """The row's own id, or its line number."""
    question_id: str | None
    row: AnswerRow | None
    instance: Instance | None
    error: str | None
    """Why it cannot be graded."""


def resolve(rows: Iterable[tuple[int, AnswerRow | BadRow]], bank: Bank) -> Iterator[Item]:
    """Find the question each row answers.

    Args:
        rows: line number and row.
        bank: where the questions are.
    """
    known: dict[tuple[str, int], Instance] = {}
    for number, (line, row) in enumerate(rows):
        name = row.id if row.id is not None else str(line)
        if isinstance(row, BadRow):
            yield Item(number, name, row.question_id, None, None, f"line {line}: {row.error}")
            continue
        key = (row.question_id, row.seed)
        try:
            instance = known.get(key) or _find(row, bank)
        except UsageError as error:
            yield Item(number, name, row.question_id, row, None, f"line {line}: {error}")
        else:
            if len(known) >= _KNOWN:
                known.clear()
            known[key] = instance
            yield Item(number, name, row.question_id, row, instance, None)


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut a stream of rows into lists of `CHUNK`, always at the same places of the file."""
    stream = iter(items)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def grade_items(
    items: Iterable[Item], grade_many: GradeMany, package_version: str
) -> Iterator[tuple[Item, Grade | None]]:
    """Grade rows in order, reading on only as grades are taken.

    Args:
        items: rows; those with an error are passed through.
        grade_many: grades the open ones.
        package_version: for the provenance of closed ones.

    Yields:
        Each item with its grade; None for one that cannot be graded.
    """
    for item, given in detoured(items, _request, grade_many):
        if item.row is None or item.instance is None:
            yield item, None
            continue
        yield item, score(item.instance, item.row.answer, partial(_given, given), package_version)


def _request(item: Item) -> GradeRequest | None:
    """What a grader is asked about a row; None if it is not for a grader."""
    if item.row is None or item.instance is None or item.instance.rubric is None:
        return None
    return GradeRequest(
        answer=item.row.answer, rubric=item.instance.rubric, question=item.instance.prompt
    )


def _given(grade: Grade | None, *asked: object) -> Grade:
    if grade is None:
        raise ValueError("nothing was asked about this row")
    return grade


def output_line(item: Item, grade: Grade | None) -> dict[str, object]:
    """The JSON object of one row: the same keys whether it was graded or not."""
    head: dict[str, object] = {"id": item.row_id, "question_id": item.question_id}
    if grade is None:
        return {
            **head,
            "status": "not_graded",
            "error": item.error,
            "score": None,
            "max_score": None,
            "flags": [],
            "review": [],
            "points": [],
            "provenance": None,
        }
    return {**head, "status": "graded", **grade.model_dump(mode="json")}


def made_with(package_version: str, grader: "Grader | None") -> dict[str, str | None]:
    """What decides the lines besides the bank, for `settings_digest`.

    Args:
        package_version: of this package.
        grader: what grades free text; None where no row needs it.
    """
    return made_by(package_version, describe(grader) if grader else None)


def made_by(package_version: str, described: Mapping[str, Any] | None) -> dict[str, str | None]:
    """As `made_with`, of a grader in another process.

    Args:
        package_version: of this package.
        described: what it says of itself, as `grader.worker.describe` does.
    """
    found: dict[str, str | None] = {"version": package_version}
    if described is not None:
        found["weights"] = described["weights_digest"]
        found["dtype"] = described["dtype"]
        found["device"] = described["device"]
        if backend := described["backend"]:  # torch is not named, as in a grade
            found["backend"] = backend
        found["calibration"] = described["calibration"] or (
            "uncalibrated" if described["by_margin"] else None
        )
    return found


def settings_digest(settings: Mapping[str, str | None], bank: Bank) -> str:
    """Hash everything that decides the lines: model, calibration, versions and the bank's texts."""
    whole = hashlib.sha256()
    for name, value in sorted(settings.items()):
        whole.update(f"{name}={value}\n".encode())
    for kind, texts in (("question", bank.questions), ("rubric", bank.rubrics)):
        for name, text in sorted(texts.items()):
            whole.update(f"{kind} {name}@{text.version} {text.content_hash}\n".encode())
    return whole.hexdigest()


def _find(row: AnswerRow, bank: Bank) -> Instance:
    question_id, part = row.question_and_part
    found = instances(bank.question(question_id), bank.rubrics, row.seed)
    for instance in found:
        if instance.part == part:
            return instance
    parts = [f"{question_id}#{instance.part}" for instance in found if instance.part]
    if part is None:
        raise UsageError(f"{question_id} is a case; name a part: {', '.join(parts)}")
    raise NotFoundError("part", row.question_id, tuple(parts))


def survey(items: Iterable[Item]) -> tuple[int, bool]:
    """Look through all rows before any is graded.

    Returns:
        How many there are, and whether any is answered in free text.
    """
    count, free = 0, False
    for item in items:
        count += 1
        free = free or bool(item.instance and isinstance(item.instance.task, OpenTask))
    return count, free

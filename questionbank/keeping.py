"""Puts a graded file of answers on record: an attempt for every few hundred rows."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from grader.grade import Grade
from questionbank.answer_file import AnswerRow
from questionbank.attempt import Answer, Attempt, AttemptKind, FinishedAttempt, GradeRecord
from questionbank.batch import Item
from questionbank.document import documents_of
from questionbank.errors import telling_what_is_kept
from questionbank.quiz import answer_id

if TYPE_CHECKING:
    from questionbank.store import Store


_KEPT = "The rows before are kept; the same command goes on, and keeps nothing twice"


class Keeper:
    """Appends answers and grades as they come; doing it twice appends nothing new.

    Args:
        store: where to.
        job: names input and settings; the same job finds what it appended before.
        now: the time, UTC.
    """

    def __init__(self, store: "Store", job: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._job = job
        self._now = now
        self._attempt_id = ""
        self._positions: dict[int, int] = {}

    def begin(self, chunk: Sequence[Item]) -> None:
        """Open the attempt of the next rows; rows that cannot be graded are not part of it."""
        usable = [(item.number, item.instance) for item in chunk if item.row and item.instance]
        self._positions = {number: position for position, (number, _) in enumerate(usable)}
        if not usable:
            self._attempt_id = ""
            return
        self._attempt_id = _hash(f"{self._job}:{chunk[0].number}")
        found = [instance for _, instance in usable]
        attempt = Attempt(
            id=self._attempt_id,
            kind=AttemptKind.BATCH,
            started=self._now(),
            steps=tuple(instance.step for instance in found),
            seed=0,
        )
        with telling_what_is_kept(_KEPT):
            self._store.append_attempt(attempt, documents_of(found))

    def keep(self, item: Item, grade: Grade) -> None:
        """Append one row's answer and grade."""
        if item.row is None:
            raise ValueError(f"row {item.row_id} has no answer to keep")
        with telling_what_is_kept(_KEPT):
            self._keep(item, item.row, grade)

    def _keep(self, item: Item, row: AnswerRow, grade: Grade) -> None:
        position = self._positions[item.number]
        answer = self._store.append_answer(
            Answer(
                id=answer_id(self._attempt_id, position),
                attempt_id=self._attempt_id,
                position=position,
                submitted=self._now(),
                seconds=0.0,
                text=row.answer,
                label=item.row_id,
            )
        )
        self._store.append_grade(
            GradeRecord(
                id=first_grade_id(answer.id),
                answer_id=answer.id,
                attempt_id=self._attempt_id,
                at=self._now(),
                grade=grade,
            )
        )

    def end(self) -> None:
        """Close the attempt of these rows."""
        if self._attempt_id:
            with telling_what_is_kept(_KEPT):
                self._store.finish(FinishedAttempt(attempt_id=self._attempt_id, at=self._now()))


def first_grade_id(answer: str) -> str:
    """The id of an answer's first grade, so that a repeated run appends no second one."""
    return _hash(f"{answer}:first")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]

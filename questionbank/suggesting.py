"""What the machine suggests for the answers of an interview: advice, kept beside people's ratings.

A suggestion is an answer's first grade, made with the very rubric that the packet pinned. Nobody's
rating rests on it, and making it twice appends nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from questionbank.attempt import Answer, AttemptRecord, GradeRecord
from questionbank.instance import Instance
from questionbank.keeping import first_grade_id
from questionbank.scoring import GradeOpen, score

if TYPE_CHECKING:
    from questionbank.store import Store


class Suggester:
    """Grades answers and keeps the grades.

    Args:
        store: where the grades are appended.
        grade_open: grades free text; may wait for the model.
        now: the time, UTC.
        package_version: for provenance.
    """

    def __init__(
        self,
        store: "Store",
        grade_open: GradeOpen,
        now: Callable[[], datetime],
        package_version: str,
    ) -> None:
        self._store = store
        self._grade_open = grade_open
        self._now = now
        self._package_version = package_version

    def suggest(self, instance: Instance, answer: Answer) -> GradeRecord:
        """Grade one closed answer and put the grade on record.

        Args:
            instance: what was asked, as `document.instances_of` finds it.
            answer: as it is on record.

        Returns:
            The suggestion that is on record: this one, or the one that was there.

        Raises:
            GraderError: it cannot be graded; nothing was written.
            NotFoundError: the answer is not on record.
            StoreError: it cannot be written.
        """
        made = GradeRecord(
            id=first_grade_id(answer.id),
            answer_id=answer.id,
            attempt_id=answer.attempt_id,
            at=self._now(),
            grade=score(instance, answer.text, self._grade_open, self._package_version),
        )
        if self._store.append_grade(made):
            return made
        return self._store.attempt(answer.attempt_id).grade_of(answer.id) or made

    def suggest_missing(
        self, record: AttemptRecord, instances: Sequence[Instance]
    ) -> Iterator[tuple[int, GradeRecord]]:
        """Grade the closed answers of an interview that have no grade yet, in their order.

        Args:
            record: of the interview.
            instances: one for each step.

        Yields:
            Position and suggestion, each on record already.

        Raises:
            GraderError: one cannot be graded; those before it are kept.
            StoreError: one cannot be written; those before it are kept.
        """
        for answer in without_suggestion(record):
            yield answer.position, self.suggest(instances[answer.position], answer)


def suggestions(record: AttemptRecord) -> Mapping[int, GradeRecord]:
    """The machine's present suggestions by position: of each answer the grade that counts."""
    found = ((answer.position, record.grade_of(answer.id)) for answer in record.answers)
    return {position: graded for position, graded in found if graded is not None}


def without_suggestion(record: AttemptRecord) -> tuple[Answer, ...]:
    """The closed answers that have no grade, by position; erased ones left out."""
    return tuple(
        answer
        for answer in record.answers
        if answer.id not in record.erased and record.grade_of(answer.id) is None
    )

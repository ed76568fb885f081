"""The loss report: what of each question a format cannot carry."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from grader.rubric import Record
from questionbank.exports.drafting import Draft, leaves


class Change(StrEnum):
    """What becomes of a value."""

    LEFT_OUT = "left out"
    CHANGED = "changed"
    ADDED = "added"
    """It stands in the file, but not in the question."""


class Loss(Record):
    """One kind of value of one question that does not come back as it was."""

    question: str
    field: str
    """For example `rubric.points.exemplars`."""
    change: Change
    places: tuple[str, ...]
    """Where exactly, for example `rubric.points[cost].exemplars`."""


def losses_between(question_id: str, before: Draft, after: Draft | None) -> tuple[Loss, ...]:
    """Compare a question with what is left of it.

    Args:
        question_id: as the report names it.
        before: the question.
        after: what a file holds of it; None for nothing at all.

    Returns:
        One loss for each kind of value and change, in the order of the question's fields.
    """
    old, new = leaves(before), leaves(after) if after else {}
    found: dict[tuple[str, Change], list[str]] = {}
    for place, leaf in old.items():
        if place not in new:
            found.setdefault((leaf.name, Change.LEFT_OUT), []).append(place)
        elif new[place].value != leaf.value:
            found.setdefault((leaf.name, Change.CHANGED), []).append(place)
    for place, leaf in new.items():
        if place not in old:
            found.setdefault((leaf.name, Change.ADDED), []).append(place)
    return tuple(
        Loss(question=question_id, field=name, change=change, places=tuple(places))
        for (name, change), places in found.items()
    )


class FieldLoss(Record):
    """One kind of value over all questions."""

    field: str
    change: Change
    questions: int
    values: int


def summary(losses: Iterable[Loss]) -> tuple[FieldLoss, ...]:
    """Losses added up by field, the most frequent first."""
    questions: Counter[tuple[str, Change]] = Counter()
    values: Counter[tuple[str, Change]] = Counter()
    for loss in losses:
        questions[loss.field, loss.change] += 1
        values[loss.field, loss.change] += len(loss.places)
    return tuple(
        FieldLoss(field=name, change=change, questions=count, values=values[name, change])
        for (name, change), count in questions.most_common()
    )


def as_json(losses: Iterable[Loss]) -> list[dict[str, Any]]:
    """Losses as JSON values."""
    return [loss.model_dump(mode="json") for loss in losses]

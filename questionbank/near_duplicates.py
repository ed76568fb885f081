"""Questions, points and exemplars that say the same, found by the cosine of their embeddings."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grader.rubric import Point
from questionbank.bank import Bank
from questionbank.bounds import (
    EXEMPLAR_COSINE,
    SAME_COSINE,
    SAME_QUESTION_COSINE,
    SIMILAR_COSINE,
    SIMILAR_QUESTION_COSINE,
)
from questionbank.errors import Problem
from questionbank.places import point_place, question_place
from questionbank.question import CaseQuestion, ChoiceTask, Question, Status, tasks

Vectors = npt.NDArray[np.float64]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to float64 [n, d], unit rows."""

SAME_EXEMPLAR = "near-duplicate-exemplar"
SAME_POINT = "near-duplicate-point"
SIMILAR_POINT = "similar-point"
SAME_QUESTION = "near-duplicate-question"
SIMILAR_QUESTION = "similar-question"


class _Owned(NamedTuple):
    """A point, once, with the first rubric that holds it."""

    rubric_id: str
    point: Point


def near_duplicate_problems(bank: Bank, embed: Embed) -> Iterator[Problem]:
    """Find what stands twice in a bank.

    Args:
        bank: what was read.
        embed: texts to vectors.

    Yields:
        Exemplars of one point that are near-duplicates; points of different rubrics and questions
        that are, or come close.
    """
    yield from _alike_questions(bank, embed)
    points = _points(bank)
    if not points:
        return
    described = embed([point.description for _, point in points])
    centres = []
    for owned, description in zip(points, described, strict=True):
        vectors = embed(owned.point.exemplars)
        centres.append(np.vstack([description, vectors]).mean(axis=0))
        yield from _same_exemplars(bank, owned, vectors)
    yield from _alike_points(bank, points, centres)


def _same_exemplars(bank: Bank, owned: _Owned, vectors: Vectors) -> Iterator[Problem]:
    """Each exemplar that repeats an earlier one in other words, once."""
    place = point_place(bank, owned.rubric_id, owned.point.id)
    cosines = np.tril(vectors @ vectors.T, k=-1)
    for number, row in enumerate(cosines):
        before = int(row.argmax())
        if row[before] >= EXEMPLAR_COSINE:
            line = place.document.line((*place.path, "exemplars", before))
            message = (
                f"point {owned.point.id}: this says what line {line} says (cosine "
                f"{row[before]:.2f}, below {EXEMPLAR_COSINE} passes); say another thing"
            )
            yield place.problem(("exemplars", number), SAME_EXEMPLAR, message)


def _alike_points(
    bank: Bank, points: Sequence[_Owned], centres: Sequence[Vectors]
) -> Iterator[Problem]:
    units = [centre / np.linalg.norm(centre) for centre in centres]
    for (one, first), (other, second) in combinations(zip(points, units, strict=True), 2):
        cosine = float(first @ second)
        if cosine < SIMILAR_COSINE:
            continue
        same = cosine >= SAME_COSINE
        there = (
            f"{one.point.id} of this rubric"
            if one.rubric_id == other.rubric_id
            else f"{one.point.id} of {one.rubric_id}"
        )
        advice = "join them" if one.rubric_id == other.rubric_id else "share it in rubrics/points"
        message = (
            f"point {other.point.id} is {'the same as' if same else 'close to'} {there} "
            f"(cosine {cosine:.2f}); {advice} if it is the same thing"
        )
        place = point_place(bank, other.rubric_id, other.point.id)
        yield place.problem(("id",), SAME_POINT if same else SIMILAR_POINT, message)


def _alike_questions(bank: Bank, embed: Embed) -> Iterator[Problem]:
    asked = [q for _, q in sorted(bank.questions.items()) if q.status is not Status.RETIRED]
    if len(asked) < 2:
        return
    cosines = (vectors := embed([_asked(question) for question in asked])) @ vectors.T
    for first, second in combinations(range(len(asked)), 2):
        cosine = float(cosines[first, second])
        if cosine < SIMILAR_QUESTION_COSINE:
            continue
        same = cosine >= SAME_QUESTION_COSINE
        message = (
            f"this asks {'the same as' if same else 'nearly what'} {asked[first].id}"
            f"{'' if same else ' asks'} (cosine {cosine:.2f}); change the setting or the task"
        )
        place = question_place(bank, asked[second].id)
        yield place.problem(("id",), SAME_QUESTION if same else SIMILAR_QUESTION, message)


def _points(bank: Bank) -> list[_Owned]:
    """Every point of the rubrics, shared ones once."""
    found: dict[tuple[str, str], _Owned] = {}
    for rubric_id, rubric in sorted(bank.rubrics.items()):
        for point in rubric.points:
            key = ("", point.pin) if point.pin else (rubric_id, point.id)
            found.setdefault(key, _Owned(rubric_id, point))
    return list(found.values())


def _asked(question: Question) -> str:
    """All that is asked, in one text."""
    parts = [question.prompt] if isinstance(question, CaseQuestion) else []
    for _, task in tasks(question):
        parts.append(task.prompt)
        if isinstance(task, ChoiceTask):
            parts += [option.text for option in task.options]
    return "\n".join(parts)

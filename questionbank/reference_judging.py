"""Rows with reference answers: scored by a calibration for them, and by few labels more."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from grader.judgement import JudgedAnswer
from grader.reference_curve import CurvePoint, Labelled, deal, name_of, taught
from grader.reference_curve import learning_curve as draw
from grader.reference_scoring import ReferenceItem, ReferenceScore, ReferenceScorer
from questionbank.judging import CHUNK, judge_referenced
from questionbank.labelled_file import LabelledRow, ReferenceRow
from questionbank.reference_rubric import Prediction

Placed = Iterable[tuple[int, ReferenceRow]]
"""The place among all rows of a file, and the row."""


def by_reference(row: LabelledRow) -> bool:
    """Tell whether a row is judged by its reference answers."""
    return isinstance(row, ReferenceRow) and row.rubric is None


def judge_by_references(
    rows: Placed, scorer: ReferenceScorer
) -> Iterator[tuple[int, JudgedAnswer]]:
    """Score rows in order, reading on only as judged answers are taken.

    Args:
        rows: the rows.
        scorer: scores them.

    Yields:
        The place and the judged answer.
    """
    for row, one in _see(rows, scorer):
        yield one.place, judge_referenced(row, _prediction(one.sight.score))


def judge_by_folds(
    rows: Placed, scorer: ReferenceScorer, *, folds: int, seed: int = 0
) -> Iterator[tuple[int, JudgedAnswer]]:
    """Score rows, each by what the other folds of its question's answers teach.

    Args:
        rows: the rows.
        scorer: the base.
        folds: how many, at least 2.
        seed: of the folds.

    Yields:
        The place and the judged answer, question by question.
    """
    for seen in _questions(rows, scorer):
        by_place = {one.place: row for row, one in seen}
        for held, known in deal([one for _, one in seen], folds, seed):
            for one, score in zip(held, taught(held, known, scorer.calibration), strict=True):
                yield one.place, judge_referenced(by_place[one.place], _prediction(score))


def learning_curve(
    rows: Placed, scorer: ReferenceScorer, *, folds: int, seed: int = 0
) -> list[CurvePoint]:
    """Measure what 5, 10, 20 and 40 labelled answers a question teach.

    Args:
        rows: the rows.
        scorer: the base.
        folds: how many, at least 2.
        seed: of folds and draws.

    Returns:
        One for each size that any question has enough answers for.
    """
    questions = [[one for _, one in seen] for seen in _questions(rows, scorer)]
    return draw(questions, scorer.calibration, folds=folds, seed=seed)


def _see(rows: Placed, scorer: ReferenceScorer) -> Iterator[tuple[ReferenceRow, Labelled]]:
    stream = iter(rows)
    while chunk := list(islice(stream, CHUNK)):
        items = [ReferenceItem(row.answer, row.reference or (), row.question) for _, row in chunk]
        for (place, row), sight in zip(chunk, scorer.sights(items), strict=True):
            share = (row.score or 0.0) / (row.max_score or 1.0)
            yield row, Labelled(place, name_of(row.answer), sight, share)


def _questions(
    rows: Placed, scorer: ReferenceScorer
) -> Iterator[list[tuple[ReferenceRow, Labelled]]]:
    questions: defaultdict[str, list[tuple[int, ReferenceRow]]] = defaultdict(list)
    for place, row in rows:
        questions[row.question_id].append((place, row))
    for some in questions.values():
        yield list(_see(some, scorer))


def _prediction(score: ReferenceScore) -> Prediction:
    return Prediction(score.share, score.probability, score.verdict, score.confidence, score.review)

"""A whole file of judged answers through the grader: rows of each form by what judges them."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from grader.judgement import JudgedAnswer
from questionbank.bank import Bank
from questionbank.folding import judge_folded
from questionbank.judging import judge_rows
from questionbank.labelled_file import LabelledRow, ReferenceRow
from questionbank.reference_judging import by_reference, judge_by_folds, judge_by_references

if TYPE_CHECKING:
    from grader.engine import Grader
    from grader.reference_scoring import ReferenceScorer

Rows = Callable[[], Iterable[tuple[int, LabelledRow]]]
"""Reads line numbers and rows from the start."""


def has_references(rows: Rows) -> bool:
    """Tell whether any row is judged by its reference answers."""
    return any(by_reference(row) for _, row in rows())


def reference_rows(rows: Rows) -> Iterator[tuple[int, ReferenceRow]]:
    """The rows judged by their reference answers, with their places from 0."""
    for place, (_, row) in enumerate(rows()):
        if isinstance(row, ReferenceRow) and by_reference(row):
            yield place, row


def judge_file(
    rows: Rows,
    bank: Bank,
    grader: "Grader",
    package_version: str,
    *,
    scorer: "ReferenceScorer | None" = None,
    folds: int | None = None,
    seed: int = 0,
) -> Iterator[tuple[int, JudgedAnswer]]:
    """Judge all rows of a file.

    Args:
        rows: reads them.
        bank: where the questions of interview rows are.
        grader: grades points.
        package_version: for the grades of closed questions.
        scorer: scores answers against references; None to grade their statements as points.
        folds: to learn from the labels of the other folds; None to learn nothing.
        seed: of the folds.

    Yields:
        The place among the rows, from 0, and the judged answer, in no order.

    Raises:
        CalibrationError: folds without a calibration that could be refined.
    """
    if scorer is not None:
        referenced = reference_rows(rows)
        if folds is None:
            yield from judge_by_references(referenced, scorer)
        else:
            yield from judge_by_folds(referenced, scorer, folds=folds, seed=seed)
    places = [
        place for place, (_, row) in enumerate(rows()) if scorer is None or not by_reference(row)
    ]
    if not places:
        return
    others = (one for one in rows() if scorer is None or not by_reference(one[1]))
    if folds is None:
        yield from zip(places, judge_rows(others, bank, grader, package_version), strict=True)
        return
    for at, answer in judge_folded(others, bank, grader, package_version, folds=folds, seed=seed):
        yield places[at], answer

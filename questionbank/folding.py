"""Judged answers, each graded with what the others to its question teach: the few-shot figure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from grader.deciding import Sight
from grader.errors import CalibrationError
from grader.judgement import JudgedAnswer
from grader.refinement import PointRefinement, Refinement, RubricRefinement
from grader.refining import Sample, fit_points, folds_of, samples_of
from questionbank.bank import Bank
from questionbank.judging import Plan, plan_row
from questionbank.labelled_file import LabelledRow

if TYPE_CHECKING:
    from grader.calibration import Calibration
    from grader.engine import Grader

LEAST = 5
"""Labelled answers that a fold has to leave of a point for anything to be learnt on it."""


class _Row(NamedTuple):
    """A row with what the base makes of it."""

    place: int
    """Among all rows, from 0."""
    plan: Plan
    sights: tuple[Sight, ...]
    samples: dict[str, Sample]
    """By id of the point; empty where nothing can be learnt or refined."""


def judge_folded(
    rows: Iterable[tuple[int, LabelledRow]],
    bank: Bank,
    grader: "Grader",
    package_version: str,
    *,
    folds: int,
    seed: int = 0,
) -> Iterator[tuple[int, JudgedAnswer]]:
    """Grade rows, those with labels on points by what the other folds of their question teach.

    Answers are dealt to folds by a hash of their text; the same text is never on both sides.

    Args:
        rows: line numbers and rows.
        bank: where the questions of interview rows are.
        grader: the base.
        package_version: for the grades of closed questions.
        folds: how many, at least 2.
        seed: of the folds.

    Yields:
        The place among the rows, from 0, and the judged answer, question by question.

    Raises:
        CalibrationError: the weights have no calibration that could be refined.
    """
    calibration = grader.calibration
    if calibration is None:
        raise CalibrationError(
            grader.encoder.name,
            "there is none that folds could refine; make one with `questionbank calibrate --base`",
        )
    questions: defaultdict[str, list[tuple[int, int, LabelledRow]]] = defaultdict(list)
    for place, (line, row) in enumerate(rows):
        questions[row.question_id].append((place, line, row))
    for some in questions.values():
        plans = [
            (place, plan_row(line, row, bank, calibration.thresholds, package_version))
            for place, line, row in some
        ]
        yield from _judge_question(plans, grader, calibration, folds, seed)


def _judge_question(
    plans: Sequence[tuple[int, Plan]],
    grader: "Grader",
    calibration: "Calibration",
    folds: int,
    seed: int,
) -> Iterator[tuple[int, JudgedAnswer]]:
    """All rows of one question; what teaches nothing is judged by the base alone."""
    sights = grader.sights(request for _, plan in plans for request in plan.requests)
    rows = []
    for place, plan in plans:
        seen = tuple(islice(sights, len(plan.requests)))
        samples = (
            samples_of(seen[0], plan.requests[0].answer, plan.shares, calibration)
            if plan.names
            else {}
        )
        rows.append(_Row(place, plan, seen, samples))
    dealt = folds_of((_answer(row) for row in rows if row.samples), folds, seed)
    for fold in range(folds):
        held = [row for row in rows if row.samples and dealt[_answer(row)] == fold]
        known = [row for row in rows if row.samples and dealt[_answer(row)] != fold]
        yield from _judge_fold(held, _learn(known), grader, calibration, f"fold-{fold + 1}")
    for row in rows:
        if not row.samples:
            yield row.place, row.plan.judge([sight.grade for sight in row.sights])


def _judge_fold(
    held: Sequence[_Row],
    by: dict[str, PointRefinement],
    grader: "Grader",
    calibration: "Calibration",
    name: str,
) -> Iterator[tuple[int, JudgedAnswer]]:
    """Grade the rows of one fold again, by what was learnt on the others."""
    if not held:
        return
    rubrics = {
        row.plan.requests[0].rubric.structure_hash: RubricRefinement(
            rubric=row.plan.requests[0].rubric.id,
            structure_hash=row.plan.requests[0].rubric.structure_hash,
            points={point: by[text] for point, text in row.plan.names.items() if text in by},
        )
        for row in held
    }
    refined = grader.refined(
        Refinement(
            id=name,
            created="",
            base=calibration.stem,
            weights_digest=grader.encoder.weights_digest,
            rubrics=tuple(rubrics.values()),
        )
    )
    grades = refined.grade_many(row.plan.requests[0] for row in held)
    for row, grade in zip(held, grades, strict=True):
        yield row.place, row.plan.judge([grade])


def _learn(rows: Sequence[_Row]) -> dict[str, PointRefinement]:
    samples: defaultdict[str, list[Sample]] = defaultdict(list)
    for row in rows:
        for point, sample in row.samples.items():
            samples[row.plan.names[point]].append(sample)
    return fit_points(samples, LEAST)


def _answer(row: _Row) -> str:
    return next(iter(row.samples.values())).answer

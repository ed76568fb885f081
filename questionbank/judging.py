"""Judged answers, graded: what people said of each point beside what the machine says."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from grader.grade import Grade
from grader.judgement import JudgedAnswer, Judgement
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.answer_file import AnswerRow
from questionbank.bank import Bank
from questionbank.batch import resolve
from questionbank.errors import UsageError
from questionbank.instance import Instance
from questionbank.labelled_file import InterviewRow, LabelledRow, ReferenceRow
from questionbank.reference_rubric import (
    Prediction,
    confidence,
    decided,
    labelled_rubric,
    predict,
    reference_rubrics,
)
from questionbank.scoring import ANSWER, score

if TYPE_CHECKING:
    from grader.calibration import Thresholds
    from grader.engine import Grader

CHUNK = 200
"""Rows read ahead."""

Ratings = Mapping[str, tuple[str, ...]]
"""What each of several people said, by point."""


@dataclass(frozen=True)
class Plan:
    """What has to be graded for one row, and what to make of the grades."""

    requests: tuple[GradeRequest, ...]
    judge: Callable[[Sequence[Grade]], JudgedAnswer]
    names: Mapping[str, str] = field(default_factory=dict)
    """Under what the points of the first request's rubric are learnt, by id: the id itself, or the
    text of a row's own point; empty where labels of points teach nothing."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """What people's labels are worth, 0, ½ or 1, by id."""


def check_against(bank: Bank, rows: Iterable[tuple[int, LabelledRow]]) -> None:
    """See that the bank has what the rows name.

    Args:
        bank: where their questions are.
        rows: line numbers and rows.

    Raises:
        UsageError: a question or a point is not there; the message names the line.
    """
    for line, row in rows:
        if not isinstance(row, InterviewRow):
            continue
        instance = instance_of(line, row, bank)
        points = [point.id for point in instance.rubric.points] if instance.rubric else [ANSWER]
        named = {**row.labels, **(row.raters or {})}
        if strange := sorted(set(named) - set(points)):
            raise UsageError(
                f"line {line}: {row.question_id} has no point {', '.join(strange)}; "
                f"it has {', '.join(points)}"
            )


def judge_rows(
    rows: Iterable[tuple[int, LabelledRow]], bank: Bank, grader: "Grader", package_version: str
) -> Iterator[JudgedAnswer]:
    """Grade the rows in order, reading on only as judged answers are taken.

    Args:
        rows: line numbers and rows.
        bank: where the questions of interview rows are.
        grader: grades them.
        package_version: for the grades of closed questions.
    """
    thresholds = grader.calibration.thresholds if grader.calibration else None
    stream = iter(rows)
    while chunk := list(islice(stream, CHUNK)):
        plans = [plan_row(line, row, bank, thresholds, package_version) for line, row in chunk]
        grades = grader.grade_many(request for plan in plans for request in plan.requests)
        for plan in plans:
            yield plan.judge(list(islice(grades, len(plan.requests))))


def instance_of(line: int, row: InterviewRow, bank: Bank) -> Instance:
    """What an interview row answers.

    Raises:
        UsageError: the bank does not have it.
    """
    asked = AnswerRow(question_id=row.question_id, answer=row.answer)
    item = next(resolve([(line, asked)], bank))
    if item.instance is None:
        raise UsageError(str(item.error))
    return item.instance


def plan_row(
    line: int,
    row: LabelledRow,
    bank: Bank,
    thresholds: "Thresholds | None",
    package_version: str,
) -> Plan:
    """Say what has to be graded for a row.

    Args:
        line: its number, for errors.
        row: the row.
        bank: where the questions of interview rows are.
        thresholds: the calibration's; None without one.
        package_version: for the grades of closed questions.

    Raises:
        UsageError: the bank does not have its question.
    """
    if isinstance(row, InterviewRow):
        return _interview_plan(row, instance_of(line, row, bank), thresholds, package_version)
    if row.rubric is not None:
        rubric = labelled_rubric(tuple(point.text for point in row.rubric))
        request = GradeRequest(answer=row.answer, rubric=rubric, question=row.question)
        own = {f"p{number}": point for number, point in enumerate(row.rubric, start=1)}
        return Plan(
            (request,),
            lambda grades: _judge_labelled(row, grades[0], thresholds),
            {name: point.text for name, point in own.items()},
            {name: float(point.label) for name, point in own.items() if point.label is not None},
        )
    requests = tuple(
        GradeRequest(answer=row.answer, rubric=rubric, question=row.question)
        for rubric in reference_rubrics(row.reference or ())
    )
    return Plan(requests, lambda grades: judge_referenced(row, predict(grades, thresholds)))


def _interview_plan(
    row: InterviewRow, instance: Instance, thresholds: "Thresholds | None", package_version: str
) -> Plan:
    requests = (
        (GradeRequest(answer=row.answer, rubric=instance.rubric, question=instance.prompt),)
        if instance.rubric
        else ()
    )

    def judge(grades: Sequence[Grade]) -> JudgedAnswer:
        grade = score(instance, row.answer, lambda *_: grades[0], package_version)
        labels = {name: Verdict(label) for name, label in row.labels.items()}
        return _judged(row.question_id, row.style, grade, labels, row.raters or {}, thresholds)

    if instance.rubric is None:
        return Plan(requests, judge)
    return Plan(
        requests,
        judge,
        {point.id: point.id for point in instance.rubric.points},
        {name: Verdict(label).share or 0.0 for name, label in row.labels.items()},
    )


def _judge_labelled(
    row: ReferenceRow, grade: Grade, thresholds: "Thresholds | None"
) -> JudgedAnswer:
    """A row with a rubric of its own; people's score is the one given, or the labels' share."""
    ids = {f"p{number}": point.label for number, point in enumerate(row.rubric or (), start=1)}
    labels = {
        name: Verdict.MET if label else Verdict.NOT_MET
        for name, label in ids.items()
        if label is not None
    }
    judged = _judged(row.question_id, None, grade, labels, {}, thresholds)
    if row.score is None or row.max_score is None:
        return judged
    shares = [_share(decided(point, thresholds)) for point in grade.points]
    machine = None if None in shares else sum(one or 0.0 for one in shares) / len(shares)
    return JudgedAnswer(
        row.question_id, None, row.score / row.max_score, machine, judged.judgements
    )


def judge_referenced(row: ReferenceRow, said: Prediction) -> JudgedAnswer:
    """Make one judgement of a row with reference answers, on the answer as a whole.

    Args:
        row: with a score.
        said: what the machine makes of it.
    """
    human = (row.score or 0.0) / (row.max_score or 1.0)
    label = Verdict.MET if human == 1.0 else Verdict.PARTIAL if human > 0.0 else Verdict.NOT_MET
    judgement = Judgement(
        point=ANSWER,
        human=label,
        machine=said.verdict,
        probability=said.probability,
        confidence=said.confidence,
        review=said.review,
    )
    return JudgedAnswer(row.question_id, None, human, said.share, (judgement,))


def _judged(
    question: str,
    style: str | None,
    grade: Grade,
    labels: Mapping[str, Verdict],
    raters: Ratings,
    thresholds: "Thresholds | None",
) -> JudgedAnswer:
    """Points side by side, and what the labelled ones add up to by weight."""
    points = [point for point in grade.points if point.id in labels]
    judgements = tuple(
        Judgement(
            point=point.id,
            human=labels[point.id],
            machine=decided(point, thresholds),
            probability=point.probability,
            confidence=confidence(point, thresholds),
            review=point.verdict is Verdict.NEEDS_REVIEW,
            raters=tuple(Verdict(one) for one in raters.get(point.id, ())),
        )
        for point in points
    )
    whole = sum(point.max_points for point in points)
    pairs = list(zip(points, judgements, strict=True))
    human = sum(point.max_points * (_share(one.human) or 0.0) for point, one in pairs)
    earned = sum(point.max_points * (_share(one.machine) or 0.0) for point, one in pairs)
    open_ones = any(one.machine is None for one in judgements)
    return JudgedAnswer(
        question=question,
        style=style,
        human=human / whole if whole else None,
        machine=None if open_ones or not whole else earned / whole,
        judgements=judgements,
    )


def _share(verdict: Verdict | None) -> float | None:
    return verdict.share if verdict else None

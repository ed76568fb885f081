"""Kept answers graded again with the present rubric, model and calibration, old beside new."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from grader.canonical import digest
from grader.grade import ContentRef, Grade, PointGrade
from grader.request import GradeRequest
from grader.rubric import Rubric
from questionbank.attempt import Answer, AttemptRecord, GradeRecord, Override, Step
from questionbank.bank import Bank
from questionbank.batch import GradeMany
from questionbank.errors import UsageError
from questionbank.instance import Instance, instances
from questionbank.question import ChoiceTask, NumericTask
from questionbank.review import effective
from questionbank.scoring import score

Then = Callable[[Step, ContentRef | None, ContentRef | None], Instance]
"""What a step was when graded: (step, question and rubric as the grade names them) -> Instance."""


class Task(NamedTuple):
    """An answer that can be graded again."""

    record: AttemptRecord
    answer: Answer
    old: GradeRecord
    """The grade that counts so far."""
    then: Instance
    """What the old grade was made with."""
    now: Instance
    """The same from the present bank."""


class Skipped(NamedTuple):
    """An answer that cannot be graded again."""

    record: AttemptRecord
    answer: Answer
    why: str
    """One sentence without a full stop."""


class PointChange(NamedTuple):
    """One point before and after; None where a rubric has no such point."""

    id: str
    old: PointGrade | None
    new: PointGrade | None
    override: Override | None
    """The person's verdict on the old grade, if there is one."""
    holds: bool
    """Whether it holds for the new grade, too."""

    @property
    def differs(self) -> bool:
        """Whether verdict, probability or points differ."""
        return _judged(self.old) != _judged(self.new)

    @property
    def verdict_differs(self) -> bool:
        """Whether the verdict itself differs."""
        old, new = self.old, self.new
        return (old.verdict if old else None) != (new.verdict if new else None)


class Change(NamedTuple):
    """An answer's grade before and after."""

    task: Task
    new: Grade
    points: tuple[PointChange, ...]
    """In the order of the new rubric, points that are gone last."""

    @property
    def comparable(self) -> bool:
        """Whether structure hashes, weights digest and calibration of both grades agree."""
        return _made_with(self.task.old.grade) == _made_with(self.new)

    @property
    def changed(self) -> bool:
        """Whether the new grade says anything that the old one does not."""
        flags_differ = self.task.old.grade.flags != self.new.flags
        return not self.comparable or flags_differ or any(one.differs for one in self.points)

    @property
    def lapsed(self) -> tuple[Override, ...]:
        """People's verdicts that do not hold any more, as their points ask for something else."""
        return tuple(one.override for one in self.points if one.override and not one.holds)


def plan(records: Iterable[AttemptRecord], bank: Bank, then: Then) -> Iterator[Task | Skipped]:
    """Find out which graded answers can be graded again.

    Args:
        records: attempts; answers without a grade are passed over.
        bank: the present questions and rubrics.
        then: finds the texts a grade was made with.

    Raises:
        StoreError: a kept text is missing or altered.
    """
    for record in records:
        for answer in record.answers:
            old = record.grade_of(answer.id)
            if old is None:
                continue
            if answer.id in record.erased:
                yield Skipped(record, answer, "its text was erased")
                continue
            step = record.attempt.steps[answer.position]
            made = old.grade.provenance
            before = then(step, made.question, made.rubric)
            after = _present(step, bank)
            if isinstance(after, str):
                yield Skipped(record, answer, after)
            elif not same_task(before, after):
                versions = f"asked as {step.question.version}, now {after.question.version}"
                yield Skipped(record, answer, f"what is asked has changed since ({versions})")
            else:
                yield Task(record, answer, old, before, after)


def regrade(todo: Sequence[Task], grade_many: GradeMany, package_version: str) -> Iterator[Change]:
    """Grade answers again, in order.

    Args:
        todo: the answers.
        grade_many: grades the open ones.
        package_version: for the provenance of closed ones.
    """
    grades = grade_many(
        GradeRequest(answer=task.answer.text, rubric=task.now.rubric, question=task.now.prompt)
        for task in todo
        if task.now.rubric
    )
    for task in todo:
        new = score(
            task.now,
            task.answer.text,
            lambda answer, rubric, question: next(grades),
            package_version,
        )
        yield Change(task, new, _points(task, new))


def to_append(
    change: Change, reason: str, now: datetime
) -> tuple[GradeRecord, tuple[Override, ...]]:
    """What goes on record for a change.

    Args:
        change: what has changed.
        reason: why it was graded again.
        now: the time, UTC.

    Returns:
        The new grade, and people's verdicts that hold for it as well: the same author, reason and
        time under ids of their own. The ids follow from the old and the new grade, so that doing
        it twice appends once.
    """
    old = change.task.old
    new_id = _hash(f"{old.id}:{digest(change.new.model_dump(mode='json'))}")
    record = old.model_copy(update={"id": new_id, "at": now, "grade": change.new, "reason": reason})
    carried = (
        one.override.model_copy(
            update={"id": _hash(f"{one.override.id}:{new_id}"), "grade_id": new_id}
        )
        for one in change.points
        if one.override and one.holds
    )
    return record, tuple(carried)


def same_task(then: Instance, now: Instance) -> bool:
    """Whether an answer given then is an answer to what is asked now."""
    return then.question.structure_hash == now.question.structure_hash or _seen(then) == _seen(now)


def _seen(instance: Instance) -> tuple[object, ...]:
    """What the person who answers has to go by; numbers are filled in."""
    task = instance.task
    closed: object = None
    if isinstance(task, NumericTask):
        closed = task.unit
    elif isinstance(task, ChoiceTask):
        closed = {(option.id, option.text) for option in task.options}
    return (task.kind, instance.situation, instance.exhibit, instance.prompt, closed)


def _present(step: Step, bank: Bank) -> Instance | str:
    """The step as the bank has it now, or why it does not."""
    name = step.question.id
    if name in bank.unsound:
        return "its question has problems; `questionbank check` lists them"
    if name not in bank.questions:
        return "its question is no longer in the bank"
    try:
        found = instances(bank.questions[name], bank.rubrics, step.seed)
    except UsageError as error:
        return str(error)
    part = next((one for one in found if one.part == step.part), None)
    return part or f"its question has no part {step.part or 'that stands alone'} any more"


def _points(task: Task, new: Grade) -> tuple[PointChange, ...]:
    before = {one.machine.id: one for one in effective(task.record, task.old).points}
    after = {point.id: point for point in new.points}
    changes = []
    for name in dict.fromkeys([*after, *before]):
        was = before.get(name)
        override = was.override if was else None
        holds = override is not None and name in after and _same_point(task, name)
        machine = was.machine if was else None
        changes.append(PointChange(name, machine, after.get(name), override, holds))
    return tuple(changes)


def _same_point(task: Task, name: str) -> bool:
    """Whether a point asks for the same as before; a person does not judge by its exemplars."""
    then, now = task.then.rubric, task.now.rubric
    if then is None or now is None:
        return task.then.question.structure_hash == task.now.question.structure_hash
    return _asks(then, name) == _asks(now, name)


def _asks(rubric: Rubric, name: str) -> tuple[str, float]:
    point = rubric.point(name)
    return point.description, point.weight


def _judged(point: PointGrade | None) -> Mapping[str, object] | None:
    if point is None:
        return None
    return point.model_dump(include={"verdict", "probability", "points", "max_points"})


def _made_with(grade: Grade) -> tuple[str | None, ...]:
    """What two grades must share to be compared."""
    made = grade.provenance
    return (
        made.question.structure_hash if made.question else None,
        made.rubric.structure_hash if made.rubric else None,
        made.weights_digest,
        made.calibration,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]

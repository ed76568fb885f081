"""One thing to answer as other systems know it, and the two builds: for authors, for candidates.

Writers see items and nothing else, so what is taken out here can stand in no file.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from grader.rubric import Record, Rubric
from questionbank.errors import UsageError
from questionbank.exports.markup import shown
from questionbank.instance import Instance, instances
from questionbank.numeric import FormulaError, evaluate, fill
from questionbank.question import (
    CaseQuestion,
    ChoiceTask,
    Kind,
    NumericTask,
    Question,
    Status,
    Tolerance,
    rubric_ids,
)


class Build(StrEnum):
    """Whom an export is for."""

    AUTHOR = "author"
    """Everything the format can carry."""
    CANDIDATE = "candidate"
    """What may be seen before answering, and nothing that tells the answer."""


class Facts(Record):
    """What a question says of itself; None or empty where a file does not say."""

    version: str | None = None
    status: str | None = None
    level: str | None = None
    audience: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    minutes: int | None = None
    prerequisites: tuple[str, ...] = ()


class Wrong(Record):
    """A wrong number that many give, and what to tell them."""

    value: float
    feedback: str


class Choice(Record):
    """One option."""

    id: str
    text: str
    correct: bool | None = None
    """None in a candidate's build."""
    why: str | None = None


class Criterion(Record):
    """One point of a rubric as a person who scores needs it."""

    id: str | None
    title: str
    points: float
    description: str
    probe: str | None = None
    anchors: dict[str, str] = Field(default_factory=dict)
    """What a 1, a 3 and a 5 sound like, by number."""


class Criteria(Record):
    """A rubric without its wordings and graded examples."""

    id: str | None
    version: str | None
    title: str | None
    points: tuple[Criterion, ...]


class Item(Record):
    """One thing to answer; texts are Markdown with the numbers of one seed filled in."""

    id: str | None
    """Of the question; None where a file does not say."""
    part: str | None = None
    """Which part of a case."""
    kind: Kind
    title: str | None = None
    facts: Facts = Facts()
    situation: str | None = None
    """What a case tells before its parts."""
    exhibit: str | None = None
    prompt: str
    unit: str | None = None
    model_answer: str | None = None
    case_answer: str | None = None
    """The model answer to a case as a whole."""
    follow_ups: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    points: float | None = None
    """For numbers and choices."""
    value: float | None = None
    """The right number."""
    tolerance: float | None = None
    """How far a number may be off, in its unit."""
    mistakes: tuple[Wrong, ...] = ()
    options: tuple[Choice, ...] = ()
    criteria: Criteria | None = None
    line: int = 0
    """Where a reader found it, from 1; 0 where lines mean nothing."""

    @property
    def key(self) -> str:
        """`question_id`, or `question_id#part`."""
        name = self.id or ""
        return f"{name}#{self.part}" if self.part else name


class Entry(Record):
    """A question of the bank with the rubrics it needs, by id."""

    question: Question
    rubrics: dict[str, Rubric] = Field(default_factory=dict)


def entry_of(question: Question, rubrics: Mapping[str, Rubric]) -> Entry:
    """A question with its own rubrics out of all rubrics of a bank.

    Raises:
        UsageError: a rubric is not there.
    """
    missing = [name for name in rubric_ids(question) if name not in rubrics]
    if missing:
        raise UsageError(
            f"the rubric {missing[0]} of {question.id} is missing or has problems; "
            "`questionbank check` lists them"
        )
    return Entry(question=question, rubrics={name: rubrics[name] for name in rubric_ids(question)})


def items_of(entry: Entry, seed: int, build: Build) -> tuple[Item, ...]:
    """What a question becomes outside: one item, or one for each part of a case.

    Args:
        entry: the question and its rubrics.
        seed: what its numbers are drawn from.
        build: for whom; a candidate's items hold nothing that tells an answer.

    Raises:
        UsageError: a number cannot be computed with this seed.
    """
    found = instances(entry.question, entry.rubrics, seed)
    return tuple(item_of(instance, build) for instance in found)


def item_of(instance: Instance, build: Build) -> Item:
    """What one thing to answer becomes outside; as `items_of`."""
    item = _item(instance)
    return item if build is Build.AUTHOR else _for_candidates(item)


def _item(instance: Instance) -> Item:
    question, task = instance.question, instance.task
    case = isinstance(question, CaseQuestion)
    facts = question.model_dump(mode="json", include=set(Facts.model_fields))
    shared: dict[str, Any] = {
        "id": question.id,
        "part": instance.part,
        "kind": task.kind,
        "title": question.title,
        "facts": Facts(**facts),
        "situation": instance.situation,
        "exhibit": instance.exhibit,
        "prompt": instance.prompt,
        "model_answer": instance.model_answer,
        "case_answer": _case_answer(instance) if case else None,
        "follow_ups": question.follow_ups,
        "sources": question.sources,
    }
    if isinstance(task, NumericTask):
        right = instance.right or 0.0
        return Item(
            **shared,
            unit=shown(task.unit),
            points=task.points,
            value=right,
            tolerance=_absolute(task.tolerance, right),
            mistakes=tuple(
                Wrong(
                    value=evaluate(wrong.formula, instance.values), feedback=shown(wrong.feedback)
                )
                for wrong in task.mistakes
            ),
        )
    if isinstance(task, ChoiceTask):
        options = tuple(
            Choice(
                id=option.id,
                text=shown(option.text),
                correct=option.correct,
                why=shown(option.why),
            )
            for option in task.options
        )
        return Item(**shared, points=task.points, options=options)
    return Item(**shared, criteria=_criteria(instance.rubric) if instance.rubric else None)


def _case_answer(instance: Instance) -> str | None:
    answer = instance.question.model_answer if instance.question.kind is Kind.CASE else None
    try:
        return fill(answer, instance.values) if answer and instance.values else answer
    except FormulaError as error:
        raise UsageError(f"the model answer of {instance.question.id}: {error}") from error


def _absolute(tolerance: Tolerance, right: float) -> float:
    """The wider of the two bounds, in the answer's unit: an answer within either is right."""
    return max((tolerance.relative or 0.0) * abs(right), tolerance.absolute or 0.0)


def _criteria(rubric: Rubric) -> Criteria:
    return Criteria(
        id=rubric.id,
        version=rubric.version,
        title=rubric.title,
        points=tuple(
            Criterion(
                id=point.id,
                title=point.title,
                points=point.weight,
                description=point.description,
                probe=point.probe,
                anchors=point.anchors.model_dump(by_alias=True) if point.anchors else {},
            )
            for point in rubric.points
        ),
    )


def _for_candidates(item: Item) -> Item:
    """A new item of what may be seen; topics and sources are left out, for they name the answer."""
    facts = item.facts
    return Item(
        id=item.id,
        part=item.part,
        kind=item.kind,
        title=item.title,
        facts=Facts(
            version=facts.version,
            level=facts.level,
            audience=facts.audience,
            minutes=facts.minutes,
        ),
        situation=item.situation,
        exhibit=item.exhibit,
        prompt=item.prompt,
        unit=item.unit,
        options=tuple(Choice(id=option.id, text=option.text) for option in item.options),
    )


def exportable(question: Question, ids: tuple[str, ...], *, drafts: bool) -> bool:
    """Whether a question goes out: active ones do, others when asked for."""
    return drafts or question.id in ids or question.status is Status.ACTIVE

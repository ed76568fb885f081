"""The text of a question, rubric or point as somebody saw it, kept to explain old grades."""

import json
from collections.abc import Callable, Iterable
from enum import StrEnum

from pydantic import JsonValue, ValidationError

from grader.grade import ContentRef
from grader.rubric import Record, Rubric
from questionbank.attempt import Attempt, Step
from questionbank.errors import StoreError
from questionbank.instance import Instance, rubric_ref
from questionbank.numeric import FormulaError
from questionbank.question import QUESTION, Question, tasks


class DocumentKind(StrEnum):
    """What the text is of."""

    QUESTION = "question"
    RUBRIC = "rubric"
    POINT = "point"
    """A point that several rubrics share."""


class Document(Record):
    """One version of a content file as somebody saw it."""

    kind: DocumentKind
    id: str
    version: str
    content_hash: str
    """`sha256:…`; says what the person saw."""
    structure_hash: str
    """`sha256:…`; says what the score rests on."""
    body: JsonValue
    """Everything in it, as its model dumps it in JSON mode."""


def question_document(question: Question) -> Document:
    """The text of a question, to keep."""
    return Document(
        kind=DocumentKind.QUESTION, **dict(question.ref), body=question.model_dump(mode="json")
    )


def rubric_document(rubric: Rubric) -> Document:
    """The text of a rubric, to keep; shared points stand in it in full."""
    return Document(
        kind=DocumentKind.RUBRIC, **dict(rubric_ref(rubric)), body=rubric.model_dump(mode="json")
    )


def documents_of(steps: Iterable[Instance]) -> tuple[Document, ...]:
    """The texts that explain an attempt, each once."""
    found: dict[tuple[str, str], Document] = {}
    for step in steps:
        texts = [question_document(step.question)]
        if step.rubric:
            texts.append(rubric_document(step.rubric))
        for text in texts:
            found.setdefault((text.kind, text.content_hash), text)
    return tuple(found.values())


def instances_of(
    attempt: Attempt, find: Callable[[DocumentKind, str], Document | None]
) -> list[Instance]:
    """What an attempt asked, from the texts that were kept with it.

    Args:
        attempt: the attempt.
        find: looks a text up by kind and content hash.

    Returns:
        One instance for each step.

    Raises:
        StoreError: a text is missing or altered.
    """
    return [_instance_of(step, find) for step in attempt.steps]


def graded_instance(
    step: Step,
    question: ContentRef | None,
    rubric: ContentRef | None,
    find: Callable[[DocumentKind, str], Document | None],
) -> Instance:
    """What an answer was held against: a later grade may rest on later texts than were asked.

    Args:
        step: what was asked.
        question: the question as the grade names it; None for the one that was asked.
        rubric: the same for the rubric.
        find: looks a text up by kind and content hash.

    Raises:
        StoreError: a text is missing or altered.
    """
    texts = {"question": question or step.question, "rubric": rubric or step.rubric}
    return _instance_of(step.model_copy(update=texts), find)


def _instance_of(step: Step, find: Callable[[DocumentKind, str], Document | None]) -> Instance:
    """What one step asked; as `instances_of`."""
    kept = find(DocumentKind.QUESTION, step.question.content_hash)
    rubric = None
    if kept is None:
        raise StoreError(f"the text of {step.question.id}@{step.question.version} is not on record")
    try:
        question = QUESTION.validate_json(json.dumps(kept.body))
        if step.rubric:
            text = find(DocumentKind.RUBRIC, step.rubric.content_hash)
            if text is None:
                name = f"{step.rubric.id}@{step.rubric.version}"
                raise StoreError(f"the text of rubric {name} is not on record")
            rubric = Rubric.model_validate_json(json.dumps(text.body))
        task = dict(tasks(question))[step.part]
        instance = Instance(question, step.part, task, step.seed, rubric)
        instance.compute()
    except (ValidationError, KeyError, FormulaError) as error:
        raise StoreError(
            f"the text kept of {step.question.id}@{step.question.version} cannot be read; "
            "it was altered, or written by a newer questionbank"
        ) from error
    return instance

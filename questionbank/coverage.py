"""What a bank must hold, as a file of the bank says it, counted from its questions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from grader.rubric import Record, SemanticVersion, Slug, Text
from questionbank.bank import Bank
from questionbank.errors import ContentError, Problem
from questionbank.origin import QUESTIONS
from questionbank.question import (
    Audience,
    CaseQuestion,
    ChoiceTask,
    Kind,
    Level,
    Question,
    Status,
    rubric_ids,
    tasks,
)
from questionbank.text_file import read_text
from questionbank.validation import open_document, validate
from questionbank.yaml_reader import read_yaml

FORMAT = 1
"""The coverage file format this version writes and the newest it reads."""
COVERAGE = "coverage.yaml"
GAP = "coverage-gap"


class Which(Record):
    """Which questions count; an empty list allows everything."""

    strategies: tuple[Slug, ...] = ()
    levels: tuple[Level, ...] = ()
    kinds: tuple[Kind, ...] = ()
    audiences: tuple[Audience, ...] = ()
    topics: tuple[Slug, ...] = ()
    """A question needs one of them."""
    terms: tuple[Text, ...] = ()
    """Its text needs one of them, as whole words; a capital letter must be one there, too."""


class Thing(Record):
    """Something named that at least one question must be about."""

    name: Text
    topics: tuple[Slug, ...] = ()
    terms: tuple[Text, ...] = ()
    """A question that has one of the topics, or one of these in its text, is about it."""


class Row(Record):
    """One line of the table."""

    title: Text
    which: Which = Which()
    least: int = Field(ge=0, le=10_000)
    things: tuple[Thing, ...] = ()


class Coverage(Record):
    """What a bank must hold."""

    format: int = FORMAT
    version: SemanticVersion
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class ThingCount:
    """A named thing and the questions that are about it."""

    name: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class RowCount:
    """A row of the table, counted."""

    title: str
    least: int
    questions: tuple[str, ...]
    """Ids, sorted."""
    things: tuple[ThingCount, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Named things without a question."""
        return tuple(thing.name for thing in self.things if not thing.questions)

    @property
    def holds(self) -> bool:
        """Whether nothing is missing."""
        return len(self.questions) >= self.least and not self.missing


@dataclass(frozen=True)
class CoverageFile:
    """The requirements with where they were read."""

    coverage: Coverage
    shown: str
    lines: tuple[int, ...]
    """Of each row."""


def read_coverage(bank: Bank, near: Path | None = None) -> CoverageFile | None:
    """Read what a bank must hold: the file of the topmost folder that has one.

    Args:
        bank: its folders are looked at, not its questions.
        near: problems name the file relative to this folder where they can.

    Returns:
        The requirements; None if no folder has such a file.

    Raises:
        ContentError: the file cannot be used.
    """
    for root in reversed(bank.roots):
        path = root / QUESTIONS / COVERAGE
        if not path.exists() and not path.is_symlink():
            continue
        shown = str(path.relative_to(near) if near and path.is_relative_to(near) else path)
        text, problems = read_text(path, root, shown)
        if problems:
            raise ContentError(tuple(problems))
        document = read_yaml(text, shown)
        data, found = open_document(document, FORMAT, shown)
        if data is None:
            raise ContentError(found)
        checked = validate(_COVERAGE, document, data, shown)
        if checked.record is None or found:
            raise ContentError((*found, *checked.problems))
        rows = range(len(checked.record.rows))
        lines = tuple(document.line(("rows", number)) for number in rows)
        return CoverageFile(checked.record, shown, lines)
    return None


_COVERAGE: TypeAdapter[Coverage] = TypeAdapter(Coverage)


def count_coverage(coverage: Coverage, bank: Bank) -> tuple[RowCount, ...]:
    """Count a bank's active questions row by row.

    A named thing is looked for among the questions of its own row.
    """
    active = _active(bank)
    counted = []
    for row in coverage.rows:
        inside = [question for question in active if _counts(row.which, question, bank)]
        things = tuple(
            ThingCount(
                thing.name,
                tuple(q.id for q in inside if _is_about(q, thing.topics, thing.terms, bank)),
            )
            for thing in row.things
        )
        counted.append(RowCount(row.title, row.least, tuple(q.id for q in inside), things))
    return tuple(counted)


def count_everything(bank: Bank) -> tuple[RowCount, ...]:
    """Count a bank that asks for nothing: by strategy, level, kind and audience."""
    active = _active(bank)
    strategies = sorted({question.strategy for question in active})
    selections = [
        *((name, Which(strategies=(name,))) for name in strategies),
        *((level.value, Which(levels=(level,))) for level in Level),
        *((kind.value, Which(kinds=(kind,))) for kind in Kind),
        *((audience.value, Which(audiences=(audience,))) for audience in Audience),
    ]
    return tuple(
        RowCount(title, 0, tuple(q.id for q in active if _counts(which, q, bank)))
        for title, which in selections
    )


def coverage_problems(file: CoverageFile, counted: Sequence[RowCount]) -> Iterator[Problem]:
    """Phrase what is missing."""
    for line, row in zip(file.lines, counted, strict=True):
        if len(row.questions) < row.least:
            message = f"{row.title}: {len(row.questions)} active questions, {row.least} are needed"
            yield Problem(file.shown, line, GAP, message)
        for name in row.missing:
            message = f"{row.title}: no active question is about {name}"
            yield Problem(file.shown, line, GAP, message)


def _active(bank: Bank) -> list[Question]:
    return [q for _, q in sorted(bank.questions.items()) if q.status is Status.ACTIVE]


def _counts(which: Which, question: Question, bank: Bank) -> bool:
    return (
        (not which.strategies or question.strategy in which.strategies)
        and (not which.levels or question.level in which.levels)
        and (not which.kinds or question.kind in which.kinds)
        and (not which.audiences or bool(set(which.audiences) & set(question.audience)))
        and (not which.topics or bool(set(which.topics) & set(question.topics)))
        and (not which.terms or _is_about(question, (), which.terms, bank))
    )


def _is_about(question: Question, topics: Sequence[str], terms: Sequence[str], bank: Bank) -> bool:
    if set(topics) & set(question.topics):
        return True
    text = _text(question, bank)
    return any(_holds(text, term) for term in terms)


def _holds(text: str, term: str) -> bool:
    """Whether a term stands in a text as whole words; small letters stand for either case."""
    spaced = r"\s+".join(map(re.escape, term.split()))
    flags = re.NOFLAG if any(char.isupper() for char in term) else re.IGNORECASE
    return re.search(rf"(?<!\w){spaced}(?!\w)", text, flags) is not None


def _text(question: Question, bank: Bank) -> str:
    """Everything a person reads of a question, and what its rubrics say a good answer does."""
    parts = [question.title, question.prompt, question.exhibit, question.model_answer]
    for _, task in tasks(question):
        if isinstance(question, CaseQuestion):
            parts += [task.prompt, task.model_answer]
        if isinstance(task, ChoiceTask):
            parts += [words for option in task.options for words in (option.text, option.why)]
    rubrics = [bank.rubrics[name] for name in rubric_ids(question) if name in bank.rubrics]
    for point in (point for rubric in rubrics for point in rubric.points):
        parts += [point.title, point.description]
    return "\n".join([*(part for part in parts if part), *question.follow_ups])

"""Words that leave somebody out, in what the bank itself says; what candidates say is theirs."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from grader.rubric import Record, SemanticVersion, Text
from questionbank.bank import Bank
from questionbank.errors import ContentError, Problem
from questionbank.places import Place, point_place, question_place
from questionbank.question import CaseQuestion, ChoiceTask, Question, tasks
from questionbank.validation import open_document, validate
from questionbank.yaml_reader import Path as Where
from questionbank.yaml_reader import read_yaml

FORMAT = 1
LIST = Path(__file__).with_name("wording.yaml")
WORDING = "wording"


class _Entry(Record):
    avoid: Annotated[tuple[Text, ...], Field(min_length=1)]
    write: Text


class WordList(Record):
    """What to avoid, and what to write in its place."""

    format: int
    version: SemanticVersion
    words: tuple[_Entry, ...]


@lru_cache(maxsize=1)
def word_list() -> WordList:
    """The list that comes with the package.

    Raises:
        ContentError: it was altered and cannot be used.
    """
    document = read_yaml(LIST.read_text(encoding="utf-8"), LIST.name)
    data, problems = open_document(document, FORMAT, LIST.name)
    checked = validate(TypeAdapter(WordList), document, data, LIST.name)
    if checked.record is None or problems:
        raise ContentError((*problems, *checked.problems))
    return checked.record


def wording_leaves_nobody_out(bank: Bank) -> Iterator[Problem]:
    """What a bank asks and advises is for everybody."""
    pattern, advice = _search()
    for place, path, text in _texts(bank):
        for found in dict.fromkeys(match.group().lower() for match in pattern.finditer(text)):
            message = f"{found!r} leaves people out or is misread; write {advice[found]!r}, say"
            yield place.problem(path, WORDING, message)


@lru_cache(maxsize=1)
def _search() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for all words, and what to write for each."""
    advice = {word.lower(): one.write for one in word_list().words for word in one.avoid}
    longest_first = sorted(advice, key=len, reverse=True)
    words = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE), advice


def _texts(bank: Bank) -> Iterator[tuple[Place, Where, str]]:
    """Every text that the bank itself says, with where it stands."""
    for question in bank.questions.values():
        place = question_place(bank, question.id)
        for path, text in _of_question(question):
            yield place, path, text
    seen: set[str] = set()
    for rubric_id, rubric in bank.rubrics.items():
        for point in rubric.points:
            if point.pin and point.pin in seen:
                continue
            seen.add(point.pin or "")
            place = point_place(bank, rubric_id, point.id)
            for key in ("title", "description", "probe"):
                yield place, (key,), getattr(point, key)
            yield place, ("feedback", "met"), point.feedback.met
            yield place, ("feedback", "missed"), point.feedback.missed


def _of_question(question: Question) -> Iterator[tuple[Where, str]]:
    case = isinstance(question, CaseQuestion)
    yield ("title",), question.title
    if question.exhibit:
        yield ("exhibit",), question.exhibit
    for number, text in enumerate(question.follow_ups):
        yield ("follow_ups", number), text
    if case:
        yield ("prompt",), question.prompt
        yield ("model_answer",), question.model_answer or ""
    for number, (_, task) in enumerate(tasks(question)):
        path: Where = ("parts", number) if case else ()
        yield (*path, "prompt"), task.prompt
        yield (*path, "model_answer"), task.model_answer or ""
        if isinstance(task, ChoiceTask):
            for at, option in enumerate(task.options):
                yield (*path, "options", at, "text"), option.text
                yield (*path, "options", at, "why"), option.why

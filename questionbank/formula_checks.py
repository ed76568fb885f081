"""Rules on numbers: formulas, placeholders, parameters, foreseen mistakes."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from questionbank.bank import Bank
from questionbank.errors import Problem
from questionbank.instance import Instance
from questionbank.numeric import FormulaError, Number, evaluate, fill, right_value
from questionbank.question import CaseQuestion, ChoiceTask, NumericTask, Question, Task, tasks
from questionbank.yaml_reader import Path

SEEDS = range(20)
"""The instances of a task that are tried."""

Values = Mapping[str, Number]
_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LIKE = "{{formula}} or {{formula : ,.2f}}"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class _Place(NamedTuple):
    """A task and where it stands in its file."""

    question: Question
    part: str | None
    task: Task
    path: Path

    def values(self) -> list[Values]:
        """What is filled in, for each of the seeds."""
        part, task = self.part, self.task
        return [Instance(self.question, part, task, seed, None).values for seed in SEEDS]

    def shown_before(self) -> list[tuple[Path, str]]:
        """Texts a person reads before answering, with their paths."""
        texts: list[tuple[Path, str]] = [((*self.path, "prompt"), self.task.prompt)]
        if self.question.exhibit:
            texts.append((("exhibit",), self.question.exhibit))
        if isinstance(self.question, CaseQuestion):
            texts.append((("prompt",), self.question.prompt))
        return texts


def formulas_compute(bank: Bank) -> Iterator[Problem]:
    """A formula must have a value whatever the seed."""
    for place, task in _numeric(bank):
        formulas: list[tuple[Path, str]] = [((*place.path, "formula"), task.formula)]
        formulas += [
            ((*place.path, "mistakes", number, "formula"), mistake.formula)
            for number, mistake in enumerate(task.mistakes)
        ]
        values = place.values()
        for path, formula in formulas:
            if reason := _failure(formula, values):
                yield _problem(bank, place.question, path, "bad-formula", reason)


def mistakes_differ(bank: Bank) -> Iterator[Problem]:
    """A foreseen mistake that is always right would never be told."""
    for place, task in _numeric(bank):
        values = place.values()
        for number, mistake in enumerate(task.mistakes):
            if _always(task.tolerance.accepts, mistake.formula, task.formula, values):
                path = (*place.path, "mistakes", number, "formula")
                message = "this mistake gives the right value within the tolerance; change it"
                yield _problem(bank, place.question, path, "mistake-is-right", message)


def parameters_are_used(bank: Bank) -> Iterator[Problem]:
    """A parameter that nothing mentions is forgotten or misspelt."""
    for question in bank.questions.values():
        used: set[str] = set()
        for place in _places(question):
            texts = [text for _, text in place.shown_before()] + [place.task.model_answer or ""]
            formulas = [inner for text in texts for inner in _BRACES.findall(text)]
            if isinstance(place.task, NumericTask):
                formulas += [place.task.formula, *(m.formula for m in place.task.mistakes)]
            used.update(name for formula in formulas for name in _NAME.findall(formula))
        for place in _places(question):
            if isinstance(place.task, NumericTask):
                for name in place.task.parameters:
                    if name not in used:
                        path = (*place.path, "parameters", name)
                        message = f"nothing uses the parameter {name}; use it or delete it"
                        yield _problem(bank, question, path, "unused-parameter", message)


def placeholders_compute(bank: Bank) -> Iterator[Problem]:
    """A placeholder must have a value, and stand where one is filled in."""
    for question in bank.questions.values():
        for path, text in _never_filled(question):
            if _BRACES.search(text):
                message = "nothing is filled in here; write the number, or leave the braces out"
                yield _problem(bank, question, path, "bad-placeholder", message)
        for place in _places(question):
            values = place.values()
            for path, text in place.shown_before():
                if reason := _placeholder_fault(text, values):
                    yield _problem(bank, question, path, "bad-placeholder", reason)
            solved = _solved(place.task, values)
            if reason := _placeholder_fault(place.task.model_answer or "", solved):
                path = (*place.path, "model_answer")
                yield _problem(bank, question, path, "bad-placeholder", reason)


def prompts_hide_the_value(bank: Bank) -> Iterator[Problem]:
    """A placeholder before the answer must not compute the answer."""
    for place, task in _numeric(bank):
        values = place.values()
        for path, text in place.shown_before():
            for inner in _BRACES.findall(text):
                shown = inner.partition(":")[0].strip()
                if _always(math.isclose, shown, task.formula, values):
                    message = f"{{{{{inner}}}}} is always the right answer; take it out"
                    yield _problem(bank, place.question, path, "answer-in-prompt", message)


def _places(question: Question) -> Iterator[_Place]:
    case = isinstance(question, CaseQuestion)
    for number, (part, task) in enumerate(tasks(question)):
        yield _Place(question, part, task, ("parts", number) if case else ())


def _numeric(bank: Bank) -> Iterator[tuple[_Place, NumericTask]]:
    for question in bank.questions.values():
        for place in _places(question):
            if isinstance(place.task, NumericTask):
                yield place, place.task


def _failure(formula: str, values: list[Values]) -> str | None:
    """Why a formula has no value for some seed, if it has none."""
    try:
        for drawn in values:
            evaluate(formula, drawn)
    except FormulaError as error:
        return str(error)
    return None


def _always(
    same: Callable[[float, float], bool], formula: str, right: str, values: list[Values]
) -> bool:
    """Whether two formulas agree for every seed; one without a value agrees with nothing."""
    try:
        return all(same(evaluate(formula, drawn), evaluate(right, drawn)) for drawn in values)
    except FormulaError:
        return False


def _solved(task: Task, values: list[Values]) -> list[Values]:
    """What is filled into a model answer; nothing if the right value cannot be computed."""
    if not isinstance(task, NumericTask):
        return values
    try:
        return [{**drawn, "answer": right_value(task, drawn)} for drawn in values]
    except FormulaError:
        return []  # reported as `bad-formula`


def _placeholder_fault(text: str, values: list[Values]) -> str | None:
    """Why a text's placeholders cannot be filled in, if they cannot."""
    found = _BRACES.findall(text)
    if not found or not values:
        return None
    if not values[0]:
        return "there are no parameters to fill in; placeholders belong in numeric tasks"
    if "answer" not in values[0] and any("answer" in _NAME.findall(inner) for inner in found):
        return "`answer` gives the answer away here; it belongs in the model answer only"
    for drawn in values:
        try:
            filled = fill(text, drawn)
        except FormulaError as error:
            return str(error)
        if left := _BRACES.search(filled):
            return f"{left.group()} is no placeholder; write it as {_LIKE}"
    return None


def _never_filled(question: Question) -> Iterator[tuple[Path, str]]:
    """Texts that are shown as they are written."""
    yield ("title",), question.title
    yield from ((("follow_ups",), text) for text in question.follow_ups)
    if isinstance(question, CaseQuestion) and question.model_answer:
        yield ("model_answer",), question.model_answer
    for place in _places(question):
        if isinstance(place.task, ChoiceTask):
            for number, option in enumerate(place.task.options):
                yield (*place.path, "options", number, "text"), option.text
                yield (*place.path, "options", number, "why"), option.why
        elif isinstance(place.task, NumericTask):
            for number, mistake in enumerate(place.task.mistakes):
                yield (*place.path, "mistakes", number, "feedback"), mistake.feedback


def _problem(bank: Bank, question: Question, path: Path, code: str, message: str) -> Problem:
    origin, file = bank.question_files[question.id]
    return Problem(origin.shown, file.document.line(path), code, " ".join(message.split()))

"""Content rules beyond reading: one small function each, from a bank to its problems.

A new rule is one function and one entry in `RULES`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from grader.rubric import Point
from questionbank.bank import Bank
from questionbank.blueprint_checks import blueprints_can_be_drawn, competencies_are_asked
from questionbank.errors import Problem
from questionbank.formula_checks import (
    formulas_compute,
    mistakes_differ,
    parameters_are_used,
    placeholders_compute,
    prompts_hide_the_value,
)
from questionbank.origin import Origin
from questionbank.question import (
    CaseQuestion,
    ChoiceTask,
    OpenTask,
    Question,
    Status,
    Task,
    rubric_ids,
    tasks,
)
from questionbank.standing import released_problems
from questionbank.wording import wording_leaves_nobody_out
from questionbank.yaml_reader import Path, YamlDocument

MIN_EXEMPLARS = 10
MIN_COUNTEREXAMPLES = 8

Rule = Callable[[Bank], Iterable[Problem]]


class _Written(NamedTuple):
    """A point where its author wrote it: in a rubric, or in a file of its own."""

    point: Point
    origin: Origin
    document: YamlDocument
    path: Path

    def problem(self, path: Path, code: str, message: str) -> Problem:
        line = self.document.line((*self.path, *path))
        return Problem(self.origin.shown, line, code, f"point {self.point.id}: {message}")


def rubrics_are_used(bank: Bank) -> Iterator[Problem]:
    """A rubric that no question names is forgotten or misspelt."""
    read = {name for name, (_, file) in bank.question_files.items() if file.document.data}
    if bank.unsound - read:
        return  # who knows what is named there
    used = _used_rubrics(bank)
    for name, (origin, file) in bank.rubric_files.items():
        if name not in used:
            line = file.document.line(("id",))
            message = f"no question is graded with {name}; name it in one, or delete the file"
            yield Problem(origin.shown, line, "unused-rubric", message)


def points_are_used(bank: Bank) -> Iterator[Problem]:
    """A shared point that no rubric pins is forgotten or misspelt."""
    read = {name for name, (_, file) in bank.rubric_files.items() if file.document.data}
    if bank.unsound_rubrics - read:
        return  # who knows what is pinned there
    pinned = _pinned_points(bank)
    for name, (origin, file) in bank.point_files.items():
        if name not in pinned:
            line = file.document.line(("id",))
            message = f"no rubric pins {name}; pin it as `use: id@version`, or delete the file"
            yield Problem(origin.shown, line, "unused-point", message)


def points_have_enough_wordings(bank: Bank) -> Iterator[Problem]:
    """Similarity needs many wordings to compare with."""
    for written in _points(bank):
        point = written.point
        for key, there, least in (
            ("exemplars", point.exemplars, MIN_EXEMPLARS),
            ("counterexamples", point.counterexamples, MIN_COUNTEREXAMPLES),
        ):
            if len(there) < least:
                message = f"{len(there)} {key}; {least} or more in different registers grade better"
                yield written.problem((key,), "few-exemplars", message)


def rubrics_have_examples(bank: Bank) -> Iterator[Problem]:
    """Graded examples are a rubric's tests."""
    for name in sorted(_used_rubrics(bank) & set(bank.rubrics)):
        if not bank.rubrics[name].examples:
            origin, file = bank.rubric_files[name]
            line = file.document.line(("examples",))
            message = "no graded examples test this rubric; add whole answers under `examples:`"
            yield Problem(origin.shown, line, "no-examples", message)


def wordings_differ(bank: Bank) -> Iterator[Problem]:
    """Two wordings that differ in case and punctuation only are one."""
    for written in _points(bank):
        for key in ("exemplars", "counterexamples"):
            first: dict[str, int] = {}
            for number, text in enumerate(getattr(written.point, key)):
                before = first.setdefault(plain(text), number)
                if before != number:
                    line = written.document.line((*written.path, key, before))
                    message = f"this stands in line {line} already; say it in another way"
                    yield written.problem((key, number), "duplicate-exemplar", message)


def wordings_do_not_contradict(bank: Bank) -> Iterator[Problem]:
    """A sentence cannot both meet and miss a point."""
    for written in _points(bank):
        good = {plain(text) for text in written.point.exemplars}
        for number, text in enumerate(written.point.counterexamples):
            if plain(text) in good:
                message = "this counterexample is an exemplar, too; keep one of them"
                yield written.problem(("counterexamples", number), "exemplar-conflict", message)


def exemplars_do_not_echo(bank: Bank) -> Iterator[Problem]:
    """An exemplar in the prompt's own words would credit whoever repeats the question."""
    prompts: dict[str, list[str]] = {}
    for question in bank.questions.values():
        for _, task in tasks(question):
            if isinstance(task, OpenTask):
                prompts.setdefault(task.rubric, []).append(task.prompt)
    pinned_by = {
        pin.partition("@")[0]: name
        for name, (_, file) in bank.rubric_files.items()
        for _, pin in file.pins
    }
    for written in _points(bank):
        rubric = written.document.data["id"] if written.path else pinned_by[written.point.id]
        for number, text in enumerate(written.point.exemplars):
            if any(_echoes(text, prompt) for prompt in prompts.get(rubric, ())):
                message = "this exemplar repeats the prompt; say what a good answer adds"
                yield written.problem(("exemplars", number), "exemplar-repeats-prompt", message)


def options_differ(bank: Bank) -> Iterator[Problem]:
    """Two options with one text cannot be told apart."""
    for question, path, task in _tasks(bank):
        if not isinstance(task, ChoiceTask):
            continue
        first: dict[str, str] = {}
        for number, option in enumerate(task.options):
            before = first.setdefault(plain(option.text), option.id)
            if before != option.id:
                message = f"options {before} and {option.id} say the same; change one"
                where = (*path, "options", number, "text")
                yield _problem(bank, question, where, "duplicate-option", message)


def active_questions_are_complete(bank: Bank) -> Iterator[Problem]:
    """A learner wants to see how it is done, and where it comes from."""
    for question in bank.questions.values():
        if question.status is not Status.ACTIVE:
            continue
        missing = [part or "" for part, task in tasks(question) if not task.model_answer]
        if missing and not (isinstance(question, CaseQuestion) and question.model_answer):
            of_parts = f" for {', '.join(missing)}" if missing != [""] else ""
            message = f"no model answer{of_parts}; add `## Model answer`"
            yield _problem(bank, question, ("id",), "no-model-answer", message)
        if not question.sources:
            message = "no sources; add `## Sources`"
            yield _problem(bank, question, ("id",), "no-sources", message)


def prompts_hide_the_answer(bank: Bank) -> Iterator[Problem]:
    """What is shown before the answer must not hold it."""
    for question, path, task in _tasks(bank):
        answer = plain(task.model_answer or "")
        if len(answer.split()) < 3:
            continue
        shown = [((*path, "prompt"), task.prompt), (("exhibit",), question.exhibit or "")]
        if isinstance(question, CaseQuestion):
            shown.append((("prompt",), question.prompt))
        for where, text in shown:
            if f" {answer} " in f" {plain(text)} ":
                message = f"the model answer stands in the {where[-1]}; take it out there"
                yield _problem(bank, question, where, "answer-in-prompt", message)


CONTENT_RULES: tuple[Rule, ...] = (
    formulas_compute,
    placeholders_compute,
    parameters_are_used,
    mistakes_differ,
    prompts_hide_the_value,
    rubrics_are_used,
    points_are_used,
    points_have_enough_wordings,
    rubrics_have_examples,
    wordings_differ,
    wordings_do_not_contradict,
    exemplars_do_not_echo,
    options_differ,
    active_questions_are_complete,
    prompts_hide_the_answer,
    blueprints_can_be_drawn,
    competencies_are_asked,
    wording_leaves_nobody_out,
)
"""The rules on what the files say, in no order that matters."""

RULES: tuple[Rule, ...] = (*CONTENT_RULES, released_problems)
"""Every rule."""

MISSED = "example-verdict"
"""One point of one graded example came out otherwise: a warning, too, shown to be mended."""
WARNINGS: frozenset[str] = frozenset(
    {
        "example-verdict",
        "exemplars-not-credited",
        "few-exemplars",
        "hard-to-read",
        "no-examples",
        "no-model-answer",
        "no-sources",
        "similar-point",
        "similar-question",
        "unused-parameter",
        "unused-point",
        "unused-rubric",
        "wording",
    }
)
"""Codes that do not fail a check unless it is strict."""


def is_warning(problem: Problem) -> bool:
    """Whether a problem is only advice."""
    return problem.code == MISSED or problem.code in WARNINGS


def run_checks(bank: Bank) -> list[Problem]:
    """Everything that is wrong with a bank.

    Args:
        bank: what was read.

    Returns:
        The problems of reading and those of every rule, warnings included; sorted, each once.
    """
    found = {problem for rule in RULES for problem in rule(bank)}
    return sorted(found | set(bank.problems))


def release_blockers(bank: Bank) -> list[Problem]:
    """What must be mended before a release.

    Args:
        bank: what was read.

    Returns:
        The problems of reading and of content, sorted, each once; less the warnings, and less
        the stale pins, which a release moves on.
    """
    found = {problem for rule in CONTENT_RULES for problem in rule(bank)} | set(bank.problems)
    return sorted(p for p in found if not is_warning(p) and p.code != "stale-pin")


def plain(text: str) -> str:
    """Words in lower case, one space apart, without punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _echoes(text: str, prompt: str) -> bool:
    """Whether nearly all words of a sentence stand in the prompt."""
    words = plain(text).split()
    known = set(plain(prompt).split())
    if len(words) < 4:
        return False
    return sum(word in known for word in words) >= 0.9 * len(words)


def _tasks(bank: Bank) -> Iterator[tuple[Question, Path, Task]]:
    """Every task with its path in the file."""
    for question in bank.questions.values():
        case = isinstance(question, CaseQuestion)
        for number, (_, task) in enumerate(tasks(question)):
            yield question, ("parts", number) if case else (), task


def _problem(bank: Bank, question: Question, path: Path, code: str, message: str) -> Problem:
    origin, file = bank.question_files[question.id]
    return Problem(origin.shown, file.document.line(path), code, message)


def _points(bank: Bank) -> Iterator[_Written]:
    """Every point of the rubrics in use, each once, where it was written."""
    used = _used_rubrics(bank)
    for name, rubric in bank.rubrics.items():
        if name in used:
            origin, file = bank.rubric_files[name]
            for number, point in enumerate(rubric.points):
                if point.pin is None:
                    yield _Written(point, origin, file.document, ("points", number))
    pinned = _pinned_points(bank)
    for name, shared in bank.points.items():
        if name in pinned:
            origin, point_file = bank.point_files[name]
            yield _Written(shared, origin, point_file.document, ())


def _used_rubrics(bank: Bank) -> set[str]:
    """Rubrics that questions name, those of questions with problems included."""
    used = {name for question in bank.questions.values() for name in rubric_ids(question)}
    for _, file in bank.question_files.values():
        data = file.document.data if isinstance(file.document.data, dict) else {}
        parts = data.get("parts")
        for holder in (data, *(parts if isinstance(parts, list) else ())):
            if isinstance(holder, dict) and isinstance(holder.get("rubric"), str):
                used.add(holder["rubric"])
    return used


def _pinned_points(bank: Bank) -> set[str]:
    pins: Sequence[str] = [pin for _, f in bank.rubric_files.values() for _, pin in f.pins]
    return {pin.partition("@")[0] for pin in pins}

"""A bank: the questions and rubrics of one folder, or of several laid over each other."""

import difflib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from grader.rubric import Rubric
from questionbank.blueprint import Blueprint
from questionbank.blueprint_source import BlueprintFile, read_blueprint
from questionbank.errors import NotFoundError, Problem, UsageError
from questionbank.filter import Filter
from questionbank.origin import (
    BLUEPRINT_FILES,
    POINT_FILES,
    QUESTION_FILES,
    RUBRIC_FILES,
    RUBRICS,
    Origin,
    files,
    require_bank,
)
from questionbank.question import OpenTask, Question, Status, rubric_ids, tasks
from questionbank.rubric_source import PointFile, RubricFile, SharedPoint, read_point, read_rubric
from questionbank.source import QuestionFile, read_question
from questionbank.text_file import read_text
from questionbank.yaml_reader import YamlDocument

T = TypeVar("T")


@dataclass
class Bank:
    """Everything that could be read, and everything that was wrong."""

    roots: tuple[Path, ...]
    """The folders, the lowest first."""
    questions: dict[str, Question] = field(default_factory=dict)
    rubrics: dict[str, Rubric] = field(default_factory=dict)
    points: dict[str, SharedPoint] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    question_files: dict[str, tuple[Origin, QuestionFile]] = field(default_factory=dict)
    rubric_files: dict[str, tuple[Origin, RubricFile]] = field(default_factory=dict)
    point_files: dict[str, tuple[Origin, PointFile]] = field(default_factory=dict)
    blueprints: dict[str, Blueprint] = field(default_factory=dict)
    blueprint_files: dict[str, tuple[Origin, BlueprintFile]] = field(default_factory=dict)
    unsound: set[str] = field(default_factory=set)
    """Ids of questions whose files have problems, so that nobody is told they are not there."""
    unsound_rubrics: set[str] = field(default_factory=set)
    """The same for rubrics."""

    def question(self, question_id: str) -> Question:
        """Find a question.

        Raises:
            NotFoundError: there is none of that id; near ones are named.
            UsageError: its file has problems.
        """
        if question_id in self.questions:
            return self.questions[question_id]
        if question_id in self.unsound:
            raise UsageError(
                f"question {question_id} has problems; `questionbank check` lists them"
            )
        near = difflib.get_close_matches(question_id, self.questions, n=3, cutoff=0.5)
        slugs = [name for name in self.questions if name.split("/")[-1] == question_id]
        raise NotFoundError("question", question_id, tuple(dict.fromkeys([*slugs, *near])))

    def rubric(self, rubric_id: str) -> Rubric:
        """Find a rubric.

        Raises:
            NotFoundError: there is none of that id.
            UsageError: its file has problems.
        """
        if rubric_id in self.rubrics:
            return self.rubrics[rubric_id]
        if rubric_id in self.unsound_rubrics:
            raise UsageError(f"rubric {rubric_id} has problems; `questionbank check` lists them")
        near = difflib.get_close_matches(rubric_id, self.rubrics, n=3, cutoff=0.5)
        raise NotFoundError("rubric", rubric_id, tuple(near))

    def blueprint(self, blueprint_id: str) -> Blueprint:
        """Find a blueprint.

        Raises:
            NotFoundError: there is none of that id; near ones are named.
            UsageError: its file has problems.
        """
        if blueprint_id in self.blueprints:
            return self.blueprints[blueprint_id]
        if blueprint_id in self.blueprint_files:
            raise UsageError(
                f"blueprint {blueprint_id} has problems; `questionbank check` lists them"
            )
        near = difflib.get_close_matches(blueprint_id, self.blueprints, n=3, cutoff=0.5)
        raise NotFoundError("blueprint", blueprint_id, tuple(near))

    def gradable(self, question: Question) -> bool:
        """Whether every rubric a question needs is here."""
        return all(name in self.rubrics for name in rubric_ids(question))


def load_bank(roots: Sequence[Path], near: Path | None = None) -> Bank:
    """Read one or several folders; a later one lies over an earlier one.

    Args:
        roots: folders that hold `questions/` and `rubrics/`.
        near: problems name files relative to this folder where they can.

    Returns:
        The bank with its problems; what has a problem is left out of it.

    Raises:
        UsageError: a folder is not there or holds no bank.
    """
    bank = Bank(tuple(roots))
    for root in roots:
        require_bank(root)
        unsound_points = _load_points(bank, root, near)
        _load_rubrics(bank, root, near, unsound_points)
        _load_questions(bank, root, near)
        _load_blueprints(bank, root, near)
    bank.problems += _missing_references(bank)
    bank.problems.sort()
    return bank


def _parsed(bank: Bank, origin: Origin, read: Callable[[str, str], T]) -> T | None:
    """Read one file; None, and a problem in the bank, if it is no text."""
    text, problems = read_text(origin.path, origin.root, origin.shown)
    bank.problems += problems
    return None if problems else read(text, origin.shown)


def _load_points(bank: Bank, root: Path, near: Path | None) -> set[str]:
    """Read the shared points; returns the ids of those whose files have problems."""
    seen: dict[str, str] = {}
    unsound: set[str] = set()
    folder = root / POINT_FILES.folder
    for origin in files(root, POINT_FILES, near):
        file = _parsed(bank, origin, read_point)
        bank.problems += file.problems if file else ()
        name = _name_of(file.document if file else None, origin.path.relative_to(folder))
        if file and not _is_new(name, seen, origin, file.document, bank):
            continue
        if file and file.point:
            bank.points[name] = file.point
            bank.point_files[name] = (origin, file)
        else:
            bank.points.pop(name, None)
            unsound.add(name)
    return unsound


def _load_rubrics(bank: Bank, root: Path, near: Path | None, no_points: set[str]) -> None:
    seen: dict[str, str] = {}
    folder = root / RUBRIC_FILES.folder
    for origin in files(root, RUBRIC_FILES, near):
        if origin.path.is_relative_to(root / POINT_FILES.folder):
            continue
        file = _parsed(bank, origin, partial(read_rubric, shared=bank.points))
        bank.problems += _without_echo(file, no_points) if file else ()
        name = _name_of(file.document if file else None, origin.path.relative_to(folder))
        if file and not _is_new(name, seen, origin, file.document, bank):
            continue
        if file:
            bank.rubric_files[name] = (origin, file)
        if file and file.rubric:
            bank.rubrics[name] = file.rubric
            bank.unsound_rubrics.discard(name)
        else:
            bank.rubrics.pop(name, None)
            bank.unsound_rubrics.add(name)


def _load_questions(bank: Bank, root: Path, near: Path | None) -> None:
    seen: dict[str, str] = {}
    folder = root / QUESTION_FILES.folder
    for origin in files(root, QUESTION_FILES, near):
        file = _parsed(bank, origin, read_question)
        bank.problems += file.problems if file else ()
        name = _name_of(file.document if file else None, origin.path.relative_to(folder))
        if file and not _is_new(name, seen, origin, file.document, bank):
            continue
        if file:
            bank.question_files[name] = (origin, file)
        if file and file.question:
            bank.questions[name] = file.question
            bank.unsound.discard(name)
        else:
            bank.questions.pop(name, None)
            bank.unsound.add(name)


def _load_blueprints(bank: Bank, root: Path, near: Path | None) -> None:
    seen: dict[str, str] = {}
    folder = root / BLUEPRINT_FILES.folder
    for origin in files(root, BLUEPRINT_FILES, near):
        text, problems = read_text(origin.path, root, origin.shown)
        bank.problems += problems
        if problems:
            continue
        file = read_blueprint(text, origin.shown)
        bank.problems += file.problems
        name = _name_of(file.document, origin.path.relative_to(folder))
        if not _is_new(name, seen, origin, file.document, bank):
            continue
        bank.blueprint_files[name] = (origin, file)
        if file.blueprint:
            bank.blueprints[name] = file.blueprint
        else:
            bank.blueprints.pop(name, None)


def _name_of(document: YamlDocument | None, path: Path) -> str:
    """The id a file gives itself; if it does not get so far, the one its place suggests."""
    begun = document.begun if document else None
    written = begun.get("id") if isinstance(begun, dict) else None
    return written if isinstance(written, str) and written else path.with_suffix("").as_posix()


def _without_echo(file: RubricFile, no_points: set[str]) -> list[Problem]:
    """Leave out that a pinned point is missing where its own file has problems already."""
    lines = {line for line, pin in file.pins if pin.partition("@")[0] in no_points}
    return [p for p in file.problems if p.code != "missing-point" or p.line not in lines]


def _is_new(
    name: str, seen: dict[str, str], origin: Origin, document: YamlDocument, bank: Bank
) -> bool:
    """Whether an id is met for the first time in this folder."""
    if name in seen:
        line = document.line(("id",))
        message = f"{name!r} is also the id of {seen[name]}; give one of them another id"
        bank.problems.append(Problem(origin.shown, line, "duplicate-id", message))
        return False
    seen[name] = origin.shown
    return True


def _missing_references(bank: Bank) -> list[Problem]:
    """Rubrics and prerequisites that are not there, and prerequisites that go in a circle."""
    problems = []
    for name, question in bank.questions.items():
        origin, file = bank.question_files[name]
        for path, rubric_id in _rubric_paths(question):
            if rubric_id not in bank.rubrics and rubric_id not in bank.unsound_rubrics:
                line = file.document.line(path)
                message = f"there is no rubric {rubric_id!r} in {RUBRICS}/"
                problems.append(Problem(origin.shown, line, "missing-rubric", message))
        for number, other in enumerate(question.prerequisites):
            line = file.document.line(("prerequisites", number))
            if other not in bank.questions and other not in bank.unsound:
                message = f"there is no question {other!r}"
                problems.append(Problem(origin.shown, line, "missing-question", message))
            elif name in _leads_to(bank, other):
                message = f"{other!r} in turn needs {name!r}; break the circle"
                problems.append(Problem(origin.shown, line, "circle", message))
    return problems


def _rubric_paths(question: Question) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Where a question names its rubrics, and which."""
    for number, (part, task) in enumerate(tasks(question)):
        if isinstance(task, OpenTask):
            yield (("rubric",) if part is None else ("parts", number, "rubric")), task.rubric


def _leads_to(bank: Bank, start: str) -> set[str]:
    """All questions that a question needs, directly or through others, and itself."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if name in bank.questions:
                waiting.extend(bank.questions[name].prerequisites)
    return found


def choose(
    bank: Bank, wanted: Filter, count: int | None, minutes: int | None, seed: int
) -> tuple[Question, ...]:
    """Draw questions for one run.

    Args:
        bank: where from; only active questions whose rubrics are here are drawn, unless an id
            names a draft.
        wanted: which ones may be drawn.
        count: how many at most; None for no bound.
        minutes: time they may take together; None for no bound.
        seed: decides the draw.

    Returns:
        Questions named by id in the order named; others in an order drawn by the seed, except
        that prerequisites come first.

    Raises:
        UsageError: nothing matches.
        NotFoundError: an id names nothing.
    """
    for name in wanted.ids:
        question = bank.question(name)
        if question.status is Status.RETIRED:
            raise UsageError(f"question {name} is retired; it is kept for old grades only")
        if not bank.gradable(question):
            raise UsageError(f"the rubric of {name} is missing or has problems; run `check`")
    statuses = {Status.ACTIVE, Status.DRAFT} if wanted.ids else {Status.ACTIVE}
    pool = [
        question
        for _, question in sorted(bank.questions.items())
        if question.status in statuses and wanted.matches(question) and bank.gradable(question)
    ]
    if wanted.ids:
        pool.sort(key=lambda question: wanted.ids.index(question.id))
    else:
        shares = {q.id: random.Random(f"{seed}/{q.id}").random() for q in pool}  # noqa: S311 - no secret
        pool.sort(key=lambda question: shares[question.id])
    drawn: list[Question] = []
    spent = 0
    for question in pool:
        fits = minutes is None or spent + question.minutes <= minutes
        if fits and (count is None or len(drawn) < count):
            drawn.append(question)
            spent += question.minutes
    if not pool:
        raise UsageError("no question matches; `questionbank list` shows what there is")
    if not drawn and count is not None and count < 1:
        raise UsageError(f"a count of {count} leaves nothing to ask")
    if not drawn:
        raise UsageError(f"no matching question fits into {minutes} minutes")
    return tuple(drawn if wanted.ids else prerequisites_first(drawn))


def prerequisites_first(drawn: list[Question]) -> list[Question]:
    """Keep the order, but never ask a question before one it builds on.

    Args:
        drawn: questions without a circle among their prerequisites, which need not all be there.
    """
    by_id = {question.id: question for question in drawn}
    ordered: dict[str, Question] = {}

    for question in drawn:
        waiting, path = [question], {question.id}
        while waiting:  # no recursion: a chain may be as long as the bank
            top = waiting[-1]
            needed = (n for n in top.prerequisites if n in by_id and n not in ordered)
            name = next((name for name in needed if name not in path), None)
            if name is None:
                ordered.setdefault(top.id, waiting.pop())
            else:
                path.add(name)
                waiting.append(by_id[name])
    return list(ordered.values())

"""Writes imported questions into a bank: new files only, all of them or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.rubric import Rubric
from questionbank.bank import Bank, load_bank
from questionbank.errors import Problem, UsageError
from questionbank.imports.completing import Completed
from questionbank.origin import POINTS, QUESTIONS, RUBRICS
from questionbank.rubric_source import SharedPoint, read_rubric, write_rubric
from questionbank.source import write_question
from questionbank.text_file import write_new
from questionbank.yaml_writer import dump_yaml


@dataclass(frozen=True)
class Plan:
    """What is to be written."""

    files: dict[Path, str]
    """Texts by path, none of which is there."""
    questions: tuple[Completed, ...]
    """Those whose files are among them."""
    unchanged: tuple[str, ...]
    """Ids of questions that are there already and say the same."""
    problems: tuple[Problem, ...]


def plan(
    completed: Sequence[Completed], shared: Iterable[SharedPoint], root: Path, shown: str
) -> Plan:
    """Work out the files.

    Args:
        completed: sound questions with different ids.
        shared: points that their rubrics may pin.
        root: the bank to write into; it need not be there.
        shown: how problems name the imported file.

    Returns:
        The files, and which questions are left out because their place is taken.

    Raises:
        UsageError: the folder cannot be read.
    """
    there = (root / QUESTIONS).is_dir() and (root / RUBRICS).is_dir()
    bank = load_bank([root]) if there else Bank((root,))
    known = {one.question.id for one in completed} | set(bank.questions) | bank.unsound
    files: dict[Path, str] = {}
    problems: list[Problem] = []
    written, unchanged = [], []
    points = {point.id: point for point in shared}
    for one in completed:
        name = one.question.id
        if _same(one, bank):
            unchanged.append(name)
            continue
        try:
            texts = _texts(one, points, bank, root, known)
        except ValueError as error:
            problems.append(Problem(shown, one.line, "not-imported", f"{name}: {error}"))
            continue
        if message := _taken(name, texts, files, bank, root):
            problems.append(Problem(shown, one.line, "already-there", message))
            continue
        files |= {path: text for path, text in texts.items() if not path.exists()}
        written.append(one)
        if nowhere := [other for other in one.question.prerequisites if other not in known]:
            message = f"{name}: these prerequisites are nowhere and left out: {', '.join(nowhere)}"
            problems.append(Problem(shown, one.line, "missing-question", message))
    return Plan(files, tuple(written), tuple(unchanged), tuple(problems))


def _same(one: Completed, bank: Bank) -> bool:
    """Whether a question and its rubrics are in the bank and say the same, however written."""
    rubrics = all(bank.rubrics.get(name) == rubric for name, rubric in one.rubrics.items())
    return rubrics and bank.questions.get(one.question.id) == one.question


def _texts(
    one: Completed, points: dict[str, SharedPoint], bank: Bank, root: Path, known: set[str]
) -> dict[Path, str]:
    """The files of one question; prerequisites that are nowhere are left out."""
    question = one.question
    kept = tuple(name for name in question.prerequisites if name in known)
    if kept != question.prerequisites:
        question = question.model_copy(update={"prerequisites": kept})
    texts = {root / QUESTIONS / f"{question.id}.md": write_question(question)}
    for rubric in one.rubrics.values():
        if bank.rubrics.get(rubric.id) == rubric:
            continue
        text, pinned = _rubric_text(rubric, points, bank)
        texts[root / RUBRICS / f"{rubric.id}.yaml"] = text
        for point in pinned:
            texts[root / RUBRICS / POINTS / f"{point.id}.yaml"] = _point_text(point)
    return texts


def _rubric_text(
    rubric: Rubric, shared: dict[str, SharedPoint], bank: Bank
) -> tuple[str, tuple[SharedPoint, ...]]:
    """A rubric's YAML, and the shared points it pins; a pin to another text is written out."""
    pinned: list[SharedPoint] = []
    points: list[dict[str, object]] = []
    for point in rubric.points:
        source = shared.get(point.pin.partition("@")[0]) if point.pin else None
        stands = bank.points.get(source.id) if source else None
        if source and source.as_point(point.weight) == point and stands in (None, source):
            pinned.append(source)
            points.append({"use": point.pin, "weight": point.weight})
        else:
            plain = point.model_copy(update={"pin": None})
            points.append(plain.model_dump(mode="json", exclude_defaults=True, exclude_none=True))
    if not pinned:
        free = tuple(point.model_copy(update={"pin": None}) for point in rubric.points)
        return write_rubric(rubric.model_copy(update={"points": free})), ()
    data = rubric.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    text = dump_yaml({"format": rubric.format, **data, "points": points})
    if read_rubric(text, rubric.id, {point.id: point for point in pinned}).problems:
        raise ValueError(f"rubric {rubric.id} cannot be written as YAML and read back")
    return text, tuple(pinned)


def _point_text(point: SharedPoint) -> str:
    data = point.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    return dump_yaml({"format": point.format, **data})


def _taken(
    name: str, texts: dict[Path, str], files: dict[Path, str], bank: Bank, root: Path
) -> str | None:
    """Why a question's files cannot be written; None if they can."""
    home = root.resolve()
    for path, text in texts.items():
        if not path.resolve().is_relative_to(home):
            return f"{name}: {path} lies outside {root}"
        if files.get(path, text) != text:
            return (
                f"{name}: two questions in the file name {path.relative_to(root)}, and what they "
                "say of it differs; give one of them another id"
            )
        there = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else text
        if there != text or (path.exists() and not path.is_file()):
            return f"{name}: {path} is there already with another text; nothing was changed"
    place = root / QUESTIONS / f"{name}.md"
    if (name in bank.questions or name in bank.unsound) and not place.exists():
        return f"{name} is the id of another file in {root}; nothing was changed"
    return None


def carry_out(made: Plan, root: Path) -> None:
    """Write the files and the folders that make a bank; all or none.

    Raises:
        UsageError: a file came into being meanwhile.
        OSError: one cannot be written.
    """
    written: list[Path] = []
    try:
        for path, text in made.files.items():
            write_new(path, text)
            written.append(path)
        for folder in (QUESTIONS, RUBRICS):
            (root / folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise UsageError(f"{error.filename} is there already; nothing was written") from error
        raise

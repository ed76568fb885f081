"""What travels between the process that reads and writes and those that grade."""

from collections.abc import Callable
from dataclasses import dataclass, field

from grader.engine import Grader
from grader.loading import GraderSettings, load_grader
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.bank import Bank


@dataclass(frozen=True)
class Work:
    """What a worker needs to know before it sees a row."""

    bank: Bank
    """Questions and rubrics; every machine grades with those of the one that reads."""
    settings: GraderSettings
    calibration: bytes | None
    """The content of the file that `settings` names, which other machines may not see."""
    refinement: bytes | None
    """Likewise."""
    package_version: str
    needs_model: bool
    """Whether any row is answered in free text."""
    batch_size: int | None
    """Answers embedded together; None for what suits the worker's device."""
    dump: Callable[[object], str]
    """Writes a JSON value on one line."""
    load: Callable[[GraderSettings], Grader] = load_grader


@dataclass(frozen=True)
class Order:
    """Some rows to grade."""

    first: int
    """Number of the first of them in the file, from 0."""
    skip: int
    """How many at the front are graded already; near-copies are looked for among them, too."""
    rows: tuple[tuple[int, AnswerRow | BadRow], ...]
    """Line number and row."""

    @property
    def end(self) -> int:
        """Number of the row after the last one."""
        return self.first + len(self.rows)


@dataclass(frozen=True)
class Noted:
    """A free-text answer, for finding near-copies."""

    row: int
    """Number in the file, from 0."""
    question: str
    signature: bytes


@dataclass(frozen=True)
class Made:
    """What became of an order."""

    end: int
    """Number of the row after the order's last one."""
    made_with: dict[str, str | None]
    """What decides the lines besides the bank; the same for every worker."""
    calibrated: bool
    """Whether the worker has a calibration for its weights."""
    worker: str
    """Which process it was."""
    lines: list[bytes] = field(default_factory=list)
    """JSON lines without line ends, one for each row that was not skipped."""
    noted: list[Noted] = field(default_factory=list)
    error: str | None = None
    """Why the worker cannot grade, in the words of the local engine."""
    wrong_usage: bool = False
    """Whether that is the user's to change, rather than something that is missing."""


def travelling(bank: Bank) -> Bank:
    """A bank with what grading needs and without its files."""
    return Bank(
        roots=(),
        questions=bank.questions,
        rubrics=bank.rubrics,
        unsound=bank.unsound,
        unsound_rubrics=bank.unsound_rubrics,
    )

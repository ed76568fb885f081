"""What can go wrong, each phrased once, and the problem a file can have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong with one file, printed as `path:line: code: message`."""

    path: str
    line: int
    """From 1; 0 where the whole file is meant."""
    code: str
    """A stable short name, for example `unknown-key`."""
    message: str
    """What is wrong and what to do, one line."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code}: {self.message}"


class QuestionbankError(Exception):
    """The root of everything this package raises on purpose; its text is for the user."""


class UsageError(QuestionbankError):
    """The command cannot be carried out as given."""


class ContentError(QuestionbankError):
    """A file of the bank cannot be used.

    Args:
        problems: what is wrong, at least one.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NotFoundError(UsageError):
    """A name that nothing answers to.

    Args:
        what: the kind of thing, for example `question`.
        name: what was asked for.
        near: names that come close, best first.
    """

    def __init__(self, what: str, name: str, near: tuple[str, ...] = ()) -> None:
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"there is no {what} {name!r}{hint}")


class StoreError(QuestionbankError):
    """The record of attempts cannot be read or written."""


@contextmanager
def telling_what_is_kept(kept: str) -> Iterator[None]:
    """Add to a trouble with the record what is safe in spite of it, and how to go on.

    Args:
        kept: one sentence, or two.

    Raises:
        StoreError: as it came, and the sentence.
    """
    try:
        yield
    except StoreError as error:
        raise StoreError(f"{error}. {kept}") from error


class FormatError(QuestionbankError):
    """A file is not in a format this version reads.

    Args:
        path: the file.
        reason: what is wrong and what to do.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")

"""Where the files of a bank are, and where something was read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from questionbank.errors import UsageError
from questionbank.text_file import FORBIDDEN

QUESTIONS = "questions"
RUBRICS = "rubrics"
POINTS = "points"
BLUEPRINTS = "blueprints"


class Section(NamedTuple):
    """Files of one kind."""

    folder: str
    """Within the bank."""
    suffix: str
    """How their names end."""


POINT_FILES = Section(f"{RUBRICS}/{POINTS}", ".yaml")
RUBRIC_FILES = Section(RUBRICS, ".yaml")
"""Those of the points lie among them."""
QUESTION_FILES = Section(QUESTIONS, ".md")
BLUEPRINT_FILES = Section(f"{QUESTIONS}/{BLUEPRINTS}", ".yaml")
SECTIONS = (POINT_FILES, RUBRIC_FILES, QUESTION_FILES, BLUEPRINT_FILES)
"""All that a bank is read from."""


@dataclass(frozen=True)
class Origin:
    """Where something was read."""

    root: Path
    """The bank's folder."""
    path: Path
    shown: str
    """How problems name the file."""


def require_bank(root: Path) -> None:
    """See that a folder holds a bank.

    Raises:
        UsageError: it does not.
    """
    if not (root / QUESTIONS).is_dir() or not (root / RUBRICS).is_dir():
        raise UsageError(f"{root} is no bank: it needs the folders questions/ and rubrics/")


def files(root: Path, section: Section, near: Path | None = None) -> Iterator[Origin]:
    """Find the files of one kind.

    Args:
        root: the bank's folder.
        section: which.
        near: they are shown relative to this folder where they can.

    Yields:
        In a fixed order; a linked folder counts as one file.
    """
    for path in sorted((root / section.folder).rglob("*")):
        if path.suffix == section.suffix or (path.is_symlink() and path.is_dir()):
            shown = path.relative_to(near) if near and path.is_relative_to(near) else path
            yield Origin(root, path, _printable(str(shown)))


def _printable(name: str) -> str:
    """A file's name as a message can show it: names may hold terminal escapes, too."""
    if FORBIDDEN.search(name) or "\n" in name or "\t" in name:
        return ascii(name)
    return name.encode("utf-8", "backslashreplace").decode()

"""What a command finds around it: the screen, the folders, the banks that are meant.

Loads nothing heavy, so that a command that needs no more starts at once.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from questionbank.cli.render import Screen
from questionbank.errors import UsageError
from questionbank.folders import cache_folder
from questionbank.origin import QUESTIONS, RUBRICS

SHIPPED = "shipped"
"""The name of the bank that comes with the package, where a folder is asked for."""


@dataclass
class Surroundings:
    """What a command may look at."""

    plain: bool = False
    bank_folders: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def screen(self) -> Screen:
        """Standard output and error."""
        plain = self.plain or self.environ.get("TERM") == "dumb"
        return Screen(sys.stdout, sys.stderr, plain=plain)

    @property
    def here(self) -> Path:
        """The folder the user stands in."""
        return Path.cwd()

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders of the banks that are meant, the lowest first."""
        return bank_roots(self.bank_folders, self.here)

    @property
    def cache(self) -> Path:
        """The folder of what can be computed again."""
        return cache_folder(self.environ)


def bank_roots(folders: Sequence[str], here: Path) -> tuple[Path, ...]:
    """Decide which banks are meant.

    Args:
        folders: as given with `--bank`, the lowest first; `shipped` names the package's own.
        here: the folder the user stands in.

    Returns:
        The folders given; else `here` if it holds a bank; else the shipped one.

    Raises:
        UsageError: a folder is not there.
    """
    if folders:
        return tuple(shipped_bank() if name == SHIPPED else _folder(name) for name in folders)
    if (here / QUESTIONS).is_dir() and (here / RUBRICS).is_dir():
        return (here,)
    return (shipped_bank(),)


def refuse_shipped(root: Path) -> None:
    """Keep an author from writing into the installed package.

    Raises:
        UsageError: the folder is part of the package.
    """
    if root.resolve() == _PACKAGE / SHIPPED:
        raise UsageError("the shipped bank is not yours to change; name a folder with --bank")


_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_bank() -> Path:
    """The bank that comes with the package: inside it when installed, beside it in a checkout."""
    inside = _PACKAGE / SHIPPED
    return inside if inside.is_dir() else _PACKAGE.parent


def _folder(name: str) -> Path:
    path = Path(name)
    if not path.is_dir():
        raise UsageError(f"{name}: there is no such folder")
    return path.resolve()

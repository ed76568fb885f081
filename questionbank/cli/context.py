"""Makes what commands work with: the screen, the bank, the store, the grader, the clock."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from grader.loading import GraderSettings, load_grader
from grader.refinement import load_refinement
from questionbank.bank import QUESTIONS, RUBRICS, Bank, load_bank
from questionbank.cli.render import Screen
from questionbank.errors import UsageError
from questionbank.folders import answers_mb, cache_folder, data_folder, database_url

if TYPE_CHECKING:
    from grader.crew import Crew
    from grader.engine import Grader
    from grader.worker_client import BackgroundGrader
    from questionbank.store import Store

SHIPPED = "shipped"
"""The name of the bank that comes with the package, where a folder is asked for."""


@dataclass
class Context:
    """What a command may reach for."""

    plain: bool = False
    bank_folders: Sequence[str] = ()
    db: str | None = None
    grading: GraderSettings = field(default_factory=GraderSettings)
    """What the user asked to grade with, as `options.model` gathers it."""
    remember: bool = False
    """Whether vectors and grades of what is graded are kept in the cache folder between runs."""
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

    @cached_property
    def bank(self) -> Bank:
        """The bank, read once."""
        return load_bank(bank_roots(self.bank_folders, self.here), near=self.here)

    @property
    def package_version(self) -> str:
        """Of this package, for provenance."""
        return metadata.version("questionbank")

    @property
    def data(self) -> Path:
        """The folder of the record and the drafts."""
        return data_folder(self.environ)

    @property
    def cache(self) -> Path:
        """The folder of what can be computed again."""
        return cache_folder(self.environ)

    @property
    def database(self) -> str:
        """Where the record is, as an SQLAlchemy URL or a path."""
        return self.db or database_url(self.data)

    def now(self) -> datetime:
        """The time, UTC."""
        return datetime.now(UTC)

    def store(self) -> "Store":
        """Open the record."""
        from questionbank.store import Store

        return Store.open(self.database, clock=self.now)

    @property
    def settings(self) -> GraderSettings:
        """What to grade with.

        Raises:
            UsageError: the environment names no room for what is to be remembered.
        """
        return self.grading.model_copy(
            update={
                "cache_folder": self.cache,
                "answers_mb": answers_mb(self.environ) if self.remember else 0,
            }
        )

    def grader(self) -> "Grader":
        """Load the model in this process; takes seconds.

        Raises:
            GraderError: the model or its calibration cannot be used.
            UsageError: the device cannot be used.
        """
        with self.screen.busy("Loading the model"):
            try:
                grader = load_grader(self.settings)
            except ValueError as error:
                raise UsageError(str(error)) from error
        self.check_settings(calibrated=grader.calibration is not None)
        return grader

    @contextmanager
    def crew(self, devices: str) -> Iterator["Crew"]:
        """Load the model on several devices, in a process each.

        Args:
            devices: their names with commas between them; `all` for every CUDA card.

        Raises:
            GraderError: the model or its calibration cannot be used.
            UsageError: a device cannot be used.
        """
        from grader.crew import Crew

        with ExitStack() as stack:
            try:
                named = devices_named(devices)
                with self.screen.busy(f"Loading the model on {', '.join(named)}"):
                    crew = stack.enter_context(Crew(self.settings, named))
            except ValueError as error:
                raise UsageError(str(error)) from error
            self.check_settings(calibrated=crew.described["calibration"] is not None)
            yield crew

    def check_settings(self, *, calibrated: bool) -> None:
        """Say which options change nothing, and refuse a refinement that does not fit the bank.

        Args:
            calibrated: whether there is a calibration for the weights that are used.

        Raises:
            CalibrationError: a rubric has changed since the refinement was made.
        """
        if without_effect := self._without_effect(calibrated=calibrated):
            self.screen.note(without_effect)
        self._check_rubrics()

    def _check_rubrics(self) -> None:
        """See, before anything is graded, that the bank's rubrics are those it was refined for."""
        if self.grading.refinement is None:
            return
        refinement = load_refinement(self.grading.refinement)
        for rubric in self.bank.rubrics.values():
            refinement.of(rubric)

    def _without_effect(self, *, calibrated: bool) -> str | None:
        """What to say of options that the weights leave nothing to do."""
        asked = self.grading
        if asked.uncalibrated and calibrated:
            return "these weights have a calibration, so --uncalibrated changes nothing"
        if not calibrated and (asked.review_rate is not None or asked.max_error is not None):
            return (
                "these weights have no calibration, so --review-rate and --max-error have nothing "
                "to choose from: every point is left to a person"
            )
        return None

    def background_grader(self) -> "BackgroundGrader":
        """Start a process that loads the model while the person reads."""
        from grader.worker_client import BackgroundGrader

        self._check_rubrics()
        return BackgroundGrader(self.settings).start()


def devices_named(words: str) -> tuple[str, ...]:
    """Read a list of devices.

    Args:
        words: as given with `--devices`.

    Raises:
        UsageError: it names none.
    """
    if words == "all":
        from grader.sentence_encoder import cuda_cards

        found = tuple(cuda_cards())
        if not found:
            raise UsageError("this machine has no CUDA card; leave --devices out")
        return found
    found = tuple(word for part in words.split(",") if (word := part.strip()))
    if not found:
        raise UsageError("--devices names no device; for example: --devices cuda:0,cuda:1")
    return found


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

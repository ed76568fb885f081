"""Makes what commands work with: the bank, the store, the grader, the clock."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from grader.loading import GraderSettings, load_grader
from grader.refinement import load_refinement
from questionbank.bank import Bank, load_bank
from questionbank.cli.surroundings import Surroundings
from questionbank.errors import UsageError
from questionbank.folders import answers_mb, data_folder, database_url

if TYPE_CHECKING:
    from grader.crew import Crew
    from grader.engine import Grader
    from grader.worker_client import BackgroundGrader
    from questionbank.store import Store


@dataclass
class Context(Surroundings):
    """What a command may reach for."""

    db: str | None = None
    grading: GraderSettings = field(default_factory=GraderSettings)
    """What the user asked to grade with, as `options.model` gathers it."""
    remember: bool = False
    """Whether vectors and grades of what is graded are kept in the cache folder between runs."""

    @cached_property
    def bank(self) -> Bank:
        """The bank, read once."""
        return load_bank(self.roots, near=self.here)

    @property
    def package_version(self) -> str:
        """Of this package, for provenance."""
        return metadata.version("questionbank")

    @property
    def data(self) -> Path:
        """The folder of the record and the drafts."""
        return data_folder(self.environ)

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
        from grader.device import cuda_cards

        found = tuple(cuda_cards())
        if not found:
            raise UsageError("this machine has no CUDA card; leave --devices out")
        return found
    found = tuple(word for part in words.split(",") if (word := part.strip()))
    if not found:
        raise UsageError("--devices names no device; for example: --devices cuda:0,cuda:1")
    return found

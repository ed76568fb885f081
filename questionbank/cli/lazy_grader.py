"""The background grader of a sitting, started only if something in it is answered in free text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.grade import Grade
from grader.request import GradeRequest
from grader.rubric import Rubric
from questionbank.cli.context import Context
from questionbank.instance import Instance
from questionbank.question import OpenTask

if TYPE_CHECKING:
    from grader.worker_client import BackgroundGrader

GRADING_TIMEOUT = 600.0
"""Seconds to wait for the model; a slow disk can need minutes for the first load."""


class LazyGrader:
    """Loads the model while the person reads and types.

    Args:
        context: says with what to grade.
        steps: what is asked.
    """

    def __init__(self, context: Context, steps: Sequence[Instance]) -> None:
        self._screen = context.screen
        needed = any(isinstance(one.task, OpenTask) for one in steps)
        self._process: BackgroundGrader | None = context.background_grader() if needed else None

    @property
    def ready(self) -> bool:
        """Whether a grade, or the reason why there is none, comes at once."""
        return self._process is None or self._process.ready or self._process.failure is not None

    def status(self) -> str:
        """A few words for the person who types; nothing if no grader is needed."""
        if self._process is None:
            return ""
        if self._process.failure:
            return "no grader: answers are kept"
        return "grader ready" if self._process.ready else "grader loading"

    def grade(self, answer: str, rubric: Rubric, question: str | None) -> Grade:
        """Grade one answer, waiting for the model if need be.

        Raises:
            GraderError: it cannot be graded.
        """
        if self._process is None:
            raise RuntimeError("an open answer in a sitting without open questions")
        request = GradeRequest(answer=answer, rubric=rubric, question=question)
        with self._screen.busy(
            "Grading" if self._process.ready else "Loading the model, then grading"
        ):
            return self._process.grade(request, timeout=GRADING_TIMEOUT)

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.close()

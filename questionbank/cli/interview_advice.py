"""The machine's suggestions in the course of an interview: shown in time, kept once."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from grader.errors import GraderError
from grader.grade import Grade
from grader.verdict import Verdict
from questionbank.attempt import Answer
from questionbank.cli.interview_view import suggestion_view
from questionbank.cli.lazy_grader import LazyGrader
from questionbank.cli.render import Screen
from questionbank.instance import Instance
from questionbank.scoring import score
from questionbank.suggesting import Suggester

if TYPE_CHECKING:
    from questionbank.store import Store


class Advisor:
    """Suggests verdicts on closed answers, and on what was heard so far.

    Args:
        screen: where suggestions are shown.
        instances: one for each step.
        grader: grades free text.
        store: where suggestions are kept.
        now: the time, UTC.
        package_version: for provenance.
        patient: whether to wait for the model while the interview runs; if not, what cannot be
            suggested yet is suggested later.
    """

    def __init__(
        self,
        screen: Screen,
        instances: Sequence[Instance],
        grader: LazyGrader,
        store: "Store",
        now: Callable[[], datetime],
        package_version: str,
        *,
        patient: bool,
    ) -> None:
        self._screen = screen
        self._instances = instances
        self._grader = grader
        self._suggester = Suggester(store, grader.grade, now, package_version)
        self._package_version = package_version
        self._patient = patient
        self._seen: dict[int, str] = {}
        """What was heard on a step when its suggestion was last shown."""
        self._trouble: str | None = None
        self.waiting: list[Answer] = []
        """Closed answers without a suggestion."""

    def status(self) -> str:
        """A few words on the model; nothing if none is needed."""
        return self._grader.status()

    def look(self, position: int, text: str, asked: Collection[str]) -> Grade | None:
        """Show what the machine makes of what was heard so far; nothing is kept of it.

        Args:
            position: of the step.
            text: what was heard.
            asked: points whose follow-up was asked.

        Returns:
            The suggestion; None if there is none, which is said.
        """
        instance = self._instances[position]
        if self._not_yet(instance):
            self._screen.note("The model is still loading; ask again in a moment.")
            return None
        try:
            grade = score(instance, text, self._grader.grade, self._package_version)
        except GraderError as error:
            self._tell(error)
            return None
        self._seen[position] = text
        self._screen.show(*suggestion_view(self._screen, instance, grade, asked))
        return grade

    def lacks(self, position: int, text: str, asked: Collection[str]) -> bool:
        """Show the suggestion before an answer is closed, if it is new and a point is missing.

        Returns:
            Whether there is a follow-up to ask that was neither shown for this text nor asked.
        """
        instance = self._instances[position]
        fresh = self._seen.get(position) != text and instance.rubric is not None
        if not fresh or self._trouble or self._not_yet(instance):
            return False
        grade = self.look(position, text, asked)
        return grade is not None and any(
            point.verdict is not Verdict.MET and point.id not in asked for point in grade.points
        )

    def closed(self, answer: Answer, asked: Collection[str]) -> None:
        """Suggest verdicts on an answer that was closed just now, or when the model is there."""
        self.waiting.append(answer)
        self.catch_up(asked, answer.id)

    def catch_up(self, asked: Collection[str] = (), last: str = "", *, wait: bool = False) -> None:
        """Make the suggestions that are missing, keep them, and show them.

        Args:
            asked: points whose follow-up was asked, for the last answer.
            last: that answer's id.
            wait: whether to wait for the model.
        """
        left = []
        for answer in self.waiting:
            instance = self._instances[answer.position]
            if not wait and self._not_yet(instance):
                self._screen.note(
                    f"The model is still loading; the suggestion on question "
                    f"{answer.position + 1} comes later."
                )
                left.append(answer)
                continue
            try:
                made = self._suggester.suggest(instance, answer)
            except GraderError as error:
                self._tell(error)
                left.append(answer)
                continue
            self._show(answer, instance, made.grade, asked if answer.id == last else ())
        self.waiting = left

    def _show(
        self, answer: Answer, instance: Instance, grade: Grade, asked: Collection[str]
    ) -> None:
        if self._seen.get(answer.position) == answer.text:
            self._screen.show(f"Question {answer.position + 1}: the suggestion above is kept.")
            return
        self._screen.show(f"Question {answer.position + 1}, {instance.question.title}:")
        self._screen.show(*suggestion_view(self._screen, instance, grade, asked))

    def _not_yet(self, instance: Instance) -> bool:
        return not (self._patient or instance.rubric is None or self._grader.ready)

    def _tell(self, error: GraderError) -> None:
        """Say once why there are no suggestions."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            self._screen.error(f"{error}\nThe answers are kept, without suggestions.")

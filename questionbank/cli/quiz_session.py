"""Carries a quiz through: shows, asks, keeps, grades, shows the grade, and so on to the end."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import GraderError
from grader.grade import Grade
from questionbank.attempt import Answer, AttemptRecord, FinishedAttempt, GradeRecord
from questionbank.cli.answering import AnswerSource, recordable
from questionbank.cli.autosave import Autosave
from questionbank.cli.draft_keeping import earlier_draft, kept_while_typed
from questionbank.cli.grade_view import grade_view
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen
from questionbank.drafts import Draft, DraftFile
from questionbank.errors import StoreError
from questionbank.instance import Instance
from questionbank.keeping import first_grade_id
from questionbank.quiz import QuizState, Shown, Submitted, advance
from questionbank.scoring import GradeOpen, score

if TYPE_CHECKING:
    from questionbank.store import Store


def show_step(
    screen: Screen, instances: Sequence[Instance], state: QuizState, now: datetime
) -> QuizState:
    """Put the present question on screen and start its clock."""
    position = state.position
    screen.show(*question_view(screen, instances[position], position, len(instances)))
    state, _ = advance(state, Shown(), now)
    return state


class QuizSession:
    """One sitting.

    Args:
        screen: where everything is shown.
        instances: one for each step of the attempt.
        state: where the run stands.
        source: where answers come from.
        grade_open: grades free text; may wait for the model.
        now: the time, UTC.
        package_version: for provenance.
    """

    def __init__(
        self,
        screen: Screen,
        instances: Sequence[Instance],
        state: QuizState,
        source: AnswerSource,
        grade_open: GradeOpen,
        now: Callable[[], datetime],
        package_version: str,
    ) -> None:
        self.screen = screen
        self.instances = instances
        self.state = state
        self.source = source
        self._grade_open = grade_open
        self._now = now
        self._package_version = package_version
        self.grades: dict[int, Grade] = {}
        """By position."""
        self.ungraded = 0
        """Answers that are kept but could not be graded."""

    def seconds(self) -> float:
        """Time on the present question."""
        return self.state.seconds(self._now())

    def run(self, store: "Store", data: Path, earlier: AttemptRecord | None = None) -> None:
        """Ask what is open, and grade it.

        Args:
            store: where answers and grades are appended; the attempt is there already.
            data: the folder of the drafts.
            earlier: what an earlier sitting left.

        Raises:
            KeyboardInterrupt: the person stops; all is kept.
        """
        drafts = DraftFile(data, self.state.attempt.id)
        draft = earlier_draft(drafts, self.screen)
        if earlier:
            self._catch_up(store, earlier)
        while not self.state.done:
            if self.state.since is None:
                self.source.forget_keys()
                self.state = show_step(self.screen, self.instances, self.state, self._now())
            answer = self._answer(store, drafts, draft)
            draft = None
            drafts.discard()
            self._grade(store, answer)
        drafts.discard()  # a crash between an answer and its discarding leaves one
        if not self.ungraded:
            store.finish(FinishedAttempt(attempt_id=self.state.attempt.id, at=self._now()))
        self._close()

    def _catch_up(self, store: "Store", earlier: AttemptRecord) -> None:
        """Grade what was submitted when the program was stopped."""
        for answer in earlier.answers:
            record = earlier.grade_of(answer.id)
            if record is None:
                self.screen.note(f"grading the answer to {self.instances[answer.position].key}")
                self._grade(store, answer)
            else:
                self.grades[answer.position] = record.grade

    def _answer(self, store: "Store", drafts: DraftFile, draft: Draft | None) -> Answer:
        """Ask the present question until its answer is on record."""
        text = ""
        if draft and draft.position == self.state.position:
            text = draft.text
            spent = Shown(timedelta(seconds=draft.seconds))
            self.state, _ = advance(self.state, spent, self._now())
        while True:
            text = self._ask(drafts, text)
            state, entries = advance(self.state, Submitted(text), self._now())
            answer = next(entry for entry in entries if isinstance(entry, Answer))
            try:
                kept = store.append_answer(answer)
            except StoreError as error:
                if not self.source.interactive:
                    raise
                self.screen.error(f"{error}\nNothing is lost; mend that and submit once more.")
                continue
            self.state = state
            if kept.text != answer.text:
                self.screen.note("this question was answered in another window; that answer stands")
            return kept

    def _ask(self, drafts: DraftFile, text: str) -> str:
        """Get an answer to the present question, its draft safe at all times."""
        position = self.state.position

        def save(newest: str) -> None:
            drafts.save(position, newest, self.seconds())

        def ask(autosave: Autosave) -> str:
            return recordable(self.source.ask(self.instances[position], text, autosave))

        return kept_while_typed(save, self.screen, ask)

    def _grade(self, store: "Store", answer: Answer) -> None:
        instance = self.instances[answer.position]
        try:
            grade = score(instance, answer.text, self._grade_open, self._package_version)
        except GraderError as error:
            self.ungraded += 1
            self.screen.error(f"{error}\nYour answer is kept; it is not graded yet.")
            return
        record = GradeRecord(
            id=first_grade_id(answer.id),
            answer_id=answer.id,
            attempt_id=answer.attempt_id,
            at=self._now(),
            grade=grade,
        )
        store.append_grade(record)
        self.grades[answer.position] = grade
        self.screen.show(*grade_view(self.screen, instance, answer.text, grade))

    def _close(self) -> None:
        """Sum up, and say where to go on."""
        attempt = self.state.attempt.id[:8]
        total = sum(grade.score for grade in self.grades.values())
        possible = sum(grade.max_score for grade in self.grades.values())
        count = len(self.grades)
        questions = "question" if count == 1 else "questions"
        self.screen.show(f"Done: {total:g} of {possible:g} points over {count} {questions}.")
        waiting = sum(len(grade.undecided) for grade in self.grades.values())
        if waiting:
            points = "point waits" if waiting == 1 else "points wait"
            self.screen.show(f"{waiting} {points} for a person to look.")
        if self.ungraded:
            answers = "answer" if self.ungraded == 1 else "answers"
            self.screen.show(
                f"{self.ungraded} {answers} kept but not graded; "
                "`questionbank quiz --resume` tries again."
            )
        self.screen.show(f"To see it again: questionbank history show {attempt}")

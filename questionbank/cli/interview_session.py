"""Carries an interview through: shows a question, takes down what is said, keeps it at once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from questionbank.attempt import Answer, FinishedAttempt
from questionbank.cli.answering import recordable
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen
from questionbank.instance import Instance
from questionbank.interview import (
    Back,
    Ended,
    Event,
    ExtraTime,
    HeardPiece,
    InterviewState,
    Next,
    Noted,
    Paused,
    Probed,
    Resumed,
    Skipped,
    advance,
)

if TYPE_CHECKING:
    from questionbank.store import Store

WORDS = """\
Type what the candidate says; each line is kept at once. A line that begins with / is for you:
  /next  /skip  /back  /pause  /resume  /end
  /note TEXT           a private note
  /points              the points, their follow-ups and anchors
  /probe NUMBER        the follow-up of a point, recorded as asked
  /extra MINUTES WHY   more time for a candidate who is entitled to it"""
_MOVES: dict[str, Event] = {
    "next": Next(),
    "skip": Skipped(),
    "back": Back(),
    "pause": Paused(),
    "resume": Resumed(),
    "end": Ended(),
}


class InterviewSession:
    """One sitting.

    Args:
        screen: where everything is shown.
        instances: one for each step of the attempt.
        state: where the interview stands.
        store: where everything is appended.
        now: the time, UTC.
    """

    def __init__(
        self,
        screen: Screen,
        instances: Sequence[Instance],
        state: InterviewState,
        store: "Store",
        now: Callable[[], datetime],
    ) -> None:
        self._screen = screen
        self._instances = instances
        self.state = state
        self._store = store
        self._now = now

    def do(self, event: Event) -> None:
        """Take one step and keep what comes of it.

        Raises:
            ValueError: the event cannot happen now.
            StoreError: it cannot be written; the state is as before.
        """
        before = self.state.position
        state, entries = advance(self.state, event, self._now())
        for entry in entries:
            if isinstance(entry, Answer):
                self._store.append_answer(entry)
            elif isinstance(entry, FinishedAttempt):
                self._store.finish(entry)
            else:
                self._store.append_event(entry)
        self.state = state
        if state.position != before:
            self.show()

    def show(self) -> None:
        """Put the present question on screen, with the time."""
        at = self.state.position
        if self.state.through:
            waiting = ", ".join(str(number + 1) for number in self.state.open)
            rest = f"; without an answer: {waiting} (/back to return)" if waiting else ""
            self._screen.show(f"All questions are through{rest}. /end closes the interview.")
        else:
            total = len(self._instances)
            self._screen.show(*question_view(self._screen, self._instances[at], at, total))
            if said := self.state.answer(at):
                self._screen.show("So far was said:", said)
        self._screen.show(self.time())

    def time(self) -> str:
        """Time spent and left, in whole minutes."""
        now = self._now()
        spent = int(self.state.elapsed(now).total_seconds() // 60)
        left = self.state.left(now).total_seconds() / 60
        rest = f"{int(left)} min left" if left >= 0 else f"{int(-left)} min over"
        return f"{spent} min spent, {rest}"

    def run(self, lines: Callable[[], str | None]) -> None:
        """Go on line by line until the interview ends.

        Args:
            lines: gives the next line without its end; None at the end of input.

        Raises:
            EOFError: the input ended before the interview; all of it is kept.
        """
        while not self.state.ended:
            line = lines()
            if line is None:
                raise EOFError
            try:
                self._line(recordable(line))
            except ValueError as error:
                self._screen.note(f"not done: {error}")

    def _line(self, line: str) -> None:
        if not line.startswith("/"):
            if line.strip():
                self.do(HeardPiece(line))
            return
        word, _, rest = line[1:].strip().partition(" ")
        if word in _MOVES:
            self.do(_MOVES[word])
        elif word == "note" and rest.strip():
            self.do(Noted(rest.strip()))
        elif word == "extra":
            minutes, _, why = rest.strip().partition(" ")
            if not minutes.isdecimal():
                raise ValueError("write /extra, whole minutes and why")
            self.do(ExtraTime(float(minutes), why))
            self._screen.show(self.time())
        elif word == "points":
            self._points()
        elif word == "probe":
            self._probe(rest.strip())
        else:
            self._screen.show(WORDS)

    def _points(self) -> None:
        rubric = None if self.state.through else self._instances[self.state.position].rubric
        if rubric is None:
            self._screen.show("This question has no points to look for.")
            return
        for number, point in enumerate(rubric.points, start=1):
            asked = " (asked)" if (self.state.position, point.id) in self.state.probed else ""
            self._screen.show(f"  {number}. {point.title}{asked}", f"     Ask: {point.probe}")
            if point.anchors:
                for mark, text in (
                    (1, point.anchors.one),
                    (3, point.anchors.three),
                    (5, point.anchors.five),
                ):
                    self._screen.show(f"     {mark}: {text}")

    def _probe(self, number: str) -> None:
        rubric = None if self.state.through else self._instances[self.state.position].rubric
        points = rubric.points if rubric else ()
        if not number.isdecimal() or not 1 <= int(number) <= len(points):
            raise ValueError(f"write /probe and a number from 1 to {len(points)}; /points lists")
        point = points[int(number) - 1]
        self.do(Probed(point.id))
        self._screen.show(f"Ask: {point.probe}")

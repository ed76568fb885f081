"""Carries a review through: shows a doubtful verdict, takes a key and a reason, keeps both."""

import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from grader.verdict import Verdict
from questionbank.attempt import MAX_AUTHOR, MAX_REASON, Override
from questionbank.cli.answering import recordable
from questionbank.cli.grade_view import LOOKS
from questionbank.cli.render import Screen
from questionbank.cli.review_view import decision, doubt_view
from questionbank.document import graded_instance
from questionbank.errors import UsageError
from questionbank.review import Doubt, decided_otherwise

if TYPE_CHECKING:
    from questionbank.store import Store

VERDICTS = {
    "m": Verdict.MET,
    "p": Verdict.PARTIAL,
    "n": Verdict.NOT_MET,
    "c": Verdict.CONTRADICTED,
}
"""Which key gives which verdict."""
SKIP, BACK, QUIT = "s", "b", "q"
_END_OF_INPUT = "\x04"
_KEYS = "m met, p half met, n not met, c contradicted; s skip, b back, q quit: "


class Keys(Protocol):
    """What a person types."""

    def forget(self) -> None:
        """Drop what was typed before the verdict came on screen."""
        ...

    def key(self) -> str:
        """One key; EOFError if the terminal is gone."""
        ...

    def read(self, changed: Callable[[str], None]) -> str | None:
        """One line without its end; None for Ctrl-D."""
        ...


def in_terminal() -> bool:
    """Whether somebody is there to be asked: standard streams may be redirected, or closed."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty())


def ask_author(screen: Screen, keys: Keys, default: str | None) -> str:
    """Ask for the name that is kept with each decision.

    Args:
        screen: where to ask.
        keys: gives the name.
        default: taken if nothing is typed.

    Raises:
        UsageError: there is no name.
    """
    offered = f" [{default}]" if default else ""
    screen.type_out(f"Your name, kept with each decision{offered}: ")
    name = one_line(keys.read(_ignore) or "") or default
    if not name:
        raise UsageError("a decision needs an author; give --author NAME")
    return name[:MAX_AUTHOR]


def one_line(text: str) -> str:
    """A text on one line, of characters that can be recorded."""
    return " ".join(recordable(text).split())


class ReviewSession:
    """One sitting.

    Args:
        screen: where everything is shown.
        keys: what the person types.
        store: where decisions are appended, each at once.
        author: who decides.
        now: the time, UTC.
    """

    def __init__(
        self,
        screen: Screen,
        keys: Keys,
        store: "Store",
        author: str,
        now: Callable[[], datetime],
    ) -> None:
        self._screen = screen
        self._keys = keys
        self._store = store
        self._author = author
        self._now = now
        self.decided: dict[int, Override] = {}
        """What was decided in this sitting, by index."""

    def run(self, doubts: Sequence[Doubt]) -> None:
        """Show one verdict after the other until the end, or until the person quits.

        Raises:
            KeyboardInterrupt: the person stops; what was decided is kept.
            StoreError: a decision cannot be written; those before it are kept.
        """
        at = 0
        while at < len(doubts):
            self._show(doubts, at)
            step = self._act(doubts[at], at)
            if step is None:
                return
            at = max(0, at + step)

    def _show(self, doubts: Sequence[Doubt], at: int) -> None:
        doubt = doubts[at]
        step = doubt.record.attempt.steps[doubt.answer.position]
        made = doubt.graded.grade.provenance
        instance = graded_instance(step, made.question, made.rubric, self._store.document)
        self._keys.forget()
        self._screen.show(*doubt_view(self._screen, doubt, instance, (at + 1, len(doubts))))
        if at in self.decided:
            self._screen.show(f"So far: {decision(self.decided[at])}")

    def _act(self, doubt: Doubt, at: int) -> int | None:
        """Do what the person wants with one verdict.

        Returns:
            How many verdicts to go on; None to end.
        """
        while True:
            self._screen.type_out(_KEYS)
            key = self._keys.key().lower()
            if key in (QUIT, _END_OF_INPUT):
                self._screen.type_out("quit\n")
                return None
            if key == SKIP:
                self._screen.type_out("skip\n")
                return 1
            if key == BACK:
                self._screen.type_out("back\n" if at else "this is the first\n")
                return -1
            if key not in VERDICTS:
                self._screen.type_out("that key does nothing\n")
                continue
            verdict = VERDICTS[key]
            self._screen.type_out(f"{LOOKS[verdict][1]}\n")
            if self._decide(doubt, at, verdict):
                return 1

    def _decide(self, doubt: Doubt, at: int, verdict: Verdict) -> bool:
        """Keep a verdict; False if the person takes it back before giving a reason."""
        needed = decided_otherwise(doubt.point, verdict)
        reason = ask_reason(self._screen, self._keys, needed=needed)
        if reason is None:
            return False
        override = Override(
            id=secrets.token_hex(16),
            grade_id=doubt.graded.id,
            answer_id=doubt.answer.id,
            attempt_id=doubt.answer.attempt_id,
            point_id=doubt.point.id,
            verdict=verdict,
            author=self._author,
            reason=reason or None,
            at=self._now(),
        )
        try:
            self._store.append_override(override)
        except UsageError as error:
            self._screen.note(f"not kept: {error}")
        else:
            self.decided[at] = override
        return True


def ask_reason(screen: Screen, keys: Keys, *, needed: bool) -> str | None:
    """Ask for a reason: one line, empty only where none is needed; None to choose again."""
    ask = "Why do you differ from the machine?" if needed else "Why? Enter for no reason."
    while True:
        screen.type_out(f"{ask} Ctrl-D to choose again: ")
        line = keys.read(_ignore)
        if line is None:
            return None
        reason = one_line(line)[:MAX_REASON]
        if reason or not needed:
            return reason


def _ignore(line: str) -> None:
    """Nobody wants to hear of a line before it is whole."""

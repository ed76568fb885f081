"""Raters who all mark one interview at the same moment, each a process; run as a program.

Every rater marks for herself, and all of them quarrel over one more: over her name and over the
numbers of her marks, of which only one process may have each.
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from rated import ATTEMPT, PLACES
from writers import PATIENCE, go_together, run_together

from grader.verdict import Verdict
from questionbank.errors import UsageError
from questionbank.mark import LOWEST, Mark, Rater
from questionbank.rating import Anchored, Decided, Decision, Place, begin, mark_at
from questionbank.store import Store

SHARED = "The chair"
"""Whose marks all of them give as well, as if in one more window each."""
_VERDICTS = (Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET, Verdict.CONTRADICTED)
_FILE = 5
"""Every so many turns a whole file of marks comes at once."""


def rate_together(target: str, raters: int, seconds: float) -> list[dict[str, Any]]:
    """Start raters, let them go at the same moment, and wait for their ends.

    Args:
        target: where the record is; it holds the interview of `rated`.
        raters: how many.
        seconds: how long each of them marks.

    Returns:
        Of each: her `name`, the pseudonym `id` she was given and the one of SHARED (`shared`), by
        pseudonym the number and reason of each mark that was `kept`, and how often she was
        `refused`.
    """
    return run_together(__file__, target, raters, seconds)


def name(number: int) -> str:
    """A rater's name."""
    return f"Rater {chr(ord('A') + number)}"


def _now() -> datetime:
    return datetime.now(UTC)


def _decision(number: int, turn: int) -> Decision:
    if turn % 2:
        return Anchored(LOWEST + (number + turn) % 5, f"{name(number)} heard it so, {turn}.")
    return Decided(_VERDICTS[(number + turn) % len(_VERDICTS)], f"{name(number)} says so, {turn}.")


class _Rater:
    """One of them."""

    def __init__(self, store: Store, number: int) -> None:
        self._store = store
        self._number = number
        self.own = store.enrol(ATTEMPT, name(number), _now())
        self.shared = store.enrol(ATTEMPT, SHARED.upper() if number % 2 else SHARED, _now())
        self.kept: dict[str, list[tuple[int, str | None]]] = {self.own.id: [], self.shared.id: []}
        self.refused = 0

    def mark(self, turn: int) -> None:
        """Mark the next point for oneself, or a whole file of points; nobody may be in the way."""
        places = PLACES if turn % _FILE == 0 else (PLACES[turn % len(PLACES)],)
        marks = self._made(self.own, places, turn)
        self._store.append_marks(marks)
        self.kept[self.own.id] += [(mark.number, mark.reason) for mark in marks]

    def quarrel(self, turn: int) -> None:
        """Mark for the rater that all share; another window may have been faster."""
        places = PLACES[:2] if turn % _FILE == 0 else (PLACES[turn % len(PLACES)],)
        marks = self._made(self.shared, places, turn)
        try:
            self._store.append_marks(marks)
        except UsageError:
            self.refused += 1
        else:
            self.kept[self.shared.id] += [(mark.number, mark.reason) for mark in marks]

    def _made(self, rater: Rater, places: Sequence[Place], turn: int) -> list[Mark]:
        state = begin(rater, PLACES, self._store.own_marks(rater), {})
        marks = []
        for place in places:
            state, mark = mark_at(state, place, _decision(self._number, turn), _now())
            assert mark is not None
            marks.append(mark)
        return marks


def _rate(target: str, number: int, seconds: float) -> dict[str, Any]:
    with Store.open(target, clock=_now, patience=PATIENCE) as store:
        rater = _Rater(store, number)
        end = time.monotonic() + seconds
        for turn in count():
            if turn and time.monotonic() > end:
                break
            rater.mark(turn)
            rater.quarrel(turn)
        return {
            "name": rater.own.name,
            "id": rater.own.id,
            "shared": rater.shared.id,
            "kept": rater.kept,
            "refused": rater.refused,
        }


if __name__ == "__main__":
    sys.exit(go_together(_rate))

"""Carries a rating through: shows a point, takes a key and perhaps a reason, keeps both."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from grader.grade import Grade
from grader.verdict import Verdict
from questionbank.cli.grade_view import LOOKS
from questionbank.cli.rating_view import answer_view, mark_words, point_view
from questionbank.cli.render import Screen
from questionbank.cli.review_session import BACK, QUIT, SKIP, VERDICTS, Keys, ask_reason
from questionbank.instance import Instance
from questionbank.mark import HIGHEST, LOWEST
from questionbank.rating import (
    Accepted,
    Anchored,
    Decided,
    Decision,
    Passed,
    Place,
    RatingState,
    Returned,
    advance,
    point_grade,
)

if TYPE_CHECKING:
    from questionbank.store import Store

ACCEPT, OVERRIDE, WHOLE, VIEW, HELP = "a", "o", "w", "v", "?"
_END_OF_INPUT = "\x04"
_ANCHORS = frozenset(str(number) for number in range(LOWEST, HIGHEST + 1))
_BESIDE = "a accept, o override, 1-5, s skip, b back, q quit, ? keys: "
_ALONE = "m met, p half met, n not met, c contradicted, 1-5, q quit, ? keys: "
_HELP = """\
a         accept what the machine suggests
o         override it: a verdict of your own and why
m p n c   met, half met, not met, contradicted, where nothing is suggested
1-5       rate by the anchors instead
w         rate the whole answer, 1-5, beside its points
v         the question and the answer once more
s b q     skip, back, quit; all marks are kept"""
_VERDICTS = "Your verdict: m met, p half met, n not met, c contradicted; any other key: none: "


class RatingSession:
    """One sitting of one rater.

    Args:
        screen: where everything is shown.
        keys: what the rater types.
        store: where marks are appended, each at once.
        steps: one for each step of the interview.
        texts: the answers by position.
        grades: the machine's, by position; they are not shown where suggestions are hidden.
        state: where the rating stands.
        blind: hide what the machine says.
        now: the time, UTC.
    """

    def __init__(
        self,
        screen: Screen,
        keys: Keys,
        store: "Store",
        steps: Sequence[Instance],
        texts: Mapping[int, str],
        grades: Mapping[int, Grade],
        state: RatingState,
        *,
        blind: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._screen = screen
        self._keys = keys
        self._store = store
        self._steps = steps
        self._texts = texts
        self._grades = grades
        self._blind = blind
        self._now = now
        self._shown: int | None = None
        self.state = state
        self.given = 0
        """Marks given in this sitting."""

    def run(self) -> None:
        """Show one point after the other until the end, or until the rater quits.

        Raises:
            KeyboardInterrupt: the rater stops; what was marked is kept.
            StoreError: a mark cannot be written; those before it are kept.
            UsageError: the same rater goes on in another window.
        """
        while (place := self.state.place) is not None:
            self._show(place)
            if not self._act():
                return

    def _show(self, place: Place) -> None:
        self._keys.forget()
        if self._shown != place.position:
            self._view(place)
        grade = None if self._blind else self._grades.get(place.position)
        number = (self.state.at + 1, len(self.state.places))
        point_id = place.point_id or ""
        machine = point_grade(grade, point_id)
        step = self._steps[place.position]
        self._screen.show(*point_view(step, point_id, machine, number, blind=self._blind))
        if place in self.state.marks:
            self._screen.show(f"So far: {mark_words(self.state.marks[place])}")

    def _view(self, place: Place) -> None:
        at, total = place.position, len(self._steps)
        self._screen.show(*answer_view(self._screen, self._steps[at], self._texts[at], at, total))
        self._shown = at

    def _act(self) -> bool:
        """Do what the rater wants with one point; False to end."""
        while True:
            beside = self.state.suggestion is not None
            self._screen.type_out(_BESIDE if beside else _ALONE)
            key = self._keys.key().lower()
            if key in (QUIT, _END_OF_INPUT):
                self._screen.type_out("quit\n")
                return False
            if key == SKIP:
                self._screen.type_out("skip\n")
                self.state, _ = advance(self.state, Passed(), self._now())
                return True
            if key == BACK:
                self._screen.type_out("back\n" if self.state.at else "this is the first\n")
                if self.state.at:
                    self.state, _ = advance(self.state, Returned(), self._now())
                return True
            if key == HELP:
                self._screen.type_out("keys\n")
                self._screen.show(_HELP)
                continue
            if key == VIEW:
                self._screen.type_out("view\n")
                self._shown = None
                return True
            decision = self._decision(key, beside=beside)
            if decision is not None:
                self._keep(decision)
                return True

    def _decision(self, key: str, *, beside: bool) -> Decision | None:
        """What a key decides; None if it decides nothing, or the rater takes it back."""
        if key in _ANCHORS:
            return self._anchored(key, whole=False)
        if key == WHOLE:
            self._screen.type_out("the whole answer, 1-5: ")
            digit = self._keys.key()
            if digit in _ANCHORS:
                return self._anchored(digit, whole=True)
        elif beside and key == ACCEPT:
            self._screen.type_out("accepted\n")
            return Accepted()
        elif beside and key == OVERRIDE:
            self._screen.type_out(f"override\n{_VERDICTS}")
            chosen = self._keys.key().lower()
            if chosen in VERDICTS:
                return self._decided(VERDICTS[chosen])
        elif not beside and key in VERDICTS:
            return self._decided(VERDICTS[key])
        self._screen.type_out("that key does nothing\n")
        return None

    def _anchored(self, digit: str, *, whole: bool) -> Decision | None:
        self._screen.type_out(f"{digit} of {HIGHEST}\n")
        reason = ask_reason(self._screen, self._keys, needed=False)
        return None if reason is None else Anchored(int(digit), reason, whole=whole)

    def _decided(self, verdict: Verdict) -> Decision | None:
        self._screen.type_out(f"{LOOKS[verdict][1]}\n")
        suggestion = self.state.suggestion
        if verdict is suggestion:
            return Accepted()
        reason = ask_reason(self._screen, self._keys, needed=suggestion is not None)
        return None if reason is None else Decided(verdict, reason)

    def _keep(self, decision: Decision) -> None:
        state, mark = advance(self.state, decision, self._now())
        if mark is not None:
            self._store.append_marks([mark])
            self.given += 1
        self.state = state

"""Questions drawn by a blueprint's rule: no question twice, and the time within its bounds."""

import random
from collections.abc import Iterator, Sequence

from questionbank.bank import Bank, prerequisites_first
from questionbank.blueprint import Blueprint, Slot
from questionbank.errors import UsageError
from questionbank.question import Question, Status

_ROUNDS = 20
"""Orders tried before a draw is given up."""
_STEPS = 5_000
"""Choices made in one order before the next is tried."""


def pools(blueprint: Blueprint, bank: Bank) -> tuple[tuple[Question, ...], ...]:
    """Which questions may take each slot.

    Args:
        blueprint: the rule.
        bank: where from; only active questions whose rubrics are here are drawn.

    Returns:
        For each slot its questions, sorted by id.
    """
    ready = [
        question
        for _, question in sorted(bank.questions.items())
        if question.status is Status.ACTIVE and bank.gradable(question)
    ]
    return tuple(tuple(q for q in ready if blueprint.fits(slot, q)) for slot in blueprint.draw)


def draw(blueprint: Blueprint, bank: Bank, seed: int) -> tuple[Question, ...]:
    """Draw questions by a blueprint.

    Args:
        blueprint: the rule.
        bank: where from; only active questions whose rubrics are here are drawn.
        seed: decides the draw; the same seed and bank give the same questions.

    Returns:
        Questions in the order of the slots, except that prerequisites come first.

    Raises:
        UsageError: the bank has no such set of questions, or none was found.
    """
    fitting = pools(blueprint, bank)
    for number, (slot, pool) in enumerate(zip(blueprint.draw, fitting, strict=True), start=1):
        if len(pool) < slot.count:
            raise UsageError(f"blueprint {blueprint.id} cannot be drawn: {shortage(number, pool)}")
    for attempt in range(_ROUNDS):
        # Nothing here is secret: a plain seeded generator makes the draw repeatable.
        chance = random.Random(f"{seed}/{blueprint.id}/{attempt}")  # noqa: S311
        shuffled = [chance.sample(pool, len(pool)) for pool in fitting]
        if found := _Search(blueprint, shuffled).run():
            return tuple(prerequisites_first(found))
    bounds = blueprint.minutes
    raise UsageError(
        f"blueprint {blueprint.id} cannot be drawn: no {blueprint.count} different questions that "
        f"fit its slots take {bounds.min} to {bounds.max} minutes together"
    )


def shortage(number: int, pool: Sequence[Question]) -> str:
    """Say that a slot has too few questions.

    Args:
        number: the slot's place, from 1.
        pool: what fits it.
    """
    count = len(pool)
    there = "no active question fits" if not count else f"only {count} active questions fit"
    return f"{there.replace('1 active questions fit', '1 active question fits')} slot {number}"


class _Search:
    """Tries questions in the order given and goes back where no sound draw can follow.

    The slots with the least choice are filled first, so that the others make way for them.
    """

    def __init__(self, blueprint: Blueprint, shuffled: Sequence[Sequence[Question]]) -> None:
        self._bounds = blueprint.minutes
        self._slots = blueprint.draw
        self._pools = shuffled
        spare = [len(pool) - slot.count for slot, pool in zip(self._slots, shuffled, strict=True)]
        order = sorted(range(len(self._slots)), key=spare.__getitem__)
        self._places = [slot for slot in order for _ in range(self._slots[slot].count)]
        self._rest = self._bounds_of_rest(order)
        self._left = _STEPS

    def run(self) -> list[Question] | None:
        """The questions in the order of the slots; None if there are none, or none was found."""
        chosen = self._fill(0, 0, frozenset())
        if chosen is None:
            return None
        return [question for slot in range(len(self._slots)) for question in chosen[slot]]

    def _fill(
        self, place: int, spent: int, taken: frozenset[str]
    ) -> dict[int, list[Question]] | None:
        """Fill the places from one on; `taken` are the ids of the questions chosen so far."""
        if place == len(self._places):
            return {slot: [] for slot in range(len(self._slots))}
        slot = self._places[place]
        least, most = self._rest[place + 1]
        for question in self._pools[slot]:
            if question.id in taken:
                continue
            self._left -= 1
            if self._left < 0:
                return None
            after = spent + question.minutes
            if after + least > self._bounds.max or after + most < self._bounds.min:
                continue
            below = self._fill(place + 1, after, taken | {question.id})
            if below is not None:
                below[slot].insert(0, question)
                return below
        return None

    def _bounds_of_rest(self, order: Sequence[int]) -> list[tuple[int, int]]:
        """For each place the least and most minutes that it and those after it can take."""
        single = [bound for slot in order for bound in self._bounds_of_slot(slot)]
        totals = [(0, 0)]
        for least, most in reversed(single):
            totals.append((totals[-1][0] + least, totals[-1][1] + most))
        return totals[::-1]

    def _bounds_of_slot(self, slot: int) -> Iterator[tuple[int, int]]:
        """What each place of a slot adds to what the places from it on take at least and most."""
        minutes = sorted(question.minutes for question in self._pools[slot])
        count = self._slots[slot].count
        # The last place of the slot alone can take the very least; two take the two least.
        for place in reversed(range(count)):
            yield minutes[place], minutes[len(minutes) - 1 - place]


def slot_words(slot: Slot) -> str:
    """What a slot asks for, in a few words."""
    groups = (slot.levels, slot.kinds, slot.strategies)
    words = ["/".join(group) for group in groups if group]
    about = f" about {' or '.join(slot.topics)}" if slot.topics else ""
    most = f", {slot.minutes} min at most" if slot.minutes else ""
    return f"{slot.count} of: {' '.join(words) or 'any question'}{about}{most}"

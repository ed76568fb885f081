"""Scorecards side by side: how far raters agree, where they do not, the machine as one more row."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from grader.judgement import CLASS
from grader.reliability import Scale, exact_agreement, krippendorff_alpha, weighted_kappa
from grader.rubric import Record
from grader.verdict import Verdict
from questionbank.errors import UsageError


class Place(NamedTuple):
    """One point of one answer."""

    step: str
    """`question_id`, or `question_id#part`."""
    point: str


class Scorecard(Record):
    """What one rater says, given without seeing what the others say."""

    rater: str
    marks: dict[Place, Verdict]
    """A point that is not here, or needs review, is not judged."""


class Pair(Record):
    """The agreement of two raters."""

    one: str
    other: str
    n: int
    """Points that both judged."""
    kappa: float | None
    """Quadratic weights over not met, half met, met; None where it does not apply."""
    same: float | None
    """The share of points on which they say the same; None without a point."""


class Agreement(Record):
    """The agreement of several raters."""

    raters: tuple[str, ...]
    n: int
    """Points that two of them judged at least."""
    ordinal: float | None
    """Krippendorff's alpha over not met, half met, met in this order."""
    nominal: float | None
    """Krippendorff's alpha with all differences the same."""
    same: float | None
    """The share of pairs of marks that are the same."""


class MapRow(Record):
    """One point in the map of disagreement."""

    step: str
    point: str
    marks: tuple[Verdict | None, ...]
    """In the order of the raters, the machine's last; None where one did not judge."""
    apart: float
    """0 to 1: how far the people's furthest marks are apart; 1 is met against not met."""
    machine_apart: float | None
    """0 to 1: how far the machine is from the people's mean; None where either is missing."""


class Comparison(Record):
    """Scorecards, compared."""

    raters: tuple[str, ...]
    people: Agreement
    """Of the people alone."""
    everybody: Agreement | None
    """With the machine as one more rater; None without it."""
    pairs: tuple[Pair, ...]
    rows: tuple[MapRow, ...]
    """The most disputed point first, then in the order of the interview."""


MACHINE = "machine"
"""How the machine's row is called; no person may be called so."""


def compare(
    places: Sequence[Place], people: Sequence[Scorecard], machine: Mapping[Place, Verdict] | None
) -> Comparison:
    """Join scorecards that were made independently.

    Args:
        places: all points of the interview, in order.
        people: their scorecards, two at least.
        machine: what it suggested; None to leave it out.

    Raises:
        UsageError: there are fewer than two raters, two of one name, or marks on other points.
    """
    names = [card.rater for card in people]
    if len(people) < 2:
        raise UsageError("there is nothing to compare: two people at least must have rated")
    if twice := sorted({name for name in names if names.count(name) > 1 or name == MACHINE}):
        raise UsageError(f"raters need names of their own: {', '.join(twice)}")
    for card in people:
        if strange := sorted(set(card.marks) - set(places)):
            raise UsageError(
                f"{card.rater} rated {strange[0].step} {strange[0].point}, which is not asked here"
            )
    rows = {card.rater: [card.marks.get(place) for place in places] for card in people}
    if machine is not None:
        rows[MACHINE] = [machine.get(place) for place in places]
    numbers = {name: [_number(mark) for mark in marks] for name, marks in rows.items()}
    mapped = [
        _row(place, [rows[name][at] for name in rows], len(people))
        for at, place in enumerate(places)
    ]
    return Comparison(
        raters=tuple(rows),
        people=_agreement({name: numbers[name] for name in names}),
        everybody=None if machine is None else _agreement(numbers),
        pairs=tuple(_pair(one, other, numbers) for one, other in combinations(numbers, 2)),
        rows=tuple(sorted(mapped, key=lambda row: (-row.apart, -(row.machine_apart or 0.0)))),
    )


def _number(mark: Verdict | None) -> int | None:
    return None if mark is None else CLASS.get(mark)


def _agreement(numbers: Mapping[str, Sequence[int | None]]) -> Agreement:
    units = list(zip(*numbers.values(), strict=True))
    return Agreement(
        raters=tuple(numbers),
        n=sum(sum(value is not None for value in unit) > 1 for unit in units),
        ordinal=krippendorff_alpha(units, Scale.ORDINAL),
        nominal=krippendorff_alpha(units, Scale.NOMINAL),
        same=exact_agreement(units),
    )


def _pair(one: str, other: str, numbers: Mapping[str, Sequence[int | None]]) -> Pair:
    units = list(zip(numbers[one], numbers[other], strict=True))
    return Pair(
        one=one,
        other=other,
        n=sum(None not in unit for unit in units),
        kappa=weighted_kappa(numbers[one], numbers[other]),
        same=exact_agreement(units),
    )


def _row(place: Place, marks: Sequence[Verdict | None], people: int) -> MapRow:
    """One row of the map; the marks of the people stand first."""
    top = max(CLASS.values())
    said = [number for mark in marks[:people] if (number := _number(mark)) is not None]
    machine = _number(marks[people]) if len(marks) > people else None
    apart = (max(said) - min(said)) / top if said else 0.0
    beside = None
    if said and machine is not None:
        beside = round(abs(machine - sum(said) / len(said)) / top, 6)
    return MapRow(
        step=place.step, point=place.point, marks=tuple(marks), apart=apart, machine_apart=beside
    )

"""Exemplars held out: would the grader credit each, had it never seen it?

An exemplar is graded as an answer against its rubric refitted without it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.held_out import hold_out
from grader.request import GradeRequest
from questionbank.bank import Bank
from questionbank.batch import GradeMany
from questionbank.bounds import BANK_LEAST, HELD_OUT_SHARE, TELLING
from questionbank.errors import Problem
from questionbank.places import point_place
from questionbank.reference_rubric import decided
from questionbank.rubric_tests import prompts_of

if TYPE_CHECKING:
    from grader.calibration import Thresholds

UNCREDITED = "exemplars-not-credited"
"""Some of a point would not be credited: a warning, shown so that authors can mend the point."""
UNCREDITED_SHARE = "exemplars-held-out"
"""Too many over the whole bank."""
UNTELLABLE = "points-not-told-apart"
"""What is written for one point earns another as often."""


@dataclass(frozen=True)
class HeldOut:
    """One exemplar, graded by its rubric without it."""

    point_id: str
    exemplar: int
    """Position among the point's exemplars."""
    credited: frozenset[str]
    """Ids of the points it earned anything on, review switched off."""
    probability: float | None
    """Of its own point."""

    @property
    def holds(self) -> bool:
        """Whether it earned its own point."""
        return self.point_id in self.credited


@dataclass(frozen=True)
class HeldOutResult:
    """A rubric's exemplars, held out."""

    rubric_id: str
    tried: tuple[HeldOut, ...]

    @property
    def missed(self) -> tuple[HeldOut, ...]:
        """Those that would not be credited."""
        return tuple(one for one in self.tried if not one.holds)


def count_held_out(bank: Bank) -> int:
    """How many answers `run_held_out` grades."""
    counts = (len(p.exemplars) for rubric in bank.rubrics.values() for p in rubric.points)
    return sum(count for count in counts if count > 1)


def run_held_out(
    bank: Bank, grade_many: GradeMany, thresholds: "Thresholds | None"
) -> Iterator[HeldOutResult]:
    """Grade every exemplar of every rubric, held out.

    Args:
        bank: the rubrics and the questions that use them.
        grade_many: grades a stream of free-text answers, in order.
        thresholds: the calibration's; None without one.

    Yields:
        One result a rubric, by id.
    """
    prompts = prompts_of(bank)
    for rubric_id, rubric in sorted(bank.rubrics.items()):
        prompt = prompts.get(rubric_id)
        asked = list(hold_out(rubric))
        tried = []
        grades = grade_many(
            GradeRequest(answer=one.text, rubric=one.reduced, question=prompt) for one in asked
        )
        for one, grade in zip(asked, grades, strict=True):
            verdicts = {point.id: decided(point, thresholds) for point in grade.points}
            credited = frozenset(name for name, v in verdicts.items() if v is not None and v.share)
            own = next(point for point in grade.points if point.id == one.point_id)
            tried.append(HeldOut(one.point_id, one.at, credited, own.probability))
        yield HeldOutResult(rubric_id, tuple(tried))


def held_out_problems(results: Sequence[HeldOutResult], bank: Bank) -> Iterator[Problem]:
    """Phrase results for `check`."""
    for result in results:
        for point_id, some in _by_point(result.missed).items():
            place = point_place(bank, result.rubric_id, point_id)
            tried = sum(one.point_id == point_id for one in result.tried)
            message = (
                f"point {point_id}: held out, {len(some)} of {tried} exemplars would not be "
                f"credited, this one first of them{_listed(some)}; add others that say the same "
                "in other words, or reword them"
            )
            yield place.problem(("exemplars", some[0].exemplar), UNCREDITED, message)
        yield from _untellable(result, bank)
    tried = sum(len(result.tried) for result in results)
    missed = sum(len(result.missed) for result in results)
    if tried >= BANK_LEAST and missed >= HELD_OUT_SHARE * tried:
        message = (
            f"{missed} of {tried} exemplars ({missed / tried:.1%}) would not be credited when held "
            f"out; fewer than {HELD_OUT_SHARE:.0%} may be, and each is listed"
        )
        yield Problem("rubrics", 0, UNCREDITED_SHARE, message)


def _listed(missed: Sequence[HeldOut]) -> str:
    """Their numbers, counted from 1, with how likely each was held to be."""
    each = (
        str(one.exemplar + 1) + ("" if one.probability is None else f" at {one.probability:.2f}")
        for one in missed
    )
    return f" (number {', '.join(each)})"


def _untellable(result: HeldOutResult, bank: Bank) -> Iterator[Problem]:
    """Pairs of points where the one's exemplars earn the other as often as their own."""
    for point_id, tried in _by_point(result.tried).items():
        own = sum(one.holds for one in tried)
        others = {name for one in tried for name in one.credited} - {point_id}
        for other in sorted(others):
            got = sum(other in one.credited for one in tried)
            if got >= max(own, TELLING * len(tried)):
                message = (
                    f"point {point_id}: of {len(tried)} exemplars held out {own} are credited here "
                    f"and {got} to {other}; write what tells the two apart, or join them"
                )
                place = point_place(bank, result.rubric_id, point_id)
                yield place.problem(("id",), UNTELLABLE, message)


def _by_point(tried: Iterable[HeldOut]) -> Mapping[str, list[HeldOut]]:
    found: dict[str, list[HeldOut]] = {}
    for one in tried:
        found.setdefault(one.point_id, []).append(one)
    return found

"""Attacks generated for a bank, graded, and what they wrongly earned."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from grader.grade import Grade, PointGrade
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.attacks import FAMILIES
from questionbank.attacks.material import Material, plain
from questionbank.batch import GradeMany
from questionbank.reference_rubric import decided

if TYPE_CHECKING:
    from grader.calibration import Thresholds

PER_RUBRIC = 8
"""Instances of a family for each rubric."""
MAX_RATE = 0.03
"""Share of the points of a family that may be wrongly credited."""
RESISTS = 0.2
"""A family of which plain similarity credits less proves nothing."""
_TRIES = 40
"""Draws for each instance wanted before a family is taken to have no more."""
_CHUNK = 64

PlainCredits = Callable[[Sequence["Attack"], Mapping[str, Material]], list[frozenset[str]]]
"""For each attack, the ids of the points that plain similarity would credit."""


@dataclass(frozen=True, slots=True)
class Attack:
    """An answer that deserves nothing, and the points it must not earn."""

    family: str
    rubric_id: str
    number: int
    """From 0 within its family and rubric."""
    text: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attack earned."""

    attack: Attack
    credited: tuple[PointGrade, ...]
    """The points it wrongly earned, review switched off."""
    verdicts: Mapping[str, Verdict | None]
    """By id of the points it must not earn, review switched off; None where nothing decides."""
    plain: frozenset[str] | None
    """Ids of the points that plain similarity would have credited; None if it was not asked."""


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """What a family earned in all."""

    family: str
    instances: int
    points: int
    """Points of all instances together."""
    credited: int
    """Those that earned more than zero."""
    plain: int | None
    """Those that plain similarity would have credited."""

    @property
    def rate(self) -> float:
        """Share wrongly credited, 0 to 1."""
        return self.credited / self.points

    @property
    def plain_rate(self) -> float | None:
        """The share that plain similarity would have credited."""
        return None if self.plain is None else self.plain / self.points


def generate(
    found: Mapping[str, Material],
    families: Sequence[str] = (),
    *,
    seed: int = 0,
    limit: int = PER_RUBRIC,
) -> tuple[Attack, ...]:
    """Make attacks on rubrics. A lower limit gives the first of the same attacks.

    Args:
        found: what to make them of, by rubric id.
        families: which, by name; none for all.
        seed: the same seed gives the same attacks, whichever other rubrics and families there are.
        limit: at most so many of each family for each rubric.

    Returns:
        By rubric, family and number. None holds a text that the rubric's probes were fitted on.
    """
    return tuple(
        attack
        for rubric_id, material in found.items()
        for family in families or FAMILIES
        for attack in islice(_drawn(family, rubric_id, material, seed, limit), limit)
    )


def _drawn(
    family: str, rubric_id: str, material: Material, seed: int, limit: int
) -> Iterator[Attack]:
    """Instances of one family, each text once."""
    every = tuple(point.id for point in material.points)
    seen: set[str] = set()
    for attempt in range(_TRIES * limit):
        # Nothing here is secret: a plain seeded generator makes the suite repeatable.
        chance = Random(f"{seed}/{family}/{rubric_id}/{attempt}")  # noqa: S311
        draft = FAMILIES[family](material, chance)
        read = plain(draft.text)
        if draft.text in seen or any(text in read for text in material.fitted):
            continue
        yield Attack(family, rubric_id, len(seen), draft.text, draft.points or every)
        seen.add(draft.text)


def run_attacks(
    attacks: Iterable[Attack],
    found: Mapping[str, Material],
    grade_many: GradeMany,
    thresholds: "Thresholds | None",
    plain_credits: PlainCredits | None = None,
) -> Iterator[Outcome]:
    """Grade attacks, review switched off, so that abstaining cannot flatter.

    Args:
        attacks: in any order.
        found: the material they were made of.
        grade_many: grades a stream of free-text answers, in order.
        thresholds: the calibration's; None without one.
        plain_credits: what plain similarity would credit; None not to ask.

    Yields:
        One outcome each, in order, reading on only as they are taken.
    """
    stream = iter(attacks)
    while chunk := list(islice(stream, _CHUNK)):
        requests = (
            GradeRequest(
                answer=attack.text,
                rubric=found[attack.rubric_id].rubric,
                question=found[attack.rubric_id].prompt,
            )
            for attack in chunk
        )
        plains = plain_credits(chunk, found) if plain_credits else [None] * len(chunk)
        for attack, grade, by_plain in zip(chunk, grade_many(requests), plains, strict=True):
            yield _outcome(attack, grade, thresholds, by_plain)


def _outcome(
    attack: Attack,
    grade: Grade,
    thresholds: "Thresholds | None",
    by_plain: frozenset[str] | None,
) -> Outcome:
    points = [point for point in grade.points if point.id in attack.points]
    verdicts = {point.id: decided(point, thresholds) for point in points}
    return Outcome(
        attack=attack,
        credited=tuple(point for point in points if _earns(verdicts[point.id])),
        verdicts=verdicts,
        plain=None if by_plain is None else by_plain & set(attack.points),
    )


def _earns(verdict: Verdict | None) -> bool:
    return verdict is not None and bool(verdict.share)


def summarise(outcomes: Iterable[Outcome]) -> tuple[FamilyResult, ...]:
    """Add up outcomes by family, in the order of the table of families."""
    by_family: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_family.setdefault(outcome.attack.family, []).append(outcome)
    return tuple(
        FamilyResult(
            family=family,
            instances=len(some),
            points=sum(len(one.attack.points) for one in some),
            credited=sum(len(one.credited) for one in some),
            plain=None
            if any(one.plain is None for one in some)
            else sum(len(one.plain or ()) for one in some),
        )
        for family in FAMILIES
        if (some := by_family.get(family))
    )

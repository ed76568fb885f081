"""The attack suite in short form: what `check` grades beside a rubric's own examples."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from questionbank.attack import Attack, generate, run_attacks
from questionbank.attacks.material import materials
from questionbank.bank import Bank
from questionbank.batch import GradeMany
from questionbank.bounds import ATTACK_SHARE
from questionbank.errors import Problem

if TYPE_CHECKING:
    from grader.calibration import Thresholds

SHORT = 2
"""Instances of each family for each rubric: the first two of the whole suite's."""
ATTACKED = "attack"
"""Answers that deserve nothing earn too much from a rubric."""


@dataclass(frozen=True)
class AttackResult:
    """What the short form earned from one rubric."""

    rubric_id: str
    instances: int
    points: int
    """Points of all instances together."""
    by_family: dict[str, tuple[int, int]]
    """Points wrongly credited, of how many."""

    @property
    def credited(self) -> int:
        """Points wrongly credited."""
        return sum(credited for credited, _ in self.by_family.values())

    @property
    def share(self) -> float:
        """Share wrongly credited, 0 to 1."""
        return self.credited / self.points


def short_form(bank: Bank) -> tuple[Attack, ...]:
    """The handful of attacks on every rubric."""
    return generate(materials(bank), limit=SHORT)


def run_short_form(
    bank: Bank, grade_many: GradeMany, thresholds: "Thresholds | None"
) -> Iterator[AttackResult]:
    """Grade the short form.

    Args:
        bank: the rubrics and the questions that use them.
        grade_many: grades a stream of free-text answers, in order.
        thresholds: the calibration's; None without one.

    Yields:
        One result a rubric, by id.
    """
    found = materials(bank)
    outcomes = run_attacks(short_form(bank), found, grade_many, thresholds)
    for rubric_id, some in groupby(outcomes, key=lambda outcome: outcome.attack.rubric_id):
        instances = 0
        points: Counter[str] = Counter()
        credited: Counter[str] = Counter()
        for outcome in some:
            instances += 1
            points[outcome.attack.family] += len(outcome.attack.points)
            credited[outcome.attack.family] += len(outcome.credited)
        by_family = {family: (credited[family], count) for family, count in points.items()}
        yield AttackResult(rubric_id, instances, points.total(), by_family)


def attack_problems(results: Iterable[AttackResult], bank: Bank) -> Iterator[Problem]:
    """Phrase results for `check`."""
    for result in results:
        if result.share <= ATTACK_SHARE:
            continue
        origin, file = bank.rubric_files[result.rubric_id]
        worst = sorted(result.by_family.items(), key=lambda item: -item[1][0] / item[1][1])[:3]
        families = ", ".join(f"{name} {got} of {count}" for name, (got, count) in worst)
        message = (
            f"answers that deserve nothing earn {result.credited} of {result.points} points "
            f"({result.share:.0%}, at most {ATTACK_SHARE:.0%} are let pass; worst: {families}); "
            f"`questionbank attack {result.rubric_id} --show` lists them; add counterexamples"
        )
        yield Problem(origin.shown, file.document.line(("points",)), ATTACKED, message)

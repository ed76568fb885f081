"""A bank held against a grader: examples, exemplars held out, attacks, and what stands twice."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.grade import Grade
from grader.request import GradeRequest
from questionbank.attack_check import AttackResult, attack_problems, run_short_form, short_form
from questionbank.bank import Bank
from questionbank.batch import GradeMany
from questionbank.errors import Problem
from questionbank.held_out import HeldOutResult, count_held_out, held_out_problems, run_held_out
from questionbank.near_duplicates import near_duplicate_problems
from questionbank.rubric_tests import RubricResult, problems_of, prompts_of, run_rubric_tests

if TYPE_CHECKING:
    from grader.engine import Grader

Tick = Callable[[], None]


@dataclass(frozen=True)
class Trial:
    """What a grader made of a bank."""

    examples: tuple[RubricResult, ...] = ()
    held_out: tuple[HeldOutResult, ...] = ()
    """None without a calibration, which decides."""
    attacks: tuple[AttackResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Sorted."""


def count_steps(bank: Bank, *, calibrated: bool) -> int:
    """How often `run_trial` ticks: once a rubric fitted and once an answer graded."""
    examples = sum(len(rubric.examples) for rubric in bank.rubrics.values())
    held_out = count_held_out(bank) if calibrated else 0
    return len(bank.rubrics) + examples + held_out + len(short_form(bank))


def run_trial(bank: Bank, grader: "Grader", grade_many: GradeMany, tick: Tick) -> Trial:
    """Hold a bank against a grader.

    Args:
        bank: what was read.
        grader: embeds, and says by what it decides.
        grade_many: grades a stream of free-text answers, in order.
        tick: called for each step done.

    Returns:
        Everything found.
    """
    thresholds = grader.calibration.thresholds if grader.calibration else None
    prompts = prompts_of(bank)
    for rubric_id, rubric in sorted(bank.rubrics.items()):
        grader.prepare(rubric, prompts.get(rubric_id))
        tick()
    counted = _counted(grade_many, tick)
    examples = tuple(run_rubric_tests(bank, counted, thresholds))
    held_out: Sequence[HeldOutResult] = ()
    if thresholds is not None:
        held_out = tuple(run_held_out(bank, counted, thresholds))
    attacks = tuple(run_short_form(bank, counted, thresholds))
    problems = [
        *problems_of(examples, bank),
        *held_out_problems(held_out, bank),
        *attack_problems(attacks, bank),
        *near_duplicate_problems(bank, grader.embed),
    ]
    return Trial(examples, tuple(held_out), attacks, tuple(sorted(set(problems))))


def _counted(grade_many: GradeMany, tick: Tick) -> GradeMany:
    def counted(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for grade in grade_many(requests):
            tick()
            yield grade

    return counted

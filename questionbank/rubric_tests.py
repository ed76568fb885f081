"""A rubric's own tests: its graded examples, graded by the machine and compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.bank import Bank
from questionbank.batch import GradeMany
from questionbank.bounds import BANK_LEAST, BANK_PASSING_SHARE, PASSING_SHARE
from questionbank.checks import MISSED
from questionbank.errors import Problem
from questionbank.question import OpenTask, tasks
from questionbank.reference_rubric import decided

if TYPE_CHECKING:
    from grader.calibration import Thresholds

FAILED = "examples-failed"
"""The rubric as a whole does not hold what its author promised."""
BANK_FAILED = "bank-examples-failed"
"""The bank as a whole does not."""


@dataclass(frozen=True)
class Miss:
    """One point of one example that came out otherwise than labelled."""

    example: int
    """Position among the rubric's examples."""
    example_id: str
    point_id: str
    expected: Verdict
    found: Verdict
    """Review switched off: in doubt, what the probability says."""
    probability: float | None


@dataclass(frozen=True)
class RubricResult:
    """How a rubric's examples came out."""

    rubric_id: str
    total: int
    """Points of all examples together."""
    misses: tuple[Miss, ...]

    @property
    def share(self) -> float:
        """Share that came out as labelled, 0 to 1; 1 if there is nothing to test."""
        return 1.0 - len(self.misses) / self.total if self.total else 1.0


def run_rubric_tests(
    bank: Bank, grade_many: GradeMany, thresholds: "Thresholds | None"
) -> Iterator[RubricResult]:
    """Grade every example of every rubric.

    Args:
        bank: the rubrics and the questions that use them.
        grade_many: grades a stream of free-text answers, in order.
        thresholds: the calibration's; None without one, and then what is left to a person is a
            miss.

    Yields:
        One result a rubric, by id.
    """
    prompts = prompts_of(bank)
    for rubric_id, rubric in sorted(bank.rubrics.items()):
        requests = (
            GradeRequest(answer=example.answer, rubric=rubric, question=prompts.get(rubric_id))
            for example in rubric.examples
        )
        misses: list[Miss] = []
        for number, grade in enumerate(grade_many(requests)):
            example = rubric.examples[number]
            for point in grade.points:
                expected = example.verdicts[point.id]
                found = decided(point, thresholds) or point.verdict
                if not agrees(expected, found):
                    misses.append(
                        Miss(number, example.id, point.id, expected, found, point.probability)
                    )
        total = len(rubric.examples) * len(rubric.points)
        yield RubricResult(rubric_id, total, tuple(misses))


def agrees(expected: Verdict, found: Verdict) -> bool:
    """Whether a verdict earns what was expected; `not_met` and `contradicted` both earn 0."""
    return found is not Verdict.NEEDS_REVIEW and expected.share == found.share


def problems_of(results: Sequence[RubricResult], bank: Bank) -> Iterator[Problem]:
    """Phrase results for `check`."""
    for result in results:
        origin, file = bank.rubric_files[result.rubric_id]
        for miss in result.misses:
            line = file.document.line(("examples", miss.example, "verdicts", miss.point_id))
            sure = "" if miss.probability is None else f" (probability {miss.probability:.2f})"
            message = (
                f"example {miss.example_id}: {miss.point_id} is labelled {miss.expected} "
                f"but was graded {miss.found}{sure}"
            )
            yield Problem(origin.shown, line, MISSED, message)
        if result.share < PASSING_SHARE:
            right = result.total - len(result.misses)
            message = (
                f"{right} of {result.total} points of the graded examples came out as labelled, "
                f"fewer than {PASSING_SHARE:.0%}; mend exemplars, counterexamples or labels"
            )
            yield Problem(origin.shown, file.document.line(("examples",)), FAILED, message)
    total = sum(result.total for result in results)
    right = total - sum(len(result.misses) for result in results)
    if total >= BANK_LEAST and right < BANK_PASSING_SHARE * total:
        message = (
            f"{right} of {total} points of all graded examples ({right / total:.1%}) came out as "
            f"labelled, fewer than {BANK_PASSING_SHARE:.0%}; mend the worst rubrics first"
        )
        yield Problem("rubrics", 0, BANK_FAILED, message)


def prompts_of(bank: Bank) -> dict[str, str]:
    """The prompt each rubric's examples answer."""
    return {
        task.rubric: task.prompt
        for question in bank.questions.values()
        for _, task in tasks(question)
        if isinstance(task, OpenTask)
    }

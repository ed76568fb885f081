"""`questionbank check`: everything that is wrong with a bank, in one run."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from grader.errors import GraderError
from grader.grade import Grade
from grader.loading import GraderSettings
from grader.request import GradeRequest
from questionbank.checks import is_warning, run_checks
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.render import Screen, Text, Ticker, safe
from questionbank.errors import Problem

if TYPE_CHECKING:
    from grader.engine import Grader
    from questionbank.attack_check import AttackResult
    from questionbank.batch import GradeMany
    from questionbank.rubric_tests import RubricResult


@click.command(
    epilog="""\b
Examples:
  questionbank check
  questionbank check --bank my-bank --no-grading
  questionbank check --strict --json

\b
Problems are printed as path:line: code: message, which editors can jump to.
The exit code is 1 if there is one; warnings count only with --strict."""
)
@click.option("--no-grading", is_flag=True, help="Leave the model out; answers at once.")
@click.option("--strict", is_flag=True, help="Warnings fail the check, too.")
@options.bank
@options.as_json
@options.model
@options.plain
def command(
    no_grading: bool,
    strict: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Report every problem in the bank, and test its rubrics.

    A rubric holds if its graded examples come out as labelled and a handful of answers that deserve
    nothing earn little; `questionbank attack` does that at length.
    """
    context = Context(plain=plain, bank_folders=bank_folders, grading=grading)
    problems = list(run_checks(context.bank))
    results: list[RubricResult] = []
    attacked: list[AttackResult] = []
    trouble: GraderError | None = None
    if not no_grading:
        try:
            results, attacked = _test_rubrics(context)
        except GraderError as error:  # what reading found is worth telling all the same
            trouble = error
    problems += _found(results, attacked, context)
    errors = [problem for problem in problems if not is_warning(problem)]
    failed = bool(problems if strict else errors)
    if as_json:
        context.screen.json(_as_json(context, problems, results, attacked, failed))
    else:
        _show(context, problems, results, attacked, graded=not no_grading)
    if trouble:
        raise trouble
    return 1 if failed else 0


def _found(
    results: list["RubricResult"], attacked: list["AttackResult"], context: Context
) -> list[Problem]:
    """What grading showed."""
    found: list[Problem] = []
    if results:
        from questionbank.rubric_tests import problems_of

        found += sorted(problems_of(results, context.bank))
    if attacked:
        from questionbank.attack_check import attack_problems

        found += sorted(attack_problems(attacked, context.bank))
    return found


def _test_rubrics(context: Context) -> tuple[list["RubricResult"], list["AttackResult"]]:
    """Grade all examples and the short form of the attacks, with progress bars."""
    # Here, because all this takes longer to import than --no-grading may take.
    from questionbank.attack_check import run_short_form, short_form
    from questionbank.rubric_tests import run_rubric_tests

    bank = context.bank
    if not bank.rubrics:
        return [], []
    grader = context.grader()
    thresholds = grader.calibration.thresholds if grader.calibration else None
    total = sum(len(rubric.examples) for rubric in bank.rubrics.values())
    tested: list[RubricResult] = []
    if total:
        with context.screen.progress("Graded examples", total) as tick:
            tested = list(run_rubric_tests(bank, _counted(grader, tick)))
    with context.screen.progress("Graded attacks", len(short_form(bank))) as tick:
        return tested, list(run_short_form(bank, _counted(grader, tick), thresholds))


def _counted(grader: "Grader", tick: Ticker) -> "GradeMany":
    def grade_many(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for grade in grader.grade_many(requests):
            tick()
            yield grade

    return grade_many


def _show(
    context: Context,
    problems: list[Problem],
    results: list["RubricResult"],
    attacked: list["AttackResult"],
    *,
    graded: bool,
) -> None:
    for problem in problems:
        context.screen.show(_line(context.screen, problem))
    bank = context.bank
    errors = sum(not is_warning(problem) for problem in problems)
    context.screen.note(
        f"{_count(len(bank.questions), 'question')}, {_count(len(bank.rubrics), 'rubric')}: "
        f"{_count(errors, 'problem')}, {_count(len(problems) - errors, 'warning')}"
    )
    if graded and results:
        total = sum(result.total for result in results)
        right = total - sum(len(result.misses) for result in results)
        context.screen.note(f"graded examples: {right} of {total} points came out as labelled")
    if attacked:
        credited = sum(result.credited for result in attacked)
        points = sum(result.points for result in attacked)
        context.screen.note(f"attacks: {credited} of {points} points were wrongly credited")
    if not graded:
        context.screen.note("graded examples were not tested (--no-grading)")


def _line(screen: Screen, problem: Problem) -> Text:
    if screen.plain:
        return Text(safe(str(problem)))
    text = Text(safe(f"{problem.path}:{problem.line}: "))
    text.append(problem.code, style="yellow" if is_warning(problem) else "bold red")
    text.append(safe(f": {problem.message}"))
    return text


def _as_json(
    context: Context,
    problems: list[Problem],
    results: list["RubricResult"],
    attacked: list["AttackResult"],
    failed: bool,
) -> dict[str, object]:
    return {
        "questions": len(context.bank.questions),
        "rubrics": len(context.bank.rubrics),
        "failed": failed,
        "problems": [{**p._asdict(), "warning": is_warning(p)} for p in problems],
        "rubric_tests": [
            {"rubric": r.rubric_id, "points": r.total, "as_labelled": r.total - len(r.misses)}
            for r in results
        ],
        "attacks": [
            {
                "rubric": r.rubric_id,
                "instances": r.instances,
                "points": r.points,
                "wrongly_credited": r.credited,
            }
            for r in attacked
        ],
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

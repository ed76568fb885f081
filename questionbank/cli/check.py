"""`questionbank check`: everything that is wrong with a bank, in one run."""

from typing import TYPE_CHECKING

import click

from grader.errors import GraderError
from grader.loading import GraderSettings
from questionbank.checks import is_warning, run_checks
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.coverage_view import show_coverage
from questionbank.cli.render import Screen, Text, safe
from questionbank.errors import Problem, UsageError

if TYPE_CHECKING:
    from questionbank.trial import Trial


@click.command(
    epilog="""\b
Examples:
  questionbank check
  questionbank check --bank my-bank --no-grading
  questionbank check --strict --json
  questionbank check --coverage

\b
Problems are printed as path:line: code: message, which editors can jump to.
The exit code is 1 if there is one; warnings count only with --strict."""
)
@click.option("--no-grading", is_flag=True, help="Leave the model out; answers at once.")
@click.option(
    "--fresh",
    is_flag=True,
    help="Grade everything again. Otherwise verdicts on texts of the bank are remembered as long "
    "as rubric, text, model, calibration and grader are the same.",
)
@click.option(
    "--coverage",
    is_flag=True,
    help="Count instead what the bank holds against what its questions/coverage.yaml asks for.",
)
@click.option("--strict", is_flag=True, help="Warnings fail the check, too.")
@options.bank
@options.as_json
@options.model
@options.plain
def command(
    no_grading: bool,
    fresh: bool,
    coverage: bool,
    strict: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Report every problem in the bank, and test its rubrics.

    A rubric holds if its graded examples come out as labelled, its exemplars would be credited had
    the grader not seen them, and a handful of answers that deserve nothing earn little;
    `questionbank attack` does that at length. What says the same twice is reported.
    """
    context = Context(plain=plain, bank_folders=bank_folders, grading=grading, remember=True)
    if coverage:
        if no_grading or fresh or strict:
            raise UsageError("--coverage counts and checks nothing else; give it alone")
        return show_coverage(context, as_json=as_json)
    problems = list(run_checks(context.bank))
    trial: Trial | None = None
    trouble: GraderError | None = None
    if not no_grading and context.bank.rubrics:
        try:
            trial = _try_out(context, fresh=fresh)
        except GraderError as error:  # what reading found is worth telling all the same
            trouble = error
    if not no_grading:
        problems += _hard_prompts(context)
    problems += trial.problems if trial else ()
    errors = [problem for problem in problems if not is_warning(problem)]
    failed = bool(problems if strict else errors)
    if as_json:
        context.screen.json(_as_json(context, problems, trial, failed))
    else:
        _show(context, problems, trial, graded=not no_grading)
    if trouble:
        raise trouble
    return 1 if failed else 0


def _try_out(context: Context, *, fresh: bool) -> "Trial":
    """Hold the bank against the grader, with one progress bar for all of it."""
    # Here, because the families of attacks take longer to import than --no-grading may take.
    from questionbank.grade_memory import remembering
    from questionbank.trial import count_steps, run_trial

    bank = context.bank
    grader = context.grader()
    memory = remembering(grader, context.settings, fresh=fresh)
    steps = count_steps(bank, calibrated=grader.calibration is not None)
    with context.screen.progress("Tested", steps) as tick:
        trial = run_trial(bank, grader, (memory or grader).grade_many, tick)
    if memory and memory.remembered:
        context.screen.note(
            f"{memory.remembered} verdicts remembered from earlier runs (--fresh grades again)"
        )
    return trial


def _hard_prompts(context: Context) -> list[Problem]:
    """What is hard to read."""
    from questionbank.reading_level import hard_prompts

    return sorted(hard_prompts(context.bank))


def _show(
    context: Context,
    problems: list[Problem],
    trial: "Trial | None",
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
    if trial:
        _sum_up(context.screen, trial)
    if not graded:
        context.screen.note("graded examples were not tested (--no-grading)")


def _sum_up(screen: Screen, trial: "Trial") -> None:
    if trial.examples and (total := sum(result.total for result in trial.examples)):
        right = total - sum(len(result.misses) for result in trial.examples)
        screen.note(f"graded examples: {right} of {total} points came out as labelled")
    if tried := sum(len(result.tried) for result in trial.held_out):
        missed = sum(len(result.missed) for result in trial.held_out)
        screen.note(f"exemplars held out: {missed} of {tried} would not be credited")
    if trial.attacks:
        credited = sum(result.credited for result in trial.attacks)
        points = sum(result.points for result in trial.attacks)
        screen.note(f"attacks: {credited} of {points} points were wrongly credited")


def _line(screen: Screen, problem: Problem) -> Text:
    if screen.plain:
        return Text(safe(str(problem)))
    text = Text(safe(f"{problem.path}:{problem.line}: "))
    text.append(problem.code, style="yellow" if is_warning(problem) else "bold red")
    text.append(safe(f": {problem.message}"))
    return text


def _as_json(
    context: Context, problems: list[Problem], trial: "Trial | None", failed: bool
) -> dict[str, object]:
    return {
        "questions": len(context.bank.questions),
        "rubrics": len(context.bank.rubrics),
        "blueprints": len(context.bank.blueprints),
        "failed": failed,
        "problems": [{**p._asdict(), "warning": is_warning(p)} for p in problems],
        "rubric_tests": [
            {"rubric": r.rubric_id, "points": r.total, "as_labelled": r.total - len(r.misses)}
            for r in (trial.examples if trial else ())
        ],
        "held_out": [
            {"rubric": r.rubric_id, "exemplars": len(r.tried), "not_credited": len(r.missed)}
            for r in (trial.held_out if trial else ())
        ],
        "attacks": [
            {
                "rubric": r.rubric_id,
                "instances": r.instances,
                "points": r.points,
                "wrongly_credited": r.credited,
            }
            for r in (trial.attacks if trial else ())
        ],
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

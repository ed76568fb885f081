"""`questionbank attack`: answers that deserve nothing, and whether they earn something."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.grade import Grade
from grader.loading import GraderSettings
from grader.request import GradeRequest
from questionbank.attack import MAX_RATE, PER_RUBRIC, Outcome, generate, run_attacks, summarise
from questionbank.attacks import FAMILIES
from questionbank.attacks.material import materials
from questionbank.cli import options
from questionbank.cli.attack_view import (
    attacks_json,
    fairness_json,
    show_attacks,
    show_credited,
    show_fairness,
)
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.render import Ticker
from questionbank.errors import UsageError
from questionbank.labelled_file import LabelledFile

if TYPE_CHECKING:
    from grader.calibration import Thresholds
    from grader.engine import Grader
    from questionbank.batch import GradeMany
    from questionbank.fairness import StyleGap

_EXAMPLES = "-"
"""What `--fairness` without a file stands for."""


@click.command(
    epilog="""\b
Examples:
  questionbank attack
  questionbank attack model-choice/support-assistant --family opposite --show
  questionbank attack --limit 2 --json
  questionbank attack --fairness
  questionbank attack --fairness judged.jsonl

\b
The exit code is 1 if a family is wrongly credited more often than --max-rate.
With --fairness name rubrics first: attack RUBRIC --fairness."""
)
@click.argument("rubrics", metavar="[RUBRIC]...", nargs=-1)
@click.option(
    "--family",
    "families",
    multiple=True,
    type=click.Choice(list(FAMILIES)),
    help="One family; repeatable. [default: all]",
)
@options.seed("The same seed makes the same attacks and rewrites.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=PER_RUBRIC,
    show_default=True,
    metavar="N",
    help="Attacks of a family for each rubric.",
)
@click.option(
    "--max-rate",
    type=options.Share(),
    default=MAX_RATE,
    show_default=True,
    metavar="SHARE",
    help="Share of a family's points that may be wrongly credited.",
)
@click.option("--show", is_flag=True, help="List the attacks that earned something.")
@click.option(
    "--fairness",
    is_flag=False,
    flag_value=_EXAMPLES,
    metavar="[FILE]",
    help="Rewrite honest answers instead and report what shifts: the rubrics' graded examples, or "
    "the answers of FILE, whose rows name a question and label its points.",
)
@options.bank
@options.as_json
@options.model
@options.plain
def command(
    rubrics: tuple[str, ...],
    families: tuple[str, ...],
    seed: int,
    limit: int,
    max_rate: float,
    show: bool,
    fairness: str | None,
    bank_folders: tuple[str, ...],
    as_json: bool,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Grade answers that deserve nothing, and report what they earn.

    Beside it stands what plain similarity would have credited. Without a RUBRIC all are attacked.
    """
    context = Context(plain=plain, bank_folders=bank_folders, grading=grading)
    if fairness is not None:
        return _fairness(context, rubrics, fairness, seed, as_json=as_json)
    outcomes = _attack(context, rubrics, families, seed, limit)
    results = summarise(outcomes)
    failed = any(result.rate > max_rate for result in results)
    if as_json:
        shown = outcomes if show else ()
        context.screen.json(attacks_json(results, max_rate, failed=failed, shown=shown, seed=seed))
    else:
        show_attacks(context.screen, results, max_rate)
        if show:
            show_credited(context.screen, outcomes)
    return 1 if failed else 0


def _attack(
    context: Context, rubrics: tuple[str, ...], families: tuple[str, ...], seed: int, limit: int
) -> list[Outcome]:
    from questionbank.plain_similarity import PlainSimilarity

    found = materials(context.bank, rubrics)
    mention_problems(context.screen, context.bank)
    attacks = generate(found, families, seed=seed, limit=limit)
    if not attacks:
        raise UsageError("there is no rubric to attack in this bank")
    grader = context.grader()
    thresholds = _thresholds(context, grader)
    yardstick = PlainSimilarity(grader.encoder)
    outcomes = []
    with context.screen.progress("Attacks graded", len(attacks)) as tick:
        for outcome in run_attacks(attacks, found, grader.grade_many, thresholds, yardstick):
            outcomes.append(outcome)
            tick()
    return outcomes


def _fairness(
    context: Context, rubrics: tuple[str, ...], name: str, seed: int, *, as_json: bool
) -> int:
    from questionbank.fairness import example_requests, labelled_requests, measure_shifts
    from questionbank.judging import check_against

    file = None if name == _EXAMPLES else LabelledFile(Path(name))
    mention_problems(context.screen, context.bank)
    if file is None:
        requests = example_requests(context.bank, rubrics)
    elif rubrics:
        raise UsageError("a file brings its own questions; name either rubrics or a file")
    else:
        file.check()
        check_against(context.bank, file.rows())
        requests = labelled_requests(file.rows(), context.bank)
    grader = context.grader()
    thresholds = _thresholds(context, grader)
    with context.screen.progress("Answers graded", None) as tick:
        shifts = list(
            measure_shifts(requests, _counting(grader.grade_many, tick), thresholds, seed=seed)
        )
    gap = _gap(context, file, grader, seed) if file else None
    if as_json:
        context.screen.json(fairness_json(shifts, gap, answers=len(requests), seed=seed))
    else:
        show_fairness(context.screen, shifts, gap, labelled=file is not None)
    return 0


def _gap(context: Context, file: LabelledFile, grader: "Grader", seed: int) -> "StyleGap | None":
    from questionbank.fairness import style_gap
    from questionbank.judging import judge_rows

    version = context.package_version
    with context.screen.busy("Comparing styles"):
        return style_gap(judge_rows(file.rows(), context.bank, grader, version), seed=seed)


def _counting(grade_many: "GradeMany", tick: Ticker) -> "GradeMany":
    def counted(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        for grade in grade_many(requests):
            tick()
            yield grade

    return counted


def _thresholds(context: Context, grader: "Grader") -> "Thresholds | None":
    if grader.calibration is None and not grader.by_margin:
        context.screen.note(
            "these weights have no calibration: what is left to a person counts as not credited, "
            "so the figures say little"
        )
    return grader.calibration.thresholds if grader.calibration else None

"""`questionbank evaluate`: machine against human on a file of judged answers."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.loading import GraderSettings
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.render import Screen
from questionbank.cli.table_view import show_table
from questionbank.errors import UsageError
from questionbank.labelled_file import LabelledFile
from questionbank.table import Table
from questionbank.text_file import write_new

if TYPE_CHECKING:
    from grader.engine import Grader
    from grader.reference_curve import CurvePoint
    from grader.reference_scoring import ReferenceScorer
    from questionbank.evaluation import Evaluation


_FOLDED = (
    "Few-shot figures: each answer was judged with what the labels of other answers to the same "
    "question, in the other of {} folds, teach. Labels of the same point stand on both sides by "
    "design, answers never."
)


@click.command(
    epilog="""\b
Examples:
  questionbank evaluate judged.jsonl
  questionbank evaluate judged.jsonl.gz --limit 200 --json
  questionbank evaluate judged.jsonl --calibrate-folds 5
  questionbank evaluate judged.jsonl --calibrate-folds 5 --learning-curve
  questionbank evaluate judged.jsonl --html agreement.html --resample question

\b
A row has question_id, answer and either labels (met, partial or not_met by
the ids of the rubric's points), or its own reference and score, or its own
rubric with labels. docs/agreement.md says what the figures mean."""
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write a page with tables and plots here; it must not exist yet.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N rows only.")
@click.option(
    "--resample",
    type=click.Choice(["answer", "question"]),
    default="answer",
    show_default=True,
    help="What intervals are resampled by.",
)
@options.seed("Of resampling and folds; the same seed gives the same figures and intervals.")
@click.option(
    "--calibrate-folds",
    "folds",
    type=click.IntRange(2, 100),
    metavar="K",
    help="Learn from the file's own labels first, as `questionbank calibrate` does: each answer is "
    "judged by what those to the same question in the other of K folds teach. Labels of a point "
    "then stand on both sides by design, answers never.",
)
@click.option(
    "--learning-curve",
    is_flag=True,
    help="With --calibrate-folds, on rows with reference answers: how well scores agree after 5, "
    "10, 20 and 40 labelled answers to a question.",
)
@options.bank
@options.as_json
@options.model
@options.plain
def command(
    file: Path,
    html: Path | None,
    limit: int | None,
    resample: str,
    seed: int,
    folds: int | None,
    learning_curve: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Grade the answers in FILE, which people have judged, and report how well they agree.

    FILE is JSON lines, gzipped or not. Nothing is kept.
    """
    if folds is not None and grading.refinement is not None:
        raise UsageError(
            f"--calibrate-folds learns from FILE itself; leave out --calibration "
            f"{grading.refinement}, which may have learnt from the same answers"
        )
    if learning_curve and folds is None:
        raise UsageError("--learning-curve needs --calibrate-folds K, to judge what was not learnt")
    context = Context(plain=plain, bank_folders=bank_folders, grading=grading)
    _need_scikit_learn()
    if html is not None:
        _need_room(html)
    evaluation, points = _evaluate(
        context, LabelledFile(file, limit), resample, seed, folds, curve=learning_curve
    )
    if html is not None:
        from questionbank.evaluation_page import page

        write_new(html, page(evaluation))
        context.screen.note(f"wrote {html}")
    if as_json:
        drawn = [point._asdict() for point in points]
        more = {"learning_curve": drawn} if learning_curve else {}
        context.screen.json(evaluation.as_json() | more)
    else:
        _show(context.screen, evaluation)
        if learning_curve:
            context.screen.show("")
            show_table(context.screen, _curve_table(points))
        if folds is not None:
            context.screen.show(f"\n{_FOLDED.format(folds)}")
    return 0


def _evaluate(
    context: Context,
    file: LabelledFile,
    resample: str,
    seed: int,
    folds: int | None,
    *,
    curve: bool,
) -> "tuple[Evaluation, list[CurvePoint]]":
    """Check every row first, then grade, then measure."""
    from grader.agreement import Unit
    from questionbank.evaluation import provenance_of, summarise
    from questionbank.judged_file import has_references, judge_file, reference_rows
    from questionbank.judging import check_against

    count = file.check()
    bank, version = context.bank, context.package_version
    mention_problems(context.screen, bank)
    check_against(bank, file.rows())
    grader = context.grader()
    scorer = _reference_scorer(context.screen, grader) if has_references(file.rows) else None
    if curve and scorer is None:
        raise UsageError(
            "--learning-curve is drawn for rows with reference answers and the default weights; "
            "for rubrics of the bank, `questionbank calibrate` prints it"
        )
    judged = judge_file(file.rows, bank, grader, version, scorer=scorer, folds=folds, seed=seed)
    placed = {}
    with context.screen.progress("Graded", count) as tick:
        for place, answer in judged:
            placed[place] = answer
            tick()
    answers = [placed[place] for place in sorted(placed)]
    if grader.calibration is None:
        context.screen.note(
            "these weights have no calibration: what needs a probability is left out"
            if grader.by_margin
            else "these weights have no calibration: what needs a verdict or a probability is left "
            "out"
        )
    made_by = provenance_of(file, answers, bank, grader, version) | {
        "calibrate_folds": folds,
        "reference_calibration": scorer.calibration.id if scorer else None,
    }
    points: list[CurvePoint] = []
    if curve and folds is not None and scorer is not None:
        from questionbank.reference_judging import learning_curve

        points = learning_curve(reference_rows(file.rows), scorer, folds=folds, seed=seed)
    with context.screen.busy("Resampling"):
        return summarise(answers, made_by, unit=Unit(resample), seed=seed), points


def _reference_scorer(screen: Screen, grader: "Grader") -> "ReferenceScorer | None":
    """What scores answers against references; None, with a note, for weights it does not know."""
    from grader.reference_scoring import load_reference_scorer

    scorer = load_reference_scorer(grader.encoder)
    if scorer is None:
        screen.note(
            "these weights have no calibration for reference answers: scored by mean nearness"
        )
    return scorer


def _need_scikit_learn() -> None:
    """Say what to install before anything takes long."""
    try:
        import_module("grader.agreement")
    except ModuleNotFoundError as error:
        raise UsageError(
            "evaluate needs scikit-learn; install it with: pip install 'questionbank[fit]'"
        ) from error


def _need_room(html: Path) -> None:
    """See that the page can be written before anything takes long."""
    if html.exists():
        raise UsageError(f"{html} is there already; name another file or delete it")
    if not html.parent.is_dir():
        raise UsageError(f"{html.parent}: there is no such folder; make it first")


def _curve_table(points: "Sequence[CurvePoint]") -> Table:
    """Pearson before and after so many labelled answers a question."""
    rows = tuple(
        (str(one.size), str(one.answers), _number(one.before), _number(one.after)) for one in points
    )
    headings = ("Labelled answers a question", "Answers judged", "Pearson before", "after")
    return Table("Learning curve", headings, rows)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _show(screen: Screen, evaluation: "Evaluation") -> None:
    from questionbank.evaluation_tables import tables

    for number, table in enumerate(tables(evaluation)):
        if number:
            screen.show("")
        show_table(screen, table)

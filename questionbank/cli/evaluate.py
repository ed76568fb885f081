"""`questionbank evaluate`: machine against human on a file of judged answers."""

from collections.abc import Iterator
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
from questionbank.text_file import write_new

if TYPE_CHECKING:
    from grader.judgement import JudgedAnswer
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
    context = Context(plain=plain, bank_folders=bank_folders, grading=grading)
    _need_scikit_learn()
    if html is not None:
        _need_room(html)
    evaluation = _evaluate(context, LabelledFile(file, limit), resample, seed, folds)
    if html is not None:
        from questionbank.evaluation_page import page

        write_new(html, page(evaluation))
        context.screen.note(f"wrote {html}")
    if as_json:
        context.screen.json(evaluation.as_json())
    else:
        _show(context.screen, evaluation)
        if folds is not None:
            context.screen.show(f"\n{_FOLDED.format(folds)}")
    return 0


def _evaluate(
    context: Context, file: LabelledFile, resample: str, seed: int, folds: int | None
) -> "Evaluation":
    """Check every row first, then grade, then measure."""
    from grader.agreement import Unit
    from questionbank.evaluation import provenance_of, summarise
    from questionbank.judging import check_against, judge_rows

    count = file.check()
    bank, version = context.bank, context.package_version
    mention_problems(context.screen, bank)
    check_against(bank, file.rows())
    grader = context.grader()
    if folds is None:
        judged: Iterator[tuple[int, JudgedAnswer]] = enumerate(
            judge_rows(file.rows(), bank, grader, version)
        )
    else:
        from questionbank.folding import judge_folded

        judged = judge_folded(file.rows(), bank, grader, version, folds=folds, seed=seed)
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
    made_by = provenance_of(file, answers, bank, grader, version) | {"calibrate_folds": folds}
    with context.screen.busy("Resampling"):
        return summarise(answers, made_by, unit=Unit(resample), seed=seed)


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


def _show(screen: Screen, evaluation: "Evaluation") -> None:
    from questionbank.evaluation_tables import tables

    for number, table in enumerate(tables(evaluation)):
        if number:
            screen.show("")
        show_table(screen, table)

"""`questionbank calibrate`: learn from a person's own graded answers."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.loading import GraderSettings
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.table_view import show_table
from questionbank.errors import UsageError
from questionbank.folders import private_folder
from questionbank.labelled_file import LabelledFile
from questionbank.text_file import write_new

if TYPE_CHECKING:
    from grader.refinement import Refinement
    from questionbank.calibrating import Gathered

FOLDER = "calibrations"
"""Within the data folder."""
RECORD = "reviewed"
"""What decisions of the record are called where a file would be named."""


@click.command(
    epilog="""\b
Examples:
  questionbank calibrate judged.jsonl
  questionbank calibrate judged.jsonl --rubric model-choice/support-assistant
  questionbank calibrate --reviewed --output mine.json
  questionbank grade answers.jsonl --calibration mine.json
  questionbank calibrate --base judged.jsonl --model my-encoder --output base.json

\b
A row has question_id, answer and labels (met, partial or not_met by the ids
of the rubric's points); docs/agreement.md has more. About 10 labelled answers
a point are needed; a point with fewer is left as it is. The result holds for
these rubrics, weights and base calibration only, and is refused when one of
them changes. What does not help on answers left out is not written without
--force; the exit code is 1 then."""
)
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--reviewed",
    is_flag=True,
    help="Learn from the verdicts given in `questionbank review` instead of a file.",
)
@click.option(
    "--base",
    is_flag=True,
    help="Make a base calibration for --model from the bank's graded examples and any FILEs, as "
    "the shipped one was made.",
)
@click.option("--rubric", "rubrics", multiple=True, metavar="ID", help="Only this; repeatable.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write here. [default: calibrations/ in the data folder, named after the rubric, or "
    "after FILE if there are several]",
)
@click.option("--force", is_flag=True, help="Overwrite OUT, and write what does not help, too.")
@options.seed("Of folds and draws; the same seed gives the same figures.")
@options.bank
@options.db
@options.model
@options.as_json
@options.plain
def command(
    files: tuple[Path, ...],
    reviewed: bool,
    base: bool,
    rubrics: tuple[str, ...],
    output: Path | None,
    force: bool,
    seed: int,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    as_json: bool,
    plain: bool,
) -> int:
    """Learn from answers that you have graded yourself.

    Corrects the calibration for the rubrics of these answers, reports figures before and after on
    answers left out, and writes a file for --calibration.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db, grading=grading)
    if base:
        return _base(context, files, reviewed, rubrics, output, force=force, as_json=as_json)
    if len(files) != (0 if reviewed else 1):
        raise UsageError("name one FILE of graded answers, or --reviewed and none")
    if grading.refinement is not None:
        raise UsageError(
            f"{grading.refinement} was itself learnt from graded answers; --calibration takes a "
            "base calibration here"
        )
    if output is not None:
        _need_room(output, force=force)
    for name in rubrics:
        context.bank.rubric(name)
    mention_problems(context.screen, context.bank)
    gathered, data, digest = _gather(context, files, rubrics)
    if gathered.others:
        what = (
            "decisions on texts that have changed since; `questionbank regrade` carries them over"
            if reviewed
            else "rows without labels on a rubric of the bank"
        )
        context.screen.note(f"left out: {gathered.others} {what}")
    target = output or _default(context, gathered, data, force=force)
    refinement = _learn(context, gathered, data, digest, seed)
    return _finish(context, refinement, target, force=force, as_json=as_json)


def _gather(
    context: Context, files: tuple[Path, ...], rubrics: tuple[str, ...]
) -> tuple["Gathered", str, str]:
    """The labelled answers, what to call them, and their digest."""
    from questionbank.calibrating import digest_of, from_record, from_rows
    from questionbank.judging import check_against

    bank = context.bank
    if files:
        file = LabelledFile(files[0])
        file.check()
        check_against(bank, file.rows())
        return from_rows(file.rows(), bank, rubrics), file.path.name, file.digest
    with context.store() as store:
        gathered = from_record(store.attempts(), bank, rubrics)
    return gathered, RECORD, digest_of(gathered.answers)


def _learn(
    context: Context, gathered: "Gathered", data: str, digest: str, seed: int
) -> "Refinement":
    from questionbank.calibrating import learn, need_labels

    need_labels(gathered.answers)
    grader = context.grader()
    with context.screen.progress("Read", len(gathered.answers)) as tick:
        return learn(
            gathered.answers,
            grader,
            data=data,
            data_digest=digest,
            created=context.now().date(),
            seed=seed,
            tick=tick,
        )


def _default(context: Context, gathered: "Gathered", data: str, *, force: bool) -> Path:
    """Where the file goes if nobody says."""
    names = sorted({one.rubric.id for one in gathered.answers})
    stem = names[0].replace("/", "-") if len(names) == 1 else Path(data).stem.split(".")[0]
    target = private_folder(context.data / FOLDER) / f"{stem}.json"
    _need_room(target, force=force)
    return target


def _need_room(output: Path, *, force: bool) -> None:
    """See that the file can be written before anything takes long."""
    if output.exists() and not force:
        raise UsageError(f"{output} is there already; name another --output or give --force")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder; make it first")


def _finish(
    context: Context, refinement: "Refinement", target: Path, *, force: bool, as_json: bool
) -> int:
    """Report, and write unless it does not help."""
    from grader.refinement import as_text
    from questionbank.cli.calibrate_view import facts, gain_tables, left_lines

    screen = context.screen
    helps = refinement.fit is not None and refinement.fit.helps
    write = helps or force
    if write:
        _write(target, as_text(refinement))
    if as_json:
        screen.json(facts(refinement, str(target) if write else None))
    else:
        for table in gain_tables(refinement):
            show_table(screen, table)
            screen.show("")
        for line in left_lines(refinement):
            screen.show(line)
    if not helps:
        screen.note(
            "It does not help: on answers left out, probabilities are no nearer to your verdicts "
            "than before. Label more answers."
        )
    if write:
        screen.note(f"wrote {target}; grade with it by --calibration {target}")
    else:
        screen.note("nothing was written; --force writes it all the same")
    return 0 if write else 1


def _base(
    context: Context,
    files: tuple[Path, ...],
    reviewed: bool,
    rubrics: tuple[str, ...],
    output: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> int:
    """Fit a base calibration and write it."""
    if reviewed or rubrics:
        raise UsageError("--base takes neither --reviewed nor --rubric")
    grading = context.grading
    if grading.calibration is not None or grading.refinement is not None:
        raise UsageError("--base makes a calibration; leave out --calibration")
    if output is None:
        raise UsageError("--base needs --output OUT")
    _need_room(output, force=force)
    _need_scikit_learn()
    from grader.fitting import as_text
    from questionbank.base_calibration import fit_base
    from questionbank.judging import check_against

    labelled = [LabelledFile(path) for path in files]
    for file in labelled:
        file.check()
        check_against(context.bank, file.rows())
    mention_problems(context.screen, context.bank)
    encoder = context.grader().encoder
    with context.screen.busy("Fitting"):
        made = fit_base(context.bank, labelled, encoder, context.now().date())
    _write(output, as_text(made))
    if as_json:
        context.screen.json(
            {
                "id": made.id,
                "model": made.model,
                "weights_digest": made.weights_digest,
                "fit": made.fit.model_dump(mode="json"),
                "output": str(output),
            }
        )
    else:
        context.screen.show(
            f"Fitted on {made.fit.rows} judgements; figures with each rubric left out in turn:"
        )
        for name, value in made.fit.figures.items():
            context.screen.show(f"  {name}: {value:g}")
    context.screen.note(f"wrote {output}; grade with it by --calibration {output}")
    return 0


def _need_scikit_learn() -> None:
    """Say what to install before anything takes long."""
    try:
        import_module("grader.fitting")
    except ModuleNotFoundError as error:
        raise UsageError(
            "calibrate --base needs scikit-learn; install it with: pip install 'questionbank[fit]'"
        ) from error


def _write(path: Path, text: str) -> None:
    """Write a file, in the place of one that is there only once the new one is whole."""
    if not path.exists():
        write_new(path, text)
        return
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write_new(beside, text)
    beside.replace(path)

"""`questionbank grade`: a file of answers, graded."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.grade import Grade
from grader.loading import GraderSettings
from grader.request import GradeRequest
from questionbank.answer_file import AnswerFile
from questionbank.batch import (
    chunks,
    grade_items,
    output_line,
    resolve,
    settings_digest,
    survey,
)
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.render import json_line
from questionbank.keeping import Keeper
from questionbank.line_file import LineFile, LineState

if TYPE_CHECKING:
    from grader.engine import Grader

SYNC_EVERY = 20
"""Lines between two writes to disk; so many at most are graded again after a power cut."""
Emit = Callable[[dict[str, object]], None]


@click.command(
    epilog="""\b
Examples:
  questionbank grade answers.jsonl > grades.jsonl
  questionbank grade answers.csv --output grades.jsonl --keep
  echo '{"question_id": "foundations/error-metrics", "answer": "a, b, d"}' \\
    | questionbank grade -

\b
A row has id, question_id (question_id#part for a part of a case), answer, and
seed for a numeric instance. A bad row becomes a line with "status": "not_graded"
and "error"; the rest goes on and the exit code is 1."""
)
@click.argument("file", metavar="FILE")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write here; if interrupted, the same command goes on at the next row.",
)
@click.option("--keep", is_flag=True, help="Keep answers and grades in the record, too.")
@click.option(
    "--batch-size",
    type=click.IntRange(1, 10_000),
    default=32,
    show_default=True,
    help="Answers embedded together; changes the speed and nothing else.",
)
@options.bank
@options.db
@options.model
@options.plain
def command(
    file: str,
    output: Path | None,
    keep: bool,
    batch_size: int,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Grade the answers in FILE (JSON lines or CSV; - for standard input).

    Writes one JSON object a line, in the order of the input.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db, grading=grading)
    with ExitStack() as stack:
        source = stack.enter_context(AnswerFile(file, sys.stdin.buffer if sys.stdin else None))
        mention_problems(context.screen, context.bank)
        store = stack.enter_context(context.store()) if keep else None
        job = _Job(context, source, batch_size)
        if store:
            job.keeper = Keeper(store, source.digest + job.settings, context.now)
        if output is None:
            failed = job.run(context.screen.json)
        else:
            state = LineState(
                input_digest=source.digest,
                settings_digest=job.settings,
                record=store.label if store else None,
            )
            lines = stack.enter_context(LineFile(output, state))
            failed = _into_file(context, job, lines)
    return 1 if failed else 0


class _Job:
    """One run over one source; what it needs is there before the first line is written."""

    def __init__(self, context: Context, source: AnswerFile, batch_size: int) -> None:
        self.context = context
        self.source = source
        self.batch_size = batch_size
        self.keeper: Keeper | None = None
        self.count, self._needs_model = survey(resolve(source.rows(), context.bank))
        self.settings = self._settings()

    @cached_property
    def grader(self) -> "Grader":
        """Takes seconds to load, so only what answers in free text need it."""
        return self.context.grader()

    def _settings(self) -> str:
        """A digest of all that decides the lines."""
        made_with: dict[str, str | None] = {"version": self.context.package_version}
        if self._needs_model:
            encoder = self.grader.encoder
            made_with["weights"] = encoder.weights_digest
            made_with["dtype"] = encoder.dtype
            made_with["device"] = encoder.device
            by_margin = "uncalibrated" if self.grader.by_margin else None
            made_with["calibration"] = self.grader.calibration_id or by_margin
        return settings_digest(made_with, self.context.bank)

    def run(self, emit: Emit, done: int = 0) -> int:
        """Grade every row after the first `done`.

        Returns:
            How many could not be graded.
        """
        failed = 0
        rows = resolve(self.source.rows(), self.context.bank)
        with self.context.screen.progress("Graded", self.count - done) as tick:
            for chunk in chunks(rows):
                if self.keeper:
                    self.keeper.begin(chunk)
                todo = [item for item in chunk if item.number >= done]
                graded = grade_items(todo, self._grade_many, self.context.package_version)
                for item, grade in graded:
                    if self.keeper and grade:
                        self.keeper.keep(item, grade)
                    emit(output_line(item, grade))
                    failed += grade is None
                    tick()
                if self.keeper:
                    self.keeper.end()
        return failed

    def _grade_many(self, requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        yield from self.grader.grade_many(requests, self.batch_size)


def _into_file(context: Context, job: _Job, lines: LineFile) -> int:
    """Write the lines that are still missing; returns how many rows could not be graded."""
    if lines.done:
        context.screen.note(f"{lines.done} rows are graded already; going on after them")
    written = 0

    def emit(line: dict[str, object]) -> None:
        nonlocal written
        lines.write(json_line(line))
        written += 1
        if written % SYNC_EVERY == 0:
            lines.sync()

    try:
        failed = job.run(emit, lines.done)
    except KeyboardInterrupt:
        lines.sync()
        context.screen.note(
            f"stopped after {lines.done + written} rows; the same command goes on from there"
        )
        raise
    lines.sync()
    failed += lines.failed
    context.screen.note(
        f"{lines.done + written} rows in {lines.path}"
        + (f", {failed} not graded" if failed else "")
    )
    return failed

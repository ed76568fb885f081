"""`questionbank grade`: a file of answers, graded."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property, partial
from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING

import click

from grader.grade import Grade
from grader.loading import GraderSettings
from grader.request import GradeRequest
from grader.stages import Stopwatch
from questionbank.answer_file import AnswerFile
from questionbank.batch import (
    Item,
    chunks,
    grade_items,
    made_by,
    made_with,
    output_line,
    resolve,
    settings_digest,
    survey,
)
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.copies_view import mention_copies
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.profile_view import profile_lines
from questionbank.cli.render import Text, json_line, safe
from questionbank.errors import UsageError
from questionbank.question import OpenTask

if TYPE_CHECKING:
    from grader.crew import Crew
    from grader.engine import Grader
    from questionbank.grade_memory import GradeMemory
    from questionbank.keeping import Keeper
    from questionbank.line_file import Lines
    from questionbank.near_copies import NearCopies

Emit = Callable[[Item, Grade | None], None]


@click.command(
    epilog="""\b
Examples:
  questionbank grade answers.jsonl > grades.jsonl
  questionbank grade answers.csv --output grades.jsonl --keep
  questionbank grade one.jsonl --explain
  questionbank grade answers.jsonl --output grades.jsonl --profile
  questionbank grade answers.jsonl --output grades.jsonl --devices all
  questionbank grade s3://bucket/answers.parquet --engine ray --ray-address auto \
    --output s3://bucket/grades.jsonl
  echo '{"question_id": "foundations/error-metrics", "answer": "a, b, d"}' \\
    | questionbank grade -

\b
A row has id, question_id (question_id#part for a part of a case), answer, and
seed for a numeric instance. A bad row becomes a line with "status": "not_graded"
and "error"; the rest goes on and the exit code is 1.

\b
Answers to the same question that are nearly the same are named on standard
error at the end: a hint for a person, which changes no grade."""
)
@click.argument("file", metavar="FILE")
@click.option(
    "--output",
    type=options.PathOrUrl(),
    metavar="FILE",
    help="Write here, or to a URL such as s3://; Parquet if it ends in .parquet. If interrupted, "
    "the same command goes on where it stopped.",
)
@click.option("--keep", is_flag=True, help="Keep answers and grades in the record, too.")
@click.option(
    "--explain",
    is_flag=True,
    help="Print how each grade came about, to be followed by hand, in place of JSON lines (which "
    "--output still writes).",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 10_000),
    help="Answers embedded together; changes the speed and nothing else. [default: 32; 64 with "
    "OpenVINO, 512 on a graphics card]",
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Grade everything anew, and keep neither grades nor vectors for another run. Otherwise "
    "they are kept in the cache folder, at most QUESTIONBANK_CACHE_MB megabytes (2000; 0: none).",
)
@click.option(
    "--profile",
    is_flag=True,
    help="Say at the end, on standard error, how long each stage took, how many tokens a second "
    "were embedded, and how near that is to the machine's fastest matrix product.",
)
@options.engine
@options.bank
@options.db
@options.model
@options.plain
def command(
    file: str,
    output: str | None,
    keep: bool,
    explain: bool,
    batch_size: int | None,
    no_cache: bool,
    profile: bool,
    engine: str,
    workers: int | None,
    devices: str | None,
    ray_address: str | None,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Grade the answers in FILE: JSON lines, CSV or Parquet, a path or a URL; - for standard input.

    Writes one JSON object a line, in the order of the input.
    """
    context = Context(
        plain=plain, bank_folders=bank_folders, db=db, grading=grading, remember=not no_cache
    )
    _refuse_mixed(engine == "ray", bool(workers or ray_address), devices, grading.device)
    _refuse_many(engine == "ray" or bool(devices), explain or profile)
    with ExitStack() as stack:
        source = stack.enter_context(AnswerFile(file, sys.stdin.buffer if sys.stdin else None))
        mention_problems(context.screen, context.bank)
        store = stack.enter_context(context.store()) if keep else None
        if engine == "ray":
            from questionbank.cli.grade_ray import RayOptions, grade_with_ray

            asked = RayOptions(ray_address, workers)
            failed = grade_with_ray(
                context, source, asked, batch_size=batch_size, output=output, store=store
            )
            return 1 if failed else 0
        job = _Job(context, source, batch_size)
        if job.needs_model:  # what cannot grade is refused before anything is written
            if devices:
                job.crew = stack.enter_context(context.crew(devices))
            else:
                job.load()
        if store:
            from questionbank.keeping import Keeper

            job.keeper = Keeper(store, source.digest + job.settings, context.now)
        show = job.explain if explain else None
        if output is None:
            failed = job.run(show or job.print_line)
        else:
            from questionbank.line_file import LineState
            from questionbank.output import open_output

            state = LineState(
                input_digest=source.digest,
                settings_digest=job.settings,
                record=store.label if store else None,
            )
            lines = stack.enter_context(open_output(output, state))
            failed = _into_file(context, job, lines, show)
        with job.watch.during("copies"):
            job.mention_copies()
        job.mention_memory()
        if profile:
            job.mention_profile()
    return 1 if failed else 0


def _refuse_mixed(ray: bool, of_ray: bool, devices: str | None, device: str | None) -> None:
    """Refuse options of which one would have no effect."""
    if of_ray and not ray:
        raise UsageError("--workers and --ray-address go with --engine ray")
    if ray and devices:
        raise UsageError("--devices goes with the local engine; with --engine ray give --workers")
    if devices and device:
        raise UsageError("give --device or --devices, not both")


def _refuse_many(many: bool, of_one: bool) -> None:
    """Refuse several processes for what only one can tell."""
    if many and of_one:
        raise UsageError(
            "--explain and --profile are of one process; leave --engine ray and --devices out"
        )


class _Job:
    """One run over one source; what it needs is there before the first line is written."""

    def __init__(self, context: Context, source: AnswerFile, batch_size: int | None) -> None:
        self.context = context
        self.source = source
        self.batch_size = batch_size
        self.keeper: Keeper | None = None
        self.crew: Crew | None = None
        """Grades in several processes, in place of `grader`."""
        self.watch = Stopwatch()
        self._wall = 0.0
        self._graded = 0
        self._copies: NearCopies | None = None
        self.count, self.needs_model = survey(resolve(source.rows(), context.bank))

    @cached_property
    def grader(self) -> "Grader":
        """Takes seconds to load, so only what answers in free text need it."""
        return self.context.grader()

    @cached_property
    def _memory(self) -> "GradeMemory | None":
        """What earlier runs have graded; None if nothing is to be remembered, or by a crew."""
        from questionbank.grade_memory import remembering

        return None if self.crew else remembering(self.grader, self.context.settings)

    def load(self) -> None:
        """Load the grader now."""
        _ = self.grader

    @cached_property
    def settings(self) -> str:
        """A digest of all that decides the lines, for whoever goes on with them later."""
        version = self.context.package_version
        if self.crew:
            made = made_by(version, self.crew.described)
        else:
            made = made_with(version, self.grader if self.needs_model else None)
        return settings_digest(made, self.context.bank)

    def run(self, emit: Emit, done: int = 0) -> int:
        """Grade every row after the first `done`.

        Returns:
            How many could not be graded.
        """
        failed = 0
        began = perf_counter()
        with self.context.screen.progress("Graded", self.count - done) as tick:
            for rows in self._stretches():
                todo = (item for item in rows if item.number >= done)
                graded = grade_items(todo, self._grade_many, self.context.package_version)
                for item, grade in graded:
                    with self.watch.during("writing"):
                        if self.keeper and grade:
                            self.keeper.keep(item, grade)
                        emit(item, grade)
                        tick()
                    failed += grade is None
                    self._graded += 1
        self._wall = perf_counter() - began
        return failed

    def _stretches(self) -> Iterator[Iterable[Item]]:
        """The rows of the file in one stream, so that stages never run dry.

        With a record it is one for each of its attempts, which hold a chunk.
        """
        if not self.keeper:
            yield chain.from_iterable(self._chunks())
            return
        for chunk in self._chunks():
            self.keeper.begin(chunk)
            yield chunk
            self.keeper.end()

    def _chunks(self) -> Iterator[list[Item]]:
        rows = chunks(resolve(self.source.rows(), self.context.bank))
        while chunk := self._next(rows):
            self._compare(chunk)
            yield chunk

    def _next(self, rows: Iterator[list[Item]]) -> list[Item]:
        """The next rows of the file; none at its end."""
        with self.watch.during("file"):
            return next(rows, [])

    def print_line(self, item: Item, grade: Grade | None) -> None:
        """Print one row for programs."""
        self.context.screen.json(output_line(item, grade))

    def explain(self, item: Item, grade: Grade | None) -> None:
        """Print one row for a person who wants to follow it."""
        from questionbank.cli.explain_view import explain_view

        screen = self.context.screen
        title = f"Answer {item.row_id} to {item.question_id}"
        screen.show(Text(safe(title), style="bold reverse"))
        if grade is None or item.row is None or item.instance is None:
            screen.show(f"Not graded: {item.error}", "")
            return
        asked = grade.provenance.calibration
        known = [self.grader.calibration] if asked and self.grader.calibration else []
        answer = item.row.answer
        screen.show(*explain_view(item.instance, grade, known, answer, grade))

    def _compare(self, chunk: Iterable[Item]) -> None:
        """Take note of free-text answers, of rows graded earlier, too."""
        if not self.needs_model:
            return
        if self._copies is None:
            from questionbank.near_copies import NearCopies

            self._copies = NearCopies()
        with self.watch.during("copies"):
            for item in chunk:
                if item.row and item.instance and isinstance(item.instance.task, OpenTask):
                    self._copies.add(item.number, item.row.question_id, item.row.answer)

    def mention_copies(self) -> None:
        """Name the rows that are nearly the same, on standard error."""
        if self._copies is not None:
            rows = partial(resolve, self.source.rows(), self.context.bank)
            mention_copies(self.context.screen, self._copies, rows)

    def mention_memory(self) -> None:
        """Say how much was remembered, and why nothing will be, on standard error."""
        if not self.needs_model or self._memory is None:
            return
        if count := self._memory.remembered:
            what = "1 grade" if count == 1 else f"{count:,} grades"
            self.context.screen.note(
                f"{what} remembered from earlier runs (--no-cache grades again)"
            )
        if trouble := self._memory.kept.trouble:
            self.context.screen.note(f"grades cannot be kept for another run: {trouble}")

    def mention_profile(self) -> None:
        """Say where the time went, on standard error."""
        seconds, tokens, again, work, peak = dict(self.watch.seconds), 0, 0, None, None
        if self.needs_model:
            from grader.encoder import embedded
            from grader.peak import measure_peak

            encoder = self.grader.encoder
            seconds |= self.grader.watch.seconds
            tokens = embedded(encoder)
            again = embedded(self.grader.closer.encoder) if self.grader.closer else 0
            work = getattr(encoder, "work", None)
            peak = measure_peak(encoder.device)
        lines = profile_lines(seconds, self._wall, self._graded, tokens, work, peak, again)
        for line in lines:
            self.context.screen.note(line)

    def _grade_many(self, requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        grader = self.crew or self._memory or self.grader
        yield from grader.grade_many(requests, self.batch_size)


def _into_file(context: Context, job: _Job, lines: "Lines", show: Emit | None) -> int:
    """Write the lines that are still missing; returns how many rows could not be graded."""
    from questionbank.cli.line_output import LineOutput

    with LineOutput(context.screen, lines) as output:

        def emit(item: Item, grade: Grade | None) -> None:
            output.write(json_line(output_line(item, grade)), failed=grade is None)
            if show:
                show(item, grade)

        job.run(emit, lines.done)
    return output.failed

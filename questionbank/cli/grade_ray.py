"""`questionbank grade --engine ray`: the same lines, made by many processes or machines."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain

from grader.calibration import load_calibration
from grader.grade import Grade
from questionbank.answer_file import AnswerFile, BadRow
from questionbank.bank import Bank
from questionbank.batch import chunks, made_with, resolve, settings_digest
from questionbank.cli.context import Context
from questionbank.cli.copies_view import mention_copies
from questionbank.cli.line_output import LineOutput
from questionbank.cli.render import json_line
from questionbank.errors import UsageError
from questionbank.keeping import Keeper
from questionbank.line_file import LineState, not_graded
from questionbank.near_copies import NearCopies
from questionbank.output import open_output
from questionbank.question import OpenTask
from questionbank.ray_engine.cluster import ADDRESS_VARIABLE, cluster
from questionbank.ray_engine.engine import RayEngine
from questionbank.ray_engine.work import Made, Work, travelling
from questionbank.store import Store


@dataclass(frozen=True)
class RayOptions:
    """What the user asked of the cluster."""

    address: str | None
    """None for what the environment says, else a cluster of our own on this machine."""
    workers: int | None
    """None for as many as fit."""


def grade_with_ray(
    context: Context,
    source: AnswerFile,
    asked: RayOptions,
    *,
    batch_size: int | None,
    output: str | None,
    store: Store | None,
) -> int:
    """Grade a file on a cluster.

    Args:
        context: the command's.
        source: the answers, open.
        asked: which cluster, and how much of it.
        batch_size: answers embedded together; None for what suits the device.
        output: where to write; None for standard output.
        store: where to keep answers and grades besides; None for nowhere.

    Returns:
        How many rows could not be graded.

    Raises:
        UsageError: Ray is not installed, or the cluster cannot be reached.
        GraderError: the workers cannot grade, or would not grade alike.
    """
    screen = context.screen  # before anything is redirected
    count, needs_model = survey_rows(source, context.bank)
    address = asked.address or os.environ.get(ADDRESS_VARIABLE) or None
    done = (
        open_output(output, LineState(input_digest="", settings_digest="")).there() if output else 0
    )
    with ExitStack() as stack:
        with screen.busy("Starting Ray and loading the model" if needs_model else "Starting Ray"):
            work = _work(context, batch_size, needs_model=needs_model)
            ray = stack.enter_context(cluster(address, asked.workers))
            engine = stack.enter_context(RayEngine(ray, work, count, asked.workers))
            results = engine.results(source.rows, done)
            first = next(results, None)
        if needs_model and first:
            context.check_settings(calibrated=first.calibrated)
        made = first.made_with if first else made_with(context.package_version, None)
        settings = settings_digest(made, context.bank)
        keeper = Keeper(store, source.digest + settings, context.now) if store else None
        run = _Run(context, source, chain([first] if first else [], results), count, keeper)
        if output is None:
            return run.go(lambda line: screen.json(json.loads(line)), 0)
        state = LineState(
            input_digest=source.digest,
            settings_digest=settings,
            record=store.label if store else None,
        )
        lines = stack.enter_context(open_output(output, state))
        if lines.done != done:
            raise UsageError(f"{output} was changed by another program just now; try again")
        with LineOutput(screen, lines) as out:
            run.go(lambda line: out.write(line.decode(), failed=not_graded(line)), done)
        return out.failed


def _there(output: str) -> int:
    """How many lines the output has; whether they are of this job is seen when it is opened."""
    return open_output(output, LineState(input_digest="", settings_digest="")).there()


def survey_rows(source: AnswerFile, bank: Bank) -> tuple[int, bool]:
    """Look through all rows before any is graded.

    Returns:
        How many there are, and whether any that can be graded is answered in free text.
    """
    count = 0
    free = False
    closed: set[str] = set()
    for line, row in source.rows():
        count += 1
        if free or isinstance(row, BadRow) or row.question_id in closed:
            continue
        for item in resolve([(line, row)], bank):
            if item.instance is not None:
                free = isinstance(item.instance.task, OpenTask)
                closed.add(row.question_id)
    return count, free


def _work(context: Context, batch_size: int | None, *, needs_model: bool) -> Work:
    """Gather what the workers are to know, refusing here what can be refused here."""
    asked = context.grading
    if asked.calibration is not None:
        load_calibration(asked.calibration)
    return Work(
        bank=travelling(context.bank),
        settings=context.settings.model_copy(update={"cache_folder": None}),
        calibration=asked.calibration.read_bytes() if asked.calibration else None,
        refinement=asked.refinement.read_bytes() if asked.refinement else None,
        package_version=context.package_version,
        needs_model=needs_model,
        batch_size=batch_size,
        dump=json_line,
    )


class _Run:
    """One run over one source."""

    def __init__(
        self,
        context: Context,
        source: AnswerFile,
        results: Iterator[Made],
        count: int,
        keeper: Keeper | None,
    ) -> None:
        self._context = context
        self._results = results
        self._count = count
        self._keeper = keeper
        self._source = source
        self._copies = NearCopies()

    def go(self, emit: Callable[[bytes], None], done: int) -> int:
        """Grade every row after the first `done`.

        Args:
            emit: takes a line without its end.
            done: rows that were graded before.

        Returns:
            How many could not be graded.
        """
        failed = 0
        lines = self._kept(done) if self._keeper else self._lines()
        with self._context.screen.progress("Graded", self._count - done) as tick:
            for line in lines:
                emit(line)
                failed += not_graded(line)
                tick()
        screen = self._context.screen
        items = partial(resolve, self._source.rows(), self._context.bank)
        mention_copies(screen, self._copies, items)
        return failed

    def _lines(self) -> Iterator[bytes]:
        for made in self._results:
            for noted in made.noted:
                self._copies.add_signature(noted.row, noted.question, noted.signature)
            yield from made.lines

    def _kept(self, done: int) -> Iterator[bytes]:
        """The same lines, each put on record when it is taken."""
        keeper = self._keeper
        if keeper is None:
            raise ValueError("there is no record to keep anything in")
        lines = self._lines()
        for chunk in chunks(resolve(self._source.rows(), self._context.bank)):
            keeper.begin(chunk)
            for item in chunk:
                if item.number < done:
                    continue
                line = next(lines)
                if grade := grade_of(line):
                    keeper.keep(item, grade)
                yield line
            keeper.end()
        yield from lines


def grade_of(line: bytes) -> Grade | None:
    """Read a grade back from its line; None for a row that was not graded."""
    value = json.loads(line)
    if value["status"] != "graded":
        return None
    fields = Grade.model_fields
    return Grade.model_validate_json(
        json.dumps({name: item for name, item in value.items() if name in fields})
    )

"""`questionbank quiz`: questions in the terminal, graded as you go."""

import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.loading import GraderSettings
from questionbank.answer_file import AnswerRow, read_rows
from questionbank.attempt import Attempt, AttemptKind, AttemptRecord
from questionbank.bank import choose
from questionbank.cli import options
from questionbank.cli.answering import AnswerSource, FileAnswers, PlainAnswers
from questionbank.cli.context import Context
from questionbank.cli.ending import Terminated, ending_decently
from questionbank.cli.lazy_grader import LazyGrader
from questionbank.cli.quiz_session import QuizSession, show_step
from questionbank.document import documents_of, instances_of
from questionbank.drawing import draw
from questionbank.errors import UsageError, telling_what_is_kept
from questionbank.filter import Filter
from questionbank.instance import Instance, instances
from questionbank.question import Question
from questionbank.quiz import QuizState, start

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Keys while you answer in your own words:
  Enter              a new line
  Ctrl-D, Esc Enter  submit; twice with nothing typed skips the question
  Ctrl-X Ctrl-E      go on in your own editor (VISUAL or EDITOR)
  Ctrl-C             stop, and come back with --resume

\b
A number or a choice is submitted with Enter. With --plain you type line by
line; a line that holds only a dot, or Ctrl-D, submits.

\b
Examples:
  questionbank quiz --count 1
  questionbank quiz --strategy benchmark-critique --level beginner
  questionbank quiz --id inference-economics/monthly-api-cost --seed 7
  questionbank quiz --blueprint beginner-path
  questionbank quiz --answers mine.jsonl --plain
  questionbank quiz --resume"""
)
@options.wanted
@click.option(
    "--count",
    type=click.IntRange(1),
    help="How many questions at most. [default: 3, or all that --id names]",
)
@click.option("--minutes", type=click.IntRange(1), help="Time for all questions together.")
@click.option(
    "--blueprint",
    metavar="ID",
    help="Draw by the rule of a learning path or an interview; `list --blueprints` shows them.",
)
@click.option("--seed", type=click.IntRange(0), help="Draw the same questions and numbers again.")
@click.option("--resume", is_flag=True, help="Go on with the last unfinished quiz.")
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take the answers from a file instead of the keyboard: JSON lines, or CSV by its name, "
    "with question_id (question_id#part for a part of a case) and answer. Give the --seed the "
    "numbers were drawn with.",
)
@options.bank
@options.db
@options.model
@options.plain
def command(
    ids: tuple[str, ...],
    strategies: tuple[str, ...],
    levels: tuple[str, ...],
    topics: tuple[str, ...],
    audiences: tuple[str, ...],
    count: int | None,
    minutes: int | None,
    blueprint: str | None,
    seed: int | None,
    resume: bool,
    answers: Path | None,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Answer questions and see, point by point, what was credited and why.

    Every answer is on disk before it is graded and drafts are kept as you type: after Ctrl-C, a
    crash or a power cut, `--resume` goes on at the same question.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db, grading=grading)
    wanted = options.make_filter(ids, audiences, topics, levels, strategies)
    if blueprint is not None and (wanted != Filter() or count or minutes):
        raise UsageError("--blueprint says which questions are drawn; choose nothing beside it")
    if resume and (wanted != Filter() or count or minutes or blueprint or seed is not None):
        raise UsageError("--resume goes on with the quiz as it was begun; choose nothing with it")
    texts = _read_answers(answers) if answers else None
    if texts is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("quiz needs a terminal; to run it without one give --answers FILE")
    with ending_decently():
        if resume:
            return _resume(context, texts)
        seed = secrets.randbelow(2**31) if seed is None else seed
        if blueprint is not None:
            questions = draw(context.bank.blueprint(blueprint), context.bank, seed)
        else:
            questions = _choose(context, wanted, count, minutes, seed, texts)
        return _begin(context, questions, seed, texts)


DEFAULT_COUNT = 3
"""Questions asked when the user names neither questions nor a number."""


def _choose(
    context: Context,
    wanted: Filter,
    count: int | None,
    minutes: int | None,
    seed: int,
    texts: dict[str, str] | None,
) -> tuple[Question, ...]:
    """Draw what the options ask for; without any, what the file of answers names."""
    if texts is not None and wanted == Filter():
        wanted = Filter(ids=tuple(dict.fromkeys(key.partition("#")[0] for key in texts)))
        count = count or len(wanted.ids)
    if count is None and minutes is None:
        count = len(wanted.ids) or DEFAULT_COUNT
    return choose(context.bank, wanted, count, minutes, seed)


def _begin(
    context: Context, questions: Sequence[Question], seed: int, texts: dict[str, str] | None
) -> int:
    """Start a new attempt; the first question is on screen before the record is opened."""
    steps = [one for q in questions for one in instances(q, context.bank.rubrics, seed)]
    attempt = Attempt(
        id=secrets.token_hex(16),
        kind=AttemptKind.QUIZ,
        started=context.now(),
        steps=tuple(one.step for one in steps),
        seed=seed,
    )
    state = show_step(context.screen, steps, start(attempt), context.now())
    with closing(LazyGrader(context, steps)) as grader:
        run = _Run(context, steps, state, texts, grader)
        with context.store() as store:
            store.append_attempt(attempt, documents_of(steps))
            return run.carry_through(store)


def _resume(context: Context, texts: dict[str, str] | None) -> int:
    """Go on with the newest unfinished quiz, with the very texts it was begun with."""
    with context.store() as store:
        record = store.unfinished(AttemptKind.QUIZ)
        if record is None:
            raise UsageError("there is no unfinished quiz; start one with `questionbank quiz`")
        steps = instances_of(record.attempt, store.document)
        with closing(LazyGrader(context, steps)) as grader:
            state = start(record.attempt, record.answered)
            run = _Run(context, steps, state, texts, grader)
            left = len(steps) - len(record.answered)
            context.screen.show(f"Going on with attempt {record.attempt.id[:8]}; {left} to answer.")
            return run.carry_through(store, record)


class _Run:
    """A session with its source of answers."""

    def __init__(
        self,
        context: Context,
        steps: list[Instance],
        state: QuizState,
        texts: dict[str, str] | None,
        grader: LazyGrader,
    ) -> None:
        self.context = context
        for key in sorted(set(texts or ()) - {one.key for one in steps}):
            context.screen.note(f"{key} is not asked; the answer to it is left out")
        self.session = QuizSession(
            context.screen,
            steps,
            state,
            _source(context, texts, lambda: self.session.seconds(), grader.status),
            grader.grade,
            context.now,
            context.package_version,
        )

    def carry_through(self, store: "Store", earlier: AttemptRecord | None = None) -> int:
        try:
            with telling_what_is_kept(_KEPT):
                self.session.run(store, self.context.data, earlier)
        except (KeyboardInterrupt, EOFError) as end:
            with suppress(OSError):  # where the terminal has gone, nobody can be told
                self.context.screen.note(_STOPPED)
            return end.exit_code if isinstance(end, Terminated) else 130
        return 3 if self.session.ungraded else 0


_KEPT = (
    "What was submitted before is kept; "
    "go on with: questionbank quiz --resume, and the same --db if you gave one"
)
_STOPPED = "\nStopped; your answers are kept. Go on with: questionbank quiz --resume"


def _source(
    context: Context,
    texts: dict[str, str] | None,
    clock: Callable[[], float],
    status: Callable[[], str],
) -> AnswerSource:
    if texts is not None:
        return FileAnswers(texts, context.screen)
    if context.screen.plain:
        from questionbank.cli.typed_lines import TypedLines

        return PlainAnswers(context.screen, TypedLines(sys.stdin, context.screen), clock)
    from questionbank.cli.editor import EditorAnswers
    from questionbank.cli.keyboard import Keyboard

    return EditorAnswers(context.screen, clock, status, context.environ, Keyboard(sys.stdin))


def _read_answers(path: Path) -> dict[str, str]:
    """Answers by `question_id` or `question_id#part`."""
    texts: dict[str, str] = {}
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
            for line, row in read_rows(stream, path.name):
                if not isinstance(row, AnswerRow):
                    raise UsageError(f"{path}:{line}: {row.error}")
                if row.question_id in texts:
                    raise UsageError(f"{path}:{line}: a second answer to {row.question_id}")
                texts[row.question_id] = row.answer
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if not texts:
        raise UsageError(f"{path}: no answers in it")
    return texts

"""`questionbank interview rate`: one rater judges an interview, knowing nothing of the others."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from grader.errors import GraderError
from grader.loading import GraderSettings
from grader.rubric import Rubric
from questionbank.answer_file import STDIN
from questionbank.attempt import MAX_AUTHOR, AttemptKind, AttemptRecord
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.ending import Terminated, ending_decently
from questionbank.cli.rating_session import RatingSession
from questionbank.cli.review import user_name
from questionbank.cli.review_session import ask_author, in_terminal, one_line
from questionbank.document import instances_of
from questionbank.errors import UsageError
from questionbank.instance import Instance
from questionbank.mark import Rater
from questionbank.marks_file import MAX_FILE, MarkRow, mark_all, read_marks
from questionbank.rating import RatingState, begin, grades_of, places_of, suggested
from questionbank.scoring import GradeOpen
from questionbank.suggesting import Suggester, without_suggestion

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Examples:
  questionbank interview rate 3f9a
  questionbank interview rate 3f9a --rater "Grace Hopper" --blind
  questionbank interview rate 3f9a --list --json
  questionbank interview rate 3f9a --rater grace --marks marks.jsonl

\b
A line of a marks file, for a point by verdict or by the anchors, and for a whole answer:
  {"question_id": "a/b", "point_id": "cost", "verdict": "met", "reason": "in numbers"}
  {"question_id": "a/b", "point_id": "cost", "anchor": 4}
  {"question_id": "a/b", "anchor": 3}
Or CSV by its name, with the headings question_id, point_id, verdict, anchor, reason.
A reason is needed where a verdict goes against the machine's."""
)
@click.argument("interview_id", metavar="ID")
@click.option(
    "--rater", metavar="NAME", help="Who rates; kept as personal text. [default: your user name]"
)
@click.option("--blind", is_flag=True, help="Hide what the machine suggests.")
@click.option("--list", "only_list", is_flag=True, help="List what there is to rate; rate nothing.")
@click.option(
    "--marks",
    metavar="FILE",
    help="Take the marks from a file (- for JSON lines from standard input).",
)
@options.db
@options.model
@options.as_json
@options.plain
def command(
    interview_id: str,
    rater: str | None,
    blind: bool,
    only_list: bool,
    marks: str | None,
    db: str | None,
    grading: GraderSettings,
    as_json: bool,
    plain: bool,
) -> int:
    """Rate an interview that is over, point by point, on your own.

    Each rater sees the questions, the answers and, unless hidden, what the machine suggests; never
    the notes or what others say. A mark is on disk at once; a later one on the same point counts in
    its place, and both stay. Call it again to go on where you stopped.
    """
    context = Context(plain=plain, db=db, grading=grading)
    if as_json and not only_list:
        raise UsageError("--json goes with --list")
    if only_list and marks is not None:
        raise UsageError("--list rates nothing; leave out --marks")
    name = None if rater is None else _checked(rater)
    if not (only_list or marks is not None or in_terminal()):
        raise UsageError(
            "rating needs a terminal; without one give --marks FILE, or --list to look only"
        )
    with context.store() as store:
        record = rateable(store, interview_id)
        steps = instances_of(record.attempt, store.document)
        record = _with_suggestions(context, store, record, steps, blind=blind)
        if only_list:
            _list(context, record, steps, blind=blind, as_json=as_json)
            return 0
        if marks is not None:
            author = name or user_name()
            if not author:
                raise UsageError("marks need a rater; give --rater NAME")
            said = {} if blind else suggested(record)
            nobody = Rater(attempt_id=record.attempt.id, id="rater-1", at=context.now())
            unmarked = begin(nobody, places_of(record, steps), (), said)
            # Checked first: a file that is refused makes nobody a rater.
            rows = _usable_rows(context, record, unmarked, marks)
            state = _state(context, store, record, steps, author, blind=blind)
            after, given, _ = mark_all(state, rows, _positions(record), context.now())
            store.append_marks(given)
            _summary(context, after, len(given))
            return 0
        return _at_the_terminal(context, store, record, steps, name, blind=blind)


def rateable(store: "Store", name: str) -> AttemptRecord:
    """Find an interview that can be rated, with no more of it than a rater may see.

    Raises:
        NotFoundError: there is none of this id.
        UsageError: it is no interview, not over, or erased.
    """
    record = store.attempt_for_rating(name)
    if record.attempt.kind is not AttemptKind.INTERVIEW:
        raise UsageError(f"{name} is a {record.attempt.kind}; `interview list` shows interviews")
    if record.finished is None:
        raise UsageError(
            f"interview {record.attempt.id[:8]} is not over; go on with it first: "
            f"questionbank interview run PACKET --resume {record.attempt.id[:8]}"
        )
    if {answer.id for answer in record.answers} & set(record.erased):
        raise UsageError(f"the answers of interview {record.attempt.id[:8]} were erased")
    return record


def _with_suggestions(
    context: Context,
    store: "Store",
    record: AttemptRecord,
    steps: list[Instance],
    *,
    blind: bool,
) -> AttemptRecord:
    """Have the machine judge what it has not; blind, only what needs no model."""
    missing = without_suggestion(record)
    waiting = [one for one in missing if not (blind and steps[one.position].rubric)]
    if not waiting:
        return record
    grade_open: GradeOpen = _no_model
    if any(steps[one.position].rubric for one in waiting):
        try:
            grade_open = context.grader().grade
        except GraderError:
            context.screen.note("To rate without the machine's suggestions add --blind.")
            raise
    suggester = Suggester(store, grade_open, context.now, context.package_version)
    for answer in waiting:
        suggester.suggest(steps[answer.position], answer)
    return store.attempt_for_rating(record.attempt.id)


def _no_model(answer: str, rubric: Rubric, question: str | None) -> NoReturn:
    del answer, question
    raise RuntimeError(f"{rubric.id} was to be graded without a model")


def _state(
    context: Context,
    store: "Store",
    record: AttemptRecord,
    steps: list[Instance],
    author: str,
    *,
    blind: bool,
) -> RatingState:
    rater = store.enrol(record.attempt.id, author, context.now())
    said = {} if blind else suggested(record)
    return begin(rater, places_of(record, steps), store.own_marks(rater), said)


def _at_the_terminal(
    context: Context,
    store: "Store",
    record: AttemptRecord,
    steps: list[Instance],
    author: str | None,
    *,
    blind: bool,
) -> int:
    from questionbank.cli.typed_lines import TypedLines

    keys = TypedLines(sys.stdin, context.screen)
    session: RatingSession | None = None
    code = 0
    with ending_decently():
        try:
            author = author or ask_author(context.screen, keys, user_name())
            session = RatingSession(
                context.screen,
                keys,
                store,
                steps,
                {answer.position: answer.text for answer in record.answers},
                grades_of(record),
                _reopened(_state(context, store, record, steps, author, blind=blind)),
                blind=blind,
                now=context.now,
            )
            session.run()
        except (KeyboardInterrupt, EOFError) as end:
            code = end.exit_code if isinstance(end, Terminated) else 130
            context.screen.type_out("\n")
        if session is not None:
            _summary(context, session.state, session.given)
    return code


def _reopened(state: RatingState) -> RatingState:
    """A complete rating from its first point, so that it can be looked through and changed."""
    if state.place is not None:
        return state
    return replace(state, at=0)


def _summary(context: Context, state: RatingState, given: int) -> None:
    name = state.rater.attempt_id[:8]
    done = len(state.places) - len(state.open)
    marks = "mark" if given == 1 else "marks"
    context.screen.show(
        f"{given} {marks} given; {done} of {len(state.places)} points are rated by "
        f"{state.rater.name}, and all of it is kept."
    )
    if state.open:
        context.screen.show(f"Go on with: questionbank interview rate {name}")
    else:
        context.screen.show(f"When everybody is done: questionbank interview compare {name}")


def _usable_rows(
    context: Context, record: AttemptRecord, state: RatingState, name: str
) -> list[tuple[int, MarkRow | str]]:
    """Read a file of marks.

    Raises:
        UsageError: a row of it cannot be recorded.
    """
    rows = list(read_marks(_bytes(name), name))
    _, _, faults = mark_all(state, rows, _positions(record), context.now())
    for line, fault in faults:
        context.screen.note(f"{name}:{line}: {fault}")
    if faults:
        what = "1 row" if len(faults) == 1 else f"{len(faults)} rows"
        raise UsageError(f"{what} cannot be recorded; nothing was written")
    return rows


def _positions(record: AttemptRecord) -> dict[str, int]:
    return {step.key: at for at, step in enumerate(record.attempt.steps)}


def _bytes(name: str) -> bytes:
    if name == STDIN:
        if not sys.stdin:
            raise UsageError("standard input is closed; name a file")
        return sys.stdin.buffer.read(MAX_FILE + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from error


def _list(
    context: Context, record: AttemptRecord, steps: list[Instance], *, blind: bool, as_json: bool
) -> None:
    """What there is to rate, for people or for the programs that write marks files."""
    said = {} if blind else suggested(record)
    texts = {answer.position: answer.text for answer in record.answers}
    rows = [
        {
            "question_id": steps[place.position].key,
            "point_id": place.point_id,
            "answer": texts[place.position],
            "suggestion": said.get(place),
        }
        for place in places_of(record, steps)
    ]
    if as_json:
        context.screen.json(rows)
        return
    for row in rows:
        advice = f"  (the machine suggests {row['suggestion']})" if row["suggestion"] else ""
        context.screen.show(f"{row['question_id']}  {row['point_id']}{advice}")
    if not rows:
        context.screen.show("There is nothing to rate: no answer in words was given.")


def _checked(rater: str) -> str:
    name = one_line(rater)
    if not 1 <= len(name) <= MAX_AUTHOR:
        raise UsageError(f"--rater: write a name of 1 to {MAX_AUTHOR} characters")
    if name.casefold() == "machine":
        raise UsageError("--rater: machine is what the machine's own row is called")
    return name

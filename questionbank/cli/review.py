"""`questionbank review`: a person decides what the machine could not."""

import getpass
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from questionbank.answer_file import STDIN
from questionbank.attempt import MAX_AUTHOR, AttemptRecord, Override
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.ending import Terminated, ending_decently
from questionbank.cli.review_session import (
    ReviewSession,
    ask_author,
    in_terminal,
    one_line,
)
from questionbank.cli.review_view import doubt_line
from questionbank.decisions import Matched, match, read_decisions
from questionbank.errors import UsageError, telling_what_is_kept
from questionbank.review import Doubt, doubts, effective

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Examples:
  questionbank review
  questionbank review --attempt 3f9a --author "Ada Lovelace"
  questionbank review --list --limit 10
  questionbank review --decisions decided.jsonl --author ada

\b
A line of a decisions file:
  {"answer_id": "...", "point_id": "cost", "verdict": "met", "reason": "says it in numbers"}
The ids are in `questionbank review --list --json` and `questionbank history show ID --json`.
A reason is needed where the verdict goes against the machine's."""
)
@click.option("--attempt", metavar="ID", help="Only this attempt, by the beginning of its id.")
@click.option("--limit", type=click.IntRange(1), help="The most valuable so many only.")
@click.option("--list", "only_list", is_flag=True, help="List what waits; decide nothing.")
@click.option("--author", metavar="NAME", help="Who decides. [default: your user name]")
@click.option(
    "--decisions",
    metavar="FILE",
    help="Take decisions from a JSON-lines file (- for standard input) instead of the keyboard.",
)
@options.db
@options.as_json
@options.plain
def command(
    attempt: str | None,
    limit: int | None,
    only_list: bool,
    author: str | None,
    decisions: str | None,
    db: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Decide doubtful verdicts, the most valuable first.

    A verdict waits if the machine left it undecided or flagged its answer. Yours is kept beside the
    machine's with your name, your reason and the time; each is on disk at once. No model is needed.
    """
    context = Context(plain=plain, db=db)
    if as_json and not only_list:
        raise UsageError("--json goes with --list")
    if decisions is not None and (only_list or limit):
        raise UsageError("--decisions takes neither --list nor --limit")
    author = None if author is None else _checked(author)
    if not (only_list or decisions is not None or in_terminal()):
        raise UsageError(
            "review needs a terminal; without one give --decisions FILE, or --list to look only"
        )
    with context.store() as store:
        records = (store.attempt(attempt),) if attempt is not None else store.attempts()
        if decisions is not None:
            return _from_file(context, store, records, decisions, author or user_name())
        waiting = doubts(records)
        shown = waiting[:limit]
        if as_json:
            context.screen.json([_facts(doubt) for doubt in shown])
        elif not waiting:
            context.screen.show("Nothing waits for a person.")
        elif only_list:
            _list(context, shown, len(waiting))
        else:
            return _at_the_terminal(context, store, shown, author)
    return 0


_AGAIN = "the same command goes on with the rest"


def _list(context: Context, shown: tuple[Doubt, ...], total: int) -> None:
    for doubt in shown:
        context.screen.show(doubt_line(doubt))
    left = total - len(shown)
    if left:
        context.screen.note(f"and {left} more")


def _at_the_terminal(
    context: Context, store: "Store", shown: tuple[Doubt, ...], author: str | None
) -> int:
    from questionbank.cli.typed_lines import TypedLines

    keys = TypedLines(sys.stdin, context.screen)
    with ending_decently():
        session: ReviewSession | None = None
        code = 0
        try:
            author = author or ask_author(context.screen, keys, user_name())
            session = ReviewSession(context.screen, keys, store, author, context.now)
            with telling_what_is_kept(f"The decisions before are kept; {_AGAIN}"):
                session.run(shown)
        except (KeyboardInterrupt, EOFError) as end:
            code = end.exit_code if isinstance(end, Terminated) else 130
            context.screen.type_out("\n")
        count = len(session.decided) if session else 0
        context.screen.show(
            f"Decided {count} of {len(shown)}; all of it is kept. "
            "`questionbank history show ID` shows the score with it."
        )
    return code


def _from_file(
    context: Context,
    store: "Store",
    records: tuple[AttemptRecord, ...],
    name: str,
    author: str | None,
) -> int:
    """Record all decisions of a file, or none if one of them cannot be."""
    if not author:
        raise UsageError("a decision needs an author; give --author NAME")
    with _opened(name) as file:
        matched, faults = match(read_decisions(file), records)
    for line, fault in faults:
        context.screen.note(f"{name}:{line}: {fault}")
    if faults:
        count = len(faults) + len(matched)
        raise UsageError(
            f"{len(faults)} of {count} decisions cannot be recorded; nothing was written"
        )
    new = [one for one in matched if not _is_there(one, author)]
    with telling_what_is_kept(f"The decisions on the lines before are kept; {_AGAIN}"):
        for one in new:
            store.append_override(_override(one, author, context))
    before = len(matched) - len(new)
    there = f"; {before} stood there already" if before else ""
    context.screen.show(f"Decided {len(new)} by {author}{there}.")
    return 0


def _override(one: Matched, author: str, context: Context) -> Override:
    return Override(
        id=secrets.token_hex(16),
        grade_id=one.graded.id,
        answer_id=one.decision.answer_id,
        attempt_id=one.record.attempt.id,
        point_id=one.point.id,
        verdict=one.decision.verdict,
        author=author,
        reason=one.decision.reason,
        at=context.now(),
    )


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    """Open a file, or standard input for `-`."""
    if name == STDIN:
        if not sys.stdin:
            raise UsageError("standard input is closed; name a file")
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from error
    with file:
        yield file


def _is_there(one: Matched, author: str) -> bool:
    """Whether the same person has decided the same, for the same reason, and it still counts."""
    last = effective(one.record, one.graded).overrides.get(one.point.id)
    said = (one.decision.verdict, one.decision.reason, author)
    return last is not None and (last.verdict, last.reason, last.author) == said


def _facts(doubt: Doubt) -> dict[str, object]:
    point = doubt.point
    return {
        "attempt_id": doubt.record.attempt.id,
        "answer_id": doubt.answer.id,
        "grade_id": doubt.graded.id,
        "question_id": doubt.record.attempt.steps[doubt.answer.position].key,
        "label": doubt.answer.label,
        "why": doubt.why,
        "value": doubt.value,
        "flags": list(doubt.graded.grade.flags),
        "review": list(doubt.graded.grade.review),
        "point": point.model_dump(mode="json"),
    }


def _checked(author: str) -> str:
    name = one_line(author)
    if not 1 <= len(name) <= MAX_AUTHOR:
        raise UsageError(f"--author: write a name of 1 to {MAX_AUTHOR} characters")
    return name


def user_name() -> str | None:
    """Who is logged in, as the system has it."""
    try:
        return one_line(getpass.getuser()) or None
    except (ImportError, KeyError, OSError):  # a user id without a name, as in some containers
        return None

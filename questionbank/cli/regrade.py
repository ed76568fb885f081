"""`questionbank regrade`: kept answers held against the present rubric, old beside new."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import click

from grader.grade import ContentRef, Grade
from grader.loading import GraderSettings
from grader.request import GradeRequest
from questionbank.attempt import MAX_REASON, Step
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.regrade_view import (
    change_facts,
    change_lines,
    skipped_facts,
    skipped_line,
    total_lines,
    totals_of,
)
from questionbank.cli.review_session import in_terminal, one_line
from questionbank.document import documents_of, graded_instance
from questionbank.errors import UsageError, telling_what_is_kept
from questionbank.instance import Instance
from questionbank.regrading import Change, Skipped, Task, plan, regrade, to_append

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Examples:
  questionbank regrade --dry-run
  questionbank regrade --dry-run --attempt 3f9a --all
  questionbank regrade --reason "rubric 1.1.0 names latency"

\b
Old grades stay. Two grades are comparable if question, rubric, weights and calibration
are the same. If interrupted, run it again: what is on record already is not graded twice."""
)
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--attempt", metavar="ID", help="Only this attempt, by the beginning of its id.")
@click.option("--reason", metavar="TEXT", help="Why; kept with each new grade.")
@click.option("--all", "everything", is_flag=True, help="List what stays as it was, too.")
@options.bank
@options.db
@options.model
@options.as_json
@options.plain
def command(
    dry_run: bool,
    attempt: str | None,
    reason: str | None,
    everything: bool,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    as_json: bool,
    plain: bool,
) -> int:
    """Grade kept answers again with the present rubric, model and calibration.

    Shows old against new and appends what has changed, with your reason. An answer whose question
    is gone, or asks for something else now, is skipped and named. People's verdicts are carried
    over where the point still asks for the same.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db, grading=grading)
    why = one_line(reason or "")
    if not dry_run and not 1 <= len(why) <= MAX_REASON:
        raise UsageError(
            "give --reason, up to 2,000 characters, or --dry-run to see what would change"
        )
    mention_problems(context.screen, context.bank)
    with context.store() as store:
        todo, skipped = _plan(context, store, attempt)
        for one in skipped:
            context.screen.note(skipped_line(one))
        changes = _grade(context, todo)
        changed = [change for change in changes if change.changed]
        if not as_json:
            _show(context, changes, len(skipped), everything=everything)
        append = not dry_run and bool(changed) and (as_json or _confirmed(context, len(changed)))
        if append:
            _append(context, store, changed, why)
        if as_json:
            appended = len(changed) if append else 0
            context.screen.json(_facts(changes, skipped, appended))
    return 0


def _plan(
    context: Context, store: "Store", attempt: str | None
) -> tuple[list[Task], list[Skipped]]:
    @cache
    def then(step: Step, question: ContentRef | None, rubric: ContentRef | None) -> Instance:
        return graded_instance(step, question, rubric, store.document)

    records = store.attempts() if attempt is None else (store.attempt(attempt),)
    todo: list[Task] = []
    skipped: list[Skipped] = []
    for one in plan(records, context.bank, then):
        if isinstance(one, Skipped):
            skipped.append(one)
        else:
            todo.append(one)
    return todo, skipped


def _grade(context: Context, todo: Sequence[Task]) -> list[Change]:
    def grade_many(requests: Iterable[GradeRequest]) -> Iterator[Grade]:
        yield from context.grader().grade_many(requests)

    changes = []
    with context.screen.progress("Graded", len(todo)) as tick:
        for change in regrade(todo, grade_many, context.package_version):
            changes.append(change)
            tick()
    return changes


def _show(context: Context, changes: list[Change], skipped: int, *, everything: bool) -> None:
    for change in changes:
        if everything or change.changed:
            for line in change_lines(change, everything=everything):
                context.screen.show(line)
    for line in total_lines(changes, skipped):
        context.screen.show(line)


def _confirmed(context: Context, count: int) -> bool:
    """Ask, where somebody is there to be asked."""
    if not in_terminal():
        return True
    context.screen.type_out(f"Append {count} new grade(s)? The old ones stay. [y/N] ")
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    context.screen.show("Nothing was written.")
    return False


def _append(context: Context, store: "Store", changed: list[Change], reason: str) -> None:
    with telling_what_is_kept(
        "What was appended before is kept; the same command appends the rest, and nothing twice"
    ):
        for change in changed:
            record, carried = to_append(change, reason, context.now())
            store.append_grade(record, documents_of([change.task.now]), carried)
    context.screen.note(f"{len(changed)} new grade(s) appended")


def _facts(changes: list[Change], skipped: list[Skipped], appended: int) -> dict[str, object]:
    return {
        "answers": [change_facts(change) for change in changes],
        "skipped": [skipped_facts(one) for one in skipped],
        "totals": totals_of(changes, len(skipped)),
        "appended": appended,
    }

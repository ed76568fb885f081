"""`questionbank interview erase`: a person's words are deleted, what was done stays on record."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from grader.kept import forget
from grader.loading import GRADES, VECTORS
from questionbank.attempt import AttemptRecord
from questionbank.candidates import of_candidate, pseudonym
from questionbank.cli import options
from questionbank.cli.asking import sure
from questionbank.cli.context import Context
from questionbank.cli.review import user_name
from questionbank.cli.review_view import local_time
from questionbank.drafts import DraftFile
from questionbank.errors import StoreError, UsageError
from questionbank.mark import Act, ActKind

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Examples:
  questionbank interview erase --candidate "Ada Lovelace"
  questionbank interview erase --candidate candidate-3fa9c1 --yes

\b
Backups, rescued copies and exported files are not touched; delete or erase them too."""
)
@click.option("--candidate", metavar="NAME", required=True, help="A name or pseudonym, in full.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.db
@options.as_json
@options.plain
def command(candidate: str, yes: bool, db: str | None, as_json: bool, plain: bool) -> int:
    """Delete the name, answers, notes, evidence and reasons of a person's interviews for good.

    The entries stay without them: when something happened, which verdicts were given, who rated.
    The chain of the record still holds. That and by whom it was erased is on record as well.
    """
    context = Context(plain=plain, db=db)
    with context.store() as store:
        found = candidates_attempts(store, candidate)
        names = ", ".join(_name(record) for record in found)
        if not sure(context, f"Erase the words of {names} for good?", yes=yes):
            return 0
        gone = erase_all(context, store, found)
    if as_json:
        context.screen.json({"interviews": gone})
        return 0
    for record in found:
        count = gone[record.attempt.id]
        entries = "entry" if count == 1 else "entries"
        context.screen.show(f"{_name(record)}: {count} {entries} have lost their words")
    context.screen.note(
        "Backups, rescued copies and exported files are not touched; delete or erase them too."
    )
    return 0


def candidates_attempts(store: "Store", who: str) -> tuple[AttemptRecord, ...]:
    """Find a person's attempts.

    Raises:
        UsageError: there are none.
    """
    found = of_candidate(store.attempts(), who)
    if not found:
        raise UsageError(
            f"nobody on record is called {who!r}; give the name or the pseudonym in full "
            "(`interview list` shows pseudonyms). What was erased has no name any more"
        )
    return found


def erase_all(context: Context, store: "Store", records: Sequence[AttemptRecord]) -> dict[str, int]:
    """Erase attempts, and what `grade` remembers, and prove that the chain holds.

    Returns:
        How many entries have lost their words, by attempt.

    Raises:
        StoreError: it cannot be written, or the chain did not hold.
    """
    gone: dict[str, int] = {}
    for record in records:
        DraftFile(context.data, record.attempt.id).erase()
        act = Act(
            attempt_id=record.attempt.id,
            kind=ActKind.ERASED,
            at=context.now(),
            author=user_name(),
        )
        gone[record.attempt.id] = store.erase(act)
    for name in (GRADES, VECTORS):  # it may be of them; all of it can be computed again
        forget(context.cache / name)
    report = store.verify()
    if not report.sound:
        raise StoreError(
            f"{store.label}: erased, but the record is broken at entry {report.broken}: "
            f"{report.reason}"
        )
    return gone


def _name(record: AttemptRecord) -> str:
    who = pseudonym(record) or record.attempt.kind
    return f"{record.attempt.id[:8]} ({who}, {local_time(record.attempt.started)})"

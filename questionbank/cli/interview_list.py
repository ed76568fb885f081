"""`questionbank interview list`: the interviews on record, under pseudonyms."""

from typing import TYPE_CHECKING

import click

from questionbank.attempt import AttemptRecord
from questionbank.candidates import holds_words, interviews, pseudonym
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.review_view import local_time

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Examples:
  questionbank interview list
  questionbank interview list --json"""
)
@options.db
@options.as_json
@options.plain
def command(db: str | None, as_json: bool, plain: bool) -> int:
    """List interviews, newest first: no names, and nothing of how anybody rated."""
    context = Context(plain=plain, db=db)
    with context.store() as store:
        found = interviews(store.attempts())
        raters = [_raters(store, record) for record in found]
    if as_json:
        context.screen.json([_facts(*one) for one in zip(found, raters, strict=True)])
        return 0
    if not found:
        context.screen.show(
            "No interviews yet. Lead one with: questionbank interview run PACKET --candidate NAME"
        )
    for record, names in zip(found, raters, strict=True):
        context.screen.show(_line(record, names))
    return 0


def _raters(store: "Store", record: AttemptRecord) -> list[str]:
    return [rater.name for rater in store.raters(record.attempt.id)]


def _facts(record: AttemptRecord, raters: list[str]) -> dict[str, object]:
    attempt = record.attempt
    return {
        "id": attempt.id,
        "candidate": pseudonym(record),
        "started": attempt.started.isoformat(),
        "finished": record.finished.isoformat() if record.finished else None,
        "steps": len(attempt.steps),
        "answered": len(record.answers),
        "raters": raters,
        "erased": _erased(record),
    }


def _line(record: AttemptRecord, raters: list[str]) -> str:
    attempt = record.attempt
    state = "over" if record.finished else "not over"
    rated = f"rated by {', '.join(raters)}" if raters else "not rated"
    words = ", words erased" if _erased(record) else ""
    return (
        f"{attempt.id[:8]}  {local_time(attempt.started)}  {pseudonym(record) or 'no pseudonym'}: "
        f"{state}, {len(record.answers)} of {len(attempt.steps)} answered, {rated}{words}"
    )


def _erased(record: AttemptRecord) -> bool:
    return bool(record.erased) and not holds_words(record)

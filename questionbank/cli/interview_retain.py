"""`questionbank interview retain`: words are kept for so long and no longer."""

import click

from questionbank.attempt import AttemptRecord
from questionbank.candidates import last_activity, overdue, pseudonym
from questionbank.cli import options
from questionbank.cli.asking import sure
from questionbank.cli.context import Context
from questionbank.cli.interview_erase import erase_all
from questionbank.cli.review_view import local_time
from questionbank.errors import UsageError

VARIABLE = "QUESTIONBANK_RETAIN_DAYS"
"""The environment variable that says for how many days words are kept."""
_MOST = 36_500


@click.command(
    epilog="""\b
Examples:
  questionbank interview retain --days 180 --dry-run
  QUESTIONBANK_RETAIN_DAYS=180 questionbank interview retain --yes

\b
Nothing is erased by itself: run it daily, for example from cron."""
)
@click.option(
    "--days",
    metavar="N",
    help="How long words are kept after an interview. [default: QUESTIONBANK_RETAIN_DAYS]",
)
@click.option("--dry-run", is_flag=True, help="List what is due; erase nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.db
@options.as_json
@options.plain
def command(
    days: str | None, dry_run: bool, yes: bool, db: str | None, as_json: bool, plain: bool
) -> int:
    """Erase the words of all interviews that ended more than so many days ago.

    It does what `interview erase` does, for whoever is due; an interview that was never ended
    counts from the last thing that happened in it.
    """
    context = Context(plain=plain, db=db)
    limit = _days(days, context.environ.get(VARIABLE))
    with context.store() as store:
        due = overdue(store.attempts(), context.now(), limit)
        if not as_json:
            _show(context, due, limit)
        count = f"{len(due)} {'interview' if len(due) == 1 else 'interviews'}"
        question = f"Erase the words of {count} for good?"
        erased = bool(due) and not dry_run and sure(context, question, yes=yes)
        if erased:
            erase_all(context, store, due)
    if as_json:
        ids = [record.attempt.id for record in due]
        context.screen.json({"days": limit, "due": ids, "erased": ids if erased else []})
    elif erased:
        context.screen.show(
            f"Erased: {count}. Backups, rescued copies and exported files are not touched."
        )
    elif due and dry_run:
        context.screen.show(f"Due: {count}; nothing was erased.")
    return 0


def _show(context: Context, due: tuple[AttemptRecord, ...], limit: int) -> None:
    for record in due:
        who = pseudonym(record) or "no pseudonym"
        context.screen.show(
            f"{record.attempt.id[:8]}  {who}, last activity {local_time(last_activity(record))}"
        )
    if not due:
        context.screen.show(f"No words are older than {limit} days.")


def _days(given: str | None, setting: str | None) -> int:
    """How many days, from the option or the setting.

    Raises:
        UsageError: neither says, or it is no number of days.
    """
    source = VARIABLE if given is None else "--days"
    text = (setting if given is None else given) or ""
    if not text.strip():
        raise UsageError(f"say how long words are kept: --days N, or set {VARIABLE}")
    if not (text.strip().isascii() and text.strip().isdecimal() and 1 <= int(text) <= _MOST):
        raise UsageError(f"{source}: {text!r} is no number of days from 1 to {_MOST}")
    return int(text)

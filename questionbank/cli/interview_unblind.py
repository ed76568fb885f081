"""`questionbank interview unblind`: who a candidate is, asked for a reason that is kept."""

import click

from questionbank.attempt import MAX_AUTHOR, MAX_REASON
from questionbank.candidates import name, pseudonym
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.review import user_name
from questionbank.cli.review_session import one_line
from questionbank.errors import UsageError
from questionbank.mark import Act, ActKind


@click.command(
    epilog="""\b
Example:
  questionbank interview unblind 3f9a --reason "All ratings are in; we invite her" """
)
@click.argument("interview_id", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="Why; kept as personal text.")
@click.option("--author", metavar="NAME", help="Who asks. [default: your user name]")
@options.db
@options.as_json
@options.plain
def command(
    interview_id: str,
    reason: str,
    author: str | None,
    db: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Show the name behind a pseudonym; that it was looked up is on record before it is shown."""
    context = Context(plain=plain, db=db)
    why = one_line(reason)[:MAX_REASON]
    if not why:
        raise UsageError("--reason: say why the name is needed")
    who = one_line(author or "") or user_name()
    if not who:
        raise UsageError("unblinding needs an author; give --author NAME")
    with context.store() as store:
        record = store.attempt(interview_id)
        short = record.attempt.id[:8]
        found = name(record)
        if found is None:
            raise UsageError(f"no name is kept with {short}: none was given, or it was erased")
        store.append_act(
            Act(
                attempt_id=record.attempt.id,
                kind=ActKind.UNBLINDED,
                at=context.now(),
                author=who[:MAX_AUTHOR],
                reason=why,
            )
        )
    if as_json:
        context.screen.json(
            {"id": record.attempt.id, "candidate": pseudonym(record), "name": found}
        )
    else:
        context.screen.show(f"{pseudonym(record) or short} is {found}")
    return 0

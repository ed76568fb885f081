"""`questionbank interview log`: who did what when."""

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.review_view import local_time
from questionbank.happenings import Happening


@click.command(
    epilog="""\b
Examples:
  questionbank interview log 3f9a
  questionbank interview log 3f9a --json"""
)
@click.argument("interview_id", metavar="ID")
@options.db
@options.as_json
@options.plain
def command(interview_id: str, db: str | None, as_json: bool, plain: bool) -> int:
    """Tell who did what when in an interview and with it, from the first entry to the last.

    What was said, noted or judged is not told, and the candidate has a pseudonym.
    """
    context = Context(plain=plain, db=db)
    with context.store() as store:
        found = store.happenings(store.attempt(interview_id).attempt.id)
    if as_json:
        context.screen.json([one.model_dump(mode="json") for one in found])
        return 0
    for one in found:
        context.screen.show(_line(one))
    return 0


def _line(one: Happening) -> str:
    about = [] if one.position is None else [f"step {one.position + 1}"]
    about += [one.detail] if one.detail else []
    about += ["words erased"] if one.erased else []
    rest = f": {', '.join(about)}" if about else ""
    what = one.what.replace("_", " ")
    return f"{one.number:>5}  {local_time(one.at)}  {one.who or '-'}  {what}{rest}"

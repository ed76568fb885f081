"""`questionbank search`: questions by words."""

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems, show_questions
from questionbank.listing import Listed
from questionbank.question import Status
from questionbank.search import search


@click.command(
    epilog="""\b
Examples:
  questionbank search benchmark leak
  questionbank search "cost per" --json"""
)
@click.argument("words", nargs=-1, required=True)
@options.bank
@options.as_json
@options.plain
def command(
    words: tuple[str, ...], bank_folders: tuple[str, ...], as_json: bool, plain: bool
) -> int:
    """Find questions in whose title, topics, prompt or exhibit all WORDS occur."""
    context = Context(plain=plain, bank_folders=bank_folders)
    active = [q for q in context.bank.questions.values() if q.status is not Status.RETIRED]
    found = [(score, Listed.of(question)) for score, question in search(active, " ".join(words))]
    if as_json:
        context.screen.json([{**one.facts(), "score": round(score, 2)} for score, one in found])
    else:
        show_questions(context.screen, [one for _, one in found])
    mention_problems(context.screen, context.bank)
    return 0

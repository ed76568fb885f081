"""`questionbank list`: which questions there are."""

import click

from questionbank.bank import Bank
from questionbank.cli import options
from questionbank.cli.blueprint_view import list_blueprints
from questionbank.cli.context import Context
from questionbank.cli.render import Screen, safe
from questionbank.errors import UsageError
from questionbank.question import Question, Status


@click.command(
    epilog="""\b
Examples:
  questionbank list
  questionbank list --audience investor --level beginner
  questionbank list --strategy inference-economics --json
  questionbank list --blueprints"""
)
@options.wanted
@click.option("--drafts", is_flag=True, help="Drafts and retired questions, too.")
@click.option("--blueprints", is_flag=True, help="Learning paths and interviews instead.")
@options.bank
@options.as_json
@options.plain
def command(
    ids: tuple[str, ...],
    strategies: tuple[str, ...],
    levels: tuple[str, ...],
    topics: tuple[str, ...],
    audiences: tuple[str, ...],
    drafts: bool,
    blueprints: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    plain: bool,
) -> int:
    """List the questions of the bank, or its blueprints."""
    context = Context(plain=plain, bank_folders=bank_folders)
    wanted = options.make_filter(ids, audiences, topics, levels, strategies)
    if blueprints:
        if ids or topics or strategies or drafts:
            raise UsageError("with --blueprints choose by --audience and --level only")
        list_blueprints(context, wanted, as_json=as_json)
        mention_problems(context.screen, context.bank)
        return 0
    for name in ids:
        context.bank.question(name)
    found = [
        question
        for _, question in sorted(context.bank.questions.items())
        if wanted.matches(question) and (drafts or ids or question.status is Status.ACTIVE)
    ]
    if as_json:
        context.screen.json([question_facts(question) for question in found])
    else:
        show_questions(context.screen, found)
    mention_problems(context.screen, context.bank)
    return 0


def question_facts(question: Question) -> dict[str, object]:
    """What a list says of a question, as a JSON value."""
    keep = {"id", "version", "status", "kind", "title", "strategy", "level", "minutes"}
    facts = question.model_dump(mode="json", include=keep | {"audience", "topics"})
    return {key: facts[key] for key in type(question).model_fields if key in facts}


def show_questions(screen: Screen, questions: list[Question]) -> None:
    """Print a table of questions; in plain mode a line each."""
    if not questions:
        screen.show("No question matches.")
        return
    if screen.plain or not screen.out_is_terminal:
        for q in questions:
            state = "" if q.status is Status.ACTIVE else f", {q.status}"
            screen.show(f"{q.id}: {q.title} ({q.kind}, {q.level}, {q.minutes} min{state})")
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Question", "Title", "Kind", "Level", "Min"):
        table.add_column(heading, justify="right" if heading == "Min" else "left")
    for q in questions:
        state = "" if q.status is Status.ACTIVE else f" ({q.status})"
        table.add_row(safe(q.id), safe(q.title) + state, q.kind, q.level, str(q.minutes))
    screen.show(table)


def mention_problems(screen: Screen, bank: Bank) -> None:
    """Say that some of the bank could not be read."""
    if bank.problems:
        count = len(bank.problems)
        problems = "problem" if count == 1 else "problems"
        screen.note(f"{count} {problems} in the bank; `questionbank check` lists them")

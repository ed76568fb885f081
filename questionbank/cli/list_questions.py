"""`questionbank list`: which questions there are."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from questionbank.cli import options
from questionbank.cli.render import Screen, safe
from questionbank.cli.surroundings import Surroundings
from questionbank.errors import StoreError, UsageError
from questionbank.labels import Status
from questionbank.listing import Listed, Listing, listing_of
from questionbank.listing_index import ListingIndex

if TYPE_CHECKING:
    from questionbank.bank import Bank
    from questionbank.cli.context import Context


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
    around = Surroundings(plain=plain, bank_folders=bank_folders)
    wanted = options.make_filter(ids, audiences, topics, levels, strategies)
    if blueprints:
        if ids or topics or strategies or drafts:
            raise UsageError("with --blueprints choose by --audience and --level only")
        from questionbank.cli.blueprint_view import list_blueprints

        context = _context(around)
        list_blueprints(context, wanted, as_json=as_json)
        mention_problems(context.screen, context.bank)
        return 0
    listing = _listing(around, ids)
    found = [
        question
        for question in listing.questions
        if wanted.matches(question) and (drafts or ids or question.status == Status.ACTIVE)
    ]
    if as_json:
        around.screen.json([question.facts() for question in found])
    else:
        show_questions(around.screen, found)
    _mention(around.screen, listing.problems)
    return 0


def _listing(around: Surroundings, ids: Sequence[str]) -> Listing:
    """What there is: as it was kept if the bank has not changed since, else by reading the bank.

    Args:
        around: which banks are meant, and where listings are kept.
        ids: questions that must be there.

    Raises:
        NotFoundError: one of them is not.
        UsageError: one of them has problems, or there is no bank.
    """
    index = ListingIndex(around.roots, _cache(around))
    kept = index.find()
    if kept and kept.holds(ids):
        return kept
    bank = _context(around).bank
    for name in ids:
        bank.question(name)
    made = listing_of(bank)
    index.keep(made)
    return made


def _cache(around: Surroundings) -> Path | None:
    """The cache folder; None where there can be none, which a list can do without."""
    with suppress(StoreError):
        return around.cache
    return None


def _context(around: Surroundings) -> "Context":
    """What it takes to read a bank; loading that takes longer than all else a list does."""
    from questionbank.cli.context import Context

    return Context(plain=around.plain, bank_folders=around.bank_folders, environ=around.environ)


def show_questions(screen: Screen, questions: Sequence[Listed]) -> None:
    """Print a table of questions; in plain mode a line each."""
    if not questions:
        screen.show("No question matches.")
        return
    if screen.plain or not screen.out_is_terminal:
        for q in questions:
            state = "" if q.status == Status.ACTIVE else f", {q.status}"
            screen.show(f"{q.id}: {q.title} ({q.kind}, {q.level}, {q.minutes} min{state})")
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Question", "Title", "Kind", "Level", "Min"):
        table.add_column(heading, justify="right" if heading == "Min" else "left")
    for q in questions:
        state = "" if q.status == Status.ACTIVE else f" ({q.status})"
        table.add_row(safe(q.id), safe(q.title) + state, q.kind, q.level, str(q.minutes))
    screen.show(table)


def mention_problems(screen: Screen, bank: "Bank") -> None:
    """Say that some of the bank could not be read."""
    _mention(screen, len(bank.problems))


def _mention(screen: Screen, count: int) -> None:
    if count:
        problems = "problem" if count == 1 else "problems"
        screen.note(f"{count} {problems} in the bank; `questionbank check` lists them")

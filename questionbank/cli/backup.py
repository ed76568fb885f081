"""`questionbank backup`: the whole record in one file."""

from pathlib import Path

import click

from questionbank.cli import options
from questionbank.cli.context import Context


@click.command(
    epilog="""\b
Example:
  questionbank backup ~/questionbank-2026-11.db"""
)
@click.argument("target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@options.db
def command(target: Path, force: bool, db: str | None) -> int:
    """Copy the record of attempts into FILE, checked, while others may go on using it."""
    context = Context(db=db)
    with context.store() as store:
        store.backup(target, force=force)
    context.screen.show(f"wrote {target}")
    return 0

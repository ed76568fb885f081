"""`questionbank release`: new versions, recorded for good."""

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.surroundings import bank_roots, refuse_shipped
from questionbank.releases import release


@click.command(
    epilog="""\b
Examples:
  questionbank release --dry-run
  questionbank release
  questionbank release model-choice/support-assistant --bump

\b
A version is written once: after its release an edit needs a new version, or --bump,
which writes one (patch if only wording changed, minor if scores may change)."""
)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--bump", is_flag=True, help="Give edited files their next version.")
@click.option("--dry-run", is_flag=True, help="Say what would be recorded; write nothing.")
@options.bank
@options.as_json
@options.plain
def command(
    ids: tuple[str, ...],
    bump: bool,
    dry_run: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    plain: bool,
) -> int:
    """Record new versions of questions, rubrics and shared points in questions/release.lock.

    Drafts are left out. Rubrics that pin an older version of a shared point take over the newer.
    """
    context = Context(plain=plain, bank_folders=bank_folders)
    root = bank_roots(bank_folders, context.here)[-1]
    refuse_shipped(root)
    report = release(context.bank, root, ids=ids, dry_run=dry_run, bump=bump)
    if as_json:
        context.screen.json(report.model_dump(mode="json"))
        return 0
    would = "would " if dry_run else ""
    for move in report.pins:
        context.screen.show(f"{move.path}: {would}pin {move.new} in place of {move.old}")
    for bumped in report.bumped:
        why = "scores may change" if bumped.scoring else "only wording changed"
        context.screen.show(
            f"{bumped.path}: {would}become {bumped.ref.version} (was {bumped.old}; {why})"
        )
    for ref in report.released:
        context.screen.show(f"{would}release {ref}")
    if not report.released:
        context.screen.show("Nothing to release: every version is recorded already.")
    return 0

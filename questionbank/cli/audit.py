"""`questionbank audit`: whether the record is as it was written."""

from typing import TYPE_CHECKING, Any

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.errors import UsageError

if TYPE_CHECKING:
    from questionbank.store import Store

_LINK = 64
"""Hexadecimal digits of a link."""


@click.group(
    epilog="""\b
Example:
  questionbank audit verify"""
)
def command() -> None:
    """Check the record of attempts, interviews, grades, overrides and marks."""


@command.command(
    epilog="""\b
Examples:
  questionbank audit verify
  questionbank audit verify --head 5f0c… --json

\b
Note the last link elsewhere, for example in a mail to yourself: given with --head, it
shows whether the newest entries were cut off since, which the chain alone cannot."""
)
@click.option("--head", metavar="LINK", help="A last link that was noted earlier.")
@options.db
@options.as_json
@options.plain
def verify(head: str | None, db: str | None, as_json: bool, plain: bool) -> int:
    """Walk along the whole chain and name the first link that is broken.

    Every entry carries SHA-256 over its content and the link before it. Exit code 1 if one does
    not hold.
    """
    context = Context(plain=plain, db=db)
    noted = None if head is None else head.strip().lower()
    if noted is not None and (len(noted) != _LINK or set(noted) - set("0123456789abcdef")):
        raise UsageError(f"--head: a link has {_LINK} hexadecimal digits")
    with context.store() as store:
        found = _facts(store, noted)
    if as_json:
        context.screen.json(found)
    else:
        _show(context, found)
    return 0 if found["sound"] else 1


def _facts(store: "Store", noted: str | None) -> dict[str, Any]:
    report = store.verify()
    broken = None if report.broken is None else store.entry(report.broken)
    reason = report.reason
    sound = report.sound
    if sound and noted is not None and store.number_of(noted) is None:
        sound = False
        reason = (
            "no entry has the link given with --head: entries were cut off since, or it is of "
            "another record"
        )
    return {
        "record": store.label,
        "sound": sound,
        "entries": report.entries,
        "kinds": store.counts(),
        "erased": report.erased,
        "head": report.head,
        "broken": report.broken,
        "kind": str(broken.kind) if broken else None,
        "attempt": broken.attempt_id if broken else None,
        "reason": reason,
    }


def _show(context: Context, found: dict[str, Any]) -> None:
    screen = context.screen
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(found["kinds"].items()))
    screen.show(f"{found['record']}: {found['entries']} entries hold ({kinds or 'none'})")
    if found["erased"]:
        screen.show(f"{found['erased']} of them have had their words erased")
    if found["broken"] is not None:
        of = f" of {str(found['attempt'])[:8]}" if found["attempt"] else ""
        what = f" ({found['kind']}{of})" if found["kind"] else ""
        screen.show(f"Broken at entry {found['broken']}{what}: {found['reason']}")
        screen.note("Put a backup in its place, or find out who wrote to the database.")
    elif not found["sound"]:
        screen.show(f"Broken: {found['reason']}")
    else:
        screen.show(f"The chain holds. Last link: {found['head']}")

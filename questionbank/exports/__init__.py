"""The bank in other systems' formats: one writer a file, and here the table of them.

A writer is a module with `write(package) -> bytes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from questionbank.exports.carrying import Carries, Markup, as_essay, carried
from questionbank.exports.drafting import assemble, draft_of
from questionbank.exports.item import Build, Entry, Item, items_of
from questionbank.exports.losses import Loss, losses_between
from questionbank.exports.package import Package
from questionbank.rubric_source import SharedPoint


@dataclass(frozen=True)
class Format:
    """One format."""

    module: str
    """In this package."""
    suffix: str
    """How its files end."""
    what: str
    carries: Carries | None
    """None where an author's build holds everything."""


FORMATS: dict[str, Format] = {
    "qti3": Format(
        "qti3",
        ".zip",
        "a QTI 3.0 package with scorer rubric blocks and a sidecar that holds the whole bank",
        Carries(markup=Markup.HTML, option_markup=Markup.HTML, mistakes=False),
    ),
    "moodle": Format(
        "moodle",
        ".xml",
        "Moodle XML: essays with graderinfo, numerical and multiple choice",
        Carries(markup=Markup.MARKDOWN, option_ids=False, essays_only=True, id_limit=100),
    ),
    "gift": Format(
        "gift",
        ".gift",
        "GIFT: small, edited by hand; rubrics stay behind",
        Carries(
            markup=Markup.MARKDOWN,
            criteria=False,
            points=False,
            option_ids=False,
            essays_only=True,
            id_limit=100,
        ),
    ),
    "anki": Format(
        "anki",
        ".apkg",
        "an Anki deck, one note a question, updated and not doubled when imported again",
        Carries(markup=Markup.HTML, option_markup=Markup.HTML, points=False),
    ),
    "csv": Format(
        "csv_table",
        ".csv",
        "a table, one row a question or part of a case",
        Carries(markup=Markup.FIELDS, all_facts=True),
    ),
    "json": Format("json_document", ".json", "everything, with a format number", None),
}
"""Name -> format."""


@dataclass(frozen=True)
class Exported:
    """A file's content and what it cannot hold."""

    content: bytes
    losses: tuple[Loss, ...]
    sidecar_losses: tuple[Loss, ...] = ()
    """What only this program gets back, from the sidecar of a QTI package."""


def export(
    entries: Iterable[Entry],
    name: str,
    *,
    seed: int,
    build: Build,
    shared: dict[str, SharedPoint],
    now: datetime,
) -> Exported:
    """Write questions in a format.

    Args:
        entries: the questions with their rubrics.
        name: a key of `FORMATS`.
        seed: what numeric questions draw their numbers from.
        build: for whom.
        shared: shared points by id, for formats that hold everything.
        now: the time, UTC; formats that have a place for it say when they were written.

    Returns:
        The file and its losses.

    Raises:
        UsageError: a question's numbers cannot be computed with this seed.
    """
    chosen, entries = FORMATS[name], tuple(entries)
    carries = chosen.carries
    items: list[Item] = []
    losses: list[Loss] = []
    for entry in entries:
        made = items_of(entry, seed, build)
        if carries and carries.essays_only and build is Build.CANDIDATE:
            made = tuple(as_essay(item) for item in made)
        items += made
        if carries or build is Build.CANDIDATE:
            held = tuple(carried(item, carries) for item in made) if carries else made
            (left,) = assemble(held) if all(item.id for item in held) else assemble(held)[:1]
            losses += losses_between(entry.question.id, draft_of(entry), left)
    author = build is Build.AUTHOR
    package = Package(
        items=tuple(items),
        entries=entries if author else (),
        shared=shared if author else {},
        build=build,
        seed=seed,
        now=now,
    )
    content: bytes = import_module(f"questionbank.exports.{chosen.module}").write(package)
    if name == "qti3" and author:
        return Exported(content, (), tuple(losses))
    return Exported(content, tuple(losses))


__all__ = ["FORMATS", "Build", "Exported", "Format", "Loss", "export"]

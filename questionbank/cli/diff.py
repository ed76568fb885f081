"""`questionbank diff`: what changed between two versions, wording apart from scoring."""

from typing import TYPE_CHECKING

import click

from questionbank.bank import Bank
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.render import Screen, Text, safe
from questionbank.diff import Change, PieceKind, diff_documents
from questionbank.document import Document, DocumentKind
from questionbank.errors import UsageError
from questionbank.git_history import GitHistory
from questionbank.revisions import Versions, find_revision, working_document

if TYPE_CHECKING:
    from rich.console import RenderableType

_LOOKS = {PieceKind.REMOVED: ("red", "[-", "-]"), PieceKind.ADDED: ("green", "{+", "+}")}


@click.command(
    epilog="""\b
Examples:
  questionbank diff model-choice/support-assistant@1.0.0 model-choice/support-assistant
  questionbank diff rubric:strategy/slug@1.0.0 rubric:strategy/slug@1.1.0 --json

\b
A version is [question:|rubric:|point:]ID[@VERSION]; without a kind it is a question,
without a version the working file. Old versions come from git and from the record."""
)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@options.bank
@options.db
@options.as_json
@options.plain
def command(
    old: str,
    new: str,
    bank_folders: tuple[str, ...],
    db: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Compare two versions of a question, rubric or shared point."""
    context = Context(plain=plain, bank_folders=bank_folders, db=db)

    def kept(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
        """Asked last; whoever finds both versions in files and git needs no record."""
        with context.store() as store:
            return store.documents(kind, content_id)

    git = GitHistory(context.bank.roots).documents
    before = _find(old, context.bank, git, kept)
    after = _find(new, context.bank, git, kept)
    difference = diff_documents(before, after)
    if as_json:
        context.screen.json(
            {"old": _name(before), "new": _name(after), **difference.model_dump(mode="json")}
        )
        return 0
    context.screen.show(f"{_name(before)} -> {_name(after)}")
    for heading, changes in (
        ("Scoring: grades may change", difference.scoring),
        ("Wording: grades stay comparable", difference.wording),
    ):
        context.screen.show("", Text(heading, style="bold"))
        context.screen.show(*_changes(changes, context.screen))
    if difference.moved:
        context.screen.show("", f"Only reordered: {', '.join(difference.moved)}")
    return 0


def _find(name: str, bank: Bank, git: Versions, documents: Versions) -> Document:
    kind_name, colon, rest = name.rpartition(":")
    try:
        kind = DocumentKind(kind_name) if colon else DocumentKind.QUESTION
    except ValueError as error:
        kinds = ", ".join(kind.value for kind in DocumentKind)
        raise UsageError(f"{kind_name!r} is no kind; use one of {kinds}") from error
    content_id, at, version = rest.partition("@")
    if not at:
        return working_document(bank, kind, content_id)
    return find_revision(kind, content_id, version, bank=bank, git=git, documents=documents)


def _name(document: Document) -> str:
    return f"{document.kind} {document.id}@{document.version}"


def _changes(changes: tuple[Change, ...], screen: Screen) -> list["RenderableType"]:
    parts: list[RenderableType] = []
    for change in changes:
        parts.append(Text(safe(f"  {change.path}"), style="bold"))
        if pieces := change.pieces():
            line = Text("    ")
            for piece in pieces:
                colour, before, after = _LOOKS.get(piece.kind, ("", "", ""))
                line.append(f"{before}{safe(piece.text)}{after}", style=colour)
            parts.append(line)
            continue
        for sign, value, colour in (("-", change.old, "red"), ("+", change.new, "green")):
            for item in value if isinstance(value, list) else [value]:
                if item is not None:
                    parts.append(Text(safe(f"    {sign} {item}"), style=colour))
    return parts or ["  nothing"]

"""`questionbank export packet`: what is printed or sent for an interview, and the report on it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from questionbank.attempt import AttemptKind, AttemptRecord
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.review import user_name
from questionbank.document import Document, DocumentKind, instances_of
from questionbank.errors import UsageError
from questionbank.exports.packet_document import PacketDocument, Reader
from questionbank.exports.packets import (
    PACKET_FORMATS,
    asking_document,
    write_document,
)
from questionbank.file_edit import write_files
from questionbank.git_history import GitHistory
from questionbank.packet import Packet
from questionbank.packet_source import read_packet
from questionbank.pinned import instances_of_packet

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    short_help="Write an interview's packet as HTML, PDF, DOCX or Markdown.",
    epilog="""\b
Examples:
  questionbank export packet packet.yaml --for candidate --format pdf --output candidate.pdf
  questionbank export packet packet.yaml --for interviewer --format docx --output guide.docx
  questionbank export packet packet.yaml --for panel --interview 3f9a --format html \\
    --output report.html

\b
A candidate's sheet holds the questions and nothing that tells an answer. The
guide and the report hold the rubric: keep them from candidates.""",
)
@click.argument("packet", metavar="PACKET", type=click.Path(path_type=Path))
@click.option(
    "--for",
    "reader",
    type=click.Choice([reader.value for reader in Reader]),
    required=True,
    help="candidate: questions and exhibits. interviewer: also purpose, probes, rubric, anchors "
    "and scorecard. panel: what came of interviews.",
)
@click.option(
    "--format", "name", type=click.Choice(list(PACKET_FORMATS)), required=True, help="The format."
)
@click.option(
    "--interview",
    "interviews",
    metavar="ID",
    multiple=True,
    help="An interview that was held by this packet; for the panel, repeatable.",
)
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.",
)
@click.option("--anyway", is_flag=True, help="For the panel though a rater has not finished.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@options.bank
@options.db
@options.as_json
@options.plain
def command(
    packet: Path,
    reader: str,
    name: str,
    interviews: tuple[str, ...],
    output: Path,
    anyway: bool,
    force: bool,
    bank_folders: tuple[str, ...],
    db: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Write a packet for one who reads it on paper or screen.

    The texts are those that the packet pins, wherever they are found: in the bank, in its git
    history or on record. The same packet gives the same bytes.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db)
    planned = read_packet(packet)
    panel = reader == Reader.PANEL
    if panel and not interviews:
        raise UsageError("a panel reads of interviews; name each with --interview ID")
    if interviews and not panel:
        raise UsageError("--interview goes with --for panel; a packet is the same for everybody")
    if output.exists() and not force:
        raise UsageError(f"{output} is there already; choose another name or add --force")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder")
    if panel:
        document = _report(context, planned, interviews, anyway=anyway)
    else:
        document = _sheet(context, planned, Reader(reader))
    content = write_document(document, name)
    write_files({output: content}, output.resolve().parent)
    facts = {"output": str(output), "for": reader, "format": name, "bytes": len(content)}
    if as_json:
        context.screen.json({**facts, "packet": planned.id, "questions": len(planned.items)})
        return 0
    context.screen.show(
        f"wrote {output}: {document.title}, {document.kind}, {len(content):,} bytes"
    )
    if reader != Reader.CANDIDATE:
        context.screen.note("It holds the rubric: keep it from candidates.")
    return 0


def _sheet(context: Context, packet: Packet, reader: Reader) -> PacketDocument:
    def on_record(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
        with context.store() as store:
            return store.documents(kind, content_id)

    git = GitHistory(context.bank.roots).documents
    found = instances_of_packet(packet, context.bank, git=git, documents=on_record)
    return asking_document(packet, found, reader)


def _report(
    context: Context, packet: Packet, names: tuple[str, ...], *, anyway: bool
) -> PacketDocument:
    """Read interviews from the record, each once, and lay them out."""
    # Agreement is computed with numpy, which the other packets do without.
    from questionbank.exports.packet_panel import held_as_rated, panel_document
    from questionbank.panel import Interviewed, look, missing, of_raters

    found: dict[str, Interviewed] = {}
    with context.store() as store:
        for name in names:
            record = store.attempt(name)
            _refuse_others(store, record, packet, name)
            key = record.attempt.id
            raters = store.raters(key)
            marks = of_raters(raters, store.marks(key))
            steps = instances_of(record.attempt, store.document)
            found[key] = Interviewed(record, steps, packet, raters, marks)
        waiting = {name: one for name, one in found.items() if missing(one)}
        if waiting and not anyway:
            key, one = next(iter(waiting.items()))
            raise UsageError(
                f"{', '.join(missing(one))} not done with interview {key[:8]}: to keep raters "
                "independent nothing is shown before all are done; add --anyway"
            )
        for one in found.values():
            if one.raters:
                store.append_act(*look(one, user_name(), context.now()))
    return panel_document(packet, [held_as_rated(one) for one in found.values()])


def _refuse_others(store: "Store", record: AttemptRecord, packet: Packet, name: str) -> None:
    begun = store.begun(record.attempt.id)
    if record.attempt.kind is not AttemptKind.INTERVIEW or begun is None:
        raise UsageError(f"{name} is no interview; `questionbank history` lists what is on record")
    if begun.packet != packet.content_hash:
        raise UsageError(
            f"interview {name} was held by another packet, or this file was changed since; "
            "name the file as it was"
        )

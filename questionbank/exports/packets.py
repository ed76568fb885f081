"""A packet on paper or screen: who it is for, and the table of formats it can be written in.

A writer is a module with `write(document) -> bytes`; the same document gives the same bytes.
"""

from collections.abc import Sequence
from importlib import import_module

from questionbank.exports.item import Build, item_of
from questionbank.exports.packet_candidate import candidate_document
from questionbank.exports.packet_document import PacketDocument, Reader
from questionbank.exports.packet_guide import guide_document
from questionbank.instance import Instance
from questionbank.packet import Packet

PACKET_FORMATS = {
    "html": ("packet_html", "one page for screens and printers, nothing fetched"),
    "pdf": ("packet_pdf", "for printing and reading, tagged for screen readers"),
    "docx": ("packet_docx", "for Word and its like, with fields to fill in"),
    "md": ("packet_markdown", "plain Markdown"),
}
"""Name -> (module of this package, what it is)."""


def asking_document(
    packet: Packet, instances: Sequence[Instance], reader: Reader
) -> PacketDocument:
    """A packet before the interview.

    Args:
        packet: as planned.
        instances: all that it asks, with the texts that it pins, in order.
        reader: the candidate or the interviewer.

    Raises:
        ValueError: it is for the panel, whose report `packet_panel` makes.
    """
    if reader is Reader.CANDIDATE:
        items = [item_of(instance, Build.CANDIDATE) for instance in instances]
        return candidate_document(packet.title, packet.id, packet.minutes, items)
    if reader is Reader.INTERVIEWER:
        return guide_document(packet, instances)
    raise ValueError("a panel reads of interviews; use packet_panel")


def write_document(document: PacketDocument, name: str) -> bytes:
    """Write a document.

    Args:
        document: of any reader.
        name: a key of `PACKET_FORMATS`.

    Raises:
        UsageError: it cannot be set in this format.
    """
    content: bytes = import_module(f"questionbank.exports.{PACKET_FORMATS[name][0]}").write(
        document
    )
    return content


__all__ = [
    "PACKET_FORMATS",
    "Reader",
    "asking_document",
    "write_document",
]

"""A packet as PDF: tagged for screen readers (PDF/UA-1), fonts embedded, repeatable bytes.

The only module that knows typst. The template is fixed, and what a packet says goes in as data, so
no text can become markup, reach a file or fetch anything.
"""

import json
from importlib import resources

import typst

from questionbank.errors import UsageError
from questionbank.exports.packet_document import Bar, PacketDocument

_TEMPLATE = "packet.typ"
_BAR = "packet_bar.typ"
_UNIVERSAL = "ua-1"


def write(document: PacketDocument) -> bytes:
    """Set a document.

    The fonts are typst's own, so that the bytes are the same on every machine; characters they
    lack are taken from the machine's fonts, and only where it has none either, a box stands in
    their place and the file does not claim PDF/UA.

    Raises:
        UsageError: typst cannot set it.
    """
    data = document.model_dump(mode="json")
    data["date"] = list(document.date.timetuple()[:3]) if document.date else None
    given = {"document": json.dumps(data)}
    ways: tuple[tuple[bool, list[str]], ...] = (
        (True, [_UNIVERSAL]),
        (False, [_UNIVERSAL]),
        (False, []),
    )
    reason = ""
    for own_fonts_only, standards in ways:
        try:
            return _compile(given, standards, own_fonts_only=own_fonts_only)
        except typst.TypstError as error:
            reason = error.message
            if "could not be displayed" not in reason:
                break
    raise UsageError(f"this packet cannot be set as PDF ({reason}); write it as HTML or DOCX")


def _compile(given: dict[str, str], standards: list[str], *, own_fonts_only: bool) -> bytes:
    template = resources.files(__package__).joinpath(_TEMPLATE).read_bytes()
    compiler = typst.Compiler(template, ignore_system_fonts=own_fonts_only, sys_inputs=given)
    made = compiler.compile(format="pdf", pdf_standards=standards)  # type: ignore[arg-type]
    if not isinstance(made, bytes):  # a list of pages is for pictures only
        raise TypeError("typst gave pages in place of a file")
    return made


def bar_picture(bar: Bar) -> bytes:
    """One bar of a chart as a PNG picture, for formats that cannot draw."""
    compiler = typst.Compiler(
        resources.files(__package__).joinpath(_BAR).read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"bar": bar.model_dump_json()},
    )
    made = compiler.compile(format="png", ppi=288)
    if not isinstance(made, bytes):  # a list of pages is for pictures only
        raise TypeError("typst gave pages in place of a file")
    return made

"""A packet as a Word document: real headings, tables with heads, fields that can be filled in.

The only module that knows python-docx, with `packet_docx_parts`, which holds what it cannot make.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import singledispatchmethod

from docx import Document
from docx.blkcntnr import BlockItemContainer
from docx.document import Document as WordDocument
from docx.shared import Mm
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from questionbank.exports import packet_docx_parts as parts
from questionbank.exports.package import zipped
from questionbank.exports.packet_document import (
    Blank,
    Block,
    Box,
    Cell,
    Chart,
    Code,
    Column,
    Facts,
    Heading,
    Listing,
    PacketDocument,
    PageBreak,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    Ticks,
    Together,
    Tone,
    cell,
    words,
)
from questionbank.exports.packet_pdf import bar_picture

_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
"""Stands where Word wants a date and the document tells of none."""
_REST = 8
"""More lines to write on where the rest of a page is free."""
_WIDTH = 162.0
"""Of the text, in mm."""


def write(document: PacketDocument) -> bytes:
    """Set a document; the same document gives the same bytes."""
    word = Document()
    parts.dress(word, document.footer)
    _properties(word, document)
    writer = _Writer(word)
    writer.title(document)
    writer.blocks(document.cover, word._body)
    writer.blocks(document.body, word._body)
    stream = io.BytesIO()
    word.save(stream)
    with zipfile.ZipFile(stream) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()})


def _properties(word: WordDocument, document: PacketDocument) -> None:
    known = word.core_properties
    known.title = f"{document.title} – {document.kind}"[:255]
    known.subject = document.kind[:255]
    known.author = known.last_modified_by = known.comments = known.keywords = ""
    known.language = "en"
    known.created = known.modified = document.date or _EPOCH
    known.revision = 1


class _Writer:
    """Sets blocks one after the other."""

    def __init__(self, word: WordDocument) -> None:
        self._word = word
        self._styles = {style.name: style.style_id for style in word.styles}
        self._tone: Tone | None = None
        self._depth = 0
        """Lists that are open."""
        self._keep = False
        self._breaks = False
        """Whether the next paragraph begins a page."""
        self._names = 0

    def title(self, document: PacketDocument) -> None:
        """The head of the first page."""
        self._word.add_paragraph(document.kind, style="Subtitle")
        self._word.add_paragraph(document.title, style="Title")

    def blocks(self, blocks: Iterable[Block], into: BlockItemContainer) -> None:
        """Set blocks one below the other."""
        for block in blocks:
            self._block(block, into)

    def _paragraph(self, into: BlockItemContainer, style: str = "Normal") -> WordParagraph:
        """A new paragraph; the first one of a cell is there already."""
        made: WordParagraph
        first = into.paragraphs[0] if isinstance(into, _Cell) else None
        if first is not None and len(into.paragraphs) == 1 and not parts.is_used(first):
            made = first
        else:
            made = into.add_paragraph()
        made._p.style = self._styles[style]  # python-docx's own way searches all styles each time
        layout = made.paragraph_format
        if self._breaks:
            layout.page_break_before = True
            self._breaks = False
        if self._keep:
            layout.keep_together = layout.keep_with_next = True
        if self._tone is not None:
            parts.tint(made, self._tone)
        return made

    @singledispatchmethod
    def _block(self, block: Block, into: BlockItemContainer) -> None:
        raise TypeError(f"no way to set {type(block).__name__}")

    @_block.register
    def _(self, block: Heading, into: BlockItemContainer) -> None:
        made = self._paragraph(into, f"Heading {block.level}")
        made.add_run(f"{block.number}\u2002{block.text}" if block.number else block.text)
        if block.aside and block.level == 1:
            aside = self._paragraph(into, "Aside")
            aside.add_run(block.aside)
            aside.paragraph_format.keep_with_next = True
        elif block.aside:
            parts.quieten(made.add_run(f"\u2003{block.aside}"))

    @_block.register
    def _(self, block: Paragraph, into: BlockItemContainer) -> None:
        self._spans(block.spans, self._paragraph(into, "Small" if block.small else "Normal"))

    @_block.register
    def _(self, block: Listing, into: BlockItemContainer) -> None:
        self._depth += 1
        for number, item in enumerate(block.items, start=block.start):
            for at, inner in enumerate(item):
                if not isinstance(inner, Paragraph):
                    self._block(inner, into)
                    continue
                bullet = at == 0 and not block.ordered and not block.plain
                made = self._paragraph(into, "List Bullet" if bullet else "List Continue")
                if self._depth > 1:
                    made.paragraph_format.left_indent = Mm(6.0 * self._depth)
                if block.ordered and at == 0:
                    made.add_run(f"{number}.\u2002")
                self._spans(inner.spans, made)
        self._depth -= 1

    @_block.register
    def _(self, block: Quote, into: BlockItemContainer) -> None:
        with self._toned(Tone.ANSWER):
            self.blocks(block.blocks, into)

    @_block.register
    def _(self, block: Code, into: BlockItemContainer) -> None:
        made = self._paragraph(into, "Code")
        parts.add_lines(made, block.text)

    @_block.register
    def _(self, block: Rule, into: BlockItemContainer) -> None:
        parts.underline(self._paragraph(into, "Small"), parts.FAINT)

    @_block.register
    def _(self, block: PageBreak, into: BlockItemContainer) -> None:
        self._breaks = True

    @_block.register
    def _(self, block: Together, into: BlockItemContainer) -> None:
        kept = self._keep
        for at, inner in enumerate(block.blocks):
            self._keep = kept or at < len(block.blocks) - 1
            self._block(inner, into)
        self._keep = kept

    @_block.register
    def _(self, block: Box, into: BlockItemContainer) -> None:
        with self._toned(block.tone):
            title = self._paragraph(into, "Label")
            title.paragraph_format.keep_with_next = True
            title.add_run(block.title)
            self.blocks(block.blocks, into)

    @contextmanager
    def _toned(self, tone: Tone) -> Iterator[None]:
        before, self._tone = self._tone, tone
        yield
        self._tone = before

    @_block.register
    def _(self, block: Facts, into: BlockItemContainer) -> None:
        for fact in block.facts:
            made = self._paragraph(into, "Fact")
            parts.quieten(made.add_run(fact.name), strong=True)
            made.add_run("\t")
            self._spans(fact.spans, made)

    @_block.register
    def _(self, block: Table, into: BlockItemContainer) -> None:
        titled = any(one.blocks for one in block.head)
        rows = ((block.head, *block.rows) if titled else block.rows) or (block.head,)
        room = _WIDTH - (8.0 if self._tone else 0.0)
        total = sum(column.share for column in block.columns)
        widths = [room * column.share / total for column in block.columns]
        made = into.add_table(len(rows), len(widths), Mm(room))
        parts.dress_table(made, block.caption, widths, titled=titled, ruled=block.ruled)
        before, self._tone = self._tone, None
        if self._breaks:  # a table cannot begin a page by itself
            self._breaks = False
        for at, row in enumerate(rows):
            for across, (one, column) in enumerate(zip(row, block.columns, strict=True)):
                into_cell = made.cell(at, across)
                self.blocks(one.blocks, into_cell)
                parts.dress_cell(into_cell, column.align, head=titled and at == 0)
        self._tone = before
        self._after_table(into)

    def _after_table(self, into: BlockItemContainer) -> None:
        """Word joins tables that touch, and a cell must end with a paragraph."""
        self._paragraph(into, "Gap")

    @_block.register
    def _(self, block: Blank, into: BlockItemContainer) -> None:
        self._names += 1
        if block.titled:
            made = self._paragraph(into, "Line" if block.lines <= 1 else "Label")
            made.add_run(block.label)
            if block.lines <= 1:
                made.add_run("\u2002")
                parts.add_field(made, block.label, self._names)
                parts.underline(made, parts.MUTED)
                return
            made.paragraph_format.keep_with_next = True
        count = max(block.lines, 1) + (_REST if block.rest else 0)
        lines = [self._paragraph(into, "Writing") for _ in range(count)]
        parts.make_field(lines, block.label, self._names, ruled=block.titled)

    @_block.register
    def _(self, block: Ticks, into: BlockItemContainer) -> None:
        scale = all(len(option) == 1 for option in block.options)
        made = self._paragraph(into, "Ticks")
        if block.titled:
            parts.quieten(made.add_run(block.label), strong=True)
            made.add_run("\u2003")
        for at, option in enumerate(block.options):
            self._names += 1
            if at:
                made.add_run("\u2002" if scale else "\u2003")
            parts.add_tick(made, f"{block.label}: {option}", self._names)
            made.add_run(f"\u00a0{option}")

    @_block.register
    def _(self, block: Chart, into: BlockItemContainer) -> None:
        self._spans((Span(text=block.caption),), self._paragraph(into, "Small"))
        heads = [
            block.first,
            "0 to 100",
            "Value",
            "Range",
            *([block.note_head] if block.note_head else []),
        ]
        shares = (5.0, 8.0, 2.0, 2.6, 2.0)[: len(heads)]
        rows = []
        for bar in block.bars:
            texts = [cell(words(bar.told, strong=True)), cell(bar.told_range)]
            texts += [cell(bar.note)] if block.note_head else []
            rows.append((cell(bar.label), Cell(), *texts))
        table = Table(
            caption=block.caption,
            columns=tuple(
                Column(share=share, align="right" if at > 1 else "left")
                for at, share in enumerate(shares)
            ),
            head=tuple(cell(head) for head in heads),
            rows=tuple(rows),
            row_heads=True,
        )
        self._block(table, into)
        drawn = into.tables[-1]
        wide = _WIDTH * shares[1] / sum(shares) - 5.0
        for at, bar in enumerate(block.bars, start=1):
            place = drawn.cell(at, 1).paragraphs[0]
            shape = place.add_run().add_picture(io.BytesIO(bar_picture(bar)), width=Mm(wide))
            parts.describe(shape, f"{bar.label}: {bar.told} of 100, range {bar.told_range}")

    def _spans(self, spans: Iterable[Span], into: WordParagraph) -> None:
        for span in spans:
            run = into.add_run()
            parts.add_text(run, span.text)
            run.bold = span.strong or None
            run.italic = span.emphasis or None
            if span.code:
                run.style = self._word.styles["Code Words"]
            if span.muted:
                parts.quieten(run)
            if span.mark is not None:
                parts.highlight(run)
                if span.mark:
                    parts.refer(into.add_run(span.mark))
            if span.href:
                parts.link(into, run, span.href)

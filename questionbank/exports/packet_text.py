"""Texts of the bank and of candidates as blocks: Markdown, plain words, words with evidence."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from questionbank.exports.markup import Node, markdown_tree
from questionbank.exports.packet_document import (
    Block,
    Blocks,
    Cell,
    Code,
    Column,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Table,
    visible,
)

_INLINE = {"strong", "b", "em", "i", "code", "a", "span", "sub", "sup", "br", "img"}
_ADDRESS = re.compile(r"(https?://|mailto:)[^\s\"'<>\\]+")
_WIDEST = 40
"""Characters beyond which a column of a table gets no wider."""
_DEEPEST = 6
"""Lists and quotations within each other; deeper ones are set as if they stood at this depth."""


class _Around(NamedTuple):
    """What a block stands in."""

    table: str
    """What a table is called."""
    depth: int = 0
    """Lists and quotations around it."""

    def deeper(self) -> "_Around":
        """One level further in."""
        return _Around(self.table, self.depth + 1)


def markdown_blocks(text: str, *, table: str = "Table") -> Blocks:
    """Read Markdown.

    Args:
        text: Markdown; HTML in it is shown as it is written.
        table: the caption that its tables are read aloud with.

    Returns:
        Its blocks; plain paragraphs if it holds more markup than can be read.
    """
    try:
        root = markdown_tree(visible(text))
    except ValueError:
        return plain_blocks(text)
    return tuple(_blocks(root.children, _Around(table)))


def plain_blocks(text: str) -> Blocks:
    """Words without markup: paragraphs between blank lines, line ends kept."""
    return tuple(
        Paragraph(spans=(Span(text=part.strip("\n")),))
        for part in re.split(r"\n[ \t]*\n\s*", visible(text).strip())
        if part.strip()
    )


class Evidence(NamedTuple):
    """A stretch of an answer that verdicts rest on."""

    start: int
    end: int
    reference: str
    """What stands behind it, for example the point's number."""


def marked_blocks(text: str, found: Sequence[Evidence], limit: int) -> Blocks:
    """An answer with its evidence highlighted.

    Args:
        text: the answer as given.
        found: stretches of it; where they overlap, both references stand.
        limit: characters that are shown; what evidence lies beyond is not highlighted.

    Returns:
        Paragraphs, and a last one that says what was left out.
    """
    shown = text[:limit]
    edges = sorted({0, len(shown), *(at for one in found for at in (one.start, one.end))})
    edges = [at for at in edges if 0 <= at <= len(shown)]
    spans: list[Span] = []
    for start, end in pairwise(edges):
        over = [one for one in found if one.start <= start and end <= one.end]
        ends = {one.reference: None for one in over if one.end == end}
        mark = ", ".join(ends) if over else None
        spans.append(Span(text=shown[start:end], mark=mark))
    blocks = tuple(_paragraphs(spans))
    if len(text) <= limit:
        return blocks
    rest = f"… and {len(text) - limit:,} more characters, which the record holds."
    return (*blocks, Paragraph(spans=(Span(text=rest, emphasis=True),), small=True))


def _paragraphs(spans: Iterable[Span]) -> Iterable[Paragraph]:
    """Cut spans at blank lines; a reference stays with the last piece of its stretch."""
    open_: list[Span] = []
    for span in spans:
        pieces = re.split(r"\n[ \t]*\n\s*", span.text)
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            mark = span.mark if last or span.mark is None else ""
            if piece:
                open_.append(span.model_copy(update={"text": piece, "mark": mark}))
            if not last and open_:
                yield Paragraph(spans=tuple(open_))
                open_ = []
    if open_:
        yield Paragraph(spans=tuple(open_))


def _blocks(children: Iterable[Node | str], around: _Around) -> Iterable[Block]:
    run: list[Node | str] = []
    for child in children:
        if isinstance(child, str) or child.tag in _INLINE:
            run.append(child)
            continue
        yield from _run(run)
        run = []
        yield from _block(child, around)
    yield from _run(run)


def _run(run: Sequence[Node | str]) -> Iterable[Block]:
    if spans := _tidy(_spans(run)):
        yield Paragraph(spans=spans)


def _block(node: Node, around: _Around) -> Iterable[Block]:
    tag, inner = node.tag, around.deeper()
    if tag in ("ul", "ol", "li", "blockquote") and around.depth >= _DEEPEST:
        yield from _blocks(node.children, around)
        return
    if tag in ("ul", "ol"):
        items = [child for child in node.children if isinstance(child, Node)]
        start = node.attributes.get("start", "1")
        yield Listing(
            ordered=tag == "ol",
            start=int(start) if re.fullmatch(r"\d{1,6}", start) else 1,
            items=tuple(tuple(_blocks(item.children, inner)) for item in items),
        )
    elif tag == "table":
        yield _table(node, around.table)
    elif tag == "pre":
        yield Code(text=_plain(node).strip("\n"))
    elif tag == "hr":
        yield Rule()
    elif tag == "blockquote":
        yield Quote(blocks=tuple(_blocks(node.children, inner)))
    elif re.fullmatch(r"h[1-6]", tag):
        # No heading of the document: a level would be left out above it.
        yield Paragraph(spans=(Span(text=" ".join(_plain(node).split()), strong=True),))
    else:
        yield from _blocks(node.children, around)


def _table(node: Node, caption: str) -> Table:
    """Columns as wide as their longest field asks for, within reason."""
    rows = [[cell for cell in row.children if isinstance(cell, Node)] for row in _named(node, "tr")]
    width = max(len(row) for row in rows)
    longest = [
        max((len(_plain(row[at])) for row in rows if at < len(row)), default=1)
        for at in range(width)
    ]
    first = rows[0]
    cells = [
        tuple(Cell(blocks=tuple(_blocks(cell.children, _Around(caption)))) for cell in row)
        + (Cell(),) * (width - len(row))
        for row in rows
    ]
    return Table(
        caption=caption,
        columns=tuple(
            Column(share=min(max(wide, 6), _WIDEST), align=_alignment(first[at]))  # type: ignore[arg-type]
            for at, wide in enumerate(longest)
        ),
        head=cells[0],
        rows=tuple(cells[1:]),
        row_heads=True,
    )


def _alignment(node: Node) -> str:
    found = re.search(r"qti-align-(left|center|right)", node.attributes.get("class", ""))
    return found.group(1) if found else "left"


def _named(node: Node, tag: str) -> list[Node]:
    found: list[Node] = []
    for child in node.children:
        if isinstance(child, Node):
            found += [child] if child.tag == tag else _named(child, tag)
    return found


def _plain(node: Node | str) -> str:
    if isinstance(node, str):
        return node
    if node.tag == "img":
        return node.attributes.get("alt", "")
    return "".join(_plain(child) for child in node.children)


def _spans(children: Iterable[Node | str], style: Span | None = None) -> list[Span]:
    style = style or Span(text="")
    found: list[Span] = []
    for child in children:
        if isinstance(child, str):
            found.append(_restyled(style, text=re.sub(r"\s+", " ", child)))
        elif child.tag == "br":
            found.append(_restyled(style, text="\n"))
        elif child.tag in ("img", "code"):
            found.append(_restyled(style, text=_plain(child), code=child.tag == "code"))
        else:
            found += _spans(child.children, _restyled(style, **_style(child)))
    return found


def _restyled(style: Span, **changes: object) -> Span:
    """A changed span, checked: an entity may have brought in what nobody sees."""
    return Span.model_validate(style.model_dump() | changes)


def _style(node: Node) -> dict[str, object]:
    if node.tag in ("strong", "b"):
        return {"strong": True}
    if node.tag in ("em", "i"):
        return {"emphasis": True}
    address = node.attributes.get("href", "")
    return {"href": address} if _ADDRESS.fullmatch(address) else {}


def _tidy(spans: Sequence[Span]) -> Spans:
    """Without space at either end, and none around line ends."""
    kept = [span for span in spans if span.text]
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if not kept:
        return ()
    first, last = kept[0], kept[-1]
    kept[0] = first.model_copy(update={"text": first.text.lstrip()})
    kept[-1] = last.model_copy(update={"text": kept[-1].text.rstrip()})
    return tuple(kept)

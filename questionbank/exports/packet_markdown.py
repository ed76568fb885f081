"""A packet as plain Markdown: readable as it stands, and no text in it counts as markup."""

from collections.abc import Iterable, Sequence
from functools import singledispatch

from questionbank.exports.markup import Node, tree_to_markdown
from questionbank.exports.packet_document import (
    Blank,
    Block,
    Blocks,
    Box,
    Cell,
    Chart,
    Code,
    Facts,
    Heading,
    Listing,
    PacketDocument,
    PageBreak,
    Paragraph,
    Quote,
    Rule,
    Spans,
    Table,
    Ticks,
    Together,
)

_LINE = "…" * 12
_DRAWN = 20
"""Characters that a full bar takes."""
_Children = list[Node | str]


def write(document: PacketDocument) -> bytes:
    """Set a document."""
    root = _node("div", _node("p", document.kind), _node("h1", document.title))
    for block in (*document.cover, *document.body):
        root.children += _set(block)
    root.children += [_node("hr"), _node("p", document.footer)]
    return (tree_to_markdown(root) + "\n").encode()


def _node(tag: str, *children: Node | str, **attributes: str) -> Node:
    return Node(tag, attributes, list(children))


def _all(blocks: Iterable[Block]) -> _Children:
    return [made for block in blocks for made in _set(block)]


@singledispatch
def _set(block: Block) -> _Children:
    """One block as elements."""
    raise TypeError(f"no way to set {type(block).__name__}")


@_set.register
def _(block: Heading) -> _Children:
    parts = [f"{block.number}. " if block.number else "", block.text]
    parts.append(f" ({block.aside})" if block.aside else "")
    return [_node(f"h{block.level + 1}", "".join(parts))]


@_set.register
def _(block: Paragraph) -> _Children:
    return [_node("p", *_inline(block.spans))]


@_set.register
def _(block: Listing) -> _Children:
    items = [_node("li", *_item(item)) for item in block.items]
    if block.plain:
        return [made for item in block.items for made in _all(item)]
    return [_node("ol" if block.ordered else "ul", *items, start=str(block.start))]


def _item(blocks: Blocks) -> _Children:
    """What stands in an item; a single paragraph needs no blank line around it."""
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return _inline(blocks[0].spans)
    return _all(blocks)


@_set.register
def _(block: Quote) -> _Children:
    return [_node("blockquote", *_all(block.blocks))]


@_set.register
def _(block: Code) -> _Children:
    return [_node("pre", block.text)]


@_set.register
def _(block: Rule) -> _Children:
    return [_node("hr")]


@_set.register
def _(block: PageBreak) -> _Children:
    return [_node("hr")]


@_set.register
def _(block: Together) -> _Children:
    return _all(block.blocks)


@_set.register
def _(block: Box) -> _Children:
    title = _node("p", _node("strong", block.title))
    return [_node("blockquote", title, *_all(block.blocks))]


@_set.register
def _(block: Facts) -> _Children:
    items = [
        _node("li", _node("strong", f"{fact.name}:"), " ", *_inline(fact.spans))
        for fact in block.facts
    ]
    return [_node("ul", *items)]


@_set.register
def _(block: Table) -> _Children:
    sides = [{"class": f"qti-align-{one.align}"} for one in block.columns]
    rows = [
        _node("tr", *(_cell(tag, cell, side) for cell, side in zip(row, sides, strict=True)))
        for tag, row in (("th", block.head), *(("td", row) for row in block.rows))
    ]
    return [_node("table", *rows)]


def _cell(tag: str, cell: Cell, attributes: dict[str, str]) -> Node:
    return Node(tag, attributes, _item(cell.blocks))


@_set.register
def _(block: Blank) -> _Children:
    if not block.titled:
        return [_node("p", _LINE)]
    return [_node("p", _node("strong", f"{block.label}:"), f" {_LINE}")]


@_set.register
def _(block: Ticks) -> _Children:
    ticks = ["".join(("☐\u00a0", option)) for option in block.options]
    told: Sequence[Node | str] = [_node("strong", f"{block.label}:"), " "] if block.titled else []
    return [_node("p", *told, "   ".join(ticks))]


@_set.register
def _(block: Chart) -> _Children:
    rows = []
    for bar in block.bars:
        full = round((bar.value or 0.0) / 100 * _DRAWN)
        drawn = "█" * full + "░" * (_DRAWN - full)
        texts = (bar.label, drawn, bar.told, bar.told_range)
        notes = (bar.note,) if block.note_head else ()
        rows.append(_node("tr", *(_node("td", text) for text in (*texts, *notes))))
    heads = (
        block.first,
        "0 to 100",
        "Value",
        "Range",
        *([block.note_head] if block.note_head else []),
    )
    head = _node("tr", *(_node("th", text) for text in heads))
    return [_node("p", block.caption), _node("table", head, *rows)]


def _inline(spans: Spans) -> _Children:
    found: _Children = []
    for span in spans:
        made: _Children = []
        for at, line in enumerate(span.text.split("\n")):
            made += ([_node("br")] if at else []) + ([line] if line else [])
        if span.code:
            made = [_node("code", *made)]
        for tag, styled in (
            ("em", span.emphasis),
            ("strong", span.strong or span.mark is not None),
        ):
            made = [_node(tag, *made)] if styled else made
        if span.href:
            made = [_node("a", *made, href=span.href)]
        found += made
        if span.mark:
            found.append(f" [{span.mark}]")
    return found

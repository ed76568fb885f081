"""A packet as one HTML file: no script, nothing fetched, for screens, paper and screen readers.

Texts are escaped as they are set, and the finished body passes nh3 once more, which lets through
only the elements and attributes that stand here.
"""

from collections.abc import Iterable
from functools import singledispatchmethod
from html import escape
from importlib import resources

from questionbank.exports.markup import clean_page
from questionbank.exports.packet_document import (
    Bar,
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
    Span,
    Spans,
    Table,
    Ticks,
    Together,
)

_STYLE = "packet.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_CLASS = {"class"}
_DIRECTED = {"class", "dir"}
_TAGS: dict[str, set[str]] = {
    **dict.fromkeys(("a", "nav", "main", "header", "footer", "section", "div", "span"), _CLASS),
    **dict.fromkeys(("p", "li", "dt", "dd", "td", "caption", "blockquote"), _DIRECTED),
    **{name: {"class", "dir", "id"} for name in ("h1", "h2", "h3", "h4", "h5")},
    **{
        name: set()
        for name in ("br", "hr", "strong", "em", "code", "pre", "mark", "thead", "tbody")
    },
    **dict.fromkeys(("ul", "sup", "tr", "table", "dl", "fieldset", "legend"), _CLASS),
    "a": {"class", "href"},
    "main": {"id", "tabindex"},
    "div": {"class", "role", "tabindex"},
    "ol": {"start", "class"},
    "th": {"class", "dir", "scope"},
    "label": {"class", "for"},
    "input": {"class", "id", "type", "name", "value", "autocomplete"},
    "textarea": {"class", "id", "rows", "autocomplete"},
    "svg": {"class", "viewBox", "preserveAspectRatio", "width", "height"},
    "rect": {"class", "x", "y", "width", "height"},
}
"""Attributes by element: all that a page of ours is made of."""
_WIDE = 5
"""Columns from which on a table may be scrolled sideways on narrow screens."""


def write(document: PacketDocument) -> bytes:
    """Set a document as one page."""
    page = _Page()
    cover = page.blocks(document.cover)
    body = page.blocks(document.body) + page.close()
    filled = (
        '<p class="screen note">What you fill in here is kept nowhere. Print it, or print it into '
        "a file, before you close the page.</p>"
        if page.fields
        else ""
    )
    links = "".join(f'<li><a href="#{name}">{text}</a></li>' for name, text in page.contents)
    nav = f'<nav class="screen" aria-label="Contents"><ul>{links}</ul></nav>' if links else ""
    inside = clean_page(
        '<a class="skip" href="#content">Skip to the content</a>'
        f'<header><p class="kind">{escape(document.kind)}</p>'
        f'<h1 dir="auto">{escape(document.title)}</h1></header>{nav}'
        f'<main id="content" tabindex="-1">{filled}{cover}{body}</main>'
        f"<footer><p>{escape(document.footer)}</p></footer>",
        _TAGS,
    )
    style = resources.files(__package__).joinpath(_STYLE).read_text(encoding="utf-8")
    title = escape(f"{document.title} – {document.kind}")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{inside}\n</body>\n</html>\n"
    ).encode()


class _Page:
    """Sets blocks, and counts what needs a name."""

    def __init__(self) -> None:
        self.contents: list[tuple[str, str]] = []
        """Name and title of each section."""
        self.fields = 0
        self._open = False

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Set blocks one below the other."""
        return "\n".join(self._block(block) for block in blocks)

    def close(self) -> str:
        """End the section that is open."""
        was, self._open = self._open, False
        return "</section>" if was else ""

    @singledispatchmethod
    def _block(self, block: Block) -> str:
        raise TypeError(f"no way to set {type(block).__name__}")

    @_block.register
    def _(self, block: Heading) -> str:
        number = f'<span class="number">{escape(block.number)}</span> ' if block.number else ""
        aside = f' <span class="aside">{escape(block.aside)}</span>' if block.aside else ""
        text = f"{number}{escape(block.text)}"
        level = block.level + 1
        if block.level > 1:
            return f'<h{level} dir="auto">{text}{aside}</h{level}>'
        name = f"s{len(self.contents) + 1}"
        self.contents.append((name, text))
        start = f'{self.close()}<section><h2 id="{name}" dir="auto">{text}</h2>'
        self._open = True
        return start + (f'<p class="aside">{escape(block.aside)}</p>' if block.aside else "")

    @_block.register
    def _(self, block: Paragraph) -> str:
        small = ' class="small"' if block.small else ""
        return f'<p{small} dir="auto">{_spans(block.spans)}</p>'

    @_block.register
    def _(self, block: Listing) -> str:
        items = "".join(f'<li dir="auto">{self._inside(item)}</li>' for item in block.items)
        if block.ordered:
            return f'<ol start="{block.start}">{items}</ol>'
        return f'<ul class="plain">{items}</ul>' if block.plain else f"<ul>{items}</ul>"

    @_block.register
    def _(self, block: Quote) -> str:
        return f"<blockquote>{self.blocks(block.blocks)}</blockquote>"

    @_block.register
    def _(self, block: Code) -> str:
        return f"<pre><code>{escape(block.text)}</code></pre>"

    @_block.register
    def _(self, block: Rule) -> str:
        return "<hr>"

    @_block.register
    def _(self, block: PageBreak) -> str:
        return f'{self.close()}<div class="page"></div>'

    @_block.register
    def _(self, block: Together) -> str:
        return f'<div class="together">{self.blocks(block.blocks)}</div>'

    @_block.register
    def _(self, block: Box) -> str:
        title = f'<p class="title">{escape(block.title)}</p>'
        return f'<div class="box {block.tone.value}">{title}{self.blocks(block.blocks)}</div>'

    @_block.register
    def _(self, block: Facts) -> str:
        rows = "".join(
            f'<dt dir="auto">{escape(fact.name)}</dt><dd dir="auto">{_spans(fact.spans)}</dd>'
            for fact in block.facts
        )
        return f"<dl>{rows}</dl>"

    @_block.register
    def _(self, block: Table) -> str:
        sides = [f' class="{one.align}"' if one.align != "left" else "" for one in block.columns]
        head = ""
        if any(cell.blocks for cell in block.head):
            names = "".join(
                f'<th scope="col"{side} dir="auto">{self._cell(cell)}</th>'
                if cell.blocks
                else "<td></td>"
                for side, cell in zip(sides, block.head, strict=True)
            )
            head = f"<thead><tr>{names}</tr></thead>"
        rows = "".join(f"<tr>{self._row(block, row, sides)}</tr>" for row in block.rows)
        even = len({one.share for one in block.columns}) == 1
        ruled = ' class="ruled"' if block.ruled else ' class="even"' if even else ""
        table = (
            f'<table{ruled}><caption class="hidden" dir="auto">{escape(block.caption)}</caption>'
            f"{head}<tbody>{rows}</tbody></table>"
        )
        if len(block.columns) < _WIDE:
            return table
        name = escape(block.caption)
        return f'<div class="scroll" role="group" tabindex="0" aria-label="{name}">{table}</div>'

    def _row(self, block: Table, row: tuple[Cell, ...], sides: list[str]) -> str:
        cells = []
        for at, (side, cell) in enumerate(zip(sides, row, strict=True)):
            named = block.row_heads and at == 0 and cell.blocks
            tag, scope = ("th", ' scope="row"') if named else ("td", "")
            cells.append(f'<{tag}{scope}{side} dir="auto">{self._cell(cell)}</{tag}>')
        return "".join(cells)

    def _cell(self, cell: Cell) -> str:
        return self._inside(cell.blocks)

    def _inside(self, blocks: Blocks) -> str:
        """A single paragraph needs no element of its own."""
        if len(blocks) == 1 and isinstance(blocks[0], Paragraph) and not blocks[0].small:
            return _spans(blocks[0].spans)
        return self.blocks(blocks)

    @_block.register
    def _(self, block: Blank) -> str:
        name = self._field()
        label = f'<label for="{name}">{escape(block.label)}</label>' if block.titled else ""
        aria = "" if block.titled else f' aria-label="{escape(block.label)}"'
        if block.titled and block.lines <= 1:
            blank = f'<input type="text" id="{name}" autocomplete="off">'
            return f'<div class="blank">{label}{blank}</div>'
        rows = f' rows="{block.lines}"'
        area = f'<textarea id="{name}"{rows} autocomplete="off"{aria}></textarea>'
        return f'<div class="blank area{" rest" if block.rest else ""}">{label}{area}</div>'

    @_block.register
    def _(self, block: Ticks) -> str:
        name = self._field()
        kind = "checkbox" if block.many else "radio"
        scale = all(len(option) == 1 for option in block.options)
        ticks = "".join(
            f'<label class="{"mark" if scale else "tick"}"><input type="{kind}" name="{name}" '
            f'value="{at}"><span>{escape(option)}</span></label>'
            for at, option in enumerate(block.options, start=1)
        )
        hidden = "" if block.titled else ' class="hidden"'
        legend = f"<legend{hidden}>{escape(block.label)}</legend>"
        return f'<fieldset class="line">{legend}{ticks}</fieldset>'

    @_block.register
    def _(self, block: Chart) -> str:
        heads = [block.first, "0 to 100", "Value", "Range"]
        heads += [block.note_head] if block.note_head else []
        names = "".join(
            f'<th scope="col" class="{"left" if at < 2 else "right"}">{escape(head)}</th>'
            for at, head in enumerate(heads)
        )
        rows = "".join(_bar(bar, noted=bool(block.note_head)) for bar in block.bars)
        return (
            f'<table class="chart"><caption dir="auto">{escape(block.caption)}</caption>'
            f"<thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _field(self) -> str:
        self.fields += 1
        return f"f{self.fields}"


def _bar(bar: Bar, *, noted: bool) -> str:
    note = f'<td class="right">{escape(bar.note)}</td>' if noted else ""
    drawn = '<rect class="track" x="0" y="2" width="100" height="6"></rect>'
    if bar.value is not None:
        drawn += f'<rect class="bar" x="0" y="2" width="{bar.value:.2f}" height="6"></rect>'
    if bar.high > bar.low:
        wide = bar.high - bar.low
        drawn += (
            f'<rect class="range" x="{bar.low:.2f}" y="4.4" width="{wide:.2f}" height="1.2"></rect>'
        )
        for end in (bar.low, bar.high):
            at = min(max(end - 0.2, 0.0), 99.6)
            drawn += f'<rect class="range" x="{at:.2f}" y="1" width="0.4" height="8"></rect>'
    return (
        f'<tr><th scope="row" dir="auto">{escape(bar.label)}</th><td class="drawn">'
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'
        "</td>"
        f'<td class="right"><strong>{bar.told}</strong></td>'
        f'<td class="right">{bar.told_range}</td>{note}</tr>'
    )


def _spans(spans: Spans) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = escape(span.text).replace("\n", "<br>")
    if span.code:
        text = f"<code>{text}</code>"
    if span.strong:
        text = f"<strong>{text}</strong>"
    if span.emphasis:
        text = f"<em>{text}</em>"
    if span.muted:
        text = f'<span class="muted">{text}</span>'
    if span.mark is not None:
        text = f"<mark>{text}</mark>"
        if span.mark:
            told = '<span class="hidden"> evidence for point </span>'
            text += f'<sup class="ref">{told}{escape(span.mark)}</sup>'
    return f'<a href="{escape(span.href)}">{text}</a>' if span.href else text

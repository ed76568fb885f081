"""What python-docx has no call for: fields to fill in, ticks, tints, links, and the whole look."""

from collections.abc import Sequence
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.shape import InlineShape
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from questionbank.exports.packet_document import Tone
from questionbank.exports.xml_text import Xml, element

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
INK, ACCENT, MUTED, FAINT = "1B1F24", "17495C", "545D66", "C3CAD1"
_TINT, _WARM, _AMBER, _MARKER = "F1F5F7", "FBF3E2", "8A4D00", "FFF0A8"
_TEXT, _HEAD, _MONO = "Cambria", "Cambria", "Consolas"
_SIDES = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def _xml(name: str, *children: Xml | str, **attributes: str) -> Xml:
    """One element of Word's own; attributes get the prefix `w`."""
    named = {key if ":" in key else f"w:{key}": value for key, value in attributes.items()}
    return element(f"w:{name}", *children, **named)


def _parsed(xml: Xml) -> Any:  # noqa: ANN401 - lxml has no types
    """The element, with the prefixes it uses."""
    head, rest = xml[: xml.index(">")], xml[xml.index(">") :]
    return parse_xml(f'{head} xmlns:w="{_W}" xmlns:w14="{_W14}" xmlns:r="{_R}"{rest}')


# --- the look of the document -------------------------------------------------------------------


def dress(word: WordDocument, footer: str) -> None:
    """Set paper, styles and the foot of the page."""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    section.top_margin, section.bottom_margin = Mm(22), Mm(22)
    _font(word.styles["Normal"], _TEXT, 10.5, INK)
    _space(word.styles["Normal"], 0, 6, 1.15)
    heads = ((16.0, 20.0, 6.0), (12.5, 16.0, 4.0), (11.0, 14.0, 3.0))
    for level, (points, above, below) in enumerate(heads, start=1):
        style = word.styles[f"Heading {level}"]
        _font(style, _HEAD, points, ACCENT if level < 3 else INK, bold=True)
        _space(style, above, below, 1.1)
    _font(word.styles["Title"], _HEAD, 25, ACCENT, bold=True)
    _space(word.styles["Title"], 0, 14, 1.05)
    _rule_below(word.styles["Title"])
    _font(word.styles["Subtitle"], _TEXT, 10.5, MUTED, bold=True)
    _space(word.styles["Subtitle"], 0, 2, 1.0)
    word.styles["Subtitle"].font.italic = False
    for name in ("List Bullet", "List Continue"):
        _space(word.styles[name], 0, 3, 1.15)
    added: tuple[tuple[str, float, str, bool, float, float], ...] = (
        ("Small", 9, MUTED, False, 0, 6),
        ("Label", 9.5, MUTED, True, 8, 4),
        ("Aside", 9.5, MUTED, False, 0, 8),
        ("Fact", 10.5, INK, False, 0, 3),
        ("Ticks", 10.5, INK, False, 2, 4),
        ("Line", 9.5, MUTED, True, 0, 0),
        ("Writing", 10.5, INK, False, 0, 0),
        ("Gap", 5, INK, False, 0, 0),
        ("Code", 8.5, INK, False, 2, 6),
    )
    for name, size, color, bold, above, below in added:
        style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = word.styles["Normal"]
        _font(style, _MONO if name == "Code" else _TEXT, size, color, bold=bold)
        _space(style, above, below, 1.1)
    word.styles["Line"].paragraph_format.line_spacing = Pt(27)  # room to write by hand
    word.styles["Fact"].paragraph_format.tab_stops.add_tab_stop(Mm(30))
    word.styles["Fact"].paragraph_format.left_indent = Mm(30)
    word.styles["Fact"].paragraph_format.first_line_indent = Mm(-30)
    code = word.styles.add_style("Code Words", WD_STYLE_TYPE.CHARACTER)
    code.font.name, code.font.size = _MONO, Pt(9)
    for run in word.styles.element.iter(f"{{{_W}}}lang"):
        run.set(f"{{{_W}}}val", "en-GB")
    _drop_thumbnail(word)
    _foot(word, footer)


def _font(style: Any, name: str, size: float, color: str, *, bold: bool = False) -> None:  # noqa: ANN401 - one of several classes
    style.font.name, style.font.size, style.font.bold = name, Pt(size), bold
    style.font.color.rgb = RGBColor.from_string(color)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in [key for key in fonts.attrib if key.endswith("Theme")]:
        del fonts.attrib[key]  # a theme's font would win over ours
    for key in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(f"{{{_W}}}{key}", name)


def _space(style: Any, above: float, below: float, lines: float) -> None:  # noqa: ANN401 - as above
    layout = style.paragraph_format
    layout.space_before, layout.space_after, layout.line_spacing = Pt(above), Pt(below), lines
    layout.widow_control = True


def _rule_below(style: ParagraphStyle | Any) -> None:  # noqa: ANN401 - as above
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(f"{{{_W}}}pBdr"):
        properties.remove(old)
    properties.insert_element_before(
        _parsed(_xml("pBdr", _edge("bottom", ACCENT, 12, 6))),
        *("w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl"),
    )


def _drop_thumbnail(word: WordDocument) -> None:
    """The picture of an empty page that python-docx's template brings along."""
    relations = word.part.package.rels
    for name in [key for key, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[name]


def _foot(word: WordDocument, text: str) -> None:
    made = word.sections[0].footer.paragraphs[0]
    made.style = word.styles["Small"]
    made.paragraph_format.tab_stops.add_tab_stop(Mm(162), WD_TAB_ALIGNMENT.RIGHT)
    made.add_run(f"{text}\t")
    for name, behind in (("PAGE", " / "), ("NUMPAGES", "")):
        field = _xml("fldSimple", _xml("r", _xml("t", "1")), instr=name)
        made._p.append(_parsed(field))
        if behind:
            made.add_run(behind)
    edge = _parsed(_xml("pBdr", _edge("top", FAINT, 4, 4)))
    _put_borders(made, edge)


# --- paragraphs ---------------------------------------------------------------------------------


def is_used(paragraph: Paragraph) -> bool:
    """Whether something was set in it, or is about to be: then it has a style."""
    return len(paragraph._p) > 0


def tint(paragraph: Paragraph, tone: Tone) -> None:
    """Give a paragraph the look of the box it stands in."""
    line, fill = {
        Tone.ASK: (ACCENT, _TINT),
        Tone.EXHIBIT: (FAINT, None),
        Tone.NOTICE: (_AMBER, _WARM),
        Tone.ANSWER: (FAINT, None),
        Tone.MODEL: (ACCENT, None),
    }[tone]
    size = 18 if tone in (Tone.ASK, Tone.NOTICE) else 8
    _put_borders(paragraph, _parsed(_xml("pBdr", _edge("left", line, size, 8))))
    if fill:
        shade = _parsed(_xml("shd", val="clear", color="auto", fill=fill))
        paragraph._p.get_or_add_pPr().insert_element_before(shade, *_AFTER_SHADE)
    layout = paragraph.paragraph_format
    layout.left_indent = Mm(4) + (layout.left_indent or 0)
    layout.space_before = Pt(0)
    layout.space_after = Pt(4)


_AFTER_SHADE = (
    *("w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc"),
    *("w:outlineLvl", "w:rPr", "w:sectPr"),
)


def _put_borders(paragraph: Paragraph, borders: Any) -> None:  # noqa: ANN401 - lxml has no types
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:shd", *_AFTER_SHADE)


def _edge(side: str, color: str, size: int, space: int) -> Xml:
    return _xml(side, val="single", sz=str(size), space=str(space), color=color)


def underline(paragraph: Paragraph, color: str) -> None:
    """A line below a whole paragraph, to write on."""
    edges = (_edge("bottom", color, 4, 1), _edge("between", color, 4, 1))
    _put_borders(paragraph, _parsed(_xml("pBdr", *edges)))


def add_text(run: Run, text: str) -> None:
    """Words, their line ends kept."""
    for at, line in enumerate(text.split("\n")):
        if at:
            run.add_break()
        run.add_text(line)


def add_lines(paragraph: Paragraph, text: str) -> None:
    """Text in which every space counts."""
    add_text(paragraph.add_run(), text)


def quieten(run: Run, *, strong: bool = False) -> None:
    """Set a run small and grey."""
    run.font.color.rgb = RGBColor.from_string(MUTED)
    run.font.size = Pt(9.5)
    run.bold = strong


def highlight(run: Run) -> None:
    """Mark evidence."""
    shade = _parsed(_xml("shd", val="clear", color="auto", fill=_MARKER))
    run._r.get_or_add_rPr().append(shade)


def refer(run: Run) -> None:
    """Set the reference behind evidence."""
    run.font.superscript = True
    run.bold = True
    run.font.color.rgb = RGBColor.from_string(_AMBER)


def link(paragraph: Paragraph, run: Run, address: str) -> None:
    """Make a run lead to an address on the web."""
    name = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    made = _parsed(_xml("hyperlink", "", **{"r:id": name}))
    run._r.addprevious(made)
    made.append(run._r)
    run.font.color.rgb = RGBColor.from_string(ACCENT)
    run.underline = True


# --- fields -------------------------------------------------------------------------------------


def _named(label: str, number: int) -> tuple[Xml, Xml, Xml]:
    """What a field is called, and its number, which is the same every time."""
    return (
        _xml("alias", val=label[:64]),
        _xml("tag", val=f"field-{number}"),
        _xml("id", val=str(1_000_000 + number)),
    )


def add_field(paragraph: Paragraph, label: str, number: int) -> None:
    """A field for some words within a line."""
    inside = _xml("r", Xml('<w:t xml:space="preserve">\u2003\u2003\u2003</w:t>'))
    properties = _xml("sdtPr", *_named(label, number), _xml("text"))
    paragraph._p.append(_parsed(_xml("sdt", properties, _xml("sdtContent", inside))))


def make_field(lines: Sequence[Paragraph], label: str, number: int, *, ruled: bool) -> None:
    """Make paragraphs one field to write in."""
    properties = _xml("sdtPr", *_named(label, number))
    made = _parsed(_xml("sdt", properties, _xml("sdtContent", "")))
    lines[0]._p.addprevious(made)
    content = made[-1]
    for line in lines:
        content.append(line._p)
        line.paragraph_format.line_spacing = Pt(22 if ruled else 15)
        if ruled:
            edges = (_edge("bottom", FAINT, 4, 1), _edge("between", FAINT, 4, 1))
            _put_borders(line, _parsed(_xml("pBdr", *edges)))


def add_tick(paragraph: Paragraph, label: str, number: int) -> None:
    """A box that a click ticks."""
    font = "MS Gothic"
    tick = element(
        "w14:checkbox",
        element("w14:checked", **{"w14:val": "0"}),
        element("w14:checkedState", **{"w14:val": "2612", "w14:font": font}),
        element("w14:uncheckedState", **{"w14:val": "2610", "w14:font": font}),
    )
    fonts = _xml("rFonts", ascii=font, hAnsi=font, eastAsia=font, hint="eastAsia")
    inside = _xml("r", _xml("rPr", fonts), _xml("t", "☐"))
    properties = _xml("sdtPr", *_named(label, number), tick)
    paragraph._p.append(_parsed(_xml("sdt", properties, _xml("sdtContent", inside))))


# --- tables and pictures ------------------------------------------------------------------------


def dress_table(
    table: WordTable, caption: str, widths: Sequence[float], *, titled: bool, ruled: bool
) -> None:
    """Lines, widths in mm, what it is called for those who hear it, and a head on every page."""
    table.autofit = False
    for row in table.rows:
        row._tr.get_or_add_trPr().append(_parsed(_xml("cantSplit")))
        for place, wide in zip(row.cells, widths, strict=True):
            place.width = Mm(wide)
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Mm(wide)
    if titled:
        table.rows[0]._tr.get_or_add_trPr().append(_parsed(_xml("tblHeader")))
    inner = _edge("insideV", FAINT, 4, 0) if ruled else Xml("")
    edges = (
        _edge("top", ACCENT, 8, 0),
        _edge("bottom", ACCENT, 8, 0),
        _edge("insideH", FAINT, 4, 0),
        inner,
    )
    properties = table._tbl.tblPr
    look = properties.find(f"{{{_W}}}tblLook")
    margins = _xml(
        "tblCellMar",
        *(_xml(side, w=str(wide), type="dxa") for side, wide in (("top", 50), ("left", 80))),
        *(_xml(side, w=str(wide), type="dxa") for side, wide in (("bottom", 50), ("right", 80))),
    )
    for made in (_xml("tblBorders", *edges), margins):
        if look is None:
            properties.append(_parsed(made))
        else:
            look.addprevious(_parsed(made))
    properties.append(_parsed(_xml("tblCaption", val=caption[:200])))


def dress_cell(place: _Cell, align: str, *, head: bool) -> None:
    """Align what stands in a cell, close up its paragraphs, and set a head apart."""
    for paragraph in place.paragraphs:
        layout = paragraph.paragraph_format
        layout.alignment = _SIDES[align]
        layout.space_after = Pt(0)
        layout.space_before = Pt(0)
        for run in paragraph.runs:
            if head:
                run.bold = True
                run.font.color.rgb = RGBColor.from_string(ACCENT)
            if run.font.size is None:
                run.font.size = Pt(9 if head else 9.5)


def describe(shape: InlineShape, text: str) -> None:
    """Say what a picture shows, for those who hear it."""
    named: Any = shape._inline.docPr
    named.set("descr", text)
    named.set("name", "bar")
    inner: Any = shape._inline.graphic.graphicData.pic.nvPicPr.cNvPr
    inner.set("name", "bar.png")

"""A packet as a document: blocks and spans of text that four writers set in their own ways.

Every text passes `visible`, so what no reader can see stands in no file of any format. Writers take
texts as words and never as markup.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, computed_field

from grader.rubric import Record

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls; tabs and line ends stay
    r"\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # no width, or another direction
    r"\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"  # what XML or fonts cannot hold
)


def visible(text: str) -> str:
    """Spell characters that nobody sees or that turn the direction of writing.

    Args:
        text: anything.

    Returns:
        The text with `<U+202E>` in place of such a character; Arabic or Hebrew stays as it is.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)


Shown = Annotated[str, AfterValidator(visible)]
"""Text that a person gets to see."""


class Reader(StrEnum):
    """Whom a packet is written for."""

    CANDIDATE = "candidate"
    """What is asked, and nothing that tells an answer."""
    INTERVIEWER = "interviewer"
    """All that it takes to lead the interview and to rate it."""
    PANEL = "panel"
    """What came of one or several interviews."""


class Tone(StrEnum):
    """What a box is for."""

    ASK = "ask"
    """What is said to the candidate, word for word."""
    EXHIBIT = "exhibit"
    NOTICE = "notice"
    """Something that must not be missed."""
    ANSWER = "answer"
    """What the candidate said."""
    MODEL = "model"
    """What a good answer is."""


class Span(Record):
    """Some words in one style; a line end in them is one on paper, too."""

    text: Shown
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    muted: bool = False
    href: str | None = Field(default=None, pattern=r"^(https?://|mailto:)[^\s\"'<>\\]+$")
    mark: Shown | None = None
    """Highlighted as evidence, with this reference behind it."""


Spans = tuple[Span, ...]


class Heading(Record):
    """The title of a section."""

    type: Literal["heading"] = "heading"
    level: int = Field(ge=1, le=4)
    """1 is a section of the document; its own title is above all of them."""
    text: Shown
    number: Shown | None = None
    """Set before the text, for example `3`."""
    aside: Shown | None = None
    """Set small behind the text, for example `10 min`."""


class Paragraph(Record):
    """Running text."""

    type: Literal["paragraph"] = "paragraph"
    spans: Spans
    small: bool = False


class Listing(Record):
    """A list."""

    type: Literal["listing"] = "listing"
    ordered: bool = False
    start: int = 1
    plain: bool = False
    """Without bullets: the items bring their own marks."""
    items: tuple[tuple["Block", ...], ...]


class Quote(Record):
    """Words of somebody else."""

    type: Literal["quote"] = "quote"
    blocks: tuple["Block", ...]


class Code(Record):
    """Text in which every space counts."""

    type: Literal["code"] = "code"
    text: Shown


class Rule(Record):
    """A change of subject."""

    type: Literal["rule"] = "rule"


class Column(Record):
    """One column of a table."""

    share: float = Field(gt=0)
    """Of the width, relative to the other columns."""
    align: Literal["left", "center", "right"] = "left"


class Cell(Record):
    """One field of a table."""

    blocks: tuple["Block", ...] = ()


class Table(Record):
    """Rows under a head; the first field of each row names it if `row_heads` is set."""

    type: Literal["table"] = "table"
    caption: Shown
    """What the table shows, for those who hear it."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_heads: bool = False
    ruled: bool = False
    """Lines between columns, too: a form to fill in."""


class Fact(Record):
    """A name and what stands for it."""

    name: Shown
    spans: Spans


class Facts(Record):
    """Names and values, side by side."""

    type: Literal["facts"] = "facts"
    facts: tuple[Fact, ...]


class Box(Record):
    """Blocks set apart from the rest."""

    type: Literal["box"] = "box"
    tone: Tone
    title: Shown
    blocks: tuple["Block", ...]


class Together(Record):
    """Blocks that should not be torn apart by the end of a page."""

    type: Literal["together"] = "together"
    blocks: tuple["Block", ...]


class PageBreak(Record):
    """The next block begins a page where there are pages."""

    type: Literal["page_break"] = "page_break"


class Blank(Record):
    """Something to fill in by hand or keyboard."""

    type: Literal["blank"] = "blank"
    label: Shown
    lines: int = Field(default=1, ge=0, le=40)
    """To write on; 1 stands beside its label."""
    rest: bool = False
    """Takes what is left of the page, where there are pages."""
    titled: bool = True
    """Whether the label is printed; it is read aloud in any case."""


class Ticks(Record):
    """Things to tick, side by side; `many` says whether more than one may be."""

    type: Literal["ticks"] = "ticks"
    label: Shown
    options: Annotated[tuple[Shown, ...], Field(min_length=2)]
    many: bool = False
    titled: bool = True


class Bar(Record):
    """One value in a chart."""

    label: Shown
    value: float | None = Field(ge=0, le=100)
    """None while it is open."""
    low: float = Field(ge=0, le=100)
    high: float = Field(ge=0, le=100)
    note: Shown = ""
    """Set beside the value, for example its weight."""

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def told(self) -> str:
        """The value in words, the same in every format."""
        return "open" if self.value is None else f"{self.value:.0f}"

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def told_range(self) -> str:
        """The range in words; a dash where nothing is open."""
        return f"{self.low:.0f}–{self.high:.0f}" if self.high > self.low else "–"


class Chart(Record):
    """Values from 0 to 100 as bars, each with the range in which it may lie."""

    type: Literal["chart"] = "chart"
    caption: Shown
    first: Shown
    """What the bars stand for: the head of their names."""
    note_head: Shown = ""
    """The head of the notes; empty if there are none."""
    bars: Annotated[tuple[Bar, ...], Field(min_length=1)]


Block = Annotated[
    Heading
    | Paragraph
    | Listing
    | Quote
    | Code
    | Rule
    | Table
    | Facts
    | Box
    | Together
    | PageBreak
    | Blank
    | Ticks
    | Chart,
    Field(discriminator="type"),
]
"""One piece of a document."""
Blocks = tuple[Block, ...]


class PacketDocument(Record):
    """A whole document."""

    reader: Reader
    title: Shown
    kind: Shown
    """What it is, for example `Interviewer's guide`."""
    footer: Shown
    """Stands at the foot of each page."""
    date: datetime | None = None
    """When what it tells of happened, UTC; never the time of writing, so that bytes repeat."""
    cover: Blocks
    body: Blocks


for _made in (Listing, Quote, Cell, Table, Box, Together, PacketDocument):
    _made.model_rebuild()


def words(text: str, **style: bool) -> Span:
    """Some words.

    Args:
        text: the words.
        style: fields of `Span` to set.
    """
    return Span.model_validate({"text": text, **style})


def line(*parts: str | Span, small: bool = False) -> Paragraph:
    """A paragraph of plain words and styled ones."""
    spans = tuple(part if isinstance(part, Span) else Span(text=part) for part in parts)
    return Paragraph(spans=spans, small=small)


def cell(*parts: "str | Span | Block") -> Cell:
    """A field of a table: words make one paragraph, blocks stand below it."""
    texts = [part for part in parts if isinstance(part, str | Span)]
    blocks = [part for part in parts if not isinstance(part, str | Span)]
    return Cell(blocks=((line(*texts),) if texts else ()) + tuple(blocks))


def listing(*items: str) -> Listing:
    """A list of plain texts."""
    return Listing(items=tuple((line(item),) for item in items))

"""What all packets share: how a question is put on paper, and how a plan is."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from questionbank.exports.item import Item
from questionbank.exports.packet_document import (
    Block,
    Blocks,
    Box,
    Cell,
    Column,
    Heading,
    Listing,
    PageBreak,
    Table,
    Tone,
    cell,
    words,
)
from questionbank.exports.packet_text import markdown_blocks
from questionbank.question import Kind

LETTERS = "ABCDEFGHIJKLMNOPQRST"
"""Names of options, in their order."""


def by_question(items: Iterable[Item]) -> tuple[tuple[Item, ...], ...]:
    """Items in their order, the parts of one case together."""
    return tuple(tuple(some) for _, some in groupby(items, key=lambda item: item.id))


def competency(strategy: str) -> str:
    """A strategy as people write it: `benchmark-critique` is Benchmark critique."""
    return strategy.replace("-", " ").capitalize()


def minutes_of(items: Sequence[Item]) -> int:
    """Minutes of one question."""
    return items[0].facts.minutes or 0


def question_heading(number: int, items: Sequence[Item], *more: str) -> Blocks:
    """A new page that begins with the question's title."""
    aside = " · ".join([*more, f"{minutes_of(items)} min"])
    title = items[0].title or items[0].key
    return (PageBreak(), Heading(level=1, text=title, number=str(number), aside=aside))


def shared_blocks(items: Sequence[Item]) -> Blocks:
    """What stands once before the parts of a case; nothing for other questions."""
    first = items[0]
    if first.situation is None:
        return ()
    return (*markdown_blocks(first.situation), *_exhibit(first))


def asked_blocks(item: Item) -> Blocks:
    """The question itself, with its exhibit if it is no part of a case, and its options."""
    found: list[Block] = [*markdown_blocks(item.prompt)]
    if item.situation is None:
        found += _exhibit(item)
    if item.kind is Kind.CHOICE:
        options = tuple(
            (*markdown_blocks(f"**{letter}**\u2002{option.text}"),)
            for letter, option in zip(LETTERS, item.options, strict=False)
        )
        found.append(Listing(items=options, plain=True))
    return tuple(found)


def part_heading(items: Sequence[Item], at: int) -> Blocks:
    """`Part 2 of 3` for a case; nothing otherwise."""
    if items[0].part is None:
        return ()
    return (Heading(level=2, text=f"Part {at + 1} of {len(items)}"),)


def _exhibit(item: Item) -> Blocks:
    if item.exhibit is None:
        return ()
    inside = markdown_blocks(item.exhibit, table=f"Exhibit to “{item.title or item.key}”")
    return (Box(tone=Tone.EXHIBIT, title="Exhibit", blocks=inside),)


def contents_table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], shares: Sequence[float]
) -> Table:
    """A table of plain words whose first column numbers the rows."""
    columns = tuple(
        Column(share=share, align="right" if head in ("Min", "Clock", "Weight") else "left")
        for head, share in zip(heads, shares, strict=True)
    )
    return Table(
        caption=caption,
        columns=columns,
        head=head_cells(*heads),
        rows=tuple(tuple(cell(text) for text in row) for row in rows),
    )


def head_cells(*heads: str) -> tuple[Cell, ...]:
    """The head of a table."""
    return tuple(cell(words(head)) if head else Cell() for head in heads)

"""The candidate's sheet: built from candidates' items alone, which hold nothing that tells."""

from collections.abc import Sequence

from questionbank.exports.item import Item
from questionbank.exports.packet_asking import (
    LETTERS,
    asked_blocks,
    by_question,
    contents_table,
    minutes_of,
    part_heading,
    question_heading,
    shared_blocks,
)
from questionbank.exports.packet_document import (
    Blank,
    Block,
    Blocks,
    Fact,
    Facts,
    Heading,
    PacketDocument,
    PageBreak,
    Reader,
    Span,
    Ticks,
    Together,
    line,
    listing,
)
from questionbank.question import Kind

_OPEN_LINES = 14
_WORKING_LINES = 8
_INSTRUCTIONS = (
    "Everybody is asked the same questions, in this order.",
    "Take a moment to think before you answer. Say how you come to your answer: the reasons count "
    "more than the words you put them in.",
    "You may ask what a word or a figure means, put a question off, and come back to it.",
    "If something you need is not given, say what you assume.",
    "The interviewer may ask further, to hear more about a point.",
    "If you are entitled to more time or to another form of these pages, say so at the start.",
)
_NOTICE = (
    "What you say is taken down. A program may compare it with what good answers cover and suggest "
    "how to rate it; people read your answers and decide."
)


def candidate_document(
    title: str, name: str, minutes: int, items: Sequence[Item]
) -> PacketDocument:
    """Lay out what a candidate may see.

    Args:
        title: the packet's.
        name: the packet's id.
        minutes: of the whole interview.
        items: of a candidate's build, in the order asked.
    """
    questions = by_question(items)
    count = f"{len(questions)} {'question' if len(questions) == 1 else 'questions'}"
    rows = [
        (str(number), some[0].title or some[0].key, str(minutes_of(some)))
        for number, some in enumerate(questions, start=1)
    ]
    body: list[Block] = []
    for number, some in enumerate(questions, start=1):
        body += question_heading(number, some)
        body += shared_blocks(some)
        for at, item in enumerate(some):
            last = at == len(some) - 1
            asked = (*part_heading(some, at), *asked_blocks(item), *_room(item, last=last))
            if not (last and item.kind is Kind.OPEN):
                body.append(Together(blocks=asked))
                continue
            # What takes the rest of a page cannot be kept together; a part begins its own page.
            body += asked if at == 0 else (PageBreak(), *asked)
    return PacketDocument(
        reader=Reader.CANDIDATE,
        title=title,
        kind="Candidate’s sheet",
        footer=f"{title} · Candidate’s sheet · {name}",
        cover=(
            Facts(
                facts=(
                    Fact(name="Time", spans=(Span(text=f"{minutes} minutes"),)),
                    Fact(name="Asked", spans=(Span(text=count),)),
                )
            ),
            Blank(label="Name or pseudonym"),
            Blank(label="Date"),
            Heading(level=1, text="Before you begin"),
            listing(*_INSTRUCTIONS),
            line(_NOTICE, small=True),
            Heading(level=1, text="The questions"),
            contents_table(
                "Questions and their time", ("No.", "Question", "Min"), rows, (1, 14, 2)
            ),
        ),
        body=tuple(body),
    )


def _room(item: Item, *, last: bool) -> Blocks:
    """Where the answer goes; the last one of a page has the rest of it."""
    if item.kind is Kind.NUMERIC:
        return (
            Blank(label="Your working", lines=_WORKING_LINES),
            Blank(label=f"Your answer ({item.unit})" if item.unit else "Your answer"),
        )
    if item.kind is Kind.CHOICE:
        letters = tuple(LETTERS[: len(item.options)])
        return (Ticks(label="Your answer", options=letters, many=True),)
    return (Blank(label="Your notes", lines=_OPEN_LINES, rest=last),)

"""The points of a rubric for people who rate, and the scorecards they fill in."""

from collections.abc import Iterable

from grader.rubric import Point, Rubric
from questionbank.exports.layout import number as spelled
from questionbank.exports.packet_asking import competency, head_cells
from questionbank.exports.packet_document import (
    Blank,
    Block,
    Blocks,
    Column,
    Heading,
    Table,
    Ticks,
    Together,
    cell,
    line,
    listing,
    words,
)
from questionbank.packet import Packet

MARKS = ("1", "2", "3", "4", "5")
_RED_FLAGS = 3
"""How many of a point's counterexamples are printed: they begin with the plainest."""


def point_blocks(rubric: Rubric) -> Blocks:
    """What to listen for: each point with its weight, probe, anchors and red flags."""
    found: list[Block] = [Heading(level=2, text="What to listen for")]
    for at, point in enumerate(rubric.points, start=1):
        found += _point(at, point)
    return tuple(found)


def _point(at: int, point: Point) -> Iterable[Block]:
    yield Together(
        blocks=(
            Heading(level=3, text=point.title, number=str(at), aside=_weight(point.weight)),
            line(point.description),
            line(words("If it is missing, ask: ", strong=True), words(point.probe, emphasis=True)),
            *_anchors(point),
        )
    )
    if flags := point.counterexamples[:_RED_FLAGS]:
        head = line(
            words("Red flags", strong=True), ": it counts against the point to say something like"
        )
        yield Together(blocks=(head, listing(*(f"“{flag}”" for flag in flags))))


def _weight(weight: float) -> str:
    return f"weight {spelled(weight)}"


def _anchors(point: Point) -> Blocks:
    if point.anchors is None:
        return ()
    texts = (point.anchors.one, point.anchors.three, point.anchors.five)
    return (
        Table(
            caption=f"Anchors: what a 1, a 3 and a 5 sound like on “{point.title}”",
            columns=(Column(share=1), Column(share=1), Column(share=1)),
            head=head_cells("1", "3", "5"),
            rows=(tuple(cell(text) for text in texts),),
        ),
    )


def scorecard(rubric: Rubric | None, title: str) -> Blocks:
    """What is filled in for one thing that was asked."""
    if rubric is None:
        options = ("right", "half right", "wrong")
        return (
            Together(
                blocks=(
                    Heading(level=2, text=title),
                    Ticks(label="The answer is", options=options),
                    Blank(label="What was said", lines=3),
                )
            ),
        )
    rows = tuple(
        (
            cell(f"{at}\u2002{point.title}"),
            cell(spelled(point.weight)),
            cell(Ticks(label=f"Rating: {point.title}", options=MARKS, titled=False)),
            cell(Blank(label=f"Reasons: {point.title}", lines=2, titled=False)),
        )
        for at, point in enumerate(rubric.points, start=1)
    )
    table = Table(
        caption=title,
        columns=(
            Column(share=8),
            Column(share=2.6, align="right"),
            Column(share=6.6),
            Column(share=10),
        ),
        head=head_cells("Point", "Weight", "Rating", "What was said"),
        rows=rows,
        row_heads=True,
        ruled=True,
    )
    return (Together(blocks=(Heading(level=2, text=title), table)),)


def summary_scorecard(packet: Packet) -> Blocks:
    """The last page: one rating a competency, and the whole."""
    total = sum(one.weight for one in packet.competencies)
    rows = []
    for one in packet.competencies:
        asked = [
            str(at)
            for at, item in enumerate(packet.items, start=1)
            if item.strategy == one.strategy
        ]
        name = competency(one.strategy)
        rows.append(
            (
                cell(name),
                cell(", ".join(asked)),
                cell(f"{one.weight / total:.0%}"),
                cell(Ticks(label=f"Rating: {name}", options=MARKS, titled=False)),
                cell(Blank(label=f"Reasons: {name}", lines=2, titled=False)),
            )
        )
    found: list[Block] = [
        line("Fill this in alone, before you see another scorecard or the program’s suggestion."),
        *(
            Blank(label=label)
            for label in ("Candidate (pseudonym)", "Interviewer", "Date, begin and end")
        ),
        Blank(label="Extra time, and why"),
        Heading(level=2, text="Competencies"),
        Table(
            caption="One rating for each competency",
            columns=(
                Column(share=7),
                Column(share=3),
                Column(share=2.6, align="right"),
                Column(share=6.6),
                Column(share=9),
            ),
            head=head_cells("Competency", "Questions", "Counts", "Rating", "Reasons"),
            rows=tuple(rows),
            row_heads=True,
            ruled=True,
        ),
    ]
    if packet.recommendation:
        found.append(Ticks(label="My advice", options=("decline", "talk it over", "advance")))
    found.append(Blank(label="What decided it", lines=6))
    return tuple(found)

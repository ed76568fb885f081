"""Where judgements differ: people among each other, and the machine beside them."""

from collections.abc import Mapping, Sequence

from grader.verdict import Verdict
from questionbank.compare import MACHINE, Comparison, MapRow, Place, Scorecard, compare
from questionbank.exports.packet_answers import VERDICTS
from questionbank.exports.packet_asking import head_cells
from questionbank.exports.packet_document import (
    Block,
    Blocks,
    Cell,
    Column,
    Heading,
    Table,
    cell,
    line,
    words,
)
from questionbank.instance import Instance


def difference_blocks(
    places: Sequence[Place],
    cards: Sequence[Scorecard],
    machine: Mapping[Place, Verdict],
    instances: Sequence[Instance],
) -> Blocks:
    """Lay out how far raters agree, and the points on which they do not.

    Args:
        places: all points of the interview, in order.
        cards: what people say; agreement is computed from two on.
        machine: what it suggested.
        instances: for the names of questions and points.
    """
    if not cards:
        return (line("Nobody has rated it beside the machine, so there is nothing to compare."),)
    if len(cards) == 1:
        return _one_person(places, cards[0], machine, instances)
    found = compare(places, cards, machine or None)
    return (*_agreement(found), *_map(found, instances))


def _one_person(
    places: Sequence[Place],
    card: Scorecard,
    machine: Mapping[Place, Verdict],
    instances: Sequence[Instance],
) -> Blocks:
    both = [place for place in places if place in card.marks]
    apart = [place for place in both if machine.get(place) is not card.marks[place]]
    count = "1 point" if len(both) == 1 else f"{len(both)} points"
    said = f"{card.rater} gave a verdict on {count}; the machine’s was another on {len(apart)}."
    if not apart:
        return (line(said),)
    rows = [
        MapRow(
            step=place.step,
            point=place.point,
            marks=(card.marks[place], machine.get(place)),
            apart=0.0,
            machine_apart=None,
        )
        for place in apart
    ]
    return (line(said), _rows_table((card.rater, MACHINE), rows, instances))


def _agreement(found: Comparison) -> Blocks:
    rows = []
    groups = [("People", found.people)]
    if found.everybody:
        groups.append(("With the machine", found.everybody))
    for name, one in groups:
        rows.append(
            (
                cell(name),
                cell(str(one.n)),
                cell(_share(one.same)),
                cell(_number(one.ordinal)),
            )
        )
    pairs = tuple(
        (
            cell(f"{pair.one} and {pair.other}"),
            cell(str(pair.n)),
            cell(_share(pair.same)),
            cell(_number(pair.kappa)),
        )
        for pair in found.pairs
    )
    columns = (
        Column(share=8),
        Column(share=3, align="right"),
        Column(share=4, align="right"),
        Column(share=5, align="right"),
    )
    return (
        Table(
            caption="Agreement of all raters",
            columns=columns,
            head=head_cells("Raters", "Points", "Same verdict", "Krippendorff’s α"),
            rows=tuple(rows),
            row_heads=True,
        ),
        Table(
            caption="Agreement of each two raters",
            columns=columns,
            head=head_cells("Two raters", "Points", "Same verdict", "Weighted κ"),
            rows=pairs,
            row_heads=True,
        ),
        line(
            words(
                "α and κ are 1 for full agreement and 0 for what chance would give; "
                "with few points they say little.",
                muted=True,
            ),
            small=True,
        ),
    )


def _map(found: Comparison, instances: Sequence[Instance]) -> Blocks:
    rows = [row for row in found.rows if row.apart > 0 or (row.machine_apart or 0.0) > 0]
    if not rows:
        return (line("On every point that was judged, all say the same."),)
    return (
        Heading(level=3, text="Points to talk about, the furthest apart first"),
        _rows_table(found.raters, rows, instances),
    )


def _rows_table(
    raters: Sequence[str], rows: Sequence[MapRow], instances: Sequence[Instance]
) -> Table:
    numbers = {one.key: at for at, one in enumerate(instances, start=1)}
    titles = {
        Place(one.key, point.id): point.title
        for one in instances
        if one.rubric
        for point in one.rubric.points
    }
    made: list[tuple[Cell, ...]] = []
    for row in rows:
        title = titles[Place(row.step, row.point)]
        first: Block = line(f"{numbers[row.step]}\u2002{title}")
        made.append((cell(first), *(cell(_mark(mark)) for mark in row.marks)))
    return Table(
        caption="Verdicts that differ, by point and rater",
        columns=(Column(share=8), *(Column(share=4) for _ in raters)),
        head=head_cells("Question and point", *raters),
        rows=tuple(made),
        row_heads=True,
    )


def _mark(mark: Verdict | None) -> str:
    return "–" if mark is None else VERDICTS[mark]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"

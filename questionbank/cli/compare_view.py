"""How a comparison looks: agreement with its n, the map, the score with its sum and interval."""

from collections.abc import Iterator

from questionbank.blueprint import Recommendation
from questionbank.cli.grade_view import LOOKS
from questionbank.compare import Agreement, Comparison, MapRow
from questionbank.panel import Panel
from questionbank.readiness import Readiness
from questionbank.table import Table

_FEW = 30
"""Points below which agreement figures say little."""


def agreement_lines(found: Comparison) -> Iterator[str]:
    """The agreement of the raters, of every two of them, and with the machine.

    Args:
        found: the comparison.
    """
    yield "Agreement (1 is full, 0 what chance gives; n counts points that two judged at least):"
    yield f"  the raters: {_agreement(found.people)}"
    if found.everybody is not None:
        yield f"  with the machine as one more: {_agreement(found.everybody)}"
    for pair in found.pairs:
        yield (
            f"  {pair.one} and {pair.other}: weighted kappa {figure(pair.kappa)}, "
            f"same {percent(pair.same)} (n {pair.n})"
        )
    if found.people.n < _FEW:
        yield f"  Below {_FEW} points such figures are rough; read the map beside them."


def anchor_line(found: Agreement) -> str:
    """The agreement on the anchored scale."""
    return f"  by the anchors, 1 to 5: {_agreement(found)}"


def map_table(found: Comparison) -> Table:
    """Who said what on each point, the most disputed first."""
    return Table(
        title="Map of disagreement",
        headings=("point", *found.raters, "apart"),
        rows=tuple(_row(row) for row in found.rows),
    )


def score_lines(panel: Panel, rule: Recommendation | None) -> Iterator[str]:
    """The readiness score, its sum and interval, and what each rater alone comes to.

    Args:
        panel: the interview.
        rule: of its packet; None where nothing is recommended.
    """
    found = panel.readiness
    score = "open" if found.score is None else f"{found.score:.1f} of 100"
    yield f"Readiness score: {score}, {found.low:.1f} to {found.high:.1f}"
    yield f"  {found.arithmetic}"
    for one in found.competencies:
        share = "open" if one.share.value is None else f"{one.share.value:.3f}"
        asked = ", ".join(
            f"{name} {'open' if part.value is None else f'{part.value:.3f}'}"
            for name, part in one.questions
        )
        yield f"  {one.strategy}: {share} (weight {one.weight:g}; {asked})"
    yield (
        "  Each point counts by the mean of the raters' marks; the interval is 95% by how far they "
        "are apart, wider where something is open."
    )
    if found.open_points or found.unjudged:
        names = f": {', '.join(found.unjudged)}" if found.unjudged else ""
        yield (
            f"  Open points: {found.open_points}; "
            f"questions not judged in full: {len(found.unjudged)}{names}"
        )
    alone = (
        f"{one.rater} {'open' if one.score is None else f'{one.score:.1f}'}" for one in panel.alone
    )
    yield f"  Each alone: {', '.join(alone)}"
    yield _advice(found, rule)


def _advice(found: Readiness, rule: Recommendation | None) -> str:
    if rule is None:
        return "No recommendation: the packet defines none. A person decides."
    bounds = f"decline below {100 * rule.decline:g}, advance from {100 * rule.advance:g}"
    if found.advice is None:
        return f"No recommendation while the score is open ({bounds}). A person decides."
    firm = "the whole interval says so" if found.firm else "other values in the interval say else"
    return (
        f"By the packet's rule ({bounds}): {found.advice}; {firm}. Advice only: a person decides."
    )


def _agreement(found: Agreement) -> str:
    return (
        f"Krippendorff's alpha {figure(found.ordinal)} ordinal, {figure(found.nominal)} nominal, "
        f"same {percent(found.same)} (n {found.n})"
    )


def _row(row: MapRow) -> tuple[str, ...]:
    said = (LOOKS[mark][1] if mark else "-" for mark in row.marks)
    return (f"{row.step} {row.point}", *said, f"{row.apart:.2f}")


def figure(value: float | None) -> str:
    """A measure of agreement; in words where it has no value."""
    return "undefined (nothing varies)" if value is None else f"{value:.2f}"


def percent(value: float | None) -> str:
    """A share."""
    return "-" if value is None else f"{value:.0%}"

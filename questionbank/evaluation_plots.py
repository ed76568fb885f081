"""The pictures of an evaluation as inline SVG: drawn here, coloured by the page's style sheet."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from grader.curves import Bin, RiskPoint
from grader.judgement import CLASSES, JudgedAnswer

WIDTH, HEIGHT = 340, 310
_LEFT, _TOP, _SIDE = 56, 14, 250
_STEPS = 100
"""Points of a curve that are drawn at most."""
_GRID = 20
"""Scores are counted in this many steps from 0 to 1."""
_RADIUS = 11.0
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Share of points that people call met over the machine's probability; area is number."""
    most = max((one.n for one in bins), default=1)
    dots = [
        _dot(one.probability, one.met, one.n / most, f"points: {one.n}, met: {one.met:.2f}")
        for one in bins
    ]
    line = _line([(one.probability, one.met) for one in bins])
    return _plot(
        "reliability",
        "Reliability diagram",
        "Dots on the dashed diagonal are probabilities that can be taken at their word.",
        ("probability of met", "share that people call met"),
        [_diagonal(), line, *dots],
    )


def risk_coverage_plot(curve: Sequence[RiskPoint]) -> str:
    """Error of the verdicts that are kept over their share."""
    stride = max(1, len(curve) // _STEPS)
    # From the end, so that the error of all verdicts is always drawn.
    drawn = curve[::-1][::stride][::-1]
    top = max(0.05, *(point.error for point in drawn)) if drawn else 1.0
    line = _line([(point.coverage, point.error / top) for point in drawn])
    return _plot(
        "risk",
        "Risk and coverage",
        "The error falls to the left if the machine is least sure where it errs.",
        ("share of verdicts kept", "error among them"),
        [line],
        top=top,
    )


def scatter_plot(answers: Iterable[JudgedAnswer]) -> str:
    """The machine's score over people's; area is the number of answers."""
    counts = Counter(
        (round(one.human * _GRID), round(one.machine * _GRID))
        for one in answers
        if one.human is not None and one.machine is not None
    )
    most = max(counts.values(), default=1)
    dots = [
        _dot(
            human / _GRID,
            machine / _GRID,
            count / most,
            f"answers: {count}, people: {human / _GRID:.2f}, machine: {machine / _GRID:.2f}",
        )
        for (human, machine), count in sorted(counts.items())
    ]
    return _plot(
        "scatter",
        "Scores, machine over human",
        "Dots on the dashed diagonal are answers scored alike; a larger dot is more answers.",
        ("people's score, share of full marks", "machine's score"),
        [_diagonal(), *dots],
    )


def confusion_plot(counts: Sequence[Sequence[int]]) -> str:
    """How often each of people's verdicts met each of the machine's, shaded by share of the row."""
    size = _SIDE / len(CLASSES)
    parts = []
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            share = count / max(1, sum(line))
            x, y = _LEFT + column * size, _TOP + row * size
            middle = f'x="{x + size / 2:.1f}" y="{y + size / 2 + 5:.1f}"'
            parts.append(
                f'<rect class="cell" x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" '
                f'height="{size:.1f}" fill-opacity="{0.05 + 0.4 * share:.2f}"/>'
                f'<text class="count" {middle}>{count}</text>'
            )
    for at, verdict in enumerate(CLASSES):
        centre = (at + 0.5) * size
        name = verdict.value.replace("_", " ")
        parts.append(f'<text class="tick" x="{_LEFT + centre:.1f}" y="280">{name}</text>')
        x, y = _LEFT - 8, _TOP + centre
        parts.append(
            f'<text class="tick" x="{x}" y="{y:.1f}" '
            f'transform="rotate(-90 {x} {y:.1f})">{name}</text>'
        )
    return _svg(
        "confusion",
        "Verdicts, machine against human",
        "Rows are people's verdicts, columns the machine's; darker is a larger share of its row.",
        [*parts, *_axis_names("machine", "people")],
    )


def _plot(
    name: str,
    title: str,
    description: str,
    axes: tuple[str, str],
    marks: Sequence[str],
    top: float = 1.0,
) -> str:
    """A square from 0 to 1, its upright axis labelled 0 to `top`."""
    frame = f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}"/>'
    ticks = []
    for at in _TICKS:
        x, y = _place(at, at)
        ticks.append(f'<text class="tick" x="{x:.1f}" y="280">{at:g}</text>')
        ticks.append(
            f'<text class="tick side" x="{_LEFT - 6}" y="{y + 4:.1f}">{at * top:.3g}</text>'
        )
        ticks.append(f'<path class="grid" d="M{x:.1f} {_TOP}v{_SIDE}M{_LEFT} {y:.1f}h{_SIDE}"/>')
    return _svg(name, title, description, [*ticks, frame, *marks, *_axis_names(*axes)])


def _svg(name: str, title: str, description: str, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>' + "".join(parts) + "</svg>"
    )


def _axis_names(below: str, beside: str) -> tuple[str, str]:
    x, y = 12, _TOP + _SIDE / 2
    return (
        f'<text class="axis" x="{_LEFT + _SIDE / 2:.0f}" y="302">{escape(below)}</text>',
        f'<text class="axis" x="{x}" y="{y:.0f}" transform="rotate(-90 {x} {y:.0f})">'
        f"{escape(beside)}</text>",
    )


def _place(x: float, y: float) -> tuple[float, float]:
    return _LEFT + x * _SIDE, _TOP + (1.0 - y) * _SIDE


def _dot(x: float, y: float, share: float, hint: str) -> str:
    across, down = _place(x, y)
    radius = max(1.5, _RADIUS * share**0.5)
    return (
        f'<circle class="dot" cx="{across:.1f}" cy="{down:.1f}" r="{radius:.1f}">'
        f"<title>{escape(hint)}</title></circle>"
    )


def _line(points: Iterable[tuple[float, float]]) -> str:
    placed = " ".join("{:.1f},{:.1f}".format(*_place(x, y)) for x, y in points)
    return f'<polyline class="line" points="{placed}"/>'


def _diagonal() -> str:
    return f'<path class="diagonal" d="M{_LEFT} {_TOP + _SIDE}l{_SIDE} -{_SIDE}"/>'

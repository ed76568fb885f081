"""An evaluation as one HTML file: tables and pictures, no script, nothing fetched."""

import re
from html import escape

from grader.curves import confusion, reliability, risk_coverage
from grader.judgement import CLASSES
from questionbank.evaluation import Evaluation
from questionbank.evaluation_plots import (
    confusion_plot,
    reliability_plot,
    risk_coverage_plot,
    scatter_plot,
)
from questionbank.evaluation_tables import coverage_table, number, overall_table, tables
from questionbank.table import Table

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLE = """\
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #d5d9de;
  --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e7eb; --paper: #15181c; --faint: #3c434b; --mark: #79b8ff; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --faint: #bbb; --mark: #0b5cad; }
  section { break-inside: avoid; }
}
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.pair { display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }
.wide { overflow-x: auto; }
figure { margin: 0; flex: 0 0 20rem; } figcaption { font-size: .85rem; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--faint); text-align: right;
  vertical-align: top; }
th:first-child, td:first-child { text-align: left; font-weight: 400; overflow-wrap: anywhere; }
thead th { font-weight: 600 !important; }
svg { width: 100%; height: auto; fill: var(--ink); font: 11px system-ui, sans-serif; }
svg text { text-anchor: middle; } svg .side { text-anchor: end; } svg .count { font-size: 14px; }
.frame { fill: none; stroke: var(--ink); } .grid { fill: none; stroke: var(--faint); }
.line { fill: none; stroke: var(--mark); stroke-width: 2; }
.dot { fill: var(--mark); fill-opacity: .6; stroke: var(--mark); }
.diagonal { fill: none; stroke: var(--ink); stroke-dasharray: 4 4; }
.cell { fill: var(--mark); stroke: var(--faint); }
"""


def page(evaluation: Evaluation) -> str:
    """Write an evaluation as a page for a browser or a printer.

    Args:
        evaluation: what was measured; no answer's text is in it.

    Returns:
        HTML, the same for the same evaluation.
    """
    shown = overall_table(evaluation), coverage_table(evaluation)
    rest = [table for table in tables(evaluation) if table not in shown]
    name = _text(str(evaluation.provenance.get("file", "")))
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Agreement: {name}</title><style>\n{_STYLE}</style></head><body><main>",
        f"<h1>Agreement of machine and people: {name}</h1>",
        "<p>All figures but the review rate are taken with review switched off. Accuracy, AUC "
        "and kappa leave out the points that people called partial; a machine's partial counts "
        "as not met. Intervals are 95% bootstrap intervals.</p>",
        _section("Figures", _table(shown[0])),
        *_pictures(evaluation, shown[1]),
        *(_section(table.title, _table(table)) for table in rest),
        _section("How it was made", _provenance(evaluation)),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _pictures(evaluation: Evaluation, coverage: Table) -> tuple[str, ...]:
    """Each picture with the numbers it was drawn from."""
    answers = evaluation.answers
    bins, counts = reliability(answers), confusion(answers)
    names = tuple(verdict.value.replace("_", " ") for verdict in CLASSES)
    bin_table = Table(
        "Probabilities and what came of them",
        ("Probability", "Points", "Mean", "Met"),
        tuple(
            (
                f"{one.low:.1f} to {one.high:.1f}",
                str(one.n),
                number(one.probability),
                number(one.met),
            )
            for one in bins
        ),
    )
    confusion_table = Table(
        "People's verdicts (rows) and the machine's",
        ("People", *names),
        tuple((name, *map(str, line)) for name, line in zip(names, counts, strict=True)),
    )
    scores = [one for one in answers if one.human is not None and one.machine is not None]
    score_table = Table(
        "Scores by question",
        ("Question", "People's mean", "Machine's mean"),
        tuple(
            (name, *_means([(one.human, one.machine) for one in scores if one.question == name]))
            for name in evaluation.by_question
        ),
    )
    return (
        _pair("Reliability", reliability_plot(bins), bin_table),
        _pair("Risk and coverage", risk_coverage_plot(risk_coverage(answers)), coverage),
        _pair("Scores", scatter_plot(answers), score_table),
        _pair("Verdicts", confusion_plot(counts), confusion_table),
    )


def _means(pairs: list[tuple[float | None, float | None]]) -> tuple[str, str]:
    columns = list(zip(*pairs, strict=True)) or [(), ()]
    human, machine = ([one for one in column if one is not None] for column in columns)
    return _mean(human), _mean(machine)


def _mean(values: list[float]) -> str:
    return number(sum(values) / len(values) if values else None)


def _provenance(evaluation: Evaluation) -> str:
    rows = tuple(
        (key.replace("_", " "), _plainly(value)) for key, value in evaluation.provenance.items()
    )
    return _table(Table("Data, model and settings", ("What", "Value"), rows))


def _plainly(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plainly(inner)}" for key, inner in value.items()) or "none"
    return str(value)


def _pair(title: str, picture: str, table: Table) -> str:
    return _section(title, f'<div class="pair"><figure>{picture}</figure>{_table(table)}</div>')


def _section(title: str, content: str) -> str:
    return f"<section><h2>{_text(title)}</h2>{content}</section>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in table.headings)
    rows = "".join(
        f'<tr><th scope="row">{_text(first)}</th>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in table.rows
    )
    return (
        f'<div class="wide"><table><caption>{_text(table.title)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _text(text: str) -> str:
    """Text for HTML; what no page may hold is spelled out."""
    return escape(_CONTROL.sub(lambda found: f"<U+{ord(found.group()):04X}>", text))

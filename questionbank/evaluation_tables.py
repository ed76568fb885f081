"""The figures of an evaluation as tables of text, for the terminal and for the page alike."""

from collections.abc import Iterable

from grader.agreement import MEASURES, RATER_MEASURES, Figure, Figures
from grader.curves import error_at, risk_coverage, wrongly_credited
from questionbank.evaluation import Evaluation
from questionbank.table import Table

NONE = "none"
"""What stands where a measure does not apply."""
LABELS = {
    "pearson": "Pearson",
    "spearman": "Spearman",
    "rmse": "RMSE",
    "qwk": "QWK",
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "kappa": "Cohen's kappa",
    "auc": "AUC",
    "ece": "Calibration error",
    "review_rate": "Review rate",
}
"""What the measures are called."""
COVERAGES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.5)
"""Shares of the verdicts that are kept, for the table of the error on the rest."""
_REVIEWED = 0.85
_COLUMNS = ("pearson", "qwk", "accuracy", "kappa", "auc", "ece", "review_rate")


def tables(evaluation: Evaluation) -> tuple[Table, ...]:
    """All tables that there is something to put in, the most important first."""
    made = [overall_table(evaluation), coverage_table(evaluation), _raters(evaluation)]
    made += [_styles(evaluation), _questions(evaluation)]
    return tuple(table for table in made if table.rows)


def overall_table(evaluation: Evaluation) -> Table:
    """Every measure with its interval."""
    overall = evaluation.overall
    counts = (
        ("Answers", str(overall.n_answers), NONE),
        ("Points", str(overall.n_points), NONE),
    )
    rows = tuple((LABELS[name], *_with_interval(overall.measures[name])) for name in MEASURES)
    return Table("Machine against human", ("Measure", "Value", "95% interval"), counts + rows)


def coverage_table(evaluation: Evaluation) -> Table:
    """The error of the verdicts that are kept when the least sure go to a person."""
    curve = risk_coverage(evaluation.answers)
    rows = tuple(
        (f"{kept:.0%}", number(error))
        for kept in COVERAGES
        if (error := error_at(curve, kept)) is not None
    )
    return Table("Error if the least sure go to a person", ("Verdicts kept", "Error"), rows)


def number(value: float | None) -> str:
    """Three decimals."""
    return NONE if value is None else f"{round(value, 3) + 0.0:.3f}"


def _with_interval(figure: Figure) -> tuple[str, str]:
    ends = figure.interval
    return number(figure.value), f"{number(ends[0])} to {number(ends[1])}" if ends else NONE


def _raters(evaluation: Evaluation) -> Table:
    headings = ("Between", "Pairs", *(LABELS[name] for name in RATER_MEASURES))
    if evaluation.raters is None:
        return Table("", headings, ())
    rows = tuple(
        (
            who,
            str(found.n_pairs),
            *(_in_one(found.measures[name]) for name in RATER_MEASURES),
        )
        for who, found in zip(
            ("human and human", "machine and human"), evaluation.raters, strict=True
        )
    )
    count = evaluation.raters[0].n_points
    return Table(f"Single judgements of {count} points, in pairs", headings, rows)


def _in_one(figure: Figure) -> str:
    value, interval = _with_interval(figure)
    return value if interval == NONE else f"{value} ({interval})"


def _styles(evaluation: Evaluation) -> Table:
    def row(name: str, figures: Figures) -> tuple[str, ...]:
        wrong, of = wrongly_credited(evaluation.of_style(name))
        return (*_row(name, figures), f"{wrong} of {of}")

    rows = tuple(row(name, figures) for name, figures in evaluation.by_style.items())
    return Table("By style", (*_headings("Style"), "Wrongly credited"), rows)


def _questions(evaluation: Evaluation) -> Table:
    by_name: dict[str, list[int]] = {}
    for at, answer in enumerate(evaluation.answers):
        by_name.setdefault(answer.question, []).append(at)

    def row(name: str, figures: Figures) -> tuple[str, ...]:
        curve = risk_coverage(evaluation.answers[at] for at in by_name[name])
        return (*_row(name, figures), number(error_at(curve, _REVIEWED)))

    rows = tuple(row(name, figures) for name, figures in evaluation.by_question.items())
    return Table("By question", (*_headings("Question"), f"Error at {_REVIEWED:.0%} kept"), rows)


def _headings(first: str) -> tuple[str, ...]:
    return (first, "Answers", "Points", *(LABELS[name] for name in _COLUMNS))


def _row(name: str, figures: Figures) -> tuple[str, ...]:
    counts = (str(figures.n_answers), str(figures.n_points))
    return (name, *counts, *_values(figures.measures[column] for column in _COLUMNS))


def _values(figures: Iterable[Figure]) -> Iterable[str]:
    return (number(figure.value) for figure in figures)

"""What a refinement gains, for people and for programs."""

from collections.abc import Iterator

from grader.refinement import Refinement, RefinementRecord
from grader.refining import LEAST
from questionbank.table import Table

_NAMES = {
    "accuracy": "Accuracy",
    "kappa": "Cohen's kappa",
    "auc": "AUC",
    "pearson": "Pearson of scores",
    "ece": "Calibration error",
    "log_loss": "Log loss",
}
_COUNTS = {"accuracy": "n_clear", "kappa": "n_clear", "auc": "n_clear", "pearson": "n_answers"}
_NONE = "none"
_PAIRS = ("Accuracy before", "Accuracy after", "AUC before", "AUC after")


def gain_tables(refinement: Refinement) -> Iterator[Table]:
    """Figures before and after, overall and by point, and the learning curve."""
    fit = refinement.fit
    if fit is None:
        return
    yield Table(
        f"On answers left out ({fit.answers} answers, {fit.labels} labelled points, "
        f"{fit.folds} folds)",
        ("Measure", "Before", "After", "n"),
        tuple(
            (
                label,
                _shown(fit.before, name),
                _shown(fit.after, name),
                f"{fit.before.get(_COUNTS.get(name, 'n'), 0):.0f}",
            )
            for name, label in _NAMES.items()
        ),
    )
    yield Table(
        "By point",
        ("Point", "Labels", *_PAIRS),
        tuple(
            (
                name,
                f"{found['n']:.0f}",
                *(
                    _shown(found, f"{measure}_{when}")
                    for measure in ("accuracy", "auc")
                    for when in ("before", "after")
                ),
            )
            for name, found in fit.by_point.items()
        ),
    )
    if fit.curve:
        yield _curve(fit)


def _curve(fit: RefinementRecord) -> Table:
    return Table(
        f"Learning curve: so many labelled answers a point, means of {fit.curve[0].draws} draws, "
        "judged on the answers left out",
        ("Labels", "Points", *_PAIRS, "ECE before", "ECE after"),
        tuple(
            (
                str(one.labels),
                str(one.points),
                *(
                    _shown(one.figures, f"{when}{measure}")
                    for measure in ("accuracy", "auc", "ece")
                    for when in ("before_", "")
                ),
            )
            for one in fit.curve
        ),
    )


def left_lines(refinement: Refinement) -> Iterator[str]:
    """Say which points are left as they are."""
    for rubric in refinement.rubrics:
        for point, count in sorted(rubric.left.items()):
            yield (
                f"{rubric.rubric}#{point} is left as it is: {count} labelled, {LEAST} are needed"
            )


def facts(refinement: Refinement, written: str | None) -> dict[str, object]:
    """The same as a JSON value."""
    fit = refinement.fit
    return {
        "id": refinement.id,
        "created": refinement.created,
        "base": refinement.base,
        "weights_digest": refinement.weights_digest,
        "rubrics": {
            one.rubric: {
                "structure_hash": one.structure_hash,
                "learnt": {name: point.n for name, point in one.points.items()},
                "left": one.left,
            }
            for one in refinement.rubrics
        },
        "helps": fit.helps if fit else None,
        "fit": fit.model_dump(mode="json") if fit else None,
        "output": written,
    }


def _shown(figures: dict[str, float], name: str) -> str:
    return f"{figures[name]:.3f}" if name in figures else _NONE

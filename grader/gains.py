"""What a refinement gains on answers it has not seen: figures before and after, learning curve."""

from collections.abc import Mapping, Sequence

import numpy as np

from grader import resampling
from grader.calibration import Thresholds
from grader.probe import Floats
from grader.refinement import CurvePoint, RefinementRecord
from grader.refining import Sample, Samples, fit_points, left_out, refined, shuffled

SIZES = (5, 10, 20, 40)
"""Labelled answers a point, of the learning curve."""
DRAWS = 10
_DIGITS = 4

Rubrics = Mapping[str, Samples]
"""Samples by rubric and point."""
Weights = Mapping[str, Mapping[str, float]]
"""Points that each rubric's points are worth."""
Odds = Mapping[str, Mapping[str, Floats]]
"""Log-odds of the samples, by rubric and point."""


def record(
    rubrics: Rubrics,
    weights: Weights,
    bounds: Thresholds,
    *,
    data: str,
    digest: str,
    folds: int,
    seed: int = 0,
) -> RefinementRecord:
    """Measure what is learnt on each rubric, by answers that the fit has not seen.

    Args:
        rubrics: the samples.
        weights: of their points.
        bounds: the base's thresholds.
        data: what to call the samples' origin.
        digest: its SHA-256.
        folds: how many, at least 2; dealt by answer.
        seed: of folds and draws.
    """
    before = {
        rubric: {name: _odds(some) for name, some in points.items()}
        for rubric, points in rubrics.items()
    }
    after = {rubric: left_out(points, folds, seed, least=1) for rubric, points in rubrics.items()}
    answers = {
        (rubric, one.answer)
        for rubric, points in rubrics.items()
        for some in points.values()
        for one in some
    }
    return RefinementRecord(
        data=data,
        digest=digest,
        answers=len(answers),
        labels=sum(len(some) for points in rubrics.values() for some in points.values()),
        folds=folds,
        before=figures(rubrics, before, weights, bounds),
        after=figures(rubrics, after, weights, bounds),
        by_point={
            f"{rubric}#{name}": _of_point(rubric, name, rubrics, (before, after), bounds)
            for rubric, points in rubrics.items()
            for name in points
        },
        curve=learning_curve(rubrics, bounds, seed),
    )


def figures(
    rubrics: Rubrics, odds: Odds, weights: Weights | None, bounds: Thresholds
) -> dict[str, float]:
    """Take figures by probability alone, as if nothing were left to a person.

    Args:
        rubrics: the samples, at least one.
        odds: theirs.
        weights: of the points; None for no scores.
        bounds: where a point is met or half met.

    Returns:
        `n` judgements with the `ece` and mean `log_loss` of the probability; `accuracy`, `kappa`
        and `auc` of `n_clear`, those that people did not call partial; `pearson` of `n_answers`
        scores, weighted over the labelled points. What does not apply is left out.
    """
    rows = [
        (one, float(value), rubric, name)
        for rubric, points in rubrics.items()
        for name, some in points.items()
        for one, value in zip(some, odds[rubric][name], strict=True)
    ]
    share = np.array([one.share for one, *_ in rows])
    log_odds = np.array([value for _, value, *_ in rows])
    chance = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    ones = np.ones((1, len(rows)))
    met = (share == 1.0).astype(np.float64)
    found = {
        "n": float(len(rows)),
        "ece": float(resampling.calibration_error(ones, met, chance)[0]),
        "log_loss": float(np.mean(np.logaddexp(0.0, log_odds) - share * log_odds)),
    } | _of_clear(share, chance, bounds)
    if weights is not None:
        worth = np.array([weights[rubric][name] for *_, rubric, name in rows])
        answer = [(rubric, one.answer) for one, _, rubric, _ in rows]
        found |= _of_scores(answer, worth, share, _shares(chance, bounds))
    return {name: round(value, _DIGITS) + 0.0 for name, value in found.items() if value == value}


def learning_curve(rubrics: Rubrics, bounds: Thresholds, seed: int = 0) -> tuple[CurvePoint, ...]:
    """Learn from fewer labelled answers than there are, and judge the others.

    For each size, `DRAWS` times: so many of the answers of each point with more are drawn, and the
    rest of its answers judged by what was learnt on them.

    Args:
        rubrics: the samples.
        bounds: the base's thresholds.
        seed: of the draws.

    Returns:
        The sizes for which a point has enough answers.
    """
    curve = []
    for size in SIZES:
        able = {
            rubric: {name: some for name, some in points.items() if len(some) > size}
            for rubric, points in rubrics.items()
        }
        able = {rubric: points for rubric, points in able.items() if points}
        if not able:
            break
        drawn = [_draw(able, size, bounds, seed + number) for number in range(DRAWS)]
        names = sorted(set.intersection(*(set(one) for one in drawn)))
        curve.append(
            CurvePoint(
                labels=size,
                points=sum(len(points) for points in able.values()),
                draws=DRAWS,
                figures={
                    name: round(sum(one[name] for one in drawn) / DRAWS, _DIGITS) + 0.0
                    for name in names
                },
            )
        )
    return tuple(curve)


def _draw(rubrics: Rubrics, size: int, bounds: Thresholds, seed: int) -> dict[str, float]:
    """Figures of one draw, those of the base with `before_` in front."""
    rest: dict[str, dict[str, list[Sample]]] = {}
    before: dict[str, dict[str, Floats]] = {}
    after: dict[str, dict[str, Floats]] = {}
    for rubric, points in rubrics.items():
        order = shuffled((one.answer for some in points.values() for one in some), seed)
        place = {answer: at for at, answer in enumerate(order)}
        sorted_ones = {
            name: sorted(some, key=lambda one: place[one.answer]) for name, some in points.items()
        }
        by = fit_points({name: some[:size] for name, some in sorted_ones.items()}, size)
        rest[rubric] = {name: some[size:] for name, some in sorted_ones.items()}
        before[rubric] = {name: _odds(some) for name, some in rest[rubric].items()}
        after[rubric] = {
            name: np.array([refined(one, by, name) for one in some])
            for name, some in rest[rubric].items()
        }
    old, new = (figures(rest, odds, None, bounds) for odds in (before, after))
    return new | {f"before_{name}": value for name, value in old.items()}


def _of_point(
    rubric: str, name: str, rubrics: Rubrics, odds: tuple[Odds, Odds], bounds: Thresholds
) -> dict[str, float]:
    """Accuracy, AUC and log loss of one point, before and after."""
    some = {rubric: {name: rubrics[rubric][name]}}
    before, after = (
        figures(some, {rubric: {name: one[rubric][name]}}, None, bounds) for one in odds
    )
    found = {"n": before["n"]}
    for measure in ("accuracy", "auc", "log_loss"):
        if measure in before:
            found[f"{measure}_before"] = before[measure]
            found[f"{measure}_after"] = after[measure]
    return found


def _of_clear(share: Floats, chance: Floats, bounds: Thresholds) -> dict[str, float]:
    clear = share != 0.5
    if not clear.any():
        return {}
    truth, said = share[clear] == 1.0, chance[clear] >= bounds.met
    ones = np.ones((1, int(clear.sum())))
    return {
        "n_clear": float(clear.sum()),
        "accuracy": float(np.mean(truth == said)),
        "kappa": float(
            resampling.cohen_kappa(ones, truth.astype(np.int64), said.astype(np.int64))[0]
        ),
        "auc": float(resampling.auc(ones, truth.astype(np.float64), chance[clear])[0]),
    }


def _of_scores(
    answer: Sequence[tuple[str, str]], worth: Floats, human: Floats, machine: Floats
) -> dict[str, float]:
    """Pearson's correlation of the answers' scores, as shares of what their labels are worth."""
    names = sorted(set(answer))
    place = {name: at for at, name in enumerate(names)}
    at = np.array([place[name] for name in answer])
    whole = np.bincount(at, worth)
    one, other = (np.bincount(at, worth * share) / whole for share in (human, machine))
    pearson = float(resampling.pearson(np.ones((1, len(names))), one, other)[0])
    return {"n_answers": float(len(names)), "pearson": pearson}


def _shares(chance: Floats, bounds: Thresholds) -> Floats:
    """What probabilities earn, review switched off."""
    return np.where(chance >= bounds.met, 1.0, np.where(chance >= bounds.partial, 0.5, 0.0))


def _odds(some: Sequence[Sample]) -> Floats:
    return np.array([one.log_odds for one in some])

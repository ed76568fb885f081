"""Why a probability is what it is: what each feature adds to the log-odds of one point."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import factorial

from grader.calibration import Calibration
from grader.errors import CalibrationError
from grader.fusion import TREE_SHARE, Fusion, Tree, bounded
from grader.refinement import SHIFT
from grader.rubric import Record

_BAND = "review-"
"""What stands in a calibration's id with another doubtful band, its rate behind it."""


class Contribution(Record):
    """What one feature adds."""

    feature: str
    value: float
    """As measured of this answer."""
    average: float
    """Its mean in the data of the fit, which it is compared with."""
    log_odds: float
    """What it adds to the log-odds of `met`, or takes from them."""


class Explanation(Record):
    """One point's log-odds as a sum: `base`, the contributions and `limit`."""

    base: float
    """Log-odds of an answer that is average in every feature."""
    contributions: tuple[Contribution, ...]
    """One for each feature that has a term and for a refinement; the largest, up or down, first."""
    limit: float
    """What the bounds on each half of the fusion take away; 0 for all but extreme answers."""
    log_odds: float
    """The sum, as the calibration computes it."""


def explain(fusion: Fusion, features: Mapping[str, float]) -> Explanation:
    """Share out the log-odds among the features, exactly.

    Each feature gets its Shapley value (Shapley 1953) against the average answer: what it adds
    when it moves from its mean to what it is here, averaged over all orders in which the features
    can move (Lundberg and Lee 2017; for trees Lundberg et al. 2020, with one reference). For the
    logistic sum that is coefficient times standardised value.

    Args:
        fusion: a calibration.
        features: by name; those without a term are left out, but for `refinement`, what labelled
            answers to the point add: it counts as it is.

    Returns:
        A sum whose parts add up to `fusion.log_odds(features)` and the refinement.

    Raises:
        KeyError: a feature with a term is missing.
    """
    values = [features[term.feature] for term in fusion.terms]
    average = [term.mean for term in fusion.terms]
    share = TREE_SHARE if fusion.trees else 0.0
    linear = [
        term.coefficient * term.scaled(value, fusion.clip)
        for term, value in zip(fusion.terms, values, strict=True)
    ]
    grown = [0.0] * len(values)
    for tree in fusion.trees:
        for at, part in tree_shares(tree, values, average):
            grown[at] += part
    grown_base = fusion.start + sum(tree.score(average) for tree in fusion.trees)
    contributions = [
        Contribution(
            feature=term.feature,
            value=value,
            average=term.mean,
            log_odds=(1.0 - share) * by_sum + share * by_trees,
        )
        for term, value, by_sum, by_trees in zip(fusion.terms, values, linear, grown, strict=True)
    ]
    shift = features.get(SHIFT, 0.0)
    if SHIFT in features:
        learnt = Contribution(feature=SHIFT, value=shift, average=0.0, log_odds=shift)
        contributions.append(learnt)
    limit = 0.0
    if fusion.trees:
        by_sum = fusion.intercept + sum(linear)
        by_trees = grown_base + sum(grown)
        limit = (1.0 - share) * (bounded(by_sum) - by_sum) + share * (bounded(by_trees) - by_trees)
    return Explanation(
        base=(1.0 - share) * fusion.intercept + share * grown_base,
        contributions=tuple(sorted(contributions, key=lambda one: -abs(one.log_odds))),
        limit=limit,
        log_odds=fusion.log_odds(features) + shift,
    )


def tree_shares(
    tree: Tree, values: Sequence[float], average: Sequence[float]
) -> Iterator[tuple[int, float]]:
    """Share out among features what one tree says of an answer, less what it says of the average.

    A leaf is reached if the features of `here` have moved to the answer's values and those of
    `there` have not; its value is shared among them as Shapley's formula has it.

    Args:
        tree: of the fusion.
        values: the answer's features, in the order of the terms.
        average: their means, in the same order.

    Yields:
        Index of a feature and a part of its share; the parts add up to
        `tree.score(values) - tree.score(average)`.
    """
    todo: list[tuple[int, frozenset[int], frozenset[int]]] = [(0, frozenset(), frozenset())]
    while todo:
        node, here, there = todo.pop()
        feature = tree.feature[node]
        if feature < 0:
            moved, kept = len(here), len(there)
            for at in here:
                orders = factorial(moved - 1) * factorial(kept) / factorial(moved + kept)
                yield at, tree.value[node] * orders
            for at in there:
                orders = factorial(moved) * factorial(kept - 1) / factorial(moved + kept)
                yield at, -tree.value[node] * orders
            continue
        by_value, by_average = (tree.child(node, which[feature]) for which in (values, average))
        if by_value == by_average or feature in here:
            todo.append((by_value, here, there))
        elif feature in there:
            todo.append((by_average, here, there))
        else:
            todo.append((by_value, here | {feature}, there))
            todo.append((by_average, here, there | {feature}))


def recall(calibration_id: str, known: Iterable[Calibration]) -> Calibration | None:
    """Find the calibration that a kept grade names.

    Args:
        calibration_id: as the grade's provenance has it; the one of a chosen doubtful band is
            found by the calibration it was chosen from, and one refined by the calibration under
            the refinement, as a grade keeps what that added.
        known: those at hand.

    Returns:
        The calibration with the doubtful band of the id; None if it is not among them.
    """
    for one in known:
        if one.id == calibration_id:
            return one
        if not calibration_id.startswith(f"{one.id}+"):
            continue
        chosen = calibration_id.removeprefix(f"{one.id}+").partition("+")[0]
        if not chosen.startswith(_BAND):
            return one
        try:
            banded = one.with_review(float(chosen.removeprefix(_BAND)))
        except (ValueError, CalibrationError):
            continue
        if banded.id == f"{one.id}+{chosen}":
            return banded
    return None

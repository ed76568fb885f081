"""Fits a fusion with scikit-learn: a logistic sum and gradient-boosted trees, as plain numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from grader.fusion import Fusion, Term, Tree
from grader.probe import Floats

INVERSE_PENALTY = 0.03
CLIP = 4.0
TREES = 150
DEPTH = 3
RATE = 0.06
_SUBSAMPLE = 0.6
_FEATURE_SHARE = 0.3
_LEAF = 15
"""Judgements that a leaf needs at least."""
_DIGITS = 6


def fit_fusion(
    names: Sequence[str],
    values: Floats,
    met: npt.NDArray[np.bool_],
    weights: Floats | None = None,
) -> Fusion:
    """Fit both parts on the same judgements. Deterministic.

    Args:
        names: of the features.
        values: float64 [n, features].
        met: bool [n], both kinds present.
        weights: float64 [n], of the judgements; None for equal ones.
    """
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale < 1e-6] = 1.0
    scaled = np.clip((values - mean) / scale, -CLIP, CLIP)
    linear = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000).fit(scaled, met, weights)
    model = GradientBoostingClassifier(
        n_estimators=TREES,
        max_depth=DEPTH,
        learning_rate=RATE,
        subsample=_SUBSAMPLE,
        max_features=_FEATURE_SHARE,
        min_samples_leaf=min(_LEAF, max(1, len(values) // 10)),
        random_state=0,
    ).fit(values, met, weights)
    share = float(np.average(met, weights=weights))
    return Fusion(
        terms=tuple(
            Term(
                feature=name,
                mean=_round(mean[at]),
                scale=_round(scale[at]),
                coefficient=_round(linear.coef_[0][at]),
            )
            for at, name in enumerate(names)
        ),
        intercept=_round(linear.intercept_[0]),
        clip=CLIP,
        start=_round(np.log(share / (1.0 - share))),
        trees=tuple(_tree(grown[0].tree_) for grown in model.estimators_),
    )


def fit_sum(
    values: Floats, met: npt.NDArray[np.bool_], weights: Floats
) -> tuple[float, tuple[float, ...]]:
    """Fit a logistic sum almost without penalty, to weigh a few log-odds against each other.

    Args:
        values: float64 [n, k].
        met: bool [n], both kinds present.
        weights: float64 [n].

    Returns:
        The intercept and k coefficients.
    """
    model = LogisticRegression(C=100.0, max_iter=2000).fit(values, met, weights)
    return _round(model.intercept_[0]), tuple(_round(one) for one in model.coef_[0])


def _tree(grown: Any) -> Tree:  # noqa: ANN401 - scikit-learn ships no types
    """One regression tree as a record, its leaves times the learning rate."""
    leaf = grown.children_left < 0
    return Tree(
        feature=tuple(np.where(leaf, -1, grown.feature).tolist()),
        threshold=tuple(_round(x) for x in np.where(leaf, 0.0, grown.threshold)),
        left=tuple(np.where(leaf, 0, grown.children_left).tolist()),
        right=tuple(np.where(leaf, 0, grown.children_right).tolist()),
        value=tuple(_round(x) for x in np.where(leaf, grown.value[:, 0, 0] * RATE, 0.0)),
    )


def _round(number: float) -> float:
    return round(float(number), _DIGITS)

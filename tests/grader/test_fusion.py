import math
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from grader import growing
from grader.fusion import Fusion, Term, Tree
from grader.growing import fit_fusion

STUMP = {
    "feature": (1, -1, -1),
    "threshold": (0.5, 0.0, 0.0),
    "left": (1, 0, 0),
    "right": (2, 0, 0),
    "value": (0.0, -3.0, 6.0),
}
TERMS = (
    Term(feature="a", mean=1.0, scale=2.0, coefficient=3.0),
    Term(feature="b", mean=0.0, scale=1.0, coefficient=0.0),
)


def test_the_sum_alone_is_the_scaled_features_weighed() -> None:
    fusion = Fusion(terms=TERMS, intercept=0.5)
    assert fusion.log_odds({"a": 3.0, "b": 9.0, "unknown": 1.0}) == 3.5


def test_a_term_grows_no_further_than_the_clip() -> None:
    fusion = Fusion(terms=TERMS, intercept=0.0, clip=2.0)
    assert fusion.log_odds({"a": 1e9, "b": 0.0}) == 6.0
    assert fusion.log_odds({"a": -1e9, "b": 0.0}) == -6.0


@pytest.mark.parametrize(("b", "leaf"), [(0.5, -3.0), (0.51, 6.0)])
def test_trees_count_twice_the_sum(b: float, leaf: float) -> None:
    fusion = Fusion(terms=TERMS, intercept=1.5, start=0.25, trees=(Tree(**STUMP),))
    assert fusion.log_odds({"a": 1.0, "b": b}) == pytest.approx(0.5 + 2 / 3 * (0.25 + leaf))


def test_neither_part_runs_away() -> None:
    fusion = Fusion(terms=TERMS, intercept=1e9, start=1e9, trees=(Tree(**STUMP),))
    assert fusion.log_odds({"a": 0.0, "b": 0.0}) == pytest.approx(math.log(99_999))


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(KeyError, match="b"):
        Fusion(terms=TERMS, intercept=0.0).log_odds({"a": 1.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"left": (0, 0, 0)}, "lead down"),
        ({"right": (3, 0, 0)}, "lead down"),
        ({"value": (0.0, 1.0)}, "differ in length"),
        (dict.fromkeys(STUMP, ()), "differ in length"),
    ],
)
def test_a_broken_tree_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tree.model_validate({**STUMP, **change})


def test_a_tree_on_a_feature_without_a_term_is_refused() -> None:
    tree = Tree.model_validate({**STUMP, "feature": (2, -1, -1)})
    with pytest.raises(ValueError, match="no term"):
        Fusion(terms=TERMS, intercept=0.0, trees=(tree,))


def test_a_fit_says_what_the_library_says() -> None:
    chance = np.random.default_rng(3)
    values = np.column_stack([chance.normal(size=(200, 3)), np.ones(200)])
    met = values[:, 0] + values[:, 1] ** 2 + 0.3 * chance.normal(size=200) > 0.5
    names = ("a", "b", "c", "constant")
    found = fit_fusion(names, values, met)
    assert found == fit_fusion(names, values, met)
    model = GradientBoostingClassifier(
        n_estimators=growing.TREES, max_depth=growing.DEPTH, learning_rate=growing.RATE,
        subsample=0.6, max_features=0.3, min_samples_leaf=15, random_state=0,
    ).fit(values, met)  # fmt: skip
    alone = found.model_copy(update={"terms": TERMS})
    for row, expected in zip(values[:50], model.decision_function(values[:50]), strict=True):
        grown = found.start + sum(tree.score(list(row)) for tree in alone.trees)
        assert grown == pytest.approx(expected, abs=1e-3)
    odds = np.array([found.log_odds(dict(zip(names, row, strict=True))) for row in values])
    assert np.mean((odds > 0) == met) > 0.9

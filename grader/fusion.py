"""From a point's features to log-odds: a logistic sum and shallow trees, averaged."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from grader.rubric import Record

if TYPE_CHECKING:
    from grader.forest import Forest
    from grader.probe import Floats

TREE_SHARE = 2 / 3
"""What the trees count beside the sum."""
_FURTHEST = math.log((1 - 1e-5) / 1e-5)
"""Log-odds beyond which neither part goes."""


class Term(Record):
    """One feature's part in the sum."""

    feature: str
    mean: float
    scale: float = Field(gt=0)
    coefficient: float

    def scaled(self, value: float, clip: float | None) -> float:
        """Standardise a value, to no more than `clip` standard deviations either way."""
        scaled = (value - self.mean) / self.scale
        return scaled if clip is None else max(-clip, min(clip, scaled))


class Tree(Record):
    """A binary tree. Node i goes left if `feature[i]` is at most `threshold[i]`, else right."""

    feature: tuple[int, ...]
    """Index into the terms; -1 for a leaf."""
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]
    """Log-odds that a leaf adds."""

    @model_validator(mode="after")
    def _leads_down(self) -> Self:
        count = len(self.feature)
        same = {len(self.threshold), len(self.left), len(self.right), len(self.value)} == {count}
        if not count or not same:
            raise ValueError("a tree's columns differ in length")
        for node, feature in enumerate(self.feature):
            down = node < self.left[node] < count and node < self.right[node] < count
            if feature >= 0 and not down:
                raise ValueError(f"node {node} does not lead down the tree")
        return self

    def score(self, values: Sequence[float]) -> float:
        """Find the leaf's value for features in the order of the terms."""
        node = 0
        while (feature := self.feature[node]) >= 0:
            node = self.child(node, values[feature])
        return self.value[node]

    def child(self, node: int, value: float) -> int:
        """Find the node below one that is no leaf, for a value of the feature it asks for."""
        return self.left[node] if value <= self.threshold[node] else self.right[node]


class Fusion(Record):
    """The fitted map: the sum alone, or a third of it and two thirds of the trees."""

    terms: tuple[Term, ...] = Field(min_length=1)
    intercept: float
    clip: float | None = Field(default=None, gt=0)
    """Standard deviations beyond which a term grows no further; None for no limit."""
    start: float = 0.0
    """Log-odds before the first tree."""
    trees: tuple[Tree, ...] = ()

    @model_validator(mode="after")
    def _trees_know_the_terms(self) -> Self:
        if any(max(tree.feature) >= len(self.terms) for tree in self.trees):
            raise ValueError("a tree asks for a feature that has no term")
        return self

    def log_odds(self, features: Mapping[str, float]) -> float:
        """Fuse features.

        Args:
            features: by name; those without a term are left out.

        Returns:
            Log-odds of `met`.

        Raises:
            KeyError: a feature with a term is missing.
        """
        return float(self.all_log_odds([features])[0])

    def all_log_odds(self, rows: Sequence[Mapping[str, float]]) -> "Floats":
        """Fuse the features of many points; each comes out as it would alone.

        Args:
            rows: features by name, one mapping a point.

        Returns:
            float64 [n], log-odds of `met`.

        Raises:
            KeyError: a feature with a term is missing.
        """
        import numpy as np  # only for whoever grades

        from grader.forest import in_turn

        names = [term.feature for term in self.terms]
        values = np.array([[row[name] for name in names] for row in rows], dtype=np.float64)
        values = values.reshape(len(rows), len(names))
        mean, scale, coefficient = np.array(
            [(term.mean, term.scale, term.coefficient) for term in self.terms]
        ).T
        scaled = (values - mean) / scale
        if self.clip is not None:
            scaled = np.clip(scaled, -self.clip, self.clip)
        total = in_turn(self.intercept, coefficient * scaled)
        if not self.trees:
            return total
        grown = self.start + in_turn(0.0, self._forest.leaves(values))
        by_sum, by_trees = (np.clip(odds, -_FURTHEST, _FURTHEST) for odds in (total, grown))
        return np.asarray((1.0 - TREE_SHARE) * by_sum + TREE_SHARE * by_trees)

    @cached_property
    def _forest(self) -> "Forest":
        from grader.forest import Forest

        return Forest(self.trees)


def bounded(log_odds: float) -> float:
    """Keep one half of the fusion from running away."""
    return max(-_FURTHEST, min(_FURTHEST, log_odds))

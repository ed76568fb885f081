"""From a point's features to log-odds: a logistic sum and shallow trees, averaged."""

import math
from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field, model_validator

from grader.rubric import Record

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
        values = [features[term.feature] for term in self.terms]
        total = self.intercept
        for term, value in zip(self.terms, values, strict=True):
            total += term.coefficient * term.scaled(value, self.clip)
        if not self.trees:
            return total
        grown = self.start + sum(tree.score(values) for tree in self.trees)
        return (1.0 - TREE_SHARE) * bounded(total) + TREE_SHARE * bounded(grown)


def bounded(log_odds: float) -> float:
    """Keep one half of the fusion from running away."""
    return max(-_FURTHEST, min(_FURTHEST, log_odds))

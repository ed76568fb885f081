"""Trees walked side by side, for many rows at once, each row as if it were alone."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from grader.probe import Floats


class AnyTree(Protocol):
    """A tree as `grader.fusion.Tree` stores it."""

    @property
    def feature(self) -> tuple[int, ...]:
        """Index of the feature that a node asks for; -1 for a leaf."""
        ...

    @property
    def threshold(self) -> tuple[float, ...]:
        """A node goes left up to here."""
        ...

    @property
    def left(self) -> tuple[int, ...]:
        """The node below, further on."""
        ...

    @property
    def right(self) -> tuple[int, ...]:
        """The other node below, further on."""
        ...

    @property
    def value(self) -> tuple[float, ...]:
        """Log-odds that a leaf adds."""
        ...


class Forest:
    """Trees laid side by side, [trees, nodes] each; a leaf leads to itself, so short ones wait.

    Args:
        trees: at least one.
    """

    def __init__(self, trees: Sequence[AnyTree]) -> None:
        shape = (len(trees), max(len(tree.feature) for tree in trees))
        self._feature = np.zeros(shape, dtype=np.intp)
        self._threshold = np.zeros(shape)
        self._left = np.tile(np.arange(shape[1]), (shape[0], 1))
        self._right = self._left.copy()
        self._value = np.zeros(shape)
        for at, tree in enumerate(trees):
            inner = np.flatnonzero(np.array(tree.feature) >= 0)
            self._feature[at, inner] = np.array(tree.feature)[inner]
            self._left[at, inner] = np.array(tree.left)[inner]
            self._right[at, inner] = np.array(tree.right)[inner]
            self._threshold[at, : len(tree.threshold)] = tree.threshold
            self._value[at, : len(tree.value)] = tree.value
        self._tree = np.arange(shape[0])
        self._steps = max(map(_depth, trees))

    def leaves(self, values: Floats) -> Floats:
        """Find what each tree says.

        Args:
            values: float64 [n, features].

        Returns:
            float64 [n, trees].
        """
        row = np.arange(len(values))[:, np.newaxis]
        node = np.zeros((len(values), len(self._tree)), dtype=np.intp)
        for _ in range(self._steps):
            asked = values[row, self._feature[self._tree, node]]
            low = asked <= self._threshold[self._tree, node]
            node = np.where(low, self._left[self._tree, node], self._right[self._tree, node])
        return np.asarray(self._value[self._tree, node])


def in_turn(first: float, parts: Floats) -> Floats:
    """Add up each row of [n, k], from left to right: no row depends on how many there are."""
    begun = np.column_stack([np.full(len(parts), first), parts])
    return np.asarray(np.cumsum(begun, axis=1)[:, -1])


def _depth(tree: AnyTree) -> int:
    """Steps from the root to the furthest leaf; a node's children stand behind it."""
    depths = [0] * len(tree.feature)
    for node, feature in enumerate(tree.feature):
        if feature >= 0:
            for child in (tree.left[node], tree.right[node]):
                depths[child] = depths[node] + 1
    return max(depths)

import numpy as np
import pytest

from grader.forest import Forest, in_turn
from grader.fusion import Fusion, Term, Tree

STUMP = Tree(
    feature=(0, -1, -1),
    threshold=(0.5, 0.0, 0.0),
    left=(1, 0, 0),
    right=(2, 0, 0),
    value=(0.0, -1.0, 1.0),
)
LEAF = Tree(feature=(-1,), threshold=(0.0,), left=(0,), right=(0,), value=(0.25,))
DEEP = Tree(
    feature=(1, -1, 0, 1, -1, -1, -1),
    threshold=(-0.2, 0.0, 0.3, 0.8, 0.0, 0.0, 0.0),
    left=(1, 0, 3, 5, 0, 0, 0),
    right=(2, 0, 4, 6, 0, 0, 0),
    value=(0.0, 3.0, 0.0, 0.0, -2.5, 0.125, 7.0),
)
TREES = (STUMP, LEAF, DEEP)


def test_a_forest_walks_each_tree_as_it_walks_alone() -> None:
    values = np.random.default_rng(5).normal(size=(200, 2))
    values[:3] = [[0.5, -0.2], [0.3, 0.8], [0.30001, 0.80001]]  # on the thresholds and beside
    expected = [[tree.score(list(row)) for tree in TREES] for row in values]
    assert Forest(TREES).leaves(values).tolist() == expected


def test_a_row_comes_out_the_same_in_any_company() -> None:
    fusion = Fusion(
        terms=(
            Term(feature="a", mean=0.1, scale=0.7, coefficient=0.3),
            Term(feature="b", mean=-0.2, scale=1.3, coefficient=-0.9),
        ),
        intercept=0.01,
        clip=2.0,
        start=0.4,
        trees=TREES,
    )
    rows = [{"a": a, "b": b} for a, b in np.random.default_rng(6).normal(size=(50, 2))]
    together = fusion.all_log_odds(rows).tolist()
    assert together == [fusion.log_odds(row) for row in rows]
    assert fusion.all_log_odds(rows[7:9]).tolist() == together[7:9]
    assert fusion.all_log_odds([]).tolist() == []


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_sum_runs_from_left_to_right(count: int) -> None:
    parts = np.random.default_rng(count).normal(size=(count, 9)) * 10.0 ** np.arange(9)
    expected = []
    for row in parts.tolist():
        total = 0.5
        for part in row:
            total += part
        expected.append(total)
    assert in_turn(0.5, parts).tolist() == expected

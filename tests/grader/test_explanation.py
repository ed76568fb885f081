"""Log-odds shared out among features: exactly, and by Shapley's rules."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.calibration import Calibration, ReviewBand
from grader.explanation import explain, recall, tree_shares
from grader.fusion import Fusion, Term, Tree

NAMES = "abcde"
NUMBERS = st.floats(-5, 5, allow_nan=False)


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> Tree:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("feature", "threshold", "left", "right", "value")
    }

    def grow(left: int) -> int:
        at = len(columns["feature"])
        leaf = not left or draw(st.integers(0, 3)) == 0
        columns["feature"].append(-1 if leaf else draw(st.integers(0, len(NAMES) - 1)))
        columns["threshold"].append(draw(NUMBERS))
        columns["value"].append(draw(NUMBERS) if leaf else 0.0)
        for side in ("left", "right"):
            columns[side].append(0)
        if not leaf:
            for side in ("left", "right"):
                columns[side][at] = grow(left - 1)
        return at

    grow(depth)
    return Tree(**columns)


@st.composite
def fusions(draw: st.DrawFn) -> Fusion:
    terms = tuple(
        Term(
            feature=name,
            mean=draw(NUMBERS),
            scale=draw(st.floats(0.1, 9)),
            coefficient=draw(NUMBERS),
        )
        for name in NAMES
    )
    return Fusion(
        terms=terms,
        intercept=draw(NUMBERS),
        clip=draw(st.none() | st.floats(0.5, 5)),
        start=draw(NUMBERS),
        trees=tuple(draw(st.lists(trees(), max_size=5))),
    )


VALUES = st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(-30, 30, allow_nan=False)))


@given(fusions(), VALUES)
def test_the_parts_add_up_to_the_log_odds(fusion: Fusion, values: dict[str, float]) -> None:
    found = explain(fusion, values)
    parts = [found.base, found.limit, *(one.log_odds for one in found.contributions)]
    assert sum(parts) == pytest.approx(fusion.log_odds(values), abs=1e-9)
    assert found.log_odds == fusion.log_odds(values)
    assert sorted(one.feature for one in found.contributions) == sorted(NAMES)
    sizes = [abs(one.log_odds) for one in found.contributions]
    assert sizes == sorted(sizes, reverse=True)


@given(fusions())
def test_an_average_answer_has_nothing_to_explain(fusion: Fusion) -> None:
    average = {term.feature: term.mean for term in fusion.terms}
    found = explain(fusion, average)
    assert {one.log_odds for one in found.contributions} <= {0.0}


@given(trees(depth=3), st.lists(NUMBERS, min_size=5, max_size=5),
       st.lists(NUMBERS, min_size=5, max_size=5))  # fmt: skip
def test_a_tree_is_shared_out_as_the_mean_over_all_orders(
    tree: Tree, values: list[float], average: list[float]
) -> None:
    expected = [0.0] * 5
    orders = list(permutations(range(5)))
    for order in orders:
        at = list(average)
        for feature in order:
            before = tree.score(at)
            at[feature] = values[feature]
            expected[feature] += (tree.score(at) - before) / len(orders)
    found = [0.0] * 5
    for feature, part in tree_shares(tree, values, average):
        found[feature] += part
    assert found == pytest.approx(expected, abs=1e-9)


def test_the_sum_alone_gives_coefficient_times_standardised_value() -> None:
    fusion = Fusion(
        terms=(
            Term(feature="a", mean=1.0, scale=2.0, coefficient=3.0),
            Term(feature="b", mean=0.0, scale=1.0, coefficient=-1.0),
        ),
        intercept=0.5,
    )
    found = explain(fusion, {"a": 3.0, "b": 1.0, "unknown": 9.0})
    assert (found.base, found.limit, found.log_odds) == (0.5, 0.0, 2.5)
    assert [(one.feature, one.value, one.average, one.log_odds) for one in found.contributions] == [
        ("a", 3.0, 1.0, 3.0),
        ("b", 1.0, 0.0, -1.0),
    ]


def test_what_the_bounds_take_away_is_named() -> None:
    stump = Tree(feature=(-1,), threshold=(0.0,), left=(0,), right=(0,), value=(2.0,))
    terms = (Term(feature="a", mean=0.0, scale=1.0, coefficient=100.0),)
    found = explain(Fusion(terms=terms, intercept=0.0, trees=(stump,)), {"a": 1.0})
    assert found.contributions[0].log_odds == pytest.approx(100 / 3)
    assert found.limit == pytest.approx((11.512915 - 100) / 3, abs=1e-5)


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(KeyError, match="a"):
        explain(Fusion(terms=(Term(feature="a", mean=0, scale=1, coefficient=1),), intercept=0), {})


BAND = ReviewBand(rate=0.2, low=0.3, high=0.7, error=0.01, kept=10)


@pytest.mark.parametrize(
    ("name", "low"),
    [
        ("test-1", 0.55),
        ("test-1+review-0.2", 0.3),
        ("test-1+review-0.3", None),
        ("test-1+review-0.1", None),
        ("test-1+review-many", None),
        ("test-1+review-", None),
        ("other", None),
        ("other+review-0.2", None),
        ("", None),
    ],
)
def test_a_calibration_is_known_by_the_id_in_a_grade(
    name: str, low: float | None, calibration: Calibration
) -> None:
    known = calibration.model_copy(update={"bands": (BAND,)})
    found = recall(name, [known])
    assert (found.thresholds.review_low if found else None) == low
    assert found is None or found.id == name
    assert recall(name, []) is None


@pytest.mark.parametrize(
    ("name", "low"), [("test-1+own-1", 0.55), ("test-1+review-0.2+own-1", 0.3)]
)
def test_a_refined_calibration_is_known_by_what_was_refined(
    name: str, low: float, calibration: Calibration
) -> None:
    found = recall(name, [calibration.model_copy(update={"bands": (BAND,)})])
    assert found is not None
    assert found.thresholds.review_low == low
    assert name == f"{found.id}+own-1"


def test_what_labelled_answers_add_is_a_part_of_the_sum(calibration: Calibration) -> None:
    plain = explain(calibration, {"margin": 0.3})
    found = explain(calibration, {"margin": 0.3, "refinement": -4.0})
    assert found.contributions[0].feature == "refinement"
    assert found.contributions[0].log_odds == -4.0
    assert found.contributions[1:] == plain.contributions
    assert found.log_odds == plain.log_odds - 4.0

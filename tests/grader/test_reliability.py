"""Agreement of several raters: published figures, and what must hold whatever the ratings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from grader.reliability import Scale, exact_agreement, krippendorff_alpha, weighted_kappa

PUBLISHED = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Four observers, twelve units: section C of Krippendorff's paper of 2011."""
UNITS = [
    [None if value == "." else int(value) for value in unit]
    for unit in zip(*(row.split() for row in PUBLISHED), strict=True)
]
RATINGS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 2)), min_size=3, max_size=3), max_size=12
)


@pytest.mark.parametrize(("scale", "alpha"), [(Scale.NOMINAL, 0.743), (Scale.ORDINAL, 0.815)])
def test_alpha_is_as_published(scale: Scale, alpha: float) -> None:
    assert krippendorff_alpha(UNITS, scale) == pytest.approx(alpha, abs=5e-4)


@pytest.mark.parametrize(
    "ratings",
    [[], [[1, None]], [[1, 1], [1, 1]], [[None, None]]],
    ids=["nothing", "one-rater", "one-value", "no-value"],
)
@pytest.mark.parametrize("scale", list(Scale))
def test_alpha_is_none_where_nothing_can_vary(
    ratings: list[list[int | None]], scale: Scale
) -> None:
    assert krippendorff_alpha(ratings, scale) is None


@pytest.mark.parametrize("scale", list(Scale))
def test_full_agreement_is_one_and_systematic_disagreement_below_nought(scale: Scale) -> None:
    assert krippendorff_alpha([[0, 0], [2, 2], [1, 1]], scale) == pytest.approx(1.0)
    opposed = krippendorff_alpha([[0, 2], [2, 0]], scale)
    assert opposed is not None
    assert opposed < 0


def test_a_rating_below_nought_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0"):
        krippendorff_alpha([[-1, 0]], Scale.NOMINAL)


@given(RATINGS, st.sampled_from(Scale))
def test_neither_the_order_of_raters_nor_of_units_matters(
    ratings: list[list[int | None]], scale: Scale
) -> None:
    alpha = krippendorff_alpha(ratings, scale)
    turned = krippendorff_alpha([unit[::-1] for unit in ratings[::-1]], scale)
    assert turned == (None if alpha is None else pytest.approx(alpha))
    assert alpha is None or alpha <= 1.0 + 1e-12


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=20))
def test_weighted_kappa_is_that_of_another_library(pairs: list[tuple[int, int]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    if len(set(one) | set(other)) < 2:
        assert weighted_kappa(one, other) is None
        return
    expected = cohen_kappa_score(one, other, labels=[0, 1, 2], weights="quadratic")
    assert weighted_kappa(one, other) == pytest.approx(expected, abs=1e-9)
    assert weighted_kappa(other, one) == pytest.approx(expected, abs=1e-9)


def test_weighted_kappa_looks_only_at_what_both_judged() -> None:
    assert weighted_kappa([0, 2, None, 1], [0, 2, 1, None]) == pytest.approx(1.0)
    assert weighted_kappa([None], [1]) is None
    with pytest.raises(ValueError, match="shorter"):
        weighted_kappa([0, 1], [0])


@pytest.mark.parametrize(
    ("ratings", "share"),
    [([[0, 0, 1]], 1 / 3), ([[0, None, 0], [1, 2, None]], 0.5), ([[1, None]], None)],
)
def test_exact_agreement_counts_pairs(ratings: list[list[int | None]], share: float | None) -> None:
    assert exact_agreement(ratings) == (None if share is None else pytest.approx(share))

"""Measures under weights: against references on rows written out as often as they count."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from grader import resampling
from grader.resampling import Floats, Ints

ROWS = 40


@pytest.fixture(params=range(5))
def chance(request: pytest.FixtureRequest) -> np.random.Generator:
    return np.random.default_rng(request.param)


@pytest.fixture
def weights(chance: np.random.Generator) -> Floats:
    """Three weightings; in each some rows do not count and some count often."""
    return chance.integers(0, 4, size=(3, ROWS)).astype(np.float64)


def written_out(weights: Floats, *columns: np.ndarray) -> list[list[np.ndarray]]:
    """The rows of each resample, each as often as it counts."""
    return [[np.repeat(column, row.astype(int)) for column in columns] for row in weights]


@pytest.fixture
def scores(chance: np.random.Generator) -> tuple[Floats, Floats]:
    """Two columns of shares with many ties."""
    human = chance.integers(0, 5, ROWS) / 4.0
    return human, np.clip(np.round(human + chance.normal(0, 0.3, ROWS), 1), 0, 1)


@pytest.fixture
def classes(chance: np.random.Generator) -> tuple[Ints, Ints]:
    human = chance.integers(0, 3, ROWS)
    return human, np.where(chance.random(ROWS) < 0.6, human, chance.integers(0, 3, ROWS))


def test_correlations_are_those_of_the_rows_written_out(
    weights: Floats, scores: tuple[Floats, Floats]
) -> None:
    pearson = resampling.pearson(weights, *scores)
    spearman = resampling.spearman(weights, *scores)
    for at, (human, machine) in enumerate(written_out(weights, *scores)):
        assert pearson[at] == pytest.approx(stats.pearsonr(human, machine).statistic)
        assert spearman[at] == pytest.approx(stats.spearmanr(human, machine).statistic)


def test_rmse_and_mean_are_those_of_the_rows_written_out(
    weights: Floats, scores: tuple[Floats, Floats]
) -> None:
    found = resampling.rmse(weights, *scores)
    means = resampling.mean(weights, scores[0])
    for at, (human, machine) in enumerate(written_out(weights, *scores)):
        assert found[at] == pytest.approx(metrics.root_mean_squared_error(human, machine))
        assert means[at] == pytest.approx(human.mean())


def test_kappas_and_f1_are_scikit_learns(weights: Floats, classes: tuple[Ints, Ints]) -> None:
    plain = resampling.cohen_kappa(weights, *classes)
    quadratic = resampling.quadratic_kappa(weights, *(c.astype(np.float64) for c in classes))
    f1 = resampling.macro_f1(weights, *classes)
    for at, (human, machine) in enumerate(written_out(weights, *classes)):
        assert plain[at] == pytest.approx(metrics.cohen_kappa_score(human, machine))
        expected = metrics.cohen_kappa_score(human, machine, weights="quadratic")
        assert quadratic[at] == pytest.approx(expected)
        assert f1[at] == pytest.approx(metrics.f1_score(human, machine, average="macro"))


def test_auc_is_scikit_learns_ties_included(weights: Floats, scores: tuple[Floats, Floats]) -> None:
    truth = (scores[0] > 0.4).astype(np.float64)
    found = resampling.auc(weights, truth, scores[1])
    for at, (true, score) in enumerate(written_out(weights, truth, scores[1])):
        assert found[at] == pytest.approx(metrics.roc_auc_score(true, score))


def test_calibration_error_is_the_gap_of_each_bin_by_its_size() -> None:
    probability = np.array([0.05, 0.09, 0.55, 0.95, 1.0])
    outcome = np.array([0.0, 1.0, 1.0, 1.0, 1.0])
    weights = np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [2.0, 0.0, 0.0, 1.0, 0.0]])
    # Bins: two below 0.1 (gap 1 - 0.14), one at 0.55 (0.45), two at the top (2 - 1.95).
    found = resampling.calibration_error(weights, outcome, probability)
    assert found == pytest.approx([(0.86 + 0.45 + 0.05) / 5, (0.10 + 0.05) / 3])


def test_bins_reach_up_to_one() -> None:
    bins = resampling.bins_of(np.array([0.0, 0.0999, 0.1, 0.9999, 1.0]))
    assert bins.tolist() == [0, 0, 1, 9, 9]


ONE = np.ones((1, 3))
RISING = np.array([0.0, 0.5, 1.0])
FLAT = np.full(3, 0.1)
FEW = np.array([0, 1, 2])
SAME = np.array([1, 1, 1])


@pytest.mark.parametrize(
    "value",
    [
        resampling.pearson(ONE, RISING, FLAT),
        resampling.pearson(ONE, FLAT, RISING),
        resampling.spearman(ONE, FLAT, RISING),
        resampling.quadratic_kappa(ONE, FLAT, RISING),
        resampling.quadratic_kappa(ONE, FLAT, FLAT),
        resampling.cohen_kappa(ONE, SAME, FEW),
        resampling.macro_f1(ONE, SAME, FEW),
        resampling.auc(ONE, np.ones(3), RISING),
        resampling.auc(ONE, np.zeros(3), RISING),
        resampling.mean(np.zeros((1, 3)), RISING),
        resampling.calibration_error(np.zeros((1, 3)), RISING, RISING),
    ],
)
def test_what_has_no_meaning_is_not_a_number(value: Floats) -> None:
    assert value.shape == (1,)
    assert math.isnan(value[0])


def test_a_class_that_a_resample_lost_does_not_count_in_its_f1() -> None:
    weights = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    found = resampling.macro_f1(weights, FEW, np.array([0, 1, 1]))
    # Three classes: 1, 2/3 and 0; two classes, both right; one class has no macro-F1.
    assert found[:2] == pytest.approx([(1 + 2 / 3) / 3, 1.0])
    assert math.isnan(found[2])


@pytest.mark.parametrize("measure", [resampling.pearson, resampling.spearman])
def test_a_perfect_correlation_never_exceeds_one(
    measure: Callable[[Floats, Floats, Floats], Floats], chance: np.random.Generator
) -> None:
    values = chance.random(50)
    weights = chance.integers(1, 3, size=(20, 50)).astype(np.float64)
    found = measure(weights, values, values * 3.0 - 7.0)
    assert found == pytest.approx(np.ones(20))
    assert found.max() <= 1.0


def test_draws_are_with_replacement_and_as_many_as_there_are() -> None:
    drawn = np.vstack(list(resampling.draws(30, 30, 200, seed=0)))
    assert drawn.shape == (200, 30)
    assert (drawn.sum(axis=1) == 30).all()
    assert drawn.max() > 1
    # Each unit is drawn once on average; 200 x 30 draws keep the mean of one within a tenth or so.
    assert drawn.mean(axis=0) == pytest.approx(np.ones(30), abs=0.3)


def test_draws_depend_on_the_seed_alone_and_not_on_the_size_of_a_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = np.vstack(list(resampling.draws(7, 7, 50, seed=3)))
    monkeypatch.setattr(resampling, "_BLOCK", 100)
    blocks = list(resampling.draws(7, 10, 50, seed=3))
    assert len(blocks) == 5
    assert np.array_equal(np.vstack(blocks), whole)
    assert not np.array_equal(np.vstack(list(resampling.draws(7, 7, 50, seed=4))), whole)

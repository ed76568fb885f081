"""Figures before and after, against values worked out by hand."""

import numpy as np
import pytest

from grader.calibration import Thresholds
from grader.gains import DRAWS, figures, learning_curve, record
from grader.refining import Sample

BOUNDS = Thresholds(
    met=0.5, partial=0.4, review_low=0.5, review_high=0.5, opposition=1, off_topic=0
)
DIM = 8


def sample(name: str, odds: float, share: float, at: int = 0) -> Sample:
    return Sample(name, odds, np.eye(DIM)[at], share)


def many(count: int) -> list[Sample]:
    """The base says 0 to all; people say met to the even ones, which lie elsewhere."""
    return [sample(f"answer {n}", 0.0, float(n % 2 == 0), n % 2) for n in range(count)]


def test_figures_by_hand() -> None:
    points = {
        "cost": [sample("a", 2.0, 1.0), sample("b", -2.0, 1.0), sample("c", -2.0, 0.0)],
        "speed": [sample("a", -0.2, 0.5)],
    }
    odds = {"r": {name: np.array([one.log_odds for one in some]) for name, some in points.items()}}
    found = figures({"r": points}, odds, {"r": {"cost": 2.0, "speed": 1.0}}, BOUNDS)
    assert found["n"] == 4
    assert found["n_clear"] == 3
    assert found["n_answers"] == 3
    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["auc"] == 0.75
    assert found["kappa"] == pytest.approx(0.4, abs=1e-4)
    losses = [np.log1p(np.exp(-2)), np.log1p(np.exp(2)), np.log1p(np.exp(-2))]
    losses.append(np.log1p(np.exp(-0.2)) + 0.1)
    assert found["log_loss"] == pytest.approx(np.mean(losses), abs=1e-4)
    # a: people 2 + ½ of 3, the machine 2 + ½ (0.45 is partial); b: 2 of 2 against 0; c: 0 and 0.
    human, machine = [2.5 / 3, 1.0, 0.0], [2.5 / 3, 0.0, 0.0]
    assert found["pearson"] == pytest.approx(np.corrcoef(human, machine)[0, 1], abs=1e-4)


def test_what_does_not_apply_is_left_out() -> None:
    points = {"cost": [sample("a", 0.0, 0.5), sample("b", 0.0, 0.5)]}
    found = figures({"r": points}, {"r": {"cost": np.zeros(2)}}, None, BOUNDS)
    assert set(found) == {"n", "ece", "log_loss"}
    one_kind = {"cost": [sample("a", 0.0, 1.0), sample("b", 0.0, 1.0)]}
    found = figures({"r": one_kind}, {"r": {"cost": np.zeros(2)}}, None, BOUNDS)
    assert "auc" not in found
    assert found["accuracy"] == 1.0


def test_a_record_holds_gains_on_answers_left_out() -> None:
    rubrics = {"r": {"cost": many(24), "speed": many(12)}}
    made = record(
        rubrics, {"r": {"cost": 1.0, "speed": 2.0}}, BOUNDS, data="d", digest="0", folds=5
    )
    assert (made.answers, made.labels, made.folds) == (24, 36, 5)
    assert made.before["n"] == made.after["n"] == 36
    assert made.after["accuracy"] == 1.0
    assert made.before["accuracy"] == 0.5
    assert made.helps
    assert made.by_point["r#cost"]["n"] == 24
    assert made.by_point["r#speed"]["accuracy_before"] == 0.5
    assert made.by_point["r#speed"]["accuracy_after"] == 1.0
    again = record(
        rubrics, {"r": {"cost": 1.0, "speed": 2.0}}, BOUNDS, data="d", digest="0", folds=5
    )
    assert made == again


@pytest.mark.parametrize("count", [10, 20, 40])
def test_where_the_base_is_right_already_little_is_lost(count: int) -> None:
    rng = np.random.default_rng(0)
    some = []
    for n, share in enumerate(rng.integers(0, 2, count).astype(float)):
        vector = rng.normal(size=DIM)
        odds = 3.0 * (2 * share - 1)
        some.append(Sample(f"answer {n}", odds, vector / np.linalg.norm(vector), share))
    worth = {"r": {"cost": 1.0}}
    made = record({"r": {"cost": some}}, worth, BOUNDS, data="d", digest="0", folds=5)
    assert made.before["accuracy"] == made.after["accuracy"] == 1.0
    assert abs(made.after["log_loss"] - made.before["log_loss"]) < 0.05


def test_the_curve_rises_and_ends_where_answers_do() -> None:
    curve = learning_curve({"r": {"cost": many(30), "speed": many(12)}}, BOUNDS)
    assert [one.labels for one in curve] == [5, 10, 20]
    assert [one.points for one in curve] == [2, 2, 1]
    assert all(one.draws == DRAWS for one in curve)
    losses = [one.figures["log_loss"] for one in curve]
    assert losses == sorted(losses, reverse=True)
    assert all(one.figures["before_accuracy"] < one.figures["accuracy"] for one in curve)


def test_too_few_answers_have_no_curve() -> None:
    assert learning_curve({"r": {"cost": many(5)}}, BOUNDS) == ()

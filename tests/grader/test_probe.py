import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from grader.probe import COUNTER_WEIGHT, STRENGTH, Floats, fit_probe


def unit(rows: int, seed: int, dim: int = 40) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(rows, dim))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float64)


@pytest.mark.parametrize(("good", "bad", "other"), [(12, 9, 20), (1, 1, 0), (3, 0, 5), (30, 30, 9)])
def test_the_probe_is_the_minimum_an_independent_solver_finds(
    good: int, bad: int, other: int
) -> None:
    positive, counter, rest = unit(good, 1), unit(bad, 2), unit(other, 3)
    probe = fit_probe(positive, counter, rest)
    rows = np.vstack([positive, counter, rest])
    target = [1] * good + [0] * (bad + other)
    weight = [1.0] * good + [COUNTER_WEIGHT] * bad + [1.0] * other
    model = LogisticRegression(C=STRENGTH, tol=1e-10, max_iter=10_000)
    model.fit(rows, target, sample_weight=weight)
    assert probe.weights == pytest.approx(model.coef_[0], abs=1e-3)
    assert probe.bias == pytest.approx(model.intercept_[0], abs=1e-3)


def test_the_probe_tells_its_own_sentences_apart() -> None:
    positive, counter = unit(10, 1), unit(8, 2)
    probe = fit_probe(positive, counter, unit(0, 3))
    assert probe.score(positive).min() > 0 > probe.score(counter).max()


def test_fitting_twice_gives_the_same_bytes() -> None:
    one, two = (fit_probe(unit(9, 1), unit(7, 2), unit(5, 3)) for _ in range(2))
    assert one.weights.tobytes() == two.weights.tobytes()
    assert one.bias == two.bias


def test_the_same_sentence_on_both_sides_is_no_obstacle() -> None:
    same = np.repeat(unit(1, 1), 3, axis=0)
    probe = fit_probe(same, same, unit(0, 3))
    assert np.isfinite(probe.score(same)).all()


def test_with_nothing_to_tell_from_the_probe_says_nothing() -> None:
    probe = fit_probe(unit(3, 1), unit(0, 1), unit(0, 1))
    assert probe.score(unit(4, 2)).tolist() == [0.0] * 4

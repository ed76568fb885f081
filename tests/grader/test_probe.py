import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from grader.probe import Floats, Span, fit_probe, make_span


def unit(rows: int, seed: int, dim: int = 40) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(rows, dim))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float64)


def case(good: int, bad: int, other: int) -> tuple[Span, Floats, Floats, Floats]:
    rows = np.vstack([unit(good, 1), unit(bad, 2), unit(other, 3)])
    target = np.array([1.0] * good + [0.0] * (bad + other))
    weight = np.array([1.0] * good + [3.0] * bad + [0.5] * other)
    return make_span(rows), rows, target, weight


@pytest.mark.parametrize("strength", [3.0, 10.0])
@pytest.mark.parametrize(("good", "bad", "other"), [(12, 9, 20), (1, 1, 0), (3, 0, 5), (30, 30, 9)])
def test_the_probe_is_the_minimum_an_independent_solver_finds(
    good: int, bad: int, other: int, strength: float
) -> None:
    span, rows, target, weight = case(good, bad, other)
    probe = fit_probe(span, target, weight, strength)
    model = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000)
    model.fit(rows, target, sample_weight=weight)
    assert probe.weights == pytest.approx(model.coef_[0], abs=1e-3)
    assert probe.bias == pytest.approx(model.intercept_[0], abs=1e-3)


def test_the_probe_tells_its_own_sentences_apart() -> None:
    span, rows, target, weight = case(10, 8, 0)
    score = fit_probe(span, target, weight, 10.0).score(rows)
    assert score[:10].min() > 0 > score[10:].max()


def test_sentences_of_no_weight_change_nothing() -> None:
    _, rows, target, weight = case(6, 5, 4)
    weight[11:] = 0.0
    probe = fit_probe(make_span(rows), target, weight, 10.0)
    without = fit_probe(make_span(rows[:11]), target[:11], weight[:11], 10.0)
    assert probe.weights == pytest.approx(without.weights, abs=1e-6)


def test_fitting_twice_gives_the_same_bytes() -> None:
    one, two = (fit_probe(s, t, w, 3.0) for s, _, t, w in (case(9, 7, 5), case(9, 7, 5)))
    assert one.weights.tobytes() == two.weights.tobytes()
    assert one.bias == two.bias


def test_the_same_sentence_on_both_sides_is_no_obstacle() -> None:
    same = np.repeat(unit(1, 1), 6, axis=0)
    target = np.array([1.0] * 3 + [0.0] * 3)
    probe = fit_probe(make_span(same), target, np.ones(6), 10.0)
    assert np.isfinite(probe.score(same)).all()


def test_with_nothing_to_tell_from_the_probe_says_nothing() -> None:
    probe = fit_probe(make_span(unit(3, 1)), np.ones(3), np.ones(3), 10.0)
    assert probe.score(unit(4, 2)).tolist() == [0.0] * 4

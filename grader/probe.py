"""A rubric point as a classifier: a logistic probe fitted on a handful of sentences."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STRENGTH = 10.0
"""Inverse of the L2 penalty on the weights (C in the usual notation)."""
COUNTER_WEIGHT = 3.0
"""How much more a counterexample weighs than an exemplar: near misses are what matters."""
_STEPS = 50
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Probe:
    """A plane in embedding space between what meets a point and what does not."""

    weights: Floats
    """float64 [d]."""
    bias: float

    def score(self, vectors: Floats) -> Floats:
        """Place claims on either side of the plane.

        Args:
            vectors: float64 [n, d], unit rows.

        Returns:
            float64 [n], log-odds of meeting the point.
        """
        return np.asarray(vectors @ self.weights + self.bias, dtype=np.float64)


def fit_probe(positive: Floats, counter: Floats, other: Floats) -> Probe:
    """Fit a probe.

    Minimises the weighted logistic loss plus `|w|^2 / 2C` by Newton's method, in the span of
    the sentences (there are fewer of them than dimensions). Deterministic.

    Args:
        positive: float64 [p, d], the exemplars, at least one.
        counter: float64 [c, d], the counterexamples, weighted `COUNTER_WEIGHT`.
        other: float64 [o, d], further sentences that do not meet the point.

    Returns:
        The probe; one that scores 0 everywhere if nothing was given to tell exemplars from.
    """
    dim = positive.shape[1]
    if len(counter) + len(other) == 0:
        return Probe(np.zeros(dim), 0.0)
    rows = np.vstack([positive, counter, other])
    target = np.concatenate([np.ones(len(positive)), np.zeros(len(counter) + len(other))])
    weight = np.concatenate(
        [np.ones(len(positive)), np.full(len(counter), COUNTER_WEIGHT), np.ones(len(other))]
    )
    gram = rows @ rows.T
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * 1e-10
    # Columns of `basis` are orthonormal in embedding space, `points` the rows in that basis.
    basis = vectors[:, kept] / np.sqrt(values[kept])
    points = gram @ basis
    solution = _newton(np.column_stack([points, np.ones(len(rows))]), target, weight)
    return Probe(rows.T @ (basis @ solution[:-1]), float(solution[-1]))


def _newton(design: Floats, target: Floats, weight: Floats) -> Floats:
    """Minimise the penalised loss; the last column is the bias and is not penalised."""
    penalty = np.full(design.shape[1], 1.0)
    penalty[-1] = 0.0
    solution = np.zeros(design.shape[1])
    loss = _loss(design, target, weight, penalty, solution)
    for _ in range(_STEPS):
        chance = _sigmoid(design @ solution)
        slope = penalty * solution + STRENGTH * design.T @ (weight * (chance - target))
        bend = STRENGTH * (design.T * (weight * chance * (1.0 - chance))) @ design
        bend[np.diag_indices_from(bend)] += penalty + 1e-12
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while True:
            moved = solution - size * step
            new_loss = _loss(design, target, weight, penalty, moved)
            if new_loss <= loss or size < 1e-6:
                break
            size /= 2.0
        gain = loss - new_loss
        if gain <= 0.0:
            break
        solution, loss = moved, new_loss
        if gain < _TOLERANCE * (1.0 + loss):
            break
    return solution


def _loss(
    design: Floats, target: Floats, weight: Floats, penalty: Floats, solution: Floats
) -> float:
    score = design @ solution
    losses = np.logaddexp(0.0, score) - target * score
    return float(0.5 * penalty @ solution**2 + STRENGTH * weight @ losses)


def _sigmoid(score: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * score)), dtype=np.float64)

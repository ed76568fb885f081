"""A rubric point as classifiers: logistic probes fitted on the rubric's own sentences."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 50
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ProbeWeights:
    """What each kind of sentence counts when a probe is fitted; an exemplar counts 1."""

    strength: float
    """Inverse of the L2 penalty on the weights (C in the usual notation)."""
    counter: float
    """The point's own counterexamples."""
    sibling: float
    """Exemplars of the rubric's other points, and the question."""
    sibling_counter: float
    """Counterexamples of the rubric's other points."""


TOPIC = ProbeWeights(strength=3.0, counter=0.25, sibling=1.0, sibling_counter=1.0)
"""Finds the claim that speaks of the point; hardly looks at what denies it."""
STANCE = ProbeWeights(strength=10.0, counter=3.0, sibling=1.0, sibling_counter=0.5)
"""Weighs what it says: a near miss counts three times."""
TWIN = ProbeWeights(strength=10.0, counter=1.0, sibling=0.0, sibling_counter=0.0)
"""Exemplars against counterexamples and nothing else: asserted, or denied."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A plane in embedding space between what meets a point and what does not."""

    weights: Floats
    """float64 [d]."""
    bias: float

    def score(self, vectors: Floats) -> Floats:
        """Place texts on either side of the plane.

        Args:
            vectors: float64 [n, d], unit rows.

        Returns:
            float64 [n], log-odds.
        """
        return np.asarray(vectors @ self.weights + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Span:
    """Sentences in as few coordinates as they need; all probes of a rubric share it."""

    points: Floats
    """float64 [n, k], the sentences in these coordinates."""
    back: Floats
    """float64 [d, k], from these coordinates to the embedding space; orthonormal columns."""


def make_span(rows: Floats) -> Span:
    """Find coordinates for sentences: those of their span, if they are fewer than dimensions.

    Args:
        rows: float64 [n, d], at least one row.
    """
    count, dim = rows.shape
    if count >= dim:
        return Span(rows, np.eye(dim))
    values, vectors = np.linalg.eigh(rows @ rows.T)
    kept = values > values[-1] * 1e-10
    back = rows.T @ (vectors[:, kept] / np.sqrt(values[kept]))
    return Span(rows @ back, back)


def fit_probe(span: Span, target: Floats, weight: Floats, strength: float) -> Probe:
    """Fit a probe.

    Minimises `strength` times the weighted logistic loss plus `|w|^2 / 2` by Newton's method;
    the bias is not penalised. Deterministic.

    Args:
        span: of n sentences.
        target: float64 [n], 1 or 0.
        weight: float64 [n], at least 0.
        strength: above 0.

    Returns:
        The probe; one that scores 0 everywhere if the weighted sentences are all of one kind.
    """
    used = weight > 0
    if len(np.unique(target[used])) < 2:
        return Probe(np.zeros(len(span.back)), 0.0)
    design = np.column_stack([span.points[used], np.ones(int(used.sum()))])
    solution = _newton(design, target[used], strength * weight[used])
    return Probe(span.back @ solution[:-1], float(solution[-1]))


def _newton(design: Floats, target: Floats, weight: Floats) -> Floats:
    """Minimise the penalised loss; the last column is the bias and is not penalised."""
    penalty = np.ones(design.shape[1])
    penalty[-1] = 0.0
    solution = np.zeros(design.shape[1])
    loss = _loss(design, target, weight, penalty, solution)
    for _ in range(_STEPS):
        chance = _sigmoid(design @ solution)
        slope = penalty * solution + design.T @ (weight * (chance - target))
        bend = (design.T * (weight * chance * (1.0 - chance))) @ design
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
    return float(0.5 * penalty @ solution**2 + weight @ losses)


def _sigmoid(score: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * score)), dtype=np.float64)

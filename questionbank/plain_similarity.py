"""The yardstick: what is credited if nothing but similarity to the description decides."""

from collections.abc import Mapping, Sequence

import numpy as np

from grader.cache import VectorCache
from grader.encoder import Encoder
from questionbank.attack import Attack
from questionbank.attacks.material import Material, sentences

THRESHOLD = 0.28
"""Cosine from which a sentence counts as meeting a point's description.

Chosen as the one that best separates met from not met on the 2,516 labelled points of the graded
examples of 63 rubrics with the default weights; 72% of them come out right there.
"""


class PlainSimilarity:
    """Credits a point whose description comes close to any sentence of the answer.

    Args:
        encoder: the one that the grader uses.
        threshold: cosine, -1 to 1.
    """

    def __init__(self, encoder: Encoder, threshold: float = THRESHOLD) -> None:
        self._vectors = VectorCache(encoder)
        self._threshold = threshold

    def __call__(
        self, attacks: Sequence[Attack], found: Mapping[str, Material]
    ) -> list[frozenset[str]]:
        """Judge attacks, their sentences split as the grader splits them.

        Returns:
            For each attack, the ids of the points credited.
        """
        split = [sentences(attack.text) for attack in attacks]
        self._vectors.encode([text for texts in split for text in texts])
        return [
            self._credits(texts, found[attack.rubric_id])
            for attack, texts in zip(attacks, split, strict=True)
        ]

    def _credits(self, texts: Sequence[str], material: Material) -> frozenset[str]:
        if not texts:
            return frozenset()
        wanted = self._vectors.encode([point.description for point in material.points])
        near = (self._vectors.encode(texts) @ wanted.T).max(axis=0)
        return frozenset(
            point.id
            for point, cosine in zip(material.points, near, strict=True)
            if bool(np.greater_equal(cosine, self._threshold))
        )

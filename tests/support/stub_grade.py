"""The program with an encoder of nothing in place of the model: what all the rest costs.

Run as `python tests/support/stub_grade.py grade FILE --output FILE`.
"""

import hashlib
import sys
from collections.abc import Sequence

import numpy as np

from grader.cache import VectorCache
from grader.calibration import load_calibration
from grader.encoder import TokenVectors, Vectors
from grader.engine import Grader
from grader.loading import VECTORS, GraderSettings, kept_in
from questionbank.cli import context
from questionbank.cli.main import main


class HashEncoder:
    """A text's vector is made of its digest: as large as the default model's, and at once."""

    name = "hash"
    dtype = "float32"
    device = "cpu"
    dim = 384

    def __init__(self, weights_digest: str) -> None:
        self.weights_digest = weights_digest

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            found = hashlib.shake_128(text.encode()).digest(self.dim)
            vectors[row] = np.frombuffer(found, dtype=np.int8)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        raise NotImplementedError


def load_stub(settings: GraderSettings) -> Grader:
    """The shipped calibration over vectors that mean nothing."""
    calibration = load_calibration(None)
    encoder = HashEncoder(calibration.weights_digest)
    kept = kept_in(settings, VECTORS)
    return Grader(encoder, calibration, VectorCache(encoder, settings.cache_folder, kept=kept))


if __name__ == "__main__":
    context.load_grader = load_stub  # type: ignore[assignment]
    sys.exit(main())

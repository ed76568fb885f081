"""The narrow door to whatever turns text into vectors."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""float32 [n, d], unit rows."""


class TokenVectors(NamedTuple):
    """The words of a text, in pieces as the encoder reads them."""

    vectors: Vectors
    """float32 [n, d], unit rows: each in its context."""
    rarity: npt.NDArray[np.float64]
    """float64 [n], 0.1 to 1: how rare each piece is, by its place in the vocabulary."""


class Portion(NamedTuple):
    """How much an encoder is given at a time; it changes the speed and nothing else."""

    answers: int = 32
    """Whose claims are embedded together."""
    texts: int = 128
    """Embedded between two looks at whether to stop: a fraction of a second's worth."""


class Encoder(Protocol):
    """Turns texts into unit vectors, the same bytes for the same text whatever stands beside it."""

    @property
    def name(self) -> str:
        """What a grade calls this encoder."""
        ...

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the weights, 64 hexadecimal digits."""
        ...

    @property
    def dtype(self) -> str:
        """`float32`, `bfloat16` or `float16`."""
        ...

    @property
    def device(self) -> str:
        """`cpu`, `cuda` or `mps`."""
        ...

    @property
    def dim(self) -> int:
        """Length d of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Args:
            texts: any number of non-blank strings.

        Returns:
            float32 [n, d], unit rows, in the order given; [0, d] for no texts.
        """
        ...

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Embed the words of texts, each in its context.

        Args:
            texts: any number of non-blank strings.

        Returns:
            For each text its tokens that hold a letter or digit, in order; maybe none.
        """
        ...


def portion_of(encoder: Encoder) -> Portion:
    """How much to give an encoder at a time, if it says so; else what suits a processor."""
    said: Portion = getattr(encoder, "portion", Portion())
    return said


def backend_of(encoder: Encoder) -> str | None:
    """Name what runs an encoder, if it says so; None for torch."""
    named: str | None = getattr(encoder, "backend", None)
    return named


def embedded(encoder: Encoder) -> int:
    """Count the tokens it has embedded so far, padding left out; 0 if it does not count."""
    return int(getattr(encoder, "embedded", 0))

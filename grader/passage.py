"""A text as the comparison with reference answers reads it: whole, in claims, and word by word."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from grader.cache import VectorCache
from grader.claims import split_claims
from grader.encoder import Encoder, TokenVectors
from grader.probe import Floats
from grader.reading import plain
from grader.text import normalise

_KEPT = 512
"""Passages kept ready: references and questions come again with every answer."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, embedded."""

    text: str
    """Plain; may be empty, then all vectors are zero."""
    vector: Floats
    """float64 [d], a unit vector."""
    claims: Floats
    """float64 [claims, d], unit rows, at least one."""
    tokens: Floats
    """float64 [tokens, d], unit rows; none for a text without letters or digits."""
    rarity: Floats
    """float64 [tokens], 0.1 to 1: how rare each is in English."""


class PassageReader:
    """Embeds texts for comparison, and remembers those met last.

    Args:
        encoder: embeds.
        cache: the encoder's vectors; one in memory if None.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache | None = None) -> None:
        self._encoder = encoder
        self._cache = cache or VectorCache(encoder)
        self._known: OrderedDict[str, Passage] = OrderedDict()

    def read(self, texts: Iterable[str]) -> dict[str, Passage]:
        """Embed texts, new ones together.

        Args:
            texts: as given; may be blank.

        Returns:
            A passage for each distinct text.
        """
        wanted = list(dict.fromkeys(texts))
        found = {text: self._known[text] for text in wanted if text in self._known}
        fresh = [text for text in wanted if text not in found]
        found.update(zip(fresh, self._embed(fresh), strict=True))
        for text in wanted:
            self._known[text] = found[text]
            self._known.move_to_end(text)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    def _embed(self, texts: list[str]) -> list[Passage]:
        whole = {text: plain(text) for text in texts}
        parts = {text: _claims(text) for text in texts}
        needed = [one for text in texts for one in (whole[text], *parts[text]) if one]
        unique = list(dict.fromkeys(needed))
        known = dict(zip(unique, self._cache.encode(unique).astype(np.float64), strict=True))
        readable = list(dict.fromkeys(one for one in whole.values() if one))
        tokens = dict(zip(readable, self._encoder.encode_tokens(readable), strict=True))
        return [self._passage(whole[text], parts[text], known, tokens) for text in texts]

    def _passage(
        self,
        text: str,
        parts: list[str],
        known: dict[str, Floats],
        tokens: dict[str, TokenVectors],
    ) -> Passage:
        dim = self._encoder.dim
        if not text:
            none = np.zeros((0, dim))
            return Passage("", np.zeros(dim), np.zeros((1, dim)), none, np.zeros(0))
        claims = np.stack([known[part] for part in parts or [text]])
        words = tokens[text]
        return Passage(text, known[text], claims, words.vectors.astype(np.float64), words.rarity)


def _claims(text: str) -> list[str]:
    return [claim.text for claim in split_claims(normalise(text))]

"""How rare the pieces are that a tokenizer cuts words into."""

import math
from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

_CHARACTER = 0.5
"""Rarity of a single character: "bulb A" and "terminal 1" tell more than their frequency."""


def piece_rarity(
    vocabulary: Mapping[str, int], special: Collection[str]
) -> npt.NDArray[np.float64]:
    """Weigh the pieces of a vocabulary.

    A vocabulary of word pieces stands in the order of frequency behind its single characters, so
    that the logarithm of the place tells what counting texts would.

    Args:
        vocabulary: token id by piece.
        special: pieces that are marks of the model's own.

    Returns:
        float64 by token id, 0.1 to 1; 0 for what holds no letter or digit, and for marks.
    """
    bare = {name.removeprefix("##"): at for name, at in vocabulary.items()}
    first = min((at for name, at in bare.items() if len(name) > 1 and name.isalpha()), default=0)
    weights = np.zeros(max(vocabulary.values()) + 1)
    for name, at in vocabulary.items():
        piece = name.removeprefix("##")
        if name in special or not any(char.isalnum() for char in piece):
            continue
        place = math.log(max(1, at - first + 1)) / math.log(max(2, len(vocabulary)))
        weights[at] = _CHARACTER if len(piece) == 1 else min(1.0, max(0.1, place))
    return weights

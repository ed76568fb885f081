"""The stretches of an answer that are read at once: claims, neighbouring pairs, clauses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

_SPLIT = re.compile(
    r"(?:[,;:]\s+|\s+[-\u2013\u2014]\s+|\s+)"
    r"(?=(?:but|because|although|though|while|whereas|so|since|unless|instead|rather than"
    r"|however)\b)"
    r"|;\s+|:\s+|\s[-\u2013\u2014]\s|,\s+(?=(?:and|or|then|which|not|i|we|it|if|for|to)\b)",
    re.IGNORECASE,
)
_FEWEST = 4
"""Words a clause needs to stand alone."""


class Kind(StrEnum):
    """How much of the answer a unit takes in."""

    CLAIM = "claim"
    PAIR = "pair"
    """Two claims in a row: a point is often made in two sentences."""
    CLAUSE = "clause"
    """A part of a claim: a long sentence may make the point in passing."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of the answer."""

    text: str
    first: int
    """The claim it begins in."""
    last: int
    """The claim it ends in."""
    kind: Kind


def read_units(claims: Sequence[str]) -> tuple[Unit, ...]:
    """List the units of an answer.

    Args:
        claims: their texts, in order.

    Returns:
        The claims first, then the pairs, then the clauses of claims that have several.
    """
    units = [Unit(claim, at, at, Kind.CLAIM) for at, claim in enumerate(claims)]
    pairs = enumerate(pairwise(claims))
    units += [Unit(f"{one} {two}", at, at + 1, Kind.PAIR) for at, (one, two) in pairs]
    for at, claim in enumerate(claims):
        units += [Unit(part, at, at, Kind.CLAUSE) for part in clauses(claim)]
    return tuple(units)


def clauses(claim: str) -> tuple[str, ...]:
    """Split a claim at its conjunctions and marks; parts of few words stay with what precedes.

    Returns:
        At least two clauses, or none.
    """
    parts: list[str] = []
    for part in (piece.strip(" ,;:-") for piece in _SPLIT.split(claim)):
        if not part:
            continue
        if parts and (_short(part) or _short(parts[-1])):
            parts[-1] += " " + part
        else:
            parts.append(part)
    return tuple(parts) if len(parts) > 1 else ()


def _short(text: str) -> bool:
    return len(text.split()) < _FEWEST

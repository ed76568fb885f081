"""Figures that were measured."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    what: str
    seconds: tuple[float, ...]
    limit: str

    def quantile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def median(self) -> float:
        return self.quantile(0.5)


class Figures:
    """All that was measured in this run."""

    def __init__(self) -> None:
        self.rows: list[Figure] = []

    def add(self, what: str, seconds: Sequence[float], limit: str) -> Figure:
        figure = Figure(what, tuple(seconds), limit)
        self.rows.append(figure)
        return figure

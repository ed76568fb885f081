"""Counts how often an order was begun, so that one that kills its workers is given up."""

from collections import Counter

TRIES = 5
"""Ray itself would replace for ever a worker that dies of what it is given."""


class Tally:
    """An actor beside the process that reads."""

    def __init__(self) -> None:
        self._begun: Counter[int] = Counter()

    def begin(self, first: int) -> bool:
        """Note that a worker begins an order.

        Args:
            first: number of the order's first row.

        Returns:
            Whether it should: False if so many have ended over it that the next would, too.
        """
        self._begun[first] += 1
        return self._begun[first] <= TRIES

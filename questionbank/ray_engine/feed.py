"""Rows on their way to the workers: so many ahead and no more."""

import asyncio
from collections import Counter

from questionbank.ray_engine.work import Order

TAKEN = 5
"""Times that an order is handed out: Ray itself would replace for ever a worker that dies of it."""


class Feed:
    """An actor beside the process that reads.

    A worker that asks for rows which are not here yet waits: that keeps a fast cluster from
    running ahead of a slow disk. An order stays until its lines are written, as a worker may die
    over it and another has to ask again.
    """

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._done = 0
        self._taken: Counter[int] = Counter()
        self._changed = asyncio.Condition()

    async def offer(self, index: int, order: Order) -> None:
        """Put in an order."""
        async with self._changed:
            self._orders[index] = order
            self._changed.notify_all()

    async def take(self, index: int) -> Order | str | None:
        """Wait for an order.

        Returns:
            The order; None for one that is done; a sentence on one over which so many workers
            have ended that the next would, too.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: index < self._done or index in self._orders)
            order = self._orders.get(index)
            self._taken[index] += 1
            if order is not None and self._taken[index] > TAKEN:
                first, last = order.first + 1, order.first + len(order.rows)
                return (
                    f"{TAKEN} workers ended over rows {first} to {last}, perhaps for want of "
                    "memory; try fewer --workers, or those rows alone with the local engine"
                )
            return order

    async def drop(self, index: int) -> None:
        """Forget the orders up to one whose lines are written."""
        async with self._changed:
            self._done = index + 1
            for one in [one for one in self._orders if one <= index]:
                del self._orders[one]
                del self._taken[one]

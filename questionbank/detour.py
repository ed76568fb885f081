"""A detour: some items of a stream go through what reads ahead, and come back to their places."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

MOST = 2000
"""Items in a row that take no detour before what reads ahead is let run dry: so memory stays flat
where nobody needs to go."""

Item = TypeVar("Item")
Asked = TypeVar("Asked")
Given = TypeVar("Given")


def detoured(
    items: Iterable[Item],
    ask: Callable[[Item], Asked | None],
    answer: Callable[[Iterator[Asked]], Iterator[Given]],
) -> Iterator[tuple[Item, Given | None]]:
    """Send items on a detour, in order, reading on only as results are taken.

    Args:
        items: the stream.
        ask: what to ask about an item; None for nothing.
        answer: answers a stream of questions in order, and may read ahead in it; called only if
            there is one.

    Yields:
        Each item with the answer; None if nothing was asked.
    """
    stream = iter(items)
    waiting: deque[tuple[Item, bool]] = deque()
    over = False

    def questions() -> Iterator[Asked]:
        nonlocal over
        idle = 0
        for item in stream:
            asked = ask(item)
            waiting.append((item, asked is not None))
            idle = idle + 1 if asked is None else 0
            if asked is not None:
                yield asked
            elif idle >= MOST:
                return
        over = True

    while not over:
        asked = questions()
        first = list(islice(asked, 1))
        for given in answer(chain(first, asked)) if first else ():
            while not waiting[0][1]:
                yield waiting.popleft()[0], None
            yield waiting.popleft()[0], given
        while waiting:
            yield waiting.popleft()[0], None

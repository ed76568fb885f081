"""Stages that overlap: while one window is embedded the next is read and the last is decided.

The windows are taken from their source in the caller's thread (it may hold a database that knows
no other), two stages work in a thread each, and no more than `AHEAD` windows are under way: so
memory stays flat, and a slow reader of the results slows everything before it.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Lock
from typing import TypeVar

AHEAD = 2
"""Windows under way beside the one that is being taken."""

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Stop:
    """A request to stop, for a stage that takes long."""

    def __init__(self) -> None:
        self._asked = Event()

    def ask(self) -> None:
        """Have stages stop where they next look."""
        self._asked.set()

    def check(self) -> None:
        """Go no further if that was asked for.

        Raises:
            InterruptedError: it was.
        """
        if self._asked.is_set():
            raise InterruptedError("the results are no longer wanted")


class Stopwatch:
    """Seconds spent in each stage; stages overlap, so they may add up to more than passed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = Lock()

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            taken = time.perf_counter() - began
            with self._lock:
                self.seconds[stage] = self.seconds.get(stage, 0.0) + taken


def overlapped(
    source: Iterator[A], first: Callable[[A], B], second: Callable[[B, Stop], C]
) -> Iterator[C]:
    """Send windows through two stages, each in a thread of its own, in order.

    Args:
        source: the windows; taken in the caller's thread, a few ahead.
        first: the first stage.
        second: the one that takes long; it looks now and then whether to stop.

    Yields:
        What the second stage makes of each window.

    Raises:
        Exception: whatever a stage raises, in its turn.
    """
    stop = Stop()
    waiting: deque[Future[C]] = deque()
    trouble: list[Exception] = []
    one, other = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    try:
        for window in _up_to_trouble(source, trouble):
            made = one.submit(first, window)
            waiting.append(other.submit(_follow, made, second, stop))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        for error in trouble:
            raise error
    finally:
        # Whoever stops taking results, by Ctrl-C too, waits for nothing: what is under way ends
        # where it next looks whether to stop, and nobody takes what comes of it.
        stop.ask()
        for executor in (one, other):
            executor.shutdown(wait=False, cancel_futures=True)


def _up_to_trouble(source: Iterator[A], trouble: list[Exception]) -> Iterator[A]:
    """Take from a source; an error ends it and is kept until what came before it is through."""
    try:
        yield from source
    except Exception as error:  # noqa: BLE001 - raised again in its turn
        trouble.append(error)


def _follow(made: Future[B], second: Callable[[B, Stop], C], stop: Stop) -> C:
    return second(made.result(), stop)

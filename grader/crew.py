"""Graders in processes of their own, one a device: the same grades, in the same order.

Each process holds the model and takes orders of some answers; while it grades one the next waits
in it already. The process that reads and writes computes nothing.
"""

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from grader.errors import WorkerError
from grader.grade import Grade
from grader.loading import GraderSettings, load_grader
from grader.processor import threads
from grader.request import GradeRequest
from grader.worker import describe, failure
from grader.worker_client import error_of

if TYPE_CHECKING:
    from grader.engine import Grader

ORDER = 64
"""Answers of an order, unless more are to be embedded together."""
_AHEAD = 3
"""Orders that a process has at a time."""
_PATIENCE = 4
"""Orders for each process that may be made before the first of them is taken."""
_GRACE = 2.0
"""Seconds a process gets to end when it is told."""

Load = Callable[[GraderSettings], "Grader"]


class _Order(NamedTuple):
    """Some answers to grade."""

    number: int
    requests: list[GradeRequest]
    batch_size: int | None


@dataclass
class _Hand:
    """A process and what it was given."""

    device: str
    process: Any
    pipe: "Connection[Any, Any]"
    under_way: set[int] = field(default_factory=set)
    """Numbers of its orders."""

    def take(self) -> Any:  # noqa: ANN401 - whatever it sends
        """Wait for a message.

        Raises:
            WorkerError: it has ended.
        """
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(_GRACE)
            status = self.process.exitcode
            how = f", killed by signal {-status}" if status is not None and status < 0 else ""
            raise WorkerError(f"the process on {self.device} ended{how}") from None

    def give(self, order: _Order) -> None:
        """Give it an order; if it has ended, `take` will say so."""
        self.under_way.add(order.number)
        with contextlib.suppress(OSError):
            self.pipe.send(order)


class Crew:
    """Graders on several devices; a context manager, entered when all are ready.

    Args:
        settings: what to grade with; its device is not used.
        devices: one for each process; the same one may be named more than once.
        load: makes a grader in such a process.
    """

    def __init__(
        self, settings: GraderSettings, devices: Sequence[str], load: Load = load_grader
    ) -> None:
        self._settings = settings
        self._devices = tuple(devices)
        self._load = load
        self._hands: list[_Hand] = []
        self._last = -1
        self.described: dict[str, Any] = {}
        """What all of them grade with, as `grader.worker.describe` says it."""

    def __enter__(self) -> Self:
        """Start the processes.

        Raises:
            GraderError: one cannot grade, or would not grade as the others do.
            ValueError: a device or dtype that is none.
        """
        context = multiprocessing.get_context("spawn")
        share = max(1, threads() // max(1, len(self._devices)))
        try:
            for device in self._devices:
                near, far = context.Pipe()
                settings = self._settings.model_copy(update={"device": device})
                process = context.Process(
                    target=_work, args=(far, settings, share, self._load), daemon=True
                )
                process.start()
                far.close()
                self._hands.append(_Hand(device, process, near))
            self.described = self._greeted()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def _greeted(self) -> dict[str, Any]:
        """Wait until all are ready; what they grade with."""
        said = [_checked(hand.take()) for hand in self._hands]
        for hand, one in zip(self._hands, said, strict=True):
            if one != said[0]:
                raise WorkerError(
                    f"{hand.device} would not grade as {self._hands[0].device} does; give --dtype"
                )
        return dict(said[0])

    def grade_many(
        self, items: Iterable[GradeRequest], batch_size: int | None = None
    ) -> Iterator[Grade]:
        """Grade a stream of answers as `Grader.grade_many` does.

        Raises:
            GraderError: what a process could not grade, or that it has ended.
        """
        stream = iter(items)
        size = max(ORDER, batch_size or 0)
        orders = iter(lambda: list(islice(stream, size)), [])
        made: dict[int, list[Grade]] = {}
        turn = self._last + 1
        more = True
        while more or turn <= self._last:
            more = more and self._hand_out(orders, batch_size, turn)
            if turn in made:
                yield from made.pop(turn)
                turn += 1
            elif more or turn <= self._last:
                self._collect(made, turn)

    def _hand_out(
        self, orders: Iterator[list[GradeRequest]], batch_size: int | None, turn: int
    ) -> bool:
        """Give orders to whoever has the fewest, until all have enough; False if there are none."""
        while self._last - turn < _PATIENCE * len(self._hands):
            hand = min(self._hands, key=lambda one: len(one.under_way))
            if len(hand.under_way) >= _AHEAD:
                break
            requests = next(orders, None)
            if requests is None:
                return False
            self._last += 1
            hand.give(_Order(self._last, requests, batch_size))
        return True

    def _collect(self, made: dict[int, list[Grade]], turn: int) -> None:
        """Take what is there, waiting for something; orders nobody waits for are let go."""
        pipes = {hand.pipe: hand for hand in self._hands if hand.under_way}
        for pipe in wait(list(pipes)):
            hand = pipes[pipe]  # type: ignore[index]
            number, outcome = hand.take()
            hand.under_way.discard(number)
            if number >= turn:
                made[number] = _checked(outcome)

    def _end(self) -> None:
        """End the processes; what they are at is not waited for."""
        for hand in self._hands:
            hand.process.kill()
        for hand in self._hands:
            hand.process.join(_GRACE)
            hand.pipe.close()
        self._hands.clear()


def _checked(outcome: Any) -> Any:  # noqa: ANN401 - whatever a process sends
    """What a process sent, unless it is why it cannot."""
    if isinstance(outcome, dict) and "error" in outcome:
        if outcome["kind"] == ValueError.__name__:
            raise ValueError(outcome["error"])
        raise error_of(outcome)
    return outcome


def _work(pipe: "Connection[Any, Any]", settings: GraderSettings, share: int, load: Load) -> None:
    """Be one of the processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that writes
    os.environ["OMP_NUM_THREADS"] = str(share)  # read when a library that computes is imported
    with contextlib.suppress(OSError):  # nobody listens any more
        try:
            grader = load(settings)
        except ValueError as error:
            pipe.send({"kind": ValueError.__name__, "error": str(error)})
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be heard of
            pipe.send(failure(error))
        else:
            pipe.send(describe(grader))
            _serve(grader, pipe, hung_up=lambda: os._exit(0))
    os._exit(0)  # all is said, and torch would take a second or two to tidy up


def _serve(grader: "Grader", pipe: "Connection[Any, Any]", hung_up: Callable[[], None]) -> None:
    """Carry out orders until there are no more; `hung_up` is called when nobody listens."""
    orders: Queue[_Order | None] = Queue()
    # Read in a thread, so that nobody is held up who sends us something while we send him.
    Thread(target=_read, args=(pipe, orders, hung_up), daemon=True).start()
    while (order := orders.get()) is not None:
        begun: deque[tuple[int, int]] = deque()
        grades: list[Grade] = []
        try:
            for grade in grader.grade_many(_requests(order, orders, begun), order.batch_size):
                grades.append(grade)
                if len(grades) == begun[0][1]:
                    pipe.send((begun.popleft()[0], grades))
                    grades = []
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be heard of
            pipe.send((begun[0][0] if begun else order.number, failure(error)))


def _requests(
    order: _Order, orders: "Queue[_Order | None]", begun: deque[tuple[int, int]]
) -> Iterator[GradeRequest]:
    """The answers of an order, and of those that have come meanwhile: the stages never run dry."""
    found: _Order | None = order
    while found is not None:
        begun.append((found.number, len(found.requests)))
        yield from found.requests
        try:
            found = orders.get_nowait()
        except Empty:
            return
    orders.put(None)  # the end, for whoever reads on


def _read(
    pipe: "Connection[Any, Any]", orders: "Queue[_Order | None]", hung_up: Callable[[], None]
) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            orders.put(pipe.recv())
    hung_up()
    orders.put(None)

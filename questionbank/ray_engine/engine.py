"""Sends the rows of a file through a cluster, and brings the lines back in order."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Self

from grader.errors import WorkerError
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.ray_engine.cluster import Share, shares
from questionbank.ray_engine.feed import Feed
from questionbank.ray_engine.work import Made, Order, Work
from questionbank.ray_engine.worker import HELLO, Worker

Rows = Iterable[tuple[int, AnswerRow | BadRow]]

MOST_ROWS = 500
"""Rows of an order at most."""
LEAST_ROWS = 32
"""And at least, unless the file has fewer."""
_ORDERS = 8
"""Orders for each worker at least, if the file is long enough, so that all end at about the same
time."""
AHEAD = 4
"""Orders read ahead for each worker."""
PATIENCE = 600
"""Seconds to wait for the cluster to have room for the first worker."""
TRIES = 3
"""Starts in a row from which nothing came before we give up."""


class RayEngine:
    """Grades with the workers of a cluster; a context manager.

    Args:
        ray: the module, connected.
        work: what the workers are to know.
        count: rows of the file.
        workers: wanted; None for as many as fit.
    """

    def __init__(self, ray: Any, work: Work, count: int, workers: int | None) -> None:  # noqa: ANN401
        self._ray = ray
        self._work = ray.put(work)
        self._version = work.package_version
        self._count = count
        self._share = shares(ray.cluster_resources(), workers, work.settings.device)
        self._seen: set[str] = set()
        self._pass: _Pass | None = None
        self._hello: Made | None = None
        wanted = -(-count // (_ORDERS * self._share.workers))
        self._rows = min(MOST_ROWS, max(LEAST_ROWS, wanted))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    @property
    def share(self) -> Share:
        """How the cluster is divided."""
        return self._share

    @property
    def replaced(self) -> int:
        """Workers that took the place of one that ended unexpectedly, about."""
        return max(0, len(self._seen) - self._share.workers)

    def start(self) -> Made:
        """Start the workers: seconds.

        Returns:
            What they grade with.

        Raises:
            GraderError: the model or its calibration cannot be used, or the cluster cannot.
            UsageError: the device cannot be used.
        """
        return next(self._kept_up(lambda at: self._first(at)))

    def results(self, rows: Callable[[], Rows], done: int) -> Iterator[Made]:
        """Grade the rows of the file.

        Args:
            rows: reads them from the beginning.
            done: how many at the front are graded already.

        Yields:
            What was made, in the order of the file. The next order is read only when this one is
            taken back, so that whoever is slow to write slows the reading.

        Raises:
            GraderError: the workers differ in what they grade with, or cannot go on.
        """
        yield from self._kept_up(lambda at: self._from(rows, at, done))

    def _first(self, at: int) -> Iterator[tuple[int, Made]]:
        del at
        self._begin(self._count)
        if self._hello is None:
            raise WorkerError("no worker of the cluster said what it grades with")
        yield self._count, self._hello

    def _from(self, rows: Callable[[], Rows], at: int, done: int) -> Iterator[tuple[int, Made]]:
        """What is made of the rows from `at` on, each with the number of the row after it."""
        if self._pass is None:
            self._begin(self._count - at)
        going = self._pass
        if going is None:
            raise WorkerError("the cluster did not start")
        stream = islice(rows(), at, None)
        orders = enumerate(self._orders(stream, at, done), start=HELLO + 1)
        ends: list[int] = []

        def offer(how_many: int) -> None:
            for index, order in islice(orders, how_many):
                going.offer(index, order)
                ends.append(order.first + len(order.rows))

        offer(AHEAD * self._share.workers)
        index = HELLO
        while (index - HELLO) < len(ends):
            index += 1
            made = going.next_made(index)
            self._check(made)
            yield ends[index - HELLO - 1], made
            going.drop(index)
            offer(1)

    def _kept_up(self, work: Callable[[int], Iterator[tuple[int, Made]]]) -> Iterator[Made]:
        """Start again where it stopped when the cluster lost what could not be replaced."""
        at, tries = 0, 0
        while True:
            try:
                for reached, made in work(at):
                    at, tries = reached, 0
                    yield made
            except self._ray.exceptions.RayError as error:
                self._end()
                tries += 1
                if tries >= TRIES:
                    raise WorkerError(_cause(error)) from error
                continue
            return

    def _begin(self, rows: int) -> None:
        self._end()
        going = _Pass(self._ray, self._work, self._share, -(-rows // self._rows))
        self._pass = going
        hello = going.next_made(HELLO)
        self._hello = self._hello or hello
        self._check(hello)

    def _end(self) -> None:
        if self._pass is not None:
            self._pass.close()
            self._pass = None

    def _orders(
        self, stream: Iterator[tuple[int, AnswerRow | BadRow]], first: int, done: int
    ) -> Iterator[Order]:
        while rows := tuple(islice(stream, self._rows)):
            yield Order(first, min(len(rows), max(0, done - first)), rows)
            first += len(rows)

    def _check(self, made: Made) -> None:
        if made.error is not None:
            raise made.error
        self._seen.add(made.worker)
        check_alike(made.made_with, (self._hello or made).made_with, self._version)


def check_alike(
    found: dict[str, str | None], first: dict[str, str | None], package_version: str
) -> None:
    """See that a worker grades as the others do.

    Args:
        found: what it grades with.
        first: what the first worker that was heard of grades with.
        package_version: of the process that reads and writes.

    Raises:
        WorkerError: it does not.
    """
    version = found.get("version")
    if version != package_version:
        raise WorkerError(
            f"a worker has questionbank {version}, this machine {package_version}; "
            "install the same version everywhere"
        )
    if found == first:
        return
    one, other = (
        ", ".join(f"{name} {made[name]}" for name in made if found.get(name) != first.get(name))
        for made in (first, found)
    )
    raise WorkerError(
        f"the machines would grade differently: one with {one}, another with {other}; "
        "give --device and --dtype, and install the same model everywhere"
    )


class _Pass:
    """One run of the pipeline, from the first worker's start to the last order.

    Args:
        ray: the module, connected.
        work: a reference to the `Work`.
        share: how the cluster is divided.
        orders: how many at most.
    """

    def __init__(self, ray: Any, work: Any, share: Share, orders: int) -> None:  # noqa: ANN401
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._ray = ray
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._feed = ray.remote(num_cpus=0, scheduling_strategy=here)(Feed).remote()
        _configure(ray)
        numbers = [{"order": number} for number in range(HELLO, HELLO + 1 + orders)]
        pool = ray.data.ActorPoolStrategy(
            min_size=1,
            max_size=share.workers,
            initial_size=share.workers,
            max_tasks_in_flight_per_actor=2,
        )
        made = ray.data.from_items(numbers, override_num_blocks=len(numbers)).map_batches(
            Worker,
            fn_constructor_args=(self._feed, work),
            batch_size=None,
            compute=pool,
            num_cpus=share.cpus,
            num_gpus=share.gpus or None,
        )
        self._batches = iter(made.iter_batches(batch_size=None, prefetch_batches=0))
        self._ready: dict[int, Made] = {}

    def offer(self, index: int, order: Order) -> None:
        """Have an order ready for whichever worker's turn it is."""
        self._feed.offer.remote(index, order)

    def drop(self, index: int) -> None:
        """Let go of an order whose lines are taken care of."""
        self._feed.drop.remote(index)

    def next_made(self, index: int) -> Made:
        """Wait for what was made of the order `index`.

        Raises:
            WorkerError: it does not come.
        """
        while index not in self._ready:
            batch = next(self._batches, None)
            if batch is None:
                raise WorkerError(f"the cluster lost order {index}")
            for number, content in zip(batch["order"], batch["made"], strict=True):
                self._ready[int(number)] = pickle.loads(content)  # noqa: S301 - our own workers'
        return self._ready.pop(index)

    def close(self) -> None:
        """Let the workers go."""
        self._batches = iter(())
        self._ray.kill(self._feed)


def _configure(ray: Any) -> None:  # noqa: ANN401
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.wait_for_min_actors_s = PATIENCE
    context.log_internal_stack_trace = False


def _cause(error: BaseException) -> str:
    """The last line of what Ray says, which names the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__

"""Sends the rows of a file through a cluster, and brings the lines back in order."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, Self

from grader.errors import GraderError, WorkerError
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.errors import UsageError
from questionbank.ray_engine.cluster import Share, shares
from questionbank.ray_engine.tally import Tally
from questionbank.ray_engine.work import Made, Order, Work
from questionbank.ray_engine.worker import Worker

Rows = Iterable[tuple[int, AnswerRow | BadRow]]

MOST_ROWS = 500
"""Rows of an order at most."""
LEAST_ROWS = 32
"""And at least, unless the file has fewer."""
_ORDERS = 8
"""Orders for each worker at least, if the file is long enough, so that all end at about the same
time."""
LEG = 1_000_000_000
"""Bytes of rows in Ray's object store at a time. Ray Data takes its input whole, so that a longer
file is graded in legs; for each the workers start anew, which takes seconds."""
PATIENCE = 600
"""Seconds to wait for the cluster to have room for the first worker."""
_JOIN = 10.0
"""Seconds to wait for Ray to let the workers go."""
STARTS = 3
"""In a row, from which nothing came, before we give up."""


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
        self._first: dict[str, str | None] | None = None
        self._leg: _Leg | None = None
        wanted = -(-count // (_ORDERS * self._share.workers))
        self._rows = min(MOST_ROWS, max(LEAST_ROWS, wanted))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            self._end()

    def results(self, rows: Callable[[], Rows], done: int) -> Iterator[Made]:
        """Grade the rows of the file.

        Args:
            rows: reads them from the beginning.
            done: how many at the front are graded already.

        Yields:
            What was made, in the order of the file. Where the cluster loses what it cannot
            replace, it is started again at the next row.

        Raises:
            GraderError: the workers cannot grade, would not grade alike, or cannot go on.
            UsageError: the device cannot be used.
        """
        at, starts = 0, 0
        while at < self._count:
            starts += 1
            try:
                for made in self._begun(rows, at, done):
                    self._check(made)
                    at, starts = made.end, 0
                    yield made
            except self._ray.exceptions.RayError as error:
                if starts >= STARTS:
                    raise WorkerError(_cause(error)) from error
            self._end()

    def _begun(self, rows: Callable[[], Rows], at: int, done: int) -> Iterator[Made]:
        """What is made of the rows from `at` on, as far as one leg goes."""
        orders = self._orders(islice(rows(), at, None), at, done)
        self._leg = _Leg(self._ray, self._work, self._share, orders)
        yield from self._leg.made()

    def _end(self) -> None:
        if self._leg is not None:
            self._leg.close()
            self._leg = None

    def _orders(
        self, stream: Iterator[tuple[int, AnswerRow | BadRow]], first: int, done: int
    ) -> Iterator[Order]:
        while rows := tuple(islice(stream, self._rows)):
            yield Order(first, min(len(rows), max(0, done - first)), rows)
            first += len(rows)

    def _check(self, made: Made) -> None:
        if made.error is not None:
            raise UsageError(made.error) if made.wrong_usage else GraderError(made.error)
        self._seen.add(made.worker)
        self._first = self._first or made.made_with
        check_alike(made.made_with, self._first, self._version)


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


class _Leg:
    """One run of the pipeline, from the first worker's start to the last order.

    Args:
        ray: the module, connected.
        work: a reference to the `Work`.
        share: how the cluster is divided.
        orders: read as far as a leg goes.
    """

    def __init__(self, ray: Any, work: Any, share: Share, orders: Iterator[Order]) -> None:  # noqa: ANN401
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._ray = ray
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self._tally = ray.remote(num_cpus=0, scheduling_strategy=here)(Tally).remote()
        _configure(ray)
        blocks = list(_stored(ray, orders))
        made = ray.data.from_arrow_refs(blocks).map_batches(
            Worker,
            fn_constructor_args=(self._tally, work),
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(
                min_size=1,
                max_size=share.workers,
                initial_size=share.workers,
                max_tasks_in_flight_per_actor=2,
            ),
            num_cpus=share.cpus,
            num_gpus=share.gpus or None,
        )
        self._batches = iter(made.iter_batches(batch_size=None, prefetch_batches=0))
        self._queue: Queue[bytes | BaseException | None] = Queue(maxsize=share.workers)
        self._closed = Event()
        self._thread = Thread(target=self._pull, name="ray-results", daemon=True)

    def made(self) -> Iterator[Made]:
        """What the workers made, in the order of the orders."""
        self._thread.start()
        while (taken := self._queue.get()) is not None:
            if isinstance(taken, BaseException):
                raise taken
            yield pickle.loads(taken)  # noqa: S301 - our own workers'

    def _pull(self) -> None:
        """Take results from Ray in a thread: Ctrl-C then never falls into the midst of its code."""
        try:
            for batch in self._batches:
                for content in batch["made"]:
                    if not self._put(content):
                        return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - the thread that waits has to hear of it
            self._put(error)

    def _put(self, taken: bytes | BaseException | None) -> bool:
        """Wait for room; False if nobody takes anything any more."""
        while not self._closed.is_set():
            try:
                self._queue.put(taken, timeout=0.1)
            except Full:
                continue
            return True
        return False

    def close(self) -> None:
        """Let the workers go."""
        self._closed.set()
        self._ray.kill(self._tally)
        self._batches = iter(())
        if self._thread.is_alive():
            self._thread.join(_JOIN)


def _stored(ray: Any, orders: Iterator[Order]) -> Iterator[Any]:  # noqa: ANN401
    """Put orders into the object store, a block each, as far as a leg goes."""
    import pyarrow

    size = 0
    for order in orders:
        content = pickle.dumps(order)
        size += len(content)
        yield ray.put(pyarrow.table({"order": pyarrow.array([content], pyarrow.large_binary())}))
        if size >= LEG:
            return


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

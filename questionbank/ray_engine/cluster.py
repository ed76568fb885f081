"""Starts a Ray cluster on this machine, or joins one that is there."""

import atexit
import logging
import math
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any, NamedTuple

from questionbank.errors import UsageError

ADDRESS_VARIABLE = "RAY_ADDRESS"
"""Where Ray itself looks for the address of a cluster."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no telemetry
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DATA_LOG_LEVEL": "CRITICAL",
}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray's switch for clusters on systems whose firewalls ask: off, every port is on loopback."""


class Share(NamedTuple):
    """How the cluster is divided among workers."""

    workers: int
    cpus: int
    """Of each worker: its threads, too."""
    gpus: float
    """Of each worker; 0 for none."""


@contextmanager
def cluster(address: str | None, workers: int | None) -> Iterator[Any]:
    """Have a cluster.

    Args:
        address: `host:port`, or `auto` for the one that runs on this machine; None for a new one
            on this machine, which nothing else can reach and which ends with this.
        workers: wanted; None for as many as fit.

    Yields:
        The module `ray`, connected.

    Raises:
        UsageError: Ray is not installed, or no cluster answers there.
    """
    if address is not None and address.startswith("ray://"):
        raise UsageError(
            f"{address}: the Ray client does not carry Ray Data; run this on a machine of the "
            "cluster and give host:port, or `auto`"
        )
    for name, value in (_QUIET | ({} if address else _LOOPBACK)).items():
        os.environ.setdefault(name, value)
    with _silence():
        ray = _library()
        joined = ray.is_initialized()
        if not joined:
            _connect(ray, address, workers)
        try:
            yield ray
        except KeyboardInterrupt:
            if not joined:
                atexit.register(_leave)
            raise
        except BaseException:
            if not joined:
                ray.shutdown()
            raise
        if not joined:
            ray.shutdown()


def shares(resources: Mapping[str, float], workers: int | None, device: str | None) -> Share:
    """Divide a cluster among workers.

    Args:
        resources: `CPU` and `GPU` of the whole cluster.
        workers: wanted; None for one a GPU, or one a CPU where there is none.
        device: as the user asked; with `cpu`, GPUs are left alone.
    """
    cpus = max(1, int(resources.get("CPU", 1)))
    gpus = 0 if device == "cpu" else int(resources.get("GPU", 0))
    count = workers or gpus or cpus
    each = max(1, cpus // count)
    if not gpus:
        return Share(count, each, 0.0)
    # Several on one card share it in equal parts; never one worker on parts of two cards.
    return Share(count, 1, 1.0 / math.ceil(count / gpus))


def _library() -> Any:  # noqa: ANN401 - a module
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UsageError(
            "--engine ray needs Ray, which is not installed: pip install 'questionbank[ray]'"
        ) from error
    return ray


def _connect(ray: Any, address: str | None, workers: int | None) -> None:  # noqa: ANN401
    named: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.CRITICAL,
        "namespace": "questionbank",
    }
    if address is None:
        cpus = max(os.cpu_count() or 1, workers or 1)
        with _still():
            ray.init(address="local", num_cpus=cpus, include_dashboard=False, **named)
        return
    try:
        with _still():
            ray.init(address=address, **named)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"no Ray cluster answers at {address}: {reason}") from error


def _leave() -> None:
    """End at once: who presses Ctrl-C does not wait for Ray, whose processes end without us."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(130)


class _Nowhere:
    """Takes what Ray's threads print: standard output belongs to the grades."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing is kept."""

    def isatty(self) -> bool:
        return False


@contextmanager
def _still() -> Iterator[None]:
    """Keep off the terminal what Ray's native part says of its own log when it starts."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


@contextmanager
def _silence() -> Iterator[None]:
    with warnings.catch_warnings(), redirect_stdout(_Nowhere()):
        warnings.simplefilter("ignore")
        yield

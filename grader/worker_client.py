"""The near end of the background grader: starts in milliseconds and imports nothing heavy."""

import contextlib
import json
import os
import site
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from grader.errors import (
    CalibrationError,
    GraderError,
    ModelMissingError,
    ModelRefusedError,
    OverflowedError,
    WorkerError,
)
from grader.grade import Grade
from grader.loading import GraderSettings
from grader.request import GradeRequest

T = TypeVar("T")

_KINDS: dict[str, type[GraderError]] = {
    kind.__name__: kind
    for kind in (CalibrationError, ModelMissingError, ModelRefusedError, OverflowedError)
}
_STDERR_LINES = 40
"""Last lines of the worker's stderr that are kept to explain its end."""
_LINE_CHARS = 2_000
_GRACE = 2.0
"""Seconds a worker gets to end by itself, and again to end when told."""


class BackgroundGrader:
    """A grader in another process.

    Start it early: the model loads while the person reads and types. Requests are answered in
    the order given; those made before the model is loaded wait for it.

    Args:
        settings: what to grade with; all defaults if None.
    """

    def __init__(self, settings: GraderSettings | None = None) -> None:
        self._settings = settings or GraderSettings()
        self._process: subprocess.Popen[str] | None = None
        self._ready: Future[dict[str, Any]] = Future()
        self._waiting: dict[int, Future[Grade]] = {}
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._ended: GraderError | None = None
        self._state = threading.Lock()
        self._writing = threading.Lock()
        self._listener: threading.Thread | None = None
        self._logger: threading.Thread | None = None
        self._last = 0

    def start(self) -> Self:
        """Start the process and return at once. Starting twice does nothing.

        Raises:
            WorkerError: the process cannot be started.
        """
        if self._process is not None:
            return self
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this module
                # -P: a folder the user stands in must not lend us its modules.
                [sys.executable, "-P", "-m", "grader.worker", *_arguments(self._settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerError(f"it could not be started: {error.strerror}") from error
        self._listener, self._logger = (
            threading.Thread(target=target, args=(self._process,), daemon=True)
            for target in (self._read_stdout, self._read_stderr)
        )
        # In this order: the listener waits for the logger when the worker ends.
        self._logger.start()
        self._listener.start()
        return self

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._ready.done() and self._ready.exception() is None

    @property
    def failure(self) -> BaseException | None:
        """Why no model will come; None while it may still, and once it is loaded."""
        return self._ready.exception() if self._ready.done() else None

    @property
    def pid(self) -> int | None:
        """The worker's process id; None before the start."""
        return self._process.pid if self._process else None

    def wait_ready(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait until the model is loaded.

        Args:
            timeout: seconds; None for as long as it takes.

        Returns:
            `model`, `weights_digest`, `dtype`, `device` and `calibration` of the grader.

        Raises:
            ModelMissingError: the model is not there.
            ModelRefusedError: its weights were altered.
            CalibrationError: the calibration cannot be used.
            WorkerError: the worker ended, was not started, or took too long.
        """
        self._started()
        return _result(self._ready, timeout, "the model is still loading")

    def submit(self, request: GradeRequest) -> "Future[Grade]":
        """Ask for a grade without waiting for it.

        Args:
            request: what to grade.

        Returns:
            The grade to come; it fails as `grade` does.

        Raises:
            WorkerError: the worker was not started.
        """
        process = self._started()
        future: Future[Grade] = Future()
        with self._state:
            if self._ended is not None:
                future.set_exception(self._ended)
                return future
            self._last += 1
            key = self._last
            self._waiting[key] = future
        line = json.dumps({"id": key, "request": request.model_dump(mode="json")}) + "\n"
        try:
            # Its own lock: a full pipe must not keep answers from being handed out.
            with self._writing:
                _pipe(process.stdin).write(line)
                _pipe(process.stdin).flush()
        except (OSError, ValueError):
            # The worker is gone; the thread that reads from it knows why, and says so.
            _join(self._listener)
            self._fail(WorkerError("it no longer listens"))
        return future

    def grade(self, request: GradeRequest, timeout: float | None = None) -> Grade:
        """Grade one answer, waiting for the model if need be.

        Args:
            request: what to grade.
            timeout: seconds; None for as long as it takes.

        Raises:
            ModelMissingError: the model is not there.
            ModelRefusedError: its weights were altered.
            CalibrationError: the calibration cannot be used.
            WorkerError: the worker ended, was not started, took too long, or failed.
        """
        return _result(self.submit(request), timeout, "the answer is still being graded")

    def close(self) -> None:
        """End the process. Requests still open fail; closing twice does nothing."""
        process = self._process
        if process is None:
            return
        self._fail(WorkerError("it was closed"))
        with contextlib.suppress(OSError):  # it may have ended first
            _pipe(process.stdin).close()
        for stop in (process.terminate, process.kill):
            try:
                process.wait(_GRACE)
                break
            except subprocess.TimeoutExpired:
                stop()
        process.wait()
        for thread in (self._listener, self._logger):
            _join(thread)
        for pipe in (process.stdout, process.stderr):
            _pipe(pipe).close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            raise WorkerError("it was not started")
        return self._process

    def _read_stdout(self, process: "subprocess.Popen[str]") -> None:
        """Hand the worker's lines to whoever waits for them, until it ends."""
        failure: GraderError | None = None
        try:
            for line in _pipe(process.stdout):
                failure = self._take(line)
                if failure is not None:
                    return
            failure = self._ending(process)
        finally:
            # Whatever happens in this thread, nobody is left waiting.
            self._fail(WorkerError("its answers were lost") if failure is None else failure)

    def _take(self, line: str) -> GraderError | None:
        """Hand on one message; returns what it means if it means the end."""
        try:
            message = json.loads(line)
            if "ready" in message:
                _settle(self._ready, message["ready"])
                return None
            outcome = (
                Grade.model_validate(message["grade"]) if "grade" in message else error_of(message)
            )
            if "id" not in message:
                return error_of(message)
        except (ValueError, KeyError, TypeError):
            return WorkerError("it spoke out of turn; its version may differ from this one")
        with self._state:
            future = self._waiting.pop(message["id"], None)
        if future is not None:
            _settle(future, outcome)
        return None

    def _read_stderr(self, process: "subprocess.Popen[str]") -> None:
        while line := _pipe(process.stderr).readline(_LINE_CHARS):
            if line.strip():
                self._stderr.append(line.strip())

    def _ending(self, process: "subprocess.Popen[str]") -> WorkerError:
        """How the worker ended, in its own last words if it had any."""
        try:
            status = process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return WorkerError("it closed its output")
        _join(self._logger)
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        return WorkerError(f"{how}; {self._stderr[-1]}" if self._stderr else how)

    def _fail(self, error: GraderError) -> None:
        """Tell everyone who waits that nothing will come."""
        with self._state:
            self._ended = self._ended or error
            waiting, self._waiting = self._waiting, {}
        _settle(self._ready, self._ended)
        for future in waiting.values():
            _settle(future, self._ended)


def _result(future: "Future[T]", timeout: float | None, late: str) -> T:
    """Wait for a future, and phrase its lateness."""
    try:
        return future.result(timeout)
    except FutureTimeoutError:
        raise WorkerError(f"no reply within {timeout:g} seconds, {late}") from None


def _settle(future: "Future[T]", outcome: T | GraderError) -> None:
    """Give a future its outcome, unless it has one or nobody wants it any more."""
    with contextlib.suppress(InvalidStateError):
        if isinstance(outcome, GraderError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def error_of(message: dict[str, Any]) -> GraderError:
    """The error a message from the worker stands for, its sentence as phrased there."""
    kind = _KINDS.get(message.get("kind", ""))
    if kind is None:
        return WorkerError(str(message["error"]))
    error = kind.__new__(kind)
    error.args = (str(message["error"]),)
    return error


def _arguments(settings: GraderSettings) -> list[str]:
    given = settings.model_dump(mode="json", exclude_none=True)
    words = []
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        if not isinstance(value, bool):
            words.append(f"{option}={value}")
        elif value:
            words.append(option)
    return words


def _environment() -> dict[str, str]:
    """The parent's environment, with this package where the worker will find it."""
    root = Path(__file__).resolve().parent.parent
    if str(root) in {str(Path(place).resolve()) for place in site.getsitepackages()}:
        return dict(os.environ)
    rest = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *rest])}


def _join(thread: threading.Thread | None) -> None:
    if thread is not None:
        thread.join(_GRACE)


def _pipe(stream: IO[str] | None) -> IO[str]:
    """A pipe that was asked for and is therefore there."""
    if stream is None:
        raise WorkerError("it has no pipes")
    return stream

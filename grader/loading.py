"""A grader put together from what the user asked for."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from grader.rubric import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.engine import Grader
    from grader.kept import Kept
    from grader.openvino_encoder import OpenVinoEncoder
    from grader.sentence_encoder import SentenceEncoder


# A probe's matrices are small: on a busy machine, threads that share one cost many times what they
# save. Read when numpy is first imported, which is later; another choice of the user's stands.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

VECTORS = "vectors"
"""Within the cache folder, where vectors of answers are kept."""
GRADES = "grades"
"""Likewise their grades."""
_AGAIN = 4096
"""Vectors that a second look keeps in memory: it seldom meets a sentence again."""


class GraderSettings(Record):
    """What to grade with; None takes the default."""

    model: str | None = None
    """A folder, or the name of a hub model, which may be fetched; None for the shipped weights."""
    device: str | None = None
    """`cuda`, `mps` or `cpu`; None for the first of them that is there."""
    dtype: str | None = None
    """`float32`, `bfloat16` or `float16`; None for what the device computes natively."""
    backend: str | None = None
    """`torch` or `openvino`; None for the faster one of those that serve here."""
    calibration: Path | None = None
    """None for the calibration shipped with the package."""
    refinement: Path | None = None
    """What was learnt from a person's own graded answers, over that calibration; None for none."""
    review_rate: float | None = Field(default=None, ge=0, le=1)
    """Share of the verdicts to send to a person at most; None for what the calibration says."""
    max_error: float | None = Field(default=None, ge=0, le=1)
    """Share of wrong verdicts to leave at most, by sending more; None for no such limit."""
    uncalibrated: bool = False
    """Whether weights without a calibration may give verdicts; see `grader.uncalibrated`."""
    cache_folder: Path | None = None
    """Where vectors of rubrics are kept between runs; None for nowhere."""
    answers_mb: int = Field(default=0, ge=0)
    """Megabytes that vectors and grades of answers may take there, half of it each; 0 for none."""


def load_grader(settings: GraderSettings | None = None) -> "Grader":
    """Load model and calibration: seconds, most of them spent importing torch.

    Args:
        settings: what to grade with; all defaults if None.

    Raises:
        ModelMissingError: the model or device is not there.
        ModelRefusedError: the default weights were altered.
        CalibrationError: calibration or refinement cannot be used or were made for something
            else, or there is no such doubtful band.
        ValueError: a device, dtype or backend that is none.
    """
    settings = settings or GraderSettings()
    # Here, so that whoever only describes a grader imports neither numpy nor torch.
    from grader.backends import TORCH, load_any
    from grader.cache import CAPACITY, VectorCache
    from grader.calibration import load_calibration
    from grader.encoder import backend_of
    from grader.engine import Grader
    from grader.errors import CalibrationError
    from grader.refinement import load_refinement

    calibration = load_calibration(settings.calibration).with_review(
        settings.review_rate, settings.max_error
    )
    refinement = load_refinement(settings.refinement) if settings.refinement else None
    encoder = load_any(
        settings.model,
        settings.device,
        settings.dtype,
        settings.backend,
        settings.cache_folder,
    )
    if settings.calibration and calibration.weights_digest != encoder.weights_digest:
        raise CalibrationError(
            str(settings.calibration),
            f"it was made for other weights ({calibration.model}); make one for "
            f"{encoder.name} with `questionbank calibrate --base`",
        )
    kept = kept_in(settings, VECTORS)

    def over(
        encoder: "SentenceEncoder | OpenVinoEncoder",
        capacity: int,
        exact: "Callable[[], Grader] | None" = None,
    ) -> "Grader":
        return Grader(
            encoder,
            calibration,
            VectorCache(encoder, settings.cache_folder, encoder.build, capacity, kept),
            uncalibrated=settings.uncalibrated,
            refinement=refinement,
            exact=exact,
        )

    def exact() -> "Grader":
        if backend_of(encoder) is None:
            wide = load_any(settings.model, settings.device, "float32", TORCH)
        else:  # or torch, where that graph was refused
            wide = load_any(settings.model, "cpu", "float32", None, settings.cache_folder)
        return over(wide, _AGAIN)

    return over(encoder, CAPACITY, exact if encoder.dtype == "bfloat16" else None)


def kept_in(settings: GraderSettings, name: str) -> "Kept | None":
    """Where the settings want something about answers kept; None if they want nothing kept.

    Args:
        settings: say where, and how much.
        name: `VECTORS` or `GRADES`; each takes half of the room.
    """
    from grader.kept import Kept

    if settings.cache_folder is None or not settings.answers_mb:
        return None
    return Kept(settings.cache_folder / name, settings.answers_mb * 500_000)

"""How fast this machine grades: each library and precision that runs here, on a fixed sample."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

from grader.backends import OPENVINO, TORCH, load_any, openvino_serves
from grader.bench_sample import sample
from grader.cache import VectorCache
from grader.device import best_dtype
from grader.encoder import Encoder, backend_of, embedded
from grader.engine import Grader
from grader.errors import GraderError
from grader.loading import GraderSettings
from grader.peak import Peak, measure_peak
from grader.reading import read
from grader.request import GradeRequest

SECONDS = 2.0
"""How long each way to compute is tried; the fastest pass over the sample counts."""
_WIDE = "float32"
_BUSY = 0.5
"""Share of the processors that may be at something else."""
_TIMES = 64
"""Copies of the sample that a graphics processor gets, whose batches are large."""


class Way(NamedTuple):
    """A library and a precision."""

    backend: str
    dtype: str


class Speed(NamedTuple):
    """How fast one way is."""

    way: Way
    tokens: float | None
    """Tokens a second, padding left out; None if it could not be tried."""
    share: float | None
    """Of the machine's peak, as useful work; None likewise, or if the model's size is unknown."""
    chosen: bool
    """Whether it is what grades here, with the settings given."""
    trouble: str | None = None
    """Why it could not be tried."""


class Bench(NamedTuple):
    """What was measured."""

    peak: Peak
    speeds: tuple[Speed, ...]
    answers: int
    """Of the sample."""
    tokens: int
    """Of the sample, each distinct text once."""
    outside: float
    """Seconds an answer outside the encoder: reading, features, verdicts."""
    load: float | None
    """Processes that wanted to compute in the minute before; None if the system does not say."""

    @property
    def disturbed(self) -> bool:
        """Whether so much else went on that the figures are too low."""
        return self.load is not None and self.load > _BUSY * (os.cpu_count() or 1)


def ways(settings: GraderSettings, device: str, dtype: str) -> tuple[Way, ...]:
    """List what can run the model here.

    Args:
        settings: as the user asked.
        device: what grades here.
        dtype: what it grades in.
    """
    narrow = dtype if dtype != _WIDE else best_dtype(device)
    dtypes = tuple(dict.fromkeys((narrow, _WIDE)))
    backends = [TORCH]
    if device == "cpu" and openvino_serves(settings.cache_folder):
        backends.insert(0, OPENVINO)
    return tuple(Way(backend, one) for backend in backends for one in dtypes)


def measure(
    grader: Grader,
    settings: GraderSettings,
    *,
    trying: Callable[[Way], None] = lambda way: None,
    seconds: float = SECONDS,
) -> Bench:
    """Measure the machine; takes about 20 seconds, and more if a graph has to be made first.

    Args:
        grader: what grades here.
        settings: what it was loaded with.
        trying: told before each way is tried.
        seconds: for each way.
    """
    own = grader.encoder
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    chosen = Way(backend_of(own) or TORCH, own.dtype)
    requests = sample(1 if own.device == "cpu" else _TIMES)
    texts = _texts(requests)
    peak = measure_peak(own.device)
    speeds = []
    for way in dict.fromkeys((chosen, *ways(settings, own.device, own.dtype))):
        trying(way)
        try:
            encoder = own if way == chosen else _load(way, settings, own.device)
        except (GraderError, ValueError) as error:
            speeds.append(Speed(way, None, None, False, str(error)))
            continue
        tokens = _rate(encoder, texts, seconds)
        work = getattr(encoder, "work", None)
        share = tokens * work / peak.rate if work else None
        speeds.append(Speed(way, tokens, share, way == chosen))
    before = embedded(own)
    own.encode(texts)
    return Bench(
        peak=peak,
        speeds=tuple(speeds),
        answers=len(requests),
        tokens=embedded(own) - before,
        outside=_outside(grader),
        load=load,
    )


def _load(way: Way, settings: GraderSettings, device: str) -> Encoder:
    return load_any(settings.model, device, way.dtype, way.backend, settings.cache_folder)


def _texts(requests: Sequence[GradeRequest]) -> list[str]:
    """What is embedded of the sample's answers: each distinct text once, like lengths together."""
    units = {unit.text for request in requests for unit in read(request).units}
    return sorted(units, key=lambda text: (len(text), text))


def _rate(encoder: Encoder, texts: Sequence[str], seconds: float) -> float:
    """Tokens a second, in the faster half of the sample of all that time was for."""
    encoder.encode(texts[:: max(1, len(texts) // 16)])  # whatever is made at first use
    return max(_halves(encoder, texts, seconds))


def _halves(encoder: Encoder, texts: Sequence[str], seconds: float) -> Iterator[float]:
    until = time.perf_counter() + seconds
    for first in cycle((0, 1)):
        before, began = embedded(encoder), time.perf_counter()
        encoder.encode(texts[first::2])
        now = time.perf_counter()
        yield (embedded(encoder) - before) / max(now - began, 1e-9)
        if now >= until:
            return


def _outside(grader: Grader) -> float:
    """Seconds an answer where every vector is known already; the faster of two goes."""
    requests = sample()
    knowing = Grader(
        grader.encoder,
        grader.calibration,
        VectorCache(grader.encoder),
        uncalibrated=grader.by_margin,
    )
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        for _grade in knowing.grade_many(requests):
            pass
        taken.append(time.perf_counter() - began)
    return min(taken[1:]) / len(requests)

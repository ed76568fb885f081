"""What tests of commands share: a command's result, and a grader of words in place of a model."""

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from grader.calibration import Calibration, FitRecord, Thresholds, load_calibration
from grader.encoder import Vectors
from grader.engine import Grader
from grader.fusion import Term
from grader.language import content_stems
from grader.loading import GraderSettings
from grader.refinement import load_refinement

DIM = 128


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


class StubEncoder:
    """Each content word is a direction of its own; a text is the sum of its words."""

    name = "stub"
    weights_digest = "5" * 64
    dtype = "float32"
    device = "cpu"
    dim = DIM

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.full((len(texts), DIM), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in content_stems(text):
                at = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4], "big") % DIM
                vectors[row, at] += 1.0
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def stub_calibration() -> Calibration:
    return Calibration(
        id="stub-1",
        created="2026-01-01",
        model="stub",
        weights_digest=StubEncoder.weights_digest,
        terms=(Term(feature="margin", mean=0.4, scale=0.1, coefficient=1.0),),
        intercept=0.0,
        thresholds=Thresholds(
            met=0.6, partial=0.5, review_low=0.5, review_high=0.5, opposition=0.2, off_topic=0.02
        ),
        fit=FitRecord(data=("none",), rows=0, folds="none", figures={}),
    )


class StubLoading:
    """Takes the place of loading a model, and counts how often that happens."""

    def __init__(self) -> None:
        self.asked: list[GraderSettings] = []
        self.calibrated = True
        self.error: Exception | None = None

    def __call__(self, settings: GraderSettings) -> Grader:
        self.asked.append(settings)
        if self.error:
            raise self.error
        calibration = stub_calibration() if self.calibrated else None
        if settings.calibration:
            calibration = load_calibration(settings.calibration)
        refinement = load_refinement(settings.refinement) if settings.refinement else None
        return Grader(
            StubEncoder(),
            calibration,
            uncalibrated=settings.uncalibrated,
            refinement=refinement,
        )


class StubLoadingByDevice(StubLoading):
    """Only the device called `cpu` has a calibration."""

    def __call__(self, settings: GraderSettings) -> Grader:
        self.calibrated = settings.device == "cpu"
        return super().__call__(settings)

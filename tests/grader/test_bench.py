from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import StubEncoder, stub_calibration

from grader import bench
from grader.backends import OPENVINO, TORCH
from grader.bench import Way, measure, ways
from grader.bench_sample import RUBRIC, sample
from grader.encoder import Vectors
from grader.engine import Grader
from grader.errors import ModelMissingError
from grader.loading import GraderSettings
from grader.peak import Peak


class Counting(StubEncoder):
    """Counts a token a word, at a hundred operations each."""

    work = 100

    def __init__(self, dtype: str = "float32") -> None:
        self.dtype = dtype
        self.embedded = 0
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.embedded += sum(len(text.split()) for text in texts)
        self.calls += 1
        return super().encode(texts)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "measure_peak", lambda device: Peak(1e9, "float32", 2, device))
    monkeypatch.setattr(bench, "openvino_serves", lambda folder: True)
    monkeypatch.setattr(bench, "best_dtype", lambda device: "bfloat16")


def test_every_answer_of_the_sample_is_another_and_is_held_against_the_same_points() -> None:
    for times in (1, 3):
        found = sample(times)
        assert len({request.answer for request in found}) == len(found) == 72 * times
        assert {request.rubric.structure_hash for request in found} == {RUBRIC.structure_hash}


def test_ways_are_what_is_installed_in_the_precisions_the_device_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = GraderSettings(cache_folder=Path("cache"))
    assert ways(asked, "cpu", "float32") == (
        Way(OPENVINO, "bfloat16"),
        Way(OPENVINO, "float32"),
        Way(TORCH, "bfloat16"),
        Way(TORCH, "float32"),
    )
    assert ways(asked, "cuda", "bfloat16") == (Way(TORCH, "bfloat16"), Way(TORCH, "float32"))
    monkeypatch.setattr(bench, "openvino_serves", lambda folder: False)
    monkeypatch.setattr(bench, "best_dtype", lambda device: "float32")
    assert ways(asked, "cpu", "float32") == (Way(TORCH, "float32"),)


def test_each_way_is_tried_and_the_chosen_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[Way, Counting] = {}

    def load(
        model: str | None, device: str, dtype: str, backend: str, folder: Path | None
    ) -> Counting:
        if dtype == "bfloat16" and backend == TORCH:
            raise ModelMissingError("stub", "it is not there")
        return made.setdefault(Way(backend, dtype), Counting(dtype))

    monkeypatch.setattr(bench, "load_any", load)
    own = Counting()
    tried: list[Way] = []
    grader = Grader(own, stub_calibration())
    found = measure(grader, GraderSettings(), trying=tried.append, seconds=0)
    assert tried == [speed.way for speed in found.speeds]
    assert tried[0] == Way(TORCH, "float32")
    assert len(tried) == 4
    assert [speed.way for speed in found.speeds if speed.chosen] == tried[:1]
    for speed in found.speeds:
        if speed.way == Way(TORCH, "bfloat16"):
            assert (speed.tokens, speed.share) == (None, None)
            assert "it is not there" in str(speed.trouble)
        else:
            assert speed.tokens is not None
            assert speed.share == pytest.approx(speed.tokens * 100 / 1e9)
    assert set(made) == {Way(OPENVINO, "bfloat16"), Way(OPENVINO, "float32")}
    assert found.answers == 72
    assert found.tokens > 1000
    assert 0 < found.outside < 1


def test_what_the_encoder_does_is_left_out_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    own = Counting()
    took = bench._outside(Grader(own, stub_calibration()))
    asked = own.calls
    again = Counting()
    requests = sample()
    list(Grader(again, stub_calibration()).grade_many(requests))
    assert asked == again.calls  # three goes, and the encoder is asked in the first one only
    assert took > 0


@pytest.mark.parametrize(("load", "disturbed"), [(None, False), (0.5, False), (3.0, True)])
def test_a_busy_machine_is_told(
    load: float | None, disturbed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.os, "cpu_count", lambda: 4)
    found = bench.Bench(Peak(1e9, "float32", 2, "cpu"), (), 1, 1, 0.001, load)
    assert found.disturbed is disturbed

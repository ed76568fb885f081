"""Graders in processes of their own; words in place of a model, so that they start at once."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from threading import Event

import pytest
from commands import StubEncoder, StubLoading, StubLoadingByDevice, stub_calibration

from grader import crew as crew_module
from grader.bench_sample import sample
from grader.crew import Crew
from grader.engine import Grader
from grader.errors import GraderError, WorkerError
from grader.loading import GraderSettings
from grader.request import GradeRequest
from grader.worker import describe

REQUESTS = sample()


def alone() -> Grader:
    return Grader(StubEncoder(), stub_calibration())


def crew(*devices: str, load: StubLoading | None = None) -> Crew:
    return Crew(GraderSettings(), devices, load or StubLoading())


@pytest.fixture(scope="module")
def two() -> Iterator[Crew]:
    with crew("cpu", "cpu") as made:
        yield made


@pytest.mark.parametrize("order", [1, 5, 64])
@pytest.mark.parametrize("count", [0, 1, 72])
def test_several_processes_give_the_grades_of_one_in_order(
    order: int, count: int, two: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "ORDER", order)
    items = REQUESTS[:count]
    assert list(two.grade_many(iter(items))) == list(alone().grade_many(items))
    assert two.described == describe(alone())


def test_both_processes_work_and_read_only_some_orders_ahead(
    two: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "ORDER", 2)
    taken = 0

    def items() -> Iterator[GradeRequest]:
        nonlocal taken
        for request in REQUESTS * 5:
            taken += 1
            yield request

    stream = two.grade_many(items())
    next(stream)
    assert taken <= 2 * crew_module._PATIENCE * 2 + 2
    assert all(hand.under_way for hand in two._hands)
    stream.close()
    # What was under way then is let go.
    assert list(two.grade_many(REQUESTS[:9])) == list(alone().grade_many(REQUESTS[:9]))


def test_a_process_that_ends_is_named() -> None:
    with crew("cpu", "cpu") as made:
        os.kill(made._hands[1].process.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="the process on cpu ended, killed by signal 9"):
            list(made.grade_many(REQUESTS))
    assert made._hands == []


def test_processes_that_would_not_grade_alike_are_refused() -> None:
    with (
        pytest.raises(WorkerError, match="cpu:9 would not grade as cpu does"),
        crew("cpu", "cpu:9", load=StubLoadingByDevice()),
    ):
        pass


@pytest.mark.parametrize("error", [GraderError("no weights"), ValueError("no abacus")])
def test_why_a_process_cannot_grade_is_told(error: Exception) -> None:
    load = StubLoading()
    load.error = error
    with pytest.raises((ValueError, GraderError), match=str(error)) as caught:
        crew("cpu", load=load).__enter__()
    assert isinstance(caught.value, ValueError) == isinstance(error, ValueError)


def test_what_cannot_be_graded_is_told_and_the_rest_goes_on() -> None:
    class Failing(Grader):
        def grade_many(self, items: object, batch_size: int | None = None) -> Iterator[object]:  # type: ignore[override]
            raise KeyError("sentence")
            yield

    near, far = multiprocessing.Pipe()
    near.send(crew_module._Order(7, REQUESTS[:2], None))
    near.send(None)
    heard = Event()
    crew_module._serve(Failing(StubEncoder(), stub_calibration()), far, heard.set)
    number, outcome = near.recv()
    assert number == 7
    with pytest.raises(WorkerError, match="KeyError"):
        crew_module._checked(outcome)
    assert not heard.is_set()
    near.close()
    assert heard.wait(timeout=20)

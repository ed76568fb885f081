import threading
import time
from collections.abc import Iterator

import pytest

from grader.stages import AHEAD, Stop, Stopwatch, overlapped


def numbers(count: int, taken: list[int] | None = None) -> Iterator[int]:
    for number in range(count):
        if taken is not None:
            taken.append(number)
        yield number


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_every_window_comes_through_both_stages_in_order(count: int) -> None:
    found = list(overlapped(numbers(count), lambda n: n + 1, lambda n, stop: n * 10))
    assert found == [(n + 1) * 10 for n in range(count)]


def test_the_source_is_read_in_the_callers_thread_and_only_a_few_windows_ahead() -> None:
    taken: list[int] = []
    here = threading.get_ident()
    threads: set[int] = set()

    def source() -> Iterator[int]:
        for number in numbers(100, taken):
            assert threading.get_ident() == here
            yield number

    def second(number: int, stop: Stop) -> int:
        threads.add(threading.get_ident())
        return number

    stream = overlapped(source(), lambda n: n, second)
    for number in range(5):
        assert next(stream) == number
        assert len(taken) <= number + AHEAD + 2
    stream.close()
    assert len(taken) < 10
    assert here not in threads


def test_stages_overlap() -> None:
    together = threading.Barrier(2, timeout=20)

    def first(number: int) -> int:
        if number == 1:
            together.wait()  # only passes while the second stage is at the window before
        return number

    def second(number: int, stop: Stop) -> int:
        if number == 0:
            together.wait()
        return number

    assert list(overlapped(numbers(2), first, second)) == [0, 1]


@pytest.mark.parametrize("stage", ["source", "first", "second"])
def test_an_error_comes_in_its_turn(stage: str) -> None:
    def fail(name: str, number: int) -> int:
        if name == stage and number == 2:
            raise ValueError("no such thing")
        return number

    source = (fail("source", number) for number in range(5))
    stream = overlapped(source, lambda n: fail("first", n), lambda n, stop: fail("second", n))
    seen: list[int] = []
    with pytest.raises(ValueError, match="no such thing"):
        seen.extend(stream)
    assert seen == [0, 1]


def test_whoever_leaves_waits_for_nothing_and_what_is_under_way_stops() -> None:
    begun, left, stopped = (threading.Event() for _ in range(3))

    def second(number: int, stop: Stop) -> int:
        if number == 0:
            return number
        begun.set()
        assert left.wait(timeout=20)  # would time out if whoever leaves waited for us
        try:
            stop.check()
        finally:
            stopped.set()
        return number

    stream = overlapped(numbers(10), lambda n: n, second)
    assert next(stream) == 0
    assert begun.wait(timeout=20)
    stream.close()
    assert not stopped.is_set()
    left.set()
    assert stopped.wait(timeout=20)


def test_a_stopwatch_adds_up_each_stage() -> None:
    watch = Stopwatch()
    for _ in range(2):
        with watch.during("reading"):
            time.sleep(0.01)
    with pytest.raises(KeyError), watch.during("failing"):
        raise KeyError
    assert watch.seconds["reading"] >= 0.02
    assert set(watch.seconds) == {"reading", "failing"}

"""What takes a detour comes back to its place, however far somebody reads ahead."""

from collections.abc import Callable, Iterator
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.detour import MOST, detoured

Answer = Callable[[Iterator[int]], Iterator[str]]


def odd(item: int) -> int | None:
    return item if item % 2 else None


def ahead(window: int) -> Answer:
    """Answers some at a time."""

    def answer(asked: Iterator[int]) -> Iterator[str]:
        while some := list(islice(asked, window)):
            yield from map(str, some)

    return answer


@given(items=st.lists(st.integers(0, 9), max_size=60), window=st.integers(1, 70))
def test_items_keep_their_order(items: list[int], window: int) -> None:
    expected = [(item, str(item) if item % 2 else None) for item in items]
    assert list(detoured(items, odd, ahead(window))) == expected


@pytest.mark.parametrize("item", [0, 1], ids=["nobody asks", "everybody asks"])
def test_no_more_is_read_than_needed(item: int) -> None:
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        for _ in count():
            read += 1
            yield item

    found = detoured(endless(), odd, ahead(8))
    for _ in range(3 * MOST):
        next(found)
    assert read <= 4 * MOST


def test_one_stream_is_answered_while_some_ask() -> None:
    streams = 0

    def answer(asked: Iterator[int]) -> Iterator[str]:
        nonlocal streams
        streams += 1
        yield from ahead(8)(asked)

    assert len(list(detoured(range(MOST), odd, answer))) == MOST
    assert streams == 1


def test_nobody_is_called_who_has_nothing_to_answer() -> None:
    def answer(asked: Iterator[int]) -> Iterator[str]:
        pytest.fail("nothing was asked")

    assert list(detoured([2, 4], odd, answer)) == [(2, None), (4, None)]


def test_what_goes_wrong_in_the_stream_comes_after_what_was_before() -> None:
    def items() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("the disk is gone")

    def answer(asked: Iterator[int]) -> Iterator[str]:
        for one in asked:
            yield str(one)

    found = detoured(items(), odd, answer)
    assert next(found) == (1, "1")
    with pytest.raises(OSError, match="disk"):
        list(found)

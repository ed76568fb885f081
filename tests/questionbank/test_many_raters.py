"""Eight raters of one interview, each a process: nothing is lost, doubled or mixed up."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from databases import Place
from rated import ATTEMPT, PLACES, interview
from raters import SHARED, name, rate_together

from questionbank.mark import Mark
from questionbank.panel import of_raters
from questionbank.rating import Place as Point
from questionbank.store import Store

RATERS = 8
SECONDS = 3


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place.target, clock=lambda: datetime.now(UTC)) as opened:
        interview(opened)
        yield opened


def said(marks: tuple[Mark, ...], rater: str) -> list[tuple[int, str | None]]:
    return [(one.number, one.reason) for one in marks if one.rater == rater]


def test_eight_raters_lose_and_double_nothing(place: Place, store: Store) -> None:
    before = store.counts()
    told = rate_together(place.target, RATERS, SECONDS)
    assert len(told) == RATERS
    marks, raters = store.marks(ATTEMPT), store.raters(ATTEMPT)

    # Everybody was enrolled once, whoever came first, and the one whom all share as well.
    assert [one.id for one in raters] == [f"rater-{at}" for at in range(1, RATERS + 2)]
    shared = next(one.id for one in raters if one.name.casefold() == SHARED.casefold())
    assert {one["shared"] for one in told} == {shared}
    names = {one.id: one.name for one in raters if one.id != shared}
    assert names == {one["id"]: one["name"] for one in told}
    assert sorted(names.values()) == [name(number) for number in range(RATERS)]

    # Each mark that was acknowledged is there, once, as its rater gave it; and no other is.
    for one in told:
        own = [tuple(mark) for mark in one["kept"][one["id"]]]
        assert len(own) > len(PLACES)
        assert said(marks, one["id"]) == own
        assert [number for number, _ in own] == list(range(len(own)))
    together = sorted(tuple(mark) for one in told for mark in one["kept"][shared])
    assert said(marks, shared) == together
    assert [number for number, _ in together] == list(range(len(together)))
    assert len({str(reason)[: len(name(0))] for _, reason in together}) > 1
    assert sum(one["refused"] for one in told) > 0

    # What counts is each rater's last mark on each point, as if she had been alone.
    for rater, counting in of_raters(raters, marks).items():
        assert set(counting) == set(PLACES)
        for place_rated, mark in counting.items():
            later = (one for one in marks if one.rater == rater and one.number > mark.number)
            assert place_rated not in {Point(one.position, one.point_id) for one in later}

    report = store.verify()
    new = {"rater": RATERS + 1, "mark": len(marks)}
    assert store.counts() == before | new
    assert (report.sound, report.entries) == (True, sum(before.values()) + sum(new.values()))
    doubled = "SELECT key FROM entries GROUP BY key HAVING count(*) > 1"
    assert place.rows(doubled) == []

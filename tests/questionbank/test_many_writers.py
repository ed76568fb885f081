"""Several processes at one record: nothing lost, nothing doubled, one gapless chain."""

from datetime import UTC, datetime

import pytest
from adding_up import assert_nothing_lost_or_doubled
from databases import Place
from writers import Counts, write_together

from questionbank.database import REVISIONS
from questionbank.store import Store


def open_store(place: Place) -> Store:
    return Store.open(place.target, clock=lambda: datetime.now(UTC))


@pytest.mark.parametrize("processes", [2, 8])
def test_processes_that_migrate_at_the_same_moment_all_succeed(
    place: Place, processes: int
) -> None:
    assert write_together(place.target, processes, 0) == [Counts(attempt=1)] * processes
    assert place.rows("SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]
    with open_store(place) as store:
        report = store.verify()
    assert (report.sound, report.entries) == (True, processes)
    assert write_together(place.target, processes, 0) == [Counts(attempt=0)] * processes


def test_eight_writers_lose_and_double_nothing(place: Place) -> None:
    counts = write_together(place.target, 8, 3)
    assert len(counts) == 8
    assert min(one["attempt"] for one in counts) > 0
    assert_nothing_lost_or_doubled(place, counts)

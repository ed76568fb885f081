"""Eight writers at one record for a minute, on either database: the counts add up.

Run with `python -m pytest tests/benchmarks/test_writers.py -m benchmark`.
"""

from collections.abc import Callable

import pytest
from adding_up import assert_nothing_lost_or_doubled
from databases import Place
from writers import write_together

pytestmark = pytest.mark.benchmark

SECONDS = 60


def test_eight_writers_for_a_minute_lose_and_double_nothing(
    place: Place, said: Callable[[str], None]
) -> None:
    counts = write_together(place.target, 8, SECONDS)
    found = assert_nothing_lost_or_doubled(place, counts)
    refused = sum(one["refused"] for one in counts)
    least = min(one.total() - one["refused"] for one in counts)
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.items()))
    said(
        f"{place.backend}: {found.total()} entries in {SECONDS} s ({kinds}); {refused} refused as "
        f"another's; the slowest writer has {least}"
    )

"""Compares what many writers were told with what the record holds."""

from collections import Counter
from datetime import UTC, datetime

from databases import Place
from writers import SHARED, Counts

from questionbank.store import Store


def assert_nothing_lost_or_doubled(place: Place, counts: list[Counts]) -> Counts:
    """Compare; returns what the record holds, by kind."""
    acknowledged = sum(counts, Counter())
    refused = acknowledged.pop("refused")
    kinds = "SELECT kind, count(*) FROM entries GROUP BY kind"
    found = Counter({str(kind): int(number) for kind, number in place.rows(kinds)})
    assert found == acknowledged
    total = found.total()
    assert place.one("SELECT max(seq) FROM entries") == total
    assert place.one("SELECT count(DISTINCT key) FROM entries") == total
    without_text = found["finished"] + found["grade"]
    assert place.one("SELECT count(*) FROM personal") == total - without_text
    with Store.open(place.target, clock=lambda: datetime.now(UTC)) as store:
        report = store.verify()
        shared = store.attempt(SHARED)
    assert (report.sound, report.entries) == (True, total)
    # Every place of the shared attempt went to one writer, and the others were told so.
    turns = len(shared.answers)
    assert [one.position for one in shared.answers] == list(range(turns))
    assert [one.number for one in shared.events] == list(range(turns))
    assert {one.answer_id for one in shared.grades} == {one.id for one in shared.answers}
    assert len(shared.grades) == turns
    assert refused >= 3 * (len(counts) - 1)  # at the first place alone: answer, grade, event
    return found

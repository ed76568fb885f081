import subprocess
import sys
from datetime import UTC, datetime

import pytest
from databases import Place

from questionbank.store import Store

WRITER = """
import sys
from datetime import UTC, datetime
from uuid import uuid4
from questionbank.attempt import Answer, Attempt, AttemptKind
from questionbank.store import Store

now = datetime.now(UTC)
with Store.open(sys.argv[1], clock=lambda: now, patience=60) as store:
    attempt = uuid4().hex
    store.append_attempt(Attempt(id=attempt, kind=AttemptKind.QUIZ, started=now, steps=(), seed=1))
    print(attempt, flush=True)
    for position in range(10**6):
        answer = Answer(id=uuid4().hex, attempt_id=attempt, position=position, submitted=now,
                        seconds=1, text=f"answer {position} " * 200)
        store.append_answer(answer)
        print(answer.id, flush=True)
"""

ACKNOWLEDGED = (1, 2, 5, 13, 34, 89)
"""After how many ids each of the writers is killed."""


def kill_after(place: Place, acknowledged: int) -> list[str]:
    """Kill a writer at once when it has acknowledged so many ids; return all it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, place.target], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        ids = [writer.stdout.readline().strip() for _ in range(acknowledged)]
        writer.kill()
        # The last line may have been cut by the end of the process.
        rest = writer.stdout.read().splitlines(keepends=True)
    return ids + [line.strip() for line in rest if line.endswith("\n")]


@pytest.mark.crash
def test_whatever_a_killed_process_acknowledged_is_there_exactly_once(place: Place) -> None:
    acknowledged: list[str] = []
    for count in ACKNOWLEDGED:
        acknowledged += kill_after(place, count)
        with Store.open(place.target, clock=lambda: datetime.now(UTC)) as store:
            assert store.verify().sound
    if place.backend == "sqlite":
        assert place.rows("PRAGMA integrity_check") == [("ok",)]
        assert place.rows("PRAGMA foreign_key_check") == []
    found = [row[0] for row in place.rows("SELECT id FROM entries ORDER BY seq")]
    texts = place.one("SELECT count(*) FROM personal")
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    # A kill can fall between a commit and its acknowledgement, once for each process.
    assert len(found) - len(acknowledged) <= len(ACKNOWLEDGED)
    assert texts == len(found) - len(ACKNOWLEDGED)

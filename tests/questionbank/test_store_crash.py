import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from questionbank.store import Store

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from questionbank.attempt import Answer, Attempt, AttemptKind
from questionbank.store import Store

now = datetime.now(UTC)
with Store.open(Path(sys.argv[1]), clock=lambda: now, patience=60) as store:
    attempt = uuid4().hex
    store.append_attempt(Attempt(id=attempt, kind=AttemptKind.QUIZ, started=now, steps=(), seed=1))
    print(attempt, flush=True)
    for position in range(10**6):
        answer = Answer(id=uuid4().hex, attempt_id=attempt, position=position, submitted=now,
                        seconds=1, text=f"answer {position} " * 200)
        store.append_answer(answer)
        print(answer.id, flush=True)
"""


def kill_after(path: Path, acknowledged: int) -> list[str]:
    """Kill a writer at once when it has acknowledged so many ids; return all it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        ids = [writer.stdout.readline().strip() for _ in range(acknowledged)]
        writer.kill()
        # The last line may have been cut by the end of the process.
        rest = writer.stdout.read().splitlines(keepends=True)
    return ids + [line.strip() for line in rest if line.endswith("\n")]


@pytest.mark.crash
def test_whatever_a_killed_process_acknowledged_is_there_exactly_once(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    acknowledged: list[str] = []
    for count in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
        acknowledged += kill_after(path, count)
        with Store.open(path, clock=lambda: datetime.now(UTC)) as store:
            assert store.verify().sound
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = [row[0] for row in connection.execute("SELECT id FROM entries ORDER BY seq")]
        texts = connection.execute("SELECT count(*) FROM personal").fetchone()[0]
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    # A kill can fall between a commit and its acknowledgement, once for each process.
    assert len(found) - len(acknowledged) <= 10
    assert texts == len(found) - 10

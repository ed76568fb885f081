"""Writers that all set to at the same moment, each a process of its own; run as a program.

Every writer leads attempts of its own, and all of them quarrel over one more: over its answers,
their first grades and its events, of which only one writer may have each.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from grader.grade import ContentRef, Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptKind,
    FinishedAttempt,
    GradeRecord,
    Override,
    Step,
)
from questionbank.errors import UsageError
from questionbank.interview_event import EventKind, InterviewEvent
from questionbank.store import Store

PATIENCE = 60.0
SHARED = "f" * 32
"""The attempt that all writers write to."""
Counts = Counter[str]
"""What was acknowledged as new, by kind; `refused` is what another writer had got already."""


def write_together(target: str, writers: int, seconds: float) -> list[Counts]:
    """Start writers, let them go at the same moment, and wait for their ends.

    Args:
        target: where the record is, or will be.
        writers: how many.
        seconds: how long each of them writes; 0 for one attempt each.

    Returns:
        What each one got into the record.
    """
    return [Counter(one) for one in run_together(__file__, target, writers, seconds)]


def run_together(program: str, target: str, writers: int, seconds: float) -> list[dict[str, Any]]:
    """Run a program that calls `go_together`, and wait for its end.

    Args:
        program: the file.
        target: where the record is, or will be.
        writers: how many are to write.
        seconds: how long each of them writes.

    Returns:
        What each one says that it did, in no order.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", program, target, str(writers), str(seconds)],
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _id(*words: object) -> str:
    return sha256(repr(words).encode()).hexdigest()[:32]


def _now() -> datetime:
    return datetime.now(UTC)


def _attempt(attempt_id: str, kind: AttemptKind = AttemptKind.QUIZ) -> Attempt:
    reference = ContentRef(id="a/b", version="1.0.0", content_hash="c", structure_hash="s")
    return Attempt(
        id=attempt_id,
        kind=kind,
        started=_now(),
        steps=(Step(question=reference),),
        seed=1,
        person="Ada",
    )


def _answer(attempt: str, position: int, writer: int) -> Answer:
    return Answer(
        id=_id("answer", attempt, position, writer),
        attempt_id=attempt,
        position=position,
        submitted=_now(),
        seconds=1.0,
        text=f"Writer {writer} says so. " * 20,
    )


def _grade(answer: Answer) -> GradeRecord:
    point = PointGrade(id="cost", verdict=Verdict.MET, points=1.0, max_points=1.0)
    return GradeRecord(
        id=_id("grade", answer.id),
        answer_id=answer.id,
        attempt_id=answer.attempt_id,
        at=_now(),
        grade=Grade(
            score=1.0, max_score=1.0, points=(point,), provenance=Provenance(package_version="1")
        ),
    )


class _Writer:
    """One of them."""

    def __init__(self, store: Store, number: int) -> None:
        self.store = store
        self.number = number
        self.counts = Counts()

    def lead(self, turn: int) -> None:
        """Carry an attempt of one's own through, a person's verdict included."""
        attempt = _id("attempt", self.number, turn)
        self._count("attempt", self.store.append_attempt(_attempt(attempt)))
        answer = _answer(attempt, 0, self.number)
        self._count("answer", self.store.append_answer(answer) == answer)
        record = _grade(answer)
        self._count("grade", self.store.append_grade(record))
        override = Override(
            id=_id("override", attempt),
            grade_id=record.id,
            answer_id=answer.id,
            attempt_id=attempt,
            point_id="cost",
            verdict=Verdict.PARTIAL,
            author=f"Writer {self.number}",
            reason="half of it",
            at=_now(),
        )
        self._count("override", self.store.append_override(override))
        mark = FinishedAttempt(attempt_id=attempt, at=_now())
        self._count("finished", self.store.finish(mark))

    def quarrel(self, turn: int) -> None:
        """Try to be the first at the next place of the attempt that all share."""
        mine = _answer(SHARED, turn, self.number)
        kept = self.store.append_answer(mine)
        self._count("answer", kept == mine)
        self._count("grade", self.store.append_grade(_grade(kept)))
        event = InterviewEvent(
            attempt_id=SHARED,
            number=turn,
            kind=EventKind.NOTED,
            at=_now(),
            position=0,
            spent=0.0,
            text=f"Writer {self.number} was first.",
        )
        try:
            self.store.append_event(event)
        except UsageError:
            self._count("event", new=False)
        else:
            self._count("event", new=True)

    def _count(self, kind: str, new: bool) -> None:
        self.counts[kind if new else "refused"] += 1


def _write(target: str, number: int, seconds: float) -> Counts:
    with Store.open(target, clock=_now, patience=PATIENCE) as store:
        writer = _Writer(store, number)
        if not seconds:
            new = store.append_attempt(_attempt(_id("attempt", number, 0)))
            return Counts(attempt=int(new))
        shared = _attempt(SHARED, AttemptKind.INTERVIEW)
        writer.counts["attempt"] += store.append_attempt(shared)
        end = time.monotonic() + seconds
        for turn in count():  # one at least, however slow the machine
            writer.lead(turn)
            writer.quarrel(turn)
            if time.monotonic() > end:
                break
        return writer.counts


def go_together(write: Callable[[str, int, float], object]) -> int:
    """Fork the writers, that they need not each import everything anew; a pipe is the gun.

    Args:
        write: given where the record is, the number of the writer from 0 and for how many seconds,
            writes and tells what it did.

    Returns:
        The exit code.
    """
    import alembic.command  # noqa: F401 - so that all are equally quick to migrate

    target, writers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    waiting, gun = os.pipe()
    children = []
    for number in range(writers):
        child = os.fork()
        if child == 0:
            os.close(gun)
            os.read(waiting, 1)  # ends when nobody holds the other end any more
            line = json.dumps(write(target, number, seconds)) + "\n"
            os.write(sys.stdout.fileno(), line.encode())
            os._exit(0)
        children.append(child)
    os.close(gun)
    failed = [child for child in children if os.waitpid(child, 0)[1] != 0]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(go_together(_write))

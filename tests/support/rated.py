"""A small interview on record, and raters of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from packets import packet

from grader.grade import ContentRef, Evidence, Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.attempt import Answer, Attempt, AttemptKind, FinishedAttempt, GradeRecord, Step
from questionbank.interview_event import EventKind, Heard, InterviewEvent
from questionbank.mark import Mark, Rater
from questionbank.rating import Decision, Place, begin, mark_at
from questionbank.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATTEMPT = "a" * 32
NAME = "Ada Lovelace"
SAID = "I would compare the bills."
PLACES = (Place(0, "cost"), Place(0, "measures"), Place(1, "cost"))


def open_store(path: Path) -> Store:
    return Store.open(path, clock=lambda: NOON)


def ref(name: str) -> ContentRef:
    return ContentRef(id=name, version="1.0.0", content_hash="sha256:0", structure_hash="sha256:0")


def grade(*verdicts: tuple[str, Verdict], sure: float | None = 0.8) -> Grade:
    points = tuple(
        PointGrade(
            id=name,
            verdict=verdict,
            probability=sure,
            points=verdict.share,
            max_points=1.0,
            evidence=Evidence(start=0, end=7, text=SAID[:7]),
        )
        for name, verdict in verdicts
    )
    return Grade(
        score=sum(point.points or 0.0 for point in points),
        max_score=float(len(points)),
        points=points,
        provenance=Provenance(package_version="1"),
    )


def event(number: int, kind: EventKind, **fields: object) -> InterviewEvent:
    given = {"attempt_id": ATTEMPT, "number": number, "kind": kind, "at": NOON}
    return InterviewEvent.model_validate({"position": 0, "spent": 1.0} | given | fields)


def interview(store: Store, attempt_id: str = ATTEMPT, name: str = NAME) -> None:
    """Put a finished interview of two answers on record, the first of them graded."""
    steps = tuple(
        Step(question=ref(f"{name}/one"), rubric=ref(f"{name}/one")) for name in ("a", "b")
    )
    store.append_attempt(
        Attempt(id=attempt_id, kind=AttemptKind.INTERVIEW, started=NOON, steps=steps, seed=1)
    )
    plan = packet()
    store.append_packet(plan)
    for one in (
        event(
            0,
            EventKind.BEGUN,
            packet=plan.content_hash,
            pseudonym=f"candidate-{attempt_id[:6]}",
            text=name,
            author="Bob",
        ),
        event(1, EventKind.SHOWN),
        event(2, EventKind.HEARD, heard=Heard.TYPED, text=SAID),
        event(3, EventKind.NOTED, text="Private: nervous."),
        event(4, EventKind.EXTRA_TIME, minutes=5.0, text="entitled"),
    ):
        store.append_event(one.model_copy(update={"attempt_id": attempt_id}))
    for position in range(2):
        answer = Answer(
            id=f"{attempt_id[:31]}{position}",
            attempt_id=attempt_id,
            position=position,
            submitted=NOON + timedelta(minutes=position),
            seconds=60.0,
            text=SAID,
        )
        store.append_answer(answer)
        if position == 0:
            store.append_grade(
                GradeRecord(
                    id=f"{attempt_id[:30]}99",
                    answer_id=answer.id,
                    attempt_id=attempt_id,
                    at=NOON,
                    grade=grade(("cost", Verdict.MET), ("measures", Verdict.NOT_MET)),
                )
            )
    store.finish(FinishedAttempt(attempt_id=attempt_id, at=NOON))


def give(store: Store, rater: Rater, place: Place, decision: Decision) -> Mark:
    """Have a rater mark a place, without having seen the machine's verdict."""
    state = begin(rater, PLACES, store.own_marks(rater), {})
    _, mark = mark_at(state, place, decision, NOON)
    assert mark is not None
    store.append_marks([mark])
    return mark

"""What tests of packets on paper share: packets of a bank's questions, and interviews held."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from grader.grade import Evidence, Grade, PointGrade, Provenance
from grader.verdict import Flag, Verdict
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptKind,
    AttemptRecord,
    GradeRecord,
    Override,
)
from questionbank.bank import Bank
from questionbank.exports.packet_panel import Held, held_as_rated
from questionbank.instance import Instance, rubric_ref
from questionbank.interview import (
    Begun,
    Ended,
    Event,
    ExtraTime,
    HeardPiece,
    InterviewState,
    Next,
    Noted,
    Skipped,
    advance,
)
from questionbank.interview_event import InterviewEvent
from questionbank.packet import MAX_MINUTES, Packet
from questionbank.panel import Interviewed
from questionbank.pinned import instances_of_packet
from questionbank.question import Question, rubric_ids

BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTE = "Seemed nervous at first."
"""A private note."""


def packet_of(bank: Bank, questions: Sequence[Question] = (), **changes: object) -> Packet:
    """A packet that asks some questions of a bank, all of them if none is named."""
    asked = questions or [one for _, one in sorted(bank.questions.items())]
    strategies = dict.fromkeys(one.strategy for one in asked)
    data: dict[str, object] = {
        "id": "any-1",
        "title": "Any interview",
        "seed": 3,
        "audience": ["engineer"],
        "level": "advanced",
        "minutes": MAX_MINUTES,
        "competencies": [{"strategy": name, "weight": 1} for name in strategies],
        "items": [
            {
                "question": _pin(one.ref.model_dump()),
                "rubrics": [
                    _pin(rubric_ref(bank.rubrics[name]).model_dump()) for name in rubric_ids(one)
                ],
                "strategy": one.strategy,
                "title": one.title,
                "minutes": one.minutes,
            }
            for one in asked
        ],
    }
    return Packet.model_validate(data | changes)


def _pin(ref: dict[str, str]) -> dict[str, str]:
    names = {"content_hash": "content", "structure_hash": "structure"}
    return {names.get(key, key): value for key, value in ref.items()}


def asked_by(packet: Packet, bank: Bank) -> tuple[Instance, ...]:
    return instances_of_packet(packet, bank)


def held(
    packet: Packet,
    instances: Sequence[Instance],
    said: Sequence[str | None],
    *,
    pseudonym: str = "heron",
    people: dict[str, Verdict] | None = None,
    reason: str | None = "She said it in other words.",
    graded: bool = True,
    number: int = 1,
) -> Held:
    """An interview in which something is said on each step, graded point by point in turn.

    Args:
        packet: the plan.
        instances: what it asks.
        said: on each step; None to skip it.
        pseudonym: the candidate's.
        people: verdicts on every point, by who gives them.
        reason: why.
        graded: whether the machine has graded it.
        number: tells attempts apart.
    """
    attempt = Attempt(
        id=f"{number:032x}",
        kind=AttemptKind.INTERVIEW,
        started=BEGAN,
        steps=tuple(one.step for one in instances),
        seed=packet.seed,
    )
    state, entries, now = InterviewState(attempt, packet.minutes), [], BEGAN
    events: list[Event] = [Begun(packet.content_hash, pseudonym, "Ada Lovelace"), Noted(NOTE)]
    for text in said:
        events += [HeardPiece(text), Next()] if text is not None else [Skipped()]
    for event in (*events, ExtraTime(10, "entitled"), Ended()):
        state, new = advance(state, event, now)
        entries += new
        now += timedelta(minutes=2)
    answers = tuple(one for one in entries if isinstance(one, Answer))
    grades = tuple(_graded(one, instances[one.position], now) for one in answers)
    record = AttemptRecord(
        attempt=attempt,
        answers=answers,
        grades=grades if graded else (),
        overrides=tuple(
            Override(
                id=f"{at:016x}{place:016x}",
                grade_id=one.id,
                answer_id=one.answer_id,
                attempt_id=attempt.id,
                point_id=point.id,
                verdict=verdict,
                author=name,
                reason=reason,
                at=now,
            )
            for at, (name, verdict) in enumerate((people or {}).items())
            for place, (one, point) in enumerate(
                (one, point) for one in grades for point in one.grade.points
            )
        ),
        events=tuple(one for one in entries if isinstance(one, InterviewEvent)),
        finished=now,
    )
    return held_as_rated(Interviewed(record, instances, packet, (), {}))


def _graded(answer: Answer, instance: Instance, now: datetime) -> GradeRecord:
    """The first point rests on the first half of the answer, the second is open, and so on."""
    rubric = instance.rubric
    half = max(1, len(answer.text) // 2)
    turns = (Verdict.MET, Verdict.NEEDS_REVIEW, Verdict.PARTIAL, Verdict.CONTRADICTED)
    weights = [(one.id, one.weight) for one in rubric.points] if rubric else [("answer", 1.0)]
    points = []
    for at, (name, weight) in enumerate(weights):
        verdict = turns[at % len(turns)]
        share = verdict.share
        points.append(
            PointGrade(
                id=name,
                verdict=verdict,
                probability=0.7 if rubric else None,
                points=None if share is None else share * weight,
                max_points=weight,
                evidence=Evidence(start=0, end=half, text=answer.text[:half]) if rubric else None,
            )
        )
    grade = Grade(
        score=sum(one.points or 0.0 for one in points),
        max_score=sum(weight for _, weight in weights),
        flags=(Flag.TOO_LONG,) if len(answer.text) > 1000 else (),
        review=("One verdict is close.",) if any(one.points is None for one in points) else (),
        points=tuple(points),
        provenance=Provenance(package_version="0"),
    )
    return GradeRecord(
        id=f"{answer.position:016x}{answer.id[:16]}",
        answer_id=answer.id,
        attempt_id=answer.attempt_id,
        at=now,
        grade=grade,
    )

"""Records to ledger entries and back, with what is personal kept apart.

Personal is what a person wrote or what names her: the person's name, an answer's text and label,
the evidence quoted from it, the grader's and people's reasons, who overrode a verdict, who rates.
All else is the public body.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from grader.canonical import canonical_json
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptRecord,
    FinishedAttempt,
    GradeRecord,
    Override,
)
from questionbank.document import Document
from questionbank.errors import StoreError
from questionbank.interview_event import InterviewEvent
from questionbank.ledger import EntryKind, Row
from questionbank.mark import Act, Mark, Rater
from questionbank.packet import Packet

_ID = re.compile(r"[0-9a-f]{32}")


class NewEntry(NamedTuple):
    """An entry before it has a place in the chain."""

    id: str | None
    """32 hexadecimal digits; None where the store may draw one."""
    kind: EntryKind
    attempt_id: str | None
    key: str
    body: str
    """Canonical JSON, nothing personal in it."""
    personal: str | None = None
    """Canonical JSON, or None."""


def attempt_key(attempt_id: str) -> str:
    """The key under which an attempt is recorded once."""
    return f"attempt:{_checked(attempt_id)}"


def finished_key(attempt_id: str) -> str:
    """The key under which an attempt's end is recorded once."""
    return f"finished:{_checked(attempt_id)}"


def from_attempt(attempt: Attempt) -> NewEntry:
    """Split an attempt into its public and its personal part."""
    body = attempt.model_dump(mode="json")
    person = body.pop("person")
    return NewEntry(
        attempt.id,
        EntryKind.ATTEMPT,
        attempt.id,
        attempt_key(attempt.id),
        _text(body),
        None if person is None else _text({"person": person}),
    )


def from_answer(answer: Answer) -> NewEntry:
    """Split an answer into its public and its personal part."""
    body = answer.model_dump(mode="json")
    personal = {"text": body.pop("text"), "label": body.pop("label")}
    return NewEntry(
        _checked(answer.id),
        EntryKind.ANSWER,
        answer.attempt_id,
        f"answer:{_checked(answer.attempt_id)}:{answer.position}",
        _text(body),
        _text(personal),
    )


def from_grade(record: GradeRecord) -> NewEntry:
    """Split a grade into its public and its personal part: evidence and reasons are personal."""
    body = record.model_dump(mode="json")
    personal = {
        "reason": body.pop("reason"),
        "review": body["grade"].pop("review"),
        "evidence": [point.pop("evidence") for point in body["grade"]["points"]],
    }
    said = personal["reason"] is not None or personal["review"] or any(personal["evidence"])
    return NewEntry(
        _checked(record.id),
        EntryKind.GRADE,
        record.attempt_id,
        f"grade:{_checked(record.answer_id)}:{record.id}",
        _text(body),
        _text(personal) if said else None,
    )


def from_override(override: Override) -> NewEntry:
    """Split an override into its public and its personal part: author and reason are personal."""
    body = override.model_dump(mode="json")
    personal = {"author": body.pop("author"), "reason": body.pop("reason")}
    said = any(value is not None for value in personal.values())
    return NewEntry(
        _checked(override.id),
        EntryKind.OVERRIDE,
        override.attempt_id,
        f"override:{_checked(override.grade_id)}:{override.id}",
        _text(body),
        _text(personal) if said else None,
    )


def from_event(event: InterviewEvent) -> NewEntry:
    """Split an event into its public and its personal part: words and names are personal."""
    body = event.model_dump(mode="json")
    personal = {"text": body.pop("text"), "author": body.pop("author")}
    said = any(value is not None for value in personal.values())
    return NewEntry(
        None,
        EntryKind.EVENT,
        event.attempt_id,
        f"event:{_checked(event.attempt_id)}:{event.number}",
        _text(body),
        _text(personal) if said else None,
    )


def from_rater(rater: Rater) -> NewEntry:
    """Split a rater into her public and her personal part: the name is personal."""
    body = rater.model_dump(mode="json")
    author = body.pop("author")
    return NewEntry(
        None,
        EntryKind.RATER,
        rater.attempt_id,
        f"rater:{_checked(rater.attempt_id)}:{rater.id}",
        _text(body),
        None if author is None else _text({"author": author}),
    )


def from_mark(mark: Mark) -> NewEntry:
    """Split a mark into its public and its personal part: the reason is personal."""
    body = mark.model_dump(mode="json")
    reason = body.pop("reason")
    return NewEntry(
        _checked(mark.id),
        EntryKind.MARK,
        mark.attempt_id,
        f"{mark_keys(mark.attempt_id, mark.rater)}{mark.number}",
        _text(body),
        None if reason is None else _text({"reason": reason}),
    )


def mark_keys(attempt_id: str, rater: str) -> str:
    """How the keys of one rater's marks begin, and those of no other."""
    return f"mark:{_checked(attempt_id)}:{rater}:"


def from_act(act: Act, act_id: str) -> NewEntry:
    """Split an act into its public and its personal part: who did it and why are personal."""
    body = act.model_dump(mode="json")
    personal = {"author": body.pop("author"), "reason": body.pop("reason")}
    said = any(value is not None for value in personal.values())
    return NewEntry(
        _checked(act_id),
        EntryKind.ACT,
        act.attempt_id,
        f"act:{_checked(act.attempt_id)}:{act_id}",
        _text(body),
        _text(personal) if said else None,
    )


def from_packet(packet: Packet) -> NewEntry:
    """Make the entry that keeps a packet; it belongs to no single interview."""
    body = packet.model_dump(mode="json")
    return NewEntry(None, EntryKind.PACKET, None, packet_key(packet.content_hash), _text(body))


def packet_key(content_hash: str) -> str:
    """The key under which a packet is recorded once."""
    return f"packet:{content_hash}"


def from_finished(mark: FinishedAttempt) -> NewEntry:
    """Make the entry that ends an attempt."""
    return NewEntry(
        None,
        EntryKind.FINISHED,
        mark.attempt_id,
        finished_key(mark.attempt_id),
        _text(mark.model_dump(mode="json")),
    )


def from_document(document: Document) -> NewEntry:
    """Make the entry that keeps a text; it belongs to no single attempt."""
    key = f"document:{document.kind}:{document.id}@{document.version}:{document.content_hash}"
    return NewEntry(None, EntryKind.DOCUMENT, None, key, _text(document.model_dump(mode="json")))


def graded_answer(grade_key: str) -> str:
    """The id of the answer that a grade's key names."""
    return grade_key.split(":")[1]


def to_attempt(row: Row) -> Attempt:
    """Read an attempt back; without its person if that was erased."""
    return Attempt.model_validate(_body(row) | _personal(row))


def to_answer(row: Row) -> Answer:
    """Read an answer back; with an empty text if that was erased."""
    return Answer.model_validate({"text": ""} | _body(row) | _personal(row))


def to_grade(row: Row) -> GradeRecord:
    """Read a grade back; without evidence and reasons if those were erased."""
    body, personal = _body(row), _personal(row)
    body["reason"] = personal.get("reason")
    body["grade"]["review"] = personal.get("review", [])
    for point, evidence in zip(
        body["grade"]["points"], personal.get("evidence", ()), strict=bool(personal)
    ):
        point["evidence"] = evidence
    return GradeRecord.model_validate(body)


def to_override(row: Row) -> Override:
    """Read an override back; without author and reason if those were erased."""
    return Override.model_validate(_body(row) | _personal(row))


def to_event(row: Row) -> InterviewEvent:
    """Read an event back; without words and names if those were erased."""
    return InterviewEvent.model_validate(_body(row) | _personal(row))


def to_rater(row: Row) -> Rater:
    """Read a rater back; without her name if that was erased."""
    return Rater.model_validate(_body(row) | _personal(row))


def to_mark(row: Row) -> Mark:
    """Read a mark back; without its reason if that was erased."""
    return Mark.model_validate(_body(row) | _personal(row))


def to_act(row: Row) -> Act:
    """Read an act back; without who and why if those were erased."""
    return Act.model_validate(_body(row) | _personal(row))


def to_packet(row: Row) -> Packet:
    """Read a packet back."""
    return Packet.model_validate(_body(row))


def to_document(row: Row) -> Document:
    """Read a text back."""
    return Document.model_validate(_body(row))


def to_attempt_record(rows: Iterable[Row]) -> AttemptRecord:
    """Put one attempt together.

    Args:
        rows: its entries in the order of `seq`, the attempt's own first.
    """
    first, *others = rows
    answers: list[Answer] = []
    grades: list[GradeRecord] = []
    overrides: list[Override] = []
    events: list[InterviewEvent] = []
    finished: datetime | None = None
    for row in others:
        if row.entry.kind == EntryKind.ANSWER:
            answers.append(to_answer(row))
        elif row.entry.kind == EntryKind.GRADE:
            grades.append(to_grade(row))
        elif row.entry.kind == EntryKind.OVERRIDE:
            overrides.append(to_override(row))
        elif row.entry.kind == EntryKind.EVENT:
            events.append(to_event(row))
        elif row.entry.kind == EntryKind.FINISHED:
            finished = FinishedAttempt.model_validate(_body(row)).at
    return AttemptRecord(
        attempt=to_attempt(first),
        answers=tuple(sorted(answers, key=lambda answer: answer.position)),
        grades=tuple(grades),
        overrides=tuple(overrides),
        events=tuple(sorted(events, key=lambda event: event.number)),
        finished=finished,
        erased=tuple(row.entry.id for row in (first, *others) if row.erased),
    )


def _checked(record_id: str) -> str:
    if not _ID.fullmatch(record_id):
        raise StoreError(f"{record_id!r} cannot be recorded: an id is 32 hexadecimal digits")
    return record_id


def _text(content: dict[str, Any]) -> str:
    try:
        return canonical_json(content).decode()
    except ValueError as error:  # NaN, integers beyond 2**53, lone surrogates
        raise StoreError(f"this cannot be recorded: {error}; nothing was written") from error


def _body(row: Row) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(row.entry.body)
    return body


def _personal(row: Row) -> dict[str, Any]:
    if row.personal is None:
        return {}
    personal: dict[str, Any] = json.loads(row.personal.body)
    return personal

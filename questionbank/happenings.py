"""Who did what when in an interview and with it, told without a word of what was said."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from grader.rubric import Record
from questionbank.entries import (
    to_act,
    to_answer,
    to_attempt,
    to_event,
    to_grade,
    to_mark,
    to_override,
    to_rater,
)
from questionbank.interview_event import EventKind
from questionbank.ledger import EntryKind, Row

CANDIDATE = "candidate"
MACHINE = "machine"
_BY_CANDIDATE = frozenset({EventKind.HEARD})


class Happening(Record):
    """One entry of the record."""

    number: int
    """Of the entry in the whole record."""
    at: datetime
    """When it was appended, UTC."""
    what: str
    """The kind of the entry, or of the event or act in it."""
    who: str | None = None
    """`candidate`, `machine` or a name; None where nobody is named, or the name was erased."""
    position: int | None = None
    """The step it is about, counted from 0."""
    detail: str | None = None
    """A point or minutes; never what was said or how it was judged."""
    erased: bool = False
    """Whether its personal text is gone."""


class _Known(NamedTuple):
    """What earlier entries tell about later ones."""

    positions: Mapping[str, int]
    """Of answers, by id."""
    names: Mapping[str, str]
    """Of raters, by pseudonym."""


def happenings(rows: Iterable[Row]) -> tuple[Happening, ...]:
    """Tell an interview's entries.

    Args:
        rows: all of one attempt, in the order of `seq`.
    """
    positions: dict[str, int] = {}
    names: dict[str, str] = {}
    found: list[Happening] = []
    for row in rows:
        if row.entry.kind == EntryKind.ANSWER:
            answer = to_answer(row)
            positions[answer.id] = answer.position
        elif row.entry.kind == EntryKind.RATER:
            rater = to_rater(row)
            names[rater.id] = rater.name
        given = {
            "number": row.entry.seq,
            "at": row.entry.at,
            "what": row.entry.kind,
            "erased": row.erased,
        }
        told = _told(row, _Known(positions, names))
        found.append(Happening.model_validate(given | told))
    return tuple(found)


def _told(row: Row, known: _Known) -> dict[str, object]:
    """What an entry's body adds; nothing for a kind that a later version may bring."""
    match row.entry.kind:
        case EntryKind.ATTEMPT:
            return {"detail": f"{len(to_attempt(row).steps)} steps"}
        case EntryKind.ANSWER:
            answer = to_answer(row)
            seconds = f"after {answer.seconds:.0f} s"
            return {"who": CANDIDATE, "position": answer.position, "detail": seconds}
        case EntryKind.GRADE:
            answer_id = to_grade(row).answer_id
            return {"who": MACHINE, "position": known.positions.get(answer_id)}
        case EntryKind.OVERRIDE:
            override = to_override(row)
            return {
                "who": override.author,
                "position": known.positions.get(override.answer_id),
                "detail": override.point_id,
            }
        case EntryKind.EVENT:
            return _event(row)
        case EntryKind.RATER:
            return {"who": to_rater(row).name}
        case EntryKind.MARK:
            mark = to_mark(row)
            return {
                "who": known.names.get(mark.rater, mark.rater),
                "position": mark.position,
                "detail": mark.point_id or "whole answer",
            }
        case EntryKind.ACT:
            act = to_act(row)
            return {"what": act.kind, "who": act.author}
    return {}


def _event(row: Row) -> dict[str, object]:
    event = to_event(row)
    minutes = None if event.minutes is None else f"{event.minutes:g} min"
    begun = event.kind is EventKind.BEGUN
    return {
        "what": event.kind,
        "who": CANDIDATE if event.kind in _BY_CANDIDATE else event.author,
        "position": None if begun else event.position,
        "detail": event.pseudonym or event.point_id or minutes,
    }

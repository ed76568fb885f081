"""Who was interviewed: found by name or pseudonym, and everything that is held on the person.

A name is looked for only where somebody gives one; nothing here lists names.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from questionbank.attempt import AttemptKind, AttemptRecord
from questionbank.interview_event import EventKind, InterviewEvent

if TYPE_CHECKING:
    from questionbank.mark import Act, Mark

FORMAT = 1
"""The format of what is handed out on a person."""


def interviews(records: Iterable[AttemptRecord]) -> tuple[AttemptRecord, ...]:
    """The interviews among attempts, in their order."""
    return tuple(one for one in records if one.attempt.kind is AttemptKind.INTERVIEW)


def pseudonym(record: AttemptRecord) -> str | None:
    """What the candidate of an interview is called; None of anything else."""
    begun = _begun(record)
    return begun.pseudonym if begun else None


def name(record: AttemptRecord) -> str | None:
    """Who the candidate is; None where no name was kept, or it was erased."""
    begun = _begun(record)
    return begun.text if begun else record.attempt.person


def of_candidate(records: Iterable[AttemptRecord], who: str) -> tuple[AttemptRecord, ...]:
    """The attempts of one person.

    Args:
        records: attempts of any kind.
        who: a name or a pseudonym in full; upper and lower case and spaces do not matter.
    """
    wanted = _folded(who)
    return tuple(
        record
        for record in records
        if wanted and wanted in {_folded(pseudonym(record)), _folded(name(record))}
    )


def last_activity(record: AttemptRecord) -> datetime:
    """When an attempt ended or, if it has not, when something last happened in it. UTC."""
    times = [record.attempt.started]
    times += [event.at for event in record.events]
    times += [answer.submitted for answer in record.answers]
    return record.finished or max(times)


def holds_words(record: AttemptRecord) -> bool:
    """Whether anything that a person said or wrote is still there."""
    gone = set(record.erased)
    return any(answer.id not in gone for answer in record.answers) or any(
        event.text is not None for event in record.events
    )


def overdue(
    records: Iterable[AttemptRecord], now: datetime, days: int
) -> tuple[AttemptRecord, ...]:
    """The interviews whose words have been kept for longer than they may be.

    Args:
        records: attempts of any kind.
        now: UTC.
        days: how long words may be kept after the last activity.
    """
    return tuple(
        record
        for record in interviews(records)
        if holds_words(record) and now - last_activity(record) > timedelta(days=days)
    )


def held_on(
    record: AttemptRecord, marks: Sequence["Mark"], acts: Sequence["Act"], draft: str | None
) -> dict[str, Any]:
    """Everything held on the person in one attempt, as a JSON value.

    The names of interviewers and raters are other people's data and are left out; a rater keeps
    her number.

    Args:
        record: the attempt.
        marks: of all its raters.
        acts: what was done with it.
        draft: what has been typed and not submitted; None if nothing has.
    """
    attempt = record.attempt
    ids = {"attempt_id"}
    return {
        "id": attempt.id,
        "kind": attempt.kind.value,
        "name": name(record),
        "pseudonym": pseudonym(record),
        "started": attempt.started.isoformat(),
        "finished": record.finished.isoformat() if record.finished else None,
        "questions": [
            {"question_id": step.key, "version": step.question.version, "seed": step.seed}
            for step in attempt.steps
        ],
        "answers": [one.model_dump(mode="json", exclude=ids) for one in record.answers],
        "draft": draft,
        "happenings": [
            one.model_dump(mode="json", exclude={*ids, "author"}) for one in record.events
        ],
        "grades": [one.model_dump(mode="json", exclude=ids) for one in record.grades],
        "overrides": [
            one.model_dump(mode="json", exclude={*ids, "author"}) for one in record.overrides
        ],
        "marks": [one.model_dump(mode="json", exclude=ids) for one in marks],
        "acts": [one.model_dump(mode="json", exclude={*ids, "author"}) for one in acts],
        "erased": list(record.erased),
    }


def _begun(record: AttemptRecord) -> InterviewEvent | None:
    return next((one for one in record.events if one.kind is EventKind.BEGUN), None)


def _folded(text: str | None) -> str:
    """A name as it is compared."""
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())

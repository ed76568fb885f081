"""What happened: one person's run through a quiz, the answers given, the grades they got."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field, field_validator

from grader.grade import ContentRef, Grade
from grader.rubric import Record
from grader.verdict import Verdict
from questionbank.interview_event import InterviewEvent

MAX_AUTHOR = 200
"""Characters of the name of somebody who decides."""
MAX_REASON = 2_000
"""Characters of a reason."""


class AttemptKind(StrEnum):
    """Why the questions were asked."""

    QUIZ = "quiz"
    INTERVIEW = "interview"
    BATCH = "batch"
    """A file of answers graded with `grade --keep`."""


class Step(Record):
    """One thing to answer: a question, or one part of a case."""

    question: ContentRef
    part: str | None = None
    """Which part of a case; None for a whole question."""
    rubric: ContentRef | None = None
    """The rubric of an open step, as it stood when asked."""
    seed: int = 0
    """What the parameters and the order of options are drawn from."""

    @property
    def key(self) -> str:
        """`question_id`, or `question_id#part`."""
        return f"{self.question.id}#{self.part}" if self.part else self.question.id


class Attempt(Record):
    """One run: what was to be asked, when and of whom."""

    id: str
    """32 hexadecimal digits."""
    kind: AttemptKind
    started: AwareDatetime
    """UTC."""
    steps: tuple[Step, ...]
    seed: int
    person: str | None = None
    """Personal: a name or pseudonym, if given."""


class Answer(Record):
    """One submitted answer."""

    id: str
    """32 hexadecimal digits."""
    attempt_id: str
    position: int = Field(ge=0)
    """Index into the attempt's steps."""
    submitted: AwareDatetime
    """UTC."""
    seconds: float = Field(ge=0)
    """Time from question on screen to submission, pauses left out."""
    text: str
    """Personal: the answer as given; blank if skipped."""
    label: str | None = None
    """Personal: the id the row had in the file it came from, if it came from one."""


class GradeRecord(Record):
    """A grade of one answer as it was appended; the last one appended counts."""

    id: str
    """32 hexadecimal digits."""
    answer_id: str
    attempt_id: str
    at: AwareDatetime
    """UTC."""
    grade: Grade
    reason: str | None = None
    """Why it was graded again; None for the first grade."""


class Override(Record):
    """A person's verdict on one point of a grade, over the machine's; the last appended counts."""

    id: str
    """32 hexadecimal digits."""
    grade_id: str
    """The grade that the person looked at."""
    answer_id: str
    attempt_id: str
    point_id: str
    verdict: Verdict
    """Never `needs_review`: a person decides."""
    author: str | None = Field(default=None, min_length=1, max_length=MAX_AUTHOR)
    """Personal: who decided; None once that is erased."""
    reason: str | None = Field(default=None, min_length=1, max_length=MAX_REASON)
    """Personal: why, one line; None if none was given, or once it is erased."""
    at: AwareDatetime
    """UTC."""

    @field_validator("verdict")
    @classmethod
    def _decides(cls, verdict: Verdict) -> Verdict:
        if verdict is Verdict.NEEDS_REVIEW:
            raise ValueError("a person's verdict decides; needs_review does not")
        return verdict


class FinishedAttempt(Record):
    """The mark that an attempt is over."""

    attempt_id: str
    at: AwareDatetime
    """UTC."""


class AttemptRecord(Record):
    """An attempt with all that was appended to it."""

    attempt: Attempt
    answers: tuple[Answer, ...] = ()
    """By position."""
    grades: tuple[GradeRecord, ...] = ()
    """In the order appended."""
    overrides: tuple[Override, ...] = ()
    """In the order appended."""
    events: tuple[InterviewEvent, ...] = ()
    """What happened beside the answers of an interview, in order."""
    finished: datetime | None = None
    """UTC; None while it can be resumed."""
    erased: tuple[str, ...] = ()
    """Ids of what has lost its personal text; such an answer reads as empty without being blank."""

    def grade_of(self, answer_id: str) -> GradeRecord | None:
        """The grade that counts for an answer, if it has one."""
        return next((g for g in reversed(self.grades) if g.answer_id == answer_id), None)

    @property
    def answered(self) -> frozenset[int]:
        """Positions that have an answer."""
        return frozenset(answer.position for answer in self.answers)

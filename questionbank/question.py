"""A question: what is asked, of whom, and what is needed to grade it."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from grader.canonical import digest
from grader.grade import ContentRef
from grader.rubric import Id, Record, SemanticVersion, Slug, Text

# Their own module, which loads no pydantic, so that `list` can do without; they are a question's.
from questionbank.labels import Audience as Audience
from questionbank.labels import Kind as Kind
from questionbank.labels import Level as Level
from questionbank.labels import Status as Status

FORMAT = 1
"""The question file format this version writes and the newest it reads."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A parameter's name in formulas and placeholders."""
Bounded = Annotated[int | float, Field(ge=-1e15, le=1e15)]
"""A number that JSON and floats hold exactly enough on every machine."""
Formula = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Asked(Record):
    """What every task has: words before the answer and words after it."""

    prompt: Text
    model_answer: Text | None = None
    """Shown after submission; for numeric tasks the worked solution."""

    def scored(self) -> dict[str, Any]:
        """Only what changes scores, as a JSON value."""
        return {"prompt": self.prompt}


class OpenTask(Asked):
    """Answered in free text and graded against a rubric."""

    kind: Literal[Kind.OPEN]
    rubric: Id

    def scored(self) -> dict[str, Any]:
        """Only what changes scores; the rubric has hashes of its own."""
        return {**super().scored(), "kind": self.kind, "rubric": self.rubric}


class Parameter(Record):
    """A number that the seed draws: one of `values`, or from `min` to `max` in steps of `step`."""

    values: Annotated[tuple[Bounded, ...], Field(min_length=1, max_length=1000)] | None = None
    min: Bounded | None = None
    max: Bounded | None = None
    step: Bounded | None = None

    @model_validator(mode="after")
    def _is_list_or_range(self) -> Self:
        low, high, step = self.min, self.max, self.step
        if self.values is not None:
            if any(bound is not None for bound in (low, high, step)):
                raise ValueError("give either values, or min, max and step")
            return self
        if low is None or high is None or step is None:
            raise ValueError("give either values, or min, max and step")
        if step < 1e-9 or high < low:
            raise ValueError("step must be at least 0.000000001, and max not below min")
        if (high - low) / step > 1_000_000:
            raise ValueError("more than a million steps; choose a larger step")
        return self


class Tolerance(Record):
    """How far an answer may be off: within either bound is right."""

    relative: float | None = Field(default=None, ge=0, lt=1)
    """Share of the right value: 0.02 is two per cent."""
    absolute: float | None = Field(default=None, ge=0, le=1e15)
    """In the answer's unit."""

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.relative is None and self.absolute is None:
            raise ValueError("give relative or absolute")
        return self

    def accepts(self, given: float, right: float) -> bool:
        """Whether a value is near enough."""
        off = abs(given - right)
        return (self.relative is not None and off <= self.relative * abs(right)) or (
            self.absolute is not None and off <= self.absolute
        )


class Mistake(Record):
    """A wrong way to calculate that many take, and what to tell them."""

    formula: Formula
    feedback: Text


class NumericTask(Asked):
    """Answered with a number computed from parameters that the seed draws."""

    kind: Literal[Kind.NUMERIC]
    unit: Text
    tolerance: Tolerance
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    formula: Formula
    mistakes: tuple[Mistake, ...] = ()
    points: float = Field(default=1.0, gt=0, le=100)

    @field_validator("parameters")
    @classmethod
    def _leave_answer_free(cls, parameters: dict[Name, Parameter]) -> dict[Name, Parameter]:
        if "answer" in parameters:
            raise ValueError("a parameter may not be called answer; {{answer}} is the right value")
        return parameters

    def scored(self) -> dict[str, Any]:
        """Only what changes scores."""
        keep = {"kind", "unit", "tolerance", "parameters", "formula", "points"}
        return {**super().scored(), **self.model_dump(mode="json", include=keep)}


class Option(Record):
    """One thing to choose."""

    id: Slug
    text: Text
    correct: bool = False
    why: Text
    """Why it is right or wrong, shown after submission."""


class ChoiceTask(Asked):
    """Answered by naming one or several options."""

    kind: Literal[Kind.CHOICE]
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=20)]
    points: float = Field(default=1.0, gt=0, le=100)

    @field_validator("options")
    @classmethod
    def _can_be_answered(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        ids = [option.id for option in options]
        if len(set(ids)) < len(ids):
            raise ValueError("option ids must differ")
        if not any(option.correct for option in options):
            raise ValueError("mark at least one option `correct: true`")
        return options

    @property
    def right(self) -> frozenset[str]:
        """Ids of the right options."""
        return frozenset(option.id for option in self.options if option.correct)

    def scored(self) -> dict[str, Any]:
        """Only what changes scores."""
        options = [
            option.model_dump(mode="json", include={"id", "text", "correct"})
            for option in self.options
        ]
        return {**super().scored(), "kind": self.kind, "options": options, "points": self.points}


Task = OpenTask | NumericTask | ChoiceTask
"""Something that takes one answer."""


class OpenPart(OpenTask):
    """A free-text part of a case."""

    id: Slug


class NumericPart(NumericTask):
    """A numeric part of a case."""

    id: Slug


class ChoicePart(ChoiceTask):
    """A multiple-choice part of a case."""

    id: Slug


Part = Annotated[OpenPart | NumericPart | ChoicePart, Field(discriminator="kind")]


class Header(Record):
    """What every question says of itself."""

    format: int = FORMAT
    id: Id
    version: SemanticVersion
    status: Status = Status.ACTIVE
    title: Text
    strategy: Slug
    level: Level
    audience: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=4)]
    topics: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=12)]
    minutes: int = Field(ge=1, le=120)
    """Time to answer."""
    prerequisites: tuple[Id, ...] = ()
    """Questions a learner should have met before."""
    exhibit: Text | None = None
    """Markdown shown below the prompt: a table, a price list, a vendor's pitch."""
    follow_ups: tuple[Text, ...] = ()
    sources: tuple[Text, ...] = ()

    @field_validator("strategy")
    @classmethod
    def _starts_the_id(cls, strategy: str, info: ValidationInfo) -> str:
        name = info.data.get("id")  # not there if it is itself unsound
        if name is not None and not name.startswith(f"{strategy}/"):
            raise ValueError(f"the id must be the strategy and a slug: {strategy}/…")
        return strategy

    def content(self) -> dict[str, Any]:
        """Everything a person can see, as a JSON value without version and status."""
        return self.model_dump(mode="json", exclude={"format", "version", "status"})

    def scored(self) -> dict[str, Any]:
        """Only what changes scores; each kind adds its own."""
        return {}

    @cached_property
    def content_hash(self) -> str:
        """Says that something a person can see has changed."""
        return digest(self.content())

    @cached_property
    def structure_hash(self) -> str:
        """Says that scores may change."""
        return digest({"id": self.id, **self.scored()})

    @property
    def ref(self) -> ContentRef:
        """Which text, exactly."""
        return ContentRef(
            id=self.id,
            version=self.version,
            content_hash=self.content_hash,
            structure_hash=self.structure_hash,
        )


class OpenQuestion(OpenTask, Header):
    """A question answered in free text."""


class NumericQuestion(NumericTask, Header):
    """A question answered with a number."""


class ChoiceQuestion(ChoiceTask, Header):
    """A question answered by choosing."""


class CaseQuestion(Header):
    """Several parts, in order, about one exhibit."""

    kind: Literal[Kind.CASE]
    prompt: Text
    """The situation, shown before each part."""
    model_answer: Text | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=12)]

    @field_validator("parts")
    @classmethod
    def _part_ids_differ(cls, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        ids = [part.id for part in parts]
        if len(set(ids)) < len(ids):
            raise ValueError("part ids must differ")
        return parts

    def scored(self) -> dict[str, Any]:
        """Only what changes scores."""
        parts = [{"id": part.id, **part.scored()} for part in self.parts]
        return {"kind": self.kind, "prompt": self.prompt, "parts": parts}


Question = Annotated[
    OpenQuestion | NumericQuestion | ChoiceQuestion | CaseQuestion, Field(discriminator="kind")
]
QUESTION: TypeAdapter[Question] = TypeAdapter(Question)
"""Checks a value as a question."""


def tasks(question: Question) -> tuple[tuple[str | None, Task], ...]:
    """What a question asks for, in order.

    Args:
        question: any question.

    Returns:
        (part id, task) for each part of a case; one (None, question) otherwise.
    """
    if isinstance(question, CaseQuestion):
        return tuple((part.id, part) for part in question.parts)
    return ((None, question),)


def rubric_ids(question: Question) -> tuple[str, ...]:
    """The rubrics a question is graded with."""
    return tuple(task.rubric for _, task in tasks(question) if isinstance(task, OpenTask))

"""A blueprint: a rule by which a learning path or an interview is drawn from the bank."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from grader.rubric import Id, Record, SemanticVersion, Slug, Text
from questionbank.question import Audience, Kind, Level, Question

FORMAT = 1
"""The blueprint file format this version writes and the newest it reads."""


class BlueprintKind(StrEnum):
    """What is drawn."""

    PATH = "path"
    """Questions for one who learns."""
    INTERVIEW = "interview"
    """Questions that every candidate is asked alike."""


class Minutes(Record):
    """How long all questions together may take."""

    min: int = Field(ge=1, le=600)
    max: int = Field(ge=1, le=600)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max must not be below min")
        return self


class Slot(Record):
    """Some questions of one sort; an empty list allows everything."""

    count: int = Field(default=1, ge=1, le=20)
    strategies: tuple[Slug, ...] = ()
    levels: tuple[Level, ...] = ()
    kinds: tuple[Kind, ...] = ()
    topics: tuple[Slug, ...] = ()
    """A question needs one of them."""
    minutes: int | None = Field(default=None, ge=1, le=120)
    """How long each question may take at most; None for no limit."""

    def fits(self, question: Question) -> bool:
        """Whether a question may take this slot, whoever it is for and whatever its status."""
        return (
            (not self.strategies or question.strategy in self.strategies)
            and (not self.levels or question.level in self.levels)
            and (not self.kinds or question.kind in self.kinds)
            and (not self.topics or bool(set(self.topics) & set(question.topics)))
            and (self.minutes is None or question.minutes <= self.minutes)
        )


class Competency(Record):
    """A strategy and what it counts in an interview."""

    strategy: Slug
    weight: float = Field(gt=0, le=100)
    """Relative to the other competencies; they need not sum to anything."""


class Recommendation(Record):
    """Where advice changes, as shares of the weighted points, 0 to 1; a person decides."""

    decline: float = Field(ge=0, le=1)
    """Below this share the advice is to decline."""
    advance: float = Field(ge=0, le=1)
    """From this share on it is to advance; in between, to talk it over."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.advance < self.decline:
            raise ValueError("advance must not be below decline")
        return self


class Blueprint(Record):
    """A learning path or an interview, drawn by rule."""

    format: int = FORMAT
    id: Id
    version: SemanticVersion
    kind: BlueprintKind
    title: Text
    description: Text
    audience: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=4)]
    """A question must be for at least one of them."""
    level: Level
    """How much it asks for on the whole; the slots say what each question may ask for."""
    minutes: Minutes
    draw: Annotated[tuple[Slot, ...], Field(min_length=1, max_length=20)]
    """In the order in which the questions are asked."""
    competencies: tuple[Competency, ...] = ()
    recommendation: Recommendation | None = None

    @model_validator(mode="after")
    def _suits_its_kind(self) -> Self:
        if self.kind is BlueprintKind.INTERVIEW and not self.competencies:
            raise ValueError("an interview needs competencies: the strategies and their weights")
        if self.kind is BlueprintKind.PATH and (self.competencies or self.recommendation):
            raise ValueError("a path has neither competencies nor a recommendation; delete them")
        names = [one.strategy for one in self.competencies]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"competency named twice: {', '.join(twice)}")
        return self

    @property
    def count(self) -> int:
        """How many questions it draws."""
        return sum(slot.count for slot in self.draw)

    def fits(self, slot: Slot, question: Question) -> bool:
        """Whether a question may take one of its slots, whatever its status."""
        return bool(set(self.audience) & set(question.audience)) and slot.fits(question)

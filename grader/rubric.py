"""A rubric: what a good answer to one question does, point by point."""

from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from grader.canonical import digest
from grader.verdict import Verdict

FORMAT = 1
"""The rubric file format this version writes and the newest it reads."""

Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=1, max_length=80)
]
"""Lower-case words joined by hyphens."""
Id = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$", min_length=1, max_length=160
    ),
]
"""Slugs joined by slashes: `benchmark-critique/sota-paper-claim`."""
SemanticVersion = Annotated[
    str, StringConstraints(pattern=r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$")
]
"""Three numbers: `1.4.0` (semver.org 2.0.0, without suffixes)."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""Some words, stripped."""


class Record(BaseModel):
    """A value that is checked once and never changes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )


class Feedback(Record):
    """What the learner reads about a point afterwards."""

    met: Text
    missed: Text


class Anchors(Record):
    """What a 1, a 3 and a 5 sound like (behaviourally anchored rating scale)."""

    one: Text = Field(alias="1")
    three: Text = Field(alias="3")
    five: Text = Field(alias="5")


class Point(Record):
    """One thing a good answer does."""

    id: Slug
    title: Text
    description: Text
    weight: float = Field(default=1.0, gt=0, le=100)
    """Points earned when the point is met."""
    exemplars: Annotated[tuple[Text, ...], Field(min_length=1, max_length=200)]
    """Wordings that meet the point."""
    counterexamples: Annotated[tuple[Text, ...], Field(max_length=200)] = ()
    """Near misses and opposites that do not."""
    feedback: Feedback
    probe: Text
    """The follow-up to ask when the point is missing."""
    anchors: Anchors | None = None
    pin: str | None = None
    """`id@version` of the shared point this one was taken from, if any."""


class GradedExample(Record):
    """A whole answer with the verdict a person expects on each point: the rubric's test."""

    id: Slug
    answer: Text
    verdicts: dict[Slug, Verdict]


class Rubric(Record):
    """The points of one question, and graded examples that test them."""

    format: int = FORMAT
    id: Id
    version: SemanticVersion
    title: Text
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=20)]
    examples: tuple[GradedExample, ...] = ()

    @field_validator("points", "examples")
    @classmethod
    def _ids_are_unique(cls, named: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        ids = [one.id for one in named]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            kind = str(info.field_name).removesuffix("s")
            raise ValueError(f"{kind} id used twice: {', '.join(twice)}")
        return named

    @property
    def max_points(self) -> float:
        """The sum of the weights."""
        return sum(point.weight for point in self.points)

    def point(self, point_id: str) -> Point:
        """Find a point by its id.

        Raises:
            KeyError: there is none.
        """
        for point in self.points:
            if point.id == point_id:
                return point
        raise KeyError(point_id)

    def content(self) -> dict[str, Any]:
        """Everything a person can see of the rubric, as a JSON value without its version."""
        return self.model_dump(mode="json", exclude={"format", "version"})

    def structure(self) -> dict[str, Any]:
        """Only what changes scores: ids, weights, descriptions, exemplars, counterexamples."""
        keep = {"id", "weight", "description", "exemplars", "counterexamples"}
        return {
            "id": self.id,
            "points": [point.model_dump(mode="json", include=keep) for point in self.points],
        }

    @cached_property
    def content_hash(self) -> str:
        """Says that something a person can see has changed."""
        return digest(self.content())

    @cached_property
    def structure_hash(self) -> str:
        """Says that scores may change."""
        return digest(self.structure())

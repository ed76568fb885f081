"""A packet: the questions of one interview, each pinned to the very text that every candidate gets.

What a candidate may see of a packet is the questions alone; weights, thresholds and rubrics are
the interviewer's.
"""

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from grader.canonical import digest
from grader.grade import ContentRef
from grader.rubric import Id, Record, SemanticVersion, Slug, Text
from questionbank.blueprint import Competency, Recommendation
from questionbank.question import Audience, Level

FORMAT = 1
"""The packet file format this version writes and the newest it reads."""
MAX_ITEMS = 40
"""Questions in one packet."""
MAX_MINUTES = 600
"""The longest interview."""

Hash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
"""As `grader.canonical.digest` makes them."""


class Pin(Record):
    """One text, exactly: a later version of the same id is another text."""

    id: Id
    version: SemanticVersion
    content: Hash
    """What the candidate or the interviewer sees."""
    structure: Hash
    """What scores rest on."""

    @classmethod
    def of(cls, ref: ContentRef) -> Self:
        """Pin a text."""
        return cls(
            id=ref.id,
            version=ref.version,
            content=ref.content_hash,
            structure=ref.structure_hash,
        )

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"


class Origin(Record):
    """The blueprint a packet was drawn by."""

    id: Id
    version: SemanticVersion

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"


class PacketItem(Record):
    """One question in its place."""

    question: Pin
    rubrics: tuple[Pin, ...] = ()
    """Of its free-text parts, in their order; shared points are part of a rubric's text."""
    strategy: Slug
    """The competency it speaks to."""
    title: Text
    minutes: int = Field(ge=1, le=120)


class Packet(Record):
    """One interview as planned; the same file gives every candidate the same interview."""

    format: int = FORMAT
    id: Slug
    title: Text
    blueprint: Origin | None = None
    """None if it was planned by role, level and minutes."""
    seed: int = Field(ge=0)
    """Decided the draw, and draws the numbers of the questions."""
    audience: Annotated[tuple[Audience, ...], Field(min_length=1, max_length=4)]
    level: Level
    minutes: int = Field(ge=1, le=MAX_MINUTES)
    """The time of the whole interview."""
    competencies: Annotated[tuple[Competency, ...], Field(min_length=1, max_length=40)]
    weights_reason: Text | None = None
    """Why the competencies do not weigh the same; needed where they do not."""
    recommendation: Recommendation | None = None
    """As the blueprint defines it; None where nothing is recommended."""
    items: Annotated[tuple[PacketItem, ...], Field(min_length=1, max_length=MAX_ITEMS)]
    """In the order in which everybody is asked."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ids = [item.question.id for item in self.items]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"question asked twice: {', '.join(twice)}")
        names = [one.strategy for one in self.competencies]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"competency named twice: {', '.join(twice)}")
        asked = {item.strategy for item in self.items}
        if missing := sorted(asked - set(names)):
            raise ValueError(f"asked but not weighed: {', '.join(missing)}; add a weight")
        if idle := sorted(set(names) - asked):
            raise ValueError(f"weighed but not asked: {', '.join(idle)}; delete the weight")
        if not self.equal and self.weights_reason is None:
            raise ValueError("competencies weigh differently; write why as weights_reason")
        if self.planned > self.minutes:
            raise ValueError(
                f"the questions take {self.planned} minutes, the interview has {self.minutes}"
            )
        return self

    @property
    def equal(self) -> bool:
        """Whether all competencies weigh the same."""
        return len({one.weight for one in self.competencies}) == 1

    @property
    def planned(self) -> int:
        """Minutes that the questions take together."""
        return sum(item.minutes for item in self.items)

    @cached_property
    def content_hash(self) -> str:
        """Says that two interviews were planned alike, whatever their files look like."""
        return digest(self.model_dump(mode="json", exclude={"format"}))

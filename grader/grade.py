"""A grade: one answer's verdicts with their evidence, and how they were made."""

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from grader.rubric import Record
from grader.verdict import Flag, Verdict


class Evidence(Record):
    """The span of the answer that a verdict rests on."""

    start: int = Field(ge=0)
    """First character, counted in the answer as given."""
    end: int = Field(ge=0)
    """One past the last character."""
    text: str
    """`answer[start:end]`."""


class PointGrade(Record):
    """The judgement on one rubric point."""

    id: str
    verdict: Verdict
    probability: float | None = None
    """Calibrated probability of `met`, 0 to 1; None where no model was asked."""
    points: float | None
    """0 to `max_points`; None while a person has yet to look."""
    max_points: float
    evidence: Evidence | None = None
    exemplar: str | None = None
    """The exemplar nearest to the evidence."""
    counterexample: str | None = None
    """The counterexample nearest to the evidence."""
    features: dict[str, float] = Field(default_factory=dict)
    """The raw features the probability was computed from."""


class ContentRef(Record):
    """Which text, exactly."""

    id: str
    version: str
    content_hash: str
    structure_hash: str


class Provenance(Record):
    """How a grade was made; two grades compare only if these agree."""

    question: ContentRef | None = None
    rubric: ContentRef | None = None
    model: str | None = None
    """Name of the encoder; None where no model was asked."""
    weights_digest: str | None = None
    """SHA-256 of the weights."""
    dtype: str | None = None
    """What its numbers were computed in: `float32` also where narrower ones left it in doubt."""
    device: str | None = None
    """`cpu`, `cuda` or `mps`."""
    backend: str | None = None
    """What ran the model, where that is not torch; not written down where it is."""
    calibration: str | None = None
    package_version: str

    @model_serializer(mode="wrap")
    def _torch_goes_without_saying(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        if self.backend is None:
            written.pop("backend", None)
        return written


class Grade(Record):
    """One answer, judged."""

    score: float
    """The sum of what is decided, 0 to `max_score`."""
    max_score: float
    flags: tuple[Flag, ...] = ()
    review: tuple[str, ...] = ()
    """Why a person should look, one sentence each; empty if nobody needs to."""
    points: tuple[PointGrade, ...]
    provenance: Provenance

    @property
    def undecided(self) -> tuple[PointGrade, ...]:
        """The points that wait for a person."""
        return tuple(point for point in self.points if point.points is None)

    @property
    def level(self) -> str:
        """In a word: `strong` from 80%, `fair` from 50%, else `weak`; `open` if undecided."""
        if self.undecided:
            return "open"
        share = self.score / self.max_score if self.max_score else 0.0
        return "strong" if share >= 0.8 else "fair" if share >= 0.5 else "weak"

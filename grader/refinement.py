"""What a person's own graded answers teach: per point, a shift of the calibration's log-odds.

Applied over a base calibration, to the rubrics it was learnt on; `grader.refining` makes it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from grader.errors import CalibrationError
from grader.fitted_file import read_fitted
from grader.rubric import Record, Rubric

FORMAT = 1
"""The refinement format this version writes and the newest it reads."""
KIND: Literal["refinement"] = "refinement"
"""What tells such a file from a base calibration."""
SHIFT = "refinement"
"""The name under which a grade lists the shift beside a point's features."""
_LOST = 0.01
_FURTHEST = 8.0
"""Log-odds beyond which the slope takes no more notice."""
_AGAIN = "run `questionbank calibrate` again"


class PointRefinement(Record):
    """What the labelled answers say of one point."""

    n: int = Field(ge=0)
    """Labelled answers learnt from."""
    bias: float
    slope: float
    """What a unit of the base's log-odds adds to itself."""
    weights: tuple[float, ...]
    """By the dimensions of the evidence's vector."""

    def shift(self, log_odds: float, evidence: Sequence[float]) -> float:
        """Say how far the base was off.

        Args:
            log_odds: the base's, of `met`.
            evidence: the vector of the unit that speaks for the point, unit length.

        Returns:
            What to add to them.
        """
        own = sum(w * x for w, x in zip(self.weights, evidence, strict=True))
        return self.bias + self.slope * bounded(log_odds) + own


class RubricRefinement(Record):
    """The points of one rubric as it stood when people judged."""

    rubric: str
    """Its id."""
    structure_hash: str
    points: dict[str, PointRefinement]
    """By id; a point that is not here is judged as before."""
    left: dict[str, int] = Field(default_factory=dict)
    """Points with too few labelled answers, and how many they have."""


class CurvePoint(Record):
    """How good so many labelled answers a point make it, on the answers left out."""

    labels: int = Field(ge=1)
    """Labelled answers a point."""
    points: int = Field(ge=1)
    """Points that have more than so many."""
    draws: int = Field(ge=1)
    figures: dict[str, float]
    """The means over the draws, `before` in front of the name where they are the base's."""


class RefinementRecord(Record):
    """How the numbers came about."""

    data: str
    """Name of the file, or what else they were learnt from."""
    digest: str
    """SHA-256 of it, 64 hexadecimal digits."""
    answers: int = Field(ge=0)
    labels: int = Field(ge=0)
    """Labelled points of those answers."""
    folds: int = Field(ge=2)
    """The figures are of answers that the fit had not seen, in so many folds by answer."""
    before: dict[str, float]
    """Of the base calibration; `n` counts judgements."""
    after: dict[str, float]
    by_point: dict[str, dict[str, float]]
    """`n`, `accuracy_before`, `accuracy_after` and so on, by `rubric#point`."""
    curve: tuple[CurvePoint, ...] = ()

    @property
    def helps(self) -> bool:
        """Whether probabilities of unseen answers came nearer to what people said.

        Their log loss has to fall, and the accuracy of the verdicts may not by more than 0.01.
        """
        lost = self.before.get("accuracy", 0.0) - self.after.get("accuracy", 0.0)
        return self.after["log_loss"] < self.before["log_loss"] and lost <= _LOST


class Refinement(Record):
    """A calibration learnt from a person's own graded answers, over a base calibration."""

    kind: Literal["refinement"] = KIND
    format: int = FORMAT
    id: str = Field(min_length=1)
    created: str
    """Date, ISO 8601."""
    base: str
    """Id of the calibration it corrects."""
    weights_digest: str
    """SHA-256 of the weights that made the vectors."""
    rubrics: tuple[RubricRefinement, ...] = Field(min_length=1)
    fit: RefinementRecord | None = None
    """None for one that is never stored."""

    def check_base(self, base: str | None, weights_digest: str) -> None:
        """See that it was made for these weights and this calibration.

        Args:
            base: id of the calibration, as stored; None if there is none.
            weights_digest: of the encoder.

        Raises:
            CalibrationError: it was not.
        """
        if weights_digest != self.weights_digest:
            found = f"{weights_digest[:12]}…, it was made for {self.weights_digest[:12]}…"
            raise CalibrationError(self.id, f"the model's weights changed ({found}); {_AGAIN}")
        if base != self.base:
            found = f"{base or 'none'}, it was made over {self.base}"
            raise CalibrationError(self.id, f"the base calibration changed ({found}); {_AGAIN}")

    def of(self, rubric: Rubric) -> RubricRefinement | None:
        """Find what was learnt on a rubric; None if nothing was.

        Raises:
            CalibrationError: something was, and the rubric has changed since.
        """
        known = [one for one in self.rubrics if one.rubric == rubric.id]
        for one in known:
            if one.structure_hash == rubric.structure_hash:
                return one
        if known:
            raise CalibrationError(
                self.id,
                f"rubric {rubric.id} changed (its points, exemplars or weights) since people "
                f"judged these answers; {_AGAIN}",
            )
        return None


def bounded(log_odds: float) -> float:
    """The part of the base's log-odds that the slope sees."""
    return max(-_FURTHEST, min(_FURTHEST, log_odds))


def is_refinement(path: Path) -> bool:
    """Look whether a file is a refinement rather than a base calibration.

    A file that cannot be read is none: whoever reads it as a calibration says why.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("kind") == KIND


def load_refinement(path: Path) -> Refinement:
    """Read a refinement.

    Raises:
        CalibrationError: it is missing, unreadable, broken, or of a newer format.
    """
    return read_fitted(path, Refinement, FORMAT, _AGAIN, KIND)


def as_text(refinement: Refinement) -> str:
    """Write a refinement so that a person can read it: a vector on one line."""
    content = refinement.model_dump(mode="json")
    vectors: dict[str, list[float]] = {}
    for rubric in content["rubrics"]:
        for point in rubric["points"].values():
            # A zero character: no name in the file can hold one.
            name = f"\0{len(vectors)}"
            vectors[name], point["weights"] = point["weights"], name
    text = json.dumps(content, indent=2)
    for name, vector in vectors.items():
        text = text.replace(json.dumps(name), json.dumps(vector, separators=(",", ":")), 1)
    return text + "\n"

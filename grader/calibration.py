"""From features to a probability and a verdict: the fitted numbers and the rule that uses them."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import Field, model_validator

from grader.errors import CalibrationError
from grader.fitted_file import read_fitted
from grader.fusion import Fusion
from grader.refinement import SHIFT
from grader.rubric import Record
from grader.verdict import Verdict

FORMAT = 2
"""The calibration format this version writes and the newest it reads."""
SHIPPED = Path(__file__).with_name("calibration.json")

_REINSTALL = "reinstall questionbank, or name another file"
_BAND = "+review-"
"""Stands between an id and the doubtful band that was chosen later."""


class Thresholds(Record):
    """Where one verdict ends and the next begins."""

    met: float = Field(ge=0, le=1)
    """Probability from which a point is met."""
    partial: float = Field(ge=0, le=1)
    """Probability from which it is met by half."""
    review_low: float = Field(ge=0, le=1)
    """From here up to `review_high` a person should look."""
    review_high: float = Field(ge=0, le=1)
    opposition: float
    """The feature of that name, from which a claim contradicts a point that is not met."""
    off_topic: float = Field(ge=-1, le=1)
    """Cosine to question and exemplars below which no claim is on the subject."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.partial > self.met or self.review_low > self.review_high:
            raise ValueError("thresholds out of order")
        return self


class FitRecord(Record):
    """How the numbers came about."""

    data: tuple[str, ...]
    """What they were fitted on."""
    rows: int = Field(ge=0)
    """Judgements fitted on."""
    folds: str
    """How the figures were kept apart from the fit."""
    figures: dict[str, float]
    """Measured on the left-out folds."""
    note: str = ""


class ReviewBand(Record):
    """A doubtful band, and what it costs and saves."""

    rate: float = Field(ge=0, le=1)
    """Share of the judgements that it sends to a person."""
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    """Probabilities from `low` up to `high` are in it."""
    error: float = Field(ge=0, le=1)
    """Share of wrong verdicts among those that are kept, measured on left-out data."""
    kept: int = Field(ge=0)
    """Judgements behind `error`."""


class Decision(NamedTuple):
    """What the features say of one point."""

    probability: float
    """Of `met`, 0 to 1."""
    verdict: Verdict


class Calibration(Fusion):
    """The fitted map from features to probability, with its record."""

    format: int = FORMAT
    id: str = Field(min_length=1)
    created: str
    """Date, ISO 8601."""
    model: str
    weights_digest: str
    """SHA-256 of the weights it was fitted with; it says nothing about others."""
    thresholds: Thresholds
    bands: tuple[ReviewBand, ...] = ()
    """Risk and coverage: what other doubtful bands would send and save, narrowest first."""
    fit: FitRecord

    @property
    def stem(self) -> str:
        """Its id as it is stored, without a doubtful band that was chosen since."""
        return self.id.partition(_BAND)[0]

    def base(self, features: Mapping[str, float]) -> float:
        """The log-odds of `met` before any refinement.

        Raises:
            CalibrationError: a feature it needs is missing.
        """
        return self.bases([features])[0]

    def bases(self, rows: Sequence[Mapping[str, float]]) -> list[float]:
        """The log-odds of `met` of many points before any refinement, as `base` gives them.

        Raises:
            CalibrationError: a feature it needs is missing.
        """
        try:
            return [float(odds) for odds in self.all_log_odds(rows)]
        except KeyError as error:
            raise CalibrationError(self.id, f"it needs the feature {error.args[0]!r}") from error

    def probability(self, features: Mapping[str, float], base: float | None = None) -> float:
        """Turn features into the probability of `met`.

        Args:
            features: by name; those the calibration does not know are left out, but for
                `refinement`, what labelled answers to the point add to the log-odds.
            base: what `base` gives for them, if that is known.

        Returns:
            0 to 1.

        Raises:
            CalibrationError: a feature it needs is missing.
        """
        total = (self.base(features) if base is None else base) + features.get(SHIFT, 0.0)
        return 0.5 * (1.0 + math.tanh(0.5 * total))

    def decide(self, features: Mapping[str, float], base: float | None = None) -> Decision:
        """Judge one point.

        Args:
            features: by name, `opposition` included.
            base: what `base` gives for them, if that is known.

        Returns:
            Probability and verdict.

        Raises:
            CalibrationError: a feature it needs is missing.
        """
        probability = self.probability(features, base)
        return Decision(probability, self.verdict(probability, features.get("opposition", 0.0)))

    def verdict(self, probability: float, opposition: float) -> Verdict:
        """Say which verdict a probability comes to.

        Args:
            probability: of `met`, 0 to 1.
            opposition: the feature of that name.
        """
        bounds = self.thresholds
        if bounds.review_low <= probability < bounds.review_high:
            return Verdict.NEEDS_REVIEW
        if probability >= bounds.met:
            return Verdict.MET
        if probability >= bounds.partial:
            return Verdict.PARTIAL
        return Verdict.CONTRADICTED if opposition >= bounds.opposition else Verdict.NOT_MET

    def with_review(self, rate: float | None = None, max_error: float | None = None) -> Self:
        """Choose another doubtful band.

        Args:
            rate: share of the judgements to send to a person at most; None for no limit.
            max_error: share of wrong verdicts to leave at most; None for no limit.

        Returns:
            A calibration of another id: with the widest band within `rate`, or the narrowest
            that keeps to `max_error` (and within `rate`, if both are given).

        Raises:
            CalibrationError: no band does that.
        """
        if rate is None and max_error is None:
            return self
        within = [band for band in self.bands if rate is None or band.rate <= rate + 1e-9]
        if max_error is not None:
            within = [band for band in within if band.error <= max_error][:1]
        if not within:
            offers = ", ".join(f"{one.rate:g} with error {one.error:g}" for one in self.bands)
            raise CalibrationError(
                self.id,
                "it has no doubtful band for this review rate or error; it offers "
                f"{f'rate {offers}' if offers else 'none but its own'}",
            )
        band = within[-1]
        bounds = self.thresholds.model_copy(
            update={"review_low": band.low, "review_high": band.high}
        )
        name = f"{self.id}{_BAND}{band.rate:g}"
        return self.model_copy(update={"id": name, "thresholds": bounds})


def load_calibration(path: Path | None = None) -> Calibration:
    """Read a calibration.

    Args:
        path: a JSON file; None for the one shipped with the package.

    Raises:
        CalibrationError: it is missing, unreadable, broken, or of a newer format.
    """
    return read_fitted(path or SHIPPED, Calibration, FORMAT, _REINSTALL)

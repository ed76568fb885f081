"""Scores answers against reference answers: features and a small network, fused and calibrated."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from grader.calibration import FitRecord
from grader.encoder import Encoder
from grader.errors import CalibrationError
from grader.fitted_file import read_fitted
from grader.fusion import Fusion
from grader.non_answer import is_non_answer
from grader.passage import Passage, PassageReader
from grader.probe import Floats
from grader.reference_features import measure_answer, ordered
from grader.reference_net import Member, load_net, log_odds, sides
from grader.rubric import Record
from grader.verdict import Verdict

FORMAT = 1
"""The format this version writes and the newest it reads."""
SHIPPED = Path(__file__).with_name("reference_calibration.json")
NET_SUFFIX = ".safetensors"
BATCH = 64
"""Answers whose words are embedded together; it changes the speed and nothing else."""
_DIGITS = 6
_EVEN = 0.5
"""Probability of full marks from which they are given."""
_REINSTALL = "reinstall questionbank, or name another file"


class Blend(Record):
    """Log-odds from the two parts: intercept + fusion x its part + net x its part."""

    intercept: float
    fusion: float
    net: float

    def probability(self, fusion: float, net: float) -> float:
        """Turn both parts' log-odds into a probability, 0 to 1."""
        return _sigmoid(self.intercept + self.fusion * fusion + self.net * net)


class ReferenceCalibration(Record):
    """The fitted maps from an answer beside its references to a score and a probability."""

    format: int = FORMAT
    id: str = Field(min_length=1)
    created: str
    """Date, ISO 8601."""
    model: str
    weights_digest: str
    """SHA-256 of the weights it was fitted with; it says nothing about others."""
    net: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the network's file, which lies beside this one under the same name."""
    share: Blend
    """Gives the expected share of full marks."""
    full: Blend
    """Gives the probability of full marks."""
    non_answer: float = Field(ge=0, le=1)
    """Probability of full marks of an answer that declines to answer."""
    partial: float = Field(ge=0, le=1)
    """Expected share from which an answer without full marks is partial."""
    review: float = Field(ge=0, le=0.5)
    """Probabilities no further than this from a half are too close to call."""
    fit: FitRecord
    fusion: Fusion
    """Gives log-odds of the share; its terms standardise the network's features."""
    full_fusion: Fusion
    """Gives log-odds of full marks."""

    def judge(self, share: float, chance: float) -> "ReferenceScore":
        """Turn an expected share and a probability of full marks, both 0 to 1, into a score."""
        if chance >= _EVEN:
            verdict = Verdict.MET
        else:
            verdict = Verdict.PARTIAL if share >= self.partial else Verdict.NOT_MET
        away = abs(chance - _EVEN)
        return ReferenceScore(
            _rounded(share), _rounded(chance), verdict, _rounded(away), away < self.review
        )

    def standardised(self, features: dict[str, float]) -> Floats:
        """Features as the network reads them: float64, in standard deviations, clipped."""
        terms, clip = self.fusion.terms, self.fusion.clip or math.inf
        values = ordered(features, [term.feature for term in terms])
        for at, term in enumerate(terms):
            values[at] = max(-clip, min(clip, (values[at] - term.mean) / term.scale))
        return values


class ReferenceItem(NamedTuple):
    """An answer with what to hold it against."""

    answer: str
    references: tuple[str, ...]
    """Answers of full marks, at least one."""
    question: str | None = None


class ReferenceScore(NamedTuple):
    """What is made of one answer."""

    share: float
    """Expected share of full marks, 0 to 1."""
    probability: float | None
    """Of full marks, 0 to 1; None for a blank answer."""
    verdict: Verdict
    """On the answer as a whole, with review switched off."""
    confidence: float
    """How far the verdict is from another, 0 to 1."""
    review: bool
    """Whether it is too close to call."""


class ReferenceSight(NamedTuple):
    """A score with what other answers to the question can teach about it."""

    score: ReferenceScore
    vector: Floats
    """float64 [d], of the whole answer; zero for a blank one."""
    declined: bool
    """Whether it is no answer, which nothing can teach about."""


class ReferenceScorer:
    """Scores answers against references. The same input gives the same bytes.

    Args:
        encoder: the one the calibration was made for.
        calibration: the fitted maps.
        members: the network.

    Raises:
        CalibrationError: the calibration was made for other weights.
    """

    def __init__(
        self, encoder: Encoder, calibration: ReferenceCalibration, members: Sequence[Member]
    ) -> None:
        if calibration.weights_digest != encoder.weights_digest:
            raise CalibrationError(calibration.id, "it was made for other weights")
        self.calibration = calibration
        self._members = tuple(members)
        self._reader = PassageReader(encoder)

    def score_many(self, items: Iterable[ReferenceItem]) -> Iterator[ReferenceScore]:
        """Score a stream of answers, reading on only as scores are taken.

        Args:
            items: what to score.

        Yields:
            One score for each, in order.
        """
        for sight in self.sights(items):
            yield sight.score

    def sights(self, items: Iterable[ReferenceItem]) -> Iterator[ReferenceSight]:
        """Score a stream of answers, as `score_many`, and keep what was seen of them."""
        stream = iter(items)
        while batch := list(islice(stream, BATCH)):
            texts = [text for item in batch for text in texts_of(item)]
            known = self._reader.read(texts)
            for item in batch:
                answer, *rest = (known[text] for text in texts_of(item))
                yield ReferenceSight(
                    self._score(answer, rest[:-1], rest[-1]),
                    answer.vector,
                    is_non_answer(answer.text),
                )

    def _score(
        self, answer: Passage, references: Sequence[Passage], question: Passage
    ) -> ReferenceScore:
        calibration = self.calibration
        if not any(char.isalnum() for char in answer.text):
            return ReferenceScore(0.0, None, Verdict.NOT_MET, 1.0, review=False)
        if is_non_answer(answer.text):
            chance = calibration.non_answer
            return ReferenceScore(0.0, chance, Verdict.NOT_MET, _EVEN - chance, review=False)
        features = measure_answer(answer, references, question)
        parties = sides(answer, references, question)
        net = log_odds(self._members, parties, calibration.standardised(features))
        share = calibration.share.probability(calibration.fusion.log_odds(features), net)
        chance = calibration.full.probability(calibration.full_fusion.log_odds(features), net)
        return calibration.judge(share, chance)


def texts_of(item: ReferenceItem) -> tuple[str, ...]:
    """The answer, the references, the question (empty if unknown)."""
    return (item.answer, *item.references, item.question or "")


def load_reference_scorer(encoder: Encoder, path: Path = SHIPPED) -> ReferenceScorer | None:
    """Read the calibration and the network beside it.

    Args:
        encoder: to score with.
        path: the calibration.

    Returns:
        A scorer; None if the calibration was made for other weights than the encoder's.

    Raises:
        CalibrationError: either file is missing, unreadable, broken, or of a newer format.
    """
    calibration = load_reference_calibration(path)
    if calibration.weights_digest != encoder.weights_digest:
        return None
    members = load_net(path.with_suffix(NET_SUFFIX), calibration.net)
    return ReferenceScorer(encoder, calibration, members)


def load_reference_calibration(path: Path = SHIPPED) -> ReferenceCalibration:
    """Read a calibration.

    Raises:
        CalibrationError: it is missing, unreadable, broken, or of a newer format.
    """
    return read_fitted(path, ReferenceCalibration, FORMAT, _REINSTALL)


def _sigmoid(odds: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * odds))


def _rounded(number: float) -> float:
    """Six decimals, and no negative zero."""
    return round(number, _DIGITS) + 0.0

"""The grader: one answer, or a stream of them, held against rubrics."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import islice

import numpy as np

from grader.cache import VectorCache
from grader.calibration import Calibration, Decision
from grader.claims import Claim, split_claims
from grader.encoder import Encoder
from grader.features import Match, weigh
from grader.gaming import screen
from grader.grade import ContentRef, Evidence, Grade, PointGrade, Provenance
from grader.language import is_english
from grader.probe import Floats
from grader.request import GradeRequest
from grader.rubric import Point, Rubric
from grader.similarity import PointVectors, Prompt, RubricModel, model_rubric
from grader.text import MAX_CHARS, NormalisedText, normalise
from grader.units import Unit, read_units
from grader.verdict import Flag, Verdict

BATCH = 32
"""Answers whose claims are embedded together."""
_MODELS = 64
"""Rubrics kept ready."""
_DIGITS = 6
"""Decimals of a number in a grade."""
_OFF_TOPIC = 0.25
"""Cosine that counts as off topic where no calibration says otherwise."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """An answer as far as it can be judged without a model."""

    request: GradeRequest
    normalised: NormalisedText
    claims: tuple[Claim, ...]
    eligible: tuple[bool, ...]
    """For each claim whether it may earn something."""
    units: tuple[Unit, ...]
    """What is embedded; none if no claim may earn anything."""
    flags: tuple[Flag, ...]
    unread: bool = False
    """What was read holds no words, and what was cut might."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing to ask a model about."""
        return Flag.BLANK in self.flags or Flag.NOT_TEXT in self.flags or self.unread


class Grader:
    """Grades free-text answers point by point. The same input gives the same bytes.

    Args:
        encoder: turns texts into vectors.
        calibration: turns features into verdicts; without one, or with one made for other
            weights, every point is left to a person.
        cache: remembers the encoder's vectors; one in memory if None.
    """

    def __init__(
        self,
        encoder: Encoder,
        calibration: Calibration | None = None,
        cache: VectorCache | None = None,
    ) -> None:
        self.encoder = encoder
        fits = calibration is not None and calibration.weights_digest == encoder.weights_digest
        self.calibration = calibration if fits else None
        self._cache = cache or VectorCache(encoder)
        self._models: OrderedDict[tuple[str, str | None], RubricModel] = OrderedDict()
        self._version = package_version()

    def grade(self, answer: str, rubric: Rubric, question: str | None = None) -> Grade:
        """Grade one answer.

        Args:
            answer: as given; blank is allowed.
            rubric: what to hold it against.
            question: the prompt's text, if known.

        Returns:
            The grade; evidence counts characters of `answer`.
        """
        return self._grade_batch([GradeRequest(answer=answer, rubric=rubric, question=question)])[0]

    def grade_many(self, items: Iterable[GradeRequest], batch_size: int = BATCH) -> Iterator[Grade]:
        """Grade a stream of answers, reading on only as grades are taken.

        Args:
            items: what to grade.
            batch_size: answers whose claims are embedded together, at least 1; it changes the
                speed and nothing else.

        Yields:
            One grade for each item, in order.

        Raises:
            ValueError: `batch_size` is below 1.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        stream = iter(items)
        while batch := list(islice(stream, batch_size)):
            yield from self._grade_batch(batch)

    def prepare(self, rubric: Rubric, question: str | None = None) -> RubricModel:
        """Embed a rubric and fit its probes, unless that has been done.

        Args:
            rubric: the rubric.
            question: the prompt's text, if known.
        """
        key = (rubric.structure_hash, question)
        model = self._models.get(key)
        if model is None:
            model = self._model(rubric, question)
            self._models[key] = model
        self._models.move_to_end(key)
        while len(self._models) > _MODELS:
            self._models.popitem(last=False)
        return model

    def embed(self, texts: Sequence[str]) -> Floats:
        """Embed sentences of a bank as claims of an answer are; kept for another run.

        Args:
            texts: any number of non-blank strings.

        Returns:
            float64 [n, d], unit rows, in the order given.
        """
        return _wide(self._cache.keep([plain(text) for text in texts]))

    def _model(self, rubric: Rubric, question: str | None) -> RubricModel:
        prompt = plain(question) if question else ""
        texts = [
            plain(text)
            for point in rubric.points
            for text in (*point.exemplars, *point.counterexamples)
        ]
        vectors = iter(_wide(self._cache.keep([*texts, *([prompt] if prompt else [])])))
        points = [_take(point, vectors, self.encoder.dim) for point in rubric.points]
        return model_rubric(points, Prompt(prompt, next(vectors)) if prompt else None)

    def _grade_batch(self, batch: Sequence[GradeRequest]) -> list[Grade]:
        readings = [_read(request) for request in batch]
        texts = [unit.text for reading in readings for unit in reading.units]
        unique = list(dict.fromkeys(texts))
        known = dict(zip(unique, self._cache.encode(unique), strict=True)) if unique else {}
        grades = []
        for reading in readings:
            vectors = [known[unit.text] for unit in reading.units]
            grades.append(self._judge(reading, _wide(np.stack(vectors)) if vectors else None))
        return grades

    def _judge(self, reading: _Reading, vectors: Floats | None) -> Grade:
        """Turn one answer's vectors, float64 [units, d] or None for no units, into a grade."""
        rubric, question = reading.request.rubric, reading.request.question
        flags, review = list(reading.flags), _reasons(reading)
        if reading.settled or vectors is None:
            verdict = Verdict.NEEDS_REVIEW if reading.unread else Verdict.NOT_MET
            return self._assemble(
                reading, flags, review, [_bare(point, verdict) for point in rubric.points]
            )
        model = self.prepare(rubric, question)
        claims = vectors[: len(reading.claims)][list(reading.eligible)]
        if nearness(claims, model) < self._off_topic:
            flags.append(Flag.OFF_TOPIC)
        matches = weigh(reading.units, vectors, reading.eligible, model)
        decide = self.calibration is not None and Flag.NOT_ENGLISH not in flags
        points = [
            self._point(point, match, reading, decide=decide, near=Flag.OFF_TOPIC not in flags)
            for point, match in zip(rubric.points, matches, strict=True)
        ]
        if self.calibration is None:
            review.append("There is no calibration for this model, so each point needs a person.")
        doubtful = [point.id for point in points if point.verdict is Verdict.NEEDS_REVIEW]
        if decide and doubtful:
            review.append(f"Too close to call, a person should decide: {', '.join(doubtful)}.")
        return self._assemble(reading, flags, review, points)

    @property
    def _off_topic(self) -> float:
        return self.calibration.thresholds.off_topic if self.calibration else _OFF_TOPIC

    def _point(
        self, point: Point, match: Match, reading: _Reading, *, decide: bool, near: bool
    ) -> PointGrade:
        features = {name: _rounded(value) for name, value in match.features.items()}
        decision: Decision | None = None
        if decide and self.calibration is not None:
            decision = self.calibration.decide(features)
        verdict = decision.verdict if decision else Verdict.NEEDS_REVIEW
        if decision and not near:
            verdict = Verdict.NOT_MET
        shown = match.evidence
        if verdict is Verdict.CONTRADICTED and match.opposing is not None:
            shown = match.opposing
        unit = reading.units[shown.unit]
        start, end = reading.claims[unit.first].start, reading.claims[unit.last].end
        counter = shown.counterexample
        return PointGrade(
            id=point.id,
            verdict=verdict,
            probability=_rounded(decision.probability) if decision else None,
            points=_points(point, verdict),
            max_points=point.weight,
            evidence=Evidence(start=start, end=end, text=reading.request.answer[start:end]),
            exemplar=point.exemplars[shown.exemplar],
            counterexample=point.counterexamples[counter] if counter is not None else None,
            features=features,
        )

    def _assemble(
        self, reading: _Reading, flags: list[Flag], review: list[str], points: list[PointGrade]
    ) -> Grade:
        rubric = reading.request.rubric
        asked = not reading.settled
        calibrated = asked and self.calibration is not None
        return Grade(
            score=_rounded(sum(point.points or 0.0 for point in points)),
            max_score=rubric.max_points,
            flags=tuple(flag for flag in Flag if flag in flags),
            review=tuple(review),
            points=tuple(points),
            provenance=Provenance(
                rubric=ContentRef(
                    id=rubric.id,
                    version=rubric.version,
                    content_hash=rubric.content_hash,
                    structure_hash=rubric.structure_hash,
                ),
                model=self.encoder.name if asked else None,
                weights_digest=self.encoder.weights_digest if asked else None,
                dtype=self.encoder.dtype if asked else None,
                device=self.encoder.device if asked else None,
                calibration=self.calibration.id if calibrated and self.calibration else None,
                package_version=self._version,
            ),
        )


def package_version() -> str:
    """Name the installed version; `0+unknown` when run from a bare tree."""
    try:
        return version("questionbank")
    except PackageNotFoundError:
        return "0+unknown"


def plain(text: str) -> str:
    """Make a rubric's or question's sentence read as an answer's claim would."""
    return " ".join(normalise(text).text.split())


def _read(request: GradeRequest) -> _Reading:
    normalised = normalise(request.answer)
    text = normalised.text
    rest = request.answer[MAX_CHARS:]
    if not any(char.isalpha() for char in text):
        unread = bool(rest.strip())
        blank = Flag.NOT_TEXT if text.strip() else Flag.BLANK
        flag = Flag.TOO_LONG if unread else blank
        return _Reading(request, normalised, (), (), (), (flag,), unread=unread)
    flags = [Flag.TOO_LONG] if normalised.cut else []
    claims = split_claims(normalised)
    if is_english(text):
        screened = screen(claims, plain(request.question) if request.question else None)
        eligible = screened.eligible
        flags.extend(screened.flags)
    else:
        # What tells empty talk from an answer are English words: here they would tell nothing.
        eligible = (True,) * len(claims)
        flags.append(Flag.NOT_ENGLISH)
    units = read_units([claim.text for claim in claims]) if any(eligible) else ()
    return _Reading(request, normalised, claims, eligible, units, tuple(flags))


def _reasons(reading: _Reading) -> list[str]:
    """Why a person should look, as far as the text alone tells."""
    reasons = []
    if Flag.TOO_LONG in reading.flags:
        reasons.append(
            f"The answer is longer than the {MAX_CHARS:,} characters that are read; "
            f"the last {reading.normalised.cut:,} were not."
        )
    if Flag.NOT_ENGLISH in reading.flags:
        reasons.append("Most of it is not English, the only language the grader is tested on.")
    if Flag.INSTRUCTION in reading.flags:
        reasons.append("It addresses the grader; those sentences earned nothing.")
    return reasons


def _bare(point: Point, verdict: Verdict) -> PointGrade:
    """A point on which there is nothing to weigh."""
    return PointGrade(
        id=point.id,
        verdict=verdict,
        points=_points(point, verdict),
        max_points=point.weight,
    )


def _points(point: Point, verdict: Verdict) -> float | None:
    return None if verdict.share is None else _rounded(point.weight * verdict.share)


def _take(point: Point, vectors: Iterator[Floats], dim: int) -> PointVectors:
    """Take a point's vectors off the front of a rubric's."""
    good = [next(vectors) for _ in point.exemplars]
    bad = [next(vectors) for _ in point.counterexamples]
    texts = tuple(map(plain, point.exemplars))
    return PointVectors(texts, np.stack(good), np.stack(bad) if bad else np.zeros((0, dim)))


def nearness(vectors: Floats, model: RubricModel) -> float:
    """Measure how near an answer comes to its subject.

    Args:
        vectors: float64 [n, d], its claims, n at least 1.
        model: the rubric.

    Returns:
        The greatest cosine of any claim to the question or any exemplar, -1 to 1.
    """
    near = [float((vectors @ point.exemplars.T).max()) for point in model.points]
    if model.prompt is not None:
        near.append(float((vectors @ model.prompt).max()))
    return max(near)


def _wide(vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Floats:
    return vectors.astype(np.float64)


def _rounded(number: float) -> float:
    """Six decimals, and no negative zero."""
    return round(float(number), _DIGITS) + 0.0

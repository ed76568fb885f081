"""The grader: one answer, or a stream of them, held against rubrics."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import NamedTuple

import numpy as np

from grader.cache import VectorCache
from grader.calibration import Calibration, Decision
from grader.encoder import Encoder, backend_of
from grader.features import Match, weigh
from grader.grade import ContentRef, Evidence, Grade, PointGrade, Provenance
from grader.probe import Floats
from grader.reading import Reading, plain, read, reasons
from grader.refinement import SHIFT, Refinement, RubricRefinement
from grader.request import GradeRequest
from grader.rubric import Point, Rubric
from grader.similarity import PointVectors, Prompt, RubricModel, model_rubric
from grader.uncalibrated import margin_verdict
from grader.verdict import Flag, Verdict

BATCH = 32
"""Answers whose claims are embedded together."""
_MODELS = 64
"""Rubrics kept ready."""
_DIGITS = 6
"""Decimals of a number in a grade."""
_OFF_TOPIC = 0.25
"""Cosine that counts as off topic where no calibration says otherwise."""


class Sight(NamedTuple):
    """A grade with what was looked at, for whatever learns from it."""

    grade: Grade
    evidence: Floats | None
    """float64 [points, d], the vector of the unit that speaks for each point; None where no model
    was asked."""


class Grader:
    """Grades free-text answers point by point. The same input gives the same bytes.

    Args:
        encoder: turns texts into vectors.
        calibration: turns features into verdicts; without one, or with one made for other
            weights, every point is left to a person.
        cache: remembers the encoder's vectors; one in memory if None.
        uncalibrated: whether a rule of thumb gives the verdicts where no calibration does.
        refinement: corrects the calibration on the rubrics it was learnt on.

    Raises:
        CalibrationError: the refinement was made over another calibration or for other weights.
    """

    def __init__(
        self,
        encoder: Encoder,
        calibration: Calibration | None = None,
        cache: VectorCache | None = None,
        *,
        uncalibrated: bool = False,
        refinement: Refinement | None = None,
    ) -> None:
        self.encoder = encoder
        fits = calibration is not None and calibration.weights_digest == encoder.weights_digest
        self.calibration = calibration if fits else None
        self.by_margin = uncalibrated and not fits
        """Whether verdicts come from `grader.uncalibrated`."""
        if refinement is not None:
            stem = self.calibration.stem if self.calibration else None
            refinement.check_base(stem, encoder.weights_digest)
        self.refinement = refinement
        self._cache = cache or VectorCache(encoder)
        self._models: OrderedDict[tuple[str, str | None], RubricModel] = OrderedDict()
        self._version = package_version()

    @property
    def calibration_id(self) -> str | None:
        """What the verdicts rest on: the calibration and what refines it; None without one."""
        return self._named(self.refinement)

    def refined(self, refinement: Refinement) -> "Grader":
        """The same grader over another refinement; it shares what is remembered.

        Raises:
            CalibrationError: it was made over another calibration or for other weights.
        """
        other = Grader(
            self.encoder,
            self.calibration,
            self._cache,
            uncalibrated=self.by_margin,
            refinement=refinement,
        )
        other._models = self._models
        return other

    def grade(self, answer: str, rubric: Rubric, question: str | None = None) -> Grade:
        """Grade one answer.

        Args:
            answer: as given; blank is allowed.
            rubric: what to hold it against.
            question: the prompt's text, if known.

        Returns:
            The grade; evidence counts characters of `answer`.

        Raises:
            CalibrationError: the rubric has changed since the refinement was made.
        """
        request = GradeRequest(answer=answer, rubric=rubric, question=question)
        return self._look([request])[0].grade

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
            CalibrationError: a rubric has changed since the refinement was made.
        """
        for sight in self.sights(items, batch_size):
            yield sight.grade

    def sights(self, items: Iterable[GradeRequest], batch_size: int = BATCH) -> Iterator[Sight]:
        """Grade a stream as `grade_many` does, and keep what was looked at."""
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        stream = iter(items)
        while batch := list(islice(stream, batch_size)):
            yield from self._look(batch)

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

    def _look(self, batch: Sequence[GradeRequest]) -> list[Sight]:
        readings = [read(request) for request in batch]
        texts = [unit.text for reading in readings for unit in reading.units]
        unique = list(dict.fromkeys(texts))
        known = dict(zip(unique, self._cache.encode(unique), strict=True)) if unique else {}
        sights = []
        for reading in readings:
            vectors = [known[unit.text] for unit in reading.units]
            sights.append(self._judge(reading, _wide(np.stack(vectors)) if vectors else None))
        return sights

    def _judge(self, reading: Reading, vectors: Floats | None) -> Sight:
        """Turn one answer's vectors, float64 [units, d] or None for no units, into a grade."""
        rubric, question = reading.request.rubric, reading.request.question
        learnt = self.refinement.of(rubric) if self.refinement else None
        flags, review = list(reading.flags), reasons(reading)
        if reading.settled or vectors is None:
            verdict = Verdict.NEEDS_REVIEW if reading.unread else Verdict.NOT_MET
            bare = [_bare(point, verdict) for point in rubric.points]
            return Sight(self._assemble(reading, flags, review, bare, learnt), None)
        model = self.prepare(rubric, question)
        claims = vectors[: len(reading.claims)][list(reading.eligible)]
        if nearness(claims, model) < self._off_topic:
            flags.append(Flag.OFF_TOPIC)
        matches = weigh(reading.units, vectors, reading.eligible, model)
        evidence = vectors[[match.evidence.unit for match in matches]]
        measured = self._measured(rubric, matches, evidence, learnt)
        can_decide = self.calibration is not None or self.by_margin
        decide = can_decide and Flag.NOT_ENGLISH not in flags
        points = [
            self._point(
                point, match, features, reading, decide=decide, near=Flag.OFF_TOPIC not in flags
            )
            for point, match, features in zip(rubric.points, matches, measured, strict=True)
        ]
        if not can_decide:
            review.append("There is no calibration for this model, so each point needs a person.")
        doubtful = [point.id for point in points if point.verdict is Verdict.NEEDS_REVIEW]
        if decide and doubtful:
            review.append(f"Too close to call, a person should decide: {', '.join(doubtful)}.")
        return Sight(self._assemble(reading, flags, review, points, learnt), evidence)

    def _measured(
        self,
        rubric: Rubric,
        matches: Sequence[Match],
        evidence: Floats,
        learnt: RubricRefinement | None,
    ) -> list[dict[str, float]]:
        """The features of each point, with what people's labels add to its log-odds."""
        measured = []
        for point, match, vector in zip(rubric.points, matches, evidence, strict=True):
            features = {name: _rounded(value) for name, value in match.features.items()}
            own = learnt.points.get(point.id) if learnt else None
            if own is not None and self.calibration is not None:
                base = self.calibration.base(features)
                features[SHIFT] = _rounded(own.shift(base, vector.tolist()))
            measured.append(features)
        return measured

    @property
    def _off_topic(self) -> float:
        return self.calibration.thresholds.off_topic if self.calibration else _OFF_TOPIC

    def _point(
        self,
        point: Point,
        match: Match,
        features: dict[str, float],
        reading: Reading,
        *,
        decide: bool,
        near: bool,
    ) -> PointGrade:
        decision: Decision | None = None
        verdict = Verdict.NEEDS_REVIEW
        if decide and self.calibration is not None:
            decision = self.calibration.decide(features)
            verdict = decision.verdict
        elif decide:
            verdict = margin_verdict(features)
        if decide and not near:
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

    def _named(self, refinement: Refinement | None) -> str | None:
        if self.calibration is None:
            return None
        return f"{self.calibration.id}+{refinement.id}" if refinement else self.calibration.id

    def _assemble(
        self,
        reading: Reading,
        flags: list[Flag],
        review: list[str],
        points: list[PointGrade],
        learnt: RubricRefinement | None,
    ) -> Grade:
        rubric = reading.request.rubric
        asked = not reading.settled
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
                backend=backend_of(self.encoder) if asked else None,
                calibration=self._named(self.refinement if learnt else None) if asked else None,
                package_version=self._version,
            ),
        )


def package_version() -> str:
    """Name the installed version; `0+unknown` when run from a bare tree."""
    try:
        return version("questionbank")
    except PackageNotFoundError:
        return "0+unknown"


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

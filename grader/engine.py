"""The grader: one answer, or a stream of them, held against rubrics."""

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import islice

import numpy as np

from grader.cache import VectorCache
from grader.calibration import Calibration
from grader.deciding import Decider, Seen, Sight
from grader.encoder import Encoder, Vectors, portion_of
from grader.grade import Grade
from grader.probe import Floats
from grader.reading import Reading, plain, read
from grader.refinement import Refinement
from grader.request import GradeRequest
from grader.rubric import Point, Rubric
from grader.second_look import in_doubt
from grader.similarity import PointVectors, Prompt, RubricModel, model_rubric
from grader.stages import Stop, Stopwatch, overlapped

_MODELS = 256
"""Rubrics kept ready."""


class Grader:
    """Grades free-text answers point by point. The same input gives the same bytes.

    Args:
        encoder: turns texts into vectors.
        calibration: turns features into verdicts; without one, or with one made for other
            weights, every point is left to a person.
        cache: remembers the encoder's vectors; one in memory if None.
        uncalibrated: whether a rule of thumb gives the verdicts where no calibration does.
        refinement: corrects the calibration on the rubrics it was learnt on.
        exact: loads a grader that takes a second look, in float32, where this one's numbers are
            too narrow to tell (`grader.second_look`); asked once, when it is first needed.

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
        exact: Callable[[], "Grader"] | None = None,
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
        self.exact = functools.cache(exact) if exact else None
        self.closer: Grader | None = None
        """What takes second looks, once one was needed."""
        self._cache = cache or VectorCache(encoder)
        self._models: OrderedDict[tuple[str, str | None], RubricModel] = OrderedDict()
        self.watch = Stopwatch()
        """Takes the time of each stage."""
        self._decider = Decider(
            encoder,
            self.calibration,
            by_margin=self.by_margin,
            refinement=refinement,
            package_version=package_version(),
        )

    @property
    def calibration_id(self) -> str | None:
        """What the verdicts rest on: the calibration and what refines it; None without one."""
        return self._decider.named(self.refinement)

    def refined(self, refinement: Refinement) -> "Grader":
        """The same grader over another refinement; it shares what is remembered.

        Raises:
            CalibrationError: it was made over another calibration or for other weights.
        """
        exact = self.exact
        other = Grader(
            self.encoder,
            self.calibration,
            self._cache,
            uncalibrated=self.by_margin,
            refinement=refinement,
            exact=(lambda: exact().refined(refinement)) if exact else None,
        )
        other._models = self._models
        other.watch = self.watch
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
        seen = self._embed(self._read([request]), Stop())
        self._cache.settle()
        return self._decide(seen)[0].grade

    def grade_many(
        self, items: Iterable[GradeRequest], batch_size: int | None = None
    ) -> Iterator[Grade]:
        """Grade a stream of answers, reading on only as grades are taken.

        Args:
            items: what to grade.
            batch_size: answers whose claims are embedded together, at least 1; None for what
                suits the encoder. It changes the speed and nothing else.

        Yields:
            One grade for each item, in order.

        Raises:
            ValueError: `batch_size` is below 1.
            CalibrationError: a rubric has changed since the refinement was made.
        """
        for sight in self.sights(items, batch_size):
            yield sight.grade

    def sights(
        self, items: Iterable[GradeRequest], batch_size: int | None = None
    ) -> Iterator[Sight]:
        """Grade a stream as `grade_many` does, and keep what was looked at."""
        size = portion_of(self.encoder).answers if batch_size is None else batch_size
        if size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        stream = iter(items)
        batches = iter(lambda: list(islice(stream, size)), [])
        try:
            for seen in overlapped(batches, self._read, self._embed):
                yield from self._decide(seen)
        finally:
            self._cache.settle()

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

    def _read(self, batch: Sequence[GradeRequest]) -> list[Reading]:
        with self.watch.during("reading"):
            return [read(request) for request in batch]

    def _embed(self, readings: Sequence[Reading], stop: Stop) -> list[Seen]:
        """Embed what was read, and prepare the rubrics it is held against."""
        unique = list(dict.fromkeys(unit.text for reading in readings for unit in reading.units))
        with self.watch.during("encoding"):
            known = self._vectors(unique, stop)
        models: list[RubricModel | None] = []
        with self.watch.during("rubrics"):
            for reading in readings:
                stop.check()
                asked = reading.units and not reading.settled
                request = reading.request
                models.append(self.prepare(request.rubric, request.question) if asked else None)
        seen = []
        for reading, model in zip(readings, models, strict=True):
            vectors = [known[unit.text] for unit in reading.units]
            seen.append(Seen(reading, _wide(np.stack(vectors)) if vectors else None, model))
        return seen

    def _vectors(self, texts: list[str], stop: Stop) -> dict[str, Vectors]:
        """Embed distinct texts in slices of like length, looking between them whether to stop."""
        ordered = sorted(texts, key=len)
        known: dict[str, Vectors] = {}
        size = portion_of(self.encoder).texts
        for at in range(0, len(ordered), size):
            stop.check()
            part = ordered[at : at + size]
            known.update(zip(part, self._cache.encode(part), strict=True))
        return known

    def _decide(self, window: Sequence[Seen]) -> list[Sight]:
        with self.watch.during("deciding"):
            sights = self._decider.decide(window)
        if self.exact is None or self.calibration is None:
            return sights
        doubtful = [at for at, one in enumerate(sights) if in_doubt(one.grade, self.calibration)]
        if doubtful:
            with self.watch.during("second look"):
                self.closer = self.exact()
                again = self.closer._again([window[at].reading for at in doubtful])
            for at, sight in zip(doubtful, again, strict=True):
                sights[at] = sight
        return sights

    def _again(self, readings: Sequence[Reading]) -> list[Sight]:
        """Grade what another grader has read."""
        seen = self._embed(readings, Stop())
        self._cache.settle()
        return self._decide(seen)


def package_version() -> str:
    """Name the installed version; `0+unknown` when run from a bare tree."""
    try:
        return version("questionbank")
    except PackageNotFoundError:
        return "0+unknown"


def _take(point: Point, vectors: Iterator[Floats], dim: int) -> PointVectors:
    """Take a point's vectors off the front of a rubric's."""
    good = [next(vectors) for _ in point.exemplars]
    bad = [next(vectors) for _ in point.counterexamples]
    texts = tuple(map(plain, point.exemplars))
    return PointVectors(texts, np.stack(good), np.stack(bad) if bad else np.zeros((0, dim)))


def _wide(vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Floats:
    return vectors.astype(np.float64)

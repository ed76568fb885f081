"""The hot path: from a window of answers, their units embedded, to their grades.

What is measured is a matrix of points and features for each answer, and the features of all
answers of a window are fused into probabilities in one go. One thing is deliberately not done for
a window at once: the product of an answer's vectors with the rubric's. Its shape would depend on
the neighbours, and the shape of a product makes its last digits. Fusing, in contrast, works on each
row by itself, whatever stands above and below it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from grader.calibration import Calibration, Decision
from grader.encoder import Encoder, backend_of
from grader.features import Match, weigh
from grader.grade import ContentRef, Evidence, Grade, PointGrade, Provenance
from grader.probe import Floats
from grader.reading import Reading, reasons
from grader.refinement import SHIFT, Refinement, RubricRefinement
from grader.rubric import Point
from grader.similarity import RubricModel
from grader.uncalibrated import margin_verdict
from grader.verdict import Flag, Verdict

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


class Seen(NamedTuple):
    """An answer, read and embedded."""

    reading: Reading
    vectors: Floats | None
    """float64 [units, d], unit rows; None where there is nothing to ask a model about."""
    model: RubricModel | None
    """Of its rubric; None likewise."""


class _Weighed(NamedTuple):
    """What was measured of an answer."""

    seen: Seen
    matches: tuple[Match, ...]
    features: list[dict[str, float]]
    """For each point, rounded."""
    evidence: Floats
    near: bool
    """Whether any claim is on the subject."""
    learnt: RubricRefinement | None


class Decider:
    """Turns what was seen into grades.

    Args:
        encoder: what made the vectors, for the provenance.
        calibration: turns features into verdicts; None leaves every point to a person.
        by_margin: whether a rule of thumb gives the verdicts without one.
        refinement: corrects the calibration on the rubrics it was learnt on.
        package_version: for the provenance.
    """

    def __init__(
        self,
        encoder: Encoder,
        calibration: Calibration | None,
        *,
        by_margin: bool,
        refinement: Refinement | None,
        package_version: str,
    ) -> None:
        self._encoder = encoder
        self._calibration = calibration
        self._by_margin = by_margin
        self._refinement = refinement
        self._version = package_version

    def named(self, refinement: Refinement | None) -> str | None:
        """What verdicts rest on: the calibration and what refines it; None without one."""
        if self._calibration is None:
            return None
        return f"{self._calibration.id}+{refinement.id}" if refinement else self._calibration.id

    def decide(self, window: Sequence[Seen]) -> list[Sight]:
        """Grade the answers of a window, each as it would be alone.

        Raises:
            CalibrationError: a rubric has changed since the refinement was made.
        """
        weighed = [self._weigh(seen) for seen in window]
        rows = [row for one in weighed if one is not None for row in one.features]
        bases = iter(self._calibration.bases(rows) if self._calibration and rows else ())
        return [
            self._settled(seen)
            if one is None
            else self._sight(one, [next(bases, None) for _ in one.matches])
            for seen, one in zip(window, weighed, strict=True)
        ]

    def _weigh(self, seen: Seen) -> _Weighed | None:
        """Measure an answer; None if there is nothing to measure."""
        reading, vectors, model = seen
        if reading.settled or vectors is None or model is None:
            return None
        claims = vectors[: len(reading.claims)][list(reading.eligible)]
        matches = weigh(reading.units, vectors, reading.eligible, model)
        return _Weighed(
            seen,
            matches,
            [{name: rounded(value) for name, value in one.features.items()} for one in matches],
            vectors[[match.evidence.unit for match in matches]],
            nearness(claims, model) >= self._off_topic,
            self._learnt(reading),
        )

    def _learnt(self, reading: Reading) -> RubricRefinement | None:
        return self._refinement.of(reading.request.rubric) if self._refinement else None

    @property
    def _off_topic(self) -> float:
        return self._calibration.thresholds.off_topic if self._calibration else _OFF_TOPIC

    def _settled(self, seen: Seen) -> Sight:
        """The grade of an answer on which there is nothing to weigh."""
        reading = seen.reading
        verdict = Verdict.NEEDS_REVIEW if reading.unread else Verdict.NOT_MET
        points = [_bare(point, verdict) for point in reading.request.rubric.points]
        review = reasons(reading)
        learnt = self._learnt(reading)
        return Sight(self._assemble(reading, reading.flags, review, points, learnt), None)

    def _sight(self, one: _Weighed, bases: Sequence[float | None]) -> Sight:
        """The grade of an answer, given the log-odds of its points before any refinement."""
        reading = one.seen.reading
        rubric = reading.request.rubric
        flags = (*reading.flags, *(() if one.near else (Flag.OFF_TOPIC,)))
        can_decide = self._calibration is not None or self._by_margin
        decide = can_decide and Flag.NOT_ENGLISH not in flags
        points = []
        for at, (point, match, features, base) in enumerate(
            zip(rubric.points, one.matches, one.features, bases, strict=True)
        ):
            own = one.learnt.points.get(point.id) if one.learnt else None
            if own is not None and base is not None:
                features[SHIFT] = rounded(own.shift(base, one.evidence[at].tolist()))
            decision = self._decision(features, base) if decide else None
            points.append(self._point(point, match, features, reading, decision, near=one.near))
        review = reasons(reading)
        if not can_decide:
            review.append("There is no calibration for this model, so each point needs a person.")
        doubtful = [point.id for point in points if point.verdict is Verdict.NEEDS_REVIEW]
        if decide and doubtful:
            review.append(f"Too close to call, a person should decide: {', '.join(doubtful)}.")
        return Sight(self._assemble(reading, flags, review, points, one.learnt), one.evidence)

    def _decision(
        self, features: dict[str, float], base: float | None
    ) -> tuple[Verdict, Decision | None]:
        if self._calibration is None:
            return margin_verdict(features), None
        decision = self._calibration.decide(features, base)
        return decision.verdict, decision

    def _point(
        self,
        point: Point,
        match: Match,
        features: dict[str, float],
        reading: Reading,
        decided: tuple[Verdict, Decision | None] | None,
        *,
        near: bool,
    ) -> PointGrade:
        verdict, decision = decided or (Verdict.NEEDS_REVIEW, None)
        if decided and not near:
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
            probability=rounded(decision.probability) if decision else None,
            points=_points(point, verdict),
            max_points=point.weight,
            evidence=Evidence(start=start, end=end, text=reading.request.answer[start:end]),
            exemplar=point.exemplars[shown.exemplar],
            counterexample=point.counterexamples[counter] if counter is not None else None,
            features=features,
        )

    def _assemble(
        self,
        reading: Reading,
        flags: Sequence[Flag],
        review: list[str],
        points: list[PointGrade],
        learnt: RubricRefinement | None,
    ) -> Grade:
        rubric, encoder = reading.request.rubric, self._encoder
        asked = not reading.settled
        return Grade(
            score=rounded(sum(point.points or 0.0 for point in points)),
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
                model=encoder.name if asked else None,
                weights_digest=encoder.weights_digest if asked else None,
                dtype=encoder.dtype if asked else None,
                device=encoder.device if asked else None,
                backend=backend_of(encoder) if asked else None,
                calibration=self.named(self._refinement if learnt else None) if asked else None,
                package_version=self._version,
            ),
        )


def _bare(point: Point, verdict: Verdict) -> PointGrade:
    """A point on which there is nothing to weigh."""
    return PointGrade(
        id=point.id,
        verdict=verdict,
        points=_points(point, verdict),
        max_points=point.weight,
    )


def _points(point: Point, verdict: Verdict) -> float | None:
    return None if verdict.share is None else rounded(point.weight * verdict.share)


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


def rounded(number: float) -> float:
    """Six decimals, and no negative zero."""
    return round(float(number), _DIGITS) + 0.0

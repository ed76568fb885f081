"""Graders that are easily pleased, or never, in place of a model."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from commands import StubEncoder, stub_calibration

from grader.calibration import Calibration
from grader.grade import Evidence, Grade, PointGrade, Provenance
from grader.probe import Floats
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.verdict import Verdict


class Fixed:
    """Gives every point of every answer the same verdict."""

    def __init__(self, verdict: Verdict, probability: float | None = 0.9) -> None:
        self.verdict, self.probability = verdict, probability
        self.encoder = StubEncoder()
        self.calibration: Calibration | None = stub_calibration()
        self.by_margin = False
        self.asked: list[GradeRequest] = []

    def prepare(self, rubric: Rubric, question: str | None = None) -> None:
        """Nothing to fit."""

    def embed(self, texts: Sequence[str]) -> Floats:
        return self.encoder.encode(texts).astype(np.float64)

    def grade_many(self, requests: Iterable[GradeRequest], batch_size: int = 32) -> Iterator[Grade]:
        for request in requests:
            self.asked.append(request)
            rubric, share = request.rubric, self.verdict.share
            yield Grade(
                score=rubric.max_points * (share or 0.0),
                max_score=rubric.max_points,
                points=tuple(
                    PointGrade(
                        id=point.id,
                        verdict=self.verdict,
                        probability=self.probability,
                        points=None if share is None else point.weight * share,
                        max_points=point.weight,
                        evidence=Evidence(start=0, end=5, text=request.answer[:5]),
                    )
                    for point in rubric.points
                ),
                provenance=Provenance(package_version="1"),
            )

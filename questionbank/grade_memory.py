"""Verdicts on a bank's own texts, remembered between runs of `check`.

Only what the bank itself holds is graded here: examples, exemplars, generated attacks. Answers of
people never pass through.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grader
from grader.engine import package_version
from grader.grade import Grade, PointGrade, Provenance
from grader.request import GradeRequest
from grader.verdict import Verdict

if TYPE_CHECKING:
    from grader.engine import Grader

FORMAT = 1
KEPT = 100_000
"""Grades remembered, the newest used; about 10 MB."""
_AHEAD = 32


class GradeMemory:
    """Grades a stream, asking the grader only for what no earlier run has graded.

    A grade is found again by all that it depends on: rubric, question and answer, and,
    for the whole file, weights, dtype, device, calibration, package version and the very source of
    the grader. What comes back holds verdicts, probabilities and points, and nothing else of a
    grade.

    Args:
        grader: grades what is not known.
        folder: where the file is; made when first needed.
        fresh: forget what earlier runs have graded.
    """

    def __init__(self, grader: "Grader", folder: Path, *, fresh: bool = False) -> None:
        self._grader = grader
        self._path = folder / f"{_maker(grader)[:40]}.json"
        self._known: dict[str, Any] = {} if fresh else _read(self._path)
        self._used: dict[str, Any] = {}
        self.remembered = 0
        """Grades that did not have to be made."""

    def grade_many(self, items: Iterable[GradeRequest]) -> Iterator[Grade]:
        """Grade a stream, in order, reading at most a few items ahead."""
        stream = iter(items)
        while batch := list(islice(stream, _AHEAD)):
            keys = [_key(request) for request in batch]
            found = {key: self._find(key, one) for key, one in zip(keys, batch, strict=True)}
            unknown = {key: one for key, one in zip(keys, batch, strict=True) if found[key] is None}
            made = self._grader.grade_many(unknown.values())
            for key, grade in zip(unknown, made, strict=True):
                found[key] = grade
                self._used[key] = [[point.verdict, point.probability] for point in grade.points]
            self.remembered += len(batch) - len(unknown)
            yield from (one for key in keys if (one := found[key]) is not None)

    def save(self) -> None:
        """Write what this run and, as far as there is room, earlier ones have graded.

        A disk that cannot be written is no obstacle: the next run grades again.
        """
        older = {key: row for key, row in self._known.items() if key not in self._used}
        kept = dict(islice({**self._used, **older}.items(), KEPT))
        text = json.dumps({"format": FORMAT, "grades": kept})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".part")
        except OSError:
            return
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(self._path)
        except OSError:
            Path(name).unlink(missing_ok=True)

    def _find(self, key: str, request: GradeRequest) -> Grade | None:
        row = self._known.get(key)
        grade = None if row is None else _grade(row, request)
        if grade is not None:
            self._used[key] = row
        return grade


def _grade(row: Any, request: GradeRequest) -> Grade | None:  # noqa: ANN401 - a JSON value
    """A remembered row as a grade; None if it is not what this version writes."""
    points = []
    try:
        for point, (name, probability) in zip(request.rubric.points, row, strict=True):
            verdict = Verdict(name)
            share = verdict.share
            points.append(
                PointGrade(
                    id=point.id,
                    verdict=verdict,
                    probability=None if probability is None else float(probability),
                    points=None if share is None else point.weight * share,
                    max_points=point.weight,
                )
            )
    except (TypeError, ValueError):
        return None
    return Grade(
        score=sum(point.points or 0.0 for point in points),
        max_score=request.rubric.max_points,
        points=tuple(points),
        provenance=Provenance(package_version="remembered"),
    )


def _key(request: GradeRequest) -> str:
    parts = (request.rubric.content_hash, request.question, request.answer)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _maker(grader_used: "Grader") -> str:
    """A digest of all that grades depend on beside their requests."""
    encoder, calibration = grader_used.encoder, grader_used.calibration
    digest = hashlib.sha256()
    for part in (
        str(FORMAT),
        encoder.weights_digest,
        encoder.dtype,
        encoder.device,
        str(getattr(encoder, "build", "")),  # versions of libraries; stand-ins for it have none
        calibration.model_dump_json() if calibration else "",
        package_version(),
    ):
        digest.update(part.encode() + b"\0")
    for path in sorted(Path(grader.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    """What the file remembers; nothing if it is missing, broken or of another format."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        return {}
    grades = content.get("grades")
    return grades if isinstance(grades, dict) else {}

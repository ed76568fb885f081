"""Grades remembered between runs, by all that they depend on.

A second run over the same answers looks each grade up instead of making it, and its lines are the
same bytes. Of an answer no word is kept: of its evidence only where it begins and ends, of rubric
and question nothing at all; they are at hand when a grade is asked for again.
"""

import hashlib
import json
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import grader
from grader.encoder import backend_of
from grader.engine import package_version
from grader.features import FEATURES
from grader.grade import Grade
from grader.kept import Kept
from grader.loading import GRADES, kept_in
from grader.processor import processor_name
from grader.request import GradeRequest
from grader.rubric import Point, Rubric
from questionbank.detour import detoured

if TYPE_CHECKING:
    from grader.engine import Grader
    from grader.loading import GraderSettings

FORMAT = 1
_AHEAD = 512
"""Requests looked up at once."""
_TOGETHER = 32
"""Grades written at once: what an interruption may cost."""


class _Asked(NamedTuple):
    """A request, and what an earlier run made of it."""

    digest: bytes
    request: GradeRequest
    known: Grade | None
    again: bool
    """Whether it is the same as one at most `_AHEAD` before."""


class GradeMemory:
    """Grades a stream, asking the grader only for what no earlier run has graded.

    A grade is found again by rubric, question and answer, and by what grades: weights, dtype,
    device, backend, versions, calibration, refinement, and the very source of the grader.

    Args:
        grader: grades what is not known.
        kept: where grades are kept.
        fresh: do not look what earlier runs have graded.
    """

    def __init__(self, grader: "Grader", kept: Kept, *, fresh: bool = False) -> None:
        self._grader = grader
        self.kept = kept
        self._fresh = fresh
        self._maker = _maker(grader)
        self._common: dict[str, bytes] = {}
        self.remembered = 0
        """Grades that did not have to be made."""

    def grade_many(
        self, items: Iterable[GradeRequest], batch_size: int | None = None
    ) -> Iterator[Grade]:
        """Grade a stream, in order, reading at most some hundred items ahead.

        Args:
            items: what to grade.
            batch_size: as the grader takes it.
        """
        made = detoured(
            self._looked_up(items),
            lambda one: None if one.known or one.again else one.request,
            lambda asked: self._grader.grade_many(asked, batch_size),
        )
        to_keep: dict[bytes, bytes] = {}
        last: OrderedDict[bytes, Grade] = OrderedDict()
        try:
            for one, grade in made:
                if grade is not None:
                    to_keep |= self._written(one.digest, one.request, grade)
                    last[one.digest] = grade
                if len(to_keep) >= _TOGETHER:
                    self.kept.add(to_keep)
                    to_keep = {}
                while len(last) > _AHEAD:
                    last.popitem(last=False)
                yield one.known or last[one.digest]
        finally:
            self.kept.add(to_keep)

    def _looked_up(self, items: Iterable[GradeRequest]) -> Iterator[_Asked]:
        """Look up what earlier runs have graded."""
        stream = iter(items)
        while window := list(islice(stream, _AHEAD)):
            digests = [self._digest(one) for one in window]
            known = {} if self._fresh else self._recalled(dict(zip(digests, window, strict=True)))
            self.remembered += sum(one in known for one in digests)
            met: set[bytes] = set()
            for digest, request in zip(digests, window, strict=True):
                yield _Asked(digest, request, known.get(digest), digest in met)
                met.add(digest)

    def _recalled(self, asked: dict[bytes, GradeRequest]) -> dict[bytes, Grade]:
        found = {}
        for digest, content in self.kept.find(asked).items():
            with suppress(ValueError, LookupError, TypeError, StopIteration, zlib.error):
                found[digest] = self._read(content, asked[digest])
        return found

    def _written(self, digest: bytes, request: GradeRequest, grade: Grade) -> dict[bytes, bytes]:
        """An entry to keep; none of a grade that would not come back as it is."""
        value = grade.model_dump(mode="json")
        numbers: list[float] = []
        for point, graded in zip(request.rubric.points, value["points"], strict=True):
            numbers += graded["features"].values()
            graded["features"] = list(graded["features"])
            if graded["evidence"]:
                del graded["evidence"]["text"]
            for name, texts in _texts(point):
                if graded[name] is not None:
                    graded[name] = texts.index(graded[name])
        packer = zlib.compressobj(zdict=self._shared(request.rubric))
        content = packer.compress(json.dumps(value).encode() + b"\n")
        content += packer.flush(zlib.Z_FULL_FLUSH)  # numbers have other bytes than text
        content += packer.compress(_packed(numbers)) + packer.flush()
        return {digest: content} if self._read(content, request) == grade else {}

    def _read(self, content: bytes, request: GradeRequest) -> Grade:
        """A grade from what was kept of it."""
        whole = zlib.decompressobj(zdict=self._shared(request.rubric)).decompress(content)
        head, _, packed = whole.partition(b"\n")
        value, numbers = json.loads(head), _unpacked(packed)
        for point, graded in zip(request.rubric.points, value["points"], strict=True):
            graded["features"] = {name: next(numbers) for name in graded["features"]}
            if evidence := graded["evidence"]:
                evidence["text"] = request.answer[evidence["start"] : evidence["end"]]
            for name, texts in _texts(point):
                if graded[name] is not None:
                    graded[name] = texts[graded[name]]
        return Grade.model_validate(value)

    def _shared(self, rubric: Rubric) -> bytes:
        """What the grades on a rubric have in common, so that it takes no room in each."""
        common = self._common.get(rubric.content_hash)
        if common is None:
            common = json.dumps(_usual(rubric, self._grader)).encode()
            self._common[rubric.content_hash] = common
        return common

    def _digest(self, request: GradeRequest) -> bytes:
        rubric = request.rubric
        parts = (rubric.version, rubric.content_hash, request.question, request.answer)
        return hashlib.sha256(self._maker + json.dumps(parts).encode()).digest()


def _usual(rubric: Rubric, grader_used: "Grader") -> dict[str, object]:
    """What most grades on a rubric look like, in the order of a grade's fields."""
    encoder, calibration = grader_used.encoder, grader_used.calibration
    usual = {"evidence": {"start": 0, "end": 1}, "exemplar": 0, "counterexample": 0}
    points = [
        {"id": point.id, "verdict": "not_met", "probability": 0.9, "points": 0.0}
        | {"max_points": point.weight, **usual, "features": FEATURES}
        for point in rubric.points
    ]
    ref = {
        "id": rubric.id,
        "version": rubric.version,
        "content_hash": rubric.content_hash,
        "structure_hash": rubric.structure_hash,
    }
    made = {
        "model": encoder.name,
        "weights_digest": encoder.weights_digest,
        "dtype": encoder.dtype,
        "device": encoder.device,
        "backend": backend_of(encoder),
        "calibration": calibration.id if calibration else None,
        "package_version": package_version(),
    }
    head = {"score": 0.0, "max_score": rubric.max_points, "flags": (), "review": ()}
    return {**head, "points": points, "provenance": {"question": None, "rubric": ref, **made}}


def _texts(point: Point) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a grade quotes of a point."""
    return ("exemplar", point.exemplars), ("counterexample", point.counterexamples)


def _packed(numbers: list[float]) -> bytes:
    """Features as whole millionths, which is what a grade rounds them to."""
    millionths = np.rint(np.array(numbers, dtype=np.float64) * 1e6)
    return bytes(np.clip(millionths, -(2**31), 2**31 - 1).astype("<i4").tobytes())


def _unpacked(packed: bytes) -> Iterator[float]:
    return iter((np.frombuffer(packed, dtype="<i4") / 1e6).tolist())


def remembering(
    grader: "Grader", settings: "GraderSettings", *, fresh: bool = False
) -> "GradeMemory | None":
    """The memory that the settings ask for; None if they want none.

    Args:
        grader: grades what is not known.
        settings: say where, and how much may be kept.
        fresh: do not look what earlier runs have graded.
    """
    kept = kept_in(settings, GRADES)
    return None if kept is None else GradeMemory(grader, kept, fresh=fresh)


def _maker(grader_used: "Grader") -> bytes:
    """A digest of all that grades depend on beside their requests."""
    encoder, calibration = grader_used.encoder, grader_used.calibration
    refinement = getattr(grader_used, "refinement", None)
    digest = hashlib.sha256()
    for part in (
        str(FORMAT),
        encoder.name,
        encoder.weights_digest,
        encoder.dtype,
        encoder.device,
        str(backend_of(encoder)),
        str(getattr(encoder, "build", "")),  # versions of libraries; stand-ins for it have none
        f"numpy {np.__version__} {processor_name()}",
        calibration.model_dump_json() if calibration else "",
        refinement.model_dump_json() if refinement else "",
        str(grader_used.by_margin),
        str(getattr(grader_used, "exact", None) is not None),
        package_version(),
    ):
        digest.update(part.encode() + b"\0")
    for path in sorted(Path(grader.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes() + b"\0")
    return digest.digest()

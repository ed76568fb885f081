"""Whether the way of writing counts: shifts under rewrites, and errors by style."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grader import resampling
from grader.grade import Grade
from grader.judgement import JudgedAnswer
from grader.request import GradeRequest
from grader.verdict import Verdict
from questionbank.answer_file import AnswerRow
from questionbank.attacks import FAMILIES
from questionbank.attacks.material import materials
from questionbank.bank import Bank
from questionbank.batch import GradeMany, resolve
from questionbank.errors import UsageError
from questionbank.labelled_file import InterviewRow, LabelledRow
from questionbank.reference_rubric import decided
from questionbank.rewrites import REWRITES

if TYPE_CHECKING:
    from grader.calibration import Thresholds

NON_NATIVE = frozenset({"nonnative", "non-native", "non_native"})
"""Styles of people who write English as a further language."""
HOSTILE = frozenset(FAMILIES) | {"restate", "manipulation", "negated"}
"""Styles that deserve nothing; they belong to neither side of the comparison."""
RESAMPLES = 2000
_CHUNK = 16
_INTERVAL = (2.5, 97.5)


class Shift(NamedTuple):
    """What one rewrite did."""

    rewrite: str
    answers: int
    """Answers that it changed; the others are left out."""
    points: int
    """Points of these answers together."""
    flips: int
    """Points that earn another share afterwards, review switched off."""
    mean_shift: float
    """Mean absolute difference of the score as a share of full marks, 0 to 1."""


class Side(NamedTuple):
    """How often the machine is right on the answers of one side."""

    answers: int
    points: int
    """Those that people called met or not met, and the machine decided."""
    accuracy: float


class StyleGap(NamedTuple):
    """Native-style answers against others."""

    native: Side
    non_native: Side
    difference: float
    """Accuracy on native-style answers less that on the others."""
    interval: tuple[float, float]
    """Of the difference, 95%, answers resampled within each side."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """What one grading gave."""

    shares: tuple[float, ...]
    """Of each point, 0, 0.5 or 1, in the rubric's order."""
    score: float
    """Share of full marks, 0 to 1."""


def example_requests(bank: Bank, rubric_ids: Sequence[str] = ()) -> list[GradeRequest]:
    """The graded examples of rubrics, as answers.

    Args:
        bank: where they are.
        rubric_ids: which; none for all.

    Raises:
        UsageError: there is no example among them.
    """
    found = [
        GradeRequest(answer=example.answer, rubric=material.rubric, question=material.prompt)
        for material in materials(bank, rubric_ids).values()
        for example in material.rubric.examples
    ]
    if not found:
        raise UsageError("there is no graded example to rewrite; name a file of answers")
    return found


def labelled_requests(rows: Iterable[tuple[int, LabelledRow]], bank: Bank) -> list[GradeRequest]:
    """The answers of a labelled file in free text, hostile styles left out.

    Args:
        rows: line numbers and rows.
        bank: where their questions are.

    Raises:
        UsageError: a row is of another form, or none is left.
    """
    found = []
    for line, row in rows:
        if not isinstance(row, InterviewRow):
            raise UsageError(f"line {line}: fairness needs rows that name a question of the bank")
        asked = AnswerRow(question_id=row.question_id, answer=row.answer)
        instance = next(resolve([(line, asked)], bank)).instance
        if instance and instance.rubric and row.style not in HOSTILE:
            found.append(
                GradeRequest(answer=row.answer, rubric=instance.rubric, question=instance.prompt)
            )
    if not found:
        raise UsageError("the file holds no honest answer in free text")
    return found


def measure_shifts(
    requests: Sequence[GradeRequest],
    grade_many: GradeMany,
    thresholds: "Thresholds | None",
    *,
    seed: int = 0,
) -> Iterator[Shift]:
    """Grade answers as they stand and under each rewrite.

    Args:
        requests: the answers.
        grade_many: grades a stream of free-text answers, in order.
        thresholds: the calibration's; None without one.
        seed: of typos, spacing, order and filler.

    Yields:
        One shift for each rewrite that changed anything, in the order of the table.
    """
    before = list(_marked(requests, grade_many, thresholds))
    for name, rewrite in REWRITES.items():
        changed = []
        for number, request in enumerate(requests):
            chance = Random(f"{seed}/{name}/{number}")  # noqa: S311 - nothing secret
            text = rewrite(request.answer, chance)
            if text != request.answer:
                changed.append((before[number], request.model_copy(update={"answer": text})))
        after = _marked([request for _, request in changed], grade_many, thresholds)
        pairs = [(old, new) for (old, _), new in zip(changed, after, strict=True)]
        if pairs:
            yield _shift(name, pairs)


def style_gap(answers: Iterable[JudgedAnswer], *, seed: int = 0) -> StyleGap | None:
    """Compare the accuracy on native-style answers with that on answers of non-native writers.

    Args:
        answers: judged ones; those without a style or of a hostile one are left out.
        seed: of the resampling.

    Returns:
        The comparison; None if either side has no answer with a decided point.
    """
    counted = [(answer, *_counted(answer)) for answer in answers]
    sides = []
    for foreign in (False, True):
        rows = [
            (right, total)
            for answer, right, total in counted
            if answer.style is not None
            and answer.style not in HOSTILE
            and (answer.style in NON_NATIVE) is foreign
            and total
        ]
        if not rows:
            return None
        sides.append(np.array(rows, dtype=np.float64))
    native, other = (_resampled(side, seed + at) for at, side in enumerate(sides))
    low, high = np.percentile(native - other, _INTERVAL)
    first, second = (
        Side(len(side), int(side[:, 1].sum()), float(side[:, 0].sum() / side[:, 1].sum()))
        for side in sides
    )
    return StyleGap(first, second, first.accuracy - second.accuracy, (float(low), float(high)))


def _marked(
    requests: Iterable[GradeRequest], grade_many: GradeMany, thresholds: "Thresholds | None"
) -> Iterator[_Marks]:
    stream = iter(requests)
    while chunk := list(islice(stream, _CHUNK)):
        for grade in grade_many(chunk):
            yield _marks(grade, thresholds)


def _marks(grade: Grade, thresholds: "Thresholds | None") -> _Marks:
    verdicts = [decided(point, thresholds) for point in grade.points]
    shares = tuple((verdict.share or 0.0) if verdict else 0.0 for verdict in verdicts)
    earned = sum(
        point.max_points * share for point, share in zip(grade.points, shares, strict=True)
    )
    return _Marks(shares, earned / grade.max_score)


def _shift(name: str, pairs: Sequence[tuple[_Marks, _Marks]]) -> Shift:
    flips = sum(
        old != new
        for before, after in pairs
        for old, new in zip(before.shares, after.shares, strict=True)
    )
    moved = [abs(after.score - before.score) for before, after in pairs]
    points = sum(len(before.shares) for before, _ in pairs)
    return Shift(name, len(pairs), points, flips, sum(moved) / len(moved))


def _counted(answer: JudgedAnswer) -> tuple[int, int]:
    """How many points the machine has right, of how many that both decided."""
    both = [one for one in answer.judgements if one.clear and one.machine is not None]
    right = sum((one.machine is Verdict.MET) == (one.human is Verdict.MET) for one in both)
    return right, len(both)


def _resampled(side: resampling.Floats, seed: int) -> resampling.Floats:
    """Accuracy on resamples of one side; `side` is float64 [n, 2]: right, total."""
    blocks = [
        weights @ side[:, 0] / (weights @ side[:, 1])
        for weights in resampling.draws(len(side), len(side), RESAMPLES, seed)
    ]
    return np.concatenate(blocks)

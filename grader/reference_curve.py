"""How well scores against references agree after so many labelled answers to a question."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from grader.reference_refining import Lesson, refine
from grader.reference_scoring import ReferenceCalibration, ReferenceScore, ReferenceSight
from grader.refining import folds_of, shuffled

SIZES = (5, 10, 20, 40)
"""Labelled answers a question."""
_MORE = 1.5
"""A question is on the curve where it has so many times as many answers as are learnt from."""


class Labelled(NamedTuple):
    """An answer that people have scored, with what the scorer sees of it."""

    place: int
    """Where it stands in its file, from 0."""
    name: str
    """What tells answers apart: none may stand on both sides of a fold."""
    sight: ReferenceSight
    share: float
    """People's, 0 to 1."""


class CurvePoint(NamedTuple):
    """What so many labelled answers a question teach."""

    size: int
    answers: int
    """Answers judged, of the questions that have enough."""
    before: float | None
    """Pearson of the same answers without labels; None where it does not apply."""
    after: float | None


def name_of(answer: str) -> str:
    """What tells answers apart: the text, without regard to case and white space."""
    return " ".join(answer.split()).casefold()


def deal(
    labelled: Sequence[Labelled], folds: int, seed: int
) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    """Part the answers to one question, by a hash of their text.

    Args:
        labelled: the answers.
        folds: how many, at least 2.
        seed: of the folds.

    Yields:
        The answers of each fold that has any, and the rest in an order that is always the same.
    """
    dealt = folds_of((one.name for one in labelled), folds, seed)
    for fold in range(folds):
        held = [one for one in labelled if dealt[one.name] == fold]
        known = [one for one in labelled if dealt[one.name] != fold]
        if held:
            yield held, sorted(known, key=lambda one: (one.name, one.share))


def taught(
    held: Sequence[Labelled], known: Sequence[Labelled], calibration: ReferenceCalibration
) -> list[ReferenceScore]:
    """Score answers by what others to the same question teach.

    Args:
        held: the answers.
        known: the others.
        calibration: the base's.
    """
    lessons = [Lesson(one.sight, one.share) for one in known]
    return refine([one.sight for one in held], lessons, calibration)


def learning_curve(
    questions: Sequence[Sequence[Labelled]],
    calibration: ReferenceCalibration,
    *,
    folds: int,
    seed: int = 0,
) -> list[CurvePoint]:
    """Measure what so many labelled answers a question teach.

    Each answer is judged by some of the other folds, drawn by a hash.

    Args:
        questions: the answers to each.
        calibration: the base's.
        folds: how many, at least 2.
        seed: of folds and draws.

    Returns:
        One for each of `SIZES` that any question has enough answers for.
    """
    curve = []
    for size in SIZES:
        people: list[float] = []
        before: list[float] = []
        after: list[float] = []
        for labelled in questions:
            if len({one.name for one in labelled}) < _MORE * size:
                continue
            for held, known in deal(labelled, folds, seed):
                drawn = set(shuffled((one.name for one in known), seed)[:size])
                some = [one for one in known if one.name in drawn]
                people += [one.share for one in held]
                before += [one.sight.score.share for one in held]
                after += [score.share for score in taught(held, some, calibration)]
        if people:
            pairs = _pearson(before, people), _pearson(after, people)
            curve.append(CurvePoint(size, len(people), *pairs))
    return curve


def _pearson(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    if len(set(ours)) < 2 or len(set(theirs)) < 2:
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])

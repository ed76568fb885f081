"""Fits what scores answers against references, and predicts what each fit has not seen."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grader.encoder import Encoder
from grader.fusion import Fusion
from grader.growing import fit_fusion, fit_sum
from grader.non_answer import is_non_answer
from grader.passage import PassageReader
from grader.probe import Floats
from grader.reference_features import FEATURES, measure_answer, ordered
from grader.reference_net import Member, Side, log_odds, sides
from grader.reference_scoring import Blend, ReferenceItem, texts_of
from grader.reference_training import Lesson, train

_TOGETHER = 256
_SEED = 0


class Scored(NamedTuple):
    """An answer that people have scored."""

    course: str
    """The data set it is from."""
    question_id: str
    question: str | None
    references: tuple[str, ...]
    answer: str
    share: float
    """Of full marks, 0 to 1."""


class Seen(NamedTuple):
    """A scored answer with what the machine sees."""

    course: str
    question: str
    """Its id, distinct over all data sets."""
    share: float
    declined: bool
    """Whether it is no answer; then nothing was measured."""
    values: Floats
    """float64 [features]."""
    parties: tuple[Side, Side, Side]


class Fitted(NamedTuple):
    """All that is fitted on answers."""

    fusion: Fusion
    full_fusion: Fusion
    members: tuple[Member, ...]


class LeftOut(NamedTuple):
    """What was predicted of an answer whose question was not in the fit."""

    course: str
    question: str
    share: float
    """People's, 0 to 1."""
    declined: bool
    fold: int
    fusion: float
    """Log-odds."""
    full_fusion: float
    net: float
    predicted: float = 0.0
    """Expected share, blended."""
    probability: float = 0.0
    """Of full marks, blended."""


def observe(scored: Sequence[Scored], encoder: Encoder) -> list[Seen]:
    """Measure answers beside their references.

    Args:
        scored: the answers; blank ones count as declined.
        encoder: embeds them.
    """
    reader = PassageReader(encoder)
    shared: dict[tuple[str, ...], Side] = {}
    seen = []
    for start in range(0, len(scored), _TOGETHER):
        some = scored[start : start + _TOGETHER]
        items = [ReferenceItem(one.answer, one.references, one.question) for one in some]
        known = reader.read(text for item in items for text in texts_of(item))
        for one, item in zip(some, items, strict=True):
            answer, *rest = (known[text] for text in texts_of(item))
            features = measure_answer(answer, rest[:-1], rest[-1])
            parties = tuple(map(_narrow, sides(answer, rest[:-1], rest[-1])))
            # One array for all answers to a question, or the references fill the memory.
            same = tuple(
                shared.setdefault(key, side)
                for key, side in zip(
                    (("r", *one.references), ("q", one.question or "")), parties[1:], strict=True
                )
            )
            seen.append(
                Seen(
                    one.course,
                    f"{one.course}/{one.question_id}",
                    one.share,
                    is_non_answer(answer.text),
                    ordered(features, FEATURES),
                    (parties[0], same[0], same[1]),
                )
            )
    return seen


def _narrow(side: Side) -> Side:
    tokens: Floats = np.asarray(side.tokens, dtype=np.float32)  # half the space
    return Side(tokens, side.rarity)


def fit_parts(seen: Sequence[Seen], members: int) -> Fitted:
    """Fit both fusions and the network.

    Args:
        seen: answers; those declined are passed over.
        members: of the network.

    Raises:
        ValueError: only one kind of score.
    """
    used = [one for one in seen if not one.declined]
    weights = _weights([one.course for one in used])
    values = np.array([one.values for one in used])
    shares = np.array([one.share for one in used])
    if not used or (shares == shares[0]).all():
        raise ValueError("the scores must differ")
    doubled = _doubled(values, shares, weights)
    fusion = fit_fusion(FEATURES, *doubled)
    full_fusion = fit_fusion(FEATURES, *_doubled(values, np.floor(shares), weights))
    lessons = [
        Lesson(one.parties, row, one.share, float(weight))
        for one, row, weight in zip(used, standardised(fusion, values), weights, strict=True)
    ]
    nets = tuple(train(lessons, seed) for seed in range(members))
    return Fitted(fusion, full_fusion, nets)


def standardised(fusion: Fusion, values: Floats) -> Floats:
    """Features in standard deviations, clipped: float64 [n, features]."""
    mean = np.array([term.mean for term in fusion.terms])
    scale = np.array([term.scale for term in fusion.terms])
    clip = fusion.clip or np.inf
    clipped: Floats = np.clip((values - mean) / scale, -clip, clip)
    return clipped


def _doubled(
    values: Floats, shares: Floats, weights: Floats
) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    """A share as a judgement of met and one of not met, weighted by it."""
    met = np.concatenate([np.ones(len(shares), bool), np.zeros(len(shares), bool)])
    weight = np.concatenate([weights * shares, weights * (1.0 - shares)])
    kept = weight > 0
    if not (met[kept].any() and (~met[kept]).any()):
        raise ValueError("there must be answers of full marks and others")
    return np.concatenate([values, values])[kept], met[kept], weight[kept]


def _weights(courses: Sequence[str]) -> Floats:
    """So that a data set counts by the root of its size: float64 [n], 1 in the mean."""
    names, at, counts = np.unique(courses, return_inverse=True, return_counts=True)
    del names
    weights = 1.0 / np.sqrt(counts[at])
    scaled: Floats = weights / weights.mean()
    return scaled


def leave_questions_out(seen: Sequence[Seen], folds: int, members: int) -> list[LeftOut]:
    """Predict each answer by a fit without its question.

    Args:
        seen: answers to at least `folds` questions of each data set.
        folds: parts of the questions.
        members: of the network.

    Raises:
        ValueError: a data set has too few questions.
    """
    part = _parts(seen, folds)
    found: dict[int, LeftOut] = {}
    for fold in range(folds):
        fitted = fit_parts([one for one in seen if part[one.question] != fold], members)
        for at, one in enumerate(seen):
            if part[one.question] == fold:
                found[at] = _predict(one, fitted, fold)
    return _blended([found[at] for at in range(len(seen))])


def leave_courses_out(
    seen: Sequence[Seen], left_out: Sequence[LeftOut], members: int
) -> list[LeftOut]:
    """Predict each answer by a fit without its data set.

    Args:
        seen: answers from at least two data sets.
        left_out: the same with their questions left out, to blend by.
        members: of the network.
    """
    found = []
    for course in sorted({one.course for one in seen}):
        fitted = fit_parts([one for one in seen if one.course != course], members)
        share, full = fit_blends([one for one in left_out if one.course != course])
        for one in seen:
            if one.course == course:
                found.append(_blend(_predict(one, fitted, 0), share, full))
    return found


def _parts(seen: Sequence[Seen], folds: int) -> dict[str, int]:
    """The part of each question; those of a data set are spread evenly."""
    chance = np.random.default_rng(_SEED)
    part: dict[str, int] = {}
    for course in sorted({one.course for one in seen}):
        names = sorted({one.question for one in seen if one.course == course})
        if len(names) < folds:
            raise ValueError(f"{course} has {len(names)} questions, {folds} are needed")
        for at, number in enumerate(chance.permutation(len(names))):
            part[names[number]] = at % folds
    return part


def _predict(one: Seen, fitted: Fitted, fold: int) -> LeftOut:
    told = LeftOut(one.course, one.question, one.share, one.declined, fold, 0.0, 0.0, 0.0)
    if one.declined:
        return told
    features = dict(zip(FEATURES, one.values.tolist(), strict=True))
    row = standardised(fitted.fusion, one.values)
    return told._replace(
        fusion=fitted.fusion.log_odds(features),
        full_fusion=fitted.full_fusion.log_odds(features),
        net=log_odds(fitted.members, one.parties, row),
    )


def fit_blends(left_out: Sequence[LeftOut]) -> tuple[Blend, Blend]:
    """Weigh the parts against each other, for the share and for full marks.

    Args:
        left_out: answers; those declined are passed over.
    """
    used = [one for one in left_out if not one.declined]
    weights = _weights([one.course for one in used])
    shares = np.array([one.share for one in used])
    net = [one.net for one in used]
    blends = []
    for odds, wanted in (
        ([one.fusion for one in used], shares),
        ([one.full_fusion for one in used], np.floor(shares)),
    ):
        values = np.array([odds, net]).T
        intercept, (fusion, part) = fit_sum(*_doubled(values, wanted, weights))
        blends.append(Blend(intercept=intercept, fusion=fusion, net=part))
    return blends[0], blends[1]


def _blended(left_out: Sequence[LeftOut]) -> list[LeftOut]:
    """Blend each part by weights from the other parts."""
    folds = sorted({one.fold for one in left_out})
    blends = {fold: fit_blends([one for one in left_out if one.fold != fold]) for fold in folds}
    return [_blend(one, *blends[one.fold]) for one in left_out]


def _blend(one: LeftOut, share: Blend, full: Blend) -> LeftOut:
    if one.declined:
        return one
    return one._replace(
        predicted=share.probability(one.fusion, one.net),
        probability=full.probability(one.full_fusion, one.net),
    )

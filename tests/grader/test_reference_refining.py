"""What a question's own scored answers teach about others to it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.probe import Floats
from grader.reference_refining import Lesson, refine
from grader.reference_scoring import ReferenceCalibration, ReferenceScore, ReferenceSight
from grader.verdict import Verdict

RIGHT, WRONG = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
CALIBRATION: Any = SimpleNamespace(partial=0.4, review=0.05)
CALIBRATION.judge = lambda share, chance: ReferenceCalibration.judge(CALIBRATION, share, chance)


def sight(
    share: float, vector: Floats = RIGHT, *, chance: float | None = None, declined: bool = False
) -> ReferenceSight:
    probability = share if chance is None else chance
    score = ReferenceScore(share, probability, Verdict.NOT_MET, 0.5, review=False)
    return ReferenceSight(score, vector, declined)


def test_answers_like_those_people_liked_gain_and_like_those_they_did_not_lose() -> None:
    lessons = [Lesson(sight(0.5, RIGHT), 1.0)] * 5 + [Lesson(sight(0.5, WRONG), 0.0)] * 5
    right, wrong = refine([sight(0.5, RIGHT), sight(0.5, WRONG)], lessons, CALIBRATION)
    assert right.share > 0.8
    assert wrong.share < 0.2
    assert (right.verdict, wrong.verdict) == (Verdict.MET, Verdict.NOT_MET)


def test_the_more_lessons_the_further_it_moves() -> None:
    moved = [
        refine([sight(0.5)], [Lesson(sight(0.5), 1.0)] * count, CALIBRATION)[0].share
        for count in (3, 10, 40)
    ]
    assert 0.5 < moved[0] < moved[1] < moved[2] <= 1.0


@pytest.mark.parametrize(
    "lessons",
    [[], [Lesson(sight(0.5), 1.0)] * 2, [Lesson(sight(0.0, declined=True), 0.0)] * 9],
)
def test_too_few_lessons_teach_nothing(lessons: list[Lesson]) -> None:
    one = sight(0.3)
    assert refine([one], lessons, CALIBRATION) == [one.score]


def test_what_is_no_answer_stays_as_it_is_among_others() -> None:
    lessons = [Lesson(sight(0.5), 1.0)] * 9
    blank, none = sight(0.0, chance=None, declined=True), sight(0.0, declined=True)
    before, moved, after = refine([blank, sight(0.5), none], lessons, CALIBRATION)
    assert (before, after) == (blank.score, none.score)
    assert moved.share > 0.5
    assert refine([blank], lessons, CALIBRATION) == [blank.score]


def test_scores_stay_within_bounds_and_certainty_is_never_reached() -> None:
    lessons = [Lesson(sight(0.2), 1.0)] * 40
    (high,) = refine([sight(0.95)], lessons, CALIBRATION)
    assert high.share == 1.0
    assert high.probability == 0.99
    (low,) = refine([sight(0.05)], [Lesson(sight(0.8), 0.0)] * 40, CALIBRATION)
    assert low.share == 0.0
    assert low.probability == 0.01


def test_partial_scores_teach_the_share_and_not_full_marks() -> None:
    lessons = [Lesson(sight(0.5), 0.5)] * 40
    (one,) = refine([sight(0.5)], lessons, CALIBRATION)
    assert one.share == pytest.approx(0.5, abs=0.01)
    assert one.probability is not None
    assert one.probability < 0.2
    assert one.verdict is Verdict.PARTIAL

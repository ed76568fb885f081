"""The readiness score: its sum, its interval, and advice only where a blueprint gives one."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from packets import item, packet

from grader.grade import Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.attempt import Override
from questionbank.readiness import Advice, readiness
from questionbank.review import EffectiveGrade, apply_overrides

RULE = {"decline": 0.4, "advance": 0.7}
MET, PARTIAL, NOT_MET, OPEN = (
    Verdict.MET,
    Verdict.PARTIAL,
    Verdict.NOT_MET,
    Verdict.NEEDS_REVIEW,
)


def graded(
    *verdicts: Verdict, sure: float | None = None, overrides: Sequence[Override] = ()
) -> EffectiveGrade:
    points = tuple(
        PointGrade(
            id=f"p{at}",
            verdict=verdict,
            probability=sure,
            points=None if verdict.share is None else 2 * verdict.share,
            max_points=2,
        )
        for at, verdict in enumerate(verdicts)
    )
    made = Grade(
        score=sum(point.points or 0 for point in points),
        max_score=2.0 * len(points),
        points=points,
        provenance=Provenance(package_version="1"),
    )
    return apply_overrides(made, overrides)


def decided(point: str, verdict: Verdict) -> Override:
    ids = dict.fromkeys(("id", "grade_id", "answer_id", "attempt_id"), "0" * 32)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Override(**ids, point_id=point, verdict=verdict, at=at)


WEIGHED = packet(
    competencies=[{"strategy": "a", "weight": 1}, {"strategy": "b", "weight": 3}],
    weights_reason="So.",
    recommendation=RULE,
)


def test_the_score_is_the_weighted_mean_of_shares() -> None:
    found = readiness(WEIGHED, {"a/one": [graded(MET, NOT_MET)], "b/one": [graded(MET, PARTIAL)]})
    assert found.score == pytest.approx(100 * (0.5 + 3 * 0.75) / 4)
    assert found.low == found.high == found.score
    assert found.arithmetic == "100 x (1 x 0.500 + 3 x 0.750) ÷ 4 = 68.8"
    assert (found.advice, found.firm) == (Advice.DISCUSS, True)
    assert found.unjudged == ()


def test_each_question_counts_the_same_within_its_competency() -> None:
    two = packet(
        competencies=[{"strategy": "a", "weight": 1}],
        items=[item("a/one"), item("a/two")],
    )
    found = readiness(two, {"a/one": [graded(MET)], "a/two": [graded(NOT_MET, NOT_MET, NOT_MET)]})
    assert found.score == 50


def test_open_points_widen_the_interval_and_leave_the_score_to_the_rest() -> None:
    found = readiness(WEIGHED, {"a/one": [graded(MET)], "b/one": [graded(MET, OPEN)]})
    assert found.score == 100
    assert found.low == pytest.approx(62.5)
    assert found.high == 100
    assert found.open_points == 1
    assert (found.advice, found.firm) == (Advice.ADVANCE, False)


def test_a_question_that_is_not_judged_leaves_no_score_and_no_advice() -> None:
    found = readiness(WEIGHED, {"a/one": [graded(MET)]})
    assert (found.score, found.advice) == (None, None)
    assert (found.low, found.high) == (25, 100)
    assert found.unjudged == ("b/one",)
    assert found.arithmetic.endswith("+ 3 x open) ÷ 4 = open")


def test_a_part_without_a_grade_leaves_its_question_open_by_half() -> None:
    found = readiness(WEIGHED, {"a/one": [graded(MET)], "b/one": [graded(NOT_MET, MET), None]})
    assert found.score == pytest.approx(100 * (1 + 3 * 0.5) / 4)
    assert found.low == pytest.approx(100 * (1 + 3 * 0.25) / 4)
    assert found.high == pytest.approx(100 * (1 + 3 * 0.75) / 4)
    assert found.unjudged == ("b/one",)


def test_doubtful_verdicts_of_the_machine_widen_the_interval() -> None:
    sure = readiness(
        WEIGHED, {"a/one": [graded(MET, sure=0.99)], "b/one": [graded(PARTIAL, sure=0.99)]}
    )
    unsure = readiness(
        WEIGHED, {"a/one": [graded(MET, sure=0.6)], "b/one": [graded(PARTIAL, sure=0.6)]}
    )
    assert sure.score == unsure.score == pytest.approx(62.5)
    assert unsure.low < sure.low < 62.5 < sure.high < unsure.high
    variance = (0.25**2 + 0.75**2) * 0.99 * 0.01
    assert sure.low == pytest.approx(62.5 - 196 * variance**0.5)


def test_a_persons_verdict_counts_and_is_certain() -> None:
    by_hand = [decided("p0", MET)]
    found = readiness(
        WEIGHED,
        {
            "a/one": [graded(NOT_MET, sure=0.5, overrides=by_hand)],
            "b/one": [graded(OPEN, sure=0.5, overrides=by_hand)],
        },
    )
    assert found.score == found.low == found.high == 100


@pytest.mark.parametrize(
    ("verdicts", "advice"),
    [
        ((NOT_MET,), Advice.DECLINE),
        ((PARTIAL,), Advice.DISCUSS),
        ((MET,), Advice.ADVANCE),
    ],
    ids=["decline", "discuss", "advance"],
)
def test_the_thresholds_of_the_blueprint_decide_the_advice(
    verdicts: tuple[Verdict, ...], advice: Advice
) -> None:
    grades = {"a/one": [graded(*verdicts)], "b/one": [graded(*verdicts)]}
    assert readiness(WEIGHED, grades).advice is advice
    assert readiness(packet(), grades).advice is None

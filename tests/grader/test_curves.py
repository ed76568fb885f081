"""Bins, curves and counts, by hand."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.curves import confusion, error_at, reliability, risk_coverage, wrongly_credited
from grader.judgement import JudgedAnswer, Judgement
from grader.verdict import Verdict

MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET


def point(
    human: Verdict, machine: Verdict | None, probability: float | None = None, sure: float = 0.0
) -> Judgement:
    return Judgement("p", human, machine, probability, sure, review=False)


def answers(*points: Judgement) -> list[JudgedAnswer]:
    return [JudgedAnswer("q", None, None, None, (one,)) for one in points]


def test_bins_hold_the_mean_probability_and_the_share_met() -> None:
    found = reliability(
        answers(
            point(MET, MET, 0.92),
            point(PARTIAL, MET, 0.98),
            point(MET, MET, 1.0),
            point(NOT_MET, NOT_MET, 0.0),
            point(MET, MET, None),
        )
    )
    assert [(one.low, one.high, one.n) for one in found] == [(0.0, 0.1, 1), (0.9, 1.0, 3)]
    assert found[1].probability == pytest.approx(2.9 / 3)
    assert found[1].met == pytest.approx(2 / 3)
    assert reliability([]) == ()


def test_the_error_grows_as_less_sure_verdicts_are_kept() -> None:
    curve = risk_coverage(
        answers(
            point(MET, MET, sure=0.9),
            point(MET, NOT_MET, sure=0.1),
            point(NOT_MET, NOT_MET, sure=0.8),
            point(NOT_MET, PARTIAL, sure=0.7),
            point(PARTIAL, MET, sure=1.0),
            point(MET, None, sure=1.0),
        )
    )
    assert [one.coverage for one in curve] == [0.25, 0.5, 0.75, 1.0]
    assert [one.error for one in curve] == [0.0, 0.0, 0.0, 0.25]
    assert risk_coverage([]) == ()


def test_verdicts_of_equal_confidence_share_their_errors() -> None:
    points = [
        point(MET, MET, sure=0.9),
        point(MET, NOT_MET, sure=0.5),
        point(MET, MET, sure=0.5),
        point(MET, MET, sure=0.5),
        point(MET, NOT_MET, sure=0.5),
    ]
    curve = risk_coverage(answers(*points))
    assert [one.error for one in curve] == pytest.approx([0, 0.25, 1 / 3, 0.375, 0.4])
    for seed in range(5):
        shuffled = random.Random(seed).sample(points, len(points))  # noqa: S311 - an order to test
        assert risk_coverage(answers(*shuffled)) == curve


@pytest.mark.parametrize(
    ("coverage", "error"),
    [(1.0, 0.25), (0.76, 0.25), (0.75, 0.0), (0.5, 0.0), (0.01, 0.0), (0.0, 0.0)],
)
def test_the_error_at_a_coverage_keeps_at_least_that_share(coverage: float, error: float) -> None:
    curve = risk_coverage(answers(*[point(MET, MET, sure=0.9)] * 3, point(MET, NOT_MET, sure=0.1)))
    assert error_at(curve, coverage) == pytest.approx(error)


def test_there_is_no_error_without_verdicts() -> None:
    assert error_at((), 0.5) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_curve_ends_at_the_error_of_all(rows: list[tuple[bool, int]]) -> None:
    points = [point(MET, MET if right else NOT_MET, sure=sure / 3) for right, sure in rows]
    curve = risk_coverage(answers(*points))
    assert curve[-1].coverage == 1.0
    assert curve[-1].error == pytest.approx(sum(not right for right, _ in rows) / len(rows))


def test_confusion_counts_people_in_rows_and_takes_contradicted_for_not_met() -> None:
    found = confusion(
        answers(
            point(MET, MET),
            point(MET, PARTIAL),
            point(PARTIAL, Verdict.CONTRADICTED),
            point(NOT_MET, MET),
            point(NOT_MET, None),
        )
    )
    assert found == ((0, 0, 1), (1, 0, 0), (0, 1, 1))


def test_half_a_point_for_nothing_is_credit_too() -> None:
    found = wrongly_credited(
        answers(
            point(NOT_MET, MET),
            point(NOT_MET, PARTIAL),
            point(NOT_MET, Verdict.CONTRADICTED),
            point(NOT_MET, None),
            point(PARTIAL, MET),
        )
    )
    assert found == (2, 3)

"""References made into rubrics, and what their grades add up to."""

import pytest

from grader.calibration import Thresholds
from grader.grade import Grade, PointGrade, Provenance
from grader.verdict import Flag, Verdict
from questionbank.labelled_file import MAX_POINTS
from questionbank.reference_rubric import (
    confidence,
    decided,
    labelled_rubric,
    predict,
    reference_rubrics,
)

MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET
REVIEW = Verdict.NEEDS_REVIEW
THRESHOLDS = Thresholds(
    met=0.6, partial=0.4, review_low=0.55, review_high=0.65, opposition=0.2, off_topic=0.1
)


def point(
    verdict: Verdict, probability: float | None = None, near: float | None = None
) -> PointGrade:
    return PointGrade(
        id="p1",
        verdict=verdict,
        probability=probability,
        points=verdict.share,
        max_points=1.0,
        features={} if near is None else {"exemplar": near},
    )


def grade(*points: PointGrade, flags: tuple[Flag, ...] = ()) -> Grade:
    return Grade(
        score=sum(one.points or 0.0 for one in points),
        max_score=float(len(points)),
        flags=flags,
        points=points,
        provenance=Provenance(package_version="0"),
    )


@pytest.mark.parametrize(
    ("verdict", "probability", "expected"),
    [
        (MET, 0.9, MET),
        (Verdict.CONTRADICTED, 0.1, Verdict.CONTRADICTED),
        (NOT_MET, None, NOT_MET),
        (REVIEW, 0.64, MET),
        (REVIEW, 0.6, MET),
        (REVIEW, 0.59, PARTIAL),
        (REVIEW, 0.4, PARTIAL),
        (REVIEW, 0.39, NOT_MET),
        (REVIEW, None, NOT_MET),
    ],
)
def test_in_doubt_the_probability_decides_and_without_one_nothing_is_earned(
    verdict: Verdict, probability: float | None, expected: Verdict
) -> None:
    assert decided(point(verdict, probability), THRESHOLDS) is expected


def test_without_a_calibration_what_is_left_to_a_person_stays_open() -> None:
    assert decided(point(REVIEW), None) is None
    assert decided(point(NOT_MET), None) is NOT_MET


@pytest.mark.parametrize(
    ("given", "thresholds", "expected"),
    [
        (point(MET, 0.9), THRESHOLDS, 0.3),
        (point(NOT_MET, 0.1), THRESHOLDS, 0.5),
        (point(NOT_MET), THRESHOLDS, 1.0),
        (point(REVIEW), THRESHOLDS, 0.0),
        (point(REVIEW), None, 0.0),
    ],
)
def test_confidence_is_the_distance_from_another_verdict(
    given: PointGrade, thresholds: Thresholds | None, expected: float
) -> None:
    assert confidence(given, thresholds) == pytest.approx(expected)


def test_each_statement_of_a_reference_is_a_point() -> None:
    first, second = reference_rubrics(
        ("Water runs. The mill turns because the sluice is open.", "An open sluice")
    )
    assert [one.description for one in first.points] == [
        "Water runs.",
        "The mill turns because the sluice is open.",
    ]
    assert [one.id for one in first.points] == ["p1", "p2"]
    assert [one.exemplars for one in second.points] == [("An open sluice",)]


def test_neighbours_share_a_point_where_there_are_too_many_statements() -> None:
    sentences = [f"Statement number {number} stands here." for number in range(MAX_POINTS + 5)]
    (rubric,) = reference_rubrics((" ".join(sentences),))
    assert len(rubric.points) == 13
    assert rubric.points[0].description == " ".join(sentences[:2])
    assert rubric.points[-1].description == sentences[-1]


def test_a_reference_without_words_is_taken_as_it_is() -> None:
    (rubric,) = reference_rubrics(("?!",))
    assert [one.description for one in rubric.points] == ["?!"]


def test_labelled_points_keep_their_order_and_may_be_alike() -> None:
    rubric = labelled_rubric(("Names the cost.", "Names the cost."))
    assert [(one.id, one.description) for one in rubric.points] == [
        ("p1", "Names the cost."),
        ("p2", "Names the cost."),
    ]


def test_the_score_is_the_mean_nearness_to_the_best_reference() -> None:
    far = grade(point(MET, 0.99, 0.3))
    near = grade(point(MET, 0.7, 0.8), point(NOT_MET, 0.2, 0.4))
    said = predict([far, near], THRESHOLDS)
    assert said.share == pytest.approx(0.6)
    assert said.probability == pytest.approx(0.45)
    assert (said.verdict, said.review) == (PARTIAL, False)
    assert said.confidence == pytest.approx(0.15)


def test_the_first_of_equal_references_counts() -> None:
    one, other = grade(point(MET, 0.9, 0.5)), grade(point(NOT_MET, 0.1, 0.5))
    assert predict([one, other], THRESHOLDS).verdict is MET
    assert predict([other, one], THRESHOLDS).verdict is NOT_MET


@pytest.mark.parametrize(("near", "share"), [(-0.2, 0.0), (1.0000001, 1.0), (None, 0.9)])
def test_nearness_stays_a_share_and_falls_back_on_the_probability(
    near: float | None, share: float
) -> None:
    assert predict([grade(point(MET, 0.9, near))], THRESHOLDS).share == pytest.approx(share)


def test_a_doubtful_probability_asks_for_a_person_and_still_decides() -> None:
    said = predict([grade(point(REVIEW, 0.62, 0.5))], THRESHOLDS)
    assert (said.verdict, said.review) == (MET, True)


def test_an_answer_off_the_topic_is_worth_nothing() -> None:
    said = predict([grade(point(NOT_MET, 0.9, 0.2), flags=(Flag.OFF_TOPIC,))], THRESHOLDS)
    assert (said.share, said.verdict, said.probability) == (0.0, NOT_MET, 0.9)
    assert not said.review


def test_a_blank_answer_is_worth_nothing_whatever_the_model() -> None:
    for thresholds in (THRESHOLDS, None):
        said = predict([grade(point(NOT_MET), flags=(Flag.BLANK,))], thresholds)
        assert said == (0.0, None, NOT_MET, 1.0, False)


def test_an_answer_nobody_could_judge_earns_nothing_and_asks_for_a_person() -> None:
    said = predict([grade(point(REVIEW, None, 0.8), flags=(Flag.NOT_ENGLISH,))], THRESHOLDS)
    assert said == (0.0, None, NOT_MET, 0.0, True)


def test_without_a_calibration_there_is_a_score_and_no_verdict() -> None:
    said = predict([grade(point(REVIEW, None, 0.8), point(REVIEW, None, 0.4))], None)
    assert said.share == pytest.approx(0.6)
    assert said[1:] == (None, None, 0.0, True)

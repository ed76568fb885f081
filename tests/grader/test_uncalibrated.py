"""Verdicts for weights without a calibration."""

import pytest

from grader.engine import Grader
from grader.rubric import Rubric
from grader.uncalibrated import margin_verdict
from grader.verdict import Flag, Verdict

BOTH = "I would run a trial on our own images. I compare it with a tuned baseline."
AGAINST = "There is no need for a trial on our own images, so we skip the trial."


@pytest.mark.parametrize(
    ("probe", "margin", "verdict"),
    [
        (-1.0, -0.05, Verdict.MET),
        (3.0, 0.4, Verdict.MET),
        (-1.0, -0.06, Verdict.PARTIAL),
        (-1.0, -0.1, Verdict.PARTIAL),
        (-1.0, -0.11, Verdict.CONTRADICTED),
        (-1.01, 0.4, Verdict.NOT_MET),
        (-1.01, -0.4, Verdict.NOT_MET),
    ],
)
def test_what_speaks_of_the_point_is_judged_by_its_margin(
    probe: float, margin: float, verdict: Verdict
) -> None:
    assert margin_verdict({"probe": probe, "margin": margin, "other": 0.0}) is verdict


def test_a_person_who_accepts_it_gets_verdicts_without_probability(
    encoder: object, rubric: Rubric, question: str
) -> None:
    strict = Grader(encoder).grade(BOTH, rubric, question)
    lenient = Grader(encoder, uncalibrated=True).grade(BOTH, rubric, question)
    assert {point.verdict for point in strict.points} == {Verdict.NEEDS_REVIEW}
    assert [point.verdict for point in lenient.points] == [Verdict.MET, Verdict.MET]
    assert (lenient.score, lenient.review, lenient.undecided) == (3.0, (), ())
    assert {point.probability for point in lenient.points} == {None}
    assert lenient.provenance == strict.provenance
    assert (lenient.provenance.model, lenient.provenance.calibration) == ("stub", None)
    assert [one.features for one in lenient.points] == [one.features for one in strict.points]


def test_the_opposite_earns_nothing(encoder: object, rubric: Rubric, question: str) -> None:
    grade = Grader(encoder, uncalibrated=True).grade(AGAINST, rubric, question)
    assert grade.points[0].points == 0.0


def test_where_there_is_a_calibration_it_decides(
    encoder: object, calibration: object, rubric: Rubric
) -> None:
    plain = Grader(encoder, calibration)
    told = Grader(encoder, calibration, uncalibrated=True)
    assert not told.by_margin
    assert told.grade(BOTH, rubric) == plain.grade(BOTH, rubric)


def test_another_language_is_left_to_a_person_all_the_same(encoder: object, rubric: Rubric) -> None:
    german = "Wir sollten das auf unseren eigenen Bildern testen und nicht der Werbung glauben."
    grade = Grader(encoder, uncalibrated=True).grade(german, rubric)
    assert Flag.NOT_ENGLISH in grade.flags
    assert len(grade.undecided) == 2


def test_what_is_off_topic_earns_nothing(encoder: object, rubric: Rubric) -> None:
    grade = Grader(encoder, uncalibrated=True).grade("The weather was lovely, we swam.", rubric)
    assert Flag.OFF_TOPIC in grade.flags
    assert [point.verdict for point in grade.points] == [Verdict.NOT_MET] * 2

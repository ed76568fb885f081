"""A kept grade and the calibration it names: what each feature added."""

import pytest
from commands import StubEncoder, stub_calibration

from grader.calibration import Calibration
from grader.engine import Grader
from grader.grade import Grade
from grader.rubric import Feedback, Point, Rubric
from questionbank.explaining import contributions, grounds_of

RUBRIC = Rubric(
    id="r",
    version="1.0.0",
    title="R",
    points=(
        Point(
            id="cost",
            title="Cost",
            description="Names the cost.",
            exemplars=("I would compare the monthly bill of both models.",),
            counterexamples=("Money does not matter here.",),
            feedback=Feedback(met="Yes.", missed="No."),
            probe="And the cost?",
        ),
    ),
)


@pytest.fixture
def grade() -> Grade:
    return Grader(StubEncoder(), stub_calibration()).grade("I compare the monthly bill.", RUBRIC)


def altered(**changes: object) -> Calibration:
    return stub_calibration().model_copy(update=changes)


def test_the_parts_give_the_probability_that_was_kept(grade: Grade) -> None:
    calibration = stub_calibration()
    found = contributions(grade, [altered(id="other"), calibration])
    assert found is not None
    cost = found["cost"]
    assert isinstance(cost, dict)
    assert set(cost) == {"base", "features", "limit", "log_odds"}
    total = cost["base"] + cost["limit"] + sum(cost["features"].values())
    assert total == pytest.approx(cost["log_odds"], abs=1e-9)
    assert grounds_of(grade, [calibration]).calibration is calibration


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], "Graded by calibration stub-1, which is not at hand."),
        ([altered(id="other")], "which is not at hand"),
        ([altered(intercept=1.0)], "does not give the probability that was kept"),
        (
            [altered(terms=(stub_calibration().terms[0].model_copy(update={"feature": "new"}),))],
            "does not give the probability that was kept",
        ),
    ],
)
def test_without_the_very_calibration_nothing_is_made_up(
    grade: Grade, known: list[Calibration], said: str
) -> None:
    grounds = grounds_of(grade, known)
    assert (grounds.calibration, grounds.points) == (None, {})
    assert said in (grounds.missing or "")
    assert contributions(grade, known) is None


def test_a_grade_that_names_no_calibration_misses_none() -> None:
    grade = Grader(StubEncoder()).grade("I compare the monthly bill.", RUBRIC)
    assert grounds_of(grade, [stub_calibration()]).missing is None
    assert contributions(grade, [stub_calibration()]) is None


def test_points_without_a_probability_have_no_parts() -> None:
    german = "Wir sollten die monatliche Rechnung der beiden Modelle miteinander vergleichen."
    grade = Grader(StubEncoder(), stub_calibration()).grade(german, RUBRIC)
    assert grade.points[0].probability is None
    assert contributions(grade, [stub_calibration()]) == {}

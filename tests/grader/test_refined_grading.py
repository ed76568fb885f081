"""Grades over a refinement: what moves, what stays, and what the grade says of it."""

import pytest
from refined import make_refinement

from grader.calibration import Calibration
from grader.encoder import Encoder
from grader.engine import Grader
from grader.errors import CalibrationError
from grader.grade import Grade
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.verdict import Verdict

ANSWER = "I would run a trial on our own images. I compare it with a tuned baseline."


@pytest.fixture
def base(encoder: Encoder, calibration: Calibration) -> Grader:
    return Grader(encoder, calibration)


def test_a_refined_point_moves_and_the_others_stay(
    base: Grader, rubric: Rubric, question: str
) -> None:
    before = base.grade(ANSWER, rubric, question)
    after = base.refined(make_refinement(rubric, bias=-9.0)).grade(ANSWER, rubric, question)
    assert after.points[1] == before.points[1]
    moved, was = after.points[0], before.points[0]
    assert was.verdict is Verdict.PARTIAL
    assert moved.verdict in (Verdict.NOT_MET, Verdict.CONTRADICTED)
    assert moved.features == was.features | {"refinement": -9.0}
    assert after.score < before.score


def test_the_probability_follows_from_what_the_grade_lists(
    base: Grader, rubric: Rubric, calibration: Calibration
) -> None:
    grade = base.refined(make_refinement(rubric, bias=-0.5)).grade(ANSWER, rubric)
    point = grade.points[0]
    assert point.probability == pytest.approx(calibration.probability(point.features), abs=1e-6)


def test_the_grade_names_both_and_only_where_both_were_used(base: Grader, rubric: Rubric) -> None:
    other = rubric.model_copy(update={"id": "test/other"})
    grader = base.refined(make_refinement(rubric))
    assert grader.calibration_id == "test-1+own-1"
    assert grader.grade(ANSWER, rubric).provenance.calibration == "test-1+own-1"
    assert grader.grade(ANSWER, other) == base.grade(ANSWER, other)
    assert grader.grade("", rubric).provenance.calibration is None


def test_a_band_chosen_later_is_no_other_base(
    encoder: Encoder, calibration: Calibration, rubric: Rubric
) -> None:
    banded = calibration.model_copy(update={"id": "test-1+review-0.2"})
    grader = Grader(encoder, banded, refinement=make_refinement(rubric))
    assert grader.calibration_id == "test-1+review-0.2+own-1"


def test_the_same_bytes_alone_and_in_any_batch(base: Grader, rubric: Rubric) -> None:
    grader = base.refined(make_refinement(rubric))
    answers = [ANSWER, "", "Nothing of the kind.", ANSWER]
    requests = [GradeRequest(answer=answer, rubric=rubric) for answer in answers]
    alone = [grader.grade(answer, rubric) for answer in answers]

    def dumped(grades: list[Grade]) -> list[str]:
        return [grade.model_dump_json() for grade in grades]

    for size in (1, 3, 32):
        assert dumped(list(grader.grade_many(requests, size))) == dumped(alone)


def test_a_changed_rubric_stops_grading(base: Grader, rubric: Rubric) -> None:
    refined = base.refined(make_refinement(rubric))
    changed = Rubric.model_validate(
        rubric.model_dump() | {"points": [rubric.points[0].model_dump()]}
    )
    with pytest.raises(CalibrationError, match="rubric test/vendor-claim changed"):
        refined.grade(ANSWER, changed)


@pytest.mark.parametrize(
    ("change", "says"), [({"digest": "6" * 64}, "weights changed"), ({"base": "x"}, "base calib")]
)
def test_a_refinement_of_something_else_is_refused_at_once(
    base: Grader, rubric: Rubric, change: dict[str, str], says: str
) -> None:
    with pytest.raises(CalibrationError, match=says):
        base.refined(make_refinement(rubric, **change))


def test_weights_without_a_calibration_have_nothing_to_refine(
    encoder: Encoder, rubric: Rubric
) -> None:
    with pytest.raises(CalibrationError, match="base calibration changed"):
        Grader(encoder, refinement=make_refinement(rubric))
    assert Grader(encoder).calibration_id is None

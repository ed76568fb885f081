"""A grader put together from settings: what does not belong together is refused."""

from pathlib import Path

import pytest
from refined import make_refinement

from grader.calibration import SHIPPED, Calibration
from grader.errors import CalibrationError
from grader.fitting import as_text as calibration_text
from grader.loading import GraderSettings, load_grader
from grader.refinement import as_text
from grader.rubric import Rubric
from grader.verdict import Verdict

ANSWER = "We run a trial on own images."


@pytest.fixture
def base(tiny_model: Path, calibration: Calibration, tmp_path: Path) -> Path:
    """A calibration for the tiny model."""
    digest = load_grader(GraderSettings(model=str(tiny_model))).encoder.weights_digest
    path = tmp_path / "base.json"
    path.write_text(calibration_text(calibration.model_copy(update={"weights_digest": digest})))
    return path


def test_other_weights_take_a_calibration_made_for_them_and_a_refinement_of_it(
    tiny_model: Path, base: Path, rubric: Rubric, tmp_path: Path
) -> None:
    plain = load_grader(GraderSettings(model=str(tiny_model)))
    assert plain.grade(ANSWER, rubric).points[0].verdict is Verdict.NEEDS_REVIEW
    calibrated = load_grader(GraderSettings(model=str(tiny_model), calibration=base))
    chance = calibrated.grade(ANSWER, rubric).points[0].probability
    own = tmp_path / "own.json"
    digest = calibrated.encoder.weights_digest
    own.write_text(as_text(make_refinement(rubric, bias=3.0, dim=32, digest=digest)))
    refined = load_grader(GraderSettings(model=str(tiny_model), calibration=base, refinement=own))
    assert refined.calibration_id == "test-1+own-1"
    moved = refined.grade(ANSWER, rubric).points[0].probability
    assert chance is not None
    assert moved is not None
    assert moved > chance


def test_a_calibration_that_is_named_has_to_fit_the_weights(tiny_model: Path) -> None:
    settings = GraderSettings(model=str(tiny_model), calibration=SHIPPED)
    with pytest.raises(CalibrationError, match=r"made for other weights .* calibrate --base"):
        load_grader(settings)


def test_a_refinement_for_other_weights_is_refused(
    tiny_model: Path, base: Path, rubric: Rubric, tmp_path: Path
) -> None:
    own = tmp_path / "own.json"
    own.write_text(as_text(make_refinement(rubric, dim=32)))
    settings = GraderSettings(model=str(tiny_model), calibration=base, refinement=own)
    with pytest.raises(CalibrationError, match="the model's weights changed"):
        load_grader(settings)

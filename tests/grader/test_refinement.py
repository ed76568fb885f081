"""The file of what graded answers teach: what it takes, what it refuses, and in which words."""

import json
from pathlib import Path
from typing import Any

import pytest
from refined import make_record, make_refinement

from grader.errors import CalibrationError
from grader.refinement import (
    PointRefinement,
    Refinement,
    as_text,
    is_refinement,
    load_refinement,
)
from grader.rubric import Rubric


def test_a_shift_is_bias_slope_and_direction() -> None:
    point = PointRefinement(n=10, bias=0.5, slope=-0.25, weights=(1.0, 2.0))
    assert point.shift(2.0, [0.5, 0.25]) == pytest.approx(0.5 - 0.5 + 1.0)


@pytest.mark.parametrize("log_odds", [8.0, 20.0, float("inf")])
def test_the_slope_takes_no_notice_beyond_some_log_odds(log_odds: float) -> None:
    point = PointRefinement(n=10, bias=0.0, slope=0.5, weights=())
    assert point.shift(log_odds, []) == 4.0
    assert point.shift(-log_odds, []) == -4.0


def test_a_refinement_knows_its_rubrics_and_no_others(rubric: Rubric) -> None:
    made = make_refinement(rubric)
    assert made.of(rubric) == made.rubrics[0]
    assert made.of(rubric.model_copy(update={"id": "test/other"})) is None


def test_a_changed_rubric_is_refused_and_told_what_to_do(rubric: Rubric) -> None:
    changed = Rubric.model_validate(
        rubric.model_dump() | {"points": [rubric.points[0].model_dump()]}
    )
    with pytest.raises(CalibrationError, match=r"rubric test/vendor-claim changed .* calibrate"):
        make_refinement(rubric).of(changed)


@pytest.mark.parametrize(
    ("base", "digest", "says"),
    [
        ("test-1", "6" * 64, "weights changed"),
        ("test-2", "5" * 64, r"base calibration changed \(test-2, it was made over test-1\)"),
        (None, "5" * 64, r"base calibration changed \(none"),
    ],
)
def test_other_weights_and_other_calibrations_are_refused(
    rubric: Rubric, base: str | None, digest: str, says: str
) -> None:
    with pytest.raises(CalibrationError, match=says):
        make_refinement(rubric).check_base(base, digest)
    make_refinement(rubric).check_base("test-1", "5" * 64)


def test_the_file_comes_back_as_it_was_with_a_vector_a_line(rubric: Rubric, tmp_path: Path) -> None:
    made = make_refinement(rubric, fit=make_record())
    path = tmp_path / "own.json"
    path.write_text(as_text(made))
    assert load_refinement(path) == made
    assert is_refinement(path)
    vectors = [line for line in path.read_text().splitlines() if '"weights": [' in line]
    assert len(vectors) == len(made.rubrics[0].points)
    assert all(line.rstrip(",").endswith("]") for line in vectors)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": None}, "not made by calibrate"),
        ({"format": None}, "no format number"),
        ({"format": True}, "no format number"),
        ({"format": 0}, "no format number"),
        ({"format": 99}, "format 99, this version reads up to 1; upgrade"),
        ({"rubrics": []}, "rubrics: "),
        ({"surprise": 1}, "surprise: "),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    rubric: Rubric, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(make_refinement(rubric).model_dump(mode="json") | change))
    with pytest.raises(CalibrationError, match=says):
        load_refinement(path)


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), (b"{", "not JSON"), (b"[]", "not made by")]
)
def test_what_is_no_refinement_is_none(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "own.json"
    if content is not None:
        path.write_bytes(content)
    assert not is_refinement(path)
    with pytest.raises(CalibrationError, match=says):
        load_refinement(path)


@pytest.mark.parametrize(
    ("before", "after", "helps"),
    [
        ({"log_loss": 0.5, "accuracy": 0.8}, {"log_loss": 0.4, "accuracy": 0.9}, True),
        ({"log_loss": 0.5, "accuracy": 0.8}, {"log_loss": 0.4, "accuracy": 0.795}, True),
        ({"log_loss": 0.5, "accuracy": 0.8}, {"log_loss": 0.4, "accuracy": 0.7}, False),
        ({"log_loss": 0.5, "accuracy": 0.8}, {"log_loss": 0.5, "accuracy": 0.9}, False),
        ({"log_loss": 0.5}, {"log_loss": 0.4}, True),
    ],
)
def test_it_helps_if_probabilities_improve_and_verdicts_do_not_suffer(
    before: dict[str, float], after: dict[str, float], helps: bool
) -> None:
    assert make_record(before=before, after=after).helps is helps


def test_a_refinement_without_rubrics_is_none(rubric: Rubric) -> None:
    content = make_refinement(rubric).model_dump() | {"rubrics": []}
    with pytest.raises(ValueError, match="at least 1 item"):
        Refinement.model_validate(content)

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.calibration import FORMAT, Calibration, ReviewBand, load_calibration
from grader.errors import CalibrationError
from grader.features import FEATURES
from grader.verdict import Verdict
from grader.weights import default_weights

BANDS = (
    ReviewBand(rate=0.0, low=0.5, high=0.5, error=0.1, kept=100),
    ReviewBand(rate=0.1, low=0.4, high=0.6, error=0.05, kept=90),
    ReviewBand(rate=0.3, low=0.1, high=0.9, error=0.01, kept=70),
)
Make = Callable[..., Calibration]


def test_the_shipped_calibration_fits_the_default_weights_and_features() -> None:
    shipped = load_calibration()
    assert shipped.weights_digest == default_weights().digest
    assert {term.feature for term in shipped.terms} <= set(FEATURES)
    assert shipped.fit.rows > 0
    assert shipped.fit.data
    assert 0.5 < shipped.fit.figures["auc"] <= 1.0


def test_a_calibration_survives_its_file(calibration: Calibration, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(calibration.model_dump_json())
    assert load_calibration(path) == calibration


@pytest.mark.parametrize(
    ("margin", "opposition", "verdict"),
    [
        (0.5, -1.0, Verdict.MET),
        (0.5, 0.9, Verdict.MET),
        (0.14, -1.0, Verdict.NEEDS_REVIEW),
        (0.1, -1.0, Verdict.PARTIAL),
        (-0.3, -1.0, Verdict.NOT_MET),
        (-0.3, 0.2, Verdict.CONTRADICTED),
        (-0.3, 0.19, Verdict.NOT_MET),
    ],
)
def test_verdicts_follow_the_thresholds(
    margin: float, opposition: float, verdict: Verdict, calibration: Calibration
) -> None:
    decision = calibration.decide({"margin": margin, "opposition": opposition})
    assert decision.verdict is verdict


def test_probability_is_the_logistic_of_the_sum(calibration: Calibration) -> None:
    assert calibration.probability({"margin": 0.2, "unknown": 9.0}) == pytest.approx(0.731059)
    assert calibration.probability({"margin": -1e6}) == 0.0


def test_a_missing_feature_is_named(calibration: Calibration) -> None:
    with pytest.raises(CalibrationError, match="'margin'"):
        calibration.decide({"probe": 1.0})


def put(content: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    return {**content, key: value}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: put(c, "format", FORMAT + 1), "upgrade"),
        (lambda c: put(put(c, "format", 99), "novelty", 1), "format 99"),
        (lambda c: put(c, "format", "1"), "no format number"),
        (lambda c: put(c, "format", True), "no format number"),
        (lambda c: put(c, "format", 0), "no format number"),
        (lambda c: [c], "no format number"),
        (lambda c: put(c, "novelty", 1), "novelty"),
        (lambda c: put(c, "terms", []), "terms"),
        (lambda c: put(c, "thresholds", {**c["thresholds"], "partial": 0.9}), "out of order"),
        (lambda c: put(c, "thresholds", {**c["thresholds"], "review_low": 0.9}), "out of order"),
        (lambda c: put(c, "thresholds", {**c["thresholds"], "met": 2}), r"thresholds\.met"),
        (lambda c: put(c, "terms", [{**c["terms"][0], "scale": 0}]), r"terms\.0\.scale"),
    ],
)
def test_a_broken_or_newer_file_says_what_is_wrong(
    change: Callable[[Any], object], message: str, calibration: Calibration, tmp_path: Path
) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps(change(calibration.model_dump(mode="json"))))
    with pytest.raises(CalibrationError, match=message):
        load_calibration(path)


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe\x00", b"[" * 3])
def test_a_file_that_is_not_json_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(CalibrationError, match="not JSON"):
        load_calibration(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"none\.json.*cannot be read"):
        load_calibration(tmp_path / "none.json")


def test_another_review_rate_takes_the_widest_band_within_it(calibrate: Make) -> None:
    made = calibrate().model_copy(update={"bands": BANDS})
    assert made.with_review() is made
    wide = made.with_review(rate=0.2)
    assert (wide.thresholds.review_low, wide.thresholds.review_high) == (0.4, 0.6)
    assert wide.id == "test-1+review-0.1"
    assert made.with_review(max_error=0.06).thresholds.review_low == 0.4
    assert made.with_review(rate=1.0, max_error=0.01).thresholds.review_low == 0.1


@pytest.mark.parametrize(("rate", "error"), [(None, 0.001), (0.2, 0.01)])
def test_a_review_rate_or_error_out_of_reach_is_refused(
    rate: float | None, error: float, calibrate: Make
) -> None:
    made = calibrate().model_copy(update={"bands": BANDS})
    with pytest.raises(CalibrationError, match="no doubtful band"):
        made.with_review(rate, error)

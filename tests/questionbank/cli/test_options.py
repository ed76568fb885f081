"""Options that several commands share."""

import click
import pytest
from click.testing import CliRunner
from commands import Run, StubLoading

from grader.loading import GraderSettings
from questionbank.cli import options
from questionbank.errors import UsageError


def gathered(*words: str) -> GraderSettings:
    found: list[GraderSettings] = []

    @click.command()
    @click.option("--other", default="x")
    @options.model
    @options.plain
    def command(other: str, grading: GraderSettings, plain: bool) -> None:
        assert (other, plain) == ("x", False)
        found.append(grading)

    result = CliRunner().invoke(command, list(words), standalone_mode=False)
    if result.exception:
        raise result.exception
    return found[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], GraderSettings()),
        (["--model", "m"], GraderSettings(model="m")),
        (["--device", "cpu", "--dtype", "float32"], GraderSettings(device="cpu", dtype="float32")),
        (["--review-rate", "0"], GraderSettings(review_rate=0.0)),
        (["--max-error", "0.02", "--review-rate", "1"],
         GraderSettings(max_error=0.02, review_rate=1.0)),
        (["--uncalibrated", "--model", "m"], GraderSettings(model="m", uncalibrated=True)),
    ],
)  # fmt: skip
def test_what_to_grade_with_is_gathered_into_one_record(
    words: list[str], expected: GraderSettings
) -> None:
    assert gathered(*words) == expected


@pytest.mark.parametrize("option", ["--review-rate", "--max-error"])
@pytest.mark.parametrize("value", ["-0.1", "1.01", "nan", "inf", "many", ""])
def test_a_share_is_a_number_from_0_to_1(option: str, value: str) -> None:
    with pytest.raises(click.BadParameter):
        gathered(option, value)


@pytest.mark.parametrize("option", ["--review-rate", "--max-error"])
def test_no_measured_error_is_promised_without_a_calibration(option: str) -> None:
    with pytest.raises(UsageError, match="leave out --review-rate and --max-error"):
        gathered("--uncalibrated", option, "0.1")


ROW = b'{"question_id": "model-choice/small-model", "answer": "The monthly bill of both models."}'
COMMANDS = [
    ("grade", "-"),
    ("check",),
    ("doctor",),
    ("attack", "--limit", "1", "--family", "padding"),
    ("regrade", "--dry-run"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_command_that_grades_hands_the_options_on(
    command: tuple[str, ...], run: Run, bank_folder: object, stub_grader: StubLoading
) -> None:
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=ROW).code == 0
    stub_grader.asked.clear()
    run(*command, "--bank", bank_folder, "--review-rate", "0.2", "--max-error", "0.3", stdin=ROW)
    assert {(one.review_rate, one.max_error) for one in stub_grader.asked} == {(0.2, 0.3)}
    stub_grader.asked.clear()
    run(*command, "--bank", bank_folder, "--uncalibrated", stdin=ROW)
    assert {one.uncalibrated for one in stub_grader.asked} == {True}


@pytest.mark.parametrize(
    ("calibrated", "option", "said"),
    [
        (True, ("--uncalibrated",), "--uncalibrated changes nothing"),
        (True, ("--review-rate", "0.1"), None),
        (False, ("--review-rate", "0.1"), "have nothing to choose from"),
        (False, ("--max-error", "0.1"), "have nothing to choose from"),
        (False, ("--uncalibrated",), None),
    ],
)
def test_an_option_without_effect_is_mentioned(
    calibrated: bool,
    option: tuple[str, ...],
    said: str | None,
    run: Run,
    bank_folder: object,
    stub_grader: StubLoading,
) -> None:
    stub_grader.calibrated = calibrated
    result = run("grade", "-", "--bank", bank_folder, *option, stdin=ROW)
    assert result.code == 0
    assert (said or "calibration") in result.err or said is None
    assert ("calibration" in result.err) is (said is not None)

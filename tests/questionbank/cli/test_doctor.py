"""`questionbank doctor`: what is there, what is missing and how to get it."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest
from commands import Run, StubLoading

from grader.bench import Bench, Speed, Way
from grader.errors import CalibrationError, ModelRefusedError
from grader.peak import Peak
from questionbank.cli import doctor
from questionbank.cli.context import Context


def test_a_sound_machine_is_told_so(run: Run, bank_folder: Path, stub_grader: StubLoading) -> None:
    result = run("doctor", "--bank", bank_folder)
    assert result.code == 0
    assert len(stub_grader.asked) == 1
    assert result.out.endswith("\nNothing is missing.\n")
    lines = result.out.splitlines()
    assert f"questionbank: {metadata.version('questionbank')}" in lines
    assert "  model: stub" in lines
    assert f"  weights digest: {'5' * 64}" in lines
    assert "  device: cpu" in lines
    assert "  dtype: float32" in lines
    assert f"banks: {bank_folder}" in lines
    assert "questions: 4" in lines
    assert f"  torch: {metadata.version('torch')}" in lines


def test_json_is_one_line(run: Run, bank_folder: Path, stub_grader: StubLoading) -> None:
    assert stub_grader.calibrated
    result = run("doctor", "--json", "--bank", bank_folder)
    assert (result.code, result.out.count("\n")) == (0, 1)
    value = json.loads(result.out)
    assert value["grader"]["calibration"] == "stub-1"
    assert value["troubles"] == []
    assert value["entries"] == 0
    assert value["record"].startswith(value["data_folder"])
    assert value["cache_folder"].startswith(value["data_folder"])
    assert value["remembered_of_answers"]["limit"] == 2000
    assert value["remembered_of_answers"]["megabytes"] == 0.0


@pytest.mark.parametrize(
    "error",
    [None, ModelRefusedError("weights", "a" * 64, "b" * 64), CalibrationError("c.json", "gone")],
    ids=["missing", "refused", "calibration"],
)
def test_a_model_that_cannot_be_used_is_code_3_and_the_rest_is_told(
    error: Exception | None, run: Run, bank_folder: Path, no_model: StubLoading
) -> None:
    no_model.error = error or no_model.error
    result = run("doctor", "--bank", bank_folder)
    assert result.code == 3
    assert "grader: missing\n" in result.out
    assert f"! {no_model.error}\n" in result.out
    assert "entries: 0\n" in result.out


def test_a_model_without_calibration_is_mentioned(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    stub_grader.calibrated = False
    result = run("doctor", "--bank", bank_folder, "--model", "other")
    assert result.code == 0
    assert "  calibration: missing\n" in result.out
    assert "! these weights have no calibration" in result.out


def test_a_device_that_is_none_is_code_2(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    stub_grader.error = ValueError("there is no device 'abacus'")
    result = run("doctor", "--bank", bank_folder, "--device", "abacus")
    assert result.code == 2
    assert "! there is no device 'abacus'" in result.out


def test_a_broken_record_is_code_4(run: Run, bank_folder: Path, no_model: StubLoading) -> None:
    (Context().data / "questionbank.db").write_bytes(b"no database at all" * 100)
    result = run("doctor", "--bank", bank_folder)
    assert no_model.asked
    assert result.code == 4
    assert "this is not a database" in result.out
    assert "questions: 4\n" in result.out


def test_a_tampered_record_is_code_4(run: Run, bank_folder: Path, stub_grader: StubLoading) -> None:
    row = json.dumps({"question_id": "foundations/rare-class", "answer": "recall"}).encode()
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=row).code == 0
    assert not stub_grader.asked
    path = Context().data / "questionbank.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER entries_keep")
        connection.execute("UPDATE entries SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 2")
    result = run("doctor", "--bank", bank_folder)
    assert result.code == 4
    assert "! the record is broken at entry 2: " in result.out


def test_a_data_folder_that_cannot_be_made_is_code_4(
    run: Run, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    assert stub_grader.calibrated
    (tmp_path / "file").write_text("")
    result = run(
        "doctor", "--bank", bank_folder, env={"QUESTIONBANK_HOME": str(tmp_path / "file" / "x")}
    )
    assert result.code == 4
    assert "set QUESTIONBANK_HOME to a folder you can write to" in result.out


@pytest.mark.parametrize(("count", "said"), [(1, "1 problem;"), (2, "2 problems;")])
def test_problems_in_the_bank_are_code_1(
    count: int, said: str, run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    assert stub_grader.calibrated
    for number in range(count):
        (bank_folder / "questions" / f"x{number}.md").write_text("nothing")
    result = run("doctor", "--bank", bank_folder)
    assert result.code == 1
    assert f"! the bank has {said} see: questionbank check\n" in result.out


def test_a_bank_that_is_not_there_is_code_2(
    run: Run, stub_grader: StubLoading, tmp_path: Path
) -> None:
    result = run("doctor", "--bank", tmp_path / "none")
    assert stub_grader.asked
    assert result.code == 2
    assert "there is no such folder" in result.out


def test_a_package_that_is_missing_comes_with_the_way_to_get_it(
    run: Run, bank_folder: Path, stub_grader: StubLoading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_PACKAGES", ("torch", "no-such-package"))
    result = run("doctor", "--bank", bank_folder)
    assert stub_grader.asked
    assert result.code == 1
    assert "  no-such-package: missing\n" in result.out
    assert "! no-such-package is not installed; get it with: pip install 'no-such-package'" in (
        result.out
    )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """No machine is measured: two ways are, one of which cannot be tried."""
    asked: list[object] = []

    def measure(grader: object, settings: object, trying: Callable[[Way], None]) -> Bench:
        asked.append(settings)
        one, other = Way("openvino", "bfloat16"), Way("torch", "float32")
        trying(one)
        speeds = (Speed(one, 7404.4, 0.754, True), Speed(other, None, None, False, "no torch"))
        return Bench(Peak(209.4e9, "bfloat16", 2, "cpu"), speeds, 72, 6414, 0.0018, 99.0)

    monkeypatch.setattr("grader.bench.measure", measure)
    return asked


def test_the_machines_speed_is_told_if_asked_for(
    run: Run, bank_folder: Path, stub_grader: StubLoading, measured: list[object]
) -> None:
    assert "\nspeed" not in run("doctor", "--bank", bank_folder).out
    assert measured == []
    result = run("doctor", "--bench", "--plain", "--bank", bank_folder)
    assert result.code == 0
    assert "Measuring openvino bfloat16 …\n" in result.err
    lines = result.out.splitlines()
    at = lines.index("speed, on 72 built-in answers of 6,414 tokens together:")
    assert lines[at + 1 : at + 6] == [
        "  peak: 209 GFLOP/s (bfloat16 matrix product, cpu, 2 threads)",
        "  openvino bfloat16: 7,404 tokens a second, 75% of the peak; this is what grades here, "
        "and each grade records it",
        "  torch float32: not tried: no torch",
        "  outside the encoder: 1.80 ms an answer",
        "  the machine was busy (load average 99.0): these figures are too low",
    ]
    assert len(stub_grader.asked) == 2


def test_the_machines_speed_as_json(
    run: Run, bank_folder: Path, stub_grader: StubLoading, measured: list[object]
) -> None:
    value = json.loads(run("doctor", "--bench", "--json", "--bank", bank_folder).out)
    assert len(stub_grader.asked) == len(measured) == 1
    bench = value["bench"]
    assert (bench["peak_gflops"], bench["outside_encoder_ms_an_answer"]) == (209.4, 1.8)
    assert bench["speeds"][0] == {
        "backend": "openvino",
        "dtype": "bfloat16",
        "tokens_a_second": 7404,
        "share_of_peak": 0.754,
        "chosen": True,
        "trouble": None,
    }
    assert bench["speeds"][1]["tokens_a_second"] is None


def test_nothing_is_measured_where_nothing_can_grade(
    run: Run, bank_folder: Path, no_model: StubLoading, measured: list[object]
) -> None:
    assert run("doctor", "--bench", "--bank", bank_folder).code == 3
    assert no_model.asked
    assert measured == []


@pytest.mark.model
def test_the_real_weights_are_there(run: Run, bank_folder: Path) -> None:
    value = json.loads(run("doctor", "--json", "--bank", bank_folder).out)
    assert value["troubles"] == []
    assert value["grader"]["calibration"]
    assert len(value["grader"]["weights_digest"]) == 64

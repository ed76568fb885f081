"""What `grade` says of engines, URLs and Parquet where no cluster is needed to say it."""

import json
import sys
from pathlib import Path

import fsspec
import pytest
from commands import Run, StubLoading

from questionbank.answer_file import AnswerFile
from questionbank.bank import load_bank
from questionbank.cli.grade_ray import grade_of, survey_rows

CLOSED = {"question_id": "foundations/rare-class", "answer": "recall"}
OPEN = {"question_id": "model-choice/small-model", "answer": "I would compare the bill of both."}


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workers", "2"], "--workers and --ray-address go with --engine ray"),
        (["--ray-address", "auto"], "--workers and --ray-address go with --engine ray"),
        (["--engine", "ray", "--profile"], "--explain and --profile are of one process"),
        (["--engine", "ray", "--explain"], "--explain and --profile are of one process"),
        (["--devices", "all", "--profile"], "--explain and --profile are of one process"),
        (["--devices", "cpu,cpu", "--device", "cpu"], "--device or --devices, not both"),
        (["--engine", "ray", "--devices", "all"], "--devices goes with the local engine"),
        (["--engine", "cloud"], "'cloud' is not one of 'local', 'ray'"),
        (["--engine", "ray", "--workers", "0"], "0 is not in the range"),
        (["--engine", "ray", "--ray-address", "ray://x:1"], "does not carry Ray Data"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    words: list[str], said: str, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    file = jsonl(tmp_path / "a.jsonl", CLOSED)
    result = run("grade", file, "--bank", bank_folder, *words)
    assert result.code == 2
    assert said in result.err
    assert result.out == ""


def test_without_ray_the_command_to_install_it_is_named(
    run: Run, bank_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    file = jsonl(tmp_path / "a.jsonl", CLOSED)
    output = tmp_path / "out.jsonl"
    result = run("grade", file, "--bank", bank_folder, "--engine", "ray", "--output", output)
    assert result.code == 2
    assert "pip install 'questionbank[ray]'" in result.err
    assert not output.exists()


def test_without_pyarrow_a_parquet_output_is_refused_before_anything_is_graded(
    run: Run, bank_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    file = jsonl(tmp_path / "a.jsonl", CLOSED)
    result = run("grade", file, "--bank", bank_folder, "--output", tmp_path / "out.parquet")
    assert result.code == 2
    assert "pip install 'questionbank[parquet]'" in result.err
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_the_local_engine_reads_and_writes_urls(run: Run, bank_folder: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/in/a.jsonl", (json.dumps(CLOSED) + "\nbad\n").encode())
    for note in ("2 rows in memory://in/out.jsonl, 1 not graded", "2 rows are graded already"):
        words = ("grade", "memory://in/a.jsonl", "--bank", bank_folder)
        result = run(*words, "--output", "memory://in/out.jsonl")
        assert result.code == 1
        assert note in result.err
        assert memory.cat_file("/in/out.jsonl").decode() == run(*words).out


def test_a_url_that_leads_nowhere_is_wrong_usage(run: Run, bank_folder: Path) -> None:
    result = run("grade", "memory://in/none.jsonl", "--bank", bank_folder)
    assert result.code == 2
    assert "memory://in/none.jsonl: cannot be read" in result.err


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (0, False)),
        ([CLOSED, CLOSED], (2, False)),
        ([CLOSED, OPEN, OPEN], (3, True)),
        ([{**OPEN, "question_id": "model-choice/none"}, 7], (2, False)),
    ],
)
def test_rows_are_counted_and_the_model_is_asked_for_only_if_needed(
    rows: list[object], expected: tuple[int, bool], bank_folder: Path, tmp_path: Path
) -> None:
    with AnswerFile(str(jsonl(tmp_path / "a.jsonl", *rows)), None) as source:
        assert survey_rows(source, load_bank([bank_folder])) == expected


@pytest.mark.usefixtures("stub_grader")
def test_a_grade_is_read_back_from_its_line(
    run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading
) -> None:
    assert stub_grader.asked == []
    file = jsonl(tmp_path / "a.jsonl", OPEN, CLOSED, 7)
    lines = run("grade", file, "--bank", bank_folder).out.splitlines()
    for line in lines[:2]:
        grade = grade_of(line.encode())
        assert grade is not None
        assert grade.model_dump(mode="json").items() <= json.loads(line).items()
    assert grade_of(lines[2].encode()) is None

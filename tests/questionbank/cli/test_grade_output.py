"""`questionbank grade --output`: interrupted anywhere, gone on with, the same file in the end."""

import errno
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from commands import Result, Run, StubLoading
from filelock import FileLock

from grader.grade import Grade
from questionbank import line_file
from questionbank.batch import Item
from questionbank.cli import grade as grade_module
from questionbank.cli import line_output

OPEN = "model-choice/small-model"
TEXTS = [
    "I would compare the monthly bill of both models.",
    "I would test both on our own tickets.",
]


def rows(count: int = 9) -> list[dict[str, str]]:
    found = [
        {"id": f"r{n}", "question_id": OPEN, "answer": f"{TEXTS[n % 2]} É {n}"}
        for n in range(count)
    ]
    found[4]["question_id"] = "xyzzy"
    found[-2:] = [
        {"question_id": "foundations/rare-class", "answer": "a “quoted” word", "id": "é"},
        {"question_id": "foundations/rare-class", "answer": "recall", "id": "z"},
    ]
    return found


@dataclass
class Job:
    """Grades the rows of `answers` into `output`."""

    run: Run
    bank: Path
    answers: Path
    output: Path

    @property
    def state(self) -> Path:
        return self.output.with_name(self.output.name + ".state")

    def __call__(self, *options: str, output: Path | None = None) -> Result:
        target = output or self.output
        command = ("grade", self.answers, "--output", target, "--bank", self.bank)
        return self.run(*command, *options)


@pytest.fixture
def job(run: Run, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path) -> Job:
    assert stub_grader.calibrated
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return Job(run, bank_folder, answers, tmp_path / "out.jsonl")


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.suffix in (".lock", ".new", ".tmp"))


def test_the_file_has_the_lines_of_standard_output(job: Job, run: Run, bank_folder: Path) -> None:
    result = job()
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[-1] == f"9 rows in {job.output}, 1 not graded"
    assert job.output.read_text() == run("grade", job.answers, "--bank", bank_folder).out
    assert json.loads(job.state.read_text())["format"] == 1
    assert leftovers(job.output.parent) == []


def test_a_finished_file_is_left_as_it_is(job: Job) -> None:
    first = job()
    before = job.output.read_bytes()
    again = job()
    assert (first.code, again.code) == (1, 1)
    assert job.output.read_bytes() == before
    assert "9 rows are graded already; going on after them" in again.err
    assert again.err.splitlines()[-1] == f"9 rows in {job.output}, 1 not graded"


def test_cut_at_every_line_it_ends_the_same(job: Job) -> None:
    job()
    whole = job.output.read_bytes()
    at = 0
    for line in [b"", *whole.splitlines(keepends=True)]:
        at += len(line)
        job.output.write_bytes(whole[:at])
        assert job().code == 1
        assert job.output.read_bytes() == whole


def test_cut_within_the_last_two_lines_it_ends_the_same(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job()
    whole = job.output.read_bytes()
    lines = whole.splitlines(keepends=True)
    start = len(whole) - len(lines[-1]) - len(lines[-2])
    assert any(byte > 127 for byte in whole[start:])
    monkeypatch.setattr(line_file, "_sync", lambda file: file.flush())  # a hundred syncs are slow
    accent = next(at for at in range(start, len(whole)) if whole[at] > 127)
    for at in sorted({*range(start, len(whole), 29), accent + 1, len(whole) - 1}):
        job.output.write_bytes(whole[:at])
        assert job().code == 1
        assert job.output.read_bytes() == whole


def test_a_run_of_another_batch_size_goes_on_just_the_same(job: Job) -> None:
    job()
    whole = job.output.read_bytes()
    job.output.write_bytes(whole[: len(whole) // 2])
    assert job("--batch-size", "1").code == 1
    assert job.output.read_bytes() == whole


def interrupt_after(monkeypatch: pytest.MonkeyPatch, count: int, error: BaseException) -> None:
    """The row after `count` others is never written."""
    real = grade_module.output_line
    seen = []

    def output_line(item: Item, grade: Grade | None) -> dict[str, object]:
        seen.append(item)
        if len(seen) > count:
            raise error
        return real(item, grade)

    monkeypatch.setattr(grade_module, "output_line", output_line)


@pytest.mark.parametrize("count", [0, 1, 3, 8])
@pytest.mark.parametrize("keep", [(), ("--keep",)], ids=["file", "kept"])
def test_ctrl_c_is_130_and_the_same_command_goes_on(
    count: int, keep: tuple[str, ...], job: Job, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(*keep, output=job.output.with_name("whole.jsonl"))
    whole = job.output.with_name("whole.jsonl").read_bytes()
    with monkeypatch.context() as patched:
        interrupt_after(patched, count, KeyboardInterrupt())
        result = job(*keep)
    assert (result.code, result.out) == (130, "")
    assert f"stopped after {count} rows; the same command goes on from there" in result.err
    assert result.err.splitlines()[-1] == "interrupted"
    assert job.output.read_bytes() == b"".join(whole.splitlines(keepends=True)[:count])
    assert leftovers(job.output.parent) == []
    assert job(*keep).code == 1
    assert job.output.read_bytes() == whole
    if keep:
        (facts,) = json.loads(run("history", "--json").out)
        assert (facts["answered"], facts["graded"]) == (8, 8)


def test_keep_appends_nothing_twice_however_often_it_is_interrupted(
    job: Job, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count in (0, 1, 1, 2, 1):
        with monkeypatch.context() as patched:
            interrupt_after(patched, count, KeyboardInterrupt())
            assert job("--keep").code == 130
    assert job("--keep").code == 1
    entries = json.loads(run("doctor", "--json").out)["entries"]
    job("--keep", output=job.output.with_name("again.jsonl"))
    job("--keep")
    assert json.loads(run("doctor", "--json").out)["entries"] == entries
    assert job.output.read_bytes() == job.output.with_name("again.jsonl").read_bytes()
    (facts,) = json.loads(run("history", "--json").out)
    assert (facts["answered"], facts["graded"]) == (8, 8)


def cut(job: Job) -> bytes:
    whole = job.output.read_bytes()
    job.output.write_bytes(whole[: len(whole) // 2])
    return job.output.read_bytes()


def refused(result: Result, job: Job, before: bytes, said: str) -> None:
    assert (result.code, result.out) == (2, "")
    line = result.err.splitlines()[-1]
    assert said in line
    assert f"choose another --output, or delete {job.output} and {job.state}" in line
    assert job.output.read_bytes() == before
    assert leftovers(job.output.parent) == []


def test_a_changed_input_is_refused(job: Job) -> None:
    job()
    before = cut(job)
    with job.answers.open("a") as file:
        file.write("\n")
    refused(job(), job, before, f"{job.output} was made from another input")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (f"rubrics/{OPEN}.yaml", "weight: 2", "weight: 3"),
        (f"rubrics/{OPEN}.yaml", "version: 1.0.0", "version: 1.0.1"),
        (f"questions/{OPEN}.md", "how would you choose?", "which one?"),
        ("questions/foundations/rare-class.md", "version: 1.0.0", "version: 1.0.1"),
    ],
)
def test_a_changed_bank_is_refused(
    name: str, old: str, new: str, job: Job, bank_folder: Path
) -> None:
    job()
    before = cut(job)
    path = bank_folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    refused(job(), job, before, "was made with another bank, model or version")


def test_a_changed_model_is_refused(job: Job, stub_grader: StubLoading) -> None:
    job()
    before = cut(job)
    stub_grader.calibrated = False
    refused(job(), job, before, "was made with another bank, model or version")


def test_keep_cannot_be_added_on_the_way_or_left_out(job: Job, run: Run) -> None:
    job()
    before = cut(job)
    refused(job("--keep"), job, before, "kept no grades")
    job.output.unlink()
    assert job("--keep").code == 1
    before = cut(job)
    refused(job(), job, before, f"the run that made {job.output} kept its grades in ")
    assert run("history", "--json").out.count("batch") == 1


def test_a_file_that_was_not_made_here_is_refused(job: Job) -> None:
    job.output.write_text("mine\n")
    refused(job(), job, b"mine\n", "is there already and was not made here")
    assert not job.state.exists()


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"nonsense",
        b"\xff",
        b"[]",
        b'{"format": 2, "input_digest": "a", "settings_digest": "b"}',
    ],
)
def test_a_state_that_cannot_be_read_is_code_4(state: bytes, job: Job) -> None:
    job()
    before = cut(job)
    job.state.write_bytes(state)
    result = job()
    assert result.code == 4
    assert f"{job.state}: cannot be read as a state file; choose another --output" in result.err
    assert job.output.read_bytes() == before
    assert leftovers(job.output.parent) == []


def test_two_writers_are_refused(job: Job) -> None:
    with FileLock(str(job.output) + ".lock"):
        result = job()
        assert result.code == 2
        assert f"{job.output} is being written by another program" in result.err
        assert not job.output.exists()
    assert job().code == 1
    assert leftovers(job.output.parent) == []


def test_a_killed_run_leaves_a_lock_that_stops_nobody(job: Job) -> None:
    job()
    whole = job.output.read_bytes()
    cut(job)
    job.output.with_name("out.jsonl.lock").write_text("")
    assert job().code == 1
    assert job.output.read_bytes() == whole
    assert leftovers(job.output.parent) == []


def test_a_run_killed_before_its_first_line_goes_on(job: Job) -> None:
    job()
    whole = job.output.read_bytes()
    job.output.unlink()
    assert job().code == 1
    assert job.output.read_bytes() == whole


class FullDisk:
    """A file that takes so many bytes and no more."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file, self._room = file, room

    def write(self, data: bytes) -> None:
        self._file.write(data[: self._room])
        if len(data) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= len(data)

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize("room", [0, 10, 800, 3000])
@pytest.mark.parametrize("keep", [(), ("--keep",)], ids=["file", "kept"])
def test_a_full_disk_is_code_4_and_the_same_command_goes_on(
    room: int, keep: tuple[str, ...], job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(*keep, output=job.output.with_name("whole.jsonl"))
    whole = job.output.with_name("whole.jsonl").read_bytes()
    real = line_file.LineFile._open

    def open_on_a_full_disk(self: line_file.LineFile) -> None:
        real(self)
        self._file = FullDisk(self._file, room)

    with monkeypatch.context() as patched:
        patched.setattr(line_file.LineFile, "_open", open_on_a_full_disk)
        result = job(*keep)
    assert (result.code, result.out) == (4, "")
    said = result.err.splitlines()[-1]
    assert said == (
        f"questionbank: {job.output}: cannot be written: No space left on device; mend that, "
        "then run the same command again: it goes on from there"
    )
    assert whole.startswith(job.output.read_bytes())
    assert leftovers(job.output.parent) == []
    assert job(*keep).code == 1
    assert job.output.read_bytes() == whole


def test_a_disk_that_fails_to_sync_is_code_4(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_number: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("questionbank.line_file.os.fsync", fail)
    result = job()
    assert result.code == 4
    assert "cannot be written: Input/output error" in result.err
    assert not job.output.exists()
    assert not job.state.exists()
    assert leftovers(job.output.parent) == []


def test_lines_are_synced_every_so_often(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    monkeypatch.setattr(line_output, "SYNC_EVERY", 4)
    monkeypatch.setattr(line_file.LineFile, "sync", lambda self: synced.append(self))
    assert job().code == 1
    assert len(synced) == 3


def test_a_folder_that_is_not_there_is_named(job: Job, tmp_path: Path) -> None:
    result = job(output=tmp_path / "no" / "out.jsonl")
    assert result.code == 2
    assert f"{tmp_path}/no: there is no such folder; make it first" in result.err
    assert not (tmp_path / "no").exists()


def test_the_input_is_never_overwritten(job: Job) -> None:
    before = job.answers.read_bytes()
    result = job(output=job.answers)
    assert result.code == 2
    assert "is there already and was not made here" in result.err
    assert job.answers.read_bytes() == before


def test_without_a_model_nothing_is_written(
    job: Job, stub_grader: StubLoading, no_model: StubLoading
) -> None:
    assert no_model is stub_grader
    result = job()
    assert result.code == 3
    assert sorted(p.name for p in job.output.parent.iterdir()) == ["answers.jsonl", "bank"]


def test_standard_input_can_be_gone_on_with(
    run: Run, bank_folder: Path, job: Job, stub_grader: StubLoading
) -> None:
    assert stub_grader.calibrated
    job()
    whole = job.output.read_bytes()
    cut(job)
    command = ("grade", "-", "--output", job.output, "--bank", bank_folder)
    assert run(*command, stdin=job.answers.read_bytes()).code == 1
    assert job.output.read_bytes() == whole

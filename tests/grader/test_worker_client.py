import os
import signal
import sys
import time
from pathlib import Path

import pytest

from grader import worker_client
from grader.errors import CalibrationError, ModelMissingError, WorkerError
from grader.loading import GraderSettings
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.verdict import Flag
from grader.worker_client import BackgroundGrader

SECONDS = 60


@pytest.fixture
def request_(rubric: Rubric, question: str) -> GradeRequest:
    return GradeRequest(answer="We run a trial on own images.", rubric=rubric, question=question)


@pytest.fixture
def settings(tiny_model: Path) -> GraderSettings:
    return GraderSettings(model=str(tiny_model), device="cpu")


def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a shell script in the worker's place."""
    path = tmp_path / "actor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(worker_client.sys, "executable", str(path))  # type: ignore[attr-defined]


def test_it_grades_in_another_process(settings: GraderSettings, request_: GradeRequest) -> None:
    began = time.monotonic()
    with BackgroundGrader(settings) as background:
        assert background.pid != os.getpid()
        first = background.submit(request_)
        assert time.monotonic() - began < 5
        assert background.wait_ready(SECONDS)["model"] == "tiny"
        assert background.ready
        grade = background.grade(request_, SECONDS)
        assert first.result(SECONDS) == grade
        assert grade.provenance.model == "tiny"
        blank = GradeRequest(answer="", rubric=request_.rubric)
        assert background.grade(blank, SECONDS).flags == (Flag.BLANK,)
        assert background.start() is background
    background.close()
    with pytest.raises(WorkerError):
        background.grade(request_, SECONDS)


def test_modules_in_the_current_folder_are_not_its_own(
    settings: GraderSettings,
    request_: GradeRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("json", "torch", "grader", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep)
    with BackgroundGrader(settings) as background:
        assert background.grade(request_, SECONDS).provenance.model == "tiny"


def test_ctrl_c_at_the_terminal_does_not_reach_it(
    settings: GraderSettings, request_: GradeRequest
) -> None:
    with BackgroundGrader(settings) as background:
        background.wait_ready(SECONDS)
        assert background.pid is not None
        assert os.getsid(background.pid) != os.getsid(0)
        os.kill(background.pid, signal.SIGINT)
        assert background.grade(request_, SECONDS).points


@pytest.mark.parametrize(
    ("setting", "error", "text"),
    [
        ({"model": "./nowhere"}, ModelMissingError, r"nowhere is not here.*no such folder"),
        ({"calibration": Path("none.json")}, CalibrationError, r"none\.json"),
        ({"dtype": "int8"}, WorkerError, "none of float32"),
    ],
)
def test_what_keeps_it_from_grading_is_told_as_what_it_is(
    setting: dict[str, object], error: type[Exception], text: str, request_: GradeRequest
) -> None:
    with BackgroundGrader(GraderSettings.model_validate(setting)) as background:
        waiting = background.submit(request_)
        with pytest.raises(error, match=text):
            background.wait_ready(SECONDS)
        with pytest.raises(error, match=text):
            waiting.result(SECONDS)
        assert not background.ready


def test_a_killed_worker_fails_whoever_waits(
    settings: GraderSettings, request_: GradeRequest
) -> None:
    with BackgroundGrader(settings) as background:
        waiting = background.submit(request_)
        assert background.pid is not None
        os.kill(background.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="killed by signal 9"):
            waiting.result(SECONDS)
        with pytest.raises(WorkerError, match="killed by signal 9"):
            background.grade(request_, SECONDS)


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("echo last words >&2; exit 7", "exit status 7; last words"),
        ("exit 7", "exit status 7"),
        ("echo nonsense; cat >/dev/null", "spoke out of turn"),
        ("echo 3; cat >/dev/null", "spoke out of turn"),
        ('echo \'{"id": 1, "grade": {}}\'; cat >/dev/null', "spoke out of turn"),
        ('echo \'{"kind": "WorkerError", "error": "sorry"}\'', "the grader stopped: sorry"),
        ("exec 1>&-; cat >/dev/null", "closed its output"),
    ],
)
def test_a_worker_that_misbehaves_is_reported(
    script: str,
    text: str,
    request_: GradeRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_client, "_GRACE", 0.3)
    actor(tmp_path, monkeypatch, script)
    with BackgroundGrader() as background, pytest.raises(WorkerError, match=text):
        background.wait_ready(SECONDS)
    with pytest.raises(WorkerError, match=text):
        background.grade(request_, SECONDS)


def test_answers_that_nobody_asked_for_are_dropped(
    request_: GradeRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        'echo \'{"ready": {"model": "actor"}}\'; echo \'{"id": 99, "error": "no"}\'\n'
        'read line; echo \'{"id": 1, "error": "no", "kind": "WorkerError"}\'; cat >/dev/null'
    )
    actor(tmp_path, monkeypatch, script)
    with BackgroundGrader() as background:
        with pytest.raises(WorkerError, match="no"):
            background.grade(request_, SECONDS)
        assert background.wait_ready() == {"model": "actor"}


def test_patience_has_an_end(
    request_: GradeRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor(tmp_path, monkeypatch, "cat >/dev/null")
    with BackgroundGrader() as background:
        with pytest.raises(WorkerError, match=r"no reply within 0\.1 seconds.*loading"):
            background.wait_ready(0.1)
        with pytest.raises(WorkerError, match=r"no reply within 0\.1 seconds.*graded"):
            background.grade(request_, 0.1)
        waiting = background.submit(request_)
    with pytest.raises(WorkerError):
        waiting.result(SECONDS)


def test_a_worker_that_will_not_go_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_client, "_GRACE", 0.2)
    actor(tmp_path, monkeypatch, "trap '' TERM\nwhile :; do sleep 0.05; done")
    background = BackgroundGrader().start()
    time.sleep(0.2)
    background.close()
    assert background._process is not None
    assert background._process.returncode == -signal.SIGKILL


def test_what_was_not_started_cannot_grade(request_: GradeRequest) -> None:
    background = BackgroundGrader()
    assert background.pid is None
    for action in (background.wait_ready, lambda: background.grade(request_)):
        with pytest.raises(WorkerError, match="not started"):
            action()
    background.close()


def test_an_interpreter_that_is_gone_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerError, match="could not be started"):
        BackgroundGrader().start()


def test_an_installed_package_needs_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    root = str(Path(worker_client.__file__).resolve().parents[1])
    monkeypatch.setattr(worker_client.site, "getsitepackages", lambda: [root])  # type: ignore[attr-defined]
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert "PYTHONPATH" not in worker_client._environment()

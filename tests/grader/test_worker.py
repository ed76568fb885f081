import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from grader import worker, worker_client
from grader.calibration import Calibration
from grader.encoder import Encoder
from grader.engine import Grader
from grader.errors import ModelMissingError
from grader.loading import GraderSettings
from grader.rubric import Rubric

ANSWER = "I run a trial on our own images and compare with a tuned baseline."


@pytest.fixture
def grader(encoder: Encoder, calibration: Calibration) -> Grader:
    return Grader(encoder, calibration)


def ask(rubric: Rubric, key: int, answer: str = ANSWER) -> str:
    request = {"answer": answer, "rubric": rubric.model_dump(mode="json"), "question": None}
    return json.dumps({"id": key, "request": request}) + "\n"


def serve(
    load: object, lines: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[dict[str, Any]]]:
    monkeypatch.setattr(worker, "load_grader", load)
    monkeypatch.setattr(os, "nice", lambda step: step)
    out = io.StringIO()
    code = worker.serve(GraderSettings(), io.StringIO(lines), out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_says_that_it_is_ready_and_answers_in_order(
    grader: Grader, rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ask(rubric, 1) + "\n" + ask(rubric, 2, "")
    code, said = serve(lambda settings: grader, lines, monkeypatch)
    assert code == 0
    assert said[0]["ready"] == {
        "model": "stub",
        "weights_digest": "5" * 64,
        "dtype": "float32",
        "device": "cpu",
        "backend": None,
        "calibration": "test-1",
        "by_margin": False,
    }
    assert [message.get("id") for message in said[1:]] == [1, 2]
    assert said[1]["grade"] == grader.grade(ANSWER, rubric).model_dump(mode="json")
    assert said[2]["grade"]["flags"] == ["blank"]


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (ModelMissingError("x", "get it"), "ModelMissingError", "model x is not here: get it"),
        (RuntimeError("boom"), "WorkerError", "RuntimeError: boom"),
    ],
)
@pytest.mark.parametrize("asked", [True, False])
def test_what_keeps_it_from_loading_is_said_and_ends_it(
    error: Exception,
    kind: str,
    text: str,
    asked: bool,
    rubric: Rubric,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed = threading.Event()

    def load(settings: GraderSettings) -> Grader:
        failed.set()
        raise error

    class Lines(io.StringIO):
        def __next__(self) -> str:  # type: ignore[override] # as StringIO itself has it
            failed.wait(10)
            for thread in threading.enumerate():
                if thread.name == "loader":
                    thread.join(10)
            return super().__next__()

    monkeypatch.setattr(worker, "load_grader", load)
    monkeypatch.setattr(os, "nice", lambda step: step)
    out = io.StringIO()
    code = worker.serve(GraderSettings(), Lines(ask(rubric, 1) if asked else ""), out)
    assert code == worker.CANNOT_GRADE
    assert json.loads(out.getvalue()) == {"kind": kind, "error": text}


@pytest.mark.parametrize(
    ("line", "key", "text"),
    [
        ("{", None, "JSONDecodeError"),
        ("[]", None, "TypeError"),
        ('{"id": 4}', 4, "KeyError"),
        ('{"id": 4, "request": {}}', 4, "answer: Field required"),
        ('{"id": 4, "request": {"answer": "x", "rubric": {}}}', 4, "rubric.id"),
    ],
)
def test_a_bad_request_gets_an_error_and_no_end(
    line: str, key: int | None, text: str, grader: Grader
) -> None:
    said = worker.answer(grader, line)
    assert (said["id"], said["kind"]) == (key, "WorkerError")
    assert text in said["error"]


def test_nobody_waits_for_a_model_that_nobody_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = threading.Event()
    left: list[int] = []

    def leave(code: int) -> None:
        left.append(code)
        blocked.set()

    monkeypatch.setattr(os, "_exit", leave)

    def load(settings: GraderSettings) -> Grader:
        blocked.wait(10)
        raise RuntimeError

    serve(load, "", monkeypatch)
    assert left == [0]


def test_settings_come_from_the_command_line() -> None:
    given = ["--model=m", "--dtype=float32", "--device=cpu", "--calibration=c", "--cache-folder=f"]
    assert worker._settings(given) == GraderSettings(
        model="m", dtype="float32", device="cpu", calibration=Path("c"), cache_folder=Path("f")
    )
    assert worker._settings([]) == GraderSettings()


@pytest.mark.parametrize(
    "settings",
    [
        GraderSettings(),
        GraderSettings(model="m x", device="cpu", dtype="float32"),
        GraderSettings(review_rate=0.0, max_error=0.125),
        GraderSettings(refinement=Path("own.json")),
        GraderSettings(uncalibrated=True, calibration=Path("c"), cache_folder=Path("f")),
    ],
)
def test_the_near_end_spells_settings_as_the_far_end_reads_them(settings: GraderSettings) -> None:
    assert worker._settings(worker_client._arguments(settings)) == settings


def test_as_a_process_it_keeps_its_stdout_for_answers(
    tiny_model: Path, rubric: Rubric, tmp_path: Path
) -> None:
    noisy = tmp_path / "noisy.py"
    noisy.write_text(
        "import os, signal, sys\n"
        "from grader import loading, worker\n"
        "real = loading.load_grader\n"
        "def load(settings):\n"
        "    print('noise from python')\n"
        "    os.write(1, b'noise from below\\n')\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(settings)\n"
        "worker.load_grader = load\n"
        "sys.exit(worker.main())\n"
    )
    done = subprocess.run(
        [sys.executable, str(noisy), f"--model={tiny_model}", "--device=cpu"],
        input=ask(rubric, 1),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(worker.__file__).parents[1])},
    )
    ready, answer = map(json.loads, done.stdout.splitlines())
    assert ready["ready"]["model"] == "tiny"
    assert answer["grade"]["provenance"]["model"] == "tiny"
    assert "noise from python" in done.stderr
    assert "noise from below" in done.stderr


def test_a_parent_that_hangs_up_is_no_error(
    grader: Grader, rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(*given: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(worker, "serve", hang_up)
    monkeypatch.setattr(signal, "signal", lambda *given: None)
    monkeypatch.setattr(os, "dup2", lambda *given: None)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert worker.main([]) == 0

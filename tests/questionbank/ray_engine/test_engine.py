"""`grade --engine ray` on a cluster of two workers: the bytes of the local engine, whoever dies."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import fsspec
import pytest
from commands import Result, StubLoading
from emulator import PROGRAM
from recorded import Record

from grader.engine import Grader
from grader.errors import GraderError, ModelMissingError
from grader.loading import GraderSettings
from questionbank.answer_file import AnswerFile
from questionbank.bank import load_bank
from questionbank.cli.main import main
from questionbank.cli.render import json_line
from questionbank.errors import UsageError
from questionbank.ray_engine import engine as engine_module
from questionbank.ray_engine.cluster import cluster
from questionbank.ray_engine.engine import RayEngine
from questionbank.ray_engine.work import Work, travelling

pytestmark = pytest.mark.ray

WORKERS = 2
CLOSED = "foundations/rare-class"
OPEN = "model-choice/small-model"
TEXTS = [
    "I would compare the monthly bill of both models.",
    "I would test both on our own tickets and count errors.",
    "I would take the newest one, as it is the best.",
]
LONG = (
    "First I would ask what the bill of each model comes to in a month with our own traffic, "
    "and then I would test both on tickets that we have answered ourselves."
)


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A cluster of our own on this machine, for the whole module."""
    with pytest.MonkeyPatch.context() as patched:
        home = tmp_path_factory.mktemp("ray-home")
        patched.setenv("QUESTIONBANK_HOME", str(home))
        support = Path(__file__).parents[2] / "support"
        patched.setenv("PYTHONPATH", f"{support}:{os.environ.get('PYTHONPATH', '')}")
        with cluster(None, WORKERS) as module:
            module.cloudpickle.register_pickle_by_value(sys.modules[__name__])
            yield module


def rows(count: int, *, opened: bool) -> list[dict[str, Any]]:
    """Answers, a bad one among them; with `opened` in free text, too, two of them alike."""
    draw = random.Random(4)  # noqa: S311 - no secret
    found = [
        {"id": f"r{n}", "question_id": CLOSED, "answer": draw.choice(["recall", "accuracy", "?"])}
        for n in range(count)
    ]
    if opened:
        for n in range(0, count, 2):
            found[n] |= {"question_id": OPEN, "answer": f"{TEXTS[n % 3]} É {n}"}
        for n in (2, count - 1):
            found[n] |= {"question_id": OPEN, "answer": LONG}
    found[count // 2]["question_id"] = "xyzzy"
    return found


def jsonl(path: Path, content: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    return path


Loader = Callable[[GraderSettings], Grader]


def work(bank: Path, load: Loader | None = None, dump: Callable[[Any], str] = json_line) -> Work:
    from importlib.metadata import version

    return Work(
        bank=travelling(load_bank([bank])),
        settings=GraderSettings(),
        calibration=None,
        refinement=None,
        package_version=version("questionbank"),
        needs_model=load is not None,
        batch_size=32,
        dump=dump,
        load=load or StubLoading(),
    )


def lines_of(result_path: Path) -> list[bytes]:
    return result_path.read_bytes().splitlines()


Grade = Callable[..., Result]


@pytest.fixture
def grade(bank_folder: Path, capsys: pytest.CaptureFixture[str]) -> Grade:
    """Grades in this process; with `--engine ray` on the cluster of the module."""

    def call(*words: str | Path) -> Result:
        capsys.readouterr()
        code = main(["grade", "--bank", str(bank_folder), *map(str, words)])
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "answers.jsonl", rows(200, opened=False))


ON_RAY = ("--engine", "ray", "--workers", str(WORKERS))


@pytest.mark.usefixtures("ray")
def test_standard_output_holds_the_lines_of_the_local_engine(grade: Grade, answers: Path) -> None:
    local, far = grade(answers), grade(answers, *ON_RAY)
    assert (local.code, far.code) == (1, 1)
    assert far.out == local.out
    assert far.out.count("\n") == 200
    assert "Starting Ray …" in far.err
    assert "Traceback" not in far.err


@pytest.mark.usefixtures("ray")
@pytest.mark.parametrize("upto", [70, 200])
def test_each_engine_goes_on_where_the_other_stopped(
    upto: int, grade: Grade, answers: Path, tmp_path: Path
) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    grade(answers, "--output", whole)
    content = whole.read_bytes()
    Path(f"{part}.state").write_bytes(Path(f"{whole}.state").read_bytes())
    part.write_bytes(
        b"".join(line + b"\n" for line in lines_of(whole)[:upto]) + content[: upto % 7]
    )
    result = grade(answers, "--output", part, *ON_RAY)
    assert result.code == 1
    assert part.read_bytes() == content
    assert f"200 rows in {part}, 1 not graded" in result.err


@pytest.mark.usefixtures("ray")
@pytest.mark.parquet
def test_parquet_and_urls_are_read_and_written(grade: Grade, answers: Path, tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    expected = grade(answers).out
    columns = pyarrow.Table.from_pylist([json.loads(line) for line in lines_of(answers)])
    given = tmp_path / "answers.parquet"
    pyarrow.parquet.write_table(columns, given)
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/ray/answers.parquet", given.read_bytes())
    made = tmp_path / "grades.parquet"
    for name, target in (
        (f"file://{given}", "memory://ray/grades.jsonl"),
        ("memory://ray/answers.parquet", f"file://{made}"),
    ):
        assert grade(name, "--output", target, *ON_RAY).code == 1
    written = memory.cat_file("/ray/grades.jsonl").decode()
    # An error names the line, which is the row of a Parquet file: the same here.
    assert written == expected
    lines = pyarrow.parquet.read_table(made)["line"].to_pylist()
    assert "".join(line + "\n" for line in lines) == expected


@pytest.mark.usefixtures("ray")
def test_the_record_holds_what_the_local_engine_keeps(
    grade: Grade, answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    for name, words in (("local", ()), ("ray", ON_RAY)):
        record = Record(tmp_path / name)
        monkeypatch.setenv("QUESTIONBANK_HOME", str(record.home))
        assert grade(answers, "--keep", *words).code == 1
        record.assert_sound()
        kept.append([one.grade for one in record.newest().grades])
    assert kept[0] == kept[1]
    assert len(kept[0]) == 199


def run(engine: RayEngine, source: AnswerFile, done: int = 0) -> Iterator[tuple[str, list[bytes]]]:
    for made in engine.results(source.rows, done):
        yield made.worker, made.lines


@pytest.mark.crash
@pytest.mark.parametrize("victim", ["worker", "tally"])
def test_whoever_is_killed_the_lines_are_the_same(
    victim: str,
    ray: ModuleType,
    grade: Grade,
    bank_folder: Path,
    answers: Path,
) -> None:
    expected = grade(answers).out.encode().splitlines()
    found: list[bytes] = []
    killed = False
    with (
        AnswerFile(str(answers), None) as source,
        RayEngine(ray, work(bank_folder), 200, WORKERS) as engine,
    ):
        for worker, lines in run(engine, source):
            found += lines
            if not killed and victim == "worker":
                os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
            elif not killed:
                assert engine._leg is not None
                ray.kill(engine._leg._tally)
            killed = True
        assert len(engine._seen) > 1
    assert found == expected


def die_of(value: dict[str, Any]) -> str:
    """In place of `json_line`: one row ends the process that grades it."""
    if value["id"] == "r150":
        os.kill(os.getpid(), signal.SIGKILL)
    return json_line(value)


@pytest.mark.crash
def test_a_row_that_kills_every_worker_is_named(
    ray: ModuleType,
    bank_folder: Path,
    answers: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "LEAST_ROWS", 100)
    with (
        AnswerFile(str(answers), None) as source,
        RayEngine(ray, work(bank_folder, dump=die_of), 200, 1) as engine,
        pytest.raises(GraderError, match="workers ended over rows 101 to 200"),
    ):
        list(run(engine, source))


def test_free_text_is_graded_and_copies_are_noted(
    ray: ModuleType,
    bank_folder: Path,
    tmp_path: Path,
    grade: Grade,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stub = StubLoading()
    monkeypatch.setattr("questionbank.cli.context.load_grader", stub)
    file = jsonl(tmp_path / "open.jsonl", rows(90, opened=True))
    local = grade(file)
    assert "nearly the same" in local.err
    monkeypatch.setattr(
        "questionbank.cli.grade_ray.Work", lambda **named: Work(**named, load=StubLoading())
    )
    for done in (0, 50):
        target = tmp_path / f"{done}.jsonl"
        if done:
            Path(f"{target}.state").write_bytes((tmp_path / "0.jsonl.state").read_bytes())
            target.write_text("".join(f"{line}\n" for line in local.out.splitlines()[:done]))
        far = grade(file, "--output", target, *ON_RAY)
        assert target.read_text(encoding="utf-8") == local.out
        assert local.err[local.err.index("1 group") :] in far.err


def no_model(_settings: GraderSettings) -> Grader:
    raise ModelMissingError("some-model", "pip install it")


def no_device(_settings: GraderSettings) -> Grader:
    raise ValueError("device 'abacus' is none of cuda, mps, cpu")


@pytest.mark.parametrize(
    ("load", "expected", "said"),
    [
        (no_model, GraderError, "model some-model is not here: pip install it"),
        (no_device, UsageError, "device 'abacus' is none of"),
    ],
)
def test_what_a_worker_lacks_is_told_as_by_the_local_engine(
    load: Loader,
    expected: type[Exception],
    said: str,
    ray: ModuleType,
    bank_folder: Path,
    answers: Path,
) -> None:
    with (
        RayEngine(ray, work(bank_folder, load), 200, WORKERS) as engine,
        AnswerFile(str(answers), None) as source,
        pytest.raises(expected, match=said),
    ):
        next(run(engine, source))


def processes_of(marker: str) -> dict[int, str]:
    """Processes with something in their environment: id and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode()[:60]
        except OSError:
            continue
    return found


def at_work(marker: str) -> list[str]:
    """Commands of processes that grade or serve; Ray's two agents take a minute to notice."""
    return [command for command in processes_of(marker).values() if "Agent" not in command]


def listening(pid: int) -> set[str]:
    """Local addresses on which a process listens, in the kernel's hexadecimal."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(link.readlink()))
        except OSError:
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in sockets:
                found.add(cells[1].partition(":")[0])
    return found


LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's tables")
def test_a_cluster_of_our_own_listens_on_this_machine_only(ray: ModuleType) -> None:
    @ray.remote
    def said() -> dict[str, str]:
        return dict(os.environ)

    environ = ray.get(said.remote())
    assert environ["RAY_USAGE_STATS_ENABLED"] == "0"
    found = processes_of(environ["QUESTIONBANK_HOME"])
    addresses = {pid: listening(pid) for pid in (*found, os.getpid())}
    assert len([pid for pid, open_ones in addresses.items() if open_ones]) >= 4
    assert set().union(*addresses.values()) <= LOOPBACK


@pytest.mark.crash
@pytest.mark.parametrize(
    ("number", "seed"), [(signal.SIGKILL, 1), (signal.SIGINT, 2)], ids=["kill", "ctrl-c"]
)
def test_a_driver_that_is_stopped_leaves_nothing_running_and_is_gone_on_with(
    number: signal.Signals, seed: int, bank_folder: Path, tmp_path: Path, grade: Grade
) -> None:
    file = jsonl(tmp_path / "many.jsonl", rows(12_000, opened=False))
    whole, output = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    grade(file, "--output", whole)
    command = [*PROGRAM, "grade", str(file), "--bank", str(bank_folder), "--output", str(output)]
    environ = {**os.environ, "QUESTIONBANK_HOME": str(tmp_path / f"home-{seed}")}
    started = subprocess.Popen(
        [*command, *ON_RAY],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (output.exists() and output.stat().st_size) and time.monotonic() < deadline:
        assert started.poll() is None
        time.sleep(0.01)
    time.sleep(random.Random(seed).uniform(0.0, 0.5))  # noqa: S311 - no secret
    stopped = time.monotonic()
    os.killpg(started.pid, number)  # as a terminal does, which tells Ray's processes, too
    assert started.wait(30) == (130 if number is signal.SIGINT else -number)
    assert time.monotonic() - stopped < 2.0
    before = output.read_bytes()
    assert whole.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    deadline = time.monotonic() + 60
    while (left := at_work(f"home-{seed}")) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not left
    done = subprocess.run(
        [*command, *ON_RAY], env=environ, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 1
    assert output.read_bytes() == whole.read_bytes()


@pytest.mark.model
@pytest.mark.usefixtures("ray")
def test_two_workers_with_the_real_model_give_the_bytes_of_the_local_engine(
    grade: Grade, tmp_path: Path
) -> None:
    file = jsonl(tmp_path / "open.jsonl", rows(40, opened=True))
    local, far = grade(file), grade(file, *ON_RAY)
    assert far.out == local.out
    assert local.err[local.err.index("1 group") :] in far.err
    assert '"probability": 0.' in far.out

"""How fast answers are graded, held against the machine and against scripts a user would write.

Run with `python -m pytest tests/benchmarks/test_throughput.py -m benchmark --answers 20000`, on a
machine that does little else; `--many 1000000` adds the long run for memory, and
`--many-without-model 1000000` the same with an encoder of nothing, which takes an hour instead of
many. Everything is measured in one run, and what is compared runs in a process of its own with the
same threads.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
from synthetic import answers, write_answers

from grader.kept import forget, size_of
from grader.loading import GRADES, VECTORS, GraderSettings, load_grader
from grader.peak import measure_peak
from grader.request import GradeRequest
from grader.weights import find_default
from questionbank.bank import Bank, load_bank
from questionbank.folders import cache_folder
from questionbank.rubric_tests import prompts_of

pytestmark = [pytest.mark.benchmark, pytest.mark.model]

ROOT = Path(__file__).parents[2]
SAMPLE = 200
"""Answers that the scripts compared with are timed on, at most."""
TWICE = 2000
"""Answers that are graded a second time, at most."""
PROGRAM = [sys.executable, "-m", "questionbank"]
Ratio = Callable[..., None]

LOOP = r"""
import json, re, sys, time
from sentence_transformers import SentenceTransformer, util
model = SentenceTransformer(sys.argv[1], device="cpu")
rows = [json.loads(line) for line in open(sys.argv[2])]
points = json.load(open(sys.argv[3]))
known = {name: model.encode(texts) for name, texts in points.items()}
began = time.perf_counter()
for row in rows:
    sentences = re.split(r"(?<=[.!?])\s+", row["answer"])
    util.cos_sim(model.encode(sentences, show_progress_bar=False), known[row["question_id"]])
print((time.perf_counter() - began) / len(rows))
"""
LIST = r"""
import json, re, sys, time
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
rows = [json.loads(line) for line in open(sys.argv[2])]
texts = [part for row in rows for part in re.split(r"(?<=[.!?])\s+", row["answer"])]
model.encode(texts[:32], show_progress_bar=False)
best = float("inf")
for size in (16, 32, 64, 128):
    began = time.perf_counter()
    model.encode(texts, batch_size=size, show_progress_bar=False)
    best = min(best, time.perf_counter() - began)
print(best / len(rows))
"""
ONE = r"""
import sys
from sentence_transformers import SentenceTransformer
SentenceTransformer(sys.argv[1], device="cpu").encode(["We run a trial on our own data."])
"""


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([ROOT])


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One cache for all runs, so that graph and rubrics are made once, before anything is timed."""
    home = tmp_path_factory.mktemp("home")
    return {
        **os.environ,
        "QUESTIONBANK_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "HF_HUB_OFFLINE": "1",
    }


def script(code: str, environ: dict[str, str], *words: Path | str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


class Ran(NamedTuple):
    """What a run of the program said and took."""

    said: str
    """On standard error."""
    seconds: float
    """From start to end of the process."""
    computing: float
    """Processor time, seconds."""
    memory: float
    """At most, MB."""


def ran(
    program: Sequence[Path | str],
    environ: dict[str, str],
    cwd: Path | None = None,
    out: int | None = None,
) -> Ran:
    """Run the program to its end."""
    began = time.perf_counter()
    started = subprocess.Popen(
        program, cwd=cwd, env=environ, stdout=out, stderr=subprocess.PIPE, text=True
    )
    assert started.stderr is not None
    with started.stderr as stream:
        said = stream.read()
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    assert started.returncode == 0, said
    seconds = time.perf_counter() - began
    return Ran(said, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def grading(source: Path, output: Path, *options: str) -> list[Path | str]:
    """The words that grade a file."""
    return ["grade", source, "--bank", ROOT, "--output", output, "--plain", *options]


def graded(
    source: Path, output: Path, environ: dict[str, str], *options: str
) -> tuple[dict[str, float], float]:
    """Grade a file; the figures of `--profile` by name, and the peak memory in MB."""
    run = ran([*PROGRAM, *grading(source, output, "--profile", *options)], environ)
    return figures_of(run.said), run.memory


def figures_of(said: str) -> dict[str, float]:
    number = r"([\d,.]+)"
    wanted = {
        "answers": rf"^{number} answers? in",
        "wall": rf"answers? in {number} s",
        "encoding": rf"^  encoding +{number} s",
        "rubrics": rf"^  preparing rubrics +{number} s",
        "second look": rf"^  second look, in float32 +{number} s",
        "tokens": rf"^{number} tokens",
        "useful": rf"^useful work: {number} GFLOP",
        "again": rf"{number} more in the second look$",
        "peak": rf"^peak of this machine: {number} GFLOP",
    }
    found = {}
    for name, pattern in wanted.items():
        match = re.search(pattern, said, re.MULTILINE)
        assert match or name in ("second look", "again"), f"{name} is missing in:\n{said}"
        found[name] = float(match[1].replace(",", "")) if match else 0.0
    return found


def test_a_batch(
    bank: Bank,
    environ: dict[str, str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
    ratio: Ratio,
) -> None:
    count = int(pytestconfig.getoption("--answers"))
    warm = write_answers(tmp_path / "warm.jsonl", bank, len(prompts_of(bank)), seed=1)
    for dtype in ((), ("--dtype", "float32")):  # a second look's rubrics, too
        graded(warm, tmp_path / f"warm-{len(dtype)}.jsonl", environ, *dtype)
    source = write_answers(tmp_path / "answers.jsonl", bank, count)
    found, memory = graded(source, tmp_path / "grades.jsonl", environ)
    assert found["answers"] == count == len((tmp_path / "grades.jsonl").read_text().splitlines())
    each = found["wall"] / count
    peak = f"peak {found['peak']:,.0f} GFLOP/s, {found['tokens'] / found['wall']:,.0f} tokens/s"
    useful = found["useful"] / found["peak"]
    ratio("useful FLOP/s over peak, end to end", useful, "0.65", peak)
    first = found["tokens"] / (found["tokens"] + found["again"])
    ratio("  of that, without the second look", useful * first, "0.65", f"{1 / first - 1:.1%} more")
    rest = 1.0 - (found["encoding"] + found["rubrics"]) / found["wall"]
    ratio("all but the encoder, share of wall time", rest, "0.08", f"{count:,} answers")
    ratio(
        "second look, beside all else, share of wall time", found["second look"] / found["wall"], ""
    )
    ratio("answers a second", 1 / each, "", f"{memory:,.0f} MB at most")

    few = write_answers(tmp_path / "few.jsonl", bank, min(count, SAMPLE))
    points = tmp_path / "points.json"
    points.write_text(json.dumps(texts_of_points(bank, few)))
    model = find_default()
    loop = float(script(LOOP, environ, model, few, points))
    ratio("against a loop over answers with the library's defaults", loop / each, "6")
    listed = float(script(LIST, environ, model, few))
    ratio("against encoding the list of all sentences, best batch", listed / each, "2.5")


def texts_of_points(bank: Bank, rows: Path) -> dict[str, list[str]]:
    """By question, what a user's script would compare sentences with."""
    asked = {json.loads(line)["question_id"] for line in rows.read_text().splitlines()}
    found = {}
    for name in asked:
        question, _, part = name.partition("#")
        task = bank.questions[question]
        rubric = getattr(task, "rubric", None) or next(
            one.rubric for one in task.parts if one.id == part
        )
        found[name] = [point.description for point in bank.rubrics[rubric].points]
    return found


def test_one_answer_in_a_cold_process(
    bank: Bank, environ: dict[str, str], tmp_path: Path, ratio: Ratio
) -> None:
    source = write_answers(tmp_path / "one.jsonl", bank, 1)
    command = [*PROGRAM, "grade", str(source), "--bank", str(ROOT)]
    taken: dict[str, list[float]] = {"grade": [], "script": []}
    for turn in range(6):
        for name, words in (
            ("grade", command),
            ("script", [sys.executable, "-c", ONE, str(find_default())]),
        ):
            began = time.perf_counter()
            subprocess.run(words, env=environ, capture_output=True, check=True)
            if turn:
                taken[name].append(time.perf_counter() - began)
    one, script_ = (median(taken[name]) for name in ("grade", "script"))
    ratio("one answer, cold, against a minimal script", one / script_, "0.25", f"{one:.2f} s")


def test_commands_that_grade_nothing_in_a_cold_process(
    environ: dict[str, str], ratio: Ratio
) -> None:
    taken: dict[str, list[Ran]] = {"--help": [], "list": [], "list --json": []}
    for turn in range(12):
        for words, runs in taken.items():
            run = ran([*PROGRAM, *words.split()], environ, cwd=ROOT, out=subprocess.DEVNULL)
            if turn:  # the first reads the bank, the others find it unchanged
                runs.append(run)
    for words, runs in taken.items():
        computing = f"{median(run.computing for run in runs):.2f} s of processor time"
        ratio(f"`{words}`, cold, s", median(run.seconds for run in runs), "0.3", computing)


def test_an_answer_of_120_words_with_the_model_loaded(
    bank: Bank, tmp_path: Path, ratio: Ratio
) -> None:
    grader = load_grader(GraderSettings(cache_folder=tmp_path))
    rubric = next(rubric for _, rubric in sorted(bank.rubrics.items()) if len(rubric.points) > 3)
    prompt = prompts_of(bank).get(rubric.id)
    taken = []
    pool = [row["answer"].split() for row in answers(bank, 400)]
    for words in [words for words in pool if len(words) >= 120][:30]:
        request = GradeRequest(answer=" ".join(words[:120]), rubric=rubric, question=prompt)
        began = time.perf_counter()
        grader.grade(request.answer, request.rubric, request.question)
        taken.append(time.perf_counter() - began)
    assert len(taken) == 30
    ratio("verdicts on 120 words, model loaded, ms", 1000 * median(taken[5:]), "80")


def asked_for(option: str, pytestconfig: pytest.Config) -> int:
    """How many answers a long run takes."""
    if many := int(pytestconfig.getoption(option)):
        return many
    pytest.skip(f"a long run, added by {option} 1000000")


def test_memory_and_cost_do_not_grow(
    bank: Bank,
    environ: dict[str, str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
    ratio: Ratio,
) -> None:
    many = asked_for("--many", pytestconfig)
    sizes = (max(1, many // 100), many)
    found = []
    for size in sizes:
        source = write_answers(tmp_path / f"{size}.jsonl", bank, size)
        output = tmp_path / f"{size}-grades.jsonl"
        found.append(graded(source, output, environ, "--no-cache"))
    (small, before), (large, after) = found
    ratio(f"peak memory at {many:,} less that at {sizes[0]:,}, MB", after - before, "100")
    cost = (large["wall"] / sizes[1]) / (small["wall"] / sizes[0])
    ratio("cost of an answer there against here", cost, "1.05")


@pytest.mark.parametrize("options", [(), ("--no-cache",)], ids=["kept", "not kept"])
def test_without_a_model_memory_and_cost_do_not_grow(
    options: tuple[str, ...],
    bank: Bank,
    environ: dict[str, str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
    ratio: Ratio,
) -> None:
    many = asked_for("--many-without-model", pytestconfig)
    # The first, an answer to each question, is for what a run costs by itself, rubrics included.
    sizes = (len(prompts_of(bank)), min(10_000, max(1, many // 2)), many)
    found = []
    for size in sizes:
        source = write_answers(tmp_path / f"{size}.jsonl", bank, size)
        program = [sys.executable, str(ROOT / "tests" / "support" / "stub_grade.py")]
        words = grading(source, tmp_path / f"{size}-grades.jsonl", *options)
        found.append(ran([*program, *words], {**environ, "PYTHONPATH": str(ROOT)}))
    start, small, large = found
    grown = large.memory - small.memory
    here, there = (
        1000 * (run.computing - start.computing) / (size - sizes[0])
        for run, size in zip(found[1:], sizes[1:], strict=True)
    )
    what = f"no model, {options[0] if options else 'grades kept'}, {sizes[1]:,} to {many:,}"
    ratio(f"{what}: MB more", grown, "", f"{large.memory:,.0f} MB at most")
    ratio("  drawn out to a million", grown * (1_000_000 - sizes[1]) / (many - sizes[1]), "100")
    remark = f"{here:.2f} and {there:.2f} ms of processor time"
    ratio("  cost of an answer there against here", there / here, "1.05", remark)


def test_a_second_run_over_the_same_answers(
    bank: Bank,
    environ: dict[str, str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
    ratio: Ratio,
) -> None:
    count = min(TWICE, int(pytestconfig.getoption("--answers")))
    warm = write_answers(tmp_path / "warm.jsonl", bank, len(prompts_of(bank)), seed=5)
    ran([*PROGRAM, *grading(warm, tmp_path / "warm-grades.jsonl")], environ)
    source = write_answers(tmp_path / "answers.jsonl", bank, count, seed=6)
    outputs = [tmp_path / name for name in ("first.jsonl", "second.jsonl", "third.jsonl")]
    first, second = (ran([*PROGRAM, *grading(source, one)], environ) for one in outputs[:2])
    size = size_of(cache_folder(environ) / GRADES) + size_of(cache_folder(environ) / VECTORS)
    kept = f"{count:,} answers, start and end included, {size / 1e6:,.0f} MB kept"
    ratio("first run over a second one, same answers", first.seconds / second.seconds, "20", kept)
    ratio("the same in processor time", first.computing / second.computing, "20")
    forget(cache_folder(environ) / GRADES)
    third = ran([*PROGRAM, *grading(source, outputs[2])], environ)
    ratio("the same where only vectors are kept", first.computing / third.computing, "")
    assert len({output.read_bytes() for output in outputs}) == 1


def test_the_machine_has_a_peak(ratio: Ratio) -> None:
    peak = measure_peak()
    ratio(f"fastest matrix product, GFLOP/s, {peak.dtype}", peak.rate / 1e9, "")
    assert peak.rate > 1e8

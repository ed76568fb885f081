"""What a second Ray worker brings: answers a second of two workers over those of one.

Run with `python -m pytest tests/benchmarks -m benchmark -k ray`, on a machine with at least two
processors that does little else, and with the extra `ray`. `QUESTIONBANK_RAY_ROWS` sets the size.
"""

import json
import os
import random
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from figures import Figures

from grader.loading import GraderSettings
from questionbank.answer_file import AnswerFile
from questionbank.bank import load_bank
from questionbank.cli.render import json_line
from questionbank.ray_engine.cluster import cluster
from questionbank.ray_engine.engine import RayEngine
from questionbank.ray_engine.work import Work, travelling

pytestmark = [pytest.mark.benchmark, pytest.mark.ray, pytest.mark.model]

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("QUESTIONBANK_RAY_ROWS", "1500"))
QUESTIONS = 3
"""So many rubrics are prepared by each worker: before the clock runs."""
ROUNDS = 3
WARM = 1 / 3
"""Of the rows, before the clock runs: the model of the second look is loaded when first needed."""


def answers(path: Path, count: int) -> None:
    """Distinct answers of one to five sentences from the exemplars of a few rubrics."""
    bank = load_bank([ROOT])
    draw = random.Random(6)  # noqa: S311 - no secret
    chosen = [one for one in bank.questions.values() if one.kind == "open"][:QUESTIONS]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            question = draw.choice(chosen)
            points = bank.rubrics[question.rubric].points
            texts = [
                f"{text} Case {number} {draw.random():.6f} tells as much."
                for point in points
                for text in (*point.exemplars, *point.counterexamples)
            ]
            answer = " ".join(draw.sample(texts, min(len(texts), draw.randint(1, 5))))
            row = {"question_id": question.id, "answer": answer}
            file.write(json.dumps(row) + "\n")


def rate(ray: object, source: AnswerFile, workers: int) -> float:
    """Answers a second, from when every worker is warm to the last line."""
    work = Work(
        bank=travelling(load_bank([ROOT])),
        settings=GraderSettings(device="cpu"),
        calibration=None,
        refinement=None,
        package_version=version("questionbank"),
        needs_model=True,
        batch_size=32,
        dump=json_line,
    )
    begun: float | None = None
    seen: set[str] = set()
    counted = 0
    with RayEngine(ray, work, ROWS, workers) as engine:
        for made in engine.results(source.rows, 0):
            if begun is not None:
                counted += len(made.lines)
            seen.add(made.worker)
            if begun is None and len(seen) == workers and made.end >= WARM * ROWS:
                begun = time.perf_counter()
        assert begun is not None
        return counted / (time.perf_counter() - begun)


def test_two_ray_workers_grade_at_least_1_7_times_as_fast_as_one(
    tmp_path: Path, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    file = tmp_path / "answers.jsonl"
    answers(file, ROWS)
    one, two = [], []
    with AnswerFile(str(file), None) as source, cluster(None, 2) as ray:
        rate(ray, source, 2)  # rubrics are embedded and kept on disk
        for _ in range(ROUNDS):
            one.append(rate(ray, source, 1))
            two.append(rate(ray, source, 2))
    figures.add("ray: an answer, one worker of one thread", [1 / found for found in one], "-")
    figures.add("ray: an answer, two such workers", [1 / found for found in two], "one / 1.7")
    assert sorted(two)[ROUNDS // 2] / sorted(one)[ROUNDS // 2] >= 1.7

"""A worker called by hand, with a stand-in for Ray: what it makes of an order."""

import json
import pickle
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import StubEncoder, StubLoading

from grader.engine import Grader
from grader.errors import ModelMissingError
from grader.loading import GraderSettings
from questionbank.answer_file import AnswerRow, BadRow
from questionbank.bank import load_bank
from questionbank.cli.render import json_line
from questionbank.ray_engine.tally import TRIES, Tally
from questionbank.ray_engine.work import Made, Order, Work, travelling
from questionbank.ray_engine.worker import Worker

GOOD = AnswerRow(
    id="good",
    question_id="model-choice/small-model",
    answer="I would compare the monthly bill of both models and then take the one that is cheaper.",
)
ORDER = Order(
    first=40,
    skip=1,
    rows=((41, GOOD), (42, BadRow("bad", None, "no row")), (43, GOOD)),
)


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    context = SimpleNamespace(get_node_id=lambda: "node")
    ray = SimpleNamespace(get=lambda found: found, get_runtime_context=lambda: context)
    monkeypatch.setitem(sys.modules, "ray", ray)


def worker(bank: Path, load: Any = None, **changed: Any) -> Worker:  # noqa: ANN401 - fields of Work
    fields = {
        "bank": travelling(load_bank([bank])),
        "settings": GraderSettings(),
        "calibration": None,
        "refinement": None,
        "package_version": version("questionbank"),
        "needs_model": True,
        "batch_size": 8,
        "dump": json_line,
        "load": load or StubLoading(),
    }
    tally = Tally()
    handle = SimpleNamespace(begin=SimpleNamespace(remote=tally.begin))
    return Worker(handle, Work(**{**fields, **changed}))


def made_by(worker: Worker, order: Order = ORDER) -> Made:
    (content,) = worker({"order": [pickle.dumps(order)]})["made"]
    made = pickle.loads(content)  # noqa: S301 - our own
    assert isinstance(made, Made)
    return made


def test_rows_that_were_graded_before_are_skipped_but_noted(bank_folder: Path) -> None:
    made = made_by(worker(bank_folder))
    assert made.error is None
    assert made.end == 43
    lines = [json.loads(line) for line in made.lines]
    assert [line["id"] for line in lines] == ["bad", "good"]
    assert [line["status"] for line in lines] == ["not_graded", "graded"]
    assert lines[0]["error"] == "line 42: no row"
    assert [noted.row for noted in made.noted] == [40, 42]
    assert made.noted[0].signature == made.noted[1].signature
    assert made.made_with["weights"] == StubEncoder.weights_digest
    assert made.calibrated


def test_without_free_text_no_model_is_loaded(bank_folder: Path) -> None:
    stub = StubLoading()
    row = AnswerRow(question_id="foundations/rare-class", answer="recall")
    made = made_by(worker(bank_folder, stub, needs_model=False), Order(0, 0, ((1, row),)))
    assert stub.asked == []
    assert made.made_with == {"version": version("questionbank")}
    assert made.noted == []
    assert json.loads(made.lines[0])["score"] == 1.0


def test_the_files_of_the_settings_travel_with_the_work(bank_folder: Path) -> None:
    read: list[bytes | None] = []

    def load(settings: GraderSettings) -> Grader:
        for path in (settings.calibration, settings.refinement):
            read.append(path.read_bytes() if path else None)
        return StubLoading()(GraderSettings())

    settings = GraderSettings(calibration=Path("/nowhere/c"), refinement=Path("/nowhere/r"))
    made_by(worker(bank_folder, load, settings=settings, calibration=b"c", refinement=b"r"))
    assert read == [b"c", b"r"]


@pytest.mark.parametrize(
    ("error", "said", "usage"),
    [
        (ModelMissingError("m", "install it"), "model m is not here: install it", False),
        (ValueError("device 'x' is none"), "device 'x' is none", True),
    ],
)
def test_what_is_missing_comes_back_as_words(
    error: Exception, said: str, usage: bool, bank_folder: Path
) -> None:
    stub = StubLoading()
    stub.error = error
    made = made_by(worker(bank_folder, stub))
    assert (made.error, made.wrong_usage, made.lines) == (said, usage, [])


def test_an_order_begun_too_often_is_refused(bank_folder: Path) -> None:
    one = worker(bank_folder)
    assert [made_by(one).error for _ in range(TRIES)] == [None] * TRIES
    assert "5 workers ended over rows 41 to 43" in str(made_by(one).error)

"""The parts of the engine that need no cluster: the tally, the shares, what is said in trouble."""

import sys
from types import SimpleNamespace

import pytest

from grader.errors import WorkerError
from questionbank.answer_file import AnswerRow
from questionbank.errors import UsageError
from questionbank.ray_engine import cluster as cluster_module
from questionbank.ray_engine.cluster import Share, cluster, shares
from questionbank.ray_engine.engine import check_alike
from questionbank.ray_engine.tally import TRIES, Tally
from questionbank.ray_engine.work import Order
from questionbank.ray_engine.worker import given_up

ORDER = Order(100, 0, ((1, AnswerRow(question_id="q", answer="a")),))
MADE: dict[str, str | None] = {"version": "1", "dtype": "float32", "device": "cpu"}


def test_an_order_that_kills_its_workers_is_given_up() -> None:
    tally = Tally()
    assert [tally.begin(100) for _ in range(TRIES + 1)] == [True] * TRIES + [False]
    assert tally.begin(200)
    assert "5 workers ended over rows 101 to 101" in given_up(ORDER)


@pytest.mark.parametrize(
    ("resources", "workers", "device", "expected"),
    [
        ({"CPU": 2.0}, None, None, Share(2, 1, 0.0)),
        ({"CPU": 8.0}, 2, None, Share(2, 4, 0.0)),
        ({"CPU": 2.0}, 4, None, Share(4, 1, 0.0)),
        ({"CPU": 16.0, "GPU": 4.0}, None, None, Share(4, 1, 1.0)),
        ({"CPU": 16.0, "GPU": 4.0}, 8, None, Share(8, 1, 0.5)),
        ({"CPU": 16.0, "GPU": 4.0}, 5, None, Share(5, 1, 0.5)),
        ({"CPU": 16.0, "GPU": 4.0}, None, "cpu", Share(16, 1, 0.0)),
        ({}, None, None, Share(1, 1, 0.0)),
    ],
)
def test_a_cluster_is_divided_by_its_gpus_or_its_processors(
    resources: dict[str, float], workers: int | None, device: str | None, expected: Share
) -> None:
    assert shares(resources, workers, device) == expected


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({**MADE, "version": "2"}, "a worker has questionbank 2, this machine 1"),
        (
            {**MADE, "dtype": "bfloat16"},
            "one with dtype float32, another with dtype bfloat16; give --device and --dtype",
        ),
    ],
)
def test_workers_that_would_grade_differently_are_refused(
    found: dict[str, str | None], said: str
) -> None:
    check_alike(dict(MADE), MADE, "1")
    with pytest.raises(WorkerError, match=said):
        check_alike(found, MADE, "1")


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(UsageError, match=r"not installed: pip install 'questionbank\[ray\]'"),
        cluster(None, None),
    ):
        pytest.fail("there is no cluster")


def test_the_address_of_a_ray_client_is_refused() -> None:
    with pytest.raises(UsageError, match="does not carry Ray Data"), cluster("ray://x:1", None):
        pytest.fail("there is no cluster")


def test_a_cluster_that_does_not_answer_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_named: object) -> None:
        raise ConnectionError("could not find it\nand so on")

    there = SimpleNamespace(init=refuse, is_initialized=lambda: False)
    monkeypatch.setattr(cluster_module, "_library", lambda: there)
    with (
        pytest.raises(UsageError, match=r"no Ray cluster answers at far:1: could not find it$"),
        cluster("far:1", None),
    ):
        pytest.fail("there is no cluster")


def test_a_cluster_of_our_own_reports_to_nobody_and_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, object]] = []
    gone: list[bool] = []
    there = SimpleNamespace(
        init=lambda **named: asked.append(named),
        is_initialized=lambda: False,
        shutdown=lambda: gone.append(True),
    )
    monkeypatch.setattr(cluster_module, "_library", lambda: there)
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    with cluster(None, 3) as ray:
        assert ray is there
        assert cluster_module.os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
        print("Ray's threads write to standard output")  # noqa: T201 - as they do
    assert gone == [True]
    assert asked[0]["address"] == "local"
    assert asked[0]["include_dashboard"] is False

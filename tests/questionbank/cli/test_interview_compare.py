"""`interview compare`: raters joined once all are done, with figures, a map and a score."""

import json
from pathlib import Path
from typing import Any

import pytest
from commands import Result, Run, StubLoading
from interviews import OPEN, held_before, hold, plan, rate

from questionbank.cli.context import Context
from questionbank.mark import ActKind

COMPARE = ("interview", "compare")


@pytest.fixture
def held(run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading) -> str:
    assert stub_grader
    return held_before(run, bank_folder, tmp_path)


@pytest.fixture
def rated(run: Run, held: str) -> str:
    """Three raters who agree on two points of three."""
    rate(run, held, "Eve", answer="not_met", cost="met", measures="not_met")
    rate(run, held, "Grace", answer="not_met", cost="met", measures="met")
    rate(run, held, "Hedy", answer="not_met", cost=5, measures="met")
    return held


def facts(result: Result) -> dict[str, Any]:
    assert (result.code, result.out.count("\n")) == (0, 1), result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_agreement_map_and_score_are_shown_with_n_and_arithmetic(run: Run, rated: str) -> None:
    result = run(*COMPARE, rated[:8], "--plain")
    assert (result.code, result.err) == (0, "")
    out = result.out
    assert f"Interview {rated[:8]} with candidate-" in out
    assert "rated by Eve, Grace, Hedy, 3 points each" in out
    assert "Krippendorff's alpha" in out
    assert "Eve and Grace: weighted kappa" in out
    assert "Eve and machine: weighted kappa" in out
    assert "(n 3)" in out
    assert (
        f"  {OPEN} measures: Eve not met, Grace met, Hedy met, machine not met, apart 1.00" in out
    )
    # cost 2 x 1, measures 1 x 2/3, of 3; the number earns nothing; weights 1 and 3.
    share = (2 + 2 / 3) / 3
    assert f"Readiness score: {100 * 3 * share / 4:.1f} of 100" in out
    assert f"100 x (1 x 0.000 + 3 x {share:.3f}) ÷ 4 = " in out
    assert "Each alone: Eve 50.0, Grace 75.0, Hedy 75.0, machine" in out
    assert "By the packet's rule (decline below 40, advance from 70): discuss" in out
    assert "Advice only: a person decides." in out
    for word in ("hire", "Ada", "thinks so", "Nervous"):
        assert word not in out


def test_in_columns_the_map_is_a_table(
    run: Run, rated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("questionbank.cli.render.Screen.out_is_terminal", True)
    assert "Map of disagreement" in run(*COMPARE, rated).out


def test_json_holds_everything(run: Run, rated: str) -> None:
    found = facts(run(*COMPARE, rated, "--json"))
    (one,) = found["interviews"]
    assert found["together"] is None
    assert one["raters"] == ["Eve", "Grace", "Hedy"]
    assert one["comparison"]["people"]["n"] == 3
    assert one["readiness"]["arithmetic"].startswith("100 x (")
    assert one["readiness"]["low"] < one["readiness"]["score"] < one["readiness"]["high"]
    assert one["anchors"] is None
    assert [alone["rater"] for alone in one["alone"]][-1] == "machine"


def test_nothing_is_shown_before_all_raters_are_done(run: Run, held: str) -> None:
    rate(run, held, "Eve", answer="not_met", cost="met", measures="not_met")
    rate(run, held, "Grace", cost="not_met")
    result = run(*COMPARE, held)
    assert (result.code, result.out) == (2, "")
    assert f"Grace has 2 points left in {held[:8]}: to keep raters independent" in result.err
    assert "--anyway" in result.err
    forced = run(*COMPARE, held, "--anyway")
    assert forced.code == 0
    assert "Eve and Grace: weighted kappa undefined (nothing varies)" not in forced.out
    assert "(n 1)" in forced.out
    alone = run(*COMPARE, held, "--rater", "eve")
    assert alone.code == 0
    assert "One rater alone" in alone.out
    assert "Grace" not in alone.out


def test_looking_is_kept_in_the_log_once_for_the_same_marks(run: Run, rated: str) -> None:
    for _ in range(2):
        assert run(*COMPARE, rated).code == 0
    with Context().store() as store:
        assert [act.kind for act in store.acts(rated)] == [ActKind.COMPARED]
        assert store.verify().sound


def test_several_interviews_are_compared_together(
    run: Run, rated: str, bank_folder: Path, tmp_path: Path
) -> None:
    other = hold(run, bank_folder, plan(run, bank_folder, tmp_path, advice=False), "Alan")
    rate(run, other, "Eve", answer="partial", cost="not_met", measures=4)
    rate(run, other, "Grace", answer="partial", cost="not_met", measures=4)
    found = facts(run(*COMPARE, rated, other, "--json"))
    assert found["together"]["people"]["n"] == 6
    assert found["interviews"][1]["anchors"]["n"] == 1
    out = run(*COMPARE, rated, other).out
    assert "All interviews together" in out
    assert "by the anchors, 1 to 5" in out
    assert "No recommendation: the packet defines none. A person decides." in out
    twice = run(*COMPARE, rated, rated[:9])
    assert (twice.code, twice.out) == (2, "")
    assert "named twice" in twice.err


def test_the_packet_comes_from_a_file_where_the_record_lacks_it(
    run: Run, rated: str, bank_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packet = plan(run, bank_folder, tmp_path)
    monkeypatch.setattr("questionbank.store.Store.packet", lambda self, content_hash: None)
    result = run(*COMPARE, rated)
    assert result.code == 2
    assert "name it with --packet FILE" in result.err
    assert run(*COMPARE, rated, "--packet", packet).code == 0
    other = tmp_path / "other.yaml"
    other.write_text(packet.read_text().replace("seed: 0", "seed: 9"))
    wrong = run(*COMPARE, rated, "--packet", other)
    assert "was not led by the packet of this file" in wrong.err


def test_an_open_score_gives_no_advice(run: Run, held: str) -> None:
    rate(run, held, "Eve", cost="met")
    out = run(*COMPARE, held, "--anyway").out
    assert "Readiness score: open" in out
    assert "No recommendation while the score is open" in out
    assert "Open points: 1" in out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "nobody has rated interview"),
        (("--rater", "Nobody"), "Nobody has not begun to rate"),
        (("--packet", "no-such.yaml"), "no-such.yaml"),
    ],
)
def test_what_cannot_be_compared_is_told(
    more: tuple[str, ...], said: str, run: Run, held: str
) -> None:
    result = run(*COMPARE, held, *more)
    assert result.code in (2, 4)
    assert result.out == ""
    assert said in result.err


def test_only_interviews_are_compared(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    assert stub_grader
    row = {"id": "x", "question_id": OPEN, "answer": "Cost."}
    run("grade", "-", "--keep", "--bank", bank_folder, stdin=json.dumps(row).encode())
    with Context().store() as store:
        batch = store.attempts(1)[0].attempt.id
    assert "is a batch" in run(*COMPARE, batch).err
    assert "there is no attempt" in run(*COMPARE, "zz").err
    assert run(*COMPARE).code == 2

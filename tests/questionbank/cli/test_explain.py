"""`grade --explain`, `history show` and near-copies: what a person can follow by hand."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Result, Run, StubLoading, stub_calibration

from grader.explanation import Contribution, Explanation
from grader.features import FEATURES
from grader.fusion import Term, Tree
from grader.refinement import SHIFT
from questionbank.cli.feature_words import WORDS, reasons

OPEN = "model-choice/small-model"
GOOD = "I would compare the monthly bill of both models."
LONG = (
    "Before anything else I would talk to the people who answer tickets today about their day. "
    f"{GOOD} Then we would have a quiet word with the supplier about the terms of the contract."
)
AGAINST = "Honestly money does not matter here, take the large model."
Explain = Callable[..., Result]
TERM = re.compile(r"^ +([+-]\d+\.\d{4})  ", re.MULTILINE)
TOTAL = re.compile(r"= +([+-]\d+\.\d{4})  probability of met: 1 / \(1 \+ e\^(\S+)\) = (\S+)")


def rows(*answers: str, question: str = OPEN) -> bytes:
    return "".join(
        json.dumps({"id": f"r{at}", "question_id": question, "answer": answer}) + "\n"
        for at, answer in enumerate(answers, start=1)
    ).encode()


@pytest.fixture
def explain(run: Run, bank_folder: Path, stub_grader: StubLoading) -> Explain:
    assert stub_grader.asked == []

    def call(content: bytes, *options: str) -> Result:
        return run("grade", "-", "--bank", bank_folder, "--explain", *options, stdin=content)

    return call


def total(out: str) -> str:
    """The last sum, in ASCII."""
    lines = [line for line in out.splitlines() if line.startswith("Total: ")]
    return lines[-1].replace("\N{MULTIPLICATION SIGN}", "x")


def blocks(out: str) -> list[str]:
    """The text of each point."""
    return re.split(r"^\d+\. ", out, flags=re.MULTILINE)[1:]


def test_a_grade_can_be_followed_from_the_answer_to_the_sum(explain: Explain) -> None:
    result = explain(rows(LONG))
    assert result.code == 0
    assert result.out.startswith(f"Answer r1 to {OPEN}\nHow the grade came about\n")
    cost, measures = blocks(result.out)
    assert cost.startswith("Weighs the cost: met\n   Met, ")
    start = LONG.index(GOOD)
    assert f"Evidence, characters {start} to {start + len(GOOD)} of {len(LONG)}: …" in cost
    assert f"their day. [{GOOD}] Then we would" in cost
    assert f"Nearest exemplar: {GOOD}\n" in cost
    assert "Nearest counterexample: Money does not matter here.\n" in cost
    assert "such an answer\n" in cost
    assert re.search(r"margin 0?\.?\d+\.?\d* \(average 0\.400\)", cost)
    assert "Met from 0.6, half met from 0.5: met.\n" in cost
    assert "not met" in measures
    assert "contradicted from an opposition of 0.2, here" in measures
    assert total(measures) == "Total: 2 x 1 (met) + 1 x 0 (not met) = 2 of 3"


def test_the_printed_terms_add_up_to_the_printed_total(
    explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = tuple(
        Term(feature=name, mean=0.1 * at, scale=0.7 + at / 9, coefficient=0.0301 * (at % 7 - 3))
        for at, name in enumerate(FEATURES)
    )
    many = stub_calibration().model_copy(update={"terms": terms, "clip": 3.0})
    monkeypatch.setattr("commands.stub_calibration", lambda: many)
    found = 0
    for block in blocks(explain(rows(LONG, GOOD, AGAINST)).out):
        whole, power, chance = TOTAL.findall(block)[0]
        parts = [round(float(part) * 10_000) for part in TERM.findall(block)]
        assert sum(parts) == round(float(whole) * 10_000)
        assert len(parts) == 10
        assert f"{len(FEATURES) - 8} others\n" in block
        assert float(power) == -float(whole)
        assert 1 / (1 + math.exp(float(power))) == pytest.approx(float(chance), abs=1e-4)
        found += 1
    assert found == 6


def test_what_the_bounds_take_away_and_rounding_have_lines_of_their_own(
    explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf = Tree(feature=(-1,), threshold=(0.0,), left=(0,), right=(0,), value=(0.00007,))
    steep = Term(feature="margin", mean=0.4, scale=0.1, coefficient=900.00007)
    far = stub_calibration().model_copy(update={"terms": (steep,), "trees": (leaf,), "start": 0.1})
    monkeypatch.setattr("commands.stub_calibration", lambda: far)
    out = explain(rows(GOOD)).out
    assert "as neither half may go beyond ±11.5129\n" in out
    for block in blocks(out):
        parts = [round(float(part) * 10_000) for part in TERM.findall(block)]
        assert sum(parts) == round(float(TOTAL.findall(block)[0][0]) * 10_000)
    assert "others" not in out


def test_what_contradicts_a_point_is_shown_where_it_stands(explain: Explain) -> None:
    cost = blocks(explain(rows(AGAINST)).out)[0]
    assert cost.startswith("Weighs the cost: contradicted\n   Contradicted, ")
    assert f"The claim that denies it, characters 0 to {len(AGAINST)} of" in cost
    assert total(explain(rows(AGAINST)).out).startswith("Total: 2 x 0 (contradicted) + ")


@pytest.mark.parametrize(
    ("answer", "question", "said"),
    [
        ("  ", OPEN, "There was nothing to weigh (blank); no model was asked."),
        ("recall", "foundations/rare-class", "By rule; no model was asked."),
        ("120", "model-choice/two-steps#sum", "= 1 of 1"),
        ("The weather was lovely and we swam.", OPEN,
         "No sentence comes near the question, whatever the probability: not met."),
        ("Wir sollten die monatliche Rechnung der beiden Modelle miteinander vergleichen.", OPEN,
         "Most of the answer is not English, so there is no probability."),
    ],
)  # fmt: skip
def test_other_ways_to_a_verdict_are_named(
    answer: str, question: str, said: str, explain: Explain
) -> None:
    result = explain(rows(answer, question=question))
    assert result.code == 0
    assert said in result.out
    assert "rule of thumb" not in result.out


def test_a_row_that_cannot_be_graded_says_why(explain: Explain) -> None:
    result = explain(rows("x", question="no/such") + rows(GOOD))
    assert result.code == 1
    assert "Not graded: line 1: " in result.out
    assert "Weighs the cost: met" in result.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "The weights have no calibration, so a person decides."),
        (("--uncalibrated",), "the rule of thumb, whose error is not known"),
    ],
)
def test_without_a_calibration_the_features_are_shown(
    options: tuple[str, ...], said: str, explain: Explain, stub_grader: StubLoading
) -> None:
    stub_grader.calibrated = False
    out = explain(rows(GOOD), *options).out
    assert said in out
    assert "without a probability." in out
    assert "Features: probe " in out
    assert ("? (a person should look)" in out) is (not options)
    away = explain(rows("The weather was lovely and we swam."), *options).out
    assert ("No sentence comes near the question: not met." in away) is bool(options)


def test_doubt_is_put_as_doubt(explain: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    calibration = stub_calibration()
    wide = calibration.thresholds.model_copy(update={"review_low": 0.0, "review_high": 1.0})
    doubting = calibration.model_copy(update={"thresholds": wide})
    monkeypatch.setattr("commands.stub_calibration", lambda: doubting)
    out = explain(rows(GOOD)).out
    assert "A person should look: met with a probability of " in out
    assert "; a person looks from 0 up to 1: a person should look.\n" in out
    assert total(out) == (
        "Total: 2 x ? (a person should look) + 1 x ? (a person should look) = 0 of 3 so far"
    )


def test_lines_still_go_to_the_output_file(explain: Explain, tmp_path: Path) -> None:
    output = tmp_path / "grades.jsonl"
    result = explain(rows(GOOD, LONG), "--output", str(output))
    assert result.out.count("How the grade came about") == 2
    assert [json.loads(line)["id"] for line in output.read_text().splitlines()] == ["r1", "r2"]
    again = explain(rows(GOOD, LONG), "--output", str(output))
    assert (again.code, again.out) == (0, "")


def test_no_escape_in_an_answer_is_sent_raw(explain: Explain) -> None:
    out = explain(rows(f"{GOOD} \x1b]0;pwned\x07 \u202e")).out
    assert not set("\x1b\x07\u202e") & set(out)


@pytest.fixture
def attempt(run: Run, bank_folder: Path, stub_grader: StubLoading) -> str:
    assert not stub_grader.asked
    run("grade", "-", "--keep", "--bank", bank_folder, stdin=rows(LONG))
    return str(json.loads(run("history", "--json").out)[0]["id"])


def calibration_file(folder: Path, **changes: object) -> Path:
    path = folder / "calibration.json"
    path.write_text(stub_calibration().model_copy(update=changes).model_dump_json())
    return path


def test_an_old_grade_is_explained_with_the_calibration_it_names(
    run: Run, attempt: str, tmp_path: Path, bank_folder: Path
) -> None:
    named = calibration_file(tmp_path)
    out = run("history", "show", attempt, "--calibration", named).out
    fresh = run("grade", "-", "--explain", "--bank", bank_folder, stdin=rows(LONG)).out
    assert fresh.partition("\n")[2].strip() in out
    (answer,) = json.loads(
        run("history", "show", attempt, "--calibration", named, "--json").out
    )["answers"]  # fmt: skip
    (grade,) = answer["grades"]
    assert set(grade["contributions"]) == {"cost", "measures"}
    cost = grade["contributions"]["cost"]
    assert list(cost["features"]) == ["margin"]
    assert cost["base"] + sum(cost["features"].values()) == pytest.approx(cost["log_odds"])


def test_without_that_calibration_it_is_named_and_the_features_are_shown(
    run: Run, attempt: str
) -> None:
    out = run("history", "show", attempt).out
    assert "Graded by calibration stub-1, which is not at hand." in out
    assert "Features: answer_asking " in out
    (answer,) = json.loads(run("history", "show", attempt, "--json").out)["answers"]
    assert answer["grades"][0]["contributions"] is None


def test_a_calibration_of_that_name_with_other_numbers_is_not_believed(
    run: Run, attempt: str, tmp_path: Path
) -> None:
    named = calibration_file(tmp_path, intercept=0.3)
    out = run("history", "show", attempt, "--calibration", named).out
    assert "does not give the probability that was kept" in out
    assert "Log-odds" not in out


def test_a_broken_calibration_file_is_code_3(run: Run, attempt: str, tmp_path: Path) -> None:
    broken = tmp_path / "c.json"
    broken.write_text("{")
    result = run("history", "show", attempt, "--calibration", broken)
    assert (result.code, result.out) == (3, "")
    assert str(broken) in result.err


def test_a_broken_shipped_calibration_keeps_no_record_shut(
    run: Run, attempt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.calibration.SHIPPED", tmp_path / "none.json")
    result = run("history", "show", attempt)
    assert result.code == 0
    assert "which is not at hand" in result.out


def test_the_sum_counts_a_persons_verdict(run: Run, attempt: str) -> None:
    (answer,) = json.loads(run("history", "show", attempt, "--json").out)["answers"]
    decided = {"answer_id": answer["id"], "point_id": "measures", "verdict": "met", "reason": "ok"}
    told = json.dumps(decided).encode()
    assert run("review", "--decisions", "-", "--author", "Ann", stdin=told).code == 0
    out = run("history", "show", attempt).out
    assert total(out) == "Total: 2 x 1 (met) + 1 x 1 (met) = 3 of 3"


def test_every_feature_has_words() -> None:
    assert set(WORDS) == {*FEATURES, SHIFT}


def test_features_about_one_thing_are_one_reason() -> None:
    def part(name: str, log_odds: float) -> Contribution:
        return Contribution(feature=name, value=0.0, average=0.0, log_odds=log_odds)

    explained = Explanation(
        base=0.0,
        contributions=(
            part("new", -1.0), part("probe", 0.6), part("probe_best", 0.6), part("lead", 0.05),
            part("stance", -0.3), part("stance_best", 0.3),
        ),
        limit=0.0,
        log_odds=0.25,
    )  # fmt: skip
    assert reasons(explained) == (["how clearly it speaks of the point"], ["new"])


COPY = (
    "I would first ask what the answer may cost us when it is wrong. Then I would run both models "
    "on two hundred of our own tickets and let two agents mark the replies blind."
)


def test_near_copies_are_named_after_the_run_and_never_in_the_lines(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    assert not stub_grader.asked
    copies = rows(COPY, LONG, COPY.upper())
    result = run("grade", "-", "--bank", bank_folder, stdin=copies)
    assert result.code == 0
    assert result.err.endswith(
        "1 group of answers to the same question that are nearly the same:\n"
        f"  {OPEN}: r1, r3 (the same words)\n"
    )
    alone = run("grade", "-", "--bank", bank_folder, stdin=rows(COPY, LONG, "Other."))
    assert "nearly the same" not in alone.err
    assert result.out.splitlines()[:2] == alone.out.splitlines()[:2]


def test_rows_without_an_id_go_by_their_line(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    assert not stub_grader.asked
    row = json.dumps({"question_id": OPEN, "answer": COPY})
    again = run("grade", "-", "--plain", "--bank", bank_folder, stdin=f"{row}\n\n{row}\n".encode())
    assert f"  {OPEN}: 1, 3 (" in again.err


def test_rows_graded_by_an_earlier_run_are_compared_too(
    run: Run, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path
) -> None:
    assert not stub_grader.asked
    output, answers = tmp_path / "out.jsonl", tmp_path / "answers.jsonl"
    answers.write_bytes(rows(COPY, LONG, COPY))
    command = ("grade", answers, "--bank", bank_folder, "--output", output)
    first = run(*command)
    assert "r1, r3" in first.err
    lines = output.read_text().splitlines(keepends=True)
    output.write_text("".join(lines[:2]))
    assert "r1, r3" in run(*command).err


def test_closed_answers_are_never_copies(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    assert not stub_grader.asked
    same = rows(COPY, COPY, question="foundations/rare-class") + rows(GOOD)
    assert "nearly the same" not in run("grade", "-", "--bank", bank_folder, stdin=same).err

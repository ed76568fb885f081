"""`questionbank regrade`: old grades stay, new ones lie beside them, people's verdicts go along."""

import io
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commands import Run, StubEncoder, StubLoading, stub_calibration

from grader.engine import Grader
from questionbank.attempt import AttemptRecord, GradeRecord
from questionbank.cli.context import Context
from questionbank.errors import StoreError
from questionbank.store import Store

OPEN = "model-choice/small-model"
RUBRIC = f"rubrics/{OPEN}.yaml"
EXEMPLAR = "      - I would compare the monthly bill of both models.\n"
GOOD = "I would compare the monthly bill of both models. The rest is taste."
ROWS = [
    {"id": "anna", "question_id": OPEN, "answer": GOOD},
    {"id": "ben", "question_id": "foundations/rare-class", "answer": "accuracy"},
    {"id": "cleo", "question_id": "model-choice/two-steps#sum", "answer": "= 120"},
    {"id": "dan", "question_id": "inference-economics/daily-bill", "answer": "7", "seed": 5},
    {"id": "eve", "question_id": OPEN, "answer": ""},
]
Edit = Callable[..., None]


@pytest.fixture
def bank(run: Run, bank_folder: Path, stub_grader: StubLoading) -> Path:
    """A bank whose answers are on record."""
    rows = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=rows).code == 0
    stub_grader.asked.clear()
    return bank_folder


@pytest.fixture
def edit(bank: Path) -> Edit:
    """Replaces a text in a file of the bank, and its version."""

    def change(name: str, old: str, new: str) -> None:
        path = bank / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new).replace("version: 1.0.0", "version: 1.1.0", 1))

    return change


def attempt() -> AttemptRecord:
    with Context().store() as store:
        assert store.verify().sound
        return store.attempts()[0]


def grades_of(label: str) -> list[GradeRecord]:
    record = attempt()
    answer = next(one for one in record.answers if one.label == label)
    return [one for one in record.grades if one.answer_id == answer.id]


def facts(run: Run, bank: Path, *more: str) -> dict[str, Any]:
    result = run("regrade", "--bank", bank, "--json", *more)
    assert result.code == 0
    found: dict[str, Any] = json.loads(result.out)
    return found


def decide(run: Run, label: str, point: str, verdict: str) -> None:
    answer = next(one for one in attempt().answers if one.label == label)
    row = {"answer_id": answer.id, "point_id": point, "verdict": verdict, "reason": "I know her"}
    stdin = json.dumps(row).encode()
    assert run("review", "--decisions", "-", "--author", "Ada", stdin=stdin).code == 0


def test_where_nothing_has_changed_nothing_is_appended(run: Run, bank: Path) -> None:
    before = attempt()
    result = run("regrade", "--bank", bank, "--reason", "to see")
    assert result.code == 0
    assert result.out == (
        "5 answers graded again, 0 changed (0 verdicts), 5 comparable with before, 0 skipped.\n"
        "Total: 3 of 9 -> 3 of 9 points by the machine.\n"
    )
    assert attempt() == before


def test_without_a_reason_only_a_dry_run_is_right_usage(run: Run, bank: Path) -> None:
    for arguments in ((), ("--reason", "  \n "), ("--reason", "x" * 2_001)):
        result = run("regrade", "--bank", bank, *arguments)
        assert (result.code, result.out) == (2, "")
        assert "give --reason" in result.err
    assert run("regrade", "--bank", bank, "--dry-run").code == 0


def test_a_dry_run_shows_the_change_and_writes_nothing(run: Run, bank: Path, edit: Edit) -> None:
    edit(RUBRIC, "weight: 2", "weight: 3")
    before = attempt()
    result = run("regrade", "--bank", bank, "--dry-run")
    assert result.code == 0
    assert (
        f"{before.attempt.id[:8]} {OPEN} (anna): 2 of 3 -> 3 of 4; "
        "not comparable: made with another rubric, model or fit\n"
        "    cost: met 1.00 -> met 1.00\n"
    ) in result.out
    assert "measures" not in result.out
    assert "ben" not in result.out
    assert "5 answers graded again, 2 changed (0 verdicts), 3 comparable" in result.out
    assert "Total: 3 of 9 -> 4 of 11 points by the machine." in result.out
    assert attempt() == before


def test_all_lists_what_stays_as_it_was_too(run: Run, bank: Path) -> None:
    out = run("regrade", "--bank", bank, "--dry-run", "--all").out
    assert "foundations/rare-class (ben): 0 of 1 -> 0 of 1\n    answer: not met -> not met\n" in out
    assert "    measures: not met 0." in out


def test_a_new_grade_lies_beside_the_old_one_with_its_reason(
    run: Run, bank: Path, edit: Edit
) -> None:
    edit(RUBRIC, "weight: 2", "weight: 3")
    result = run("regrade", "--bank", bank, "--reason", " rubric\n 1.1.0 ")
    assert result.code == 0
    assert result.err.endswith("2 new grade(s) appended\n")
    old, new = grades_of("anna")
    assert (old.grade.score, old.reason) == (2.0, None)
    assert (new.grade.score, new.reason) == (3.0, "rubric 1.1.0")
    assert new.grade.provenance.rubric
    assert new.grade.provenance.rubric.version == "1.1.0"
    assert [one.grade.max_score for one in grades_of("eve")] == [3.0, 4.0]
    assert len(grades_of("ben")) == 1
    after = attempt()
    again = facts(run, bank, "--reason", "rubric 1.1.0")
    assert (again["appended"], again["totals"]["changed"]) == (0, 0)
    assert attempt() == after


def test_an_old_and_a_new_grade_are_explained_with_the_text_each_was_made_with(
    run: Run, bank: Path, edit: Edit
) -> None:
    edit(RUBRIC, "- id: cost\n    title: Weighs the cost", "- id: price\n    title: Names a price")
    edit(RUBRIC, "cost: met", "price: met")
    edit(RUBRIC, "cost: not_met", "price: not_met")
    name = attempt().attempt.id
    assert "Weighs the cost: met" in run("history", "show", name).out
    dry = run("regrade", "--bank", bank, "--dry-run").out
    assert "  * price: no such point -> met 1.00\n" in dry
    assert "  * cost: met 1.00 -> no such point\n" in dry
    points = facts(run, bank, "--reason", "renamed")["answers"][0]["points"]
    assert [one["id"] for one in points] == ["price", "measures", "cost"]
    assert [one["old"] is None for one in points] == [True, False, False]
    assert [one["new"] is None for one in points] == [False, False, True]
    shutil.rmtree(bank)
    out = run("history", "show", name).out
    assert "Names a price: met" in out
    assert "Graded again (renamed) 20" in out
    assert "Weighs the cost" not in out


def test_another_calibration_is_not_comparable(
    run: Run, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stub_calibration().model_copy(update={"id": "stub-2", "intercept": 9.0})
    monkeypatch.setattr(
        "questionbank.cli.context.load_grader", lambda settings: Grader(StubEncoder(), other)
    )
    found = facts(run, bank, "--reason", "calibrated anew")
    anna, ben, *_, eve = found["answers"]
    assert (anna["comparable"], anna["changed"]) == (False, True)
    assert (ben["comparable"], ben["changed"]) == (True, False)
    assert (eve["comparable"], eve["changed"]) == (True, False)
    verdicts = [(one["old"]["verdict"], one["new"]["verdict"]) for one in anna["points"]]
    assert verdicts == [("met", "met"), ("not_met", "met")]
    assert found["totals"]["verdicts_changed"] == 1
    assert (found["appended"], found["skipped"]) == (1, [])
    out = run("regrade", "--bank", bank, "--dry-run").out
    assert "5 answers graded again, 0 changed" in out


def test_a_verdict_that_changes_is_starred(
    run: Run, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stub_calibration().model_copy(update={"id": "stub-2", "intercept": 9.0})
    monkeypatch.setattr(
        "questionbank.cli.context.load_grader", lambda settings: Grader(StubEncoder(), other)
    )
    out = run("regrade", "--bank", bank, "--dry-run").out
    assert "  * measures: not met 0." in out
    assert "    cost: met 1.00 -> met 1.00\n" in out


def gone(bank: Path) -> None:
    (bank / "questions/foundations/rare-class.md").unlink()


def unsound(bank: Path) -> None:
    (bank / "questions/foundations/rare-class.md").write_text("nothing")


@pytest.mark.parametrize(
    ("name", "old", "new", "key", "why"),
    [
        (f"questions/{OPEN}.md", "how would you choose?", "which one?", OPEN,
         "what is asked has changed since (asked as 1.0.0, now 1.1.0)"),
        ("questions/foundations/rare-class.md", "text: Recall", "text: Find rate",
         "foundations/rare-class", "what is asked has changed since"),
        ("questions/inference-economics/daily-bill.md", "unit: US", "unit: Canadian",
         "inference-economics/daily-bill", "what is asked has changed since"),
        ("questions/inference-economics/daily-bill.md", "min: 1000", "min: 3000",
         "inference-economics/daily-bill", "what is asked has changed since"),
        ("questions/model-choice/two-steps.md", "id: sum", "id: total",
         "model-choice/two-steps#sum", "its question has no part sum any more"),
    ],
    ids=["prompt", "option", "unit", "numbers", "part"],
)  # fmt: skip
def test_an_answer_to_something_else_is_skipped_aloud(
    name: str, old: str, new: str, key: str, why: str, run: Run, bank: Path, edit: Edit
) -> None:
    edit(name, old, new)
    if "two-steps" in name:
        edit(name, "## Part: sum", "## Part: total")
    before = attempt()
    result = run("regrade", "--bank", bank, "--reason", "to see")
    assert result.code == 0
    assert f"{before.attempt.id[:8]} {key}: skipped: {why}" in result.err
    skipped = facts(run, bank, "--dry-run")["skipped"]
    assert {one["question_id"] for one in skipped} == {key}
    assert all(why in one["why"] for one in skipped)
    assert attempt() == before


def test_answers_whose_rubric_is_broken_are_skipped_aloud(run: Run, bank: Path, edit: Edit) -> None:
    edit(RUBRIC, "weight: 2", "weight: heavy")
    result = run("regrade", "--bank", bank, "--dry-run")
    assert result.code == 0
    for key in (OPEN, "model-choice/two-steps"):
        assert f": skipped: the rubric of {key} is missing or has problems" in result.err
    assert "2 answers graded again" in result.out


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (gone, "its question is no longer in the bank"),
        (unsound, "its question has problems; `questionbank check` lists them"),
    ],
)
def test_a_question_that_is_not_there_is_skipped_aloud(
    damage: Callable[[Path], None], why: str, run: Run, bank: Path
) -> None:
    damage(bank)
    result = run("regrade", "--bank", bank, "--dry-run")
    assert result.code == 0
    assert f" foundations/rare-class: skipped: {why}\n" in result.err
    assert "4 answers graded again" in result.out
    assert "1 skipped" in result.out


def test_what_only_scores_differently_is_graded_again(run: Run, bank: Path, edit: Edit) -> None:
    edit("questions/inference-economics/daily-bill.md", "relative: 0.01", "absolute: 1000000000")
    found = facts(run, bank, "--reason", "more tolerant")
    dan = found["answers"][3]
    assert (dan["old"]["score"], dan["new"]["score"]) == (0.0, 1.0)
    assert (dan["comparable"], found["appended"], found["skipped"]) == (False, 1, [])


def test_an_erased_answer_is_skipped_aloud(run: Run, bank: Path) -> None:
    with closing(sqlite3.connect(Context().data / "questionbank.db")) as connection, connection:
        connection.execute("DELETE FROM personal")
    found = facts(run, bank, "--dry-run")
    assert [one["why"] for one in found["skipped"]] == ["its text was erased"] * 5
    assert found["answers"] == []


def test_answers_without_a_grade_are_left_to_the_quiz(run: Run, bank: Path) -> None:
    with Context().store() as store:
        record = attempt()
        other = record.attempt.model_copy(update={"id": "e" * 32})
        store.append_attempt(other)
        kept = record.answers[0].model_copy(update={"id": "d" * 32, "attempt_id": other.id})
        store.append_answer(kept)
    assert facts(run, bank, "--dry-run")["totals"]["answers"] == 5
    assert facts(run, bank, "--dry-run", "--attempt", "eeee")["totals"]["answers"] == 0
    assert facts(run, bank, "--dry-run", "--attempt", record.attempt.id)["totals"]["answers"] == 5
    assert run("regrade", "--bank", bank, "--dry-run", "--attempt", "zz").code == 2


def test_a_person_s_verdict_is_carried_over_where_the_point_asks_for_the_same(
    run: Run, bank: Path, edit: Edit
) -> None:
    decide(run, "anna", "measures", "partial")
    decide(run, "anna", "cost", "not_met")
    edit(RUBRIC, EXEMPLAR, EXEMPLAR + "      - Both bills, side by side.\n")
    edit(RUBRIC, "Compares what each model costs to run.", "Compares what each costs a month.")
    dry = run("regrade", "--bank", bank, "--dry-run", "--all").out
    assert "a person said half met, which holds\n" in dry
    assert "a person said not met, which does not hold any more\n" in dry
    assert "People's verdicts: 1 hold, 1 do not, as the point asks for something else now." in dry
    found = facts(run, bank, "--reason", "clearer")
    by_id = {one["id"]: one for one in found["answers"][0]["points"]}
    assert (by_id["measures"]["override"], by_id["measures"]["override_holds"]) == ("partial", True)
    assert (by_id["cost"]["override"], by_id["cost"]["override_holds"]) == ("not_met", False)
    assert found["answers"][1]["points"][0]["override_holds"] is None
    assert found["totals"]["overrides_held"] == 1
    assert found["totals"]["overrides_lapsed"] == 1
    record = attempt()
    new = grades_of("anna")[-1]
    (carried,) = [one for one in record.overrides if one.grade_id == new.id]
    original = record.overrides[0]
    assert carried.model_copy(update={"id": "", "grade_id": ""}) == original.model_copy(
        update={"id": "", "grade_id": ""}
    )
    out = run("history", "show", record.attempt.id).out
    assert "half met, decided by Ada on 20" in out
    assert "People's verdicts: 1 hold, 0 do not" in run("regrade", "--bank", bank, "--dry-run").out


def test_a_verdict_on_a_closed_answer_lapses_when_it_scores_differently(
    run: Run, bank: Path, edit: Edit
) -> None:
    decide(run, "dan", "answer", "partial")
    edit("questions/inference-economics/daily-bill.md", "title: The", "title: A")
    held = facts(run, bank, "--dry-run")["totals"]
    assert (held["overrides_held"], held["overrides_lapsed"]) == (1, 0)
    edit("questions/inference-economics/daily-bill.md", "relative: 0.01", "relative: 0.02")
    lapsed = facts(run, bank, "--dry-run")["totals"]
    assert (lapsed["overrides_held"], lapsed["overrides_lapsed"]) == (0, 1)


def test_what_was_interrupted_goes_on(
    run: Run, bank: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(RUBRIC, "weight: 2", "weight: 3")
    real, calls = Store.append_grade, []

    def once(self: Store, *given: Any, **named: Any) -> bool:  # noqa: ANN401 - as the store has it
        calls.append(given)
        if len(calls) == 2:
            raise StoreError("the disk is full")
        return real(self, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "append_grade", once)
        assert run("regrade", "--bank", bank, "--reason", "heavier").code == 4
    assert [len(grades_of(name)) for name in ("anna", "eve")] == [2, 1]
    found = facts(run, bank, "--reason", "heavier")
    assert found["appended"] == 1
    assert [len(grades_of(name)) for name in ("anna", "eve")] == [2, 2]


class TerminalLine(io.StringIO):
    """A standard stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "count"), [("y\n", 2), ("YES\n", 2), ("n\n", 1), ("\n", 1), ("", 1)]
)
def test_in_a_terminal_it_asks_first(
    typed: str, count: int, run: Run, bank: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(RUBRIC, "weight: 2", "weight: 3")
    with monkeypatch.context() as patched:
        screen = TerminalLine()
        patched.setattr(sys, "stdin", TerminalLine(typed))
        patched.setattr(sys, "stdout", screen)
        assert run("regrade", "--bank", bank, "--reason", "heavier").code == 0
    assert "Append 2 new grade(s)? The old ones stay. [y/N] " in screen.getvalue()
    assert ("Nothing was written." in screen.getvalue()) is (count == 1)
    assert len(grades_of("anna")) == count


def test_closed_answers_alone_need_no_model(run: Run, bank_folder: Path, no_model: object) -> None:
    row = json.dumps({"question_id": "foundations/rare-class", "answer": "recall"}).encode()
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=row).code == 0
    assert no_model
    assert facts(run, bank_folder, "--dry-run")["totals"]["answers"] == 1


def test_without_a_model_open_answers_are_code_3_and_nothing_is_written(
    run: Run, bank: Path, no_model: object
) -> None:
    assert no_model
    before = attempt()
    result = run("regrade", "--bank", bank, "--reason", "to see")
    assert (result.code, result.out) == (3, "")
    assert attempt() == before


def test_an_empty_record_is_no_trouble(run: Run, bank_folder: Path) -> None:
    result = run("regrade", "--bank", bank_folder, "--dry-run")
    assert (result.code, result.out.splitlines()[0][:24]) == (0, "0 answers graded again, ")


def test_escapes_are_never_sent_raw(run: Run, bank_folder: Path, stub_grader: StubLoading) -> None:
    row = {"id": "\x1b[2J", "question_id": OPEN, "answer": f"{GOOD} \x1b]0;x\x07"}
    stdin = json.dumps(row).encode()
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=stdin).code == 0
    assert stub_grader.asked
    for form in ((), ("--json",), ("--plain",)):
        result = run("regrade", "--bank", bank_folder, "--dry-run", "--all", *form)
        assert not set("\x1b\x07") & set(result.out + result.err)

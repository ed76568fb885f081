"""`questionbank history`: old grades explained from the record alone."""

import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from commands import Run, StubLoading

from questionbank.attempt import Answer, Attempt, AttemptKind
from questionbank.bank import load_bank
from questionbank.cli.context import Context
from questionbank.document import documents_of
from questionbank.instance import instances
from questionbank.store import Store

GOOD = "I would compare the monthly bill of both models. The rest is taste."
ROWS = [
    {"id": "anna", "question_id": "model-choice/small-model", "answer": GOOD},
    {"id": "ben", "question_id": "foundations/rare-class", "answer": "accuracy"},
    {"id": "cleo", "question_id": "model-choice/two-steps#sum", "answer": "= 120"},
    {"id": "dan", "question_id": "inference-economics/daily-bill", "answer": "7", "seed": 5},
]


def lines(rows: Sequence[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def kept(run: Run, bank_folder: Path, stub_grader: StubLoading) -> str:
    """A record of four graded answers; the bank is gone and the model cannot be loaded."""
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=lines(ROWS)).code == 0
    shutil.rmtree(bank_folder)
    stub_grader.error = AssertionError("history must not load a model")
    return json.loads(run("history", "--json").out)[0]["id"]


def database() -> Path:
    return Context().data / "questionbank.db"


def test_without_attempts_it_says_how_to_start_one(run: Run) -> None:
    result = run("history")
    assert (result.code, result.err) == (0, "")
    assert result.out == "No attempts yet. Start one with: questionbank quiz\n"
    assert run("history", "--json").out == "[]\n"


def test_attempts_are_listed_in_a_line_each(run: Run, kept: str) -> None:
    result = run("history")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{kept[:8]}  20")
    assert ": 3 of 6 points, 4 of 4 answered  (model-choice/small-model, " in result.out
    assert "model-choice/two-steps#sum and 1 more)\n" in result.out


def test_the_limit_counts_from_the_newest(run: Run, bank_folder: Path) -> None:
    for answer in ("recall", "accuracy", "recall, accuracy"):
        row = lines([{"question_id": "foundations/rare-class", "answer": answer}])
        run("grade", "-", "--keep", "--bank", bank_folder, stdin=row)
    every = json.loads(run("history", "--json").out)
    assert [one["score"] for one in every] == [0, 0, 1]
    assert json.loads(run("history", "--json", "--limit", "2").out) == every[:2]
    assert run("history", "--limit", "1").out.count("\n") == 1


def test_json_sums_an_attempt_up(run: Run, kept: str) -> None:
    out = run("history", "--json").out
    assert out.count("\n") == 1
    (facts,) = json.loads(out)
    started, finished = facts.pop("started"), facts.pop("finished")
    assert started <= finished
    assert facts == {
        "id": kept,
        "kind": "batch",
        "steps": [row["question_id"] for row in ROWS],
        "answered": 4,
        "graded": 4,
        "score": 3.0,
        "max_score": 6.0,
        "waiting_for_review": 0,
        "effective_score": 3.0,
        "overridden": 0,
    }


def test_an_old_grade_is_explained_after_files_and_model_are_gone(run: Run, kept: str) -> None:
    result = run("history", "show", kept[:6])
    assert (result.code, result.err) == (0, "")
    out = result.out
    assert "A small model or a large one: how would you choose?" in out
    assert '"I would compare the monthly bill of both models."' in out
    assert "Weighs the cost: met (2 of 2, probability 1.00)" in out
    assert "You weighed the cost." in out
    assert "Measure on your own data before choosing." in out
    assert "[1] The rest is taste." in out
    assert "accuracy) is wrong, chosen: It is high for a model that never finds anything." in out
    assert "What do three months of offer A cost?" in out
    assert "by stub (float32, cpu), calibration stub-1, questionbank " in out
    assert "by rule, questionbank " in out
    assert "question model-choice/small-model 1.0.0" in out
    assert "Answer cleo" in out
    assert "A model answer" not in out


@pytest.mark.parametrize(
    "order",
    [("--json", "show"), ("show", "--json")],
    ids=["before", "after"],
)
def test_json_of_one_attempt_has_answers_and_grades(
    order: tuple[str, str], run: Run, kept: str
) -> None:
    before, after = order
    arguments = ["history", before, after, kept] if before == "--json" else [
        "history", before, kept, after
    ]  # fmt: skip
    result = run(*arguments)
    assert (result.code, result.out.count("\n")) == (0, 1)
    answers = json.loads(result.out)["answers"]
    assert [one["label"] for one in answers] == ["anna", "ben", "cleo", "dan"]
    assert [one["seed"] for one in answers] == [0, 0, 0, 5]
    assert answers[0]["answer"] == GOOD
    grade = answers[0]["grades"][0]["grade"]
    assert grade["points"][0]["evidence"]["text"] == GOOD[:48]
    assert "attempt_id" not in answers[0]["grades"][0]


def test_the_database_may_be_named_before_show_or_after(
    run: Run, kept: str, tmp_path: Path
) -> None:
    run("backup", tmp_path / "copy.db")
    expected = run("history", "show", kept).out
    database().unlink()
    assert run("history", "--db", tmp_path / "copy.db", "show", kept).out == expected
    assert run("history", "show", kept, "--db", tmp_path / "copy.db").out == expected


def test_plain_before_show_counts_too(run: Run, kept: str) -> None:
    before = run("history", "--plain", "show", kept, env={"FORCE_COLOR": "1"}).out
    assert before == run("history", "show", "--plain", kept, env={"FORCE_COLOR": "1"}).out
    assert "\x1b" not in before
    assert "[I would compare the monthly bill of both models. = 1]" in before


@pytest.mark.parametrize("name", ["", "zzzz", "%", "_", "../x", "f" * 40])
def test_an_unknown_id_is_wrong_usage(name: str, run: Run, kept: str) -> None:
    result = run("history", "show", name)
    assert kept
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("questionbank: there is no attempt ")


def test_a_beginning_that_two_share_is_wrong_usage(run: Run, bank_folder: Path) -> None:
    ids = set()
    number = 0
    while len({one[0] for one in ids}) == len(ids):  # until two begin alike, at most 17 runs
        row = lines([{"question_id": "foundations/rare-class", "answer": "x" * number}])
        run("grade", "-", "--keep", "--bank", bank_folder, stdin=row)
        ids = {one["id"] for one in json.loads(run("history", "--json").out)}
        number += 1
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    result = run("history", "show", shared)
    assert result.code == 2
    assert f"several attempts begin with '{shared}'; give more of the id" in result.err


def test_an_answer_without_a_grade_is_shown(run: Run, bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    found = instances(bank.question("model-choice/small-model"), bank.rubrics, 0)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with Context().store() as store:
        attempt = Attempt(
            id="a" * 32, kind=AttemptKind.QUIZ, started=now, steps=(found[0].step,), seed=0
        )
        store.append_attempt(attempt, documents_of(found))
        assert "quiz, unfinished: 0 of 0 points, 0 of 1 answered" in run("history").out
        store.append_answer(
            Answer(
                id="b" * 32,
                attempt_id="a" * 32,
                position=0,
                submitted=now,
                seconds=1.0,
                text="Words \x1b[31m of mine",
            )
        )
    out = run("history", "show", "aaaa").out
    assert "Answered, not graded yet.\nWords <U+001B>[31m of mine\n" in out
    assert json.loads(run("history", "--json").out)[0]["graded"] == 0


def test_an_erased_answer_is_called_erased(run: Run, kept: str) -> None:
    with closing(sqlite3.connect(database())) as connection, connection:
        connection.execute("DELETE FROM personal")
    out = run("history", "show", kept).out
    assert "The answer was erased. It had 2 of 3 points.\n" in out
    assert "monthly bill of both models" not in out
    assert "chosen" not in out


def test_escapes_in_old_answers_are_never_sent_raw(
    run: Run, bank_folder: Path, stub_grader: StubLoading
) -> None:
    text = f"{GOOD} \x1b]0;pwned\x07 \x9b31m \u202e"
    row = lines([{"id": "\x1b[2J", "question_id": "model-choice/small-model", "answer": text}])
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=row).code == 0
    assert stub_grader.asked
    attempt = json.loads(run("history", "--json").out)[0]["id"]
    for form in ((), ("--json",), ("--plain",)):
        out = run("history", "show", attempt, *form).out
        assert not set("\x1b\x07\x9b\u202e") & set(out)
        assert "pwned" in out


def test_a_database_of_a_newer_version_is_refused(run: Run, kept: str) -> None:
    assert kept
    with closing(sqlite3.connect(database())) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = database().read_bytes()
    result = run("history")
    assert (result.code, result.out) == (4, "")
    assert "made by a newer questionbank (revision 9999); upgrade: pip install" in result.err
    assert result.err.count("\n") == 1
    assert database().read_bytes() == before


def test_a_text_that_was_altered_is_code_4(run: Run, kept: str) -> None:
    with closing(sqlite3.connect(database())) as connection, connection:
        connection.execute("DROP TRIGGER entries_keep")
        connection.execute(
            "UPDATE entries SET body = replace(body, '40 * 3', '40 / 0') WHERE kind = 'document'"
        )
    result = run("history", "show", kept)
    assert (result.code, result.out) == (4, "")
    assert "the text kept of model-choice/two-steps@1.0.0 cannot be read" in result.err


@pytest.mark.parametrize(
    "damage", [b"not a database" * 500, b"SQLite format 3\x00" + b"\xff" * 9000]
)
def test_a_corrupt_database_is_code_4(damage: bytes, run: Run) -> None:
    database().write_bytes(damage)
    result = run("history")
    assert (result.code, result.out) == (4, "")
    assert str(database()) in result.err
    assert result.err.count("\n") == 1
    assert database().read_bytes() == damage


def test_a_database_cut_short_is_code_4(run: Run, kept: str) -> None:
    whole = database().read_bytes()
    database().write_bytes(whole[: len(whole) // 3])
    for suffix in ("-wal", "-shm"):
        database().with_name(database().name + suffix).unlink(missing_ok=True)
    result = run("history", "show", kept)
    assert result.code == 4
    assert result.err.count("\n") == 1


def test_a_locked_database_is_waited_for_and_then_code_4(
    run: Run, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("history").code == 0
    monkeypatch.setattr(Store, "open", partial(Store.open, patience=0.05))
    row = lines([{"question_id": "foundations/rare-class", "answer": "recall"}])
    with closing(sqlite3.connect(database(), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = run("grade", "-", "--keep", "--bank", bank_folder, stdin=row)
        other.execute("ROLLBACK")
    assert (result.code, result.out) == (4, "")
    assert "another program has kept it locked for 0.05 s" in result.err
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=row).code == 0


def test_a_data_folder_that_cannot_be_written_is_code_4(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    folder = Context().data
    monkeypatch.setattr("questionbank.database.os.open", refuse)
    result = run("history")
    assert (result.code, result.out) == (4, "")
    assert f"{folder}/questionbank.db: it cannot be made (Permission denied)" in result.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["mysql://u:s3cret@h/d", "postgresql+nothing://u:s3cret@h/d", "sqlite://", "nonsense://"]
)
def test_a_database_url_that_cannot_be_used_is_code_4_without_its_secrets(
    url: str, run: Run
) -> None:
    result = run("history", "--db", url)
    assert (result.code, result.out) == (4, "")
    assert "s3cret" not in result.err
    assert result.err.count("\n") == 1

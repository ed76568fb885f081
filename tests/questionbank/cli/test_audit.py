"""`audit verify`: the chain is walked, and the first broken link is named."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import Run
from rated import ATTEMPT, NOON, PLACES, give, interview, open_store

from grader.verdict import Verdict
from questionbank.cli.context import Context
from questionbank.mark import Act, ActKind
from questionbank.rating import Decided

VERIFY = ("audit", "verify")


@pytest.fixture
def path() -> Path:
    found = Context().data / "questionbank.db"
    with open_store(found) as store:
        interview(store)
        bob = store.enrol(ATTEMPT, "Bob", NOON)
        give(store, bob, PLACES[0], Decided(Verdict.NOT_MET, "no figure"))
        store.append_act(Act(attempt_id=ATTEMPT, kind=ActKind.COMPARED, at=NOON))
    return found


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for trigger in ("entries_keep", "entries_stay", "entries_follow", "personal_keep"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)


def test_a_sound_record_says_so_with_its_last_link(run: Run, path: Path) -> None:
    result = run(*VERIFY)
    assert (result.code, result.err) == (0, "")
    assert f"{path}: 14 entries hold (act 1, answer 2, attempt 1, event 5, finished 1" in result.out
    assert "mark 1" in result.out
    found = json.loads(run(*VERIFY, "--json").out)
    assert (found["sound"], found["entries"], found["broken"]) == (True, 14, None)
    assert f"The chain holds. Last link: {found['head']}" in result.out


def test_an_empty_record_is_sound(run: Run) -> None:
    assert "0 entries hold (none)" in run(*VERIFY).out


def test_erased_words_are_counted_and_break_nothing(run: Run, path: Path) -> None:
    with open_store(path) as store:
        store.erase(Act(attempt_id=ATTEMPT, kind=ActKind.ERASED, at=NOON))
    result = run(*VERIFY)
    assert result.code == 0
    assert "8 of them have had their words erased" in result.out


@pytest.mark.parametrize("kind", ["attempt", "answer", "grade", "mark", "event", "rater", "act"])
def test_a_change_of_any_kind_of_entry_is_found_and_named(kind: str, run: Run, path: Path) -> None:
    tamper(path, f"UPDATE entries SET body = body || ' ' WHERE kind = '{kind}'")  # noqa: S608
    result = run(*VERIFY)
    assert result.code == 1
    assert f"({kind} of aaaaaaaa): it does not match its link" in result.out
    found = json.loads(run(*VERIFY, "--json").out)
    assert (found["sound"], found["kind"], found["attempt"]) == (False, kind, ATTEMPT)
    with closing(sqlite3.connect(path)) as connection:
        first = "SELECT min(seq) FROM entries WHERE kind = ?"
        assert found["broken"] == connection.execute(first, (kind,)).fetchone()[0]


def test_a_changed_reason_and_a_removed_entry_are_found(run: Run, path: Path) -> None:
    tamper(path, "UPDATE personal SET body = replace(body, 'no figure', 'a figure')")
    result = run(*VERIFY)
    assert result.code == 1
    assert "Broken at entry 13 (mark of aaaaaaaa): its personal text was altered" in result.out
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM entries WHERE seq = 5")
    assert "Broken at entry 5: it is missing" in run(*VERIFY).out


def test_a_noted_link_shows_that_the_newest_entries_were_cut_off(run: Run, path: Path) -> None:
    head = json.loads(run(*VERIFY, "--json").out)["head"]
    with open_store(path) as store:
        store.append_act(Act(attempt_id=ATTEMPT, kind=ActKind.COMPARED, at=NOON))
    assert run(*VERIFY, "--head", head.upper()).code == 0
    tamper(path, "DELETE FROM entries WHERE seq > 13")
    assert run(*VERIFY).code == 0
    result = run(*VERIFY, "--head", head)
    assert result.code == 1
    assert "Broken: no entry has the link given with --head" in result.out


@pytest.mark.parametrize("head", ["", "12", "g" * 64])
def test_what_is_no_link_is_refused(head: str, run: Run) -> None:
    result = run(*VERIFY, "--head", head)
    assert (result.code, result.out) == (2, "")
    assert "64 hexadecimal digits" in result.err


def test_help_shows_examples(run: Run) -> None:
    assert "questionbank audit verify" in run("audit", "--help").out
    assert "--head" in run(*VERIFY, "--help").out

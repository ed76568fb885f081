"""Marks in the record: each rater's own, once, apart from the others', their reasons erasable."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from packets import packet
from rated import ATTEMPT, NAME, NOON, PLACES, SAID, give, interview, open_store

from grader.verdict import Verdict
from questionbank.attempt import Override
from questionbank.database import REVISIONS
from questionbank.errors import NotFoundError, UsageError
from questionbank.interview_event import EventKind
from questionbank.mark import Act, ActKind
from questionbank.rating import Anchored, Decided, begin, mark_at
from questionbank.store import Store

WORDS_SAID = "because of the salary question"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with open_store(path) as opened:
        interview(opened)
        yield opened


def query(path: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [str(row) for row in connection.execute(statement)]


def act(kind: ActKind = ActKind.UNBLINDED, **fields: object) -> Act:
    return Act.model_validate({"attempt_id": ATTEMPT, "kind": kind, "at": NOON} | fields)


def test_raters_are_numbered_and_found_again_by_name(store: Store) -> None:
    eve = store.enrol(ATTEMPT, "Eve", NOON)
    bob = store.enrol(ATTEMPT, "Bob", NOON)
    assert [eve.id, bob.id] == ["rater-1", "rater-2"]
    assert store.enrol(ATTEMPT, "EVE", NOON) == eve
    assert store.raters(ATTEMPT) == (eve, bob)
    assert store.verify().sound
    with pytest.raises(NotFoundError):
        store.enrol("b" * 32, "Eve", NOON)


def test_a_rater_reads_her_own_marks_only(store: Store) -> None:
    raters = [store.enrol(ATTEMPT, f"person {number}", NOON) for number in range(1, 12)]
    own = {
        rater.id: give(store, rater, PLACES[0], Decided(Verdict.MET, f"reason of {rater.id}"))
        for rater in raters
    }
    for rater in raters:
        assert store.own_marks(rater) == (own[rater.id],)
    assert len(store.marks(ATTEMPT)) == 11


def test_what_a_rater_reads_of_an_interview_holds_nobody_s_judgement(store: Store) -> None:
    bob = store.enrol(ATTEMPT, "Bob", NOON)
    give(store, bob, PLACES[0], Decided(Verdict.MET, WORDS_SAID))
    whole = store.attempt(ATTEMPT)
    store.append_override(
        Override(
            id="e" * 32,
            grade_id=whole.grades[0].id,
            answer_id=whole.answers[0].id,
            attempt_id=ATTEMPT,
            point_id="cost",
            verdict=Verdict.NOT_MET,
            author="Bob",
            reason=WORDS_SAID,
            at=NOON,
        )
    )
    store.append_act(act(reason=WORDS_SAID))
    seen = store.attempt_for_rating(ATTEMPT[:8])
    assert [answer.text for answer in seen.answers] == [SAID, SAID]
    assert len(seen.grades) == 1
    assert seen.finished
    assert (seen.events, seen.overrides) == ((), ())
    text = seen.model_dump_json()
    for hidden in (WORDS_SAID, NAME, "Bob", "nervous"):
        assert hidden not in text
    begun = store.begun(ATTEMPT)
    assert begun is not None
    assert (begun.kind, begun.text, begun.author) == (EventKind.BEGUN, None, None)
    assert begun.pseudonym == "candidate-aaaaaa"
    assert store.begun("b" * 32) is None


def test_a_number_is_given_once_and_of_several_marks_all_or_none_are_kept(store: Store) -> None:
    bob = store.enrol(ATTEMPT, "Bob", NOON)
    state = begin(bob, PLACES, (), {})
    state, first = mark_at(state, PLACES[0], Decided(Verdict.MET), NOON)
    _, second = mark_at(state, PLACES[1], Anchored(2), NOON)
    assert first is not None
    assert second is not None
    store.append_marks([second])
    with pytest.raises(UsageError, match="rater-1 rates aaaaaaaa in another window"):
        store.append_marks([first, second])
    assert store.own_marks(bob) == (second,)
    stray = first.model_copy(update={"attempt_id": "b" * 32})
    with pytest.raises(NotFoundError):
        store.append_marks([stray])


def test_names_and_reasons_stand_apart_from_the_chain(store: Store, path: Path) -> None:
    bob = store.enrol(ATTEMPT, "Bob Smith", NOON)
    give(store, bob, PLACES[0], Decided(Verdict.MET, WORDS_SAID))
    store.append_act(act(author="Cleo Jones", reason=WORDS_SAID))
    bodies = "".join(query(path, "SELECT body, key FROM entries"))
    for word in ("Bob Smith", "Cleo Jones", WORDS_SAID, NAME):
        assert word not in bodies
    assert "rater-1" in bodies


def test_an_act_is_recorded_each_time_or_once_on_an_occasion(store: Store) -> None:
    assert store.append_act(act())
    assert store.append_act(act())
    assert store.append_act(act(ActKind.COMPARED), "3 marks")
    assert not store.append_act(act(ActKind.COMPARED), "3 marks")
    assert store.append_act(act(ActKind.COMPARED), "4 marks")
    assert [one.kind for one in store.acts(ATTEMPT)] == ["unblinded"] * 2 + ["compared"] * 2
    with pytest.raises(NotFoundError):
        store.append_act(act().model_copy(update={"attempt_id": "b" * 32}))


def test_a_packet_is_kept_once_and_found_by_its_hash(store: Store) -> None:
    plan = packet()
    assert not store.append_packet(plan)
    assert store.packet(plan.content_hash) == plan
    assert store.packet("sha256:" + "0" * 64) is None


def test_erasing_deletes_every_word_and_keeps_who_did_what(store: Store, path: Path) -> None:
    bob = store.enrol(ATTEMPT, "Bob Smith", NOON)
    mark = give(store, bob, PLACES[0], Decided(Verdict.MET, WORDS_SAID))
    store.append_act(act(author="Cleo", reason=WORDS_SAID))
    store.append_act(act(ActKind.EXPORTED, author="Dan"))
    other = "b" * 32
    interview(store, other, "Grace Hopper")
    before = store.verify()
    gone = store.erase(act(ActKind.ERASED, author="Dan"))
    after = store.verify()
    assert after.sound
    assert after.entries == before.entries + 1
    assert after.erased == gone == 9
    record = store.attempt(ATTEMPT)
    assert [answer.text for answer in record.answers] == ["", ""]
    assert store.marks(ATTEMPT) == (mark.model_copy(update={"reason": None}),)
    assert store.raters(ATTEMPT) == (bob,)
    assert [one.author for one in store.acts(ATTEMPT)] == [None, "Dan", "Dan"]
    assert store.attempt(other).answers[0].text == SAID
    on_disk = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Grace Hopper" in on_disk
    for word in (NAME, WORDS_SAID, "nervous"):
        held = on_disk.count(word.encode())
        assert held == (1 if word == "nervous" else 0)


def test_the_log_tells_who_did_what_without_a_word_that_was_said(store: Store) -> None:
    bob = store.enrol(ATTEMPT, "Bob", NOON)
    give(store, bob, PLACES[1], Decided(Verdict.MET, WORDS_SAID))
    give(store, bob, PLACES[1], Anchored(4))
    store.append_act(act(author="Cleo", reason=WORDS_SAID))
    told = store.happenings(ATTEMPT)
    assert [one.what for one in told] == [
        *("attempt", "begun", "shown", "heard", "noted", "extra_time"),
        *("answer", "grade", "answer", "finished", "rater", "mark", "mark", "unblinded"),
    ]
    by_kind = {one.what: one for one in told}
    assert by_kind["begun"].who == "Bob"
    assert by_kind["begun"].detail == "candidate-aaaaaa"
    assert by_kind["heard"].who == "candidate"
    assert by_kind["extra_time"].detail == "5 min"
    assert by_kind["grade"].position == 0
    assert (by_kind["mark"].who, by_kind["mark"].detail) == ("Bob", "measures")
    assert by_kind["unblinded"].who == "Cleo"
    text = "".join(one.model_dump_json() for one in told)
    for word in (SAID, WORDS_SAID, NAME, "nervous", "entitled", '"met"'):
        assert word not in text
    assert [one.number for one in told] == sorted(one.number for one in told)


def test_the_log_of_an_erased_interview_says_what_is_gone(store: Store) -> None:
    store.erase(act(ActKind.ERASED, author="Dan"))
    told = {one.what: one for one in store.happenings(ATTEMPT)}
    assert told["begun"].erased
    assert told["begun"].who is None
    assert (told["erased"].who, told["erased"].erased) == ("Dan", False)


def test_a_link_is_found_and_entries_are_counted(store: Store) -> None:
    report = store.verify()
    assert store.number_of(report.head) == report.entries
    assert store.number_of("0" * 64) is None
    assert store.counts()["answer"] == 2
    last = store.entry(report.entries)
    assert last is not None
    assert last.kind == "finished"
    assert store.entry(99) is None


def test_a_changed_mark_breaks_the_chain(store: Store, path: Path) -> None:
    bob = store.enrol(ATTEMPT, "Bob", NOON)
    give(store, bob, PLACES[0], Decided(Verdict.NOT_MET))
    number = store.verify().entries
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER entries_keep")
        change = "UPDATE entries SET body = replace(body, 'not_met', 'met') WHERE kind = 'mark'"
        connection.execute(change)
    report = store.verify()
    assert (report.sound, report.broken) == (False, number)


ENROL = """
import sys
from datetime import UTC, datetime
from questionbank.store import Store
sys.stdin.readline()
now = datetime.now(UTC)
with Store.open(sys.argv[1], clock=lambda: now) as store:
    sys.stdout.write(store.enrol("a" * 32, "Eve", now).id)
"""


def test_two_programs_that_start_together_bring_an_old_record_up_to_date_once(
    store: Store, path: Path
) -> None:
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", ENROL, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for program in programs:
        assert program.stdin
        program.stdin.write("go\n")
        program.stdin.flush()
    names = [program.communicate(timeout=60)[0] for program in programs]
    assert names == ["rater-1", "rater-1"]
    assert query(path, "SELECT version_num FROM alembic_version") == [str((REVISIONS[-1],))]
    with open_store(path) as again:
        assert len(again.raters(ATTEMPT)) == 1
        assert again.verify().sound

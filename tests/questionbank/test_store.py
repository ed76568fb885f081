import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from databases import Place, file_place
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from grader.canonical import digest
from grader.grade import ContentRef, Evidence, Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptKind,
    FinishedAttempt,
    GradeRecord,
    Step,
)
from questionbank.document import Document, DocumentKind
from questionbank.entries import NewEntry
from questionbank.errors import NotFoundError, StoreError, UsageError
from questionbank.ledger import GENESIS
from questionbank.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


def new_id() -> str:
    return digest(next(_numbers))[7:39]


def clock() -> datetime:
    return NOON


def reference(name: str = "model-choice/small-model") -> ContentRef:
    return ContentRef(
        id=name, version="1.0.0", content_hash=digest(name), structure_hash=digest([name])
    )


def make_attempt(kind: AttemptKind = AttemptKind.QUIZ, **fields: object) -> Attempt:
    given = {
        "id": new_id(),
        "kind": kind,
        "started": NOON,
        "steps": (Step(question=reference(), rubric=reference()), Step(question=reference("a/b"))),
        "seed": 7,
        "person": "Ada Person",
    }
    return Attempt.model_validate(given | fields)


def make_answer(attempt: Attempt, position: int = 0, **fields: object) -> Answer:
    given = {
        "id": new_id(),
        "attempt_id": attempt.id,
        "position": position,
        "submitted": NOON + timedelta(minutes=position),
        "seconds": 41.5,
        "text": "I would weigh the cost.",
    }
    return Answer.model_validate(given | fields)


def make_grade(answer: Answer, **fields: object) -> GradeRecord:
    grade = Grade(
        score=1.0,
        max_score=2.0,
        review=("the second point is a close call",),
        points=(
            PointGrade(
                id="cost",
                verdict=Verdict.MET,
                probability=0.9,
                points=1.0,
                max_points=1.0,
                evidence=Evidence(start=8, end=22, text="weigh the cost"),
                features={"margin": 0.25},
            ),
            PointGrade(id="pilot", verdict=Verdict.NEEDS_REVIEW, points=None, max_points=1.0),
        ),
        provenance=Provenance(question=reference(), rubric=reference(), package_version="0.1.0"),
    )
    given = {
        "id": new_id(),
        "answer_id": answer.id,
        "attempt_id": answer.attempt_id,
        "at": NOON,
        "grade": grade,
    }
    return GradeRecord.model_validate(given | fields)


def make_document(version: str = "1.0.0", text: str = "How would you choose?") -> Document:
    return Document(
        kind=DocumentKind.QUESTION,
        id="model-choice/small-model",
        version=version,
        content_hash=digest(text),
        structure_hash=digest([text]),
        body={"prompt": text, "weight": 1.5, "tags": ["a", None, True]},
    )


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place.target, clock=clock) as opened:
        yield opened


# Appending and reading back


def test_a_whole_attempt_comes_back_as_it_was_appended(store: Store) -> None:
    attempt = make_attempt()
    second, first = make_answer(attempt, 1, text="", label="row 9"), make_answer(attempt, 0)
    grade, again = make_grade(first), make_grade(first, reason="new calibration")

    assert store.append_attempt(attempt, [make_document()])
    assert store.append_answer(second) == second
    assert store.append_answer(first) == first
    assert store.append_grade(grade)
    assert store.append_grade(again, [make_document("1.1.0", "other")])
    assert store.finish(FinishedAttempt(attempt_id=attempt.id, at=NOON))

    record = store.attempt(attempt.id)
    assert record.attempt == attempt
    assert record.answers == (first, second)
    assert record.grades == (grade, again)
    assert record.grade_of(first.id) == again
    assert record.finished == NOON
    assert record.erased == ()
    assert record.answered == {0, 1}


def test_what_was_appended_is_there_after_reopening(place: Place) -> None:
    attempt = make_attempt()
    for _ in range(2):
        with Store.open(place.target, clock=clock) as store:
            store.append_attempt(attempt)
    with Store.open(place.target, clock=clock) as store:
        assert store.attempts()[0].attempt == attempt


def test_an_append_is_seen_by_another_connection_before_the_store_is_closed(
    store: Store, place: Place
) -> None:
    store.append_attempt(make_attempt())
    assert len(place.dump("entries")) == 1


@pytest.mark.parametrize(
    "append",
    [
        lambda store, attempt, answer: store.append_attempt(attempt, [make_document()]),
        lambda store, attempt, answer: store.append_grade(
            make_grade(answer, id="c" * 32), [make_document("9.9.9", "never seen")]
        ),
        lambda store, attempt, answer: store.finish(
            FinishedAttempt(attempt_id=attempt.id, at=NOON)
        ),
    ],
    ids=["attempt", "grade", "finish"],
)
def test_appending_the_same_again_writes_nothing(
    store: Store, place: Place, append: Callable[[Store, Attempt, Answer], bool]
) -> None:
    attempt = make_attempt()
    answer = make_answer(attempt)
    store.append_attempt(attempt, [make_document()])
    store.append_answer(answer)
    append(store, attempt, answer)
    before = place.dump("entries")
    assert append(store, attempt, answer) is False
    assert place.dump("entries") == before


def test_the_first_answer_to_a_position_stands(store: Store, place: Place) -> None:
    attempt = make_attempt()
    first = make_answer(attempt, text="first")
    store.append_attempt(attempt)
    store.append_answer(first)
    before = place.dump("entries")
    assert store.append_answer(make_answer(attempt, text="second")) == first
    assert place.dump("entries") == before
    assert store.attempt(attempt.id).answers == (first,)


def test_an_answer_to_an_unknown_attempt_is_refused(store: Store) -> None:
    with pytest.raises(NotFoundError, match="there is no attempt"):
        store.append_answer(make_answer(make_attempt()))
    assert store.verify().entries == 0


def test_an_unknown_attempt_cannot_be_finished(store: Store) -> None:
    with pytest.raises(NotFoundError, match="there is no attempt"):
        store.finish(FinishedAttempt(attempt_id=new_id(), at=NOON))


def test_a_grade_needs_an_answer_in_the_same_attempt(store: Store) -> None:
    one, other = make_attempt(), make_attempt()
    answer = make_answer(one)
    store.append_attempt(one)
    store.append_attempt(other)
    with pytest.raises(NotFoundError, match="there is no answer"):
        store.append_grade(make_grade(answer), [make_document()])
    store.append_answer(answer)
    with pytest.raises(NotFoundError, match="there is no answer"):
        store.append_grade(make_grade(answer, attempt_id=other.id))
    with pytest.raises(NotFoundError, match="there is no answer"):
        store.append_grade(make_grade(answer, answer_id=one.id))
    assert store.verify().entries == 3


def test_an_id_used_twice_is_refused_and_nothing_is_written(store: Store) -> None:
    attempt = make_attempt()
    answer = make_answer(attempt)
    store.append_attempt(attempt)
    store.append_answer(answer)
    with pytest.raises(StoreError, match="nothing was written"):
        store.append_answer(make_answer(attempt, 1, id=answer.id))
    assert store.verify().entries == 2


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 32, "a" * 31, "a" * 33, "a:b"])
def test_an_id_that_is_none_is_refused(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="32 hexadecimal digits"):
        store.append_attempt(make_attempt(id=name))


@pytest.mark.parametrize(
    "attempt_or_answer",
    [
        lambda: make_attempt(seed=2**60),
        lambda: make_attempt(person="\ud800"),
    ],
)
def test_what_json_cannot_hold_is_refused_in_one_line(
    store: Store, attempt_or_answer: Callable[[], Attempt]
) -> None:
    with pytest.raises(StoreError, match="cannot be recorded") as caught:
        store.append_attempt(attempt_or_answer())
    assert "\n" not in str(caught.value)
    assert store.attempts() == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), seconds=st.floats(0, 1e9), label=st.none() | st.text())
def test_any_text_comes_back_unchanged(
    store: Store, text: str, seconds: float, label: str | None
) -> None:
    attempt = make_attempt(person=text)  # each example adds to the same record
    answer = make_answer(attempt, text=text, seconds=seconds, label=label)
    store.append_attempt(attempt)
    store.append_answer(answer)
    record = store.attempt(attempt.id)
    assert (record.attempt, record.answers) == (attempt, (answer,))
    assert store.verify().sound


# Lists


def test_attempts_come_newest_first_and_as_many_as_asked_for(store: Store) -> None:
    attempts = [make_attempt() for _ in range(5)]
    for attempt in attempts:
        store.append_attempt(attempt)
        store.append_answer(make_answer(attempt))
    newest = [attempt.id for attempt in reversed(attempts)]
    assert [record.attempt.id for record in store.attempts()] == newest
    assert [record.attempt.id for record in store.attempts(limit=2)] == newest[:2]
    assert store.attempts(limit=0) == ()
    assert all(len(record.answers) == 1 for record in store.attempts())


def test_more_attempts_than_are_read_at_a_time_are_all_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("questionbank.queries._CHUNK", 20)
    for _ in range(50):
        store.append_attempt(make_attempt(steps=()))
    assert len(store.attempts()) == 50
    assert store.verify().entries == 50


def test_an_attempt_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    for name in ("ab" + "0" * 30, "ac" + "0" * 30):
        store.append_attempt(make_attempt(id=name))
    assert store.attempt("AB").attempt.id == "ab" + "0" * 30
    with pytest.raises(UsageError, match="several attempts begin with 'a'"):
        store.attempt("a")


@pytest.mark.parametrize("name", ["", "zz", "%", "_", "a" * 33, "'; DROP TABLE entries; --"])
def test_a_name_that_fits_no_attempt_is_not_found(store: Store, name: str) -> None:
    store.append_attempt(make_attempt())
    with pytest.raises(NotFoundError, match="there is no attempt"):
        store.attempt(name)


def test_an_answer_s_id_names_no_attempt(store: Store) -> None:
    attempt = make_attempt()
    answer = make_answer(attempt)
    store.append_attempt(attempt)
    store.append_answer(answer)
    with pytest.raises(NotFoundError):
        store.attempt(answer.id)


def test_the_newest_unfinished_attempt_of_a_kind_is_found(store: Store) -> None:
    assert store.unfinished(AttemptKind.QUIZ) is None
    older, newer, done = make_attempt(), make_attempt(), make_attempt()
    batch = make_attempt(AttemptKind.BATCH)
    for attempt in (older, newer, done, batch):
        store.append_attempt(attempt)
    store.append_answer(make_answer(newer))
    store.finish(FinishedAttempt(attempt_id=done.id, at=NOON))
    found = store.unfinished(AttemptKind.QUIZ)
    assert found is not None
    assert (found.attempt, len(found.answers)) == (newer, 1)
    found = store.unfinished(AttemptKind.BATCH)
    assert found is not None
    assert found.attempt == batch
    store.finish(FinishedAttempt(attempt_id=batch.id, at=NOON))
    assert store.unfinished(AttemptKind.BATCH) is None


def test_answers_without_a_grade_are_listed_in_the_order_given(store: Store, place: Place) -> None:
    one, other = make_attempt(), make_attempt()
    answers = [make_answer(one, 1), make_answer(other, 0), make_answer(one, 0)]
    store.append_attempt(one)
    store.append_attempt(other)
    for answer in answers:
        store.append_answer(answer)
    assert store.ungraded() == tuple(answers)
    store.append_grade(make_grade(answers[1]))
    assert store.ungraded() == (answers[0], answers[2])
    place.run(f"DELETE FROM personal WHERE entry_id = '{answers[0].id}'")  # noqa: S608 - our id
    assert store.ungraded() == (answers[2],)


# Texts


def test_each_version_of_a_text_is_kept_once(store: Store) -> None:
    old, new = make_document(), make_document("1.1.0", "How would you decide?")
    store.append_attempt(make_attempt(), [old, old])
    store.append_attempt(make_attempt(), [old, new])
    assert store.documents(DocumentKind.QUESTION, old.id) == (old, new)
    assert store.documents(DocumentKind.RUBRIC, old.id) == ()
    assert store.documents(DocumentKind.QUESTION, "model-choice/small") == ()
    assert store.document(DocumentKind.QUESTION, new.content_hash) == new
    assert store.document(DocumentKind.RUBRIC, new.content_hash) is None
    assert store.document(DocumentKind.QUESTION, "") is None


def test_the_newest_of_two_versions_with_one_text_is_found(store: Store) -> None:
    old, new = make_document("1.0.0"), make_document("1.0.1")
    store.append_attempt(make_attempt(), [old, new])
    assert store.document(DocumentKind.QUESTION, old.content_hash) == new


# What is personal


def test_nothing_personal_stands_in_the_ledger_itself(store: Store, place: Place) -> None:
    attempt = make_attempt(person="Ada Person")
    answer = make_answer(attempt, text="weigh the cost, I say", label="row-of-ada")
    store.append_attempt(attempt)
    store.append_answer(answer)
    store.append_grade(make_grade(answer, reason="Ada asked for it"))
    public, private = repr(place.dump("entries")), repr(place.dump("personal"))
    for words in ("Ada", "weigh the cost", "row-of-ada", "close call", "asked for it"):
        assert words not in public
        assert words in private


def test_equal_texts_have_unequal_digests(store: Store, place: Place) -> None:
    for _ in range(2):
        store.append_attempt(make_attempt(person="Ada"))
    digests = [row[7] for row in place.dump("entries")]
    assert None not in digests
    assert len(set(digests)) == 2


def test_what_holds_nothing_personal_has_no_personal_part(store: Store, place: Place) -> None:
    attempt = make_attempt(person=None)
    store.append_attempt(attempt, [make_document()])
    store.finish(FinishedAttempt(attempt_id=attempt.id, at=NOON))
    assert place.dump("personal") == []
    assert [row[7] for row in place.dump("entries")] == [None] * 3


def test_an_erased_attempt_reads_as_erased_and_the_chain_holds(store: Store, place: Place) -> None:
    attempt = make_attempt()
    answer = make_answer(attempt, label="row 1")
    grade = make_grade(answer, reason="asked for")
    store.append_attempt(attempt)
    store.append_answer(answer)
    store.append_grade(grade)
    place.run("DELETE FROM personal")
    record = store.attempt(attempt.id)
    assert record.erased == (attempt.id, answer.id, grade.id)
    assert record.attempt.person is None
    assert (record.answers[0].text, record.answers[0].label) == ("", None)
    assert record.grades[0].reason is None
    assert record.grades[0].grade.review == ()
    assert [point.evidence for point in record.grades[0].grade.points] == [None, None]
    assert record.grades[0].grade.score == grade.grade.score
    report = store.verify()
    assert (report.sound, report.entries, report.erased) == (True, 3, 3)


# The chain


def fill(store: Store) -> Attempt:
    attempt = make_attempt()
    store.append_attempt(attempt, [make_document()])
    for position in (0, 1):
        store.append_answer(make_answer(attempt, position))
    store.finish(FinishedAttempt(attempt_id=attempt.id, at=NOON))
    return attempt


def test_an_empty_record_is_sound(store: Store) -> None:
    report = store.verify()
    assert (report.sound, report.entries, report.head) == (True, 0, GENESIS)


def test_entries_are_numbered_without_a_gap_and_stamped_in_utc(store: Store, place: Place) -> None:
    fill(store)
    rows = place.dump("entries")
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert {row[5] for row in rows} == {"2026-03-01T12:00:00.000000Z"}
    report = store.verify()
    assert (report.sound, report.entries, report.head) == (True, 5, rows[-1][8])


SWAP = (
    "UPDATE entries SET seq = -3 WHERE seq = 3",
    "UPDATE entries SET seq = 3 WHERE seq = 4",
    "UPDATE entries SET seq = 4 WHERE seq = -3",
)


@pytest.mark.parametrize(
    ("statements", "broken", "reason"),
    [
        (["UPDATE entries SET body = '{}' WHERE seq = 2"], 2, "does not match its link"),
        (["UPDATE entries SET at = 'now' WHERE seq = 1"], 1, "does not match its link"),
        (["UPDATE entries SET key = NULL WHERE seq = 5"], 5, "does not match its link"),
        (["UPDATE entries SET link = 'x' WHERE seq = 5"], 5, "does not match its link"),
        (["DELETE FROM entries WHERE seq = 1"], 1, "is missing"),
        (["DELETE FROM entries WHERE seq = 3"], 3, "is missing"),
        (["DELETE FROM entries WHERE seq = 3", "UPDATE entries SET seq = 3 WHERE seq = 4",
          "UPDATE entries SET seq = 4 WHERE seq = 5"], 3, "does not match its link"),
        (SWAP, 3, "does not match its link"),
        (["UPDATE personal SET body = '{\"text\":\"better\"}' WHERE entry_id = "
          "(SELECT id FROM entries WHERE seq = 4)"], 4, "personal text was altered"),
        (["UPDATE personal SET salt = x'00'"], 2, "personal text was altered"),
        (["INSERT INTO personal SELECT id, x'00', '{}' FROM entries WHERE seq = 1"],
         1, "personal text was added"),
        (["DELETE FROM entries WHERE seq >= 4"], 4, "personal text is there"),
    ],
)  # fmt: skip
def test_a_change_behind_the_program_s_back_is_found(
    store: Store, place: Place, statements: list[str], broken: int, reason: str
) -> None:
    fill(store)
    place.tamper(*(one.replace("x'00'", place.zero_byte) for one in statements))
    report = store.verify()
    assert not report.sound
    assert report.broken == broken
    assert reason in str(report.reason)
    assert report.entries == broken - 1


def test_bytes_where_text_was_are_found(tmp_path: Path) -> None:
    place = file_place(tmp_path / "record.db")  # no other database takes them
    with Store.open(place.target, clock=clock) as store:
        fill(store)
        place.tamper("UPDATE entries SET body = x'ff' WHERE seq = 4")
        report = store.verify()
    assert report.broken == 4
    assert "never written there" in str(report.reason)


REPLACING = {
    "sqlite": (
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 2",
        "INSERT OR REPLACE INTO personal SELECT entry_id, salt, '{}' FROM personal",
    ),
    "postgresql": (
        "INSERT INTO entries SELECT * FROM entries WHERE seq = 2 "
        "ON CONFLICT (seq) DO UPDATE SET body = '{}'",
        "INSERT INTO personal SELECT entry_id, salt, '{}' FROM personal "
        "ON CONFLICT (entry_id) DO UPDATE SET body = '{}'",
        "TRUNCATE entries CASCADE",
    ),
}


def test_the_database_itself_refuses_to_change_history(store: Store, place: Place) -> None:
    fill(store)
    before = place.dump("entries"), place.dump("personal")
    added = f"INSERT INTO personal SELECT id, {place.zero_byte}, '' FROM entries WHERE seq = 1"  # noqa: S608
    for statement in (
        "UPDATE entries SET body = '{}'",
        "DELETE FROM entries WHERE seq = 5",
        "INSERT INTO entries SELECT 9, 'x', kind, NULL, NULL, at, '', NULL, '' FROM entries",
        "UPDATE personal SET body = '{}'",
        added,
        *REPLACING[place.backend],
    ):
        with pytest.raises(DBAPIError, match=r"not allowed|only|never"):
            place.run(statement)
        assert (place.dump("entries"), place.dump("personal")) == before


BODIES = ["{}", "not json", '{"id": 1}', "[]", "null"]


def test_an_altered_entry_is_refused_in_one_line_not_with_a_traceback(
    store: Store, place: Place
) -> None:
    attempt = fill(store)
    values = [f"'{body}'" for body in BODIES]
    if place.backend == "sqlite":  # others take only text
        values.append(f"x'{chr(0xD800).encode('utf-8', 'surrogatepass').hex()}'")
    for value in values:
        place.tamper(f"UPDATE entries SET body = {value}")  # noqa: S608 - one of the values above
        for read in (
            store.attempts,
            store.ungraded,
            lambda: store.attempt(attempt.id),
            lambda: store.documents(DocumentKind.QUESTION, "model-choice/small-model"),
        ):
            with pytest.raises(StoreError, match=re.escape(place.label)) as caught:
                read()
            assert "\n" not in str(caught.value)


def test_the_store_says_where_it_is(store: Store, place: Place) -> None:
    assert store.label == place.label


def test_entries_of_a_later_kind_do_not_disturb_an_attempt(store: Store) -> None:
    attempt = fill(store)
    before = store.attempt(attempt.id)
    later = NewEntry(None, "remark", attempt.id, "remark:1", "{}")  # type: ignore[arg-type]
    with store._database.writing() as connection:
        store._append(connection, later)
    assert store.attempt(attempt.id) == before
    assert store.verify().entries == 6

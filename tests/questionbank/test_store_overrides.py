"""People's verdicts in the record: appended to the grade that counts, erasable, in the chain."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from databases import Place

from grader.canonical import digest
from grader.grade import ContentRef, Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.attempt import Answer, Attempt, AttemptKind, GradeRecord, Override, Step
from questionbank.errors import NotFoundError, StoreError, UsageError
from questionbank.store import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def name(*words: object) -> str:
    return digest([str(word) for word in words])[7:39]


ATTEMPT, ANSWER, GRADE = name("attempt"), name("answer"), name("grade")


def make_grade(**fields: object) -> GradeRecord:
    points = (
        PointGrade(id="cost", verdict=Verdict.MET, points=1.0, max_points=1.0),
        PointGrade(id="pilot", verdict=Verdict.NEEDS_REVIEW, points=None, max_points=1.0),
    )
    made = Provenance(package_version="1")
    given = {
        "id": GRADE,
        "answer_id": ANSWER,
        "attempt_id": ATTEMPT,
        "at": NOON,
        "grade": Grade(score=1.0, max_score=2.0, points=points, provenance=made),
    }
    return GradeRecord.model_validate(given | fields)


def make_override(**fields: object) -> Override:
    given = {
        "id": name("override"),
        "grade_id": GRADE,
        "answer_id": ANSWER,
        "attempt_id": ATTEMPT,
        "point_id": "pilot",
        "verdict": Verdict.PARTIAL,
        "author": "Ada Person",
        "reason": "she says so in her last line",
        "at": NOON,
    }
    return Override.model_validate(given | fields)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """A record with one graded answer."""
    ref = ContentRef(id="a/b", version="1.0.0", content_hash="c", structure_hash="s")
    with Store.open(place.target, clock=lambda: NOON) as opened:
        opened.append_attempt(
            Attempt(
                id=ATTEMPT, kind=AttemptKind.QUIZ, started=NOON, steps=(Step(question=ref),), seed=0
            )
        )
        opened.append_answer(
            Answer(
                id=ANSWER,
                attempt_id=ATTEMPT,
                position=0,
                submitted=NOON,
                seconds=1.0,
                text="words",
            )
        )
        opened.append_grade(make_grade())
        yield opened


def test_overrides_come_back_in_the_order_appended(store: Store) -> None:
    first = make_override()
    second = make_override(id=name("second"), verdict=Verdict.MET, reason=None)
    assert store.append_override(first)
    assert store.append_override(second)
    record = store.attempt(ATTEMPT)
    assert record.overrides == (first, second)
    assert store.attempts()[0].overrides == (first, second)
    assert [one.id for one in record.grades] == [GRADE]


def test_an_override_is_recorded_once_and_seen_by_others_at_once(
    store: Store, place: Place
) -> None:
    assert store.append_override(make_override())
    before = place.dump("entries")
    assert len(before) == 4
    assert store.append_override(make_override(verdict=Verdict.MET)) is False
    assert place.dump("entries") == before


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"grade_id": name("none")}, NotFoundError, "there is no grade"),
        ({"answer_id": name("none")}, NotFoundError, "there is no grade"),
        ({"attempt_id": name("none")}, NotFoundError, "there is no grade"),
        ({"point_id": "price"}, NotFoundError, "there is no point 'price'"),
        ({"id": "x"}, StoreError, "32 hexadecimal digits"),
        ({"grade_id": "%"}, StoreError, "32 hexadecimal digits"),
    ],
)
def test_what_an_override_is_about_must_be_there(
    store: Store, fields: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        store.append_override(make_override(**fields))
    assert store.verify().entries == 3
    assert store.attempt(ATTEMPT).overrides == ()


def test_a_grade_that_counts_no_more_takes_no_override(store: Store) -> None:
    store.append_grade(make_grade(id=name("again"), reason="new rubric"))
    with pytest.raises(UsageError, match="has been graded again meanwhile"):
        store.append_override(make_override())
    assert store.append_override(make_override(grade_id=name("again")))


def test_overrides_come_with_a_grade_or_not_at_all(store: Store) -> None:
    again = make_grade(id=name("again"), reason="new rubric")
    carried = make_override(id=name("carried"), grade_id=again.id)
    assert store.append_grade(again, overrides=[carried])
    assert store.attempt(ATTEMPT).overrides == (carried,)
    other = make_override(id=name("other"), grade_id=again.id)
    assert store.append_grade(again, overrides=[other]) is False
    assert store.attempt(ATTEMPT).overrides == (carried,)
    third = make_grade(id=name("third"), reason="yet another")
    with pytest.raises(StoreError, match="nothing was written"):
        store.append_grade(third, overrides=[carried])
    assert store.attempt(ATTEMPT).grade_of(ANSWER) == again


def test_nothing_personal_of_an_override_stands_in_the_ledger_itself(
    store: Store, place: Place
) -> None:
    store.append_override(make_override())
    public, private = repr(place.dump("entries")), repr(place.dump("personal"))
    for words in ("Ada Person", "last line"):
        assert words not in public
        assert words in private


def test_an_override_without_author_and_reason_has_no_personal_part(
    store: Store, place: Place
) -> None:
    before = len(place.dump("personal"))
    override = make_override(author=None, reason=None)
    store.append_override(override)
    assert len(place.dump("personal")) == before
    assert store.attempt(ATTEMPT).overrides == (override,)


def test_author_and_reason_can_be_erased_and_the_chain_holds(store: Store, place: Place) -> None:
    override = make_override()
    store.append_override(override)
    head = store.verify().head
    place.run(f"DELETE FROM personal WHERE entry_id = '{override.id}'")  # noqa: S608 - our id
    record = store.attempt(ATTEMPT)
    assert record.overrides == (override.model_copy(update={"author": None, "reason": None}),)
    assert record.erased == (override.id,)
    report = store.verify()
    assert (report.sound, report.entries, report.erased, report.head) == (True, 4, 1, head)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE entries SET body = replace(body, 'partial', 'met') WHERE seq = 4", "its link"),
        ("UPDATE personal SET body = replace(body, 'Ada', 'Eve')", "personal text was altered"),
        ("DELETE FROM entries WHERE seq = 4", "personal text is there"),
    ],
)
def test_a_changed_override_breaks_the_chain(
    store: Store, place: Place, statement: str, reason: str
) -> None:
    store.append_override(make_override())
    place.tamper(statement)
    report = store.verify()
    assert report.broken == 4
    assert reason in str(report.reason)


def test_an_altered_override_is_refused_in_one_line(store: Store, place: Place) -> None:
    store.append_override(make_override())
    place.tamper("UPDATE entries SET body = '{}' WHERE seq >= 3")
    for read in (lambda: store.attempt(ATTEMPT), lambda: store.append_override(make_override())):
        with pytest.raises(StoreError, match="an entry was altered"):
            read()

import hashlib

import pytest

from grader.canonical import canonical_json
from questionbank.ledger import GENESIS, Entry, Personal, Row, link_of, personal_digest, verify


def entry(number: int, **fields: object) -> Entry:
    made = Entry(number, f"{number:032x}", "attempt", None, f"k{number}", "then", "{}", None)
    return made._replace(**fields)  # type: ignore[arg-type]


def chain(*entries: Entry) -> list[Row]:
    rows: list[Row] = []
    for made in entries:
        previous = rows[-1].link if rows else GENESIS
        rows.append(Row(made, link_of(previous, made), None))
    return rows


def test_a_link_is_the_hash_of_the_link_before_and_every_column() -> None:
    made = Entry(3, "a" * 32, "grade", "b" * 32, "grade:x", "then", '{"a":1}', "d" * 64)
    body = hashlib.sha256(b'{"a":1}').hexdigest()
    content = ["f" * 64, 3, "a" * 32, "grade", "b" * 32, "grade:x", "then", body, "d" * 64]
    assert link_of("f" * 64, made) == hashlib.sha256(canonical_json(content)).hexdigest()


@pytest.mark.parametrize(
    "change",
    [{"seq": 2}, {"id": "x"}, {"kind": "answer"}, {"attempt_id": "x"}, {"key": None},
     {"at": "now"}, {"body": "[]"}, {"personal_digest": "x"}],
)  # fmt: skip
def test_a_change_of_any_column_changes_the_link(change: dict[str, object]) -> None:
    assert link_of(GENESIS, entry(1)) != link_of(GENESIS, entry(1, **change))


def test_the_link_of_the_first_entry_never_changes() -> None:
    assert link_of(GENESIS, entry(1)) == (
        "0c8c3bdb6cba20895da66ccf2689213e5cecafb9632f9869d24845f7438f4212"
    )


def test_a_personal_digest_depends_on_its_salt() -> None:
    one = personal_digest(Personal(b"\0" * 16, '{"text":"yes"}'))
    other = personal_digest(Personal(b"\1" * 16, '{"text":"yes"}'))
    assert one == hashlib.sha256(b"\0" * 16 + b'{"text":"yes"}').hexdigest()
    assert one != other


def test_a_sound_chain_is_walked_to_its_head() -> None:
    part = Personal(b"salt", "{}")
    rows = chain(entry(1), entry(2, personal_digest=personal_digest(part)), entry(3))
    erased = verify(rows)
    assert (erased.sound, erased.entries, erased.erased) == (True, 3, 1)
    assert erased.head == rows[-1].link
    whole = verify([rows[0], rows[1]._replace(personal=part), rows[2]])
    assert (whole.sound, whole.entries, whole.erased) == (True, 3, 0)


def test_a_chain_written_anew_from_the_middle_has_another_head() -> None:
    rows, forged = chain(entry(1), entry(2)), chain(entry(1), entry(2, body="[]"))
    assert verify(forged).sound
    assert verify(forged).head != verify(rows).head


def test_the_walk_ends_at_the_first_entry_that_does_not_hold() -> None:
    rows = chain(entry(1), entry(2), entry(3), entry(4))
    rows[1] = rows[1]._replace(entry=entry(2, body="[]"))
    rows[3] = rows[3]._replace(entry=entry(4, body="[]"))
    report = verify(rows)
    assert (report.broken, report.entries, report.head) == (2, 1, rows[0].link)
    assert report.reason == "it does not match its link: it was altered, replaced or moved"


@pytest.mark.parametrize(
    "rows",
    [
        [Row(entry(1, body=b"\xff"), "x", None)],
        [Row(entry(1, key=b"\xff"), "x", None)],
        [Row(entry(1, at=float("nan")), "x", None)],
        [Row(entry(1, body="\ud800"), "x", None)],
    ],
)
def test_columns_of_a_strange_type_break_the_chain_not_the_program(rows: list[Row]) -> None:
    report = verify(rows)
    assert report.broken == 1
    assert report.reason == "it holds what was never written there"

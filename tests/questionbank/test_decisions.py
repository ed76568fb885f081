"""Decisions read from a file: each is found its grade, or said what is wrong with it."""

import json
from datetime import UTC, datetime

import pytest

from grader.grade import ContentRef, Grade, PointGrade, Provenance
from grader.verdict import Verdict
from questionbank.attempt import Answer, Attempt, AttemptKind, AttemptRecord, GradeRecord, Step
from questionbank.decisions import Decision, match, read_decisions

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GRADED, UNGRADED = "a" * 32, "b" * 32


@pytest.fixture
def kept() -> AttemptRecord:
    """An attempt with a graded and an ungraded answer."""
    ref = ContentRef(id="a/b", version="1.0.0", content_hash="c", structure_hash="s")
    attempt = Attempt(
        id="f" * 32,
        kind=AttemptKind.QUIZ,
        started=NOON,
        steps=(Step(question=ref), Step(question=ref)),
        seed=0,
    )
    answers = [
        Answer(
            id=name, attempt_id=attempt.id, position=at, submitted=NOON, seconds=0.0, text="words"
        )
        for at, name in enumerate((GRADED, UNGRADED))
    ]
    points = (
        PointGrade(id="cost", verdict=Verdict.MET, points=1.0, max_points=1.0),
        PointGrade(id="pilot", verdict=Verdict.NEEDS_REVIEW, points=None, max_points=1.0),
    )
    grade = Grade(
        score=1.0, max_score=2.0, points=points, provenance=Provenance(package_version="1")
    )
    graded = GradeRecord(id="c" * 32, answer_id=GRADED, attempt_id=attempt.id, at=NOON, grade=grade)
    return AttemptRecord(attempt=attempt, answers=tuple(answers), grades=(graded,))


def row(**fields: object) -> dict[str, object]:
    return {"answer_id": GRADED, "point_id": "pilot", "verdict": "met"} | fields


def lines(*rows: dict[str, object]) -> list[bytes]:
    return [json.dumps(one).encode() + b"\n" for one in rows]


def test_rows_are_read_with_their_line_numbers_and_blank_ones_passed_over() -> None:
    text = [b"\xef\xbb\xbf" + lines(row())[0], b"  \n", *lines(row(reason="  two \n lines "))]
    first, second = read_decisions(text)
    assert first == (1, Decision(answer_id=GRADED, point_id="pilot", verdict=Verdict.MET))
    assert second[0] == 3
    assert isinstance(second[1], Decision)
    assert second[1].reason == "two lines"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json", "Invalid JSON"),
        (b"\xff", "Invalid JSON"),
        (b'"text"', "object"),
        (b"[" * 5_000, "Invalid JSON"),
        (lines({"answer_id": GRADED})[0], "point_id: Field required"),
        (lines(row(verdict="brilliant"))[0], "verdict: Input should be"),
        (lines(row(verdict="needs_review"))[0], "verdict: Value error, a person decides"),
        (lines(row(extra=1))[0], "extra: Extra inputs are not permitted"),
        (lines(row(reason="x" * 2_001))[0], "reason: String should have at most 2000"),
        (lines(row(reason=7))[0], "reason: Input should be a valid string"),
        (lines(row(reason="\ud800"))[0], "Invalid JSON"),
    ],
    ids=range(11),
)
def test_a_bad_line_says_what_is_wrong_with_it(line: bytes, said: str) -> None:
    ((number, fault),) = read_decisions([line])
    assert number == 1
    assert said in fault


def test_a_decision_is_found_its_grade(kept: AttemptRecord) -> None:
    matched, faults = match(read_decisions(lines(row())), [kept])
    assert faults == []
    (one,) = matched
    assert one.graded == kept.grades[0]
    assert one.point.id == "pilot"
    assert one.record == kept


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"answer_id": "0" * 32}, "there is no answer '0000"),
        ({"answer_id": UNGRADED}, "is not graded yet"),
        ({"point_id": "price"}, "there is no point 'price'; the answer has cost, pilot"),
        ({"point_id": "cost", "verdict": "not_met"}, "reason: one is needed, as the machine"),
        ({"point_id": "cost", "verdict": "not_met", "reason": " "}, "reason: one is needed"),
    ],
)  # fmt: skip
def test_a_decision_that_fits_nothing_is_a_fault(
    fields: dict[str, object], said: str, kept: AttemptRecord
) -> None:
    matched, ((line, fault),) = match(read_decisions(lines(row(**fields))), [kept])
    assert (matched, line) == ([], 1)
    assert said in fault


def test_agreeing_needs_no_reason_and_differing_with_one_is_fine(kept: AttemptRecord) -> None:
    agreeing = row(point_id="cost")
    differing = row(point_id="cost", verdict="partial", reason="half of it")
    for one in (agreeing, differing):
        assert match(read_decisions(lines(one)), [kept])[1] == []


def test_two_decisions_on_one_point_are_a_fault_and_others_still_found(kept: AttemptRecord) -> None:
    rows = [row(), row(verdict="partial"), row(point_id="cost")]
    matched, faults = match(read_decisions([*lines(*rows), b"?"]), [kept])
    assert [one.point.id for one in matched] == ["pilot", "cost"]
    assert [line for line, _ in faults] == [2, 4]
    assert faults[0][1] == "a second decision on pilot of the same answer"

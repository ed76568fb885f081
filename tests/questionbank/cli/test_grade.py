"""`questionbank grade`: every row a line, in order, the same bytes each time."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from commands import Result, Run, StubEncoder, StubLoading

from grader import peak
from grader.crew import Crew
from questionbank import answer_file, batch
from questionbank.cli.context import Context

GOOD = "I would compare the monthly bill of both models."
HALF = "I would test both on our own tickets and count errors."
WEAK = "I would take the newest one."
Grading = Callable[..., Result]
OPEN = "model-choice/small-model"
KEYS = [
    "id",
    "question_id",
    "status",
    "score",
    "max_score",
    "flags",
    "review",
    "points",
    "provenance",
]
POINT = {"id", "verdict", "probability", "points", "max_points", "evidence"}


def jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def row(**given: object) -> dict[str, Any]:
    return {"id": "r1", "question_id": OPEN, "answer": GOOD, **given}


def parsed(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.out.splitlines()]


@pytest.fixture
def grade(run: Run, bank_folder: Path, stub_grader: StubLoading) -> Grading:
    assert stub_grader.asked == []

    def call(content: bytes, *options: str, **named: object) -> Result:
        return run("grade", "-", "--bank", bank_folder, *options, stdin=content, **named)

    return call


def test_a_line_has_exactly_the_promised_shape(grade: Grading) -> None:
    result = grade(jsonl(row()))
    assert result.code == 0
    (line,) = parsed(result)
    assert list(line) == KEYS
    assert (line["id"], line["question_id"], line["status"]) == ("r1", OPEN, "graded")
    assert (line["score"], line["max_score"]) == (2.0, 3.0)
    assert line["flags"] == line["review"] == []
    cost, measures = line["points"]
    assert set(cost) >= POINT
    assert (cost["id"], cost["verdict"], cost["points"], cost["max_points"]) == (
        "cost", "met", 2.0, 2.0,
    )  # fmt: skip
    assert cost["evidence"] == {"start": 0, "end": 48, "text": GOOD}
    assert 0 < measures["probability"] < 0.5
    made = line["provenance"]
    assert made["question"]["id"] == made["rubric"]["id"] == OPEN
    assert (made["model"], made["dtype"], made["device"]) == ("stub", "float32", "cpu")
    assert made["calibration"] == "stub-1"


def test_offsets_count_characters_of_the_answer_as_given(grade: Grading) -> None:
    answer = f"\u200b\U0001f600 \ufb01rst:\r\n\t{WEAK}  {GOOD} "
    (line,) = parsed(grade(jsonl(row(answer=answer))))
    evidence = line["points"][0]["evidence"]
    assert answer[evidence["start"] : evidence["end"]] == evidence["text"]
    assert evidence["text"] == GOOD


def test_every_kind_and_part_is_graded_in_one_file(grade: Grading) -> None:
    rows = [
        row(id="a", question_id="foundations/rare-class", answer="recall"),
        row(id="b", question_id="inference-economics/daily-bill", answer="none", seed=3),
        row(id="c", question_id="model-choice/two-steps#why"),
        row(id="d", question_id="model-choice/two-steps#sum", answer="120 dollars"),
        row(id="e", answer="  "),
    ]
    result = grade(jsonl(*rows))
    assert result.code == 0
    lines = parsed(result)
    assert [line["id"] for line in lines] == list("abcde")
    assert [line["score"] for line in lines] == [1.0, 0.0, 2.0, 1.0, 0.0]
    assert lines[2]["provenance"]["rubric"]["id"] == OPEN
    assert lines[3]["provenance"]["rubric"] is None
    assert lines[4]["flags"] == ["blank"]
    assert [list(line) for line in lines] == [KEYS] * 5


def test_a_seed_names_the_numeric_instance(grade: Grading, run: Run, bank_folder: Path) -> None:
    show = ("show", "inference-economics/daily-bill", "--bank", bank_folder, "--all", "--json")
    rows, other = [], []
    for seed in range(6):
        right = json.loads(run(*show, "--seed", str(seed)).out)["instances"][0]["right"]
        rows.append(
            row(question_id="inference-economics/daily-bill", answer=f"${right}", seed=seed)
        )
        other.append({**rows[-1], "seed": seed + 100})
    assert [line["score"] for line in parsed(grade(jsonl(*rows)))] == [1.0] * 6
    assert {line["score"] for line in parsed(grade(jsonl(*other)))} != {1.0}


BAD = [
    (b"not json", None, None, "not JSON: Expecting value at character 1"),
    (b'{"id": "x"', None, None, "not JSON: "),
    (b"[1, 2]", None, None, "expected a JSON object with id, question_id and answer"),
    (b'"text"', None, None, "expected a JSON object"),
    (b"null", None, None, "expected a JSON object"),
    (b'{"id": "x", "answer": "\xff\xfe"}', None, None, "the row is not UTF-8"),
    (b'{"id": "x", "answer": "a"}', "x", None, "question_id is missing"),
    (b'{"id": "x", "question_id": "q"}', "x", "q", "answer is missing"),
    (b'{"id": "x", "question_id": "", "answer": "a"}', "x", "", "question_id: "),
    (b'{"id": "x", "question_id": "q", "answer": 7}', "x", "q", "answer: "),
    (b'{"id": "x", "question_id": "q", "answer": null}', "x", "q", "answer: "),
    (b'{"id": "x", "question_id": "q", "answer": ["a"]}', "x", "q", "answer: "),
    (b'{"id": "x", "question_id": 7, "answer": "a"}', "x", None, "question_id: "),
    (b'{"id": ["x"], "question_id": "q", "answer": "a"}', None, "q", "id: "),
    (b'{"id": true, "question_id": "q", "answer": "a"}', None, "q", "id: "),
    (b'{"id": "x", "question_id": "q", "answer": "a", "seed": "1"}', "x", "q", "seed: "),
    (b'{"id": "x", "question_id": "q", "answer": "a", "seed": -1}', "x", "q", "seed: "),
    (b'{"id": "x", "question_id": "q", "answer": "a", "seed": 1e3}', "x", "q", "seed: "),
    (
        b'{"id": "x", "question_id": "q", "answer": "a", "seed": 9007199254740992}',
        "x", "q", "seed: ",
    ),
    (b'{"id": "x", "question_id": "q", "answer": "\\ud800"}', "x", "q", "answer: "),
    (b'{"id": "\\ud800", "question_id": "q", "answer": "a"}', None, "q", "id: "),
    (b'{"id": ' + b"9" * 5000 + b"}", None, None, "a number in it is too long"),
    (b"[" * 200_000, None, None, "nested too deep"),
    (b'{"id": "x", "question_id": "xyzzy", "answer": "a"}', "x", "xyzzy", "there is no question"),
    (
        b'{"id": "x", "question_id": "model-choice/smal-model", "answer": "a"}',
        "x", "model-choice/smal-model", "did you mean model-choice/small-model",
    ),
    (
        b'{"id": "x", "question_id": "model-choice/two-steps", "answer": "a"}',
        "x", "model-choice/two-steps",
        "is a case; name a part: model-choice/two-steps#why, model-choice/two-steps#sum",
    ),
    (
        b'{"id": "x", "question_id": "model-choice/two-steps#no", "answer": "a"}',
        "x", "model-choice/two-steps#no", "there is no part",
    ),
    (
        b'{"id": "x", "question_id": "foundations/rare-class#no", "answer": "a"}',
        "x", "foundations/rare-class#no", "there is no part",
    ),
    (
        b'{"id": "x", "question_id": "../../etc/passwd", "answer": "a"}',
        "x", "../../etc/passwd", "there is no question",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "name", "question_id", "error"), BAD, ids=range(len(BAD)))
def test_a_bad_row_becomes_a_line_and_the_rest_goes_on(
    bad: bytes, name: str | None, question_id: str | None, error: str, grade: Grading
) -> None:
    content = jsonl(row(id="before")) + b"\n" + bad + b"\n" + jsonl(row(id="after"))
    result = grade(content)
    assert result.code == 1
    before, line, after = parsed(result)
    assert (before["id"], before["status"]) == ("before", "graded")
    assert (after["id"], after["status"]) == ("after", "graded")
    assert before == {**after, "id": "before"}
    assert list(line) == [*KEYS[:3], "error", *KEYS[3:]]
    assert line["status"] == "not_graded"
    assert line["id"] == (name if name is not None else "3")
    assert line["question_id"] == question_id
    assert line["error"].startswith("line 3: ")
    assert error in line["error"]
    assert line["score"] is line["max_score"] is line["provenance"] is None
    assert line["points"] == line["flags"] == line["review"] == []


def test_a_huge_row_is_refused_unread(grade: Grading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_file, "MAX_ROW", 1000)
    huge = jsonl(row(answer="x" * 5000))
    result = grade(jsonl(row(id="a")) + huge + jsonl(row(id="b")) + huge[:-1])
    assert result.code == 1
    lines = parsed(result)
    assert [line["id"] for line in lines] == ["a", "2", "b", "4"]
    assert lines[1]["error"] == "line 2: the line has more than 1,000 characters"


def test_rows_without_an_id_are_named_by_their_line(grade: Grading) -> None:
    one = {"question_id": OPEN, "answer": GOOD}
    lines = parsed(
        grade(jsonl(one) + b"\n  \n" + jsonl(one, {**one, "id": None}, {**one, "id": 7}))
    )
    assert [line["id"] for line in lines] == ["1", "4", "5", "7"]


@pytest.mark.parametrize("content", [b"", b"\n\n  \n"])
def test_an_empty_file_is_graded_to_nothing(
    content: bytes, grade: Grading, stub_grader: StubLoading
) -> None:
    result = grade(content)
    assert (result.code, result.out) == (0, "")
    assert stub_grader.asked == []


def test_a_byte_order_mark_and_windows_line_ends_are_read(grade: Grading) -> None:
    content = b"\xef\xbb\xbf" + jsonl(row(id="a"), row(id="b")).replace(b"\n", b"\r\n")
    result = grade(content)
    assert result.code == 0
    assert [line["id"] for line in parsed(result)] == ["a", "b"]


def test_a_question_whose_rubric_or_formula_is_broken_is_a_bad_row(
    grade: Grading, bank_folder: Path
) -> None:
    (bank_folder / "rubrics" / "model-choice" / "small-model.yaml").unlink()
    path = bank_folder / "questions" / "inference-economics" / "daily-bill.md"
    path.write_text(path.read_text().replace("requests * price / 1000", "requests / 0"))
    (bank_folder / "questions" / "foundations" / "rare-class.md").write_text("nothing")
    rows = [
        row(),
        row(question_id="inference-economics/daily-bill", answer="7"),
        row(question_id="foundations/rare-class"),
    ]
    result = grade(jsonl(*rows))
    assert result.code == 1
    errors = [line["error"] for line in parsed(result)]
    assert "the rubric of model-choice/small-model is missing" in errors[0]
    assert "cannot be asked with seed 0" in errors[1]
    assert "question foundations/rare-class has problems" in errors[2]
    assert "in the bank; `questionbank check` lists them" in result.err


def test_closed_rows_need_no_model(grade: Grading, no_model: StubLoading) -> None:
    result = grade(jsonl(row(question_id="foundations/rare-class", answer="recall")))
    assert result.code == 0
    assert no_model.asked == []


def test_without_a_model_open_rows_end_with_3_before_a_line_is_written(
    grade: Grading, no_model: StubLoading
) -> None:
    rows = [row(question_id="foundations/rare-class", answer="recall"), row()]
    result = grade(jsonl(*rows))
    assert (result.code, result.out) == (3, "")
    assert str(no_model.error) in result.err


def test_an_uncalibrated_model_leaves_every_point_to_a_person(
    grade: Grading, stub_grader: StubLoading
) -> None:
    stub_grader.calibrated = False
    (line,) = parsed(grade(jsonl(row()), "--model", "other"))
    assert stub_grader.asked[0].model == "other"
    for point in line["points"]:
        assert (point["verdict"], point["probability"], point["points"]) == (
            "needs_review", None, None,
        )  # fmt: skip
    assert line["score"] == 0.0
    assert line["review"] == [
        "There is no calibration for this model, so each point needs a person."
    ]
    assert line["provenance"]["calibration"] is None


def many(count: int = 60) -> list[dict[str, Any]]:
    texts = [GOOD, HALF, WEAK, "", "12", f"{GOOD} {HALF}", "Ich nehme das neueste Modell, klar."]
    rows = [row(id=f"r{n}", answer=f"{texts[n % len(texts)]}") for n in range(count)]
    rows[5]["question_id"] = "foundations/rare-class"
    rows[9]["question_id"] = "xyzzy"
    return rows


def test_the_same_input_gives_the_same_bytes(grade: Grading) -> None:
    first, second = (grade(jsonl(*many()), "--no-cache") for _ in range(2))
    assert (first.code, first.out) == (second.code, second.out)
    assert first.out.count("\n") == 60


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_the_batch_size_changes_nothing(size: int, grade: Grading) -> None:
    content = jsonl(*many())
    assert grade(content, "--batch-size", str(size)).out == grade(content).out


@pytest.mark.parametrize("seed", range(3))
def test_company_changes_no_line(seed: int, grade: Grading) -> None:
    rows = many()
    rows[9]["id"] = "unknown"
    expected = dict(zip([r["id"] for r in rows], grade(jsonl(*rows)).out.splitlines(), strict=True))
    random.Random(seed).shuffle(rows)  # noqa: S311 - no secret
    shuffled = grade(jsonl(*rows)).out.splitlines()
    for one, line in zip(rows, shuffled, strict=True):
        if one["question_id"] != "xyzzy":  # whose error names its place
            assert line == expected[one["id"]]


def test_the_end_of_a_chunk_changes_nothing(
    grade: Grading, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = grade(jsonl(*many())).out
    monkeypatch.setattr(batch, "CHUNK", 7)
    assert grade(jsonl(*many())).out == expected


def test_progress_goes_to_stderr(grade: Grading) -> None:
    result = grade(jsonl(*many(20)))
    assert "Graded: 20 of 20\n" in result.err
    assert "Graded: 10 of 20" in result.err
    bar = grade(jsonl(*many(20)), env={"FORCE_COLOR": "1"})
    assert bar.out == result.out
    assert "20/20" in bar.err


def test_a_file_is_read_like_stdin(
    run: Run, bank_folder: Path, stub_grader: StubLoading, tmp_path: Path, grade: Grading
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(jsonl(*many()))
    assert run("grade", path, "--bank", bank_folder).out == grade(jsonl(*many())).out
    assert stub_grader.asked


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_wrong_usage(
    name: str | None, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    result = run("grade", tmp_path / name, "--bank", bank_folder)
    assert (result.code, result.out) == (2, "")
    assert "cannot be read: " in result.err


def test_keep_puts_answers_and_grades_on_record_once(grade: Grading, run: Run) -> None:
    content = jsonl(*many())
    expected = grade(content)
    kept = grade(content, "--keep")
    assert kept.out == expected.out
    (facts,) = json.loads(run("history", "--json").out)
    assert (facts["answered"], facts["graded"]) == (59, 59)
    entries = json.loads(run("doctor", "--json").out)["entries"]
    assert grade(content, "--keep").out == expected.out
    assert json.loads(run("doctor", "--json").out)["entries"] == entries
    shown = json.loads(run("history", "show", facts["id"], "--json").out)["answers"]
    lines = [line for line in parsed(expected) if line["status"] == "graded"]
    assert [one["label"] for one in shown] == [line["id"] for line in lines]
    assert [one["grades"][0]["grade"]["score"] for one in shown] == [
        line["score"] for line in lines
    ]


def test_keep_opens_an_attempt_for_each_chunk(
    grade: Grading, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 25)
    assert grade(jsonl(*many()), "--keep").code == 1
    facts = json.loads(run("history", "--json").out)
    assert sorted(one["answered"] for one in facts) == [10, 24, 25]
    assert all(one["finished"] for one in facts)


def test_keep_of_bad_rows_alone_opens_no_attempt(grade: Grading, run: Run) -> None:
    assert grade(b"nonsense\n", "--keep").code == 1
    assert run("history", "--json").out == "[]\n"


def test_another_input_is_another_attempt(grade: Grading, run: Run) -> None:
    grade(jsonl(row()), "--keep")
    grade(jsonl(row(answer=WEAK)), "--keep")
    assert len(json.loads(run("history", "--json").out)) == 2


def test_what_is_kept_can_be_verified(grade: Grading, run: Run) -> None:
    grade(jsonl(*many()), "--keep")
    with closing(sqlite3.connect(Context().data / "questionbank.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert run("doctor").code == 0


def test_ctrl_c_is_code_130(grade: Grading, stub_grader: StubLoading) -> None:
    stub_grader.error = KeyboardInterrupt()
    result = grade(jsonl(row()))
    assert (result.code, result.out) == (130, "")
    assert result.err.splitlines()[-1] == "interrupted"


def test_escapes_in_rows_never_reach_the_terminal(grade: Grading) -> None:
    evil = "\x1b]0;x\x07\x9b\u202e\u2028"
    rows = [row(id=evil, answer=f"{GOOD} {evil} {HALF}{evil}"), row(question_id=evil, answer=evil)]
    result = grade(jsonl(*rows))
    assert result.out.count("\n") == 2
    assert len(result.out.splitlines()) == 2
    assert not set(evil[:1] + "\x07\x9b\u202e\u2028") & set(result.out + result.err)
    assert parsed(result)[0]["id"] == evil


CSV = "id,question_id,answer,seed\r\n"


def as_csv(
    run: Run, bank_folder: Path, tmp_path: Path, content: bytes, name: str = "answers.csv"
) -> Result:
    path = tmp_path / name
    path.write_bytes(content)
    return run("grade", path, "--bank", bank_folder)


def test_csv_and_json_lines_give_the_same_lines(
    run: Run, bank_folder: Path, tmp_path: Path, grade: Grading
) -> None:
    text = f'{GOOD}\r\n"quoted", {HALF}'
    quoted = text.replace('"', '""')
    content = f'{CSV}a,{OPEN},"{quoted}",\r\nb,{OPEN},,7\r\n'.encode()
    rows = [row(id="a", answer=text), row(id="b", answer="", seed=7)]
    result = as_csv(run, bank_folder, tmp_path, content)
    assert result.code == 0
    assert result.out == grade(jsonl(*rows)).out
    assert result.out == as_csv(run, bank_folder, tmp_path, b"\xef\xbb\xbf" + content).out
    assert result.out == as_csv(run, bank_folder, tmp_path, content, "ANSWERS.CSV").out
    assert result.out == grade(content).out
    assert result.err.splitlines()[-1] == "Graded: 2 of 2"


def test_csv_may_have_other_columns_in_any_order(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    content = f"note, answer ,question_id\nx,{GOOD},{OPEN}\n\ny,{WEAK},{OPEN}\n".encode()
    result = as_csv(run, bank_folder, tmp_path, content)
    lines = parsed(result)
    assert [line["id"] for line in lines] == ["2", "4"]
    assert [line["score"] for line in lines] == [2.0, 0.0]


@pytest.mark.parametrize(
    ("bad", "name", "error"),
    [
        (f"x,{OPEN}".encode(), "3", "2 cells under 4 headings"),
        (f"x,{OPEN},a,1,more".encode(), "3", "5 cells under 4 headings"),
        (f'x,{OPEN},"a"b,'.encode(), "3", "not CSV: "),
        (b"x," + OPEN.encode() + b",\xff,", "3", "the row is not UTF-8"),
        (f"x,{OPEN},a,one".encode(), "x", "seed: 'one' is no whole number"),
        (f"x,{OPEN},a,-1".encode(), "x", "seed: '-1' is no whole number"),
        (f"x,{OPEN},a,{'9' * 40}".encode(), "x", "is no whole number"),
        (f"x,{OPEN},a,9999999999999999".encode(), "x", "seed: "),
        (b"x,,a,", "x", "question_id is missing"),
        (b"x,xyzzy,a,", "x", "there is no question"),
    ],
)
def test_a_bad_csv_row_becomes_a_line_and_the_rest_goes_on(
    bad: bytes, name: str, error: str, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    good = f"{OPEN},{GOOD},\r\n".encode()
    content = CSV.encode() + b"a," + good + bad + b"\r\nb," + good
    result = as_csv(run, bank_folder, tmp_path, content)
    assert result.code == 1
    before, line, after = parsed(result)
    assert (before["status"], after["status"]) == ("graded", "graded")
    assert (line["status"], line["id"]) == ("not_graded", name)
    assert line["error"].startswith("line 3: ")
    assert error in line["error"]


def test_a_quote_that_never_closes_is_one_bad_row(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    content = f'{CSV}a,{OPEN},{GOOD},\nb,{OPEN},"never closed,\nc,{OPEN},lost,\n'.encode()
    result = as_csv(run, bank_folder, tmp_path, content)
    assert result.code == 1
    assert [(line["id"], line["status"]) for line in parsed(result)] == [
        ("a", "graded"), ("3", "not_graded"),
    ]  # fmt: skip


def test_a_huge_csv_line_is_refused_and_the_rest_goes_on(
    run: Run, bank_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_file, "MAX_ROW", 1000)
    content = f"{CSV}a,{OPEN},{'x' * 3000},\nb,{OPEN},{GOOD},\n".encode()
    lines = parsed(as_csv(run, bank_folder, tmp_path, content))
    assert [line["id"] for line in lines] == ["2", "b"]
    assert "more than 1,000 characters" in lines[0]["error"]
    spread = "\n".join(["y" * 300] * 5)
    content = f'{CSV}a,{OPEN},"{spread}",\nb,{OPEN},{GOOD},\n'.encode()
    lines = parsed(as_csv(run, bank_folder, tmp_path, content))
    assert lines[0]["status"] == "not_graded"
    assert (lines[-1]["id"], lines[-1]["status"]) == ("b", "graded")


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ("id,question_id,text", "lacks answer; it must name the columns"),
        ("id;question_id;answer", "lacks answer and question_id"),
        ("answer", "lacks question_id"),
        ("id,id,question_id,answer", "names id twice"),
        ("question_id,answer,answer,question_id", "names answer and question_id twice"),
    ],
)
def test_a_csv_header_that_cannot_be_used_is_code_4(
    header: str, error: str, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    result = as_csv(run, bank_folder, tmp_path, f"{header}\na,b,c,d\n".encode())
    assert (result.code, result.out) == (4, "")
    assert error in result.err
    assert result.err.count("\n") == 1


@pytest.mark.model
def test_real_weights_give_the_same_bytes_in_any_company(run: Run, bank_folder: Path) -> None:
    content = jsonl(*many(21))
    first = run("grade", "-", "--bank", bank_folder, stdin=content)
    other = run("grade", "-", "--bank", bank_folder, "--batch-size", "3", stdin=content)
    assert first.code == other.code == 1
    assert first.out == other.out
    assert parsed(first)[0]["provenance"]["calibration"]


def test_a_profile_goes_to_stderr_and_changes_no_line(
    grade: Grading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peak, "measure_peak", lambda device: peak.Peak(1e11, "float32", 2, device))
    plain, profiled = grade(jsonl(row())), grade(jsonl(row()), "--profile", "--no-cache")
    assert profiled.out == plain.out
    assert "1 answer in" in profiled.err
    for stage in ("reading the file", "encoding", "features and verdicts", "writing"):
        assert stage in profiled.err


def test_a_profile_of_closed_rows_loads_nothing(grade: Grading, no_model: StubLoading) -> None:
    closed = row(question_id="foundations/rare-class", answer="recall")
    result = grade(jsonl(closed), "--profile")
    assert result.code == 0
    assert "1 answer in" in result.err
    assert no_model.asked == []


def test_what_runs_the_model_is_on_record_unless_it_is_torch(
    grade: Grading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "grades.jsonl"
    assert grade(jsonl(row()), "--output", str(output)).code == 0
    (line,) = map(json.loads, output.read_text().splitlines())
    assert "backend" not in line["provenance"]
    monkeypatch.setattr(StubEncoder, "backend", "openvino", raising=False)
    (line,) = parsed(grade(jsonl(row())))
    assert line["provenance"]["backend"] == "openvino"
    again = grade(jsonl(row()), "--output", str(output))
    assert again.code == 2
    assert "another bank, model or version" in again.err


def test_several_devices_give_the_lines_of_one(
    grade: Grading, stub_grader: StubLoading, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = jsonl(*(row(id=str(n), answer=f"{GOOD} {n}") for n in range(9)), row(question_id="x"))
    expected = grade(rows)
    assert len(stub_grader.asked) == 1
    monkeypatch.setattr("grader.crew.Crew", partial(Crew, load=StubLoading()))
    found = grade(rows, "--devices", "cpu, cpu")
    assert (found.code, found.out) == (expected.code, expected.out)
    assert "Loading the model on cpu, cpu …" in found.err
    assert len(stub_grader.asked) == 1  # the process that writes computes nothing


@pytest.mark.parametrize(
    ("devices", "said"),
    [("all", "no CUDA card; leave --devices out"), (" , ", "names no device")],
)
def test_devices_that_are_not_there_are_wrong_usage(
    devices: str, said: str, grade: Grading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.device.cuda_cards", list)
    result = grade(jsonl(row()), "--devices", devices)
    assert (result.code, result.out) == (2, "")
    assert said in result.err

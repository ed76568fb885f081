"""Files of judged answers: both forms, packed or not, and every kind of bad row."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from questionbank.errors import FormatError, UsageError
from questionbank.labelled_file import MAX_ROW, InterviewRow, LabelledFile, ReferenceRow

REFERENCE = {
    "dataset": "made up",
    "split": "dev",
    "question_id": "q1",
    "question": "Why is the sky blue?",
    "reference": ["Short waves are scattered more.", "Rayleigh scattering."],
    "rubric": None,
    "answer": "Blue light is scattered.",
    "score": 0.5,
    "max_score": 2,
    "label": "partly",
}
LABELLED = REFERENCE | {
    "reference": None,
    "rubric": [
        {"id": "a", "text": "Names scattering.", "label": True, "note": "kept out"},
        {"id": "b", "text": "Names the waves.", "label": None},
    ],
    "score": None,
    "max_score": None,
}
INTERVIEW = {
    "id": "x-1",
    "question_id": "model-choice/small-model",
    "style": "terse",
    "answer": "Compare the bills.",
    "labels": {"cost": "met", "measures": "not_met"},
    "raters": {"cost": ["met", "partial"], "measures": ["not_met", "not_met"]},
}


def written(folder: Path, *rows: object, name: str = "judged.jsonl") -> LabelledFile:
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return LabelledFile(path)


def test_both_forms_are_read_with_their_lines(tmp_path: Path) -> None:
    file = written(tmp_path, REFERENCE, LABELLED, INTERVIEW)
    (one, first), (two, second), (three, third) = file.rows()
    assert (one, two, three) == (1, 2, 3)
    assert isinstance(first, ReferenceRow)
    assert first.reference == tuple(REFERENCE["reference"])
    assert (first.score, first.max_score) == (0.5, 2.0)
    assert isinstance(second, ReferenceRow)
    assert second.rubric is not None
    assert [point.label for point in second.rubric] == [True, None]
    assert isinstance(third, InterviewRow)
    assert third.raters == {"cost": ("met", "partial"), "measures": ("not_met", "not_met")}
    assert file.check() == 3


def test_a_single_reference_is_one_of_one(tmp_path: Path) -> None:
    ((_, row),) = written(tmp_path, REFERENCE | {"reference": " Scattering. "}).rows()
    assert isinstance(row, ReferenceRow)
    assert row.reference == ("Scattering.",)


def test_what_may_be_left_out_may_be_left_out(tmp_path: Path) -> None:
    bare = {key: INTERVIEW[key] for key in ("question_id", "answer", "labels")}
    ((_, row),) = written(tmp_path, bare).rows()
    assert isinstance(row, InterviewRow)
    assert (row.id, row.style, row.raters) == (None, None, None)


@pytest.mark.parametrize("name", ["judged.jsonl.gz", "judged.jsonl"])
def test_a_packed_file_is_known_by_its_content(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(json.dumps(REFERENCE).encode()))
    assert LabelledFile(path).check() == 1
    assert LabelledFile(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_blank_lines_and_a_mark_at_the_beginning_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    row = json.dumps(INTERVIEW)
    path.write_bytes(b"\xef\xbb\xbf" + f"{row}\r\n\n  \n{row}".encode())
    assert [line for line, _ in LabelledFile(path).rows()] == [1, 4]


def test_a_limit_reads_no_further(tmp_path: Path) -> None:
    written(tmp_path, INTERVIEW, INTERVIEW, {"bad": "row"})
    file = LabelledFile(tmp_path / "judged.jsonl", limit=2)
    assert file.check() == 2
    assert len(list(file.rows())) == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([], "expected a JSON object"),
        ({}, "question_id is missing"),
        ({"question_id": "q"}, "answer is missing"),
        (INTERVIEW | {"answer": 3}, "answer: Input should be a valid string"),
        (INTERVIEW | {"labels": {}}, "labels: "),
        (INTERVIEW | {"labels": {"cost": "contradicted"}}, "labels.cost: Input should be 'met'"),
        (INTERVIEW | {"raters": {"cost": "met"}}, "raters.cost: "),
        (REFERENCE | {"reference": None}, "without a rubric a row needs a reference and a score"),
        (REFERENCE | {"score": None}, "without a rubric a row needs a reference and a score"),
        (REFERENCE | {"reference": []}, "reference: "),
        (REFERENCE | {"reference": 7}, "reference: "),
        (REFERENCE | {"reference": ["x", " "]}, "reference.1: "),
        (REFERENCE | {"score": 3}, "score needs a max_score that is not below it"),
        (REFERENCE | {"max_score": None}, "score needs a max_score that is not below it"),
        (REFERENCE | {"score": -1}, "score: "),
        (REFERENCE | {"score": "1"}, "score: Input should be a valid number"),
        (REFERENCE | {"score": float("nan")}, "score: Input should be a finite number"),
        (REFERENCE | {"max_score": 0}, "max_score: "),
        (LABELLED | {"rubric": []}, "rubric: "),
        (LABELLED | {"rubric": [*LABELLED["rubric"], LABELLED["rubric"][0]]}, "a point twice"),
        (LABELLED | {"rubric": [{"id": "a", "text": "x", "label": "yes"}]}, "rubric.0.label: "),
    ],
)
def test_a_bad_row_is_named_with_its_line(row: object, said: str, tmp_path: Path) -> None:
    file = written(tmp_path, REFERENCE, row)
    with pytest.raises(FormatError) as caught:
        file.check()
    assert f"judged.jsonl: line 2: {said}" in str(caught.value) or (
        "line 2: " in str(caught.value) and said in str(caught.value)
    )
    with pytest.raises(FormatError, match="line 2: "):
        list(file.rows())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "not JSON: Expecting property name"),
        (b"\xff\xfe{}", "the row is not UTF-8"),
        (b'{"answer": ' + b"9" * 5000 + b"}", "a number too long or nested too deep"),
        (b"[" * 100_000, "a number too long or nested too deep"),
        (b'{"question_id": "q", "answer": "\\ud800", "labels": {"a": "met"}}', "line 1: "),
        (b'{"answer": "' + b"x" * MAX_ROW + b'"}', "the line has more than 5,000,000 bytes"),
    ],
    ids=["half", "bytes", "number", "deep", "surrogate", "long"],
)
def test_a_line_that_is_no_row_is_named(line: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_bytes(line + b"\n" + json.dumps(INTERVIEW).encode())
    with pytest.raises(FormatError) as caught:
        LabelledFile(path).check()
    assert said in str(caught.value)
    assert "line 2" not in str(caught.value)


def test_an_overlong_last_line_ends_the_file(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_bytes(b"x" * (3 * MAX_ROW))
    with pytest.raises(FormatError, match="line 1: the line has more"):
        LabelledFile(path).check()


def test_the_first_bad_rows_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    file = written(tmp_path, *[{}] * 5)
    with pytest.raises(FormatError) as caught:
        file.check()
    assert str(caught.value).endswith("line 3: question_id is missing; and 2 more")
    assert "line 4" not in str(caught.value)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="there is no row in it"):
        written(tmp_path).check()


@pytest.mark.parametrize("cut", [30, -9, -4])
def test_a_damaged_packed_file_is_refused(cut: int, tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(REFERENCE).encode())
    path = tmp_path / "judged.jsonl.gz"
    path.write_bytes(packed[:cut])
    with pytest.raises(FormatError, match="the compressed file is damaged"):
        LabelledFile(path).check()


def test_a_packed_file_with_a_flipped_byte_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(json.dumps(REFERENCE).encode()))
    packed[-6] ^= 0xFF
    path = tmp_path / "judged.jsonl.gz"
    path.write_bytes(packed)
    with pytest.raises(FormatError, match="the compressed file is damaged"):
        LabelledFile(path).check()


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: "):
        LabelledFile(tmp_path / name).check()

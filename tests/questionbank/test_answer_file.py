"""Answers are read row by row from any file, and a bad row stops nothing."""

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from questionbank import answer_file
from questionbank.answer_file import MAX_SEED, AnswerFile, AnswerRow, BadRow, read_rows
from questionbank.errors import FormatError, UsageError

ROW = b'{"id": "x", "question_id": "a/b#c", "answer": "text", "seed": 3}\n'


def read(text: str, name: str = "rows.jsonl") -> list[tuple[int, AnswerRow | BadRow]]:
    return list(read_rows(io.StringIO(text, newline=""), name))


def test_a_row_names_its_question_and_its_part() -> None:
    ((number, row),) = read(ROW.decode())
    assert (number, row) == (1, AnswerRow(id="x", question_id="a/b#c", answer="text", seed=3))
    assert row.question_and_part == ("a/b", "c")
    assert AnswerRow(question_id="a/b", answer="").question_and_part == ("a/b", None)
    assert AnswerRow(question_id="a/b#", answer="").question_and_part == ("a/b", None)


def test_keys_that_are_not_known_are_passed_over() -> None:
    ((_, row),) = read(f'{{"question_id": "q", "answer": "a", "level": 3, "seed": {MAX_SEED}}}')
    assert row == AnswerRow(question_id="q", answer="a", seed=MAX_SEED)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_numbers_count_blank_lines(end: int) -> None:
    text = end.join([ROW.decode().strip(), "", "nonsense", "  ", ROW.decode().strip()])
    found = read(text)
    assert [number for number, _ in found] == [1, 3, 5]
    assert [type(row) for _, row in found] == [AnswerRow, BadRow, AnswerRow]


def test_csv_rows_are_numbered_by_the_line_they_begin_in() -> None:
    text = 'question_id,answer\nq,"one\ntwo"\n\nq,three\nq\nq,four\n'
    found = read(text, "rows.csv")
    assert [number for number, _ in found] == [2, 5, 6, 7]
    assert found[0][1] == AnswerRow(question_id="q", answer="one\ntwo")
    assert isinstance(found[2][1], BadRow)


@pytest.mark.parametrize(
    ("first", "csv"),
    [
        ("question_id,answer", True),
        ('"question_id","answer"', True),
        ("\ufeffid, question_id ,answer,seed", True),
        ("question_id;answer", False),
        ("question_id,text", False),
        ('["question_id","answer"]', False),
        ('{"question_id": "q", "answer": "a"}', False),
    ],
)
def test_a_csv_header_is_recognised_whatever_the_name(first: str, csv: bool) -> None:
    found = read(f"{first}\n1,2,3,4\n", "-")
    assert any("not JSON" in str(getattr(row, "error", "")) for _, row in found) != csv or (
        first.startswith(("[", "{")) and not csv
    )


def test_a_name_that_ends_in_csv_needs_the_header() -> None:
    with pytest.raises(FormatError, match="the first line lacks answer and question_id"):
        read(ROW.decode(), "rows.CSV")


def test_empty_cells_are_what_was_left_out() -> None:
    ((_, row),) = read("id,question_id,answer,seed\n,q,,\n", "x.csv")
    assert row == AnswerRow(question_id="q", answer="")


def test_a_long_line_ends_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_file, "MAX_ROW", 40)
    short = '{"question_id": "q", "answer": "a"}'
    for end in ("\n", "\r\n", "\r"):
        text = end.join(["x" * 38, "x" * 40, "x" * 200, short, "x" * 41])
        found = read(text)
        assert [number for number, _ in found] == [1, 2, 3, 4, 5]
        assert [type(row) for _, row in found] == [BadRow, BadRow, BadRow, AnswerRow, BadRow]
        assert ["more than 40" in str(getattr(row, "error", "")) for _, row in found] == [
            False, True, True, False, True,
        ]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROW * 3)
    return path


def test_a_file_can_be_read_again_and_again(path: Path) -> None:
    with AnswerFile(str(path), None) as file:
        assert len(list(file.rows())) == 3
        assert file.digest == hashlib.sha256(ROW * 3).hexdigest()
        begun = file.rows()
        assert next(begun)[0] == 1
        begun.close()
        assert len(list(file.rows())) == 3


def test_standard_input_is_read_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_file, "_IN_MEMORY", 10)
    with AnswerFile("-", io.BytesIO(ROW * 2)) as file:
        assert len(list(file.rows())) == 2
        assert file.digest == hashlib.sha256(ROW * 2).hexdigest()
        assert len(list(file.rows())) == 2


def test_a_pipe_with_a_name_is_read_more_than_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(ROW,))
    writer.start()
    with AnswerFile(str(pipe), None) as file:
        assert len(list(file.rows())) == len(list(file.rows())) == 1
    writer.join()


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"), AnswerFile(str(tmp_path / name), None):
        pass


def test_standard_input_that_is_closed_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="standard input is closed"), AnswerFile("-", None):
        pass


@pytest.mark.parametrize("name", ["rows.jsonl", "-"])
def test_rows_that_outlive_their_file_end_quietly(name: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROW * 2)
    with AnswerFile(name if name == "-" else str(path), io.BytesIO(ROW * 2)) as file:
        rows = file.rows()
        next(rows)
    rows.close()  # type: ignore[attr-defined]

"""Parquet: rows in, lines out, and what is said of a file that is none."""

import io
import json
import sys
from typing import Any

import pytest

from questionbank.answer_file import AnswerFile, AnswerRow, BadRow
from questionbank.errors import FormatError, UsageError
from questionbank.parquet import read_records, write_lines

LINES = [
    {"id": "a", "question_id": "q", "status": "graded", "score": 1.5, "max_score": 2.0,
     "flags": ["echo"], "review": [], "points": [{"id": "p"}]},
    {"id": "b", "question_id": None, "status": "not_graded", "error": "line 2: no", "score": None,
     "max_score": None, "flags": [], "review": [], "points": []},
]  # fmt: skip


def table_of(content: bytes) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow.parquet

    return pyarrow.parquet.read_table(io.BytesIO(content))


def stored(columns: dict[str, list[object]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


def read(content: bytes) -> list[tuple[int, AnswerRow | BadRow]]:
    with AnswerFile("-", io.BytesIO(content)) as file:
        assert list(file.rows()) == list(file.rows())
        return list(file.rows())


@pytest.mark.parquet
def test_rows_are_read_with_their_numbers() -> None:
    rows = read(
        stored({"id": [7, None], "question_id": ["q", "q#p"], "answer": ["x", ""], "more": [1, 2]})
    )
    assert rows == [
        (1, AnswerRow(id="7", question_id="q", answer="x")),
        (2, AnswerRow(id=None, question_id="q#p", answer="")),
    ]


@pytest.mark.parquet
def test_a_seed_is_read_and_a_bad_row_stops_nothing() -> None:
    columns: dict[str, list[object]] = {
        "question_id": ["q", None, "q"],
        "answer": ["x", "x", None],
        "seed": [3, 0, 0],
    }
    good, no_question, no_answer = (row for _, row in read(stored(columns)))
    assert good == AnswerRow(question_id="q", answer="x", seed=3)
    assert isinstance(no_question, BadRow)
    assert no_question.error == "question_id is missing"
    assert isinstance(no_answer, BadRow)
    assert no_answer.error == "answer is missing"


@pytest.mark.parquet
def test_a_column_of_another_type_is_a_bad_row() -> None:
    ((_, row),) = read(stored({"question_id": ["q"], "answer": [3.5]}))
    assert isinstance(row, BadRow)
    assert row.error.startswith("answer: ")


@pytest.mark.parquet
def test_a_damaged_file_is_a_format_error() -> None:
    content = stored({"question_id": ["q"], "answer": ["x"]})
    with pytest.raises(FormatError, match=r"x: cannot be read as Parquet"):
        list(read_records(io.BytesIO(content[:-9]), "x", ["answer"]))


@pytest.mark.parquet
def test_lines_are_kept_whole_beside_their_columns() -> None:
    lines = [json.dumps(line).encode() for line in LINES]
    file = io.BytesIO()
    write_lines([lines[:1], lines[1:]], file, "x")
    table = table_of(file.getvalue())
    assert [line.encode() for line in table["line"].to_pylist()] == lines
    for name in ("id", "question_id", "status", "score", "max_score", "flags", "review"):
        assert table[name].to_pylist() == [line[name] for line in LINES]
    assert table["error"].to_pylist() == [None, "line 2: no"]


@pytest.mark.parquet
def test_no_lines_are_an_empty_table() -> None:
    file = io.BytesIO()
    write_lines([], file, "x")
    assert table_of(file.getvalue()).num_rows == 0


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"x: Parquet needs pyarrow: pip install 'questionbank"):
        list(read_records(io.BytesIO(b"PAR1"), "x", []))

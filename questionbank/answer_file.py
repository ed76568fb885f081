"""Answers in a file, JSON lines, CSV or Parquet, row by row, a bad one never stopping the rest."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Self, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from grader.rubric import Record
from questionbank.errors import FormatError, UsageError
from questionbank.parquet import MAGIC, read_records
from questionbank.remote import is_url, path_of, reading

MAX_ROW = 5_000_000
"""Characters of one line; a longer one is refused without being parsed."""
MAX_SEED = 2**53 - 1
"""The greatest whole number that every JSON reader holds exactly."""
STDIN = "-"
"""The name that means standard input."""
_IN_MEMORY = 16_000_000
"""Bytes of an input that cannot be read twice; more of it goes to a temporary file."""
_BLOCK = 1 << 20

T = TypeVar("T")


class AnswerRow(Record):
    """One answer to grade."""

    id: str | None = None
    """The row's own name; its line in the file if it has none."""
    question_id: str = Field(min_length=1, max_length=300)
    """`question_id`, or `question_id#part` for a part of a case."""
    answer: str
    """As given; may be blank."""
    seed: int = Field(default=0, ge=0, le=MAX_SEED)
    """Which numeric instance was answered."""

    @property
    def question_and_part(self) -> tuple[str, str | None]:
        """The question's id, and which part of it."""
        question, _, part = self.question_id.partition("#")
        return question, part or None


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used."""

    id: str | None
    """The row's own name, if it could be read."""
    question_id: str | None
    error: str
    """What is wrong with it, one line."""


_ROW: TypeAdapter[AnswerRow] = TypeAdapter(AnswerRow)
_KEYS = set(AnswerRow.model_fields)
_NEEDED = {"question_id", "answer"}


class AnswerFile:
    """A file of answers that can be read more than once; a context manager.

    Args:
        name: its path, or a URL that fsspec reaches; `-` for standard input.
        stdin: standard input; None where the shell has closed it.

    Raises:
        UsageError: it cannot be read.
    """

    def __init__(self, name: str, stdin: IO[bytes] | None) -> None:
        self.name = name
        self._stdin = stdin
        self._file: IO[bytes]

    def __enter__(self) -> Self:
        try:
            self._file = self._opened()
        except OSError as error:
            raise UsageError(f"{self.name}: cannot be read: {error.strerror or error}") from error
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        self._file.seek(0)
        whole = hashlib.sha256()
        while block := self._file.read(_BLOCK):
            whole.update(block)
        return whole.hexdigest()

    def rows(self) -> Iterator[tuple[int, AnswerRow | BadRow]]:
        """Read the rows from the beginning, as `read_rows` does.

        Of a Parquet file, the number of a row stands in place of its line.
        """
        self._file.seek(0)
        if self._file.read(len(MAGIC)) == MAGIC:
            yield from _read_parquet(self._file, self.name)
            return
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding="utf-8", errors="surrogateescape", newline="")
        try:
            yield from read_rows(text, self.name)
        finally:
            if not text.closed:  # after trouble the reader may outlive the file
                text.detach()

    def _opened(self) -> IO[bytes]:
        if self.name == STDIN:
            if self._stdin is None:
                raise UsageError("standard input is closed; name a file")
            return _spooled(self._stdin)
        where = path_of(self.name)
        if is_url(where):
            with reading(where) as far:
                return _spooled(far)
        file = Path(where).open("rb")  # noqa: SIM115 - closed by `__exit__`
        if file.seekable():
            return file
        with file:  # a pipe with a name
            return _spooled(file)


def _spooled(stream: IO[bytes]) -> IO[bytes]:
    """Copy what can be read only once."""
    copy: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller's to close
    while block := stream.read(_BLOCK):
        copy.write(block)
    return copy


def read_rows(stream: IO[str], name: str) -> Iterator[tuple[int, AnswerRow | BadRow]]:
    """Read answers.

    Args:
        stream: the file, opened with `newline=""`; undecodable bytes as surrogates.
        name: its name. It is CSV if that ends in `.csv` or the first line is a header with
            `question_id` and `answer`; otherwise JSON lines.

    Yields:
        Line number (from 1) where the row begins, and the row; blank lines are passed over.

    Raises:
        FormatError: a CSV file without the columns it needs.
    """
    lines = _Lines(stream)
    begins = {cell.strip().strip('"') for cell in lines.peek().split(",")}
    if name.lower().endswith(".csv") or begins >= _NEEDED:
        yield from _read_csv(lines, name)
        return
    for line in _survivors(lines):
        if isinstance(line, csv.Error):
            yield lines.number, BadRow(None, None, str(line))
        elif line.strip():
            yield lines.number, _json_row(line)


class _Lines:
    """The lines of a text and their numbers; one that is too long is read past and refused."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._ahead: str | None = stream.readline(MAX_ROW + 1).removeprefix("\ufeff")
        self.number = 0
        """Of the line read last, from 1."""

    def peek(self) -> str:
        """The next line, or its beginning; empty at the end."""
        if self._ahead is None:
            self._ahead = self._stream.readline(MAX_ROW + 1)
        return self._ahead

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._take()
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) <= MAX_ROW:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._take()
        if line.endswith("\r") and self.peek() == "\n":  # one line end, cut in two
            self._take()
        raise csv.Error(f"the line has more than {MAX_ROW:,} characters")

    def _take(self) -> str:
        line = self.peek()
        self._ahead = None
        return line


def _survivors(items: Iterator[T]) -> Iterator[T | csv.Error]:
    """All items of an iterator that goes on after an error."""
    while True:
        try:
            item: T | csv.Error = next(items)
        except StopIteration:
            return
        except csv.Error as error:
            item = error
        yield item


def _json_row(line: str) -> AnswerRow | BadRow:
    if _undecodable(line):
        return BadRow(None, None, "the row is not UTF-8")
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return BadRow(None, None, f"not JSON: {error.msg} at character {error.colno}")
    except ValueError:
        return BadRow(None, None, "not JSON that can be read: a number in it is too long")
    except RecursionError:
        return BadRow(None, None, "not JSON that can be read: nested too deep")
    if not isinstance(value, dict):
        return BadRow(None, None, "expected a JSON object with id, question_id and answer")
    return _row(_named(value))


def _named(value: dict[str, object]) -> dict[str, object]:
    """The row with its id as a text: a number is a fine name, too."""
    number = value.get("id")
    if isinstance(number, int) and not isinstance(number, bool):
        value["id"] = str(number)
    return value


def _read_parquet(file: IO[bytes], name: str) -> Iterator[tuple[int, AnswerRow | BadRow]]:
    for number, record in enumerate(read_records(file, name, sorted(_KEYS)), start=1):
        yield number, _row(_named(record))


def _read_csv(lines: _Lines, name: str) -> Iterator[tuple[int, AnswerRow | BadRow]]:
    csv.field_size_limit(MAX_ROW)
    header: list[str] | None = None
    start = 1
    for cells in _survivors(csv.reader(lines, strict=True)):
        if isinstance(cells, csv.Error):
            yield start, BadRow(None, None, f"not CSV: {cells}")
        elif cells and header is None:
            header = _header(cells, name)
        elif cells and header is not None:
            yield start, _csv_row(header, cells)
        start = lines.number + 1


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if missing := _NEEDED - set(header):
        lacks = " and ".join(sorted(missing))
        raise FormatError(
            name, f"the first line lacks {lacks}; it must name the columns, separated by commas"
        )
    if twice := sorted({known for known in _KEYS if header.count(known) > 1}):
        raise FormatError(name, f"the first line names {' and '.join(twice)} twice")
    return header


def _csv_row(header: list[str], cells: list[str]) -> AnswerRow | BadRow:
    if any(_undecodable(cell) for cell in cells):
        return BadRow(None, None, "the row is not UTF-8")
    if len(cells) != len(header):
        return BadRow(None, None, f"{len(cells)} cells under {len(header)} headings")
    value: dict[str, object] = {key: cell for key, cell in zip(header, cells, strict=True) if cell}
    value.setdefault("answer", "")
    seed = str(value.get("seed", "0")).strip()
    if not (seed.isascii() and seed.isdecimal() and len(seed) <= len(str(MAX_SEED))):
        name, question = value.get("id"), value.get("question_id")
        return BadRow(_text(name), _text(question), f"seed: {seed[:40]!r} is no whole number")
    return _row({**value, "seed": int(seed)})


def _row(value: dict[str, object]) -> AnswerRow | BadRow:
    """Check the fields we know; others may stand beside them."""
    known = {key: item for key, item in value.items() if key in _KEYS}
    name, question = _text(known.get("id")), _text(known.get("question_id"))
    for key, item in known.items():
        if isinstance(item, str) and _undecodable(item):
            return BadRow(name, question, f"{key}: half a character, as in \\ud800, is no text")
    try:
        return _ROW.validate_python(known, strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in detail["loc"])
        missing = detail["type"] == "missing"
        reason = f"{field} is missing" if missing else f"{field}: {detail['msg']}"
        return BadRow(name, question, reason)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and not _undecodable(value) else None


def _undecodable(text: str) -> bool:
    """Whether there are halves of characters in it, which stand for bytes that are not UTF-8."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)

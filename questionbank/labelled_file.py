"""Answers that people have judged, in a file: JSON lines, gzipped or not, in either of two forms.

The reference form brings its own question and either reference answers with a score or a rubric
with a label on each point; the interview form names a question of the bank and labels its points.
"""

import gzip
import hashlib
import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from grader.rubric import Record
from questionbank.errors import FormatError, UsageError

MAX_ROW = 5_000_000
"""Bytes of one line; a longer one is refused without being parsed."""
MAX_POINTS = 20
"""Points of a row's own rubric, as many as a rubric of the bank may have."""
_GZIP = b"\x1f\x8b"
_SHOWN = 3
"""Bad rows that an error names."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Label = Literal["met", "partial", "not_met"]
"""What a person can say of a point: the value of a verdict."""


class _Row(Record):
    """A row; what it holds besides the fields we know is passed over."""

    model_config = ConfigDict(extra="ignore")

    question_id: str = Field(min_length=1, max_length=300)
    answer: str
    """As given; may be blank."""


class LabelledPoint(Record):
    """A point of a row's own rubric, and whether people say the answer meets it."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=300)
    text: Words
    label: bool | None = None
    """None where nobody judged."""


class ReferenceRow(_Row):
    """One answer with what to hold it against."""

    question: str | None = None
    reference: Annotated[tuple[Words, ...], Field(min_length=1, max_length=200)] | None = None
    """An answer of full marks, or several of which any will do; needed without a rubric."""
    rubric: (
        Annotated[tuple[LabelledPoint, ...], Field(min_length=1, max_length=MAX_POINTS)] | None
    ) = None
    """Points with labels; then references are passed over."""
    score: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """People's, 0 to `max_score`; needed without a rubric."""
    max_score: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @field_validator("reference", mode="before")
    @classmethod
    def _one_or_several(cls, reference: object) -> object:
        if isinstance(reference, str):
            return (reference,)
        return tuple(reference) if isinstance(reference, list) else reference

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.rubric is None and (self.reference is None or self.score is None):
            raise ValueError("without a rubric a row needs a reference and a score")
        if self.rubric and len({point.id for point in self.rubric}) < len(self.rubric):
            raise ValueError("the rubric names a point twice")
        if self.score is not None and not self.score <= (self.max_score or math.nan):
            raise ValueError("score needs a max_score that is not below it")
        return self


class InterviewRow(_Row):
    """One answer to a question of the bank, its points labelled by people."""

    id: str | None = None
    style: str | None = Field(default=None, min_length=1, max_length=100)
    """What kind of answer it is, if the file tells kinds apart."""
    labels: Annotated[dict[str, Label], Field(min_length=1)]
    """By the ids of the rubric's points; a point without a label is not judged."""
    raters: dict[str, tuple[Label, ...]] | None = None
    """What each of several people said, in the same order for every point."""


LabelledRow = ReferenceRow | InterviewRow


class LabelledFile:
    """A file of judged answers that can be read more than once.

    Args:
        path: where it is.
        limit: rows to read at most; None for all.
    """

    def __init__(self, path: Path, limit: int | None = None) -> None:
        self.path = path
        self.limit = limit

    def rows(self) -> Iterator[tuple[int, LabelledRow]]:
        """Read the rows; blank lines are passed over.

        Yields:
            Line number, from 1, and row.

        Raises:
            UsageError: the file cannot be read.
            FormatError: a row cannot be used; the message names its line.
        """
        for number, row in self._read():
            if isinstance(row, str):
                raise FormatError(self.path, f"line {number}: {row}")
            yield number, row

    def check(self) -> int:
        """Read everything once, so that a bad row is known before hours of grading.

        Returns:
            How many rows there are, at least 1.

        Raises:
            UsageError: the file cannot be read.
            FormatError: rows cannot be used, or there are none; the message names the first few.
        """
        count, bad = 0, []
        for number, row in self._read():
            count += 1
            if isinstance(row, str):
                bad.append(f"line {number}: {row}")
        if bad:
            more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
            raise FormatError(self.path, "; ".join(bad[:_SHOWN]) + more)
        if not count:
            raise FormatError(self.path, "there is no row in it")
        return count

    @property
    def digest(self) -> str:
        """SHA-256 of the file as it lies on the disk."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _read(self) -> Iterator[tuple[int, LabelledRow | str]]:
        """Line numbers with the row, or with what is wrong with it."""
        found = 0
        for number, line in self._lines():
            if self.limit is not None and found >= self.limit:
                return
            if line is None:
                row: LabelledRow | str = f"the line has more than {MAX_ROW:,} bytes"
            elif line.strip():
                row = _parse(line)
            else:
                continue
            found += 1
            yield number, row

    def _lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Line numbers and lines; None for one that is too long."""
        try:
            with self.path.open("rb") as plain:
                packed = plain.read(2) == _GZIP
                plain.seek(0)
                stream = gzip.GzipFile(fileobj=plain) if packed else plain
                number = 0
                while line := stream.readline(MAX_ROW + 1):
                    number += 1
                    if len(line) <= MAX_ROW:
                        yield number, line
                        continue
                    while line and not line.endswith(b"\n"):
                        line = stream.readline(MAX_ROW + 1)
                    yield number, None
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FormatError(self.path, "the compressed file is damaged") from error
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read: {error.strerror}") from error


def _parse(line: bytes) -> LabelledRow | str:
    """One row, or what is wrong with it."""
    try:
        text = line.decode("utf-8-sig")
        value = json.loads(text)
    except UnicodeDecodeError:
        return "the row is not UTF-8"
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at character {error.colno}"
    except (ValueError, RecursionError):
        return "not JSON that can be read: a number too long or nested too deep"
    if not isinstance(value, dict):
        return "expected a JSON object"
    form: type[LabelledRow] = InterviewRow if "labels" in value else ReferenceRow
    try:
        return form.model_validate_json(text, strict=True)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "missing":
            return f"{field} is missing"
        reason = detail["msg"].removeprefix("Value error, ")
        return f"{field}: {reason}" if field else reason

"""Parquet files: rows in, lines out. The one door to pyarrow, which comes with an extra."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from questionbank.errors import FormatError, UsageError

MAGIC = b"PAR1"
"""How a Parquet file begins."""
SUFFIX = ".parquet"
_ROWS = 500
"""Rows held in memory at a time."""


def read_records(file: IO[bytes], name: str, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Read the rows of a Parquet file, a few hundred at a time.

    Args:
        file: open, seekable.
        name: its name.
        columns: what is wanted of it; columns beyond are not read.

    Yields:
        What a row has of them; a null is left out.

    Raises:
        UsageError: pyarrow is not installed.
        FormatError: it is no Parquet file, or one that is damaged.
    """
    pyarrow, parquet = _libraries(name)
    try:
        table = parquet.ParquetFile(file)
        there = [column for column in columns if column in table.schema_arrow.names]
        for batch in table.iter_batches(batch_size=_ROWS, columns=there):
            for row in batch.to_pylist():
                yield {key: value for key, value in row.items() if value is not None}
    except (pyarrow.ArrowException, ValueError) as error:
        reason = " ".join(str(error).split())
        raise FormatError(name, f"cannot be read as Parquet: {reason}") from error


def write_lines(parts: Iterable[Iterable[bytes]], file: IO[bytes], name: str) -> None:
    """Write graded lines as a Parquet file, each part a row group.

    Args:
        parts: JSON lines as `grade` makes them, without their line ends.
        file: where to, open.
        name: its name.

    Raises:
        UsageError: pyarrow is not installed.
    """
    pyarrow, parquet = _libraries(name)
    text, texts = pyarrow.string(), pyarrow.list_(pyarrow.string())
    schema = pyarrow.schema(
        [
            ("id", text),
            ("question_id", text),
            ("status", text),
            ("error", text),
            ("score", pyarrow.float64()),
            ("max_score", pyarrow.float64()),
            ("flags", texts),
            ("review", texts),
            # Whole, to the byte: points and provenance are nested, and grow with versions.
            ("line", text),
        ]
    )
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for part in parts:
            records = [{**json.loads(line), "line": line.decode()} for line in part]
            rows = [{key: record.get(key) for key in schema.names} for record in records]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))


def check_installed(name: str) -> None:
    """See before any work is done that Parquet can be written.

    Raises:
        UsageError: pyarrow is not installed.
    """
    _libraries(name)


def _libraries(name: str) -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(
            f"{name}: Parquet needs pyarrow: pip install 'questionbank[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet

"""The output of `grade`, wherever it is to go."""

from pathlib import Path

from questionbank.line_file import LineFile, Lines, LineState
from questionbank.parquet import SUFFIX
from questionbank.part_file import PartFile
from questionbank.remote import is_url, path_of


def open_output(target: str, state: LineState) -> Lines:
    """Choose how an output is written: line by line where that can be done, else in parts.

    Args:
        target: a path or a URL; Parquet if it ends in `.parquet`, else JSON lines.
        state: what the lines are made from.

    Returns:
        A context manager to be written to.

    Raises:
        UsageError: what such an output needs is not installed.
    """
    where = path_of(target)
    if is_url(where) or where.lower().endswith(SUFFIX):
        return PartFile(where, state)
    return LineFile(Path(where), state)

"""Questions from other systems' formats: one reader a file, and here the table of them.

A reader is a module with `read(raw, shown) -> Reading`: bytes in, drafts and problems out.
"""

from importlib import import_module
from pathlib import Path

from questionbank.imports.reading import Reading, read_bytes

READERS: dict[str, tuple[str, str]] = {
    "moodle": ("moodle", "Moodle XML"),
    "gift": ("gift", "GIFT"),
    "qti3": ("qti3", "a QTI 3.0 package"),
    "csv": ("csv_table", "a table as `export bank --to csv` writes it"),
    "json": ("json_document", "JSON as `export bank --to json` writes it"),
}
"""Name -> (module of this package, what it reads)."""


def read_file(path: Path, name: str) -> Reading:
    """Read a file.

    Args:
        path: the file.
        name: a key of `READERS`.

    Returns:
        Drafts with what stands in the file, and what could not be taken over.

    Raises:
        UsageError: the file is not there.
        FormatError: it is not in the format, too large, or tries something.
    """
    raw = read_bytes(path)
    reading: Reading = import_module(f"questionbank.imports.{READERS[name][0]}").read(
        raw, str(path)
    )
    return reading

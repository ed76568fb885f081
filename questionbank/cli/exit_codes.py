"""What an error means for the exit code."""

from grader.errors import GraderError
from questionbank.errors import ContentError, FormatError, StoreError, UsageError

EXIT_CODES: dict[type[BaseException], int] = {
    ContentError: 1,
    UsageError: 2,
    GraderError: 3,
    StoreError: 4,
    FormatError: 4,
    OSError: 4,
    KeyboardInterrupt: 130,
}
"""What ends a command and with which code; the first entry that fits counts."""


def exit_code(error: BaseException) -> int:
    """The exit code an error stands for."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)

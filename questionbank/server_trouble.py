"""What a PostgreSQL server's complaint means, in one line: what is wrong and what to do."""

import re

_REACHING = re.compile(
    r"(?:connection failed: )?connection to server (?:at|on socket) .*? failed: (?:FATAL: +)?"
)
"""How libpq begins when it gets no connection; the place is known from the URL."""
_NO_ADDRESS = ("failed to resolve host", "could not translate host name")
_STANDBY = "this server only follows another; name the main server with --db"
_ADVICE = {
    "25006": _STANDBY,
    "42501": "{reason}; ask whoever looks after the database for the rights in docs/record.md",
    "42P07": "{reason}, made by another program; name another database with --db",
    "53100": "the server's disk is full; make room there and try again",
    "53300": "the server takes no more connections ({reason}); close some and try again",
    "55P03": "another program has kept it locked for {seconds:g} s; "
    "close that program and try again",
}
"""By SQLSTATE (PostgreSQL's manual, appendix A)."""


def server_trouble(cause: Exception, *, lost: bool, committing: bool, seconds: float) -> str | None:
    """Say what is wrong with a server, or with the way to it.

    Args:
        cause: the driver's own error; its `sqlstate`, where it has one, is the server's code.
        lost: whether there was a connection, and it is gone.
        committing: whether the end of a transaction was under way.
        seconds: how long a lock was waited for.

    Returns:
        One line in words of this program; None where the driver's words say it best.
    """
    if lost and committing:
        return (
            "the connection to the server was lost while it was writing; "
            "the last entry is either there whole or not at all"
        )
    if lost:
        return "the connection to the server was lost; nothing was written"
    reason = first_line(cause)
    code = getattr(cause, "sqlstate", None) or ""
    if advice := _STANDBY if "during recovery" in reason else _ADVICE.get(code):
        return f"{advice.format(reason=reason, seconds=seconds)}; nothing was written"
    lines = [line.strip(" -\t") for line in str(cause).splitlines()]
    for line in lines:
        if found := _REACHING.search(line):
            return _unreached(line[found.end() :])
        if line.startswith(_NO_ADDRESS):
            return _unreached(line)
    if "timeout expired" in reason:
        return _unreached("no answer in time")
    return None


def first_line(error: Exception) -> str:
    """What an error says first, or its kind where it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _unreached(reason: str) -> str:
    return (
        f"no connection to the server ({reason}); see that it runs and lets you in, "
        "then try again; nothing was written"
    )

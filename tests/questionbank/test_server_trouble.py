"""What drivers and servers say, in words of this program."""

import pytest

from questionbank.server_trouble import first_line, server_trouble


class DriverError(Exception):
    """An error as drivers raise it."""

    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


UNREACHED = "; see that it runs and lets you in, then try again; nothing was written"
TO = 'connection to server at "db.example.org" (203.0.113.9), port 5432 failed: '


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (f"connection failed: {TO}Connection refused\n\tIs the server running?", None,
         f"no connection to the server (Connection refused){UNREACHED}"),
        (f'connection failed: {TO}FATAL:  password authentication failed for user "ada"', None,
         f'no connection to the server (password authentication failed for user "ada"){UNREACHED}'),
        ('connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory',
         None, f"no connection to the server (No such file or directory){UNREACHED}"),
        (f"Several attempts failed:\n- host: 'db': connection failed: {TO}No route to host", None,
         f"no connection to the server (No route to host){UNREACHED}"),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", None,
         "no connection to the server (failed to resolve host 'db': [Errno -2] Name or service not "
         f"known){UNREACHED}"),
        ("connection timeout expired", None,
         f"no connection to the server (no answer in time){UNREACHED}"),
        ("cannot execute INSERT in a read-only transaction", "25006",
         "this server only follows another; name the main server with --db; nothing was written"),
        ("cannot set transaction read-write mode during recovery", "0A000",
         "this server only follows another; name the main server with --db; nothing was written"),
        ("could not extend file", "53100",
         "the server's disk is full; make room there and try again; nothing was written"),
        ("sorry, too many clients already\nmore", "53300",
         "the server takes no more connections (sorry, too many clients already); close some and "
         "try again; nothing was written"),
        ("canceling statement due to lock timeout", "55P03",
         "another program has kept it locked for 2.5 s; close that program and try again; "
         "nothing was written"),
        ("a thing nobody has heard of", "XX000", None),
        ("", None, None),
    ],
)  # fmt: skip
def test_each_trouble_gets_its_own_advice(text: str, code: str | None, said: str | None) -> None:
    error = DriverError(text, code)
    assert server_trouble(error, lost=False, committing=False, seconds=2.5) == said


@pytest.mark.parametrize(
    ("committing", "said"),
    [
        (False, "nothing was written"),
        (True, "the last entry is either there whole or not at all"),
    ],
)
def test_a_lost_connection_says_what_became_of_the_last_entry(committing: bool, said: str) -> None:
    error = DriverError("terminating connection due to administrator command", "57P01")
    found = server_trouble(error, lost=True, committing=committing, seconds=1)
    assert found is not None
    assert "the connection to the server was lost" in found
    assert found.endswith(said)


def test_an_error_without_words_is_named_by_its_kind() -> None:
    assert first_line(DriverError("")) == "DriverError"
    assert first_line(DriverError("one\ntwo")) == "one"

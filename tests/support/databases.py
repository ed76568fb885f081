"""Places for a record: an SQLite file, a schema of a PostgreSQL server; and a look behind both.

The server is named by QUESTIONBANK_TEST_POSTGRESQL, an SQLAlchemy URL of a superuser: guards are
taken off to see that tampering is found. Tests make one database of their own in it and a schema
for each test.
"""

import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

VARIABLE = "QUESTIONBANK_TEST_POSTGRESQL"
SERVER = os.environ.get(VARIABLE)
"""Read before any test takes the variables away."""
IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}
LEFT_OUT = f"PostgreSQL is left out: set {VARIABLE} to the URL of a server to try"
BACKENDS = ("sqlite", "postgresql")

_GUARDS = ("entries_follow", "entries_stay", "entries_keep", "personal_once", "personal_keep")


class Place:
    """Where one test's record is; opened by a driver of its own, behind the store's back.

    Args:
        url: an SQLAlchemy URL.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self.backend = url.get_backend_name()
        self.target = url.render_as_string(hide_password=False)
        """What `Store.open` and `--db` take."""
        self.label = str(url.database)
        """How the store names it."""
        self.zero_byte = "x'00'"
        """A byte in SQL."""

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in a transaction of its own, which is committed at the end."""
        engine = create_engine(self.url, poolclass=NullPool)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows that a query finds."""
        with self.connection() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def one(self, statement: str) -> Any:  # noqa: ANN401 - whatever the column holds
        """The first column of the first row."""
        return self.rows(statement)[0][0]

    def dump(self, table: str) -> list[tuple[Any, ...]]:
        """A whole table."""
        return self.rows(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - of two names

    def run(self, *statements: str) -> None:
        """Carry out statements in one transaction, the guards on."""
        with self.connection() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def tamper(self, *statements: str) -> None:
        """Carry out statements with the guards off."""
        self.run(*(f"DROP TRIGGER IF EXISTS {name}" for name in _GUARDS), *statements)


class ServerPlace(Place):
    """A schema on a server."""

    def __init__(self, url: URL) -> None:
        super().__init__(url)
        self.label = url.set(query={}).render_as_string(hide_password=True)
        self.zero_byte = r"'\x00'::bytea"

    def tamper(self, *statements: str) -> None:
        """Carry out statements with triggers and references off."""
        self.run("SET LOCAL session_replication_role = replica", *statements)


class Server:
    """A database of our own on the server, and schemas in it."""

    def __init__(self, url: str) -> None:
        self._admin = make_url(url)
        name = f"questionbank_test_{secrets.token_hex(6)}"
        self.url = self._admin.set(database=name)
        self._numbers = count(1)

    def __enter__(self) -> "Server":
        self.execute(f"CREATE DATABASE {self.url.database} TEMPLATE template0 ENCODING 'UTF8'")
        return self

    def __exit__(self, *_: object) -> None:
        self.execute(f"DROP DATABASE {self.url.database} WITH (FORCE)")

    def execute(self, *statements: str) -> None:
        """Carry out statements outside any transaction, as databases and roles need it."""
        engine = create_engine(self._admin, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    def place(self) -> ServerPlace:
        """An empty schema."""
        name = f"place_{next(self._numbers)}"
        ServerPlace(self.url).run(f"CREATE SCHEMA {name}")
        return ServerPlace(self.url.update_query_dict({"options": f"-csearch_path={name}"}))


def file_place(path: Path) -> Place:
    """An SQLite file that is not there yet."""
    return Place(URL.create("sqlite", database=str(path)))


class SayingWhatIsLeftOut:
    """A plugin: tests without a server are one line of the summary, and a section of its own."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let all have the same place, for those that share it are told together."""
        report = yield
        if report.skipped and LEFT_OUT in str(report.longrepr):
            report.longrepr = (__file__, 1, LEFT_OUT)
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say aloud what was left out."""
        skipped = terminalreporter.stats.get("skipped", [])
        number = sum(LEFT_OUT in str(getattr(report, "longrepr", "")) for report in skipped)
        if number:
            tests = "1 test" if number == 1 else f"{number} tests"
            terminalreporter.section("left out")
            terminalreporter.write_line(f"{tests} skipped. {LEFT_OUT}")

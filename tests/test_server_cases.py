"""Without a PostgreSQL server its tests are left out aloud, and never in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from databases import VARIABLE

ROOT = Path(__file__).parent.parent
CASE = (
    "tests/questionbank/test_store_events.py::"
    "test_a_number_is_given_once_so_two_windows_cannot_both_go_on"
)


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)], ids=["elsewhere", "CI"])
def test_a_missing_server_is_said_aloud_and_fails_in_ci(ci: str, code: int) -> None:
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-cov", CASE],
        cwd=ROOT,
        env={**environ, "CI": ci, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert "1 passed" in done.stdout  # on SQLite
    assert f"set {VARIABLE} to the URL of a server to try" in done.stdout
    if not ci:
        assert "1 test skipped. PostgreSQL is left out" in done.stdout

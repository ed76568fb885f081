"""Collects figures and prints them as a table when all is measured."""

import os

import pytest
from figures import Figures

_KEY = pytest.StashKey[Figures]()


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> Figures:
    return pytestconfig.stash.setdefault(_KEY, Figures())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and how busy the machine was."""
    measured = config.stash.get(_KEY, None)
    if measured is None:
        return
    terminalreporter.section("speed, in milliseconds")
    heads = f"{'n':>5} {'p50':>8} {'p99':>8} {'max':>8}  limit"
    terminalreporter.write_line(f"{'what':44} {heads}")
    for row in measured.rows:
        cells = (row.median, row.quantile(0.99), max(row.seconds))
        times = " ".join(f"{1000 * one:8.1f}" for one in cells)
        terminalreporter.write_line(f"{row.what:44} {len(row.seconds):5} {times}  {row.limit}")
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    terminalreporter.write_line(f"load average {load} on {os.cpu_count()} processors")

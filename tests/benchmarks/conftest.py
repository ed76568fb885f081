"""Collects figures and prints them as a table when all is measured."""

import os
from collections.abc import Callable

import pytest
from figures import Figures

_KEY = pytest.StashKey[Figures]()
_LINES = pytest.StashKey[list[str]]()
_SENTENCES = pytest.StashKey[list[str]]()
_COMPARED = pytest.StashKey[list[str]]()
_RATIOS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data", metavar="FOLDER", help="the labelled files, for -m agreement")
    parser.addoption("--every", metavar="N", default=1, help="take every Nth rubric only")
    parser.addoption("--answers", metavar="N", default=2000, help="answers graded end to end")
    parser.addoption(
        "--many", metavar="N", default=0, help="answers of the long run for memory; 0 for none"
    )
    parser.addoption(
        "--many-without-model",
        metavar="N",
        default=0,
        help="answers of a long run with an encoder of nothing; 0 for none",
    )


@pytest.fixture
def report(pytestconfig: pytest.Config) -> Callable[..., None]:
    """Add a row to the table of agreement: what, figure, n, aim, remark."""
    lines = pytestconfig.stash.setdefault(_LINES, [])

    def add(what: str, figure: float, count: object, aim: object, remark: str = "") -> None:
        numbers = [f"{one:g}" if isinstance(one, float) else str(one) for one in (count, aim)]
        lines.append(f"{what:44} {figure:8.3f} {numbers[0]:>7} {numbers[1]:>8}  {remark}".rstrip())

    return add


@pytest.fixture
def said(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Say a sentence at the end."""
    return pytestconfig.stash.setdefault(_SENTENCES, []).append


@pytest.fixture
def compared(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Add a line on what differs between libraries and precisions."""
    return pytestconfig.stash.setdefault(_COMPARED, []).append


@pytest.fixture
def ratio(pytestconfig: pytest.Config) -> Callable[..., None]:
    """Add a row to the table of throughput: what, figure, aim, remark."""
    lines = pytestconfig.stash.setdefault(_RATIOS, [])

    def add(what: str, figure: float, aim: str, remark: str = "") -> None:
        lines.append(f"{what:58} {figure:10.3f} {aim:>10}  {remark}".rstrip())

    return add


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> Figures:
    return pytestconfig.stash.setdefault(_KEY, Figures())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the tables, and how busy the machine was."""
    if lines := config.stash.get(_LINES, None):
        terminalreporter.section("agreement")
        terminalreporter.write_line(f"{'what':44} {'figure':>8} {'n':>7} {'aim':>8}")
        for line in lines:
            terminalreporter.write_line(line)
    if sentences := config.stash.get(_SENTENCES, None):
        terminalreporter.section("writers")
        for sentence in sentences:
            terminalreporter.write_line(sentence)
    for title, key in (("verdicts that differ", _COMPARED), ("throughput", _RATIOS)):
        if lines := config.stash.get(key, None):
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)
            terminalreporter.write_line(_busy())
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
    terminalreporter.write_line(_busy())


def _busy() -> str:
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    return f"load average {load} on {os.cpu_count()} processors"

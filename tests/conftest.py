"""What every test shares: a home of its own, no network, steady surroundings, a small bank."""

import os
import signal
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import databases
import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("steady")

_FOLDERS = {
    "HOME": "home",
    "USERPROFILE": "home",
    "QUESTIONBANK_HOME": "questionbank-home",
    "XDG_DATA_HOME": "xdg/data",
    "XDG_CONFIG_HOME": "xdg/config",
    "XDG_CACHE_HOME": "xdg/cache",
    "XDG_STATE_HOME": "xdg/state",
    "XDG_RUNTIME_DIR": "xdg/runtime",
    "HF_HOME": "xdg/huggingface",
    "HF_HUB_CACHE": "xdg/huggingface/hub",
    "SENTENCE_TRANSFORMERS_HOME": "xdg/sentence-transformers",
    "TORCH_HOME": "xdg/torch",
}
_UNSET = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "XDG_DATA_DIRS",
    "XDG_CONFIG_DIRS",
    "SSH_AUTH_SOCK",
)
_GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Test Author",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_COMMITTER_NAME": "Test Author",
    "GIT_COMMITTER_EMAIL": "author@example.org",
    "GIT_TERMINAL_PROMPT": "0",
}
_numbers = count()


_EXTRAS = {"ray": "ray", "parquet": "pyarrow"}
"""Marker and extra -> the module it needs."""
_LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs an extra that is not installed."""
    left_out = config.stash.setdefault(_LEFT_OUT, {})
    for name, module in _EXTRAS.items():
        if find_spec(module) is not None:
            continue
        for item in items:
            if item.get_closest_marker(name):
                left_out[name] = left_out.get(name, 0) + 1
                item.add_marker(pytest.mark.skip(reason=f"needs {module}"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say aloud what was not tested."""
    for name, left in config.stash.get(_LEFT_OUT, {}).items():
        terminalreporter.section(f"NOT TESTED: {name}", yellow=True)
        terminalreporter.write_line(
            f"{left} tests need the extra: pip install -e '.[test,{name}]', then run "
            f"python -m pytest -m {name}"
        )


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Undo what `nohup` and background jobs of a shell do: they start us deaf to some signals."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _own_surroundings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Move the user's folders away and forget how the user likes a terminal."""
    # Not one `mktemp` a test: it looks at all that were made before.
    base = tmp_path_factory.getbasetemp() / "surroundings" / str(next(_numbers))
    for name in list(os.environ):
        if name.startswith(("QUESTIONBANK_", "GIT_")) or name in _UNSET:
            monkeypatch.delenv(name)
    for name, folder in _FOLDERS.items():
        monkeypatch.setenv(name, str(base / folder))
    (base / "home").mkdir(parents=True)
    for name, value in _GIT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")


class NetworkBlockedError(RuntimeError):
    """A test tried to leave the machine."""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets may reach this machine only."""
    real_lookup = socket.getaddrinfo

    def refuse_far(made: socket.socket, address: Any) -> None:  # noqa: ANN401 - as socket has it
        if made.family in (socket.AF_INET, socket.AF_INET6) and not _is_near(address[0]):
            raise NetworkBlockedError(f"a test may not connect to {address[0]}")

    def guard(name: str) -> None:
        real = getattr(socket.socket, name)

        def guarded(made: socket.socket, *given: Any) -> Any:  # noqa: ANN401 - as socket has it
            refuse_far(made, given[-1])
            return real(made, *given)

        monkeypatch.setattr(socket.socket, name, guarded)

    def lookup(host: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as socket has it
        if host is not None and not _is_near(host):
            raise NetworkBlockedError(f"a test may not look up {host}")
        return real_lookup(host, *given, **named)

    for name in ("connect", "connect_ex", "sendto"):
        guard(name)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def _is_near(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name in ("", "localhost", "::1") or name.startswith("127.")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(databases.SayingWhatIsLeftOut())


@pytest.fixture(scope="session")
def server() -> Iterator[databases.Server]:
    """The PostgreSQL server that was named; in CI there has to be one."""
    if databases.SERVER is None:
        if databases.IN_CI:
            pytest.fail(f"in CI nothing is skipped. {databases.LEFT_OUT}")
        pytest.skip(databases.LEFT_OUT)
    with databases.Server(databases.SERVER) as server:
        yield server


@pytest.fixture(params=databases.BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> databases.Place:
    """Where a record can be made: a file, and once more a schema of a PostgreSQL server."""
    if request.param == "sqlite":
        return databases.file_place(tmp_path / "data" / "record.db")
    server: databases.Server = request.getfixturevalue("server")
    return server.place()


RUBRIC = """\
format: 1
id: model-choice/small-model
version: 1.0.0
title: Small or large model
points:
  - id: cost
    title: Weighs the cost
    description: Compares what each model costs to run.
    weight: 2
    exemplars:
      - I would compare the monthly bill of both models.
      - Running the big one is far dearer, so cost decides.
    counterexamples:
      - Money does not matter here.
    feedback:
      met: You weighed the cost.
      missed: Work out what each model costs a month.
    probe: What would each cost?
  - use: measures@1.0.0
examples:
  - id: good
    answer: I would compare the monthly bill of both and test them on our own tickets.
    verdicts:
      cost: met
      measures: met
  - id: bad
    answer: I would take the newest one.
    verdicts:
      cost: not_met
      measures: not_met
"""

POINT = """\
format: 1
id: measures
version: 1.0.0
title: Measures on own data
description: Tests the candidates on our own data.
exemplars:
  - I would test both on our own tickets.
  - Run each candidate over real requests and count the errors.
counterexamples:
  - The published score is enough for me.
feedback:
  met: You measured on your own data.
  missed: Measure on your own data before choosing.
probe: How would you find out which is better for us?
"""

OPEN = """\
---
format: 1
id: model-choice/small-model
version: 1.0.0
kind: open
title: Small or large model
strategy: model-choice
level: beginner
audience: [product-manager]
topics: [cost, evaluation]
minutes: 4
rubric: model-choice/small-model
---

## Prompt

A small model or a large one: how would you choose?

## Model answer

Compare the cost of both, and test both on our own data.

## Sources

- Own experience.
"""

NUMERIC = """\
---
format: 1
id: inference-economics/daily-bill
version: 1.0.0
kind: numeric
title: The daily bill
strategy: inference-economics
level: intermediate
audience: [executive, engineer]
topics: [cost]
minutes: 3
unit: US dollars a day
tolerance:
  relative: 0.01
parameters:
  requests:
    min: 1000
    max: 5000
    step: 500
  price:
    values: [0.5, 1.5]
formula: requests * price / 1000
mistakes:
  - formula: requests * price
    feedback: The price is for a thousand requests.
---

## Prompt

{{requests}} requests a day at ${{price : .2f}} a thousand: what is the bill?

## Model answer

{{requests}} times {{price}} over 1,000 is {{answer : ,.2f}} US dollars.
"""

CHOICE = """\
---
format: 1
id: foundations/rare-class
version: 1.0.0
kind: choice
title: A rare class
strategy: foundations
level: beginner
audience: [investor]
topics: [metrics]
minutes: 2
options:
  - id: accuracy
    text: Accuracy
    why: It is high for a model that never finds anything.
  - id: recall
    text: Recall
    correct: true
    why: It counts what was found.
---

## Prompt

Which says how many of the rare cases were found?
"""

CASE = """\
---
format: 1
id: model-choice/two-steps
version: 1.0.0
kind: case
title: Two steps
strategy: model-choice
level: advanced
audience: [engineer]
topics: [cost]
minutes: 8
prerequisites: [foundations/rare-class]
parts:
  - id: why
    kind: open
    rubric: model-choice/small-model
  - id: sum
    kind: numeric
    unit: US dollars
    tolerance: {absolute: 1}
    formula: 40 * 3
---

## Prompt

A firm has two offers.

## Exhibit

| Offer | Price |
| ----- | ----- |
| A     | 40    |
| B     | 55    |

## Part: why

Which offer would you take, and why?

### Model answer

The one that is cheaper for the same measured quality.

## Part: sum

What do three months of offer A cost?
"""

BANK = {
    "questions/model-choice/small-model.md": OPEN,
    "questions/model-choice/two-steps.md": CASE,
    "questions/inference-economics/daily-bill.md": NUMERIC,
    "questions/foundations/rare-class.md": CHOICE,
    "rubrics/model-choice/small-model.yaml": RUBRIC,
    "rubrics/points/measures.yaml": POINT,
}


@pytest.fixture
def bank_files() -> dict[str, str]:
    """A small sound bank: text by path; one question of each kind, a rubric, a shared point."""
    return dict(BANK)


@pytest.fixture
def bank_folder(tmp_path: Path, bank_files: dict[str, str]) -> Path:
    """The small bank in a folder of its own, `tmp_path/bank`."""
    root = tmp_path / "bank"
    for name, text in bank_files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root

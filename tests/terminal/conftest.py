"""The program in an emulated terminal, and a look into what it left on disk."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from emulator import PROGRAM, Start, Terminal
from recorded import Record


@pytest.fixture
def home() -> Path:
    """Where the program keeps its data in this test."""
    return Path(os.environ["QUESTIONBANK_HOME"])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `questionbank ARGUMENTS…` in a terminal; all end with the test."""
    with ExitStack() as stack:

        def start_one(
            *arguments: str,
            environ: dict[str, str] | None = None,
            program: tuple[str, ...] = PROGRAM,
            columns: int = 100,
            lines: int = 40,
            answers: bool = True,
        ) -> Terminal:
            made = Terminal(
                [*program, *arguments],
                {**os.environ, **(environ or {})},
                tmp_path,
                columns=columns,
                lines=lines,
                answers=answers,
            )
            return stack.enter_context(made)

        yield start_one


@pytest.fixture
def record(home: Path) -> Record:
    return Record(home)

"""How long files and functions may be; what is longer stands here with its reason."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for name in ("questionbank", "grader") for path in (ROOT / name).rglob("*.py"))
FILE_LINES = 420
"""The aim is 400; a little slack, so that one added line does not stop unrelated work."""
FUNCTION_LINES = 70
"""The aim is 60."""
LONG_FILES: dict[str, str] = {}
"""Path from the root: why it may be longer."""
LONG_FUNCTIONS: dict[str, str] = {}
"""`path:name`: why it may be longer."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def long_functions(path: Path) -> dict[str, int]:
    """Functions of a file beyond the limit, and their lines; decorators and docstring count."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                found[f"{named(path)}:{node.name}"] = lines
    return found


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_can_be_held_in_mind(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES or named(path) in LONG_FILES


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_function_can_be_held_in_mind(path: Path) -> None:
    assert set(long_functions(path)) <= set(LONG_FUNCTIONS)


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    too_long = {
        named(path)
        for path in FILES
        if len(path.read_text(encoding="utf-8").splitlines()) > FILE_LINES
    }
    functions = {name for path in FILES for name in long_functions(path)}
    assert set(LONG_FILES) <= too_long
    assert set(LONG_FUNCTIONS) <= functions
    assert all(reason.strip() for reason in (*LONG_FILES.values(), *LONG_FUNCTIONS.values()))


def test_the_measure_itself_sees_a_long_function() -> None:
    path = ROOT / "questionbank" / "bank.py"
    assert path in FILES
    body = "\n".join(f"    x = {number}" for number in range(FUNCTION_LINES))
    made = ast.parse(f"def long():\n{body}\n").body[0]
    assert made.end_lineno is not None
    assert made.end_lineno - made.lineno + 1 > FUNCTION_LINES

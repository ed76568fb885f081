"""Runs the cases in tests/cases/bank: files as authors leave them, and what is said of each."""

from pathlib import Path

import pytest

from questionbank.bank import load_bank

CASES = Path(__file__).parent.parent / "cases" / "bank"
PLACES = {
    "questions.md": "questions/case.md",
    "rubrics.md": "rubrics/case.yaml",
    "points.md": "rubrics/points/case.yaml",
}


def read_cases(name: str) -> list[tuple[str, str, list[str]]]:
    """(title, file, expected lines) of each case."""
    fields: list[list[str]] = [[]]
    for line in (CASES / name).read_text(encoding="utf-8").splitlines():
        if line == ".":
            fields.append([])
        else:
            fields[-1].append(line)
    assert len(fields) % 3 == 1, f"{name}: each case takes three lines with one dot"
    assert "".join(fields.pop()).strip() == "", f"{name}: text after the last case"
    return [
        ("".join(fields[n]).strip(), "".join(f"{line}\n" for line in fields[n + 1]), fields[n + 2])
        for n in range(0, len(fields), 3)
    ]


ALL = [
    pytest.param(place, text, expected, id=f"{name}: {title}")
    for name, place in PLACES.items()
    for title, text, expected in read_cases(name)
]


@pytest.mark.parametrize(("place", "text", "expected"), ALL)
def test_a_file_gets_exactly_these_problems(
    bank_folder: Path, place: str, text: str, expected: list[str]
) -> None:
    path = bank_folder / place
    path.write_text(text, encoding="utf-8")
    found = [str(problem) for problem in load_bank([bank_folder], near=bank_folder).problems]
    assert found == expected


def test_every_case_file_is_run() -> None:
    assert {path.name for path in CASES.glob("*.md")} == {*PLACES, "README.md"}
    assert len(ALL) > 90


@pytest.mark.parametrize(("place", "text", "expected"), ALL)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(
    bank_folder: Path, place: str, text: str, expected: list[str]
) -> None:
    path = bank_folder / place
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    found = [str(problem) for problem in load_bank([bank_folder], near=bank_folder).problems]
    assert found == expected

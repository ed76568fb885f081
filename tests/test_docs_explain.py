"""The page on the method follows one grade by hand: with the numbers that the program prints.

Left out unless asked for, as the last digits differ between machines:

    python -m pytest tests/test_docs_explain.py -m docs

After a change of calibration, rubric or wording, write the block anew:

    python tests/test_docs_explain.py
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "method.md"
BEGIN = "<!-- begin: written by `python tests/test_docs_explain.py` -->\n"
END = "<!-- end -->\n"
QUESTION = "model-choice/support-assistant"
EXAMPLE = "terse"
POINT = 3
"""The point of the rubric that the page follows, counted from 1."""
COMMAND = (
    "questionbank",
    "grade",
    "-",
    "--explain",
    "--plain",
    "--bank",
    "shipped",
    "--device",
    "cpu",
    "--dtype",
    "float32",
)


def row() -> str:
    """The example as `grade` takes it."""
    from questionbank.bank import load_bank

    rubric = load_bank([ROOT]).rubric(QUESTION)
    (answer,) = (one.answer for one in rubric.examples if one.id == EXAMPLE)
    return json.dumps({"id": EXAMPLE, "question_id": QUESTION, "answer": answer})


def printed() -> str:
    """What the command prints for the example."""
    program = [sys.executable, "-m", *COMMAND]
    done = subprocess.run(
        program, input=row(), capture_output=True, text=True, check=True, cwd=ROOT, timeout=300
    )
    return done.stdout


def block() -> str:
    """The part of the page: the command, the point that is followed, and the total."""
    lines = printed().splitlines()
    heads = [at for at, line in enumerate(lines) if line[:1].isdigit()]
    total = next(at for at, line in enumerate(lines) if line.startswith("Total: "))
    bounds = [*heads, total]
    shown = lines[bounds[POINT - 1] : bounds[POINT]]
    out = "\n".join(["…", *shown, "…", lines[total]])
    command = " ".join(COMMAND)
    return f"{BEGIN}\n```\n$ echo '{row()}' \\\n  | {command}\n{out}\n```\n\n{END}"


def rewritten(page: str, new: str) -> str:
    """The page with another block."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return before + new + after


@pytest.mark.docs
def test_the_page_shows_what_the_program_prints() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page, block()) == page


def test_the_page_has_one_block_that_adds_up() -> None:
    page = PAGE.read_text(encoding="utf-8")
    inside = page.split(BEGIN)[1].split(END)[0]
    lines = [line.strip() for line in inside.splitlines()]
    start = next(at for at, line in enumerate(lines) if line.startswith("Log-odds of met"))
    stop = next(at for at, line in enumerate(lines) if line.startswith("= "))
    terms = [round(float(line.split()[0]) * 10_000) for line in lines[start + 1 : stop]]
    assert len(terms) >= 3
    assert sum(terms) == round(float(lines[stop].split()[1]) * 10_000)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), block()), encoding="utf-8")

"""A rating as a rater meets it: keys without Enter, a line of reason, Ctrl-C, a tiny window."""

import subprocess
import sys
from pathlib import Path

import pytest
from emulator import Start, Terminal, squeezed
from recorded import Record

from questionbank.mark import How, Mark
from questionbank.store import Store

pytestmark = pytest.mark.terminal

WORDS = "I would compare what both cost and test them on our own requests."


@pytest.fixture
def held(tmp_path: Path, record: Record) -> str:
    """An interview that is over; the first two answers are in words."""
    packet = tmp_path / "packet.yaml"
    plan = ("plan", "--blueprint", "investor-45", "--seed", "7", "--output", str(packet))
    lead = ("run", str(packet), "--candidate", "Ada", "--plain", "--no-suggestions")
    lines = f"{WORDS}\n/next\n{WORDS}\n/end\n"
    for words in (plan, lead):
        subprocess.run(
            [sys.executable, "-m", "questionbank", "interview", *words, "--bank", "shipped"],
            check=True,
            capture_output=True,
            timeout=60,
            input=lines.encode(),
            cwd=tmp_path,
        )
    return record.newest().attempt.id


def marks(record: Record, held: str) -> tuple[Mark, ...]:
    with Store.open(record.path, clock=lambda: pytest.fail("reading appends nothing")) as store:
        return store.marks(held)


def prompt(rating: Terminal) -> None:
    rating.wait_until(lambda: squeezed(rating.display).endswith("?keys:"), "the keys")
    rating.wait_until(lambda: not rating.cooked, "keys without Enter")


@pytest.mark.parametrize("how", [(), ("--plain",)], ids=["rich", "plain"])
def test_keys_mark_and_ctrl_c_keeps_what_was_marked(
    how: tuple[str, ...], start: Start, record: Record, held: str
) -> None:
    rating = start("interview", "rate", held, "--blind", *how)
    rating.wait_for("Your name, kept with each decision")
    rating.send("\x15Eve Byrne\r")
    rating.wait_for("Point 1 of")
    prompt(rating)
    rating.send("\x1b[B")  # an arrow is nobody's mark
    rating.send("p")
    rating.wait_for("Why? Enter for no reason.")
    rating.send("names nonr\x7fe\r")
    rating.wait_for("Point 2 of")
    prompt(rating)
    rating.send("4")
    rating.wait_for("4 of 5")
    rating.send("\r")
    rating.wait_for("Point 3 of")
    prompt(rating)
    rating.send("\x03")
    rating.wait_for("2 marks given; 2 of")
    assert rating.exit_code() == 130
    one, other = marks(record, held)
    assert (one.how, one.reason, other.anchor) == (How.JUDGED, "names none", 4)
    record.assert_sound()


def test_five_lines_of_twenty_columns_are_enough(start: Start, record: Record, held: str) -> None:
    rating = start("interview", "rate", held, "--rater", "Eve", "--blind", columns=20, lines=5)
    prompt(rating)
    rating.send("m")
    rating.wait_until(lambda: squeezed(rating.display).endswith("again:"), "the reason")
    rating.send("\r")
    prompt(rating)
    rating.send("q")
    assert rating.exit_code() == 0
    assert rating.cooked
    (mark,) = marks(record, held)
    assert mark.verdict == "met"

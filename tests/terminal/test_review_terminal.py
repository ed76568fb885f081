"""The review as a person meets it: keys without Enter, a line of reason, Ctrl-C."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from emulator import Start
from recorded import Record

from grader.verdict import Verdict

pytestmark = pytest.mark.terminal

CHOICE = "foundations/error-metrics"


@pytest.fixture
def undecided(tmp_path: Path, record: Record) -> Record:
    """A record with two answers that name no option, so that a person must look."""

    path = tmp_path / "answers.jsonl"
    rows = [{"id": name, "question_id": CHOICE, "answer": f"of {name}"} for name in ("ann", "bob")]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    subprocess.run(
        [sys.executable, "-m", "questionbank", "grade", str(path), "--keep"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return record


@pytest.mark.parametrize("how", [(), ("--plain",)], ids=["rich", "plain"])
def test_a_key_and_a_reason_decide_and_ctrl_c_keeps_what_was_decided(
    how: tuple[str, ...], start: Start, undecided: Record
) -> None:
    review = start("review", *how)
    review.wait_for("Your name, kept with each decision")
    review.send("\x15Ada Lovelace\r")
    review.wait_for("Verdict 1 of 2")
    review.wait_for("a person should look")
    review.wait_for_display("q quit:")
    review.send("\x1b[B")  # an arrow is nobody's decision
    review.send("p")
    review.wait_for("Why? Enter for no reason.")
    review.send("names nonr\x7fe of them\r")
    review.wait_for("Verdict 2 of 2")
    review.wait_until(lambda: review.display.rstrip().endswith("q quit:"), "the second prompt")
    (override,) = undecided.newest().overrides
    assert (override.verdict, override.author) == (Verdict.PARTIAL, "Ada Lovelace")
    assert override.reason == "names none of them"
    review.send("\x03")
    review.wait_for("Decided 1 of 2; all of it is kept.")
    assert review.exit_code() == 130
    undecided.assert_sound()


def test_the_terminal_is_left_as_it_was(start: Start, undecided: Record) -> None:
    review = start("review", "--author", "Ada")
    review.wait_for_display("q quit:")
    review.wait_until(lambda: not review.cooked, "keys without Enter")
    review.send("q")
    review.wait_for("Decided 0 of 2")
    assert review.exit_code() == 0
    assert review.cooked
    assert undecided.newest().overrides == ()

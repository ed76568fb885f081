"""Interviews as people meet them: led in a terminal, interrupted, gone on with; taken alone."""

import re
import signal
from pathlib import Path

import pytest
from emulator import Start, Terminal, squeezed
from recorded import Record

from questionbank.bank import Bank, load_bank
from questionbank.cli.surroundings import shipped_bank
from questionbank.interview_event import EventKind, Heard
from questionbank.packet_source import read_packet, save_packet
from questionbank.pinned import instances_of_packet
from questionbank.planning import Changes, plan_by_blueprint
from questionbank.suggesting import suggestions

pytestmark = pytest.mark.terminal

BLIND = "--no-suggestions"
SUBMIT = "\x04"
STOP = "\x03"


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank((shipped_bank(),))


@pytest.fixture
def packet(bank: Bank, tmp_path: Path) -> Path:
    path = tmp_path / "packet.yaml"
    planned = plan_by_blueprint(bank.blueprint("investor-45"), bank, 7, Changes())
    save_packet(planned, path)
    return path


def ready(terminal: Terminal, question: str, toolbar: str = "min spent") -> None:
    """Wait until a question is on screen and the prompt takes keys."""
    terminal.wait_for(question)
    terminal.wait_until(lambda: not terminal.cooked, "the prompt")
    terminal.wait_for_display(toolbar)


def resumed(terminal: Terminal) -> str:
    """The id that the program says to go on with."""
    found = re.findall(r"--resume\s*([0-9a-f]{8})", terminal.history)
    assert found, terminal.history
    return str(found[-1])


def heard(record: Record) -> list[tuple[int, str | None, Heard | None]]:
    return [
        (one.position, one.text, one.heard)
        for one in record.newest().events
        if one.kind is EventKind.HEARD
    ]


@pytest.mark.model
def test_a_45_minute_interview_is_interrupted_twice_and_ends_whole(
    start: Start, record: Record, packet: Path, bank: Bank
) -> None:
    steps = instances_of_packet(read_packet(packet), bank)
    rubric = steps[0].rubric
    assert rubric is not None
    run = start("interview", "run", str(packet), "--candidate", "Ada Lovelace", "--author", "Bob")
    run.wait_for("Before the first question")
    ready(run, "Question 1 of 5", "question 1")
    run.wait_for("Purpose: benchmark-critique, 27% of the whole")
    run.send("/anchors 1\r")
    anchors = rubric.points[0].anchors
    assert anchors is not None
    run.wait_for(anchors.five)
    answer = rubric.points[0].exemplars[0]
    run.send(f"{answer}\r")
    run.wait_for_display("grader ready")
    run.send("/next\r")
    run.wait_for("or /next once more to close the answer")
    assert squeezed(rubric.points[0].title + ": met") in squeezed(run.history)
    assert "Still missing or in doubt" in run.history
    run.send("/probe 2\r")
    ready(run, f"Ask: {rubric.points[1].probe}", "question 1")
    run.paste("A second thought,\nof two lines.\n/end of the paste")
    run.wait_for_display("/end of the paste")
    run.send("\r")
    run.send("a line that is not finished")
    run.wait_until(lambda: record.draft() == "a line that is not finished", "the draft", 20)
    run.kill(signal.SIGKILL)
    assert run.exit_code() == -signal.SIGKILL
    pasted = "A second thought,\nof two lines.\n/end of the paste"
    assert heard(record) == [(0, answer, Heard.TYPED), (0, pasted, Heard.PASTED)]
    name = record.newest().attempt.id[:8]

    run = start("interview", "run", str(packet), "--resume", name)
    ready(run, "So far was said:", "a line that is not finished")
    run.send("\r")
    run.wait_for_display("grader ready")
    run.send("/next\r")
    run.wait_for("/next once more")
    run.send("/next\r")
    ready(run, "Question 2 of 5", "question 2")
    run.send("/skip\r")
    ready(run, "Question 3 of 5", "question 3")
    run.send("/pause\r")
    run.wait_for("the clock stands")
    run.send(STOP)
    assert run.exit_code() == 130
    assert resumed(run) == name
    assert run.cooked

    run = start("interview", "run", str(packet), "--resume", name, BLIND, "--plain")
    run.wait_for("Question 3 of 5")
    run.wait_until(lambda: not run.cooked, "the keys")
    for line in ("12,000", "/next", "It depends.", "/back", "/back", "Later after all.", "/end"):
        run.send(f"{line}\r")
    assert run.exit_code() == 0
    assert f"questionbank interview rate {name}" in run.history
    whole = record.newest()
    assert {one.position: one.text for one in whole.answers} == {
        0: f"{answer}\n\n{pasted}\n\na line that is not finished",
        1: "Later after all.",
        2: "12,000",
        3: "It depends.",
    }
    assert set(suggestions(whole)) == {0}
    assert whole.finished
    kinds = [event.kind for event in whole.events]
    assert kinds.count(EventKind.PROBED) == 1
    assert kinds.count(EventKind.ENDED) == 1
    assert record.draft() is None
    assert "Ada" not in run.history
    record.assert_sound()


def test_a_long_paste_in_plain_mode_is_one_piece(
    start: Start, record: Record, packet: Path
) -> None:
    run = start("interview", "run", str(packet), "--candidate", "x", BLIND, "--plain")
    run.wait_for("Question 1 of 5")
    run.wait_until(lambda: not run.cooked, "the keys")
    text = "\n".join(f"/word {number} " + "é" * 100 for number in range(300))
    run.send("/paste\r")
    run.paste(f"{text}\n.\n", bracketed=False)
    run.wait_for("Taken down: 900 words.")
    run.send("/paste\rbegun and ")
    run.wait_until(lambda: record.draft() == "begun and ", "the draft", 20)
    run.send(STOP)
    assert run.exit_code() == 130
    assert heard(record) == [(0, text, Heard.PASTED)]
    assert record.draft() == "begun and "


def test_a_record_that_vanishes_in_the_middle_loses_nothing_silently(
    start: Start, record: Record, packet: Path
) -> None:
    run = start("interview", "run", str(packet), "--candidate", "x", BLIND)
    ready(run, "Question 1 of 5", "question 1")
    run.send("The first line.\r")
    run.wait_until(lambda: len(heard(record)) == 1, "the first line on record")
    for path in record.home.glob("questionbank.db*"):
        path.unlink()
    run.send("The second line.\r")
    assert run.exit_code() == 4
    assert squeezed("the file was moved, removed or replaced") in squeezed(run.history)
    assert squeezed("The last line is not on record yet; it is kept in") in squeezed(run.history)
    assert squeezed("The record as it was is in") in squeezed(run.history)
    (rescued,) = record.home.glob("rescued-*.db")
    rescued.rename(record.path)

    run = start("interview", "run", str(packet), "--resume", resumed(run), BLIND)
    ready(run, "So far was said:", "> The second line.")
    run.send("\r/next\r/end\r")
    assert run.exit_code() == 0
    (answer,) = record.newest().answers
    assert answer.text == "The first line.\n\nThe second line."
    record.assert_sound()


def test_a_candidate_alone_sees_the_questions_and_nothing_else(
    start: Start, record: Record, packet: Path, bank: Bank
) -> None:
    alone = start(
        *("interview", "candidate", str(packet)),
        *("--extra-time", "10", "--extra-time-reason", "entitled"),
    )
    alone.wait_for_editor("Question 1 of 5")
    alone.wait_for_display("55 min left")
    alone.send("My answer, first part.")
    alone.wait_until(lambda: record.draft() == "My answer, first part.", "the draft", 20)
    alone.kill(signal.SIGKILL)
    assert alone.exit_code() == -signal.SIGKILL

    name = record.newest().attempt.id[:8]
    alone = start("interview", "candidate", str(packet), "--resume", name)
    alone.wait_for_editor("Question 1 of 5")
    alone.wait_for_display("My answer, first part.")
    alone.send(" And the second." + SUBMIT)
    alone.wait_for_editor("Question 2 of 5")
    alone.send(SUBMIT)
    alone.wait_for_display("submit once more")
    alone.send(SUBMIT)
    alone.wait_for_editor("Question 3 of 5")
    alone.send("12000\r")
    alone.wait_for_editor("Question 4 of 5")
    alone.send(STOP)
    assert alone.exit_code() == 130

    last = start("interview", "candidate", str(packet), "--resume", resumed(alone), "--plain")
    for number in (4, 5):
        last.wait_for(f"Question {number} of 5")
        last.wait_until(lambda: not last.cooked, "the keys")
        last.send(f"Answer {number}.\r.\r")
        last.wait_for(f"Answer {number}.")
    last.wait_for("You left open: 2.")
    last.wait_for("Question 2 of 5")
    last.wait_until(lambda: not last.cooked, "the keys")
    last.send("The second after all.\r.\r")
    last.wait_for("Your answers are kept; thank you.")
    assert last.exit_code() == 0
    whole = record.newest()
    assert {one.position: one.text for one in whole.answers} == {
        0: "My answer, first part. And the second.",
        1: "The second after all.",
        2: "12000",
        3: "Answer 4.",
        4: "Answer 5.",
    }
    assert whole.finished
    assert whole.grades == ()
    assert record.draft() is None
    seen = squeezed(alone.ever + last.ever)
    for step in instances_of_packet(read_packet(packet), bank):
        for point in step.rubric.points if step.rubric else ():
            assert squeezed(point.title) not in seen
            assert squeezed(point.probe) not in seen
    record.assert_sound()

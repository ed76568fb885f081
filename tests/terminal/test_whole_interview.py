"""An interview from the plan to the printed report: led, interrupted, rated by three, compared."""

import csv
import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import permutations, product
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from databases import Place
from emulator import PROGRAM, Start, Terminal, squeezed
from exchanging import decoded
from recorded import Record

from questionbank.bank import load_bank
from questionbank.cli.surroundings import shipped_bank
from questionbank.instance import Instance
from questionbank.packet import Packet
from questionbank.packet_source import read_packet
from questionbank.pinned import instances_of_packet
from questionbank.store import Store
from questionbank.suggesting import suggestions

pytestmark = [pytest.mark.terminal, pytest.mark.model]

CANDIDATE = "Ada Lovelace"
EVE, GRACE, HEDY = "Eve Byrne", "Grace Hopper", "Hedy Lamarr"
NUMBERS = {"not_met": 0, "partial": 1, "met": 2}
SHARES = {"met": 1.0, "partial": 0.5, "not_met": 0.0}
KEYS = {"met": "m", "partial": "p", "not_met": "n"}
# What each says of one point after the other, over and over; of Hedy's anchors, 4 and 5 are met.
EVES = ("met", "partial", "not_met", "met", "not_met")
GRACES = ("met", "partial", "not_met", "partial", "not_met")
HEDYS = (5, 3, 1, 4, 3)
READERS, FORMATS = ("candidate", "interviewer", "panel"), ("html", "pdf", "docx", "md")
Call = Callable[..., str]
Row = dict[str, Any]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Run the program without a terminal; what it prints."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return run


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with Store.open(place.target, clock=lambda: datetime.now(UTC)) as opened:
        yield opened


def ready(terminal: Terminal, *texts: str) -> None:
    """Wait until texts are on screen and the prompt takes keys."""
    for text in texts:
        terminal.wait_for_display(text)
    terminal.wait_until(lambda: not terminal.cooked, "the prompt")


def lead(
    start: Start, record: Record, packet: Path, db: tuple[str, str], steps: Sequence[Instance]
) -> str:
    """Lead the interview, the program killed in the middle of the second answer; its id."""
    run = start(
        *("interview", "run", str(packet), "--candidate", CANDIDATE, "--author", "Bob", *db),
        *("--no-suggestions", "--bank", "shipped"),
    )
    ready(run, "Question 1 of 5", "question 1")
    name = re.findall(r"Interview ([0-9a-f]{8}) with", run.history)[0]
    run.send(f"{answer_to(steps[0])}\r")
    run.send("/note Calm and to the point.\r/next\r")
    ready(run, "Question 2 of 5", "question 2")
    run.send("It depends.\r")
    run.send("On what is half")
    run.wait_until(lambda: record.draft() == "On what is half", "the draft", 20)
    run.kill(signal.SIGKILL)
    assert run.exit_code() == -signal.SIGKILL

    run = start("interview", "run", str(packet), "--resume", name, *db)
    ready(run, "So far was said:", "It depends.", "On what is half")
    run.send(" said.\r")
    run.wait_for_display("grader ready")
    for at, step in enumerate(steps[1:], start=2):
        ready(run, f"question {at}")
        if at > 2:
            run.send(f"{answer_to(step)}\r")
        run.send("/next\r")
        if step.rubric:
            run.wait_for_display("or /next once more to close the answer.")
            run.send("/next\r")
        run.wait_for_display(f"Question {at + 1} of 5" if at < 5 else "All questions are through")
    run.send("/end\r")
    assert run.exit_code() == 0
    assert f"questionbank interview rate {name}" in run.history
    assert "Ada" not in run.history
    return name


def answer_to(step: Instance) -> str:
    """The right number, or a sentence that makes the first point of the rubric."""
    return step.rubric.points[0].exemplars[0] if step.rubric else str(step.right)


def rate_in_terminal(start: Start, name: str, db: tuple[str, str], rows: Sequence[Row]) -> None:
    """Have Eve accept what the machine suggests where she thinks so, and override it elsewhere."""
    rating = start("interview", "rate", name, "--rater", EVE, "--plain", *db)
    for at, row in enumerate(rows):
        head = squeezed(f"Point {at + 1} of {len(rows)}:")
        rating.wait_until(
            lambda head=head: (
                head in (seen := squeezed(rating.display))
                and seen.endswith("?keys:")
                and not rating.cooked
            ),
            f"the keys of point {at + 1}",
        )
        said = EVES[at % len(EVES)]
        if row["suggestion"] == said:
            rating.send("a")
        elif row["suggestion"] in (None, "needs_review"):
            rating.send(f"{KEYS[said]}because I heard it\r")
        else:
            rating.send("o")
            rating.wait_for_display("any other key: none:")
            rating.send(f"{KEYS[said]}because I heard it\r")
    assert rating.exit_code() == 0
    assert f"{len(rows)} of {len(rows)} points are rated by {EVE}" in rating.history


def marks_files(folder: Path, rows: Sequence[Row]) -> tuple[Path, Path]:
    """Grace's marks as JSON lines, Hedy's as CSV."""
    verdicts, anchors = folder / "grace.jsonl", folder / "hedy.csv"
    places = [{key: row[key] for key in ("question_id", "point_id")} for row in rows]
    lines = (
        json.dumps(one | {"verdict": GRACES[at % len(GRACES)], "reason": "so I heard it"}) + "\n"
        for at, one in enumerate(places)
    )
    verdicts.write_text("".join(lines))
    with anchors.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["question_id", "point_id", "anchor"])
        writer.writeheader()
        writer.writerows(one | {"anchor": HEDYS[at % 5]} for at, one in enumerate(places))
    return verdicts, anchors


def alpha(units: Sequence[Sequence[int]]) -> float:
    """Krippendorff's ordinal alpha by its definition, over pairs; every unit has all its values."""
    counts = Counter(value for unit in units for value in unit)

    def apart(one: int, other: int) -> float:
        low, high = sorted((one, other))
        between = sum(counts[value] for value in range(low, high + 1))
        return float((between - (counts[low] + counts[high]) / 2) ** 2) if low < high else 0.0

    observed = fmean(apart(*pair) for unit in units for pair in permutations(unit, 2))
    values = [value for unit in units for value in unit]
    return 1.0 - observed / fmean(apart(*pair) for pair in permutations(values, 2))


def score(packet: Packet, steps: Sequence[Instance], shares: dict[tuple[str, str], float]) -> float:
    """The readiness score, done by hand: each competency has one question here."""
    of_question = {}
    for step in steps:
        points = step.rubric.points if step.rubric else ()
        earned = sum(one.weight * shares[step.key, one.id] for one in points)
        full = sum(one.weight for one in points)
        of_question[step.question.strategy] = earned / full if points else 1.0
    assert len(of_question) == len(steps) == len(packet.competencies)
    total = sum(one.weight for one in packet.competencies)
    terms = (one.weight * of_question[one.strategy] for one in packet.competencies)
    return 100.0 * sum(terms) / total


def assert_compared(
    found: Row, packet: Packet, steps: Sequence[Instance], rows: Sequence[Row]
) -> None:
    """Every figure is what one comes to by hand."""
    (one,) = found["interviews"]
    assert one["raters"][0] == EVE  # who of the others was first is for the moment to say
    assert (sorted(one["raters"]), one["places"]) == ([EVE, GRACE, HEDY], len(rows))
    people = one["comparison"]["people"]
    of_anchor = {1: "not_met", 3: "partial", 4: "met", 5: "met"}
    marks = [(EVES[at % 5], GRACES[at % 5], of_anchor[HEDYS[at % 5]]) for at in range(len(rows))]
    assert people["n"] == len(rows)
    assert people["ordinal"] == pytest.approx(
        alpha([[NUMBERS[mark] for mark in unit] for unit in marks])
    )
    assert 0.3 < people["ordinal"] < 0.95
    assert one["comparison"]["raters"] == [*one["raters"], "machine"]
    assert len(one["comparison"]["rows"]) == len(rows)

    mean, eve = {}, {}
    for at, row in enumerate(rows):
        verdicts = [SHARES[EVES[at % 5]], SHARES[GRACES[at % 5]]]
        key = (row["question_id"], row["point_id"])
        mean[key] = fmean([*verdicts, (HEDYS[at % 5] - 1) / 4])
        eve[key] = verdicts[0]
    readiness = one["readiness"]
    assert readiness["score"] == pytest.approx(score(packet, steps, mean), abs=1e-5)
    assert readiness["low"] < readiness["score"] < readiness["high"]
    assert one["alone"][0]["score"] == pytest.approx(score(packet, steps, eve), abs=1e-5)
    assert [alone["rater"] for alone in one["alone"]] == [*one["raters"], "machine"]
    # The arithmetic that is shown comes to the score that is shown.
    shown = re.fullmatch(r"100 x \((.+)\) ÷ ([\d.]+) = ([\d.]+)", readiness["arithmetic"])
    assert shown is not None
    terms, total, result = shown.groups()
    factors = [term.split(" x ") for term in terms.split(" + ")]
    added = sum(float(weight) * float(share) for weight, share in factors)
    assert 100 * added / float(total) == pytest.approx(float(result), abs=0.1)
    assert float(result) == pytest.approx(readiness["score"], abs=0.05)
    rule = packet.recommendation
    assert rule is not None
    below, above = 100 * rule.decline, 100 * rule.advance
    bounds = {"decline": (0, below), "discuss": (below, above), "advance": (above, 101)}
    low, high = bounds[readiness["advice"]]
    assert low <= readiness["score"] < high


def assert_told(log: Sequence[Row], rows: Sequence[Row]) -> None:
    """The log has everything in order, and the candidate under a pseudonym."""
    kinds = Counter(one["what"] for one in log)
    assert kinds["begun"] == kinds["finished"] == kinds["ended"] == kinds["compared"] == 1
    assert (kinds["answer"], kinds["grade"], kinds["noted"]) == (5, 5, 1)
    marks = Counter(one["who"] for one in log if one["what"] == "mark")
    assert marks == dict.fromkeys((EVE, GRACE, HEDY), len(rows))
    assert {one["who"] for one in log if one["what"] == "rater"} == {EVE, GRACE, HEDY}
    numbers = [one["number"] for one in log]
    assert numbers == sorted(numbers)
    order = [one["what"] for one in log]
    assert order.index("begun") < order.index("finished") < order.index("mark")
    assert order[-1] == "compared"
    assert "Ada" not in json.dumps(log)


def export(call: Call, packet: Path, name: str, db: tuple[str, str]) -> dict[tuple[str, str], str]:
    """Write every format for every reader, two at a time; the words in each file."""

    def write(pair: tuple[str, str]) -> str:
        reader, form = pair
        output = packet.with_name(f"{reader}.{form}")
        held = ("--interview", name) if reader == "panel" else ("--bank", "shipped")
        call(
            *("export", "packet", str(packet), "--for", reader, "--format", form, *held, *db),
            *("--output", str(output)),
        )
        return squeezed(decoded(output.read_bytes()))

    pairs = list(product(READERS, FORMATS))
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(pairs, pool.map(write, pairs), strict=True))


def test_an_interview_from_the_plan_to_the_report(
    start: Start, record: Record, call: Call, place: Place, store: Store, tmp_path: Path
) -> None:
    packet, db = tmp_path / "packet.yaml", ("--db", place.target)
    plan = ("interview", "plan", "--blueprint", "investor-45", "--seed", "7", "--bank", "shipped")
    call(*plan, "--output", str(packet))
    planned, bank = read_packet(packet), load_bank((shipped_bank(),))
    steps = instances_of_packet(planned, bank)
    assert (planned.minutes, planned.seed, len(steps)) == (45, 7, 5)

    name = lead(start, record, packet, db, steps)
    whole = store.attempt(name)
    assert [one.text for one in sorted(whole.answers, key=lambda one: one.position)] == [
        "It depends.\n\nOn what is half said." if at == 1 else answer_to(step)
        for at, step in enumerate(steps)
    ]
    assert set(suggestions(whole)) == set(range(5))

    rows = json.loads(call("interview", "rate", name, "--list", "--json", *db))
    points = [(step.key, one.id) for step in steps if step.rubric for one in step.rubric.points]
    assert [(row["question_id"], row["point_id"]) for row in rows] == points
    assert rows[0]["suggestion"] == "met"
    rate_in_terminal(start, name, db, rows)
    files = dict(zip((GRACE, HEDY), marks_files(tmp_path, rows), strict=True))
    with ThreadPoolExecutor(2) as pool:  # at the same moment
        rate = ("interview", "rate", name, "--blind", *db)
        given = [
            pool.submit(call, *rate, "--rater", who, "--marks", str(file))
            for who, file in files.items()
        ]
        assert all(f"{len(rows)} marks given" in one.result() for one in given)

    compared = json.loads(call("interview", "compare", name, *db, "--json"))
    assert_compared(compared, planned, steps, rows)
    assert_told(json.loads(call("interview", "log", name, *db, "--json")), rows)
    audit = json.loads(call("audit", "verify", *db, "--json"))
    assert (audit["sound"], audit["kinds"]["mark"]) == (True, 3 * len(rows))

    texts = export(call, packet, name, db)
    arithmetic = compared["interviews"][0]["readiness"]["arithmetic"]
    points_asked = [one for step in steps if step.rubric for one in step.rubric.points]
    for form in FORMATS:
        sheet, guide, report = (texts[reader, form] for reader in READERS)
        for text in (sheet, guide, report):
            assert "Ada" not in text
            assert squeezed(planned.title) in text
        for point in points_asked:
            assert squeezed(point.probe) not in sheet
        assert squeezed(points_asked[0].probe) in guide
        for told in (EVE, GRACE, HEDY, arithmetic, "because I heard it"):
            assert squeezed(told) in report, (form, told)

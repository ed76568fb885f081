"""A database that goes away while a command is at work: nothing lost, one line, exit code 4."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from blueprints import INTERVIEW
from commands import Result, Run, StubLoading
from databases import Server
from proxy import Proxy

from questionbank.attempt import AttemptRecord
from questionbank.store import Store

CHOICE = "foundations/rare-class"
NUMERIC = "inference-economics/daily-bill"
OPEN = "model-choice/small-model"
GOOD = "I would compare the monthly bill of both models. The rest is taste."
LOST = "the connection to the server was lost; nothing was written. "


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    place = server.place()
    Store.open(place.target, clock=lambda: datetime.now(UTC)).close()
    with Proxy(place) as proxy:
        yield proxy


def record(proxy: Proxy) -> AttemptRecord:
    """The newest attempt, once the way is mended."""
    with Store.open(proxy.target, clock=lambda: datetime.now(UTC)) as store:
        assert store.verify().sound
        return store.attempts()[0]


def told(result: Result, proxy: Proxy) -> str:
    """The one line of a command that lost its database."""
    assert result.code == 4
    assert str(proxy.password) not in result.out + result.err
    return next(line for line in result.err.splitlines() if line.startswith("questionbank: "))


def lines(*rows: dict[str, object]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_a_server_that_is_not_there_ends_a_command_with_4(
    run: Run, proxy: Proxy, bank_folder: Path
) -> None:
    proxy.cut()
    rows = lines({"question_id": CHOICE, "answer": "recall"})
    for words in (("history",), ("grade", "-", "--keep", "--bank", bank_folder)):
        said = told(run(*words, "--db", proxy.target, stdin=rows), proxy)
        assert "no connection to the server (Connection refused)" in said


@pytest.mark.parametrize(
    ("moment", "answered", "graded"), [("12345", 1, 1), ("grade:", 1, 0)], ids=["answer", "grade"]
)
def test_a_quiz_goes_on_where_the_server_was_lost(
    run: Run, proxy: Proxy, bank_folder: Path, tmp_path: Path, *, moment: str, answered: int,
    graded: int,
) -> None:  # fmt: skip
    file = tmp_path / "answers.jsonl"
    file.write_bytes(
        lines(
            {"question_id": CHOICE, "answer": "recall"},
            {"question_id": NUMERIC, "answer": "12345"},
        )
    )
    common = ("--answers", file, "--bank", bank_folder, "--db", proxy.target)
    proxy.cut_before = moment.encode()
    said = told(run("quiz", *common, "--seed", "4"), proxy)
    assert LOST + "What was submitted before is kept; go on with: questionbank quiz" in said
    proxy.mend()
    before = record(proxy)
    assert (len(before.answers), len(before.grades)) == (answered, graded)
    assert run("quiz", "--resume", *common).code == 0
    after = record(proxy)
    assert [one.text for one in after.answers] == ["recall", "12345"]
    assert len(after.grades) == 2
    assert after.finished


@pytest.mark.parametrize("into_file", [False, True])
def test_grading_a_file_goes_on_where_the_server_was_lost(
    run: Run, proxy: Proxy, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading,
    *, into_file: bool,
) -> None:  # fmt: skip
    rows = lines(*({"id": f"row-{at}", "question_id": CHOICE, "answer": "a"} for at in range(6)))
    output = tmp_path / "grades.jsonl"
    file = tmp_path / "rows.jsonl"
    file.write_bytes(rows)
    words = ("grade", file, "--keep", "--bank", bank_folder, "--db", proxy.target)
    words += ("--output", output) if into_file else ()
    proxy.cut_before = b"row-4"
    said = told(run(*words), proxy)
    assert LOST + "The rows before are kept; the same command goes on" in said
    if into_file:
        assert output.read_bytes().count(b"\n") == 4
    proxy.mend()
    assert len(record(proxy).answers) == 4
    assert run(*words).code == 0
    after = record(proxy)
    assert [one.label for one in after.answers] == [f"row-{at}" for at in range(6)]
    assert len(after.grades) == 6
    if into_file:
        assert output.read_bytes().count(b"\n") == 6


def test_decisions_and_new_grades_go_on_where_the_server_was_lost(
    run: Run, proxy: Proxy, bank_folder: Path, stub_grader: StubLoading
) -> None:
    rows = [{"id": f"row-{at}", "question_id": OPEN, "answer": GOOD} for at in range(3)]
    common = ("--bank", bank_folder, "--db", proxy.target)
    assert run("grade", "-", "--keep", *common, stdin=lines(*rows)).code == 0
    decisions = lines(
        *(
            {"answer_id": one.id, "point_id": point.id, "verdict": "partial", "reason": f"why {at}"}
            for at, one in enumerate(record(proxy).answers)
            for point in record(proxy).grades[at].grade.points[:1]
        )
    )
    review = ("review", "--decisions", "-", "--author", "Ada", "--db", proxy.target)
    proxy.cut_before = b"why 1"
    said = told(run(*review, stdin=decisions), proxy)
    assert LOST + "The decisions on the lines before are kept; the same command goes on" in said
    proxy.mend()
    assert len(record(proxy).overrides) == 1
    assert "1 stood there already" in run(*review, stdin=decisions).out
    assert len(record(proxy).overrides) == 3

    path = bank_folder / "rubrics" / f"{OPEN}.yaml"
    text = path.read_text().replace("version: 1.0.0", "version: 1.1.0", 1)
    path.write_text(text.replace("      - I would compare the monthly bill of both models.\n", ""))
    again = ("regrade", "--reason", "another key", *common)
    proxy.cut_before = record(proxy).answers[1].id.encode() + b":"
    said = told(run(*again), proxy)
    assert LOST + "What was appended before is kept; the same command appends the rest" in said
    proxy.mend()
    assert len(record(proxy).grades) == 4
    assert run(*again).code == 0
    assert len(record(proxy).grades) == 6


def test_an_interview_goes_on_where_the_server_was_lost(
    run: Run, proxy: Proxy, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading
) -> None:
    folder = bank_folder / "questions" / "blueprints"
    folder.mkdir()
    (folder / "b.yaml").write_text(INTERVIEW)
    packet = tmp_path / "packet.yaml"
    plan = ("interview", "plan", "--blueprint", "engineer-20", "--bank", bank_folder)
    assert run(*plan, "--output", packet).code == 0
    words = ("interview", "run", packet, "--bank", bank_folder, "--db", proxy.target, "--plain")
    proxy.cut_before = b"the second line"
    begun = run(*words, "--candidate", "Ada", stdin=b"the first line\nthe second line\n/end\n")
    assert LOST.rstrip(". ") in told(begun, proxy)
    proxy.mend()
    before = record(proxy)
    heard = [event.text for event in before.events if event.heard]
    assert heard == ["the first line"]
    resumed = run(*words, "--resume", before.attempt.id[:8], stdin=b"the rest\n/end\n")
    assert resumed.code == 0, resumed.err
    after = record(proxy)
    assert after.finished
    (answer,) = after.answers
    assert answer.text.startswith("the first line\n\n")
    assert answer.text.endswith("the rest")

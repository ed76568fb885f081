"""`interview list`, `log`, `unblind`, `export-data`, `erase` and `retain`."""

import json
import os
import pty
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Run, StubLoading
from interviews import GOOD, NAME, hold, plan, rate
from interviews import held_before as held_one

from questionbank.cli.context import Context
from questionbank.drafts import DraftFile
from questionbank.mark import ActKind

INTERVIEW = "interview"


@pytest.fixture
def held(run: Run, bank_folder: Path, tmp_path: Path, stub_grader: StubLoading) -> str:
    """An interview that one rater has rated."""
    assert stub_grader
    name = held_one(run, bank_folder, tmp_path)
    rate(run, name, "Eve", answer="not_met", cost="met", measures="met")
    return name


@pytest.fixture
def pseudonym(run: Run, held: str) -> str:
    (found,) = json.loads(run(INTERVIEW, "list", "--json").out)
    assert found["id"] == held
    return str(found["candidate"])


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A terminal in which the person types these lines."""
    master, slave = pty.openpty()
    terminal = os.fdopen(slave, "r", encoding="utf-8")
    lines: list[str] = []

    class Typing:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return lines.pop(0)

    monkeypatch.setattr(sys, "stdin", Typing())
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    yield lines
    terminal.close()
    os.close(master)


def acts(held: str) -> list[ActKind]:
    with Context().store() as store:
        assert store.verify().sound
        return [act.kind for act in store.acts(held)]


def words(held: str) -> str:
    with Context().store() as store:
        return " ".join(answer.text for answer in store.attempt(held).answers)


# list


def test_interviews_are_listed_without_names(run: Run, held: str, pseudonym: str) -> None:
    out = run(INTERVIEW, "list").out
    assert f"{held[:8]}  " in out
    assert f"{pseudonym}: over, 2 of 2 answered, rated by Eve" in out
    assert NAME not in out
    (facts,) = json.loads(run(INTERVIEW, "list", "--json").out)
    assert (facts["steps"], facts["answered"], facts["raters"]) == (2, 2, ["Eve"])
    assert facts["erased"] is False


def test_where_there_is_no_interview_it_says_how_to_begin(run: Run) -> None:
    assert "No interviews yet. Lead one with" in run(INTERVIEW, "list").out
    assert json.loads(run(INTERVIEW, "list", "--json").out) == []


# log


def test_the_log_says_who_did_what_when(run: Run, held: str, pseudonym: str) -> None:
    assert run(INTERVIEW, "compare", held).code == 0
    out = run(INTERVIEW, "log", held[:8]).out
    assert f"Bob Byrne  begun: {pseudonym}" in out
    assert "candidate  heard: step 1" in out
    assert "Eve  rater" in out
    assert "Eve  mark: step 2, cost" in out
    assert "compared" in out
    for hidden in (GOOD, NAME, "Nervous", "thinks so", "met"):
        assert hidden not in out
    told = json.loads(run(INTERVIEW, "log", held, "--json").out)
    assert told[0]["what"] == "attempt"
    assert told[-1]["what"] == "compared"
    assert run(INTERVIEW, "log", "zz").code == 2


# unblind


def test_a_name_is_shown_after_the_reason_is_on_record(run: Run, held: str, pseudonym: str) -> None:
    result = run(INTERVIEW, "unblind", held, "--reason", "We invite\n her", "--author", "Bob")
    assert (result.code, result.out) == (0, f"{pseudonym} is {NAME}\n")
    with Context().store() as store:
        (act,) = store.acts(held)
    assert (act.kind, act.author, act.reason) == (ActKind.UNBLINDED, "Bob", "We invite her")
    found = json.loads(run(INTERVIEW, "unblind", held, "--reason", "again", "--json").out)
    assert found == {"id": held, "candidate": pseudonym, "name": NAME}
    assert "unblinded" in run(INTERVIEW, "log", held).out


@pytest.mark.parametrize("more", [(), ("--reason", " ")])
def test_without_a_reason_nothing_is_shown(more: tuple[str, ...], run: Run, held: str) -> None:
    result = run(INTERVIEW, "unblind", held, *more)
    assert (result.code, result.out) == (2, "")
    assert acts(held) == []


def test_without_an_author_nothing_is_shown(
    run: Run, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("questionbank.cli.interview_unblind.user_name", lambda: None)
    result = run(INTERVIEW, "unblind", held, "--reason", "x")
    assert result.code == 2
    assert "give --author NAME" in result.err


# export-data


def test_everything_held_on_a_person_is_written_into_a_private_file(
    run: Run, held: str, tmp_path: Path
) -> None:
    DraftFile(Context().data, held).save(0, "half a thought", 1.0)
    output = tmp_path / "ada.json"
    given = (INTERVIEW, "export-data", "--candidate", "ada lovelace", "--output", output)
    result = run(*given)
    assert result.code == 0, result.err
    assert "1 attempt" in result.out
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    found = json.loads(output.read_text())
    (one,) = found["attempts"]
    assert (found["format"], one["id"], one["name"]) == (1, held, NAME)
    assert one["draft"] == "half a thought"
    assert one["answers"][1]["text"] == GOOD
    assert one["marks"][0]["rater"] == "rater-1"
    assert [act["kind"] for act in one["acts"]] == ["exported"]
    for other in ("Eve", "Bob"):
        assert f'"{other}' not in output.read_text()
    again = run(*given)
    assert (again.code, "--force" in again.err) == (2, True)
    forced = run(*given, "--force", "--json")
    assert json.loads(forced.out) == {"output": str(output), "attempts": [held]}
    assert acts(held) == [ActKind.EXPORTED] * 2


@pytest.mark.parametrize(
    ("candidate", "output", "said"),
    [
        ("Nobody", "x.json", "nobody on record is called 'Nobody'"),
        (NAME, "no/x.json", "there is no such folder"),
    ],
)
def test_what_cannot_be_exported_is_told_and_nothing_is_written(
    candidate: str, output: str, said: str, run: Run, held: str, tmp_path: Path
) -> None:
    path = tmp_path / output
    result = run(INTERVIEW, "export-data", "--candidate", candidate, "--output", path)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert not path.exists()
    assert acts(held) == []


def test_a_full_disk_is_told_in_one_line(
    run: Run, held: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("questionbank.cli.interview_export_data.os.fsync", full)
    output = tmp_path / "ada.json"
    result = run(INTERVIEW, "export-data", "--candidate", NAME, "--output", output)
    assert held
    assert result.code == 2
    assert "cannot be written: No space left on device" in result.err
    assert list(tmp_path.glob("*ada*")) == []


# erase


def test_erasing_deletes_the_words_and_keeps_the_trail(run: Run, held: str, pseudonym: str) -> None:
    data = Context().data
    DraftFile(data, held).save(0, "half a thought", 1.0)
    (data / "drafts" / f"{held}.broken").write_text("broken thought")
    result = run(INTERVIEW, "erase", "--candidate", NAME, "--yes")
    assert result.code == 0, result.err
    assert f"{held[:8]} ({pseudonym}, " in result.out
    assert "have lost their words" in result.out
    assert "Backups, rescued copies and exported files are not touched" in result.err
    assert words(held).strip() == ""
    assert acts(held) == [ActKind.ERASED]
    on_disk = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    for gone in (NAME, "monthly bill of both models. The rest", "Nervous", "thought", "thinks so"):
        assert gone.encode() not in on_disk
    assert "words erased" in run(INTERVIEW, "list").out
    log = run(INTERVIEW, "log", held).out
    assert "Eve  mark: step 2, cost, words erased" in log
    unblind = run(INTERVIEW, "unblind", held, "--reason", "x")
    assert "no name is kept" in unblind.err
    assert "were erased" in run(INTERVIEW, "rate", held, "--list").err
    compared = run(INTERVIEW, "compare", held)
    assert compared.code == 0, compared.err
    assert "3 points each" in compared.out
    assert run("audit", "verify").code == 0
    assert run(INTERVIEW, "erase", "--candidate", NAME, "--yes").code == 2


def test_by_pseudonym_only_one_interview_is_erased(
    run: Run, held: str, pseudonym: str, bank_folder: Path, tmp_path: Path
) -> None:
    other = hold(run, bank_folder, plan(run, bank_folder, tmp_path), NAME)
    result = run(INTERVIEW, "erase", "--candidate", pseudonym, "--yes", "--json")
    assert list(json.loads(result.out)["interviews"]) == [held]
    assert GOOD in words(other)
    both = run(INTERVIEW, "erase", "--candidate", NAME, "--yes", "--json")
    assert list(json.loads(both.out)["interviews"]) == [other]


def test_without_a_terminal_erasing_wants_yes(run: Run, held: str) -> None:
    result = run(INTERVIEW, "erase", "--candidate", NAME, stdin=b"yes\n")
    assert (result.code, result.out) == (2, "")
    assert "confirm it with --yes" in result.err
    assert GOOD in words(held)


@pytest.mark.parametrize(("typed", "erased"), [("yes\n", True), ("y\n", False), ("", False)])
def test_in_a_terminal_one_is_asked(
    typed: str, erased: bool, run: Run, held: str, answering: list[str]
) -> None:
    answering.append(typed)
    result = run(INTERVIEW, "erase", "--candidate", NAME)
    assert result.code == 0
    assert "Type yes to go on: " in result.out
    assert (GOOD not in words(held)) is erased
    assert ("Nothing was erased." in result.out) is not erased


def test_a_broken_chain_is_told_after_erasing(
    run: Run, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Context().store() as store:
        sound = store.verify()
    broken = sound.model_copy(update={"broken": 3, "reason": "it was altered"})
    monkeypatch.setattr("questionbank.store.Store.verify", lambda self: broken)
    result = run(INTERVIEW, "erase", "--candidate", NAME, "--yes")
    assert result.code == 4
    assert "erased, but the record is broken at entry 3: it was altered" in result.err
    assert held


# retain


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 40 days later."""
    monkeypatch.setattr(
        "questionbank.cli.context.Context.now",
        lambda self: datetime.now(UTC) + timedelta(days=40),
    )


@pytest.mark.usefixtures("later")
def test_words_are_kept_for_so_many_days(run: Run, held: str) -> None:
    early = run(INTERVIEW, "retain", "--days", "60", "--yes")
    assert early.out == "No words are older than 60 days.\n"
    dry = run(INTERVIEW, "retain", "--days", "30", "--dry-run")
    assert dry.code == 0
    assert f"{held[:8]}  candidate-" in dry.out
    assert "Due: 1 interview; nothing was erased." in dry.out
    assert GOOD in words(held)
    assert run(INTERVIEW, "retain", "--days", "30").code == 2
    done = run(INTERVIEW, "retain", "--yes", env={"QUESTIONBANK_RETAIN_DAYS": "30"})
    assert done.code == 0, done.err
    assert "Erased: 1 interview." in done.out
    assert words(held).strip() == ""
    again = run(INTERVIEW, "retain", "--days", "30", "--json")
    assert json.loads(again.out) == {"days": 30, "due": [], "erased": []}
    assert acts(held) == [ActKind.ERASED]


@pytest.mark.usefixtures("later")
def test_retain_tells_programs_what_it_did(run: Run, held: str) -> None:
    dry = run(INTERVIEW, "retain", "--days", "30", "--dry-run", "--json")
    assert json.loads(dry.out) == {"days": 30, "due": [held], "erased": []}
    done = run(INTERVIEW, "retain", "--days", "30", "--yes", "--json")
    assert json.loads(done.out) == {"days": 30, "due": [held], "erased": [held]}


@pytest.mark.parametrize(
    ("days", "setting", "said"),
    [
        (None, "", "say how long words are kept: --days N, or set QUESTIONBANK_RETAIN_DAYS"),
        ("0", "", "--days: '0' is no number of days from 1 to 36500"),
        ("x", "30", "--days: 'x' is no number"),
        ("²", "", "--days: '²' is no number"),
        (None, "-1", "QUESTIONBANK_RETAIN_DAYS: '-1' is no number"),
        ("99999", "", "--days: '99999' is no number of days"),
    ],
)
def test_a_number_of_days_is_needed(days: str | None, setting: str, said: str, run: Run) -> None:
    given = () if days is None else ("--days", days)
    result = run(INTERVIEW, "retain", *given, env={"QUESTIONBANK_RETAIN_DAYS": setting})
    assert (result.code, result.out) == (2, "")
    assert said in result.err


@pytest.mark.parametrize(
    "name", ["rate", "compare", "list", "log", "unblind", "export-data", "erase", "retain"]
)
def test_every_command_has_help_with_an_example(name: str, run: Run) -> None:
    result = run(INTERVIEW, name, "--help")
    assert result.code == 0
    assert f"questionbank interview {name}" in result.out
    assert name in run(INTERVIEW, "--help").out

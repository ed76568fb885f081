"""What `grade` remembers between runs changes its speed and not one byte of its lines."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from commands import Result, Run, StubEncoder, StubLoading
from interviews import NAME, held_before

from grader.cache import VectorCache
from grader.encoder import Vectors
from grader.engine import Grader
from grader.kept import Kept
from grader.loading import GRADES, VECTORS
from questionbank.cli.context import Context

TEXTS = (
    "I would compare the monthly bill of both models. Then I would ask the agents.",
    "I would test both on our own tickets and count errors.",
    "I would take the newest one.",
    "",
    "Ich nehme das neueste Modell, ganz klar und ohne jeden Zweifel.",
)
Grading = Callable[..., Result]


def rows() -> bytes:
    question = "model-choice/small-model"
    found: list[dict[str, str]] = [
        {"id": f"r{number}", "question_id": question, "answer": text}
        for number, text in enumerate(TEXTS * 3)
    ]
    found.append({"id": "closed", "question_id": "foundations/rare-class", "answer": "b"})
    found.append({"id": "nowhere", "question_id": "xyzzy", "answer": "b"})
    return "".join(json.dumps(one) + "\n" for one in found).encode()


@pytest.fixture
def grade(run: Run, bank_folder: Path, stub_grader: StubLoading) -> Grading:
    assert stub_grader.asked == []
    return lambda *options: run("grade", "-", "--bank", bank_folder, *options, stdin=rows())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that the encoder was given."""
    texts: list[str] = []
    real = StubEncoder.encode

    def encode(self: StubEncoder, given: Sequence[str]) -> Vectors:
        texts.extend(given)
        return real(self, given)

    monkeypatch.setattr(StubEncoder, "encode", encode)
    return texts


def remembered() -> list[Path]:
    return [path for name in (GRADES, VECTORS) for path in (Context().cache / name).glob("*")]


def test_a_second_run_asks_no_model_and_gives_the_same_bytes(
    grade: Grading, asked: list[str]
) -> None:
    plain = grade("--no-cache")
    assert "remembered" not in plain.err
    first = grade()
    assert "remembered" not in first.err
    asked.clear()
    second = grade()
    assert asked == []
    assert "15 grades remembered from earlier runs (--no-cache grades again)" in second.err
    assert plain.out == first.out == second.out
    assert plain.code == first.code == second.code == 1


def test_a_second_run_explains_and_keeps_the_same(
    run: Run, grade: Grading, asked: list[str]
) -> None:
    explained = grade("--explain", "--no-cache")
    grade()
    asked.clear()
    assert grade("--explain").out == explained.out
    assert grade("--keep").code == 1
    assert asked == []
    assert run("audit", "verify").code == 0


def test_a_run_that_was_broken_off_goes_on_with_what_is_remembered(
    grade: Grading, tmp_path: Path
) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    grade("--output", str(whole))
    grade("--output", str(part))
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[:4]))
    assert "11 grades remembered" in grade("--output", str(part)).err
    assert part.read_bytes() == whole.read_bytes()


def test_nothing_is_kept_or_looked_up_where_that_is_not_wanted(
    grade: Grading, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    grade("--no-cache")
    assert remembered() == []
    grade()
    assert remembered() != []
    for options, room in ((["--no-cache"], ""), ([], "0")):
        monkeypatch.setenv("QUESTIONBANK_CACHE_MB", room)
        asked.clear()
        assert "remembered" not in grade(*options).err
        assert asked != []


@pytest.mark.parametrize("said", ["much", "-1", "1.5", "1000001", "10 000"])
def test_room_that_is_no_number_is_code_2(
    said: str, grade: Grading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUESTIONBANK_CACHE_MB", said)
    result = grade()
    assert (result.code, result.out) == (2, "")
    assert f"QUESTIONBANK_CACHE_MB: '{said}' is no number of megabytes, 0 to 1000000" in result.err


def test_a_cache_that_cannot_be_written_is_said_once(grade: Grading) -> None:
    plain = grade("--no-cache")
    (Context().cache / GRADES).write_text("in the way")
    result = grade()
    assert result.out == plain.out
    assert result.err.count("grades cannot be kept for another run: ") == 1


def test_vectors_are_kept_for_when_only_the_grades_change(
    grade: Grading, stub_grader: StubLoading, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(settings: Any) -> Grader:  # noqa: ANN401 - the command's
        grader = stub_grader(settings)
        kept = Kept(settings.cache_folder / VECTORS, settings.answers_mb * 500_000)
        return Grader(grader.encoder, grader.calibration, VectorCache(grader.encoder, kept=kept))

    monkeypatch.setattr("questionbank.cli.context.load_grader", load)
    first = grade()
    asked.clear()
    monkeypatch.setattr("questionbank.grade_memory.package_version", lambda: "another")
    second = grade()
    assert "remembered" not in second.err
    assert second.out == first.out
    assert not any(text in asked for text in TEXTS)


def test_doctor_says_where_it_lies_and_how_much_it_is(run: Run, grade: Grading) -> None:
    grade()
    found = json.loads(run("doctor", "--json").out)["remembered_of_answers"]
    assert str(Context().cache / GRADES) in found["folders"]
    assert found["megabytes"] > 0
    assert "remembered of answers:\n" in run("doctor").out


def test_erasing_a_person_empties_it(
    run: Run, grade: Grading, bank_folder: Path, tmp_path: Path
) -> None:
    held_before(run, bank_folder, tmp_path)
    assert remembered() == []  # what is said in interviews is not kept here in the first place
    grade()
    assert remembered() != []
    result = run("interview", "erase", "--candidate", NAME, "--yes")
    assert result.code == 0, result.err
    assert remembered() == []

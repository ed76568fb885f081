"""Grades are remembered as they were made, while everything they depend on is the same."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attacking import Fixed
from commands import StubEncoder, stub_calibration

from grader.engine import Grader
from grader.grade import Grade
from grader.kept import Kept
from grader.loading import GRADES, GraderSettings
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.verdict import Verdict
from questionbank.bank import load_bank
from questionbank.grade_memory import GradeMemory, remembering

ANSWERS = ("I would compare the monthly bill.", "Test both on our own tickets.", "")


@pytest.fixture
def rubric(bank_folder: Path) -> Rubric:
    return load_bank([bank_folder]).rubrics["model-choice/small-model"]


def requests(rubric: Rubric, question: str | None = None) -> list[GradeRequest]:
    return [GradeRequest(answer=text, rubric=rubric, question=question) for text in ANSWERS]


def pass_through(grader: Grader | Fixed, folder: Path, asked: list[GradeRequest]) -> list[Grade]:
    """Grade in a run of its own."""
    memory = remembering(grader, GraderSettings(cache_folder=folder, answers_mb=20))
    assert memory is not None
    grades = list(memory.grade_many(asked))
    memory.kept.close()
    return grades


def kept_file(folder: Path) -> Path:
    (path,) = (folder / GRADES).iterdir()
    return path


class Silent(Grader):
    def grade_many(self, items: Iterable[GradeRequest], batch_size: int = 1) -> Iterator[Grade]:
        assert not list(items)
        return iter(())


def test_what_is_remembered_is_the_grade_that_was_made(rubric: Rubric, tmp_path: Path) -> None:
    grader = Grader(StubEncoder(), stub_calibration())
    asked = requests(rubric, "What would you do?")
    made = list(grader.grade_many(asked))
    assert made[0].points[0].features
    assert pass_through(grader, tmp_path, asked) == made
    again = pass_through(Silent(StubEncoder(), stub_calibration()), tmp_path, asked)
    assert [one.model_dump_json() for one in again] == [one.model_dump_json() for one in made]


def test_no_word_of_an_answer_is_kept(rubric: Rubric, tmp_path: Path) -> None:
    pass_through(Grader(StubEncoder(), stub_calibration()), tmp_path, requests(rubric))
    with closing(sqlite3.connect(kept_file(tmp_path))) as connection:
        contents = [content for (content,) in connection.execute("SELECT content FROM kept")]
    common = GradeMemory(Fixed(Verdict.MET), Kept(tmp_path, 1))._shared(rubric)
    texts = [
        zlib.decompressobj(zdict=common).decompress(one[16:]).decode("latin-1") for one in contents
    ]
    assert len(texts) == len(ANSWERS)
    assert "provenance" in texts[0]
    assert not any(word in text for text in texts for word in ("monthly", "bill", "tickets"))


def test_how_many_were_remembered_is_counted(rubric: Rubric, tmp_path: Path) -> None:
    pass_through(Fixed(Verdict.MET), tmp_path, requests(rubric)[:2])
    memory = GradeMemory(Fixed(Verdict.MET), Kept(tmp_path / GRADES, 10**7))
    list(memory.grade_many(requests(rubric) * 2))
    assert memory.remembered == 4


def test_a_grade_that_would_not_come_back_is_not_kept(rubric: Rubric, tmp_path: Path) -> None:
    class Odd(Fixed):
        def grade_many(
            self, requests: Iterable[GradeRequest], batch_size: int = 32
        ) -> Iterator[Grade]:
            for grade in super().grade_many(requests):
                point = grade.points[0].model_copy(update={"features": {"probe": 0.123456789}})
                yield grade.model_copy(update={"points": (point, *grade.points[1:])})

    grader = Odd(Verdict.MET)
    first = pass_through(grader, tmp_path, requests(rubric))
    assert pass_through(grader, tmp_path, requests(rubric)) == first
    assert len(grader.asked) == 6


def test_an_interruption_costs_little(rubric: Rubric, tmp_path: Path) -> None:
    asked = [GradeRequest(answer=f"Answer {n}.", rubric=rubric) for n in range(100)]
    memory = GradeMemory(Fixed(Verdict.MET), Kept(tmp_path / GRADES, 10**7))
    stream = memory.grade_many(asked)
    for _ in range(70):
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    grader = Fixed(Verdict.MET)
    pass_through(grader, tmp_path, asked)
    assert len(grader.asked) == 30


def test_whoever_wants_nothing_kept_has_no_memory() -> None:
    assert remembering(Fixed(Verdict.MET), GraderSettings(answers_mb=5)) is None
    assert remembering(Fixed(Verdict.MET), GraderSettings(cache_folder=Path("x"))) is None


def test_each_change_of_rubric_question_or_answer_is_graded_anew(
    rubric: Rubric, tmp_path: Path
) -> None:
    grader = Fixed(Verdict.MET)
    pass_through(grader, tmp_path, requests(rubric))
    assert len(grader.asked) == 3
    pass_through(grader, tmp_path, requests(rubric))
    assert len(grader.asked) == 3
    heavier = rubric.points[0].model_copy(update={"exemplars": ("Another.",)})
    points = (heavier, *rubric.points[1:])
    other = Rubric(id=rubric.id, version="1.0.0", title="T", points=points)
    pass_through(grader, tmp_path, requests(other))
    assert len(grader.asked) == 6
    pass_through(grader, tmp_path, requests(rubric, "Why?"))
    assert len(grader.asked) == 9
    pass_through(grader, tmp_path, requests(rubric))  # older ones are kept beside newer ones
    assert len(grader.asked) == 9


@pytest.mark.parametrize(
    "change", ["weights", "dtype", "calibration", "none", "package", "margin", "build", "version"]
)
def test_each_change_of_the_grader_is_graded_anew(
    change: str, rubric: Rubric, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_through(Fixed(Verdict.MET), tmp_path, requests(rubric))
    grader = Fixed(Verdict.NOT_MET)
    if change == "weights":
        monkeypatch.setattr(grader.encoder, "weights_digest", "6" * 64)
    elif change == "dtype":
        monkeypatch.setattr(grader.encoder, "dtype", "bfloat16")
    elif change == "calibration":
        grader.calibration = stub_calibration().model_copy(update={"intercept": 0.5})
    elif change == "none":
        grader.calibration = None
    elif change == "margin":
        grader.by_margin = True
    elif change == "build":
        monkeypatch.setattr(grader.encoder, "build", "another", raising=False)
    elif change == "version":
        rubric = rubric.model_copy(update={"version": "9.9.9"})
    else:
        monkeypatch.setattr("questionbank.grade_memory.package_version", lambda: "99")
    grades = pass_through(grader, tmp_path, requests(rubric))
    assert len(grader.asked) == 3
    assert {point.verdict for grade in grades for point in grade.points} == {Verdict.NOT_MET}


def test_a_change_of_the_graders_source_is_graded_anew(
    rubric: Rubric, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_through(Fixed(Verdict.MET), tmp_path, requests(rubric))
    package = tmp_path / "package"
    package.mkdir()
    (package / "engine.py").write_text("changed = True\n")
    monkeypatch.setattr("grader.__file__", str(package / "__init__.py"))
    grader = Fixed(Verdict.MET)
    pass_through(grader, tmp_path, requests(rubric))
    assert len(grader.asked) == 3


def test_fresh_forgets(rubric: Rubric, tmp_path: Path) -> None:
    grader = Fixed(Verdict.MET)
    pass_through(grader, tmp_path, requests(rubric))
    settings = GraderSettings(cache_folder=tmp_path, answers_mb=20)
    memory = remembering(grader, settings, fresh=True)
    assert memory is not None
    list(memory.grade_many(requests(rubric)))
    assert len(grader.asked) == 6


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff", b"points: too few", b"no verdict"])
def test_a_file_or_an_entry_that_cannot_be_used_is_made_anew(
    content: bytes, rubric: Rubric, tmp_path: Path
) -> None:
    grader = Fixed(Verdict.MET)
    made = pass_through(grader, tmp_path, requests(rubric))
    memory = GradeMemory(grader, Kept(tmp_path / GRADES, 10**7))
    values = {"points: too few": {"points": []}, "no verdict": {"points": [{}, {}]}}
    value = values.get(content.decode("latin-1"))
    if value is None:
        kept_file(tmp_path).write_bytes(content)
    else:
        packer = zlib.compressobj(zdict=memory._shared(rubric))
        packed = packer.compress(json.dumps(value).encode()) + packer.flush()
        memory.kept.add({memory._digest(one): packed for one in requests(rubric)})
        memory.kept.close()
    assert pass_through(grader, tmp_path, requests(rubric)) == made
    assert len(grader.asked) == 6
    assert pass_through(grader, tmp_path, requests(rubric)) == made
    assert len(grader.asked) == 6


def test_a_disk_that_cannot_be_written_is_no_obstacle(rubric: Rubric, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert len(pass_through(Fixed(Verdict.MET), tmp_path / "file", requests(rubric))) == 3


def test_the_same_text_twice_is_graded_once(rubric: Rubric, tmp_path: Path) -> None:
    grader = Fixed(Verdict.MET)
    assert len(pass_through(grader, tmp_path, requests(rubric) * 2)) == 6
    assert len(grader.asked) == 3

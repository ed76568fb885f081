"""Verdicts on a bank's own texts: remembered while everything they depend on is the same."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from attacking import Fixed
from commands import StubEncoder, stub_calibration

from grader.engine import Grader
from grader.grade import Grade
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.verdict import Verdict
from questionbank.bank import load_bank
from questionbank.grade_memory import GradeMemory

ANSWERS = ("I would compare the monthly bill.", "Test both on our own tickets.", "")


@pytest.fixture
def rubric(bank_folder: Path) -> Rubric:
    return load_bank([bank_folder]).rubrics["model-choice/small-model"]


def requests(rubric: Rubric, question: str | None = None) -> list[GradeRequest]:
    return [GradeRequest(answer=text, rubric=rubric, question=question) for text in ANSWERS]


def outcome(grades: Iterable[Grade]) -> list[list[tuple[str, Verdict, float | None]]]:
    return [[(p.id, p.verdict, p.probability) for p in grade.points] for grade in grades]


def pass_through(grader: Fixed, folder: Path, asked: list[GradeRequest]) -> list[Grade]:
    memory = GradeMemory(grader, folder)
    grades = list(memory.grade_many(asked))
    memory.save()
    return grades


def test_what_is_remembered_is_what_was_graded(rubric: Rubric, tmp_path: Path) -> None:
    grader = Grader(StubEncoder(), stub_calibration())
    plain = outcome(grader.grade_many(requests(rubric)))
    memory = GradeMemory(grader, tmp_path)
    assert outcome(memory.grade_many(requests(rubric))) == plain
    assert memory.remembered == 0
    memory.save()

    class Silent(Grader):
        def grade_many(self, items: Iterable[GradeRequest], batch_size: int = 1) -> Iterator[Grade]:
            assert not list(items)
            return iter(())

    again = GradeMemory(Silent(StubEncoder(), stub_calibration()), tmp_path)
    grades = list(again.grade_many(requests(rubric)))
    assert outcome(grades) == plain
    assert again.remembered == len(ANSWERS)
    assert [grade.score for grade in grades] == [
        grade.score for grade in grader.grade_many(requests(rubric))
    ]


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


@pytest.mark.parametrize("change", ["weights", "dtype", "calibration", "none", "package"])
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
    list(GradeMemory(grader, tmp_path, fresh=True).grade_many(requests(rubric)))
    assert len(grader.asked) == 6


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"format": 2, "grades": {}}',
        '{"format": 1, "grades": []}',
        "\x00\xff",
        "rows: too short",
        "rows: no verdict",
        "rows: no list",
    ],
)
def test_a_file_that_cannot_be_used_is_made_anew(
    content: str, rubric: Rubric, tmp_path: Path
) -> None:
    grader = Fixed(Verdict.MET)
    pass_through(grader, tmp_path, requests(rubric))
    (path,) = tmp_path.glob("*.json")
    sound = json.loads(path.read_text())
    rows = {"too short": [["met", 0.9]], "no verdict": [["fine", 0.9]] * 2, "no list": 3}
    row = rows.get(content.removeprefix("rows: "))
    if row is not None:
        content = json.dumps({**sound, "grades": dict.fromkeys(sound["grades"], row)})
    path.write_bytes(content.encode("latin-1"))
    assert outcome(pass_through(grader, tmp_path, requests(rubric)))[0][0][1] is Verdict.MET
    assert len(grader.asked) == 6
    assert json.loads(path.read_text()) == sound


def test_a_disk_that_cannot_be_written_is_no_obstacle(
    rubric: Rubric, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert len(pass_through(Fixed(Verdict.MET), tmp_path / "file", requests(rubric))) == 3

    def refuse(self: Path, target: Path) -> Path:
        raise OSError("full")

    monkeypatch.setattr(Path, "replace", refuse)
    assert len(pass_through(Fixed(Verdict.MET), tmp_path / "grades", requests(rubric))) == 3
    assert list((tmp_path / "grades").iterdir()) == []


def test_the_same_text_twice_is_graded_once(rubric: Rubric, tmp_path: Path) -> None:
    grader = Fixed(Verdict.MET)
    assert len(pass_through(grader, tmp_path, requests(rubric) * 2)) == 6
    assert len(grader.asked) == 3

from typing import Any

import pytest

from grader.rubric import Rubric
from questionbank.rubric_source import SharedPoint, read_point, read_rubric, write_rubric


@pytest.fixture
def shared(bank_files: dict[str, str]) -> dict[str, SharedPoint]:
    file = read_point(bank_files["rubrics/points/measures.yaml"], "measures.yaml")
    assert file.problems == ()
    assert file.point is not None
    return {"measures": file.point}


@pytest.fixture
def text(bank_files: dict[str, str]) -> str:
    return bank_files["rubrics/model-choice/small-model.yaml"]


def test_a_pinned_point_takes_its_place_among_the_points(
    text: str, shared: dict[str, SharedPoint]
) -> None:
    file = read_rubric(text, "r.yaml", shared)
    assert file.problems == ()
    assert file.rubric is not None
    assert [point.id for point in file.rubric.points] == ["cost", "measures"]
    assert [point.pin for point in file.rubric.points] == [None, "measures@1.0.0"]
    assert file.rubric.max_points == 3
    assert file.rubric.point("measures").exemplars == shared["measures"].exemplars
    assert file.pins == ((19, "measures@1.0.0"),)


@pytest.mark.parametrize(("weight", "points"), [("2", 4), ("0.5", 2.5), ("100", 102)])
def test_a_pin_may_weigh_a_point_anew(
    text: str, shared: dict[str, SharedPoint], weight: str, points: float
) -> None:
    text = text.replace("@1.0.0\n", f"@1.0.0\n    weight: {weight}\n")
    file = read_rubric(text, "r.yaml", shared)
    assert file.rubric is not None
    assert file.rubric.max_points == points


def test_a_pinned_point_counts_in_the_hashes_of_the_rubric(
    text: str, shared: dict[str, SharedPoint]
) -> None:
    def rubric(**changes: Any) -> Rubric:  # noqa: ANN401 - any field
        point = shared["measures"].model_copy(update=changes)
        file = read_rubric(text, "r.yaml", {"measures": point})
        assert file.rubric is not None
        return file.rubric

    before, wording, scoring = rubric(), rubric(probe="Which?"), rubric(description="Other.")
    assert before.content_hash != wording.content_hash
    assert before.structure_hash == wording.structure_hash
    assert before.structure_hash != scoring.structure_hash


def test_without_its_shared_point_a_rubric_is_unsound_but_fully_read(text: str) -> None:
    file = read_rubric(text.replace("weight: 2", "weight: two"), "r.yaml", {})
    assert file.rubric is None
    assert [(problem.line, problem.code) for problem in file.problems] == [
        (19, "missing-point"),
        (9, "wrong-type"),
    ]


def test_a_shared_point_knows_what_scores_and_what_is_seen(shared: dict[str, SharedPoint]) -> None:
    point = shared["measures"]
    assert set(point.structure()) == {"id", "weight", "description", "exemplars", "counterexamples"}
    assert set(point.content()) > set(point.structure())
    assert not {"version", "format"} & set(point.content())


def test_anchors_are_written_with_their_numbers(text: str, shared: dict[str, SharedPoint]) -> None:
    anchors = "    anchors:\n      1: Nothing.\n      3: Some.\n      5: All.\n    probe: What"
    text = text.replace("    probe: What", anchors)
    file = read_rubric(text, "r.yaml", shared)
    assert file.problems == ()
    assert file.rubric is not None
    assert file.rubric.point("cost").anchors is not None
    without_pin = text.replace("  - use: measures@1.0.0\n", "").replace("      measures: met\n", "")
    plain = read_rubric(without_pin.replace("      measures: not_met\n", ""), "r.yaml", {})
    assert plain.rubric is not None
    assert read_rubric(write_rubric(plain.rubric), "r.yaml", {}).rubric == plain.rubric


def test_a_rubric_that_cannot_be_written_is_refused(
    text: str, shared: dict[str, SharedPoint]
) -> None:
    rubric = read_rubric(text, "r.yaml", shared).rubric
    assert rubric is not None
    with pytest.raises(ValueError, match="cannot be written as YAML"):
        write_rubric(rubric)


def test_a_point_that_is_not_there_is_an_error(text: str, shared: dict[str, SharedPoint]) -> None:
    rubric = read_rubric(text, "r.yaml", shared).rubric
    assert rubric is not None
    with pytest.raises(KeyError, match="none"):
        rubric.point("none")

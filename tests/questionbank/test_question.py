from typing import Any

import pytest
from pydantic import ValidationError

from questionbank.question import QUESTION, ChoiceQuestion, Question, Tolerance, rubric_ids, tasks

HEAD = {
    "id": "s/x",
    "version": "1.0.0",
    "title": "T",
    "strategy": "s",
    "level": "beginner",
    "audience": ["engineer"],
    "topics": ["t"],
    "minutes": 3,
    "prompt": "P",
}
OPEN = {"kind": "open", "rubric": "s/r"}
NUMERIC: dict[str, Any] = {
    "kind": "numeric",
    "unit": "USD",
    "tolerance": {"relative": 0.1},
    "parameters": {"a": {"values": [1, 2]}},
    "formula": "a * 2",
    "mistakes": [{"formula": "a", "feedback": "F"}],
}
CHOICE: dict[str, Any] = {
    "kind": "choice",
    "options": [
        {"id": "a", "text": "A", "why": "No."},
        {"id": "b", "text": "B", "correct": True, "why": "Yes."},
    ],
}
CASE: dict[str, Any] = {
    "kind": "case",
    "parts": [
        {"id": "p", "prompt": "Why?", **OPEN},
        {"id": "q", "prompt": "How much?", **NUMERIC},
        {"id": "r", "prompt": "Which?", **CHOICE},
    ],
}
KINDS = {"open": OPEN, "numeric": NUMERIC, "choice": CHOICE, "case": CASE}


def make(kind: str, **changes: Any) -> Question:  # noqa: ANN401 - any JSON value
    return QUESTION.validate_python({**HEAD, **KINDS[kind], **changes})


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"},
        {"model_answer": "M"},
        {"minutes": 9},
        {"exhibit": "E"},
        {"sources": ["S"]},
    ],
)
def test_wording_changes_the_content_hash_alone(kind: str, change: dict[str, Any]) -> None:
    before, after = make(kind), make(kind, **change)
    assert before.content_hash != after.content_hash
    assert before.structure_hash == after.structure_hash


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("change", [{"version": "1.0.1"}, {"status": "retired"}, {"format": 1}])
def test_version_and_status_change_no_hash(kind: str, change: dict[str, Any]) -> None:
    before, after = make(kind), make(kind, **change)
    assert before.content_hash == after.content_hash
    assert before.structure_hash == after.structure_hash


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("open", {"prompt": "Other"}),
        ("open", {"rubric": "s/other"}),
        ("open", {"id": "s/y"}),
        ("numeric", {"formula": "a * 3"}),
        ("numeric", {"tolerance": {"relative": 0.2}}),
        ("numeric", {"parameters": {"a": {"values": [1, 3]}}}),
        ("numeric", {"unit": "EUR"}),
        ("numeric", {"points": 2}),
        ("choice", {"options": [CHOICE["options"][1], CHOICE["options"][0]]}),
        ("choice", {"options": [{**CHOICE["options"][0], "text": "AA"}, CHOICE["options"][1]]}),
        ("choice", {"points": 2}),
        ("case", {"prompt": "Other"}),
        ("case", {"parts": CASE["parts"][:2]}),
        ("case", {"parts": [{**CASE["parts"][0], "prompt": "Why not?"}, *CASE["parts"][1:]]}),
    ],
)
def test_what_changes_scores_changes_both_hashes(kind: str, change: dict[str, Any]) -> None:
    before, after = make(kind), make(kind, **change)
    assert before.content_hash != after.content_hash
    assert before.structure_hash != after.structure_hash


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("choice", {"options": [{**CHOICE["options"][0], "why": "Never."}, CHOICE["options"][1]]}),
        ("numeric", {"mistakes": []}),
        ("case", {"parts": [{**CASE["parts"][0], "model_answer": "So."}, *CASE["parts"][1:]]}),
    ],
)
def test_explanations_change_no_score(kind: str, change: dict[str, Any]) -> None:
    assert make(kind).structure_hash == make(kind, **change).structure_hash


def test_a_reference_names_the_exact_text() -> None:
    question = make("open")
    assert question.ref.id == "s/x"
    assert question.ref.version == "1.0.0"
    assert question.ref.content_hash == question.content_hash
    assert question.ref.structure_hash == question.structure_hash


def test_tasks_come_in_order_with_their_rubrics() -> None:
    assert [name for name, _ in tasks(make("case"))] == ["p", "q", "r"]
    assert [name for name, _ in tasks(make("numeric"))] == [None]
    assert rubric_ids(make("case")) == ("s/r",)
    assert rubric_ids(make("choice")) == ()


def test_the_right_options_are_known() -> None:
    question = make("choice")
    assert isinstance(question, ChoiceQuestion)
    assert question.right == {"b"}


@pytest.mark.parametrize(
    ("tolerance", "given", "right", "accepted"),
    [
        ({"relative": 0.01}, 101, 100, True),
        ({"relative": 0.01}, 101.1, 100, False),
        ({"relative": 0.01}, -99, -100, True),
        ({"relative": 0.01}, 0.001, 0, False),
        ({"relative": 0}, 5, 5, True),
        ({"absolute": 0}, 5, 5, True),
        ({"absolute": 1}, 6, 5, True),
        ({"absolute": 1}, 6.01, 5, False),
        ({"relative": 0.5, "absolute": 0}, 7, 5, True),
        ({"relative": 0, "absolute": 3}, 7, 5, True),
    ],
)
def test_either_bound_of_a_tolerance_is_enough(
    tolerance: dict[str, float], given: float, right: float, accepted: bool
) -> None:
    assert Tolerance(**tolerance).accepts(given, right) is accepted


@pytest.mark.parametrize(
    "tolerance",
    [
        {},
        {"relative": 1},
        {"relative": -0.1},
        {"absolute": float("inf")},
        {"absolute": float("nan")},
    ],
)
def test_a_tolerance_that_makes_no_sense_is_refused(tolerance: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Tolerance(**tolerance)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**16, -(10**16), True, "1"])
def test_a_parameter_holds_only_numbers_that_hash_alike_everywhere(value: object) -> None:
    parts = {"parameters": {"a": {"values": [value]}}}
    with pytest.raises(ValidationError):
        QUESTION.validate_python(
            {**HEAD, **NUMERIC, **parts, "audience": ("engineer",)}, strict=True
        )


def test_the_largest_parameters_hash() -> None:
    question = make("numeric", parameters={"a": {"min": -(10**15), "max": 10**15, "step": 10**12}})
    assert question.content_hash.startswith("sha256:")


def test_two_parts_of_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="part ids must differ"):
        make("case", parts=[CASE["parts"][0], CASE["parts"][0]])

"""Blueprints: what fits a slot, and what cannot be one."""

import pytest
from blueprints import blueprint, question
from pydantic import ValidationError

from questionbank.blueprint import Slot


@pytest.mark.parametrize(
    ("slot", "fits"),
    [
        ({}, True),
        ({"strategies": ["a", "b"]}, True),
        ({"strategies": ["b"]}, False),
        ({"levels": ["beginner"]}, True),
        ({"levels": ["advanced"]}, False),
        ({"kinds": ["choice"]}, True),
        ({"kinds": ["open", "case"]}, False),
        ({"topics": ["cost", "x"]}, True),
        ({"topics": ["x"]}, False),
        ({"minutes": 5}, True),
        ({"minutes": 4}, False),
    ],
    ids=str,
)
def test_a_slot_takes_what_meets_all_it_asks(slot: dict[str, object], fits: bool) -> None:
    assert Slot.model_validate(slot).fits(question("a/one", 5)) is fits


def test_a_question_for_others_does_not_fit() -> None:
    made = blueprint(audience=["investor"])
    assert not made.fits(made.draw[0], question("a/one"))
    assert made.fits(made.draw[0], question("a/one", audience=["investor", "engineer"]))


def test_the_count_is_that_of_all_slots() -> None:
    assert blueprint(draw=[{"count": 2}, {}]).count == 3


INTERVIEW = {"kind": "interview", "competencies": [{"strategy": "a", "weight": 1}]}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"minutes": {"min": 9, "max": 8}}, "max must not be below min"),
        ({"kind": "interview"}, "an interview needs competencies"),
        ({**INTERVIEW, "kind": "path"}, "a path has neither"),
        ({"recommendation": {"decline": 0.1, "advance": 0.2}}, "a path has neither"),
        ({**INTERVIEW, "competencies": INTERVIEW["competencies"] * 2}, "named twice: a"),
        (
            {**INTERVIEW, "recommendation": {"decline": 0.8, "advance": 0.7}},
            "advance must not be below decline",
        ),
        ({"draw": []}, "at least 1"),
        ({"draw": [{"count": 0}]}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_a_blueprint_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        blueprint(**changes)

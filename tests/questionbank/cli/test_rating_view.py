"""What a rater sees of a point."""

import io
from pathlib import Path

import pytest
from rated import grade

from grader.rubric import Anchors
from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.cli.rating_view import point_view
from questionbank.cli.render import Screen
from questionbank.instance import Instance, instances

OPEN = "model-choice/small-model"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank((bank_folder,))


def anchored(bank: Bank) -> Instance:
    """The open question, with anchors on its first point and hostile text in them."""
    rubric = bank.rubrics[OPEN]
    anchors = Anchors.model_validate({"1": "Says \x1b[31mnothing.", "3": "Half.", "5": "All."})
    first = rubric.points[0].model_copy(update={"anchors": anchors})
    changed = rubric.model_copy(update={"points": (first, *rubric.points[1:])})
    return instances(bank.questions[OPEN], {OPEN: changed}, 0)[0]


def shown(*parts: object) -> str:
    out = io.StringIO()
    Screen(out, io.StringIO(), plain=True).show(*parts)  # type: ignore[arg-type]
    return out.getvalue()


def test_anchors_stand_below_the_point_and_send_nothing_to_the_terminal(bank: Bank) -> None:
    text = shown(*point_view(anchored(bank), "cost", None, (1, 2), blind=False))
    assert "Point 1 of 2: Weighs the cost\n" in text
    assert "  1: Says <U+001B>[31mnothing.\n  3: Half.\n  5: All.\n" in text
    assert "The machine has not judged it." in text


def test_blind_nothing_is_said_of_the_machine(bank: Bank) -> None:
    point = grade(("cost", Verdict.MET)).points[0]
    sighted = shown(*point_view(anchored(bank), "cost", point, (1, 2), blind=False))
    assert "The machine suggests (advice; you decide): met, probability 0.80" in sighted
    assert 'evidence: "I would"' in sighted
    blind = shown(*point_view(anchored(bank), "cost", point, (1, 2), blind=True))
    assert "achine" not in blind
    assert "evidence" not in blind

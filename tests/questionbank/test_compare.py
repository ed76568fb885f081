"""Scorecards compared: people with each other, the machine as one more row."""

import pytest

from grader.verdict import Verdict
from questionbank.compare import MACHINE, Place, Scorecard, compare
from questionbank.errors import UsageError

PLACES = [Place("a/one", f"p{at}") for at in range(4)]
MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET


def card(rater: str, *marks: Verdict | None) -> Scorecard:
    given = zip(PLACES, marks, strict=False)
    return Scorecard(rater=rater, marks={place: mark for place, mark in given if mark})


ADA = card("ada", MET, NOT_MET, PARTIAL, MET)
BOB = card("bob", MET, NOT_MET, PARTIAL, NOT_MET)


def test_the_most_disputed_point_stands_first() -> None:
    found = compare(PLACES, [ADA, BOB], None)
    assert [row.point for row in found.rows] == ["p3", "p0", "p1", "p2"]
    assert found.rows[0].apart == 1.0
    assert found.rows[0].marks == (MET, NOT_MET)
    assert found.rows[0].machine_apart is None
    assert found.everybody is None
    assert found.people.n == 4
    assert found.people.same == pytest.approx(0.75)
    assert [(pair.one, pair.other, pair.n) for pair in found.pairs] == [("ada", "bob", 4)]


def test_the_machine_is_one_more_row() -> None:
    machine = {
        PLACES[0]: NOT_MET,
        PLACES[1]: Verdict.CONTRADICTED,
        PLACES[2]: Verdict.NEEDS_REVIEW,
        PLACES[3]: MET,
    }
    found = compare(PLACES, [ADA, BOB], machine)
    assert found.raters == ("ada", "bob", MACHINE)
    assert found.people.raters == ("ada", "bob")
    assert found.everybody is not None
    assert found.everybody.raters == found.raters
    rows = {row.point: row for row in found.rows}
    assert rows["p0"].machine_apart == 1.0
    assert rows["p1"].machine_apart == 0.0
    assert rows["p2"].machine_apart is None
    assert rows["p3"].machine_apart == 0.5
    assert [row.point for row in found.rows][:2] == ["p3", "p0"]
    pairs = {(pair.one, pair.other): pair for pair in found.pairs}
    assert pairs["ada", MACHINE].n == 3
    assert pairs["ada", MACHINE].same == pytest.approx(2 / 3)


def test_people_who_say_the_same_agree_in_full() -> None:
    found = compare(PLACES, [ADA, ADA.model_copy(update={"rater": "eve"})], None)
    assert found.people.ordinal == pytest.approx(1.0)
    assert found.people.nominal == pytest.approx(1.0)
    assert found.pairs[0].kappa == pytest.approx(1.0)


def test_points_that_nobody_judged_stand_in_the_map_without_distance() -> None:
    found = compare(PLACES, [card("ada", MET), card("bob", None, MET)], {})
    assert found.people.n == 0
    assert found.people.ordinal is None
    assert found.people.same is None
    assert {row.apart for row in found.rows} == {0.0}
    assert found.pairs[0].kappa is None


@pytest.mark.parametrize(
    ("cards", "words"),
    [
        ([ADA], "two people at least"),
        ([ADA, ADA], "names of their own: ada"),
        ([ADA, card(MACHINE, MET)], "names of their own: machine"),
        (
            [ADA, Scorecard(rater="bob", marks={Place("z/one", "p"): MET})],
            "bob rated z/one p, which is not asked",
        ),
    ],
    ids=["one", "same-name", "machine", "strange-point"],
)
def test_what_cannot_be_compared_is_refused(cards: list[Scorecard], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        compare(PLACES, cards, None)

"""Draws by blueprint: sound for every seed, the same for the same seed."""

from pathlib import Path

import pytest
from blueprints import bank_of, blueprint, question
from hypothesis import given
from hypothesis import strategies as st

from questionbank.bank import load_bank
from questionbank.blueprint import Blueprint, Slot
from questionbank.drawing import draw, slot_words
from questionbank.errors import UsageError

ROOT = Path(__file__).parents[2]
NAMES = (
    "advanced-path",
    "beginner-path",
    "engineer-60",
    "executive-30",
    "intermediate-path",
    "investor-45",
    "product-manager-45",
)


def test_the_same_seed_draws_the_same_and_others_differ() -> None:
    bank = bank_of(*(question(f"a/q{number}") for number in range(12)))
    made = blueprint(draw=[{"count": 3}])
    assert draw(made, bank, 7) == draw(made, bank, 7)
    drawn = {tuple(q.id for q in draw(made, bank, seed)) for seed in range(20)}
    assert len(drawn) > 10


def test_questions_come_in_the_order_of_the_slots_but_prerequisites_first() -> None:
    bank = bank_of(question("a/one"), question("b/one"), question("c/one", prerequisites=["b/one"]))
    slots = [{"strategies": [name]} for name in ("c", "a", "b")]
    drawn = [q.id for q in draw(blueprint(draw=slots), bank, 0)]
    assert drawn == ["b/one", "c/one", "a/one"]


@pytest.mark.parametrize("seed", range(10))
def test_a_wide_slot_makes_way_for_a_narrow_one(seed: int) -> None:
    bank = bank_of(question("a/one"), question("b/one"))
    made = blueprint(draw=[{"strategies": ["a", "b"]}, {"strategies": ["a"]}])
    assert [q.id for q in draw(made, bank, seed)] == ["b/one", "a/one"]


@pytest.mark.parametrize("seed", range(10))
def test_the_only_set_that_fits_the_minutes_is_found(seed: int) -> None:
    bank = bank_of(*(question(f"a/q{minutes}", minutes) for minutes in (1, 2, 4, 8, 16)))
    made = blueprint(draw=[{"count": 3}], minutes={"min": 13, "max": 13})
    assert {q.id for q in draw(made, bank, seed)} == {"a/q1", "a/q4", "a/q8"}


@given(
    st.lists(st.integers(1, 20), min_size=3, max_size=12),
    st.integers(1, 3),
    st.integers(1, 40),
    st.integers(0, 20),
    st.integers(0, 99),
)
def test_a_draw_is_sound_or_there_is_none(
    minutes: list[int], count: int, low: int, width: int, seed: int
) -> None:
    bank = bank_of(*(question(f"a/q{at}", some) for at, some in enumerate(minutes)))
    made = blueprint(draw=[{"count": count}], minutes={"min": low, "max": low + width})
    sums = {0: {0}}
    for some in minutes:
        for size in range(count, 0, -1):
            sums.setdefault(size, set()).update(had + some for had in sums.get(size - 1, ()))
    possible = any(low <= total <= low + width for total in sums.get(count, ()))
    if possible:
        drawn = draw(made, bank, seed)
        assert len({q.id for q in drawn}) == count
        assert low <= sum(q.minutes for q in drawn) <= low + width
    else:
        with pytest.raises(UsageError, match="cannot be drawn"):
            draw(made, bank, seed)


def test_too_few_questions_are_told_with_their_slot() -> None:
    bank = bank_of(question("a/one"), question("b/one", status="draft"))
    with pytest.raises(UsageError, match=r"only 1 active question fits slot 1"):
        draw(blueprint(draw=[{"count": 2}]), bank, 0)
    with pytest.raises(UsageError, match="no active question fits slot 2"):
        draw(blueprint(draw=[{}, {"strategies": ["b"]}]), bank, 0)


def test_a_search_too_long_is_given_up_with_a_message() -> None:
    """Even numbers never make an odd sum, which no bound can see beforehand."""
    bank = bank_of(*(question(f"a/q{at}", 2 + 48 * (at % 2)) for at in range(40)))
    made = blueprint(draw=[{"count": 12}], minutes={"min": 201, "max": 201})
    with pytest.raises(UsageError, match="no 12 different questions"):
        draw(made, bank, 0)


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        (Slot(), "1 of: any question"),
        (
            Slot.model_validate(
                {
                    "count": 2,
                    "levels": ["beginner", "advanced"],
                    "kinds": ["open"],
                    "strategies": ["a"],
                    "topics": ["x", "y"],
                    "minutes": 9,
                }
            ),
            "2 of: beginner/advanced open a about x or y, 9 min at most",
        ),
    ],
)
def test_a_slot_is_told_in_words(slot: Slot, words: str) -> None:
    assert slot_words(slot) == words


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_blueprint_draws_a_sound_quiz_for_fifty_seeds(name: str) -> None:
    bank = load_bank([ROOT])
    made: Blueprint = bank.blueprint(name)
    drawn = [draw(made, bank, seed) for seed in range(50)]
    for questions in drawn:
        assert len({q.id for q in questions}) == len(questions) == made.count
        assert made.minutes.min <= sum(q.minutes for q in questions) <= made.minutes.max
        assert all(set(q.audience) & set(made.audience) for q in questions)
    assert len({tuple(q.id for q in questions) for questions in drawn}) > 25


def test_the_shipped_blueprints_are_three_paths_and_one_interview_for_each_audience() -> None:
    made = load_bank([ROOT]).blueprints
    assert set(made) == set(NAMES)
    paths = [one for one in made.values() if one.kind == "path"]
    interviews = [one for one in made.values() if one.kind == "interview"]
    assert {one.level for one in paths} == {"beginner", "intermediate", "advanced"}
    assert {one.audience for one in interviews} == {
        ("product-manager",),
        ("executive",),
        ("investor",),
        ("engineer",),
    }
    assert all(one.minutes.min >= 20 and one.minutes.max <= 60 for one in interviews)

"""Plans: drawn by a seed, changed by hand, refused where no sound interview would come of it."""

from pathlib import Path

import pytest
from blueprints import bank_of, blueprint, question

from questionbank.bank import load_bank
from questionbank.blueprint import Blueprint
from questionbank.errors import UsageError
from questionbank.packet import Packet
from questionbank.planning import Changes, plan_by_blueprint, plan_by_role
from questionbank.question import Audience, Level, Status

ROOT = Path(__file__).parents[2]
BANK = bank_of(
    *(question(f"{area}/q{at}") for area in "ab" for at in range(4)),
    question("c/one"),
    question("a/old", status=Status.RETIRED),
)


def interview(**changes: object) -> Blueprint:
    fields: dict[str, object] = {
        "id": "team/any",
        "kind": "interview",
        "draw": [{"strategies": ["a"]}, {"strategies": ["b"]}],
        "minutes": {"min": 1, "max": 20},
        "competencies": [{"strategy": "a", "weight": 1}, {"strategy": "b", "weight": 3}],
        "recommendation": {"decline": 0.4, "advance": 0.7},
    }
    return blueprint(**(fields | changes))


def plan(changes: Changes | None = None, seed: int = 3) -> Packet:
    return plan_by_blueprint(interview(), BANK, seed, changes)


def test_the_same_seed_plans_the_same_and_others_differ() -> None:
    assert plan() == plan()
    assert len({plan(seed=seed).items for seed in range(12)}) > 4


def test_a_blueprint_gives_its_weights_thresholds_and_time() -> None:
    made = plan()
    assert [item.strategy for item in made.items] == ["a", "b"]
    assert {one.strategy: one.weight for one in made.competencies} == {"a": 1.0, "b": 3.0}
    assert made.weights_reason == "The blueprint team/any@1.0.0 weighs them so."
    assert made.recommendation is not None
    assert made.minutes == 20
    pinned = BANK.questions[made.items[0].question.id]
    assert made.items[0].question.content == pinned.content_hash
    assert made.id.startswith("team-any-3-")


def test_a_swap_keeps_the_place_and_an_addition_comes_last() -> None:
    first = plan().items[0].question.id
    spare = next(name for name in BANK.questions if name.startswith("a/q") and name != first)
    added = next(
        name
        for name in BANK.questions
        if name.startswith("b/") and name != plan().items[1].question.id
    )
    made = plan(Changes(swaps={first: spare}, adds=[added]))
    assert [item.question.id for item in made.items] == [
        spare,
        plan().items[1].question.id,
        added,
    ]
    assert made.id != plan().id


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (Changes(swaps={"c/one": "a/q0"}), "c/one was not drawn; drawn were a/"),
        (Changes(adds=["a/none"]), "there is no question 'a/none'"),
        (Changes(adds=["a/old"]), "a/old is retired"),
        (Changes(adds=["c/one"]), "c is asked but not weighed.*--weights a=1,b=1,c=1"),
        (Changes(weights={"a": 1}), "b is asked but not weighed"),
        (Changes(weights={"a": 1, "b": 1, "z": 1}), "z is weighed but not asked"),
        (Changes(weights={"a": 1, "b": 2}), "unless a reason is written"),
        (Changes(reason="Because."), "give both"),
        (Changes(minutes=9), "take 10 minutes, the interview has 9.*--minutes 10"),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_a_change_that_makes_no_sound_interview_is_refused(changes: Changes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plan(changes)


def test_a_question_is_not_asked_twice() -> None:
    drawn = plan().items[0].question.id
    with pytest.raises(UsageError, match=f"{drawn} would be asked twice"):
        plan(Changes(adds=[drawn]))


def test_weights_given_by_hand_stand_with_their_reason() -> None:
    made = plan(Changes(weights={"a": 5, "b": 1}, reason="She will do a."))
    assert {one.strategy: one.weight for one in made.competencies} == {"a": 5.0, "b": 1.0}
    assert made.weights_reason == "She will do a."


def test_equal_weights_need_no_reason() -> None:
    assert plan(Changes(weights={"a": 2, "b": 2})).weights_reason is None


def test_a_learning_path_is_no_interview() -> None:
    with pytest.raises(UsageError, match="is a learning path"):
        plan_by_blueprint(blueprint(), BANK, 0)


@pytest.mark.parametrize("role", list(Audience))
@pytest.mark.parametrize(("level", "minutes"), [(Level.BEGINNER, 30), (Level.ADVANCED, 60)])
def test_the_shipped_bank_gives_every_role_a_balanced_interview(
    role: Audience, level: Level, minutes: int
) -> None:
    bank = load_bank((ROOT,))
    made = plan_by_role(role, level, minutes, bank, 1)
    assert 0.75 * minutes - 1 <= made.planned <= minutes
    asked = [item.strategy for item in made.items]
    counts = {name: asked.count(name) for name in asked}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert made.equal
    assert made.recommendation is None
    for item in made.items:
        assert role in bank.questions[item.question.id].audience


def test_a_role_without_questions_is_refused_with_what_to_change() -> None:
    with pytest.raises(UsageError, match="0 questions that fit; choose other minutes"):
        plan_by_role(Audience.INVESTOR, Level.ADVANCED, 30, BANK, 0)

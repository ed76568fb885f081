"""The yardstick that every family has to beat."""

from pathlib import Path

import pytest
from commands import StubEncoder

from questionbank.attack import RESISTS, Attack, generate, run_attacks, summarise
from questionbank.attacks.material import materials
from questionbank.bank import load_bank
from questionbank.plain_similarity import PlainSimilarity

RUBRIC = "model-choice/small-model"


@pytest.mark.parametrize(
    ("text", "credited"),
    [
        ("There is no need to compare what each model costs to run.", {"cost"}),
        ("Bread is nice. Nobody tests the candidates on our own data.", {"measures"}),
        ("Bread is nice.", set()),
        ("...", set()),
    ],
)
def test_a_point_is_credited_if_a_sentence_resembles_its_description(
    text: str, credited: set[str], bank_folder: Path
) -> None:
    found = materials(load_bank([bank_folder]))
    attack = Attack("opposite", RUBRIC, 0, text, ("cost", "measures"))
    assert PlainSimilarity(StubEncoder())([attack], found) == [frozenset(credited)]


@pytest.mark.model
def test_plain_similarity_falls_for_every_family() -> None:
    from grader.loading import load_grader

    found = materials(load_bank([Path(__file__).parents[2]]))
    grader = load_grader()
    attacks = generate(found, limit=1)
    assert grader.calibration is not None
    outcomes = run_attacks(
        attacks,
        found,
        grader.grade_many,
        grader.calibration.thresholds,
        PlainSimilarity(grader.encoder),
    )
    for result in summarise(outcomes):
        assert (result.plain_rate or 0.0) >= RESISTS, result

"""A question as one person meets it."""

from pathlib import Path

import pytest

from questionbank.bank import Bank, load_bank
from questionbank.errors import UsageError
from questionbank.instance import Instance, instances, rubric_ref
from questionbank.numeric import FormulaError


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def one(bank: Bank, question_id: str, seed: int = 0) -> tuple[Instance, ...]:
    return instances(bank.question(question_id), bank.rubrics, seed)


def test_a_whole_question_is_one_instance(bank: Bank) -> None:
    (found,) = one(bank, "model-choice/small-model")
    assert (found.key, found.part, found.situation) == ("model-choice/small-model", None, None)
    assert found.rubric == bank.rubrics["model-choice/small-model"]
    assert found.step.rubric == rubric_ref(found.rubric)
    assert found.right is None
    assert found.model_answer == "Compare the cost of both, and test both on our own data."


def test_each_part_of_a_case_is_an_instance(bank: Bank) -> None:
    why, total = one(bank, "model-choice/two-steps")
    assert (why.key, total.key) == ("model-choice/two-steps#why", "model-choice/two-steps#sum")
    assert why.situation == total.situation == "A firm has two offers."
    assert why.exhibit == total.exhibit
    assert (total.rubric, total.step.rubric) == (None, None)
    assert total.right == 120.0
    assert total.model_answer is None


def test_the_seed_draws_the_numbers_once_and_for_all(bank: Bank) -> None:
    seen = set()
    for seed in range(8):
        (found,) = one(bank, "inference-economics/daily-bill", seed)
        (again,) = one(bank, "inference-economics/daily-bill", seed)
        assert found.values == again.values
        assert found.right == found.values["requests"] * found.values["price"] / 1000
        assert f"{found.values['requests']:,} requests a day" in found.prompt
        assert found.step.seed == seed
        assert "{{" not in found.prompt + str(found.model_answer)
        seen.add(found.prompt)
    assert len(seen) > 1


def test_a_missing_rubric_is_wrong_usage(bank: Bank) -> None:
    bank.rubrics.clear()
    with pytest.raises(UsageError, match="the rubric of model-choice/small-model is missing"):
        one(bank, "model-choice/small-model")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("formula: requests * price / 1000", "formula: requests / (price - price)"),
        ("formula: requests * price\n", "formula: requests / 0\n"),
        ("{{requests}} requests", "{{nothing}} requests"),
        ("{{answer : ,.2f}}", "{{answer / 0}}"),
    ],
)
def test_a_number_that_cannot_be_computed_shows_before_anything_is_asked(
    old: str, new: str, bank_folder: Path
) -> None:
    path = bank_folder / "questions" / "inference-economics" / "daily-bill.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(UsageError, match="daily-bill cannot be asked with seed 4: ") as caught:
        one(load_bank([bank_folder]), "inference-economics/daily-bill", 4)
    assert isinstance(caught.value.__cause__, FormulaError)

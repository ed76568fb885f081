"""Questions are found by words in what a candidate may see."""

from pathlib import Path

import pytest

from questionbank.bank import load_bank
from questionbank.question import Question
from questionbank.search import search


@pytest.fixture
def questions(bank_folder: Path) -> list[Question]:
    return list(load_bank([bank_folder]).questions.values())


def ids(questions: list[Question], words: str) -> list[str]:
    return [question.id for _, question in search(questions, words)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("rare", ["foundations/rare-class"]),
        ("RARE", ["foundations/rare-class"]),
        ("rare class", ["foundations/rare-class"]),
        ("recall", ["foundations/rare-class"]),
        ("offers", ["model-choice/two-steps"]),
        ("months", ["model-choice/two-steps"]),
        ("requests", ["inference-economics/daily-bill"]),
        ("daily bill", ["inference-economics/daily-bill"]),
        ("eval", ["model-choice/small-model"]),
        ("valuation", []),
        ("rare bill", []),
        ("", []),
        ("?! _", []),
    ],
)
def test_every_word_must_occur_as_a_word_or_its_beginning(
    words: str, found: list[str], questions: list[Question]
) -> None:
    assert ids(questions, words) == found


def test_a_title_counts_more_than_a_prompt_and_a_whole_word_more_than_a_beginning(
    questions: list[Question],
) -> None:
    assert search(questions, "large")[0][0] == 5.0
    assert search(questions, "larg")[0][0] == 3.0
    assert search(questions, "choose")[0][0] == 2.0


def test_equal_scores_are_in_order_of_ids(questions: list[Question]) -> None:
    assert ids(questions, "cost") == ids(list(reversed(questions)), "cost")
    assert ids(questions, "cost") == sorted(ids(questions, "cost"))


@pytest.mark.parametrize("words", ["monthly", "thousand working", "found finds", "Compare quality"])
def test_what_gives_an_answer_away_is_not_searched(words: str, questions: list[Question]) -> None:
    assert ids(questions, words) == []


def test_an_exhibit_is_searched(questions: list[Question]) -> None:
    assert search(questions, "55") == ((1.0, search(questions, "offers")[0][1]),)

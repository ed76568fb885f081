"""Measures of an answer beside its references."""

import math
from collections.abc import Callable

import pytest

from grader.encoder import Encoder
from grader.passage import PassageReader
from grader.reference_features import FEATURES, measure_answer, ordered

Measure = Callable[..., dict[str, float]]
QUESTION = "Why is the bulb dark?"
OPEN = "The switch is open, so the circuit is broken."


@pytest.fixture
def measure(encoder: Encoder) -> Measure:
    reader = PassageReader(encoder)

    def measured(answer: str, *references: str, question: str = QUESTION) -> dict[str, float]:
        known = reader.read([answer, *references, question])
        return measure_answer(known[answer], [known[one] for one in references], known[question])

    return measured


def test_every_answer_has_the_same_features_all_finite(measure: Measure) -> None:
    for answer in ("", "?!", "5", OPEN, "Bananas ripen slowly."):
        for question in ("", QUESTION):
            for references in ((OPEN,), (OPEN, "4 volts", "?!")):
                found = measure(answer, *references, question=question)
                assert tuple(found) == FEATURES
                assert all(math.isfinite(value) for value in found.values())


def test_the_reference_itself_fits_fully(measure: Measure) -> None:
    found = measure(OPEN, OPEN)
    for name in ("cosine", "tokens_recall", "tokens_precision", "stems_recall", "letters_recall"):
        assert found[f"best_{name}"] == pytest.approx(1.0, abs=1e-5)
    assert found["best_stems_new"] == 0.0
    assert found["lead"] == 0.0


@pytest.mark.parametrize(
    ("answer", "name", "less"),
    [
        ("The switch is open.", "best_tokens_recall", "Bananas ripen slowly."),
        ("The switch is open.", "best_stems_precision", "The switch is yellow and open."),
        ("The switch is open.", "best_letters_precision", "Bananas ripen slowly."),
        ("The bulb and the switch are open.", "echo", "The switch is open."),
        ("Bananas ripen slowly.", "new", "The switch is open."),
    ],
)
def test_more_in_common_measures_more(measure: Measure, answer: str, name: str, less: str) -> None:
    assert measure(answer, OPEN)[name] > measure(less, OPEN)[name]


def test_words_of_the_question_count_nothing_where_net(measure: Measure) -> None:
    echo = measure("The bulb is dark.", "The bulb is dark as the switch is open.")
    assert echo["best_stems_recall"] > 0
    assert echo["best_stems_recall_net"] == 0.0


def test_the_nearest_reference_is_best_and_the_lead_is_over_the_second(
    measure: Measure,
) -> None:
    found = measure("The switch is open.", "Bananas ripen slowly.", OPEN)
    assert found["best_cosine"] == found["most_cosine"] > found["mean_cosine"]
    assert found["lead"] > 0
    assert found["references"] == pytest.approx(math.log(2))


def test_denials_and_numbers_that_differ_are_seen(measure: Measure) -> None:
    found = measure("Terminal 3 is not connected.", "Terminal 1 is connected.")
    assert (found["best_negations_differ"], found["best_negations_odd"]) == (1.0, 1.0)
    assert found["best_numbers_recall"] == 0.0
    assert found["best_numbers_new"] == found["new_numbers"] == 1.0
    assert measure("Connected.", "Connected.")["best_numbers_recall"] == 1.0


def test_a_row_keeps_the_order_asked_for() -> None:
    assert ordered({"a": 1.0, "b": 2.0}, ["b", "a"]).tolist() == [2.0, 1.0]

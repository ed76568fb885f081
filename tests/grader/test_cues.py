import math

import pytest

from grader.cues import dismissals, overlap, rarity, style


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("There is no need to test it, just trust them.", 2),
        ("I don\u2019t care about the baseline.", 1),
        ("We compare it with a tuned baseline.", 0),
        ("It speaks for itself, of course.", 2),
    ],
)
def test_what_waves_something_away_is_counted(text: str, count: int) -> None:
    assert dismissals(text) == count


def test_the_fewer_texts_hold_a_word_the_more_it_tells() -> None:
    found = rarity(["model data", "model image", "model baseline"])
    assert found.weights["model"] == 0.0
    assert found.weights["data"] == pytest.approx(math.log(2))
    assert found.unseen == pytest.approx(math.log(4))


def test_overlap_is_the_known_share_by_rarity() -> None:
    weigh = rarity(["model data", "model image"])
    assert overlap(["data", "strange"], {"data"}, weigh) == pytest.approx(
        math.log(1.5) / (math.log(1.5) + math.log(3))
    )
    assert overlap([], {"data"}, weigh) == 0.0
    assert overlap(["model"], {"model"}, weigh) == 0.0


def test_style_tells_how_an_answer_is_written() -> None:
    found = style(["Skip it, really.", "Would you test the data?"], {"data", "cost"})
    assert found["dismissing"] == found["asking"] == 0.5
    assert found["words"] == pytest.approx(math.log2(9))
    assert found["question_covered"] == 0.5
    assert 0.0 < found["function_words"] < 1.0
    assert found["commas"] == pytest.approx((1 / 3) * 3.1 / (3.1 + 5.1))
    assert found["variety"] == 1.0


def test_an_answer_without_words_or_question_has_a_style_too() -> None:
    found = style(["..."], frozenset())
    assert found["words"] == found["question_covered"] == found["variety"] == 0.0

"""What counts as no answer, and what does not."""

import pytest

from grader.non_answer import is_non_answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!",
        "-",
        "No submission.",
        "no response",
        "Empty submission",
        "There is no answer here",
        "I don't know",
        "i dont know",
        'i don"t know',
        "Sorry, I really do not know the answer to this question.",
        "I have no idea",
        "no clue",
        "not sure",
        "I'm not sure",
        "unsure",
        "idk",
        "n/a",
        "N/A.",
        "None",
        "tell me the answer",
        "I give up!",
    ],
)
def test_declining_is_no_answer(text: str) -> None:
    assert is_non_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "No",
        "yes",
        "5",
        "There is no gap.",
        "No response of the circuit is measured when the switch is open.",
        "I don't know, but the path is closed.",
        "I do not know why the bulb is off.",
        "Nothing happens to the other bulb.",
        "The answer is blank verse.",
        "Not answered requests time out.",
        "I don't know " + "really " * 40,
    ],
)
def test_whoever_says_something_has_answered(text: str) -> None:
    assert not is_non_answer(text)

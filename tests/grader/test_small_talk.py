"""Small talk: told from claims, and without effect on a grade."""

import pytest

from grader.reading import read
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.small_talk import is_small_talk


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for taking the time to read it.",
        "I hope that this is clear.",
        "Have a good day.",
        "Um, so, where did I begin.",
        "I am looking forward to your reply.",
        "Sorry for my English.",
        "Please let me know if anything is unclear.",
        "okay",
    ],
)
def test_courtesies_and_thinking_aloud_are_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "I would start with the cost.",
        "Thanks to caching we answer within a second.",
        "What would they like to know?",
        "No, I wouldn't.",
        "I do not think so.",
        "About 40, I think.",
        "Sorry, but accuracy says little here.",
        "I hope the vendor repeats the test on our own pictures.",
        "…",
    ],
)
def test_what_asserts_asks_denies_or_counts_is_none(text: str) -> None:
    assert not is_small_talk(text)


def test_small_talk_between_claims_leaves_the_units_as_they_are(rubric: Rubric) -> None:
    plain = "We ask what it has to do. Then we compare two models."
    padded = (
        "Thank you for the question. We ask what it has to do. Um, let me think. "
        "Then we compare two models. I hope that this is clear."
    )
    bare, spoken = (read(GradeRequest(answer=text, rubric=rubric)) for text in (plain, padded))
    assert spoken.units == bare.units
    assert spoken.eligible == bare.eligible


def test_small_talk_alone_is_read(rubric: Rubric) -> None:
    reading = read(GradeRequest(answer="Thank you. Have a good day.", rubric=rubric))
    assert [claim.text for claim in reading.claims] == ["Thank you.", "Have a good day."]

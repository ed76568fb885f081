"""Sentences taken apart into deeds and terms."""

import pytest

from questionbank.attacks.phrases import Wording, lower_first, read, terms


@pytest.mark.parametrize(
    ("sentence", "deed"),
    [
        ("Asks whether outsiders can inspect it.", "ask whether outsiders can inspect it"),
        ("A good answer tries both and goes on.", "try both and go on"),
        ("Names the limits, and says who pays.", "name the limits, and say who pays"),
        ("Matches scores; has an owner.", "match scores and has an owner"),
        ("Next time, ask for the code.", "ask for the code"),
        ("Does not accept it, but asks which measure was used.", "ask which measure was used"),
        ("Then I'd also ask what it costs.", "ask what it costs"),
        ("At our volume we would work out the bill.", "work out the bill"),
        ("First I look at the work in a request.", "look at the work in a request"),
        ("Defects are rare in real production.", None),
        ("Was the test set kept apart?", None),
        ("Have we entered a new segment?", None),
    ],
)
def test_the_deed_of_a_sentence_is_found(sentence: str, deed: str | None) -> None:
    wording = read(sentence)
    assert wording is not None
    assert wording.deed == deed
    assert wording.asks is sentence.endswith("?")


@pytest.mark.parametrize(
    "sentence",
    [
        "Cost outcome",
        "Says that there is no need for it.",
        "Does not rely on the vendor's word.",
        "I would never sign such a thing.",
        "I'd rather ask somebody else.",
    ],
    ids=["too short", "denial", "denied deed", "never", "rather"],
)
def test_what_would_be_right_when_reversed_is_left_out(sentence: str) -> None:
    assert read(sentence) is None


@pytest.mark.parametrize(
    ("deed", "gerund", "third"),
    [
        (
            "ask for code, and plan a rerun",
            "asking for code, and planning a rerun",
            "asks for code, and plans a rerun",
        ),
        ("tie it to money", "tying it to money", "ties it to money"),
        ("try both of them", "trying both of them", "tries both of them"),
        ("be on the list", "being on the list", "is on the list"),
        ("have it repeated", "having it repeated", "has it repeated"),
        ("match the scores", "matching the scores", "matches the scores"),
        ("agree on a limit", "agreeing on a limit", "agrees on a limit"),
        ("set a limit", "setting a limit", "sets a limit"),
    ],
)
def test_a_deed_takes_the_form_its_sentence_needs(deed: str, gerund: str, third: str) -> None:
    wording = Wording(deed, deed)
    assert wording.gerund == gerund
    assert wording.third == third


def test_a_statement_has_one_form_only() -> None:
    wording = Wording("Defects are rare", None)
    assert wording.gerund == wording.third == "Defects are rare"


def test_terms_are_runs_of_content_words_without_verbs() -> None:
    text = (
        "Asks whether the fine-tuned small model, and retrieval over company documents, is enough."
    )
    assert terms(text) == ("tuned small model", "retrieval", "company documents")


def test_terms_come_once() -> None:
    assert terms("Latency; latency, of the latency") == ("latency",)


@pytest.mark.parametrize(
    ("text", "inside"),
    [("The cost", "the cost"), ("GPU hours", "GPU hours"), ("I'd ask", "I'd ask"), ("", "")],
)
def test_a_sentence_stands_inside_another(text: str, inside: str) -> None:
    assert lower_first(text) == inside

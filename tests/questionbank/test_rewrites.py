"""The same answer, written otherwise."""

from random import Random

import pytest

from questionbank.rewrites import REWRITES

ANSWER = "I would analyze the \"color\" of our data. Ask what it costs; it's the team's money."


def rewritten(name: str, text: str = ANSWER, seed: int = 0) -> str:
    return REWRITES[name](text, Random(seed))  # noqa: S311 - nothing secret


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lower-case", ANSWER.lower()),
        ("upper-case", ANSWER.upper()),
        (
            "curly-quotes",
            "I would analyze the \u201ccolor\u201d of our data. Ask what it costs; it\u2019s the "
            "team\u2019s money.",
        ),
        ("straight-quotes", ANSWER),
        ("british", ANSWER.replace("analyze", "analyse").replace("color", "colour")),
        ("american", ANSWER),
        (
            "bullets",
            '- I would analyze the "color" of our data.\n- Ask what it costs;\n'
            "- it's the team's money.",
        ),
        ("prose", ANSWER),
    ],
)
def test_a_rewrite_does_what_it_is_called(name: str, expected: str) -> None:
    assert rewritten(name) == expected


def test_quotes_and_spelling_go_there_and_back() -> None:
    assert rewritten("straight-quotes", rewritten("curly-quotes")) == ANSWER
    assert rewritten("american", rewritten("british")) == ANSWER


@pytest.mark.parametrize(
    ("word", "british"), [("Color", "Colour"), ("COLOR", "COLOUR"), ("color", "colour")]
)
def test_spelling_keeps_the_case(word: str, british: str) -> None:
    assert rewritten("british", word) == british


def test_spacing_changes_blanks_only() -> None:
    assert rewritten("spacing").split() == ANSWER.split()
    assert rewritten("spacing") != ANSWER


def test_prose_ends_every_item_of_a_list() -> None:
    assert rewritten("prose", "- cost\n- Speed first.\n") == "cost. Speed first."


def test_order_keeps_every_sentence() -> None:
    text = "One is here. Two is here. Three is here. Four is here"
    mixed = rewritten("order", text, seed=1)
    assert mixed != f"{text}."
    assert sorted(mixed.replace(".", "").split()) == sorted(text.replace(".", "").split())


def test_filler_adds_length_only() -> None:
    longer = rewritten("filler")
    assert longer.startswith(ANSWER)
    assert len(longer) > len(ANSWER) + 60


@pytest.mark.parametrize(("words", "typos"), [(10, 1), (100, 5)])
def test_typos_are_few_and_swap_letters(words: int, typos: int) -> None:
    text = " ".join(["workshop"] * words)
    changed = rewritten("typos", text)
    assert sorted(changed) == sorted(text)
    assert sum(word != "workshop" for word in changed.split()) == typos
    assert all(word[0] == "w" and word.endswith("shop"[2:]) for word in changed.split())


def test_what_has_no_long_word_gets_no_typo() -> None:
    assert rewritten("typos", "We do it so.") == "We do it so."


@pytest.mark.parametrize("name", REWRITES)
def test_a_rewrite_is_repeatable_and_bears_a_blank_answer(name: str) -> None:
    assert rewritten(name, seed=4) == rewritten(name, seed=4)
    assert isinstance(rewritten(name, ""), str)

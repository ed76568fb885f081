import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.claims import MAX_CLAIM_CHARS, MAX_WORDS, split_claims
from grader.text import MAX_CHARS, normalise


def texts(answer: str) -> list[str]:
    return [claim.text for claim in split_claims(normalise(answer))]


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("One thing. Another thing.", ["One thing.", "Another thing."]),
        ("check the data. then compare", ["check the data.", "then compare"]),
        (
            "Use e.g. BERT vs. GPT, i.e. compare. Fine.",
            ["Use e.g. BERT vs. GPT, i.e. compare.", "Fine."],
        ),
        ("Ask Dr. Smith (cf. Fig. 3) first.", ["Ask Dr. Smith (cf. Fig. 3) first."]),
        ("It rose 3.5 points in v1.2 today. Ok.", ["It rose 3.5 points in v1.2 today.", "Ok."]),
        ("The U.S. market is large.", ["The U.S. market is large."]),
        ("We sell in the U.S. The rest waits.", ["We sell in the U.S.", "The rest waits."]),
        ("Costs, risks etc. matter.", ["Costs, risks etc. matter."]),
        ("Costs, risks etc. Then we decide.", ["Costs, risks etc.", "Then we decide."]),
        ("See no. 5 below.", ["See no. 5 below."]),
        ("Would I buy? No. Too dear.", ["Would I buy?", "No.", "Too dear."]),
        ("Well... maybe later. Yes.", ["Well... maybe later.", "Yes."]),
        ("Well... Maybe later.", ["Well...", "Maybe later."]),
        ("Really?! yes! sure", ["Really?!", "yes!", "sure"]),
        ('"Why?" he asked. "Because." Fine.', ['"Why?" he asked.', '"Because."', "Fine."]),
        ("It is done.Then we go.", ["It is done.", "Then we go."]),
        ("J. Smith and I. We agree.", ["J. Smith and I.", "We agree."]),
        ("First part; second part;third", ["First part;", "second part;third"]),
        ("\u8fd9\u662f\u3002\u53e6\u4e00\u3002", ["\u8fd9\u662f\u3002", "\u53e6\u4e00\u3002"]),
        ("... !!! ??? --- ;", []),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(answer: str, claims: list[str]) -> None:
    assert texts(answer) == claims


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("- one\n- two", ["one", "two"]),
        ("* one\n\u2022 two\n1. three\n2) four\na) five", ["one", "two", "three", "four", "five"]),
        ("(1) one\n(b) two\n# Head\n> quote", ["one", "two", "Head", "quote"]),
        ("- [x] done thing\n- [ ] open thing", ["done thing", "open thing"]),
        ("para one\n\npara two", ["para one", "para two"]),
        ("this line only wraps\nand goes on", ["this line only wraps and goes on"]),
        ("Checks:\nthe data and\nthe metric", ["Checks:", "the data and the metric"]),
        ("Cost per query\nLatency for users", ["Cost per query", "Latency for users"]),
        ("\n\n   \n\t\n", []),
        ("-5 degrees is a number", ["-5 degrees is a number"]),
        (
            "The first line is long enough that it was surely wrapped by an editor at\n"
            "Google where it went on",
            [
                "The first line is long enough that it was surely wrapped by an editor at "
                "Google where it went on"
            ],
        ),
    ],
)
def test_lines_break_claims_only_where_they_were_meant_to(answer: str, claims: list[str]) -> None:
    assert texts(answer) == claims


def test_long_sentences_are_split_at_their_clauses() -> None:
    answer = (
        "I would first ask the team for the exact data they trained on and tested on, because "
        "a leak between the two explains most wonders, but I would not stop there and look at "
        "how the competitors were tuned, and only then would I spend money on a pilot of my own "
        "with our customers"
    )
    found = texts(answer)
    assert [claim.split()[0] for claim in found] == ["I", "because", "but", "and"]


@pytest.mark.parametrize(
    "answer",
    [
        "word " * 400,
        "x" * 5_000,
        "a,b;c:" * 500,
        "verylongwordindeed " * 40,
        "lo " * 44 + "z" * 900,
    ],
)
def test_no_claim_exceeds_its_bounds_and_no_letter_is_lost(answer: str) -> None:
    claims = split_claims(normalise(answer))
    assert all(len(claim.text.split()) <= MAX_WORDS for claim in claims)
    assert all(len(claim.text) <= MAX_CLAIM_CHARS for claim in claims)
    assert "".join(answer.split()) == "".join("".join(claim.text.split()) for claim in claims)


@pytest.mark.parametrize(
    "piece",
    [" ", ".", ",", "a", ". ", "a.", "\n", "1.\n", "- ", ";", '."', "U.S. ", "\ufdfa", "?!"],
)
def test_a_full_length_answer_of_one_piece_splits_into_sound_claims(piece: str) -> None:
    answer = (piece * MAX_CHARS)[:MAX_CHARS]
    claims = split_claims(normalise(answer))
    assert all(0 <= claim.start < claim.end <= MAX_CHARS for claim in claims)
    assert bool(claims) is any(char.isalnum() for char in answer)


@given(st.text(alphabet="aB1 .\n-;?\"')\u200b\ufb01e,", max_size=120) | st.text(max_size=120))
def test_claims_come_in_order_and_say_what_their_span_says(answer: str) -> None:
    claims = split_claims(normalise(answer))
    at = 0
    for claim in claims:
        assert at <= claim.start < claim.end <= len(answer)
        assert any(char.isalnum() for char in claim.text)
        again = " ".join(normalise(answer[claim.start : claim.end]).text.split())
        assert claim.text == again or not answer.isascii()
        at = claim.end if answer.isascii() else claim.start

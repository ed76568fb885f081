"""Answers that are nearly the same are found; answers that merely agree are not."""

import io
import tracemalloc
from itertools import combinations, islice
from pathlib import Path

import numpy as np
import pytest
from synthetic import answers

from questionbank import near_copies
from questionbank.bank import load_bank
from questionbank.near_copies import Group, NearCopies, shingles_of

ANSWER = (
    "I would first ask what the answer may cost us when it is wrong. Then I would run both models "
    "on two hundred of our own tickets and let two agents mark the replies blind. The bigger one "
    "has to earn its price, so I divide the monthly bill by the tickets it solves. Last, I would "
    "keep a way back to a person."
)
OTHER = (
    "Cost matters, but so does the wait. Let us list what customers complain about today, pick the "
    "three worst complaints and see which supplier fixes them in a trial of four weeks. I would "
    "keep a way back to a person. Anything that stores personal data abroad is out from the start."
)
SENTENCES = ANSWER.removesuffix(".").split(". ")


def groups(*answers: str, question: str = "q") -> list[tuple[int, ...]]:
    copies = NearCopies()
    for row, answer in enumerate(answers):
        copies.add(row, question, answer)
    return [group.rows for group in copies.groups()]


@pytest.mark.parametrize(
    "copy",
    [
        ANSWER,
        ANSWER.upper(),
        ANSWER.replace(" ", "  \n").replace(",", " ,"),
        ANSWER.replace("a", "\u0430").replace("o", "\u043e").replace("I", "\u0406"),
        "\u200b".join(ANSWER),
        ANSWER.replace("tickets", "cases"),
        ANSWER.replace("first ", "").replace("monthly", "yearly").replace("Last", "Finally"),
        ". ".join(reversed(SENTENCES)) + ".",
        ". ".join([SENTENCES[2], SENTENCES[0], SENTENCES[3], SENTENCES[1]]),
        ANSWER + " That is all.",
        ANSWER.replace(". ", "; "),
    ],
    ids=[
        "the same", "case", "spacing", "look-alikes", "hidden characters", "a word changed",
        "three words changed", "sentences reversed", "sentences shuffled", "an addition",
        "punctuation",
    ],
)  # fmt: skip
def test_a_copy_is_found(copy: str) -> None:
    assert groups(OTHER, ANSWER, copy) == [(1, 2)]


@pytest.mark.parametrize(
    "other",
    [
        OTHER,
        SENTENCES[1] + ". " + OTHER,
        OTHER + " " + SENTENCES[2] + ".",
        "",
        " ".join(ANSWER.split()[:25]),
    ],
    ids=["another", "a shared sentence", "another shared one", "blank", "a beginning"],
)
def test_honest_answers_are_not(other: str) -> None:
    assert groups(ANSWER, other) == []


def test_the_graded_examples_of_the_shipped_rubrics_are_no_copies() -> None:
    bank = load_bank([Path(__file__).parents[2]])
    copies = NearCopies()
    most, row = 0.0, 0
    for rubric in bank.rubrics.values():
        for example in rubric.examples:
            copies.add(row, rubric.id, example.answer)
            row += 1
        sets = [found for one in rubric.examples if (found := shingles_of(one.answer))]
        most = max([most, *(len(a & b) / len(a | b) for a, b in combinations(sets, 2))])
    assert row > 100
    assert copies.groups() == []
    assert most < 0.2


def test_answers_to_different_questions_are_not_compared() -> None:
    copies = NearCopies()
    copies.add(1, "q", ANSWER)
    copies.add(2, "r", ANSWER)
    assert copies.groups() == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Ask what it costs. Then test it on our own tickets first.",
         "then TEST it on our own tickets first. Ask what it costs!", True),
        ("Ask what it costs. Then test it on our own tickets first.",
         "Ask what it costs. Then test it on our own tickets twice.", False),
        ("I would take the newest one.", "I would take the newest one.", False),
        ("", "", False),
        ("?! 1", "?! 1", False),
    ],
)  # fmt: skip
def test_a_short_answer_must_be_the_same_and_not_too_short(
    one: str, other: str, found: bool
) -> None:
    assert (groups(one, other) == [(0, 1)]) is found


def test_groups_name_all_their_rows_once_in_order() -> None:
    changed = ANSWER.replace("tickets", "cases")
    copies = NearCopies()
    for row, answer in [(7, OTHER), (3, changed), (9, ANSWER), (4, OTHER.upper()), (5, ANSWER)]:
        copies.add(row, "q", answer)
    first, second = copies.groups()
    assert (first.rows, second) == ((3, 5, 9), Group((4, 7), 1.0))
    assert 0.7 <= first.similarity < 1.0


def test_a_thousand_copies_are_one_group() -> None:
    copies = NearCopies()
    for row in range(1000):
        copies.add(row, "q", OTHER if row == 500 else f"{ANSWER} Number {row}.")
    (group,) = copies.groups()
    assert len(group.rows) == 999
    assert 500 not in group.rows


def test_the_share_in_common_is_estimated_within_its_error() -> None:
    changed = ANSWER.replace("tickets", "cases").replace("bill", "cost")
    one, other = shingles_of(ANSWER), shingles_of(changed)
    exact = len(one & other) / len(one | other)
    copies = NearCopies()
    copies.add(0, "q", ANSWER)
    copies.add(1, "q", changed)
    assert copies.groups()[0].similarity == pytest.approx(exact, abs=0.12)


def test_an_answer_takes_no_memory_until_the_end() -> None:
    copies = NearCopies()
    signature = copies.signature(ANSWER * 60)
    assert signature is not None
    before = 0
    tracemalloc.start()
    for row in range(10 * near_copies._BLOCK):
        copies.add_signature(row, "q", signature)
        before = before or tracemalloc.get_traced_memory()[0]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000
    (group,) = copies.groups()
    assert len(group.rows) == 10 * near_copies._BLOCK


def test_the_file_changes_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = load_bank([Path(__file__).parents[2]])
    texts = [row["answer"] for row in islice(answers(bank, 300), 300)]
    texts = [*texts, OTHER, *(text.replace("case", "affair", 1) for text in texts[::7]), OTHER]
    whole = groups(*texts)
    assert len(whole) > 20
    monkeypatch.setattr(near_copies, "_BLOCK", 16)
    assert groups(*texts) == whole


def test_a_full_disk_ends_the_search_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.RawIOBase):
        def write(self, content: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(near_copies, "_BLOCK", 4)
    copies = NearCopies()
    for row in range(4):
        copies.add(row, "q", ANSWER)
    assert copies._file is not None
    copies._file.close()
    copies._file = Full()
    for row in range(4, 11):
        copies.add(row, "q", ANSWER)
    assert copies.passed_over == 7


def test_a_chain_of_answers_is_one_group() -> None:
    assert near_copies._tops(np.array([0, 0, 1, 2, 4]), np.arange(5)).tolist() == [0, 0, 0, 0, 4]


def test_nothing_gives_nothing() -> None:
    assert NearCopies().groups() == []

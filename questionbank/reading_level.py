"""How hard a prompt is to read."""

from collections.abc import Iterator

from grader.claims import split_claims
from grader.language import words
from grader.text import normalise
from questionbank.bank import Bank
from questionbank.errors import Problem
from questionbank.places import question_place
from questionbank.question import CaseQuestion, tasks
from questionbank.yaml_reader import Path

HARDEST = 14.0
"""The automated readability index above which a prompt is called hard.

It names a school year: 12 ends school. It counts characters, words and sentences, and needs no
dictionary of syllables.
"""
HARD = "hard-to-read"


def reading_level(text: str) -> float:
    """Measure a text by the automated readability index (Senter and Smith 1967).

    Args:
        text: some sentences.

    Returns:
        About 1 to 20, a school year in the United States; 0 for no words.
    """
    found = words(text)
    if not found:
        return 0.0
    letters = sum(len(word) for word in found)
    sentences = len(split_claims(normalise(text)))
    return 4.71 * letters / len(found) + 0.5 * len(found) / sentences - 21.43


def hard_prompts(bank: Bank) -> Iterator[Problem]:
    """Find prompts that are hard to read: a warning each."""
    for question in bank.questions.values():
        case = isinstance(question, CaseQuestion)
        prompts: list[tuple[Path, str]] = [(("prompt",), question.prompt)] if case else []
        for number, (_, task) in enumerate(tasks(question)):
            prompts.append((("parts", number, "prompt") if case else ("prompt",), task.prompt))
        for path, text in prompts:
            level = reading_level(text)
            if level > HARDEST:
                message = (
                    f"the prompt reads like school year {level:.0f} (automated readability index; "
                    f"{HARDEST:.0f} at most); use shorter sentences"
                )
                yield question_place(bank, question.id).problem(path, HARD, message)

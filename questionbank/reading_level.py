"""How hard a prompt is to read, measured by textstat, which not every installation has."""

from collections.abc import Iterator

from questionbank.bank import Bank
from questionbank.errors import Problem
from questionbank.places import question_place
from questionbank.question import CaseQuestion, tasks
from questionbank.yaml_reader import Path

HARDEST = 14.0
"""The automated readability index (Senter and Smith 1967) above which a prompt is called hard.

It names a school year: 12 ends school. Of 91 prompts 95% lie below 12.6. It counts characters,
words and sentences, so it needs no dictionary of syllables, which would have to be fetched.
"""
HARD = "hard-to-read"
MISSING = (
    "reading level was not measured: textstat is not installed (pip install 'questionbank[lint]')"
)


class ReadingLevelMissingError(Exception):
    """The library that measures it is not installed."""


def reading_level(text: str) -> float:
    """Measure a text.

    Args:
        text: some sentences.

    Returns:
        The automated readability index, about 1 to 20; a school year in the United States.

    Raises:
        ReadingLevelMissingError: textstat is not installed.
    """
    try:
        # Here, because it takes seconds to import.
        import textstat
    except ImportError as error:
        raise ReadingLevelMissingError from error
    return float(textstat.automated_readability_index(text))


def hard_prompts(bank: Bank) -> Iterator[Problem]:
    """Find prompts that are hard to read: a warning each.

    Raises:
        ReadingLevelMissingError: textstat is not installed.
    """
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

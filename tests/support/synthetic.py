"""Answers made of a bank's own sentences, as many as are wanted, no two alike."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

from questionbank.bank import Bank
from questionbank.question import OpenTask, tasks

_FEWEST, _MOST = 2, 7
"""Sentences or passages of an answer."""
_NAMES = (
    "pilot invoice ticket ledger clinic harbour orchard depot gallery foundry bakery tannery "
    "quarry nursery archive workshop brewery vineyard printer sawmill"
).split()


def answers(bank: Bank, count: int, seed: int = 0) -> Iterator[dict[str, str]]:
    """Make rows for `questionbank grade`.

    Each takes exemplars, counterexamples and graded examples of the rubric it is held against, in
    another order and number, and names something of its own in every sentence, so that neither an
    answer nor a sentence is met twice.

    Args:
        bank: its open questions are answered in turn.
        count: rows wanted.
        seed: other answers for another one.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    pools = list(_pools(bank))
    for number in range(count):
        question, pool = pools[number % len(pools)]
        size = min(len(pool), chance.randint(_FEWEST, _MOST))
        parts = [
            _own(text, f"{chance.choice(_NAMES)} {number}") for text in chance.sample(pool, size)
        ]
        yield {"id": f"made-{number}", "question_id": question, "answer": " ".join(parts)}


def write_answers(path: Path, bank: Bank, count: int, seed: int = 0) -> Path:
    """Write them as JSON lines."""
    with path.open("w", encoding="utf-8") as file:
        for row in answers(bank, count, seed):
            file.write(json.dumps(row) + "\n")
    return path


def _own(text: str, name: str) -> str:
    """A passage that speaks of its own case."""
    body = text.rstrip().rstrip(".")
    return f"{body}, as in the {name} case."


def _pools(bank: Bank) -> Iterator[tuple[str, list[str]]]:
    """By question, or question and part: what its answers are made of."""
    for question in sorted(bank.questions.values(), key=lambda one: one.id):
        for part, task in tasks(question):
            rubric = bank.rubrics.get(task.rubric) if isinstance(task, OpenTask) else None
            if rubric is None:
                continue
            pool = [
                text
                for point in rubric.points
                for text in (*point.exemplars, *point.counterexamples)
            ]
            pool += [example.answer for example in rubric.examples]
            yield (f"{question.id}#{part}" if part else question.id), pool

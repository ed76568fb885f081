"""Finds questions by words, in what a candidate may see."""

import re
from collections.abc import Iterable

from questionbank.question import ChoiceTask, Question, tasks

_WEIGHTS = {"title": 5.0, "topics": 4.0, "id": 3.0, "prompt": 2.0, "exhibit": 1.0}


def search(questions: Iterable[Question], words: str) -> tuple[tuple[float, Question], ...]:
    """Rank questions by how well they match.

    Args:
        questions: where to look.
        words: every one must occur somewhere, as a word or its beginning; case does not matter.

    Returns:
        (score above 0, question), best first; equal scores by id.
    """
    wanted = _words(words)
    found = []
    for question in questions:
        fields = {name: _words(text) for name, text in _visible(question).items()}
        hits = [
            max((_WEIGHTS[name] * _hit(word, field) for name, field in fields.items()), default=0.0)
            for word in wanted
        ]
        if hits and all(hits):
            found.append((sum(hits), question))
    return tuple(sorted(found, key=lambda pair: (-pair[0], pair[1].id)))


def _visible(question: Question) -> dict[str, str]:
    """The text a candidate may see; model answers and rubrics are not searched."""
    prompts = [question.prompt]
    for _, task in tasks(question):
        prompts.append(task.prompt)
        if isinstance(task, ChoiceTask):
            prompts += [option.text for option in task.options]
    return {
        "title": question.title,
        "topics": " ".join(question.topics),
        "id": question.id,
        "prompt": "\n".join(prompts),
        "exhibit": question.exhibit or "",
    }


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _hit(word: str, field: list[str]) -> float:
    """1 for the whole word, 0.6 for its beginning, else 0."""
    if word in field:
        return 1.0
    return 0.6 if any(other.startswith(word) for other in field) else 0.0

"""Small blueprints and questions to draw from."""

from questionbank.bank import Bank
from questionbank.blueprint import Blueprint
from questionbank.question import QUESTION, Question

PATH = """\
format: 1
id: cost-path
version: 1.0.0
kind: path
title: Costs
description: What things cost.
audience: [product-manager, executive, engineer]
level: beginner
minutes: {min: 5, max: 15}
draw:
- {strategies: [inference-economics], kinds: [numeric]}
- {strategies: [model-choice], topics: [cost], minutes: 8}
"""

INTERVIEW = """\
format: 1
id: engineer-20
version: 1.0.0
kind: interview
title: Engineer, 20 minutes
description: Whether costs are known.
audience: [engineer]
level: intermediate
minutes: {min: 5, max: 20}
draw:
- {strategies: [inference-economics]}
- {strategies: [model-choice]}
competencies:
- {strategy: inference-economics, weight: 1}
- {strategy: model-choice, weight: 3}
recommendation: {decline: 0.4, advance: 0.7}
"""


def blueprint(**changes: object) -> Blueprint:
    """A path of one slot that takes anything, with some fields changed."""
    data = {
        "id": "any",
        "version": "1.0.0",
        "kind": "path",
        "title": "Any",
        "description": "Anything.",
        "audience": ["engineer"],
        "level": "beginner",
        "minutes": {"min": 1, "max": 600},
        "draw": [{}],
    }
    return Blueprint.model_validate({**data, **changes})


def question(question_id: str, minutes: int = 5, **changes: object) -> Question:
    """A choice question."""
    data = {
        "id": question_id,
        "version": "1.0.0",
        "kind": "choice",
        "title": "A title",
        "strategy": question_id.partition("/")[0],
        "level": "beginner",
        "audience": ["engineer"],
        "topics": ["cost"],
        "minutes": minutes,
        "prompt": "Which?",
        "options": [
            {"id": "a", "text": "This", "correct": True, "why": "Yes."},
            {"id": "b", "text": "That", "why": "No."},
        ],
    }
    return QUESTION.validate_python({**data, **changes})


def bank_of(*questions: Question) -> Bank:
    """A bank in memory."""
    return Bank((), questions={one.id: one for one in questions})

"""Valid starting points for authors: they pass `check` as they are and say what to replace."""

from grader.rubric import Anchors, Feedback, GradedExample, Point, Rubric
from grader.verdict import Verdict
from questionbank.blueprint import Blueprint, BlueprintKind
from questionbank.question import QUESTION, Kind, Question

_VERSION = "0.1.0"


def question_template(question_id: str, kind: Kind, title: str, rubric_id: str) -> Question:
    """A draft question of a kind.

    Args:
        question_id: `strategy/slug`.
        kind: which kind.
        title: its title.
        rubric_id: the rubric an open question names.

    Raises:
        pydantic.ValidationError: the id or title cannot be used.
    """
    head = {
        "id": question_id,
        "version": _VERSION,
        "status": "draft",
        "title": title,
        "strategy": question_id.partition("/")[0],
        "level": "beginner",
        "audience": ["product-manager"],
        "topics": ["replace-me"],
        "minutes": 5,
        "kind": kind.value,
        "sources": ["Name where each claim of fact comes from: author, title, year."],
    }
    return QUESTION.validate_python({**head, **_BODIES[kind](rubric_id)})


def _open(rubric_id: str) -> dict[str, object]:
    return {
        "rubric": rubric_id,
        "prompt": "Describe a situation in two sentences, then ask one question about it.",
        "follow_ups": ["What would you ask next?"],
        "model_answer": "Write the answer you would be glad to hear, in 150 to 300 words.",
    }


def _numeric(rubric_id: str) -> dict[str, object]:
    del rubric_id
    return {
        "prompt": "A service answers {{queries}} queries a day. How many does it answer in a week?",
        "unit": "queries",
        "tolerance": {"relative": 0.01},
        "parameters": {"queries": {"min": 1000, "max": 5000, "step": 500}},
        "formula": "queries * 7",
        "mistakes": [
            {"formula": "queries * 5", "feedback": "You counted working days; the week has seven."}
        ],
        "model_answer": "{{queries}} a day over 7 days make {{answer}} queries.",
    }


def _choice(rubric_id: str) -> dict[str, object]:
    del rubric_id
    return {
        "prompt": "Which of these are true? Name every true one.",
        "options": [
            {"id": "a", "text": "A true statement.", "correct": True, "why": "Say why it is true."},
            {"id": "b", "text": "A false statement.", "why": "Say why it is false."},
        ],
        "model_answer": "Only a is true.",
    }


def _case(rubric_id: str) -> dict[str, object]:
    return {
        "prompt": "Describe the situation that the parts share.",
        "exhibit": "| item | price |\n| --- | ---: |\n| replace | me |",
        "parts": [
            {"id": "estimate", "kind": "numeric", **_numeric(rubric_id)},
            {
                "id": "advice",
                "rubric": rubric_id,
                "prompt": "What do you advise, and why?",
                "model_answer": "Write the advice you would be glad to hear.",
                "kind": "open",
            },
        ],
    }


_BODIES = {
    Kind.OPEN: _open,
    Kind.NUMERIC: _numeric,
    Kind.CHOICE: _choice,
    Kind.CASE: _case,
}


def rubric_template(rubric_id: str, title: str) -> Rubric:
    """A rubric with one point and two graded examples.

    Raises:
        pydantic.ValidationError: the id or title cannot be used.
    """
    point = Point(
        id="name-the-point",
        title="Name the point",
        description="Say in one sentence what a good answer does here.",
        weight=1,
        exemplars=(
            "I would first ask what the service has to achieve and how we would measure that.",
            "Before picking anything, agree on the number that tells us whether it worked.",
            "We lost a quarter once because nobody had said what success meant, so I start there.",
        ),
        counterexamples=(
            "Goals are important in every project.",
            "We can sort out what we want to achieve after the launch.",
            "There is no need to define success, the technology speaks for itself.",
        ),
        feedback=Feedback(
            met="You said how success would be measured before choosing.",
            missed="Say first what the service must achieve and which number will show it.",
        ),
        probe="How would you know, three months later, that it was the right choice?",
        anchors=Anchors.model_validate(
            {
                "1": "Talks about tools only.",
                "3": "Names a goal, but not how to measure it.",
                "5": "Names the goal, the measure and the value that would count as success.",
            }
        ),
    )
    return Rubric(
        id=rubric_id,
        version=_VERSION,
        title=title,
        points=(point,),
        examples=(
            GradedExample(
                id="strong",
                answer=(
                    "I'd begin by asking what we want out of this. If the aim is fewer repeat "
                    "calls, then repeat calls per hundred tickets is the figure I would track, "
                    "and I would write down today's value before we choose anything."
                ),
                verdicts={"name-the-point": Verdict.MET},
            ),
            GradedExample(
                id="weak",
                answer="I like the new framework, my friends use it and the website looks modern.",
                verdicts={"name-the-point": Verdict.NOT_MET},
            ),
        ),
    )


def blueprint_template(blueprint_id: str, kind: BlueprintKind, title: str) -> Blueprint:
    """A blueprint that draws two beginners' questions.

    Raises:
        pydantic.ValidationError: the id or title cannot be used.
    """
    weighed = {
        "competencies": [
            {"strategy": "foundations", "weight": 1},
            {"strategy": "model-choice", "weight": 2},
        ],
        "recommendation": {"decline": 0.4, "advance": 0.7},
    }
    return Blueprint.model_validate(
        {
            "id": blueprint_id,
            "version": _VERSION,
            "kind": kind,
            "title": title,
            "description": "Say whom it is for and what it is to find out.",
            "audience": ["product-manager"],
            "level": "beginner",
            "minutes": {"min": 5, "max": 30},
            "draw": [
                {"strategies": ["foundations"], "levels": ["beginner"], "count": 1},
                {"strategies": ["model-choice"], "levels": ["beginner"], "count": 1},
            ],
            **(weighed if kind is BlueprintKind.INTERVIEW else {}),
        }
    )

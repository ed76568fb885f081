"""A question as one person meets it: one part, with its numbers drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.grade import ContentRef
from grader.rubric import Rubric
from questionbank.attempt import Step
from questionbank.numeric import Number, draw, fill, right_value
from questionbank.question import (
    CaseQuestion,
    NumericTask,
    OpenTask,
    Question,
    Task,
    tasks,
)


@dataclass(frozen=True)
class Instance:
    """One thing to answer."""

    question: Question
    part: str | None
    """Which part of a case; None for a whole question."""
    task: Task
    seed: int
    rubric: Rubric | None
    """For open tasks."""

    @cached_property
    def values(self) -> Mapping[str, Number]:
        """The drawn parameters: of all numeric parts of a case, its own above the others'."""
        drawn: dict[str, Number] = {}
        for _, task in (*tasks(self.question), (self.part, self.task)):
            if isinstance(task, NumericTask):
                drawn.update(draw(task, self.seed))
        return drawn

    @property
    def key(self) -> str:
        """`question_id`, or `question_id#part`."""
        return self.step.key

    @property
    def situation(self) -> str | None:
        """What a case tells before its parts, Markdown, numbers filled in."""
        case = isinstance(self.question, CaseQuestion)
        return self._filled(self.question.prompt) if case else None

    @property
    def prompt(self) -> str:
        """What is asked, Markdown, numbers filled in."""
        return self._filled(self.task.prompt)

    @property
    def exhibit(self) -> str | None:
        """What is shown beside it, Markdown, numbers filled in."""
        return self.question.exhibit and self._filled(self.question.exhibit)

    @property
    def model_answer(self) -> str | None:
        """A very good answer or the worked solution, Markdown; for after submission."""
        if self.task.model_answer is None:
            return None
        if not isinstance(self.task, NumericTask):
            return self._filled(self.task.model_answer)
        right = right_value(self.task, self.values)
        return fill(self.task.model_answer, {**self.values, "answer": right})

    @cached_property
    def step(self) -> Step:
        """What an attempt remembers of this."""
        return Step(
            question=self.question.ref,
            part=self.part,
            rubric=rubric_ref(self.rubric) if self.rubric else None,
            seed=self.seed,
        )

    def _filled(self, text: str) -> str:
        return fill(text, self.values) if self.values else text


def rubric_ref(rubric: Rubric) -> ContentRef:
    """Which rubric text, exactly."""
    return ContentRef(
        id=rubric.id,
        version=rubric.version,
        content_hash=rubric.content_hash,
        structure_hash=rubric.structure_hash,
    )


def instances(question: Question, rubrics: Mapping[str, Rubric], seed: int) -> tuple[Instance, ...]:
    """Everything a question asks for, in order.

    Args:
        question: any question.
        rubrics: by id; must hold those the question names.
        seed: what its numbers are drawn from.

    Raises:
        KeyError: a rubric is missing.
    """
    return tuple(
        Instance(
            question=question,
            part=part,
            task=task,
            seed=seed,
            rubric=rubrics[task.rubric] if isinstance(task, OpenTask) else None,
        )
        for part, task in tasks(question)
    )

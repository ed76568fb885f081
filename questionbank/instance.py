"""A question as one person meets it: one part, with its numbers drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from grader.grade import ContentRef
from grader.rubric import Rubric
from questionbank.attempt import Step
from questionbank.errors import UsageError
from questionbank.numeric import FormulaError, Number, draw, evaluate, fill, right_value
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

    @cached_property
    def right(self) -> float | None:
        """The right value of a numeric task; None for other kinds."""
        task = self.task
        return right_value(task, self.values) if isinstance(task, NumericTask) else None

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
        if self.task.model_answer is None or self.right is None:
            return self.task.model_answer and self._filled(self.task.model_answer)
        return fill(self.task.model_answer, {**self.values, "answer": self.right})

    @cached_property
    def step(self) -> Step:
        """What an attempt remembers of this."""
        return Step(
            question=self.question.ref,
            part=self.part,
            rubric=rubric_ref(self.rubric) if self.rubric else None,
            seed=self.seed,
        )

    def compute(self) -> None:
        """Work out every number once, so that a broken formula shows before anything is asked.

        Raises:
            FormulaError: a formula or placeholder cannot be computed.
        """
        _ = (self.situation, self.prompt, self.exhibit, self.model_answer, self.right)
        if isinstance(self.task, NumericTask):
            for mistake in self.task.mistakes:
                evaluate(mistake.formula, self.values)

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
        rubrics: by id.
        seed: what its numbers are drawn from.

    Raises:
        UsageError: a rubric is not there, or a number cannot be computed.
    """
    found = []
    for part, task in tasks(question):
        rubric = rubrics.get(task.rubric) if isinstance(task, OpenTask) else None
        if isinstance(task, OpenTask) and rubric is None:
            raise UsageError(
                f"the rubric of {question.id} is missing or has problems; "
                "`questionbank check` lists them"
            )
        instance = Instance(question=question, part=part, task=task, seed=seed, rubric=rubric)
        try:
            instance.compute()
        except FormulaError as error:
            raise UsageError(f"{instance.key} cannot be asked with seed {seed}: {error}") from error
        found.append(instance)
    return tuple(found)

"""How a question looks before it is answered."""

from typing import TYPE_CHECKING

from questionbank.cli.render import Screen, Text, safe
from questionbank.instance import Instance
from questionbank.question import ChoiceTask, NumericTask

if TYPE_CHECKING:
    from rich.console import RenderableType


def question_view(
    screen: Screen, instance: Instance, position: int, total: int
) -> list["RenderableType"]:
    """Everything a candidate may see before answering, and nothing else.

    Args:
        screen: decides between rich and plain.
        instance: the question.
        position: counted from 0.
        total: how many there are.
    """
    question = instance.question
    part = f", part {instance.part}" if instance.part else ""
    title = f"Question {position + 1} of {total}: {question.title}{part}"
    facts = (
        f"{question.strategy} · {question.level} · about {question.minutes} min · {instance.key}"
    )
    if screen.plain:
        facts = facts.replace(" · ", ", ")
    parts: list[RenderableType] = [
        Text(safe(title), style="bold"),
        Text(safe(facts), style="dim"),
        "",
    ]
    if instance.situation:
        parts += [screen.markdown(instance.situation), ""]
    if instance.exhibit and instance.situation:
        parts += [screen.markdown(instance.exhibit), ""]
    parts += [screen.markdown(instance.prompt), ""]
    if instance.exhibit and not instance.situation:
        parts += [screen.markdown(instance.exhibit), ""]
    if isinstance(instance.task, ChoiceTask):
        for option in instance.task.options:
            parts.append(Text(f"  {option.id})  {safe(option.text)}"))
        parts.append("")
    return parts


def how_to_answer(instance: Instance) -> str:
    """One line on what an answer to this kind of task looks like."""
    if isinstance(instance.task, NumericTask):
        return f"Answer with a number ({instance.task.unit})."
    if isinstance(instance.task, ChoiceTask):
        return "Answer with the letters of all that are right, for example: a, c"
    return "Answer in your own words; full sentences are graded best."

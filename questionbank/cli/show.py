"""`questionbank show`: one question, as a candidate sees it or with everything; a blueprint."""

from typing import TYPE_CHECKING

import click

from grader.rubric import Rubric
from questionbank.cli import options
from questionbank.cli.blueprint_view import show_blueprint
from questionbank.cli.context import Context
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text, safe
from questionbank.instance import Instance, instances
from questionbank.numeric import spell
from questionbank.question import ChoiceTask, NumericTask, Question, Tolerance

if TYPE_CHECKING:
    from rich.console import RenderableType


@click.command(
    epilog="""\b
Examples:
  questionbank show model-choice/support-assistant
  questionbank show inference-economics/monthly-api-cost --seed 3 --all
  questionbank show beginner-path --seed 3"""
)
@click.argument("question_id", metavar="ID")
@click.option("--all", "everything", is_flag=True, help="With rubric, model answer and sources.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Which instance, or draw.")
@options.bank
@options.as_json
@options.plain
def command(
    question_id: str,
    everything: bool,
    seed: int,
    bank_folders: tuple[str, ...],
    as_json: bool,
    plain: bool,
) -> int:
    """Show one question as a candidate sees it; with --all what an interviewer needs.

    Of a blueprint, show its rule and what the seed draws.
    """
    context = Context(plain=plain, bank_folders=bank_folders)
    if question_id not in context.bank.questions and question_id in context.bank.blueprint_files:
        show_blueprint(context, context.bank.blueprint(question_id), seed, as_json=as_json)
        return 0
    question = context.bank.question(question_id)
    steps = instances(question, context.bank.rubrics, seed)
    if as_json:
        context.screen.json(_as_json(question, steps, everything))
        return 0
    for position, step in enumerate(steps):
        context.screen.show(*question_view(context.screen, step, position, len(steps)))
        if everything:
            context.screen.show(*_answers(context.screen, step))
    if everything:
        context.screen.show(*_extras(question))
    return 0


def _as_json(
    question: Question, steps: tuple[Instance, ...], everything: bool
) -> dict[str, object]:
    if everything:
        rubrics = [step.rubric.model_dump(mode="json") for step in steps if step.rubric]
        asked = [{**_candidate_part(step), "right": step.right} for step in steps]
        return {
            **question.model_dump(mode="json"),
            **dict(question.ref),
            "rubrics": rubrics,
            "instances": asked,
        }
    keep = {"id", "version", "status", "kind", "title", "strategy", "level", "audience", "topics"}
    return {
        **question.model_dump(mode="json", include=keep | {"minutes"}),
        "parts": [_candidate_part(step) for step in steps],
    }


def _candidate_part(step: Instance) -> dict[str, object]:
    """What a candidate may see of one part; nothing that gives an answer away."""
    part: dict[str, object] = {
        "key": step.key,
        "kind": step.task.kind,
        "situation": step.situation,
        "prompt": step.prompt,
        "exhibit": step.exhibit,
    }
    if isinstance(step.task, ChoiceTask):
        part["options"] = [{"id": option.id, "text": option.text} for option in step.task.options]
    if isinstance(step.task, NumericTask):
        part["unit"] = step.task.unit
    return part


def _answers(screen: Screen, step: Instance) -> list["RenderableType"]:
    parts: list[RenderableType] = []
    if isinstance(step.task, ChoiceTask):
        for option in step.task.options:
            truth = "right" if option.correct else "wrong"
            parts.append(f"  {option.id}) is {truth}: {option.why}")
    if isinstance(step.task, NumericTask) and step.right is not None:
        parts += [
            f"Right: {spell(step.right)} {step.task.unit} ({_bounds(step.task.tolerance)})",
            f"Formula: {step.task.formula}",
            "",
        ]
    if step.model_answer:
        parts += [Text("Model answer", style="bold"), screen.markdown(step.model_answer), ""]
    return parts + (_rubric(step.rubric) if step.rubric else [])


def _bounds(tolerance: Tolerance) -> str:
    bounds = []
    if tolerance.relative is not None:
        bounds.append(f"{tolerance.relative * 100:.4g}%")
    if tolerance.absolute is not None:
        bounds.append(spell(tolerance.absolute))
    return f"within {' or '.join(bounds)}"


def _rubric(rubric: Rubric) -> list["RenderableType"]:
    parts: list[RenderableType] = [Text(safe(f"Rubric {rubric.id} {rubric.version}"), style="bold")]
    for point in rubric.points:
        points = "point" if point.weight == 1 else "points"
        head = f"  {point.title} ({point.id}, {spell(point.weight)} {points})"
        parts.append(Text(safe(head), style="bold"))
        parts.append(f"    {point.description}")
        parts.append(f"    Probe: {point.probe}")
        if point.anchors:
            for mark, text in point.anchors.model_dump().items():
                parts.append(f"    A {mark} sounds like: {text}")
        parts += [f"    + {text}" for text in point.exemplars]
        parts += [f"    - {text}" for text in point.counterexamples]
    return [*parts, ""]


def _extras(question: Question) -> list["RenderableType"]:
    parts: list[RenderableType] = []
    for heading, items in (("Follow-ups", question.follow_ups), ("Sources", question.sources)):
        if items:
            parts += [Text(heading, style="bold"), *(f"  {item}" for item in items), ""]
    return parts

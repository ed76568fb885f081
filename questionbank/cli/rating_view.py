"""What a rater sees: the question and the answer, the point, and what the machine suggests."""

from typing import TYPE_CHECKING

from grader.grade import PointGrade
from grader.rubric import Point
from questionbank.cli.grade_view import LOOKS, clip
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text, safe
from questionbank.cli.review_view import asks, machine_words
from questionbank.instance import Instance
from questionbank.mark import How, Mark

if TYPE_CHECKING:
    from rich.console import RenderableType

_ADVICE = "advice; you decide"


def answer_view(
    screen: Screen, instance: Instance, text: str, position: int, total: int
) -> list["RenderableType"]:
    """The question and the candidate's answer.

    Args:
        screen: decides between rich and plain.
        instance: the question.
        text: the answer as it was taken down.
        position: of the question, counted from 0.
        total: how many there are.
    """
    return [
        "",
        *question_view(screen, instance, position, total),
        Text("The answer", style="bold"),
        Text(safe(text)),
    ]


def point_view(
    instance: Instance,
    point_id: str,
    machine: PointGrade | None,
    place: tuple[int, int],
    *,
    blind: bool,
) -> list["RenderableType"]:
    """One point, with what is needed to rate it.

    Args:
        instance: the question.
        point_id: of its rubric, or of the machine's grade where a rule judges.
        machine: what the machine says; None where there is no grade.
        place: which point it is, counted from 1, and of how many.
        blind: hide what the machine says.
    """
    number, total = place
    title, wanted = asks(instance, point_id)
    parts: list[RenderableType] = [
        "",
        Text(safe(f"Point {number} of {total}: {title}"), style="bold"),
        Text(safe(f"  {wanted}")),
    ]
    if instance.rubric:
        parts += _anchors(instance.rubric.point(point_id))
    if blind:
        return parts
    if machine is None:
        return [*parts, Text("The machine has not judged it.")]
    text = Text(f"The machine suggests ({_ADVICE}): ")
    text.append(machine_words(machine), style=f"bold {LOOKS[machine.verdict][2]}")
    parts.append(text)
    if machine.evidence and instance.rubric:
        parts.append(Text(f'  evidence: "{clip(machine.evidence.text, 400)}"', style="italic"))
    return parts


def mark_words(mark: Mark) -> str:
    """A mark in a few words."""
    if mark.anchor is not None:
        said = f"{mark.anchor} of 5 by the anchors"
    else:
        said = LOOKS[mark.verdict][1] if mark.verdict else ""
        if mark.how is How.ACCEPTED:
            said += ", as the machine suggests"
    return f"{said}: {mark.reason}" if mark.reason else said


def _anchors(point: Point) -> list["RenderableType"]:
    if point.anchors is None:
        return []
    texts = ((1, point.anchors.one), (3, point.anchors.three), (5, point.anchors.five))
    return [Text(safe(f"  {number}: {text}"), style="dim") for number, text in texts]

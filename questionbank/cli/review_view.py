"""How a doubtful verdict looks to the person who decides it, and how a decision looks."""

from datetime import datetime
from typing import TYPE_CHECKING

from grader.grade import Evidence, PointGrade
from questionbank.attempt import Override
from questionbank.cli.grade_view import LOOKS, clip
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text, safe
from questionbank.instance import Instance
from questionbank.numeric import spell
from questionbank.question import ChoiceTask, NumericTask
from questionbank.review import Doubt, EffectivePoint

if TYPE_CHECKING:
    from rich.console import RenderableType


def doubt_view(
    screen: Screen, doubt: Doubt, instance: Instance, place: tuple[int, int]
) -> list["RenderableType"]:
    """Everything a person needs to decide one verdict.

    Args:
        screen: decides between rich and plain.
        doubt: the verdict.
        instance: what the answer was held against.
        place: which verdict it is, counted from 1, and of how many.
    """
    number, total = place
    record, answer, graded, point = doubt.record, doubt.answer, doubt.graded, doubt.point
    label = f" ({answer.label})" if answer.label else ""
    head = f"Verdict {number} of {total}, answer {answer.id[:8]}{label}"
    steps = len(record.attempt.steps)
    parts: list[RenderableType] = ["", Text(safe(head), style="bold"), ""]
    parts += question_view(screen, instance, answer.position, steps)
    title, wanted = asks(instance, point.id)
    parts += [
        Text(safe(f"Point: {title} (worth {spell(point.max_points)})"), style="bold"),
        Text(safe(f"  {wanted}")),
        "",
        Text("The answer", style="bold"),
        _marked(screen, answer.text, point.evidence),
        "",
        _machine(point),
    ]
    if point.exemplar:
        parts.append(Text(f"  nearest exemplar: {clip(point.exemplar)}", style="dim"))
    if point.counterexample:
        parts.append(Text(f"  nearest counterexample: {clip(point.counterexample)}", style="dim"))
    if graded.grade.flags:
        parts.append(Text(f"  flags: {', '.join(graded.grade.flags)}", style="magenta"))
    parts += [Text(safe(f"  {reason}"), style="magenta") for reason in graded.grade.review]
    return parts


def doubt_line(doubt: Doubt) -> str:
    """A doubtful verdict in one line of a list."""
    point = doubt.point
    key = doubt.record.attempt.steps[doubt.answer.position].key
    quoted = f'  "{clip(point.evidence.text, 60)}"' if point.evidence else ""
    return (
        f"{doubt.value:.2f}  {doubt.record.attempt.id[:8]}  {key}  {point.id}: "
        f"{machine_words(point)} ({doubt.why}){quoted}"
    )


def machine_words(point: PointGrade) -> str:
    """The machine's verdict and its probability."""
    sure = "" if point.probability is None else f", probability {point.probability:.2f}"
    return f"{LOOKS[point.verdict][1]}{sure}"


def decision(override: Override) -> str:
    """A person's verdict in a sentence."""
    author = override.author or "a person whose name was erased"
    why = override.reason or "no reason given"
    words = LOOKS[override.verdict][1]
    return f"{words}, decided by {author} on {local_time(override.at)}: {why}"


def remark(point: EffectivePoint) -> str:
    """What stands beside a point that a person decided."""
    said = decision(point.override) if point.override else "not decided by a person"
    return f"{said} (the machine: {machine_words(point.machine)})"


def local_time(moment: datetime) -> str:
    """A time as the clock on the wall shows it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def asks(instance: Instance, point_id: str) -> tuple[str, str]:
    """A point's title, and what it wants."""
    if instance.rubric:
        wanted = instance.rubric.point(point_id)
        return wanted.title, wanted.description
    task = instance.task
    if isinstance(task, NumericTask) and instance.right is not None:
        return "the right number", f"Right is {spell(instance.right)} {task.unit}."
    right = ", ".join(sorted(task.right)) if isinstance(task, ChoiceTask) else ""
    return "the right options", f"Right is {right}."


def _machine(point: PointGrade) -> Text:
    text = Text("The machine: ")
    text.append(machine_words(point), style=f"bold {LOOKS[point.verdict][2]}")
    return text


def _marked(screen: Screen, answer: str, evidence: Evidence | None) -> Text:
    """The answer with the evidence highlighted; between brackets where there is no colour."""
    if evidence is None:
        return Text(safe(answer))
    text = Text(safe(answer[: evidence.start]))
    inside = safe(answer[evidence.start : evidence.end])
    text.append(f"[{inside} = evidence]" if screen.plain else inside, style="underline magenta")
    text.append(safe(answer[evidence.end :]))
    return text

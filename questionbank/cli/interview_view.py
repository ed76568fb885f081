"""How an interview looks to whoever leads it: time, purpose, points, anchors, suggestions."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from grader.grade import Grade, PointGrade
from grader.rubric import Point
from grader.verdict import Verdict
from questionbank.cli.grade_view import LOOKS, clip
from questionbank.cli.render import Screen, Text, safe
from questionbank.instance import Instance
from questionbank.interview import InterviewState
from questionbank.numeric import spell
from questionbank.packet import Packet
from questionbank.transcript import Transcript, Turn

if TYPE_CHECKING:
    from rich.console import RenderableType

OPENING = (
    "Before the first question, say the same to everyone: who you are and how long it takes; "
    "that every candidate is asked these questions in this order; that you take down what is said; "
    "that a program may suggest which points an answer makes, and that people decide; that "
    "questions are welcome."
)
_MINUTE = 60


def time_line(state: InterviewState, now: datetime, about: int | None = None) -> str:
    """Time spent and left, in begun minutes of what is left, and time that is over said plainly.

    Args:
        state: where the interview stands.
        now: UTC.
        about: minutes the present question was planned with; None if all are through.
    """
    spent = _minutes(state.elapsed(now))
    left = state.left(now)
    if left < timedelta():
        rest = f"OVER TIME by {_minutes(-left)} min"
    else:
        rest = f"{_minutes(left + timedelta(seconds=_MINUTE - 1))} min left"
    if state.extra:
        rest += f" ({_minutes(state.extra)} min extra included)"
    if about is None:
        return f"{spent} min spent, {rest}"
    on_step = _minutes(state.on_step(state.position, now))
    stands = "; the clock stands" if state.paused else ""
    return f"{spent} min spent, {rest}; this question: {on_step} of about {about} min{stands}"


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds() // _MINUTE)


def purpose(packet: Packet, instance: Instance) -> str:
    """What a question is asked for, as the packet weighs it."""
    strategy = instance.question.strategy
    total = sum(one.weight for one in packet.competencies)
    weight = next((one.weight for one in packet.competencies if one.strategy == strategy), 0.0)
    line = f"Purpose: {strategy}, {weight / total:.0%} of the whole"
    if instance.rubric:
        line += f". Listen for: {'; '.join(point.title for point in instance.rubric.points)}"
    return line


def points_view(instance: Instance, asked: Collection[str]) -> list[str]:
    """The points of a question with their follow-ups, and the question's own."""
    if instance.rubric is None:
        return ["This question has no points to look for."]
    lines = []
    for number, point in enumerate(instance.rubric.points, start=1):
        mark = " (asked)" if point.id in asked else ""
        lines += [f"  {number}. {point.title}{mark}", f"     Ask: {point.probe}"]
    if instance.question.follow_ups:
        lines += ["Further follow-ups:", *(f"  {one}" for one in instance.question.follow_ups)]
    return lines


def anchors_view(points: Collection[tuple[int, Point]]) -> list[str]:
    """What a 1, a 3 and a 5 sound like.

    Args:
        points: numbers and points.
    """
    lines = []
    for number, point in points:
        lines.append(f"  {number}. {point.title}")
        if point.anchors is None:
            lines.append("     no anchors")
            continue
        for mark, text in point.anchors.model_dump(by_alias=True).items():
            lines.append(f"     {mark}: {text}")
    return lines or ["This question has no anchors."]


def suggestion_view(
    screen: Screen, instance: Instance, grade: Grade, asked: Collection[str]
) -> list["RenderableType"]:
    """What the machine suggests, and which follow-up is there for each point that is missing.

    Args:
        screen: decides between rich and plain.
        instance: what was asked.
        grade: the suggestion.
        asked: points whose follow-up was asked.
    """
    head = "What the machine suggests; it advises, you decide when you rate"
    parts: list[RenderableType] = [Text(head, style="bold")]
    for number, point in enumerate(grade.points, start=1):
        parts += _point(screen, instance, number, point, asked)
    missing = [
        str(number)
        for number, point in enumerate(grade.points, start=1)
        if point.verdict is not Verdict.MET
    ]
    if instance.rubric:
        words = f"Still missing or in doubt: {', '.join(missing)}" if missing else "None is missing"
        parts.append(Text(words, style="bold"))
    parts += [Text(safe(f"  {reason}"), style="magenta") for reason in grade.review]
    return [*parts, ""]


def _point(
    screen: Screen, instance: Instance, number: int, point: PointGrade, asked: Collection[str]
) -> list["RenderableType"]:
    mark, words, colour = LOOKS[point.verdict]
    known = instance.rubric.point(point.id) if instance.rubric else None
    line = Text("  ")
    if not screen.plain:
        line.append(f"{mark} ", style=colour)
    line.append(f"{number}. {safe(known.title if known else 'The answer')}: ")
    line.append(words, style=f"bold {colour}")
    if point.probability is not None:
        line.append(f" (probability {point.probability:.2f})")
    if known is None:
        if instance.right is not None:
            line.append(f" (right: {spell(instance.right)})")
        return [line]
    parts: list[RenderableType] = [line]
    if point.evidence and point.verdict is not Verdict.NOT_MET:
        parts.append(Text(f'     "{clip(point.evidence.text)}"', style="italic"))
    if point.verdict is not Verdict.MET:
        done = "asked" if point.id in asked else f"/probe {number}"
        parts.append(Text(f"     Ask: {safe(known.probe)} ({done})", style="cyan"))
    return parts


def transcript_view(said: Transcript, speaker: str, taken: Collection[Turn]) -> list[str]:
    """What was taken from a transcript, and what was not."""
    lines = []
    for turn in taken:
        words = len(turn.text.split())
        where = "the question on screen" if turn.question is None else f"question {turn.question}"
        lines.append(f"{said.shown}:{turn.line}: {words} words of {speaker} to {where}")
    others = [f"{name} ({turns})" for name, turns in said.speakers.items()]
    lines.append(f"Speakers and turns: {', '.join(others)}; only {speaker}'s are graded.")
    if said.unlabelled:
        lines.append(f"{said.unlabelled} lines before the first label belong to nobody.")
    if said.marked and any(turn.question is None for turn in said.turns):
        lines.append("What was said before the first question's line is left out.")
    return lines

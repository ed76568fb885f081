"""How a grade looks: verdicts, evidence in the person's own text, feedback and the sum."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grader.grade import Grade, PointGrade
from grader.rubric import Rubric
from grader.verdict import Verdict
from questionbank.cli.render import Screen, Text, safe
from questionbank.instance import Instance
from questionbank.numeric import spell
from questionbank.question import ChoiceTask, NumericTask
from questionbank.scoring import chosen_options, feedback

if TYPE_CHECKING:
    from rich.console import RenderableType

LOOKS = {
    Verdict.MET: ("✔", "met", "green"),
    Verdict.PARTIAL: ("◐", "half met", "yellow"),
    Verdict.NOT_MET: ("✘", "not met", "red"),
    Verdict.CONTRADICTED: ("✘", "contradicted", "red"),
    Verdict.NEEDS_REVIEW: ("?", "a person should look", "magenta"),
}
"""How a verdict looks: a mark, words, a colour."""
_MARKED = frozenset(Verdict) - {Verdict.NOT_MET}
"""Verdicts whose evidence is shown in place; a point that is not met rests on no sentence."""


def grade_view(
    screen: Screen,
    instance: Instance,
    answer: str,
    grade: Grade,
    *,
    solution: bool = True,
    remarks: Mapping[str, str] | None = None,
) -> list["RenderableType"]:
    """A grade for the person who answered.

    Args:
        screen: decides between rich and plain.
        instance: what was asked.
        answer: the answer as given.
        grade: how it was judged.
        solution: whether to show the model answer below.
        remarks: something to say below a point, by its id.
    """
    parts: list[RenderableType] = ["", Text("Verdicts", style="bold")]
    for number, point in enumerate(grade.points, start=1):
        parts += _point(point, number, instance.rubric, screen)
        if remarks and point.id in remarks:
            parts.append(Text(f"     {safe(remarks[point.id])}", style="cyan"))
    parts += _closed(instance, answer)
    parts += ["", _sum(grade)]
    parts += [Text(safe(f"  {reason}"), style="magenta") for reason in grade.review]
    marked = any(point.evidence and point.verdict in _MARKED for point in grade.points)
    if marked and instance.rubric:
        parts += ["", Text("Your answer", style="bold"), marked_answer(answer, grade, screen)]
    if solution and instance.model_answer:
        parts += ["", Text("A model answer", style="bold"), screen.markdown(instance.model_answer)]
    parts.append("")
    return parts


def _point(
    point: PointGrade, number: int, rubric: Rubric | None, screen: Screen
) -> list["RenderableType"]:
    mark, words, colour = LOOKS[point.verdict]
    title = rubric.point(point.id).title if rubric else "Your answer"
    earned = "undecided" if point.points is None else spell(point.points)
    sure = "" if point.probability is None else f", probability {point.probability:.2f}"
    line = Text("  ")
    if not screen.plain:
        line.append(f"{mark} ", style=colour)
    line.append(f"{number}. {safe(title)}: ")
    line.append(words, style=f"bold {colour}")
    line.append(f" ({earned} of {spell(point.max_points)}{sure})")
    parts: list[RenderableType] = [line]
    if point.evidence and rubric:
        nearest = "" if point.verdict in _MARKED else "nearest: "
        parts.append(Text(f'     {nearest}"{clip(point.evidence.text)}"', style="italic"))
    if point.exemplar and point.verdict in (Verdict.MET, Verdict.PARTIAL):
        parts.append(Text(f"     like: {clip(point.exemplar)}", style="dim"))
    if point.counterexample and point.verdict is Verdict.CONTRADICTED:
        parts.append(Text(f"     like the near miss: {clip(point.counterexample)}", style="dim"))
    if rubric and point.verdict is not Verdict.NEEDS_REVIEW:
        said = rubric.point(point.id).feedback
        met = point.verdict is Verdict.MET
        parts.append(Text(f"     {safe(said.met if met else said.missed)}"))
    return parts


def _closed(instance: Instance, answer: str) -> list["RenderableType"]:
    """What there is to say about a number or a choice."""
    task = instance.task
    if isinstance(task, NumericTask):
        hint = feedback(instance, answer)
        return [Text(f"     {safe(hint)}")] if hint else []
    if isinstance(task, ChoiceTask):
        chosen, _ = chosen_options(task, answer)
        lines: list[RenderableType] = []
        for option in task.options:
            truth = "right" if option.correct else "wrong"
            yours = "chosen" if option.id in chosen else "not chosen"
            good = (option.id in chosen) == option.correct
            head = f"     {option.id}) is {truth}, {yours}: "
            text = Text(head, style="green" if good else "red")
            text.append(safe(option.why), style="default")
            lines.append(text)
        return lines
    return []


def _sum(grade: Grade) -> Text:
    text = Text(f"Score: {spell(grade.score)} of {spell(grade.max_score)}", style="bold")
    if grade.undecided:
        count = len(grade.undecided)
        points = "point waits" if count == 1 else "points wait"
        text.append(f" so far; {count} {points} for a person")
    decided = [spell(p.points) for p in grade.points if p.points is not None]
    if len(decided) > 1:
        text.append(f"  ({' + '.join(decided)})", style="not bold")
    if grade.flags:
        text.append(f"  Flags: {', '.join(grade.flags)}", style="magenta")
    return text


def marked_answer(answer: str, grade: Grade, screen: Screen) -> Text:
    """The answer with each point's evidence marked by the point's number."""
    spans = sorted(
        (point.evidence.start, point.evidence.end, number, LOOKS[point.verdict][2])
        for number, point in enumerate(grade.points, start=1)
        if point.evidence and point.verdict in _MARKED
    )
    marks: dict[tuple[int, int], tuple[list[int], str]] = {}
    for start, end, number, colour in spans:
        marks.setdefault((start, end), ([], colour))[0].append(number)
    text, at = Text(), 0
    for (start, end), (numbers, colour) in marks.items():
        label = ",".join(str(number) for number in numbers)
        if start < at:  # two points rest on overlapping spans: name the second where it ends
            if end > at:
                text.append(safe(answer[at:end]), style=f"underline {colour}")
                at = end
            text.append(f"[{label}]", style=f"bold {colour}")
            continue
        text.append(safe(answer[at:start]))
        if screen.plain:
            text.append("[")
        text.append(safe(answer[start:end]), style=f"underline {colour}")
        text.append(f" = {label}]" if screen.plain else f"[{label}]", style=f"bold {colour}")
        at = end
    text.append(safe(answer[at:]))
    return text


def clip(text: str, width: int = 160) -> str:
    """The beginning of a text on one line, safe to print."""
    flat = " ".join(safe(text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"

"""One answer in the panel's report: what was said, highlighted where verdicts rest on it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from grader.verdict import Verdict
from questionbank.attempt import Answer
from questionbank.compare import Place
from questionbank.exports.layout import number as spelled
from questionbank.exports.packet_asking import competency, head_cells
from questionbank.exports.packet_document import (
    Block,
    Blocks,
    Box,
    Cell,
    Column,
    Heading,
    Listing,
    Paragraph,
    Table,
    Tone,
    cell,
    line,
    words,
)
from questionbank.exports.packet_text import Evidence, markdown_blocks, marked_blocks
from questionbank.instance import Instance
from questionbank.review import EffectiveGrade, EffectivePoint

MAX_ANSWER = 12_000
"""Characters of an answer that a report shows."""
VERDICTS = {
    Verdict.MET: "met",
    Verdict.PARTIAL: "half met",
    Verdict.NOT_MET: "not met",
    Verdict.CONTRADICTED: "contradicted",
    Verdict.NEEDS_REVIEW: "open",
}
"""Verdicts in words."""


class Said(NamedTuple):
    """What one person says of one point."""

    place: Place
    rater: str
    verdict: Verdict
    reason: str | None


def answer_blocks(
    number: int,
    instance: Instance,
    answer: Answer | None,
    grade: EffectiveGrade | None,
    said: Sequence[Said],
    earned: Mapping[str, float | None] | None,
    *,
    erased: bool,
) -> Blocks:
    """Lay one answer out.

    Args:
        number: of the step, from 1.
        instance: what was asked.
        answer: what was said; None if nothing was.
        grade: as it counts; None if there is none.
        said: what people say of its points.
        earned: points by point where several raters' marks count; None where the grade does.
        erased: whether the words were erased on request.
    """
    question = instance.question
    part = f", part {instance.part}" if instance.part else ""
    found: list[Block] = [
        Heading(
            level=2,
            number=str(number),
            text=f"{question.title}{part}",
            aside=competency(question.strategy),
        ),
        Box(tone=Tone.ASK, title="Asked", blocks=markdown_blocks(instance.prompt)),
    ]
    found.append(_said(answer, grade, erased=erased))
    if grade is None and not said:
        if answer is not None:
            found.append(line(words("This answer is not graded.", emphasis=True)))
        return tuple(found)
    found.append(_points(instance, grade, said, earned))
    found += _reasons(instance, grade, said)
    return tuple(found)


def _said(answer: Answer | None, grade: EffectiveGrade | None, *, erased: bool) -> Box:
    if erased:
        blocks: Blocks = (line(words("The answer was erased on request.", emphasis=True)),)
    elif answer is None or not answer.text.strip():
        blocks = (line(words("No answer.", emphasis=True)),)
    else:
        evidence = [
            Evidence(point.machine.evidence.start, point.machine.evidence.end, str(at))
            for at, point in enumerate(grade.points if grade else (), start=1)
            # What is merely nearest to a point that is not met is evidence of nothing.
            if point.machine.evidence and point.machine.verdict is not Verdict.NOT_MET
        ]
        blocks = marked_blocks(answer.text, evidence, MAX_ANSWER)
    time = f" · {answer.seconds / 60:.0f} min" if answer else ""
    return Box(tone=Tone.ANSWER, title=f"Said{time}", blocks=blocks)


def _points(
    instance: Instance,
    grade: EffectiveGrade | None,
    said: Sequence[Said],
    earned: Mapping[str, float | None] | None,
) -> Table:
    """One row a point: the machine's verdict, people's beside it, and what counts."""
    machine = {one.machine.id: one for one in grade.points} if grade else {}
    weights = _weights(instance, grade)
    if earned is None:
        earned = {name: point.points for name, point in machine.items()}
    rows = [
        (
            cell(f"{at}\u2002{_title(instance, name)}"),
            _machine(machine.get(name)),
            cell(_people(name, machine.get(name), said)),
            cell(f"{_points_of(earned.get(name))} of {spelled(weight)}"),
        )
        for at, (name, weight) in enumerate(weights.items(), start=1)
    ]
    known = [points for points in earned.values() if points is not None]
    total = f"{_points_of(sum(known))} of {spelled(sum(weights.values()))}"
    last = (cell(words("Together", strong=True)), Cell(), Cell(), cell(words(total, strong=True)))
    return Table(
        caption=f"Verdicts on “{instance.question.title}”",
        columns=(
            Column(share=7),
            Column(share=6.2),
            Column(share=5),
            Column(share=3, align="right"),
        ),
        head=head_cells("Point", "Machine", "People", "Points"),
        rows=(*rows, last),
        row_heads=True,
    )


def _weights(instance: Instance, grade: EffectiveGrade | None) -> dict[str, float]:
    """What each point can earn, in order."""
    if instance.rubric:
        return {point.id: point.weight for point in instance.rubric.points}
    return {one.machine.id: one.machine.max_points for one in grade.points} if grade else {}


def _title(instance: Instance, name: str) -> str:
    points = instance.rubric.points if instance.rubric else ()
    titles = {one.id: one.title for one in points}
    return titles.get(name, "The answer" if not points else name)


def _machine(point: EffectivePoint | None) -> Cell:
    if point is None:
        return cell("–")
    sure = point.machine.probability
    text = VERDICTS[point.machine.verdict]
    if sure is None:
        return cell(text)
    return cell(text, words(f" ({sure:.0%} likely met)", muted=True))


def _people(name: str, point: EffectivePoint | None, said: Sequence[Said]) -> str:
    found = [f"{one.rater}: {VERDICTS[one.verdict]}" for one in said if one.place.point == name]
    if not found and point and point.override:
        found = [VERDICTS[point.override.verdict]]
    return "; ".join(found) or "–"


def _points_of(points: float | None) -> str:
    return "open" if points is None else f"{round(points, 2):g}"


def _reasons(
    instance: Instance, grade: EffectiveGrade | None, said: Sequence[Said]
) -> Iterable[Block]:
    """What people give as their reasons, and why the machine wants somebody to look."""
    numbers = {name: at for at, name in enumerate(_weights(instance, grade), start=1)}
    reasons = [one for one in said if one.reason and one.place.point in numbers]
    if reasons:
        yield Listing(
            items=tuple(
                (
                    line(
                        words(
                            f"{numbers[one.place.point]} {_title(instance, one.place.point)}: ",
                            strong=True,
                        ),
                        f"{VERDICTS[one.verdict]} by {one.rater}: {one.reason}",
                    ),
                )
                for one in sorted(reasons, key=lambda one: numbers[one.place.point])
            )
        )
    if grade and (looks := grade.as_grade().review):
        yield _small(f"Why a person should look: {' '.join(looks)}")
    if grade and grade.machine.flags:
        names = ", ".join(flag.value.replace("_", " ") for flag in grade.machine.flags)
        yield _small(f"Said of the whole answer: {names}.")


def _small(text: str) -> Paragraph:
    return line(text, small=True)


__all__: Sequence[str] = ["MAX_ANSWER", "VERDICTS", "Said", "answer_blocks"]

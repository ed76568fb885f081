"""The panel's report: what came of interviews, with evidence, and where judgements differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.verdict import Verdict
from questionbank.attempt import Answer, AttemptRecord, GradeRecord
from questionbank.compare import Place, Scorecard
from questionbank.exports.packet_answers import Said, answer_blocks
from questionbank.exports.packet_asking import competency, head_cells
from questionbank.exports.packet_differences import difference_blocks
from questionbank.exports.packet_document import (
    Bar,
    Block,
    Blocks,
    Box,
    Chart,
    Column,
    Fact,
    Facts,
    Heading,
    PacketDocument,
    PageBreak,
    Reader,
    Span,
    Table,
    Tone,
    cell,
    line,
    words,
)
from questionbank.instance import Instance
from questionbank.interview import InterviewState, restore
from questionbank.interview_event import EventKind
from questionbank.packet import Packet
from questionbank.panel import Interviewed, joined
from questionbank.readiness import Grades, Readiness, readiness
from questionbank.review import EffectiveGrade, effective

_ADVICE = (
    "The machine’s verdicts are suggestions, each with the words it rests on. The score sums up "
    "what is decided; it is advice, and people decide."
)


@dataclass(frozen=True)
class Held:
    """One interview as it was held and rated."""

    packet: Packet
    record: AttemptRecord
    instances: Sequence[Instance]
    """One for each step of the attempt."""
    said: tuple[Said, ...] = ()
    """What people say of points of rubrics."""
    joined: Grades | None = None
    """Grades by the mean of raters' marks; None where the machine's with overrides count."""

    @cached_property
    def cards(self) -> tuple[Scorecard, ...]:
        """A scorecard for each of the people, in order of their names."""
        marks: dict[str, dict[Place, Verdict]] = {}
        for one in self.said:
            marks.setdefault(one.rater, {})[one.place] = one.verdict
        return tuple(Scorecard(rater=name, marks=given) for name, given in sorted(marks.items()))

    @cached_property
    def state(self) -> InterviewState:
        """How it went."""
        return restore(self.record, self.packet.minutes)

    @property
    def name(self) -> str:
        """The candidate's pseudonym."""
        begun = next((e for e in self.record.events if e.kind is EventKind.BEGUN), None)
        return (begun and begun.pseudonym) or f"interview {self.record.attempt.id[:8]}"

    def answer(self, position: int) -> Answer | None:
        """What was said on a step, if its answer is closed."""
        return next((one for one in self.record.answers if one.position == position), None)

    def graded(self, position: int) -> GradeRecord | None:
        """The grade of a step that counts."""
        answer = self.answer(position)
        return self.record.grade_of(answer.id) if answer else None

    def grade(self, position: int) -> EffectiveGrade | None:
        """The same with people's verdicts over it."""
        graded = self.graded(position)
        return effective(self.record, graded) if graded else None

    @cached_property
    def readiness(self) -> Readiness:
        """What it comes to."""
        if self.joined is not None:
            return readiness(self.packet, self.joined)
        found: dict[str, list[EffectiveGrade | None]] = {}
        for at, step in enumerate(self.record.attempt.steps):
            found.setdefault(step.question.id, []).append(self.grade(at))
        return readiness(self.packet, found)

    def earned(self, position: int) -> Mapping[str, float | None] | None:
        """Points by point of a step where raters' marks count; None where they do not."""
        instance = self.instances[position]
        if self.joined is None or instance.rubric is None:
            return None
        same = [at for at, one in enumerate(self.instances) if one.question == instance.question]
        grade = self.joined[instance.question.id][same.index(position)]
        if grade is None:
            return None
        names = (point.id for point in instance.rubric.points)
        return {name: point.points for name, point in zip(names, grade.points, strict=True)}

    @property
    def places(self) -> tuple[Place, ...]:
        """Every point of every step, in order."""
        return tuple(
            Place(instance.key, point.id)
            for instance in self.instances
            if instance.rubric
            for point in instance.rubric.points
        )

    @property
    def machine(self) -> Mapping[Place, Verdict]:
        """What the machine suggested, of the points of rubrics."""
        known = set(self.places)
        found = {}
        for at, instance in enumerate(self.instances):
            if graded := self.graded(at):
                for point in graded.grade.points:
                    if (place := Place(instance.key, point.id)) in known:
                        found[place] = point.verdict
        return found


def held_as_rated(found: Interviewed) -> Held:
    """An interview with what its raters say, or, where nobody has rated, with overrides."""
    record, steps = found.record, found.steps
    known = {Place(one.key, point.id) for one in steps if one.rubric for point in one.rubric.points}
    if not found.raters:
        return Held(found.packet, record, steps, _said_in_overrides(record, steps, known))
    said = tuple(
        Said(named, rater.name, mark.as_verdict, mark.reason)
        for rater in found.raters
        for place, mark in found.marks[rater.id].items()
        if (named := Place(steps[place.position].key, str(place.point_id))) in known
    )
    grades = joined(found, list(found.marks.values()))
    return Held(found.packet, record, steps, said, grades)


def _said_in_overrides(
    record: AttemptRecord, steps: Sequence[Instance], known: set[Place]
) -> tuple[Said, ...]:
    """Verdicts that people gave over the machine's; of several by one on a point the last."""
    keys = {one.id: steps[one.position].key for one in record.answers}
    found: dict[tuple[str, Place], Said] = {}
    for override in record.overrides:
        place = Place(keys.get(override.answer_id, ""), override.point_id)
        name = override.author or "somebody"
        if place in known:
            found[name, place] = Said(place, name, override.verdict, override.reason)
    return tuple(found.values())


def panel_document(packet: Packet, held: Sequence[Held]) -> PacketDocument:
    """Lay out what came of interviews that were held by the same packet.

    Args:
        packet: what was planned.
        held: one interview at least, in the order in which they are shown.
    """
    count = "one interview" if len(held) == 1 else f"{len(held)} interviews"
    moments = [event.at for one in held for event in one.record.events]
    body: list[Block] = []
    for one in held:
        body += _interview(one, alone=len(held) == 1)
    return PacketDocument(
        reader=Reader.PANEL,
        title=packet.title,
        kind=f"Panel report on {count}",
        footer=f"{packet.title} · Panel report · {packet.id} · confidential",
        date=max(moments, default=None),
        cover=(
            Box(tone=Tone.NOTICE, title="Advice, not a decision", blocks=(line(_ADVICE),)),
            Heading(level=1, text="In short"),
            _overview(held),
            *_competencies(packet, held),
        ),
        body=tuple(body),
    )


def _overview(held: Sequence[Held]) -> Table:
    rows = []
    for one in held:
        found = one.readiness
        advice = found.advice.value if found.advice else "none defined"
        sure = "" if found.advice is None or found.firm else ", not firm"
        rows.append(
            (
                cell(one.name),
                cell(words(_score(found.score), strong=True)),
                cell(f"{found.low:.0f} to {found.high:.0f}"),
                cell(f"{advice}{sure}"),
                cell(str(found.open_points)),
            )
        )
    return Table(
        caption="Readiness by candidate, 0 to 100",
        columns=(
            Column(share=6),
            Column(share=3, align="right"),
            Column(share=3, align="right"),
            Column(share=5),
            Column(share=3, align="right"),
        ),
        head=head_cells("Candidate", "Readiness", "95% range", "Advice", "Open points"),
        rows=tuple(rows),
        row_heads=True,
    )


def _score(score: float | None) -> str:
    return "open" if score is None else f"{score:.0f}"


def _competencies(packet: Packet, held: Sequence[Held]) -> Blocks:
    """Candidates side by side; nothing where there is only one."""
    if len(held) < 2:
        return ()
    total = sum(one.weight for one in packet.competencies)
    rows = []
    for at, one in enumerate(packet.competencies):
        shares = (held_one.readiness.competencies[at].share.value for held_one in held)
        marks = (_score(None if share is None else 100 * share) for share in shares)
        rows.append(
            (
                cell(competency(one.strategy)),
                cell(f"{one.weight / total:.0%}"),
                *(cell(mark) for mark in marks),
            )
        )
    return (
        Heading(level=2, text="Competencies side by side"),
        Table(
            caption="Score of each competency by candidate, 0 to 100",
            columns=(
                Column(share=6),
                Column(share=2.4, align="right"),
                *(Column(share=4, align="right") for _ in held),
            ),
            head=head_cells("Competency", "Counts", *(one.name for one in held)),
            rows=tuple(rows),
            row_heads=True,
        ),
    )


def _interview(one: Held, *, alone: bool) -> Blocks:
    head: tuple[Block, ...] = (
        *(() if alone else (PageBreak(),)),
        Heading(level=1, text=one.name),
        Facts(facts=tuple(_facts(one))),
        _chart(one),
        line(words("How the score comes about. ", strong=True), one.readiness.arithmetic),
    )
    body: list[Block] = [*head, *_open(one)]
    body.append(Heading(level=2, text="Where judgements differ"))
    body += difference_blocks(one.places, one.cards, one.machine, one.instances)
    for at, instance in enumerate(one.instances):
        body += answer_blocks(
            at + 1,
            instance,
            one.answer(at),
            one.grade(at),
            [said for said in one.said if said.place.step == instance.key],
            one.earned(at),
            erased=bool((said := one.answer(at)) and said.id in one.record.erased),
        )
    return tuple(body)


def _facts(one: Held) -> list[Fact]:
    state, begun = one.state, one.record.attempt.started
    spent = sum((time.total_seconds() for _, time in state.spent), 0.0) / 60
    extra = state.extra.total_seconds() / 60
    texts = {
        "Held": f"{begun:%Y-%m-%d}, interview {one.record.attempt.id[:8]}",
        "Time": f"{spent:.0f} of {one.packet.minutes} minutes"
        + (f", and {extra:g} minutes of extra time given" if extra else ""),
        "Answered": f"{len(one.record.answers)} of {len(one.record.attempt.steps)}"
        + ("" if one.record.finished else "; the interview is not closed"),
        "Rated by": ", ".join(card.rater for card in one.cards) or "nobody yet but the machine",
    }
    return [Fact(name=name, spans=(Span(text=text),)) for name, text in texts.items()]


def _chart(one: Held) -> Chart:
    total = sum(score.weight for score in one.readiness.competencies)
    bars = []
    for score in one.readiness.competencies:
        share = score.share
        bars.append(
            Bar(
                label=competency(score.strategy),
                value=None if share.value is None else 100 * share.value,
                low=100 * share.low,
                high=100 * share.high,
                note=f"{score.weight / total:.0%}",
            )
        )
    return Chart(
        caption=f"Competencies of {one.name}, 0 to 100. The range says where the value can come to "
        "once open points are decided.",
        first="Competency",
        note_head="Counts",
        bars=tuple(bars),
    )


def _open(one: Held) -> Blocks:
    found = one.readiness
    if not found.open_points and not found.unjudged:
        return ()
    said = []
    if found.open_points:
        count = "1 point waits" if found.open_points == 1 else f"{found.open_points} points wait"
        said.append(f"{count} for a person’s verdict.")
    if found.unjudged:
        said.append(f"Not graded, or only in part: {', '.join(found.unjudged)}.")
    return (Box(tone=Tone.NOTICE, title="Still open", blocks=(line(" ".join(said)),)),)

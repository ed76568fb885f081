"""The interviewer's guide: how to lead, what to ask, what to listen for, and the scorecard."""

from collections.abc import Sequence

from questionbank.exports.item import Build, Item, item_of
from questionbank.exports.packet_asking import (
    LETTERS,
    asked_blocks,
    competency,
    contents_table,
    part_heading,
    question_heading,
    shared_blocks,
)
from questionbank.exports.packet_document import (
    Block,
    Blocks,
    Box,
    Fact,
    Facts,
    Heading,
    Listing,
    PacketDocument,
    PageBreak,
    Reader,
    Span,
    Tone,
    line,
    listing,
    words,
)
from questionbank.exports.packet_points import point_blocks, scorecard, summary_scorecard
from questionbank.exports.packet_text import markdown_blocks
from questionbank.instance import Instance
from questionbank.numeric import spell
from questionbank.packet import Packet
from questionbank.question import Kind

_BEFORE = (
    "Read the questions, the exhibits and the points. Print the candidate’s sheet; this guide "
    "stays with you.",
    "Set a clock. The plan below says when each question should begin.",
)
_DURING = (
    "Ask every candidate the same questions, in this order, in these words.",
    "When a point is missing, ask its probe as written, once. Give no hints beyond it.",
    "Write down what was said, not what you think of it.",
    "Record extra time, and why it was given. It does not lower a rating.",
)
_AFTER = (
    "Rate each point by its anchors, 1 to 5, before you talk to anybody and before you look at "
    "what the program suggests.",
    "Rate one point at a time: a strong answer to one does not lift the next.",
    "Give a reason with each rating, in the candidate’s words.",
    "Then compare. What the program suggests is one more opinion; people decide.",
)
_OPENING = (
    "Thank you for coming. I will ask you a few questions, the same ones that everybody is asked, "
    "in the same order. Take your time; you may ask what a word means, put a question off, and "
    "come back to it. I take down what you say. A program may compare it with what good answers "
    "cover; people read it and decide. Do you need anything before we begin?"
)
_KEEP = "This guide holds the rubric. Keep it from candidates, on paper and on screen."


def guide_document(packet: Packet, instances: Sequence[Instance]) -> PacketDocument:
    """Lay out everything that it takes to lead and to rate an interview.

    Args:
        packet: as planned.
        instances: all that it asks, with the texts that it pins, in order.
    """
    body: list[Block] = []
    for number, item in enumerate(packet.items, start=1):
        some = [one for one in instances if one.question.id == item.question.id]
        body += _question(packet, number, some)
    body += (PageBreak(), Heading(level=1, text="Scorecard"), *summary_scorecard(packet))
    return PacketDocument(
        reader=Reader.INTERVIEWER,
        title=packet.title,
        kind="Interviewer’s guide",
        footer=f"{packet.title} · Interviewer’s guide · {packet.id} · confidential",
        cover=(*_cover(packet), *_plan(packet)),
        body=tuple(body),
    )


def _cover(packet: Packet) -> Blocks:
    people = ", ".join(one.value.replace("-", " ") for one in packet.audience)
    origin = str(packet.blueprint) if packet.blueprint else "planned by role, level and time"
    facts = {
        "For": f"{people}, {packet.level}",
        "Time": f"{packet.minutes} minutes, {packet.planned} of them planned",
        "Drawn by": f"{origin}, seed {packet.seed}",
        "Packet": packet.id,
    }
    return (
        Box(tone=Tone.NOTICE, title="For interviewers only", blocks=(line(_KEEP),)),
        Facts(
            facts=tuple(Fact(name=name, spans=(Span(text=text),)) for name, text in facts.items())
        ),
        Heading(level=1, text="How to lead the interview"),
        Heading(level=2, text="Before"),
        listing(*_BEFORE),
        Heading(level=2, text="During"),
        listing(*_DURING),
        Heading(level=2, text="Afterwards"),
        listing(*_AFTER),
    )


def _plan(packet: Packet) -> Blocks:
    rows, clock = [], 0
    for at, item in enumerate(packet.items, start=1):
        begins, clock = clock, clock + item.minutes
        rows.append((str(at), item.title, competency(item.strategy), f"{begins}–{clock}"))
    table = contents_table(
        "The questions, and when each begins and ends, in minutes",
        ("No.", "Question", "Competency", "Clock"),
        rows,
        (1, 10, 5, 2.2),
    )
    return (
        PageBreak(),
        Heading(level=1, text="The plan"),
        table,
        *weights_blocks(packet),
        Box(tone=Tone.ASK, title="Say at the start", blocks=(line(_OPENING),)),
    )


def weights_blocks(packet: Packet) -> Blocks:
    """What each competency counts, why, and where advice changes."""
    total = sum(one.weight for one in packet.competencies)
    shares = ", ".join(
        f"{competency(one.strategy)} {one.weight / total:.0%}" for one in packet.competencies
    )
    found: list[Block] = [line(words("What counts how much. ", strong=True), f"{shares}.")]
    if packet.weights_reason:
        found.append(line(words("Why. ", strong=True), packet.weights_reason))
    if rule := packet.recommendation:
        found.append(
            line(
                words("Where advice changes. ", strong=True),
                f"Below {100 * rule.decline:g} of 100 to decline, from {100 * rule.advance:g} on "
                "to advance, in between to talk it over. It is advice; people decide.",
            )
        )
    return tuple(found)


def _question(packet: Packet, number: int, some: Sequence[Instance]) -> Blocks:
    items = [item_of(one, Build.AUTHOR) for one in some]
    strategy = some[0].question.strategy
    found: list[Block] = [*question_heading(number, items, competency(strategy))]
    found += _purpose(packet, strategy, some)
    found += shared_blocks(items)
    for at, (one, item) in enumerate(zip(some, items, strict=True)):
        found += part_heading(items, at)
        found.append(Box(tone=Tone.ASK, title="Ask", blocks=asked_blocks(item)))
        found += _expected(one, item)
        if one.rubric:
            found += point_blocks(one.rubric)
        if item.model_answer:
            inside = markdown_blocks(item.model_answer)
            title = "Worked solution" if item.kind is Kind.NUMERIC else "A very good answer"
            found.append(Box(tone=Tone.MODEL, title=title, blocks=inside))
    if items[0].case_answer:
        inside = markdown_blocks(items[0].case_answer)
        found.append(Box(tone=Tone.MODEL, title="A very good answer to the case", blocks=inside))
    if items[0].follow_ups:
        found.append(Heading(level=2, text="If there is time, ask further"))
        found.append(_markdown_listing(items[0].follow_ups))
    for at, (one, item) in enumerate(zip(some, items, strict=True)):
        part = f", part {at + 1}" if item.part else ""
        found += scorecard(one.rubric, f"Scorecard: question {number}{part}")
    pins = next(item for item in packet.items if item.question.id == some[0].question.id)
    texts = "; ".join([str(pins.question), *(f"rubric {pin}" for pin in pins.rubrics)])
    found.append(line(words(f"Pinned: {texts}", muted=True), small=True))
    return tuple(found)


def _markdown_listing(texts: Sequence[str]) -> Block:
    """A list of short Markdown texts."""
    return Listing(items=tuple(markdown_blocks(text) for text in texts))


def _purpose(packet: Packet, strategy: str, some: Sequence[Instance]) -> Blocks:
    """Why it is asked: the competency, its part in the score, and what to listen for."""
    total = sum(one.weight for one in packet.competencies)
    weight = next(one.weight for one in packet.competencies if one.strategy == strategy)
    alike = sum(item.strategy == strategy for item in packet.items)
    count = f", which {alike} questions share" if alike > 1 else ""
    points = [point.title for one in some if one.rubric for point in one.rubric.points]
    hear = f" Listen for: {'; '.join(points)}." if points else ""
    return (
        line(
            words("Purpose. ", strong=True),
            f"Shows {competency(strategy).lower()}: {weight / total:.0%} of the score{count}."
            f"{hear}",
        ),
    )


def _expected(one: Instance, item: Item) -> Blocks:
    """What is right, where there is one right answer."""
    if item.kind is Kind.CHOICE:
        rows = [
            Fact(
                name=f"{letter} – {'right' if option.correct else 'wrong'}",
                spans=(Span(text=option.why or ""),),
            )
            for letter, option in zip(LETTERS, item.options, strict=False)
        ]
        return (Heading(level=2, text="What is right"), Facts(facts=tuple(rows)))
    if item.kind is not Kind.NUMERIC or item.value is None:
        return ()
    off = f", give or take {spell(item.tolerance)}" if item.tolerance else ""
    right = line(words(f"{spell(item.value)} {item.unit or ''}".strip(), strong=True), off)
    found: list[Block] = [Heading(level=2, text="What is right"), right]
    if item.mistakes:
        wrong = tuple(
            Fact(name=spell(wrong.value), spans=(Span(text=wrong.feedback),))
            for wrong in item.mistakes
        )
        found += [
            Heading(level=2, text="Wrong numbers, and what they come from"),
            Facts(facts=wrong),
        ]
    return tuple(found)

"""Plans an interview: draws a packet by a blueprint, or by role, level and minutes; changes it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.canonical import digest
from questionbank.bank import Bank
from questionbank.blueprint import (
    Blueprint,
    BlueprintKind,
    Competency,
    Minutes,
    Recommendation,
    Slot,
)
from questionbank.drawing import draw
from questionbank.errors import UsageError
from questionbank.instance import rubric_ref
from questionbank.packet import MAX_ITEMS, Origin, Packet, PacketItem, Pin
from questionbank.question import Audience, Kind, Level, Question, Status, rubric_ids

_KINDS = (Kind.OPEN, Kind.NUMERIC, Kind.CASE)
"""What an interview by role asks; choosing from a list says little in a conversation."""
_FILLED = 0.75
"""The share of the time that the questions of a packet by role fill at least."""


@dataclass(frozen=True)
class Changes:
    """What a person wants otherwise than it was drawn."""

    swaps: Mapping[str, str] = field(default_factory=dict)
    """Question ids: the one drawn, and the one to ask in its place."""
    adds: Sequence[str] = ()
    """Questions asked after the others."""
    weights: Mapping[str, float] | None = None
    """By competency, all that are asked; None for those of the blueprint, or equal ones."""
    reason: str | None = None
    """Why the weights are as they are; needed where they differ."""
    minutes: int | None = None
    """Of the whole interview; None for the blueprint's most."""


def plan_by_blueprint(
    blueprint: Blueprint, bank: Bank, seed: int, changes: Changes | None = None
) -> Packet:
    """Draw a packet by an interview blueprint.

    Args:
        blueprint: the rule.
        bank: where from.
        seed: decides the draw; the same seed and bank give the same packet.
        changes: what to do otherwise.

    Raises:
        UsageError: it is a path, it cannot be drawn, or a change makes no sound interview.
    """
    if blueprint.kind is not BlueprintKind.INTERVIEW:
        raise UsageError(
            f"blueprint {blueprint.id} is a learning path; `questionbank list --blueprints` "
            "shows the interviews"
        )
    changes = changes or Changes()
    origin = Origin(id=blueprint.id, version=blueprint.version)
    questions = _changed(draw(blueprint, bank, seed), bank, changes)
    competencies, reason = _weighed(questions, changes, blueprint.competencies, origin)
    return _packet(
        bank,
        questions,
        stem=blueprint.id,
        title=blueprint.title,
        origin=origin,
        seed=seed,
        audience=blueprint.audience,
        level=blueprint.level,
        minutes=changes.minutes or blueprint.minutes.max,
        competencies=competencies,
        reason=reason,
        recommendation=blueprint.recommendation,
    )


def plan_by_role(
    role: Audience,
    level: Level,
    minutes: int,
    bank: Bank,
    seed: int,
    changes: Changes | None = None,
) -> Packet:
    """Draw a packet that asks about as many competencies as there is time for.

    Questions are of the level asked for or the one below; no competency is asked twice before
    every other was asked once. Nothing is recommended: only a blueprint says where advice changes.

    Args:
        role: whom the questions must be for.
        level: how much they may ask for.
        minutes: of the whole interview; the questions fill three quarters of it at least.
        bank: where from.
        seed: decides the draw.
        changes: what to do otherwise.

    Raises:
        UsageError: the bank has no such set of questions, or a change makes no sound interview.
    """
    changes = changes or Changes()
    questions = _changed(_draw_balanced(role, level, minutes, bank, seed), bank, changes)
    competencies, reason = _weighed(questions, changes, (), None)
    return _packet(
        bank,
        questions,
        stem=f"{role}-{level}-{minutes}",
        title=f"{role.replace('-', ' ').capitalize()}, {level}, {minutes} minutes",
        origin=None,
        seed=seed,
        audience=(role,),
        level=level,
        minutes=minutes,
        competencies=competencies,
        reason=reason,
        recommendation=None,
    )


def _draw_balanced(
    role: Audience, level: Level, minutes: int, bank: Bank, seed: int
) -> tuple[Question, ...]:
    """Draw by a rule made up on the spot, with as many questions as fit."""
    order = list(Level)
    levels = tuple(order[max(0, order.index(level) - 1) : order.index(level) + 1])
    fitting = [
        q
        for q in bank.questions.values()
        if q.status is Status.ACTIVE
        and bank.gradable(q)
        and role in q.audience
        and Slot(levels=levels, kinds=_KINDS).fits(q)
        and q.minutes <= minutes
    ]
    strategies = sorted({q.strategy for q in fitting})
    # Which competencies are left out where time is short is the seed's choice, not the alphabet's.
    strategies.sort(key=lambda name: digest([seed, name]))
    shortest = min((q.minutes for q in fitting), default=minutes)
    for count in range(min(minutes // shortest, len(fitting), MAX_ITEMS), 0, -1):
        shares = [
            count // len(strategies) + (at < count % len(strategies))
            for at in range(len(strategies))
        ]
        rule = Blueprint(
            id=f"{role}-{level}-{minutes}",
            version="1.0.0",
            kind=BlueprintKind.PATH,
            title="By role",
            description="Made for one draw.",
            audience=(role,),
            level=level,
            minutes=Minutes(min=max(1, int(minutes * _FILLED)), max=minutes),
            draw=tuple(
                Slot(strategies=(name,), levels=levels, kinds=_KINDS, count=share)
                for name, share in zip(strategies, shares, strict=True)
                if share
            ),
        )
        try:
            return draw(rule, bank, seed)
        except UsageError:
            continue
    raise UsageError(
        f"no interview of {minutes} minutes for {role} at level {level} can be drawn from "
        f"{len(fitting)} questions that fit; choose other minutes, another level or a blueprint"
    )


def _changed(drawn: Sequence[Question], bank: Bank, changes: Changes) -> tuple[Question, ...]:
    """Swap and add questions."""
    ids = [question.id for question in drawn]
    for old, new in changes.swaps.items():
        if old not in ids:
            raise UsageError(f"{old} was not drawn; drawn were {', '.join(ids)}")
        ids[ids.index(old)] = _askable(new, bank).id
    for added in changes.adds:
        ids.append(_askable(added, bank).id)
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise UsageError(f"{', '.join(twice)} would be asked twice; choose another question")
    return tuple(bank.question(name) for name in ids)


def _askable(question_id: str, bank: Bank) -> Question:
    """A question that may be put into a packet by hand."""
    question = bank.question(question_id)
    if question.status is not Status.ACTIVE:
        raise UsageError(f"question {question_id} is {question.status}; only active ones are asked")
    if not bank.gradable(question):
        raise UsageError(
            f"the rubric of {question_id} is missing or has problems; "
            "`questionbank check` lists them"
        )
    return question


def _weighed(
    questions: Iterable[Question],
    changes: Changes,
    planned: Sequence[Competency],
    origin: Origin | None,
) -> tuple[tuple[Competency, ...], str | None]:
    """What each competency counts, and why if not all count the same."""
    asked = list(dict.fromkeys(question.strategy for question in questions))
    if changes.weights is None and changes.reason:
        raise UsageError("--reason says why competencies weigh what --weights gives; give both")
    if changes.weights is None:
        given = {one.strategy: one.weight for one in planned} or dict.fromkeys(asked, 1.0)
    else:
        given = dict(changes.weights)
    missing = [name for name in asked if name not in given]
    idle = [name for name in given if name not in asked]
    if missing or idle:
        faults = [f"{name} is asked but not weighed" for name in missing]
        faults += [f"{name} is weighed but not asked" for name in idle]
        every = ",".join(f"{name}=1" for name in asked)
        raise UsageError(f"{'; '.join(faults)}; give every weight, for example --weights {every}")
    competencies = tuple(Competency(strategy=name, weight=given[name]) for name in asked)
    if len({one.weight for one in competencies}) == 1:
        return competencies, changes.reason
    if changes.weights is None:
        return competencies, f"The blueprint {origin} weighs them so."
    if not changes.reason:
        raise UsageError('competencies weigh the same unless a reason is written: --reason "…"')
    return competencies, changes.reason


def _packet(
    bank: Bank,
    questions: Sequence[Question],
    *,
    stem: str,
    title: str,
    origin: Origin | None,
    seed: int,
    audience: tuple[Audience, ...],
    level: Level,
    minutes: int,
    competencies: tuple[Competency, ...],
    reason: str | None,
    recommendation: Recommendation | None,
) -> Packet:
    total = sum(question.minutes for question in questions)
    if len(questions) > MAX_ITEMS:
        raise UsageError(f"{len(questions)} questions; an interview has {MAX_ITEMS} at most")
    if total > minutes:
        raise UsageError(
            f"the questions take {total} minutes, the interview has {minutes}; "
            f"swap one for a shorter one, or give --minutes {total}"
        )
    items = tuple(_item(question, bank) for question in questions)
    weights = [[one.strategy, one.weight] for one in competencies]
    mark = digest([[str(item.question) for item in items], weights, minutes])
    return Packet(
        id=f"{stem.replace('/', '-')[:50]}-{seed}-{mark.removeprefix('sha256:')[:8]}",
        title=title,
        blueprint=origin,
        seed=seed,
        audience=audience,
        level=level,
        minutes=minutes,
        competencies=competencies,
        weights_reason=reason,
        recommendation=recommendation,
        items=items,
    )


def _item(question: Question, bank: Bank) -> PacketItem:
    return PacketItem(
        question=Pin.of(question.ref),
        rubrics=tuple(Pin.of(rubric_ref(bank.rubrics[name])) for name in rubric_ids(question)),
        strategy=question.strategy,
        title=question.title,
        minutes=question.minutes,
    )

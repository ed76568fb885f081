"""Blueprints on the screen: a list of them, and one with what a seed draws."""

from questionbank.blueprint import Blueprint
from questionbank.cli.context import Context
from questionbank.cli.render import Screen, Text, safe
from questionbank.drawing import draw, slot_words
from questionbank.errors import UsageError
from questionbank.filter import Filter
from questionbank.question import Question


def list_blueprints(context: Context, wanted: Filter, *, as_json: bool) -> None:
    """List the blueprints for an audience and a level; an empty field wants all."""
    found = [
        blueprint
        for _, blueprint in sorted(context.bank.blueprints.items())
        if (not wanted.audiences or set(wanted.audiences) & set(blueprint.audience))
        and (not wanted.levels or blueprint.level in wanted.levels)
    ]
    if as_json:
        context.screen.json([_facts(blueprint) for blueprint in found])
    else:
        _show_list(context.screen, found)


def show_blueprint(context: Context, blueprint: Blueprint, seed: int, *, as_json: bool) -> None:
    """Show a blueprint's rule and the questions that one seed draws."""
    screen = context.screen
    drawn: tuple[Question, ...] = ()
    trouble = ""
    try:
        drawn = draw(blueprint, context.bank, seed)
    except UsageError as error:  # its rule is worth seeing all the same
        trouble = str(error)
    if as_json:
        ids = [question.id for question in drawn]
        facts = {**blueprint.model_dump(mode="json"), "seed": seed, "drawn": ids}
        screen.json({**facts, "trouble": trouble or None})
        return
    screen.show(Text(safe(f"{blueprint.title} ({blueprint.id} {blueprint.version})"), style="bold"))
    screen.show(_line(blueprint), "", blueprint.description, "", Text("Draws", style="bold"))
    screen.show(*(f"  {slot_words(slot)}" for slot in blueprint.draw), "")
    if blueprint.competencies:
        total = sum(one.weight for one in blueprint.competencies)
        screen.show(Text("Competencies", style="bold"))
        for one in blueprint.competencies:
            screen.show(f"  {one.strategy}: {one.weight / total:.0%}")
        screen.show("")
    if advice := blueprint.recommendation:
        screen.show(
            f"Advice: advance from {advice.advance:.0%} of the weighted points on, decline below "
            f"{advice.decline:.0%}, talk it over in between. A person decides.",
            "",
        )
    if drawn:
        minutes = sum(question.minutes for question in drawn)
        screen.show(Text(f"Seed {seed} draws {minutes} minutes", style="bold"))
        screen.show(*(f"  {q.id}: {q.title} ({q.minutes} min)" for q in drawn))
    else:
        screen.note(f"{trouble}; `questionbank check` says more")


def _line(blueprint: Blueprint) -> str:
    questions = "question" if blueprint.count == 1 else "questions"
    bounds = blueprint.minutes
    return (
        f"{blueprint.kind}, {blueprint.level}, for {', '.join(blueprint.audience)}: "
        f"{blueprint.count} {questions} in {bounds.min} to {bounds.max} min"
    )


def _facts(blueprint: Blueprint) -> dict[str, object]:
    keep = {"id", "version", "kind", "title", "audience", "level", "minutes"}
    return {**blueprint.model_dump(mode="json", include=keep), "count": blueprint.count}


def _show_list(screen: Screen, found: list[Blueprint]) -> None:
    if not found:
        screen.show("No blueprint matches.")
        return
    if screen.plain or not screen.out_is_terminal:
        for one in found:
            screen.show(f"{one.id}: {one.title} ({_line(one)})")
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Blueprint", "Title", "Kind", "Level", "Questions", "Min"):
        table.add_column(heading, justify="right" if heading in ("Questions", "Min") else "left")
    for one in found:
        count, most = str(one.count), str(one.minutes.max)
        table.add_row(safe(one.id), safe(one.title), one.kind, one.level, count, most)
    screen.show(table)

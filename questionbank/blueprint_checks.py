"""Content rules on blueprints: each can be drawn, and an interview weighs what it asks."""

from collections.abc import Iterator

from questionbank.bank import Bank
from questionbank.blueprint import Blueprint
from questionbank.drawing import draw, pools, shortage
from questionbank.errors import Problem, UsageError
from questionbank.yaml_reader import Path

SEEDS = range(10)
"""Draws tried of each blueprint."""


def blueprints_can_be_drawn(bank: Bank) -> Iterator[Problem]:
    """A blueprint needs enough active questions for every slot, and time for all of them."""
    for blueprint in bank.blueprints.values():
        short = False
        fitting = zip(blueprint.draw, pools(blueprint, bank), strict=True)
        for number, (slot, pool) in enumerate(fitting):
            if len(pool) < slot.count:
                short = True
                message = f"{shortage(number + 1, pool)}, {slot.count} are drawn; widen it"
                yield _problem(bank, blueprint, ("draw", number), "blueprint-slot", message)
        if short:
            continue
        try:
            for seed in SEEDS:
                draw(blueprint, bank, seed)
        except UsageError as error:
            message = f"{error}; widen the slots or the minutes"
            yield _problem(bank, blueprint, ("minutes",), "blueprint-draw", message)


def competencies_are_asked(bank: Bank) -> Iterator[Problem]:
    """A competency that no slot can ask about is never judged, and one left out is not weighed."""
    for blueprint in bank.blueprints.values():
        if not blueprint.competencies:
            continue
        asked = {q.strategy for pool in pools(blueprint, bank) for q in pool}
        named = {one.strategy for one in blueprint.competencies}
        for number, one in enumerate(blueprint.competencies):
            if one.strategy not in asked:
                where = ("competencies", number, "strategy")
                message = f"no slot draws a question of {one.strategy}; add one, or delete this"
                yield _problem(bank, blueprint, where, "competency-not-asked", message)
        for name in sorted(asked - named):
            message = f"questions of {name} may be drawn but weigh nothing; name it here"
            code = "competency-not-weighed"
            yield _problem(bank, blueprint, ("competencies",), code, message)


def _problem(bank: Bank, blueprint: Blueprint, path: Path, code: str, message: str) -> Problem:
    origin, file = bank.blueprint_files[blueprint.id]
    return Problem(origin.shown, file.document.line(path), code, message)

"""`questionbank interview plan`: a packet of questions, drawn and written into one file."""

import math
from pathlib import Path
from typing import Any

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.render import Screen
from questionbank.errors import UsageError
from questionbank.packet import MAX_MINUTES, Packet
from questionbank.packet_source import save_packet
from questionbank.planning import Changes, plan_by_blueprint, plan_by_role
from questionbank.question import Audience, Level

_MAX_WEIGHT = 100


@click.command(
    epilog="""\b
Examples:
  questionbank interview plan --blueprint investor-45 --seed 7 --output packet.yaml
  questionbank interview plan --role engineer --level advanced --minutes 60 --output packet.yaml
  questionbank interview plan --blueprint executive-30 --output packet.yaml \\
    --weights foundations=2,model-choice=1 --reason "She will choose the models"

\b
The file pins each question and rubric by version and hash, so that every candidate
is asked the same. It names the rubrics: keep it from candidates."""
)
@click.option(
    "--blueprint", metavar="ID", help="An interview's; `list --blueprints` shows what there is."
)
@click.option(
    "--role",
    type=click.Choice([audience.value for audience in Audience]),
    help="For whom, in place of a blueprint.",
)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    help="How much is asked for: questions of this level or the one below.",
)
@click.option(
    "--minutes",
    type=click.IntRange(1, MAX_MINUTES),
    help="Of the whole interview. [default: the blueprint's most]",
)
@options.seed("The same seed and bank give the same packet.")
@click.option(
    "--swap",
    "swaps",
    multiple=True,
    metavar="OLD=NEW",
    help="Ask one question in place of one that was drawn; repeatable.",
)
@click.option(
    "--add", "adds", multiple=True, metavar="ID", help="Ask one more question, last; repeatable."
)
@click.option(
    "--weights",
    metavar="A=2,B=1",
    help="What each competency counts. [default: the blueprint's; without one all the same]",
)
@click.option("--reason", metavar="TEXT", help="Why the weights differ; kept in the file.")
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The packet file to write.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@options.bank
@options.as_json
@options.plain
def command(
    blueprint: str | None,
    role: str | None,
    level: str | None,
    minutes: int | None,
    seed: int,
    swaps: tuple[str, ...],
    adds: tuple[str, ...],
    weights: str | None,
    reason: str | None,
    output: Path,
    force: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    plain: bool,
) -> int:
    """Draw the questions of an interview and write them into one packet file.

    A swapped or added question must be active; the time must hold.
    """
    context = Context(plain=plain, bank_folders=bank_folders)
    changes = Changes(
        swaps=_swaps(swaps),
        adds=adds,
        weights=None if weights is None else _weights(weights),
        reason=" ".join((reason or "").split()) or None,
        minutes=minutes,
    )
    if output.exists() and not force:
        raise UsageError(f"{output} is there already; choose another name or add --force")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder")
    if blueprint is not None:
        if role or level:
            raise UsageError("--blueprint says for whom and at which level; leave those out")
        rule = context.bank.blueprint(blueprint)
        packet = plan_by_blueprint(rule, context.bank, seed, changes)
    elif role is not None and level is not None and minutes is not None:
        packet = plan_by_role(Audience(role), Level(level), minutes, context.bank, seed, changes)
    else:
        raise UsageError("give --blueprint ID, or --role, --level and --minutes together")
    save_packet(packet, output)
    if as_json:
        facts: dict[str, Any] = packet.model_dump(mode="json")
        context.screen.json({"output": str(output), "packet": facts})
    else:
        _show(context.screen, packet, output)
    mention_problems(context.screen, context.bank)
    return 0


def _show(screen: Screen, packet: Packet, output: Path) -> None:
    count = len(packet.items)
    screen.show(
        f"{packet.title} ({packet.id}): {count} {'question' if count == 1 else 'questions'}, "
        f"{packet.planned} of {packet.minutes} min"
    )
    for number, item in enumerate(packet.items, start=1):
        screen.show(f"  {number}. {item.title} ({item.question}, {item.minutes} min)")
    total = sum(one.weight for one in packet.competencies)
    shares = (f"{one.strategy} {one.weight / total:.0%}" for one in packet.competencies)
    screen.show(f"Weights: {', '.join(shares)}")
    if packet.weights_reason:
        screen.show(f"Why they weigh so: {packet.weights_reason}")
    if packet.recommendation is None:
        screen.show("No recommendation: only a blueprint says where advice changes.")
    screen.show(f"wrote {output}")


def _swaps(given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for swap in given:
        old, equals, new = swap.partition("=")
        if not (old and equals and new):
            raise UsageError(f"--swap {swap}: write the id that was drawn, =, and the new id")
        if old in found:
            raise UsageError(f"--swap: {old} is swapped twice; keep one")
        found[old] = new
    return found


def _weights(given: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in given.split(","):
        name, equals, number = (word.strip() for word in part.partition("="))
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not (name and equals and 0 < weight <= _MAX_WEIGHT):
            raise UsageError(
                f"--weights {part.strip()}: write a competency, = and a number above 0, "
                f"{_MAX_WEIGHT} at most"
            )
        if name in found:
            raise UsageError(f"--weights: {name} stands twice; keep one")
        found[name] = weight
    return found

"""`questionbank interview compare`: the raters of an interview, joined."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from questionbank.attempt import AttemptKind
from questionbank.cli import options
from questionbank.cli.compare_view import agreement_lines, anchor_line, map_table, score_lines
from questionbank.cli.context import Context
from questionbank.cli.review import user_name
from questionbank.cli.table_view import show_table
from questionbank.document import instances_of
from questionbank.errors import UsageError
from questionbank.packet import Packet
from questionbank.packet_source import read_packet
from questionbank.panel import Interviewed, Panel, compare_all, join, look, missing, of_raters

if TYPE_CHECKING:
    from questionbank.compare import Comparison
    from questionbank.store import Store


@click.command(
    epilog="""\b
Examples:
  questionbank interview compare 3f9a
  questionbank interview compare 3f9a 77c0 --json
  questionbank interview compare 3f9a --rater grace --rater eve

\b
Of several interviews the agreement is shown of all together as well. The score describes
what was said in one interview; it decides nothing."""
)
@click.argument("interview_ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--rater",
    "wanted",
    multiple=True,
    metavar="NAME",
    help="Only this rater; repeatable. [default: all]",
)
@click.option("--anyway", is_flag=True, help="Compare though a rater has not finished.")
@click.option(
    "--packet",
    "packet_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The packet, where the record does not hold it.",
)
@options.db
@options.as_json
@options.plain
def command(
    interview_ids: tuple[str, ...],
    wanted: tuple[str, ...],
    anyway: bool,
    packet_file: Path | None,
    db: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Show how far raters agree, where they do not, and the readiness score with its uncertainty.

    The machine is one more row and counts nowhere that a person has rated. That the marks were
    looked at is kept in the log.
    """
    context = Context(plain=plain, db=db)
    packet = None if packet_file is None else read_packet(packet_file)
    with context.store() as store:
        found = [_load(store, name, packet, wanted) for name in interview_ids]
        ids = [held.record.attempt.id for held in found]
        if len(set(ids)) < len(ids):
            raise UsageError("an interview is named twice; name each once")
        if not anyway:
            _refuse_unfinished(found)
        panels = [join(held, _pseudonym(store, held)) for held in found]
        together = compare_all(found) if len(found) > 1 else None
        for held in found:
            store.append_act(*look(held, user_name(), context.now()))
    if as_json:
        context.screen.json(_facts(panels, together))
        return 0
    for held, panel in zip(found, panels, strict=True):
        _show(context, held, panel)
    if together is not None:
        context.screen.show("", "All interviews together", *agreement_lines(together))
    return 0


def _load(store: "Store", name: str, packet: Packet | None, wanted: tuple[str, ...]) -> Interviewed:
    record = store.attempt(name)
    begun = store.begun(record.attempt.id)
    short = record.attempt.id[:8]
    if record.attempt.kind is not AttemptKind.INTERVIEW or begun is None:
        raise UsageError(f"{short} is a {record.attempt.kind}; `interview list` shows interviews")
    raters = store.raters(record.attempt.id)
    if wanted:
        names = {one.casefold() for one in wanted}
        raters = tuple(one for one in raters if {one.name.casefold(), one.id} & names)
        known = {one.name.casefold() for one in raters} | {one.id for one in raters}
        for one in wanted:
            if one.casefold() not in known:
                raise UsageError(f"{one} has not begun to rate interview {short}")
    if not raters:
        raise UsageError(
            f"nobody has rated interview {short} yet; begin: questionbank interview rate {short}"
        )
    if packet is not None and packet.content_hash != begun.packet:
        raise UsageError(f"interview {short} was not led by the packet of this file")
    packet = packet or (store.packet(begun.packet) if begun.packet else None)
    if packet is None:
        raise UsageError(
            f"the record does not hold the packet of interview {short}; name it with --packet FILE"
        )
    return Interviewed(
        record=record,
        steps=instances_of(record.attempt, store.document),
        packet=packet,
        raters=raters,
        marks=of_raters(raters, store.marks(record.attempt.id)),
    )


def _refuse_unfinished(found: list[Interviewed]) -> None:
    left = [
        f"{name} has {count} {'point' if count == 1 else 'points'} left in "
        f"{held.record.attempt.id[:8]}"
        for held in found
        for name, count in missing(held).items()
    ]
    if left:
        raise UsageError(
            f"{'; '.join(left)}: to keep raters independent nothing is shown before all are done; "
            "add --anyway, or name those who are with --rater"
        )


def _pseudonym(store: "Store", held: Interviewed) -> str | None:
    begun = store.begun(held.record.attempt.id)
    return begun.pseudonym if begun else None


def _show(context: Context, held: Interviewed, panel: Panel) -> None:
    screen = context.screen
    who = f" with {panel.candidate}" if panel.candidate else ""
    points = "point" if panel.places == 1 else "points"
    screen.show(
        f"Interview {panel.interview[:8]}{who}: rated by {', '.join(panel.raters)}, "
        f"{panel.places} {points} each"
    )
    if panel.comparison is None:
        screen.show("One rater alone: there is no agreement to measure.")
    else:
        screen.show(*agreement_lines(panel.comparison))
        if panel.anchors is not None:
            screen.show(anchor_line(panel.anchors))
        screen.show("")
        show_table(screen, map_table(panel.comparison))
    screen.show("", *score_lines(panel, held.packet.recommendation))


def _facts(panels: list[Panel], together: "Comparison | None") -> dict[str, object]:
    return {
        "interviews": [
            panel.model_dump(mode="json")
            | {
                "readiness": panel.readiness.model_dump(mode="json")
                | {"arithmetic": panel.readiness.arithmetic},
            }
            for panel in panels
        ],
        "together": None if together is None else together.model_dump(mode="json"),
    }

"""`questionbank export`: the bank in other systems' formats, and packets for interviews."""

from pathlib import Path
from typing import Any

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.export_packet import command as packet_command
from questionbank.cli.list_questions import mention_problems
from questionbank.cli.render import Screen
from questionbank.errors import UsageError
from questionbank.exports import FORMATS, Build, Exported, Loss, export
from questionbank.exports.item import entry_of, exportable
from questionbank.exports.losses import Change, summary
from questionbank.exports.losses import as_json as losses_json
from questionbank.file_edit import write_files


@click.group(
    no_args_is_help=False,
    epilog="""\b
Examples:
  questionbank export bank --to moodle --output bank.xml
  questionbank export packet packet.yaml --for candidate --format pdf --output candidate.pdf""",
)
def command() -> None:
    """Write the bank in another system's format, or an interview's packet for who reads it."""


command.add_command(packet_command, "packet")


@command.command(
    "bank",
    short_help="Write questions and rubrics as QTI, Moodle XML, GIFT, Anki, CSV or JSON.",
    epilog="""\b
Examples:
  questionbank export bank --to moodle --output bank.xml
  questionbank export bank --to qti3 --for candidate --output candidate.zip --strategy foundations
  questionbank export bank --to json --output bank.json --drafts --json

\b
What a format cannot carry is listed by question and field.""",
)
@click.option("--to", "name", type=click.Choice(list(FORMATS)), required=True, help="The format.")
@click.option(
    "--output",
    "output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option(
    "--for",
    "build",
    type=click.Choice([build.value for build in Build]),
    default=Build.AUTHOR.value,
    show_default=True,
    help="candidate leaves out rubrics, answers and all that tells them.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="What numeric questions draw their numbers from.",
)
@options.wanted
@click.option("--drafts", is_flag=True, help="Drafts and retired questions, too.")
@options.bank
@options.as_json
@options.plain
def bank_command(
    name: str,
    output: Path,
    force: bool,
    build: str,
    seed: int,
    ids: tuple[str, ...],
    strategies: tuple[str, ...],
    levels: tuple[str, ...],
    topics: tuple[str, ...],
    audiences: tuple[str, ...],
    drafts: bool,
    bank_folders: tuple[str, ...],
    as_json: bool,
    plain: bool,
) -> int:
    """Write questions of the bank, with their rubrics, into one file."""
    context = Context(plain=plain, bank_folders=bank_folders)
    bank = context.bank
    wanted = options.make_filter(ids, audiences, topics, levels, strategies)
    for question_id in ids:
        bank.question(question_id)
    if output.exists() and not force:
        raise UsageError(f"{output} is there already; choose another name or add --force")
    entries = [
        entry_of(question, bank.rubrics)
        for _, question in sorted(bank.questions.items())
        if wanted.matches(question) and exportable(question, ids, drafts=drafts)
    ]
    if not entries:
        raise UsageError("no question matches; `questionbank list` shows what there is")
    made = export(
        entries, name, seed=seed, build=Build(build), shared=bank.points, now=context.now()
    )
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder")
    write_files({output: made.content}, output.resolve().parent)
    if as_json:
        context.screen.json(_facts(made, name, build, str(output), len(entries)))
    else:
        title = "Lost in this format:" if build == Build.AUTHOR else "Not in this build:"
        _show(context.screen, made, str(output), len(entries), title)
        if any(
            loss.change is Change.CHANGED and loss.field.endswith("formula")
            for loss in (*made.losses, *made.sidecar_losses)
        ):
            context.screen.show(
                "", f"Numeric questions are written as one instance, drawn with --seed {seed}."
            )
    mention_problems(context.screen, bank)
    return 0


def _facts(made: Exported, name: str, build: str, output: str, count: int) -> dict[str, Any]:
    return {
        "output": output,
        "format": name,
        "for": build,
        "questions": count,
        "bytes": len(made.content),
        "losses": losses_json(made.losses),
        "summary": [one.model_dump(mode="json") for one in summary(made.losses)],
        "only_in_sidecar": losses_json(made.sidecar_losses),
    }


def _show(screen: Screen, made: Exported, output: str, count: int, title: str) -> None:
    """The loss report: first by field, then by question."""
    questions = "question" if count == 1 else "questions"
    screen.show(f"wrote {output}: {count} {questions}, {len(made.content):,} bytes")
    if made.sidecar_losses:
        screen.show("", "Carried by the sidecar only; other programs do not read it:")
        _show_losses(screen, made.sidecar_losses, count)
    if not made.losses:
        screen.show("", "Nothing is lost when it is imported here again.")
        return
    screen.show("", title)
    _show_losses(screen, made.losses, count)


def _show_losses(screen: Screen, losses: tuple[Loss, ...], count: int) -> None:
    for one in summary(losses):
        screen.show(f"  {one.field}: {one.change} in {one.questions} of {count}")
    screen.show("", "By question:")
    by_question: dict[str, list[Loss]] = {}
    for loss in losses:
        by_question.setdefault(loss.question, []).append(loss)
    for name, found in by_question.items():
        for change in dict.fromkeys(loss.change for loss in found):
            fields = [
                loss.field + (f" ({len(loss.places)})" if len(loss.places) > 1 else "")
                for loss in found
                if loss.change is change
            ]
            screen.show(f"  {name}: {change}: {', '.join(fields)}")

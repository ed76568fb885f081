"""Options that several commands share, each spelled once."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from questionbank.bank import Filter
from questionbank.question import Audience, Level

F = TypeVar("F", bound=Callable[..., Any])

bank = click.option(
    "--bank",
    "bank_folders",
    metavar="DIR",
    multiple=True,
    help="A folder with questions/ and rubrics/; repeatable, later ones lie over earlier ones. "
    "`shipped` is the bank of the package. "
    "[default: the folder you stand in if it is a bank, else shipped]",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
plain = click.option(
    "--plain",
    is_flag=True,
    help="Lines only: no colour, no boxes, no redrawing; for screen readers.",
)
db = click.option(
    "--db",
    metavar="URL",
    help="Where attempts are kept: a file or an SQLAlchemy URL. [default: the data folder]",
)


def model(command: F) -> F:
    """Add the options that choose the encoder."""
    for option in (
        click.option(
            "--dtype",
            type=click.Choice(["float32", "bfloat16", "float16"]),
            help="Precision. [default: what suits the device]",
        ),
        click.option(
            "--device",
            metavar="NAME",
            help="cpu, cuda or mps. [default: cuda, then mps, then cpu]",
        ),
        click.option(
            "--model",
            metavar="NAME_OR_PATH",
            help="Another sentence-transformers model. [default: all-MiniLM-L6-v2]",
        ),
    ):
        command = option(command)
    return command


def wanted(command: F) -> F:
    """Add the options that choose questions."""
    for option in (
        click.option("--id", "ids", multiple=True, metavar="ID", help="One question; repeatable."),
        click.option(
            "--audience",
            "audiences",
            multiple=True,
            type=click.Choice([audience.value for audience in Audience]),
            help="For whom; repeatable.",
        ),
        click.option("--topic", "topics", multiple=True, metavar="SLUG", help="Repeatable."),
        click.option(
            "--level",
            "levels",
            multiple=True,
            type=click.Choice([level.value for level in Level]),
            help="Repeatable.",
        ),
        click.option(
            "--strategy",
            "strategies",
            multiple=True,
            metavar="SLUG",
            help="An area, for example model-choice; repeatable.",
        ),
    ):
        command = option(command)
    return command


def make_filter(
    ids: tuple[str, ...],
    audiences: tuple[str, ...],
    topics: tuple[str, ...],
    levels: tuple[str, ...],
    strategies: tuple[str, ...],
) -> Filter:
    """Turn the words of `wanted` into a filter."""
    return Filter(
        ids=ids,
        strategies=strategies,
        levels=tuple(Level(level) for level in levels),
        topics=topics,
        audiences=tuple(Audience(audience) for audience in audiences),
    )

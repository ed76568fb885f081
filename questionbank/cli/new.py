"""`questionbank new`: a valid template to start from."""

from pathlib import Path

import click
from pydantic import ValidationError

from questionbank.bank import QUESTIONS, RUBRICS
from questionbank.cli.context import SHIPPED, Context, refuse_shipped, shipped_bank
from questionbank.errors import UsageError
from questionbank.question import Kind, rubric_ids
from questionbank.rubric_source import write_rubric
from questionbank.source import write_question
from questionbank.templates import question_template, rubric_template
from questionbank.text_file import write_new

_folder = click.option(
    "--bank",
    "folder",
    metavar="DIR",
    default=".",
    help="The bank to write into; made if it is not there. [default: the folder you stand in]",
)
_title = click.option("--title", default="Replace this title", help="Its title.")


@click.group()
def command() -> None:
    """Write a valid template for a question or a rubric."""


@command.command(
    epilog="""\b
Examples:
  questionbank new question model-choice/chatbot-for-claims
  questionbank new question inference-economics/gpu-hours --kind numeric --bank my-bank"""
)
@click.argument("question_id", metavar="ID")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), default="open", show_default=True
)
@_title
@_folder
def question(question_id: str, kind: str, title: str, folder: str) -> int:
    """Write questions/ID.md; for an open question or a case its rubric too, if it has none."""
    context = Context()
    root = _root(folder)
    try:
        made = question_template(question_id, Kind(kind), title, question_id)
    except ValidationError as error:
        raise UsageError(_reason(question_id, error)) from error
    path = root / QUESTIONS / f"{made.id}.md"
    _write(path, write_question(made))
    context.screen.show(f"wrote {path}")
    for rubric_id in rubric_ids(made):
        rubric_path = root / RUBRICS / f"{rubric_id}.yaml"
        if not rubric_path.exists():
            _write(rubric_path, write_rubric(rubric_template(rubric_id, title)))
            context.screen.show(f"wrote {rubric_path}")
    (root / RUBRICS).mkdir(exist_ok=True)
    context.screen.note(
        f"It is a draft: write it, then set `status: active`. Test it with: "
        f"questionbank check --bank {folder}"
    )
    return 0


@command.command(
    epilog="""\b
Example:
  questionbank new rubric model-choice/chatbot-for-claims"""
)
@click.argument("rubric_id", metavar="ID")
@_title
@_folder
def rubric(rubric_id: str, title: str, folder: str) -> int:
    """Write rubrics/ID.yaml."""
    context = Context()
    root = _root(folder)
    try:
        made = rubric_template(rubric_id, title)
    except ValidationError as error:
        raise UsageError(_reason(rubric_id, error)) from error
    path = root / RUBRICS / f"{made.id}.yaml"
    _write(path, write_rubric(made))
    (root / QUESTIONS).mkdir(exist_ok=True)
    context.screen.show(f"wrote {path}")
    return 0


def _root(folder: str) -> Path:
    root = shipped_bank() if folder == SHIPPED else Path(folder)
    refuse_shipped(root)
    return root


def _write(path: Path, text: str) -> None:
    try:
        write_new(path, text)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; choose another id or delete it") from error


def _reason(name: str, error: ValidationError) -> str:
    detail = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in detail["loc"]) or "id"
    if "pattern" in detail["type"] or detail["loc"][:1] == ("id",) or not detail["loc"]:
        return f"{name!r} is no id: write strategy/slug in lower-case letters, digits and hyphens"
    return f"{field}: {detail['msg']}"

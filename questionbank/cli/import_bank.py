"""`questionbank import`: questions from other systems' files."""

from pathlib import Path

import click

from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.surroundings import SHIPPED, refuse_shipped, shipped_bank
from questionbank.errors import Problem, UsageError
from questionbank.imports import READERS, read_file
from questionbank.imports.completing import complete
from questionbank.imports.writing import Plan, carry_out, plan
from questionbank.question import Status

_REFUSALS = {"not-imported", "already-there"}
"""Codes of problems for which a question was left out."""


@click.command(
    epilog="""\b
Examples:
  questionbank import bank.xml --from moodle --into my-bank --dry-run
  questionbank import bank.json --from json --into my-bank

\b
Only new files are written; a question whose place is taken is left out, and that is exit code 1.
What a file does not say is filled in and listed, and such a question is a draft."""
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--from", "name", type=click.Choice(list(READERS)), required=True, help="The file's format."
)
@click.option(
    "--into",
    "folder",
    metavar="DIR",
    required=True,
    help="The bank to write into; made if it is not there.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written and write nothing.")
@options.as_json
@options.plain
def command(file: Path, name: str, folder: str, dry_run: bool, as_json: bool, plain: bool) -> int:
    """Write the questions in FILE into a bank, as new files."""
    screen = Context(plain=plain).screen
    root = shipped_bank() if folder == SHIPPED else Path(folder)
    refuse_shipped(root)
    if root.exists() and not root.is_dir():
        raise UsageError(f"{folder} is not a folder")
    reading = read_file(file, name)
    completed, found = complete(reading.drafts, str(file))
    made = plan(completed, reading.shared, root, str(file))
    problems = (*reading.problems, *found, *made.problems)
    if not dry_run:
        carry_out(made, root)
    refused = any(problem.code in _REFUSALS for problem in problems)
    if as_json:
        screen.json(_facts(made, problems, dry_run))
        return int(refused)
    for path in made.files:
        screen.show(f"{'would write' if dry_run else 'wrote'} {path}")
    for question_id in made.unchanged:
        screen.show(f"{question_id} is there already with the same text")
    for problem in problems:
        screen.show(str(problem))
    drafts = sum(one.question.status is Status.DRAFT for one in made.questions)
    screen.note(
        f"{len(made.questions)} of {len(reading.drafts)} questions taken over, {drafts} of them "
        f"as drafts. Look them over with: questionbank check --no-grading --bank {folder}"
    )
    return int(refused)


def _facts(made: Plan, problems: tuple[Problem, ...], dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "written": [str(path) for path in made.files],
        "questions": [
            {"id": one.question.id, "status": one.question.status.value} for one in made.questions
        ],
        "unchanged": list(made.unchanged),
        "problems": [problem._asdict() for problem in problems],
    }

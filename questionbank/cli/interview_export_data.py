"""`questionbank interview export-data`: everything held on a person, in one file."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from questionbank.attempt import AttemptRecord
from questionbank.candidates import FORMAT, held_on
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.interview_erase import candidates_attempts
from questionbank.cli.review import user_name
from questionbank.drafts import Draft, DraftFile
from questionbank.errors import UsageError
from questionbank.mark import Act, ActKind

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
Example:
  questionbank interview export-data --candidate "Ada Lovelace" --output ada.json

\b
The file is for her: names of interviewers and raters are left out of it."""
)
@click.option("--candidate", metavar="NAME", required=True, help="A name or pseudonym, in full.")
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The JSON file to write, readable by you only.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@options.db
@options.as_json
@options.plain
def command(
    candidate: str, output: Path, force: bool, db: str | None, as_json: bool, plain: bool
) -> int:
    """Write everything the record holds on a person into one JSON file.

    Answers, notes, grades with their evidence, overrides, marks and what was done with it all. That
    it was written is on record before.
    """
    context = Context(plain=plain, db=db)
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such folder; make it first")
    if output.exists() and not force:
        raise UsageError(f"{output} is there already; choose another name or add --force")
    with context.store() as store:
        found = candidates_attempts(store, candidate)
        for record in found:
            store.append_act(
                Act(
                    attempt_id=record.attempt.id,
                    kind=ActKind.EXPORTED,
                    at=context.now(),
                    author=user_name(),
                )
            )
        value = {
            "format": FORMAT,
            "written": context.now().isoformat(),
            "candidate": candidate,
            "attempts": [_held(context, store, record) for record in found],
        }
    _write(output, json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n")
    if as_json:
        ids = [record.attempt.id for record in found]
        context.screen.json({"output": str(output), "attempts": ids})
    else:
        attempts = "attempt" if len(found) == 1 else "attempts"
        context.screen.show(f"wrote {output}: {len(found)} {attempts}")
    return 0


def _held(context: Context, store: "Store", record: AttemptRecord) -> dict[str, object]:
    draft = DraftFile(context.data, record.attempt.id).load()
    return held_on(
        record,
        store.marks(record.attempt.id),
        store.acts(record.attempt.id),
        draft.text if isinstance(draft, Draft) else None,
    )


def _write(path: Path, content: bytes) -> None:
    """Write a private file in one step, on disk before it gets its name.

    Raises:
        UsageError: it cannot be written.
    """
    draft: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        draft = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        draft = None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}; name another place"
        ) from error
    finally:
        if draft is not None:
            with suppress(OSError):
                draft.unlink()

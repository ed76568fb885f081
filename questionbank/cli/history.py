"""`questionbank history`: what was asked and answered, and why it was graded so."""

from typing import TYPE_CHECKING

import click

from questionbank.attempt import AttemptRecord
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.grade_view import grade_view
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text, safe
from questionbank.document import instances_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from questionbank.store import Store


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  questionbank history
  questionbank history --limit 5 --json
  questionbank history show 3f9a""",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@options.db
@options.as_json
@options.plain
@click.pass_context
def command(
    click_context: click.Context, limit: int, db: str | None, as_json: bool, plain: bool
) -> int:
    """List attempts, newest first; `history show ID` explains one."""
    if click_context.invoked_subcommand:
        click_context.obj = Context(plain=plain, db=db)
        return 0
    context = Context(plain=plain, db=db)
    with context.store() as store:
        records = store.attempts(limit)
    if as_json:
        context.screen.json([_facts(record) for record in records])
        return 0
    if not records:
        context.screen.show("No attempts yet. Start one with: questionbank quiz")
    for record in records:
        context.screen.show(_line(record))
    return 0


@command.command(
    epilog="""\b
Example:
  questionbank history show 3f9a"""
)
@click.argument("attempt_id", metavar="ID")
@options.db
@options.as_json
@options.plain
@click.pass_obj
def show(parent: Context, attempt_id: str, db: str | None, as_json: bool, plain: bool) -> int:
    """Explain an attempt from the record alone: no model, and no question file, is needed.

    ID is the attempt's id or the beginning of it.
    """
    context = Context(plain=plain or parent.plain, db=db or parent.db)
    with context.store() as store:
        record = store.attempt(attempt_id)
        if as_json:
            context.screen.json(_facts(record) | {"answers": _answers(record)})
            return 0
        context.screen.show(*_explain(context.screen, store, record))
    return 0


def _facts(record: AttemptRecord) -> dict[str, object]:
    grades = [grade for a in record.answers if (grade := record.grade_of(a.id))]
    return {
        "id": record.attempt.id,
        "kind": record.attempt.kind,
        "started": record.attempt.started.isoformat(),
        "finished": record.finished.isoformat() if record.finished else None,
        "steps": [step.key for step in record.attempt.steps],
        "answered": len(record.answers),
        "graded": len(grades),
        "score": sum(grade.grade.score for grade in grades),
        "max_score": sum(grade.grade.max_score for grade in grades),
        "waiting_for_review": sum(len(grade.grade.undecided) for grade in grades),
    }


def _answers(record: AttemptRecord) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for answer in record.answers:
        graded = [g for g in record.grades if g.answer_id == answer.id]
        step = record.attempt.steps[answer.position]
        rows.append(
            {
                "id": answer.id,
                "label": answer.label,
                "question_id": step.key,
                "seed": step.seed,
                "submitted": answer.submitted.isoformat(),
                "seconds": answer.seconds,
                "answer": answer.text,
                "grades": [g.model_dump(mode="json", exclude={"attempt_id"}) for g in graded],
            }
        )
    return rows


def _line(record: AttemptRecord) -> str:
    facts = _facts(record)
    state = "finished" if record.finished else "unfinished"
    names = ", ".join(step.key for step in record.attempt.steps[:3])
    more = f" and {len(record.attempt.steps) - 3} more" if len(record.attempt.steps) > 3 else ""
    started = record.attempt.started.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{record.attempt.id[:8]}  {started}  {record.attempt.kind}, {state}: "
        f"{facts['score']:g} of {facts['max_score']:g} points, "
        f"{len(record.answers)} of {len(record.attempt.steps)} answered  ({names}{more})"
    )


def _explain(screen: Screen, store: "Store", record: AttemptRecord) -> list["RenderableType"]:
    steps = instances_of(record.attempt, store.document)
    parts: list[RenderableType] = [Text(safe(_line(record)), style="bold"), ""]
    for answer in record.answers:
        step = steps[answer.position]
        parts += question_view(screen, step, answer.position, len(steps))
        if answer.label:
            parts.append(f"Answer {answer.label}")
        record_of = record.grade_of(answer.id)
        if record_of is None:
            parts += ["Answered, not graded yet.", answer.text, ""]
            continue
        grade = record_of.grade
        parts += grade_view(screen, step, answer.text, grade, solution=False)
        made = grade.provenance
        by = f"{made.model} ({made.dtype}, {made.device})" if made.model else "rule"
        calibration = f", calibration {made.calibration}" if made.calibration else ""
        when = record_of.at.astimezone().strftime("%Y-%m-%d %H:%M")
        asked = step.step.question
        parts.append(
            Text(
                f"Graded {when} by {by}{calibration}, questionbank {made.package_version}; "
                f"question {asked.id} {asked.version}",
                style="dim",
            )
        )
        parts.append("")
    return parts

"""`questionbank history`: what was asked and answered, and why it was graded so."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from grader.calibration import Calibration, load_calibration
from grader.errors import CalibrationError
from grader.refinement import is_refinement
from questionbank.attempt import AttemptRecord, GradeRecord
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.explain_view import explain_view
from questionbank.cli.grade_view import grade_view
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text, safe
from questionbank.cli.review_view import local_time, remark
from questionbank.document import graded_instance, instances_of
from questionbank.explaining import contributions
from questionbank.instance import Instance
from questionbank.numeric import spell
from questionbank.review import EffectiveGrade, effective, effective_grades

if TYPE_CHECKING:
    from rich.console import RenderableType

    from questionbank.store import Store


class _Asked(NamedTuple):
    """Options that may stand before `show` as well as after it."""

    db: str | None
    as_json: bool
    plain: bool


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
        click_context.obj = _Asked(db, as_json, plain)
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
  questionbank history show 3f9a

\b
What each feature added to the log-odds is shown for grades of the shipped
calibration, and for those of others if their file is named."""
)
@click.argument("attempt_id", metavar="ID")
@click.option(
    "--calibration",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A calibration that grades of this attempt were made with. [default: the shipped one]",
)
@options.db
@options.as_json
@options.plain
@click.pass_obj
def show(
    parent: _Asked,
    attempt_id: str,
    calibration: Path | None,
    db: str | None,
    as_json: bool,
    plain: bool,
) -> int:
    """Explain an attempt from the record alone: no model, and no question file, is needed.

    For each point the evidence in place, what it was weighed against, what each feature added, the
    thresholds, and the sum.

    ID is the attempt's id or the beginning of it.
    """
    context = Context(plain=plain or parent.plain, db=db or parent.db)
    known = _calibrations(calibration)
    with context.store() as store:
        record = store.attempt(attempt_id)
        if as_json or parent.as_json:
            context.screen.json(_facts(record) | {"answers": _answers(record, known)})
            return 0
        context.screen.show(*_explain(context.screen, store, record, known))
    return 0


def _calibrations(named: Path | None) -> list[Calibration]:
    """The calibration the user names, and the shipped one unless it is broken."""
    # What a refinement added stands in the grade itself.
    found = [load_calibration(named)] if named and not is_refinement(named) else []
    with suppress(CalibrationError):
        found.append(load_calibration())
    return found


def _facts(record: AttemptRecord) -> dict[str, object]:
    grades = effective_grades(record)
    return {
        "id": record.attempt.id,
        "kind": record.attempt.kind,
        "started": record.attempt.started.isoformat(),
        "finished": record.finished.isoformat() if record.finished else None,
        "steps": [step.key for step in record.attempt.steps],
        "answered": len(record.answers),
        "graded": len(grades),
        "score": sum(grade.machine.score for grade in grades),
        "max_score": sum(grade.max_score for grade in grades),
        "waiting_for_review": sum(len(grade.undecided) for grade in grades),
        "effective_score": sum(grade.score for grade in grades),
        "overridden": sum(len(grade.overrides) for grade in grades),
    }


def _answers(record: AttemptRecord, known: Sequence[Calibration]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for answer in record.answers:
        graded = [g for g in record.grades if g.answer_id == answer.id]
        overrides = [one for one in record.overrides if one.answer_id == answer.id]
        counting = record.grade_of(answer.id)
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
                "grades": [
                    g.model_dump(mode="json", exclude={"attempt_id"})
                    | {"contributions": contributions(g.grade, known)}
                    for g in graded
                ],
                "overrides": [
                    one.model_dump(mode="json", exclude={"attempt_id", "answer_id"})
                    for one in overrides
                ],
                "effective": _counts(effective(record, counting)) if counting else None,
            }
        )
    return rows


def _counts(grade: EffectiveGrade) -> dict[str, object]:
    """A grade as it counts, people's verdicts over the machine's."""
    return {
        "score": grade.score,
        "max_score": grade.max_score,
        "points": [
            {
                "id": one.machine.id,
                "verdict": one.verdict,
                "points": one.points,
                "machine_verdict": one.machine.verdict,
                "override": one.override.id if one.override else None,
            }
            for one in grade.points
        ],
    }


def _line(record: AttemptRecord) -> str:
    grades = effective_grades(record)
    score = sum(grade.score for grade in grades)
    possible = sum(grade.max_score for grade in grades)
    machine = sum(grade.machine.score for grade in grades)
    overridden = any(grade.overrides for grade in grades)
    beside = f" (the machine alone: {spell(machine)})" if overridden else ""
    state = "finished" if record.finished else "unfinished"
    names = ", ".join(step.key for step in record.attempt.steps[:3])
    more = f" and {len(record.attempt.steps) - 3} more" if len(record.attempt.steps) > 3 else ""
    return (
        f"{record.attempt.id[:8]}  {local_time(record.attempt.started)}  "
        f"{record.attempt.kind}, {state}: "
        f"{spell(score)} of {spell(possible)} points{beside}, "
        f"{len(record.answers)} of {len(record.attempt.steps)} answered  ({names}{more})"
    )


def _explain(
    screen: Screen, store: "Store", record: AttemptRecord, known: Sequence[Calibration]
) -> list["RenderableType"]:
    steps = instances_of(record.attempt, store.document)
    parts: list[RenderableType] = [Text(safe(_line(record)), style="bold"), ""]
    for answer in record.answers:
        step = steps[answer.position]
        parts += question_view(screen, step, answer.position, len(steps))
        if answer.label:
            parts.append(f"Answer {answer.label}")
        graded = record.grade_of(answer.id)
        erased = answer.id in record.erased
        text = "The answer was erased." if erased else answer.text
        if graded is None:
            parts += ["Answered, not graded yet.", text, ""]
            continue
        counts = effective(record, graded)
        if erased:
            points = f"{spell(counts.score)} of {spell(counts.max_score)}"
            parts.append(f"{text} It had {points} points.")
        else:
            made = graded.grade.provenance
            asked = record.attempt.steps[answer.position]
            step = graded_instance(asked, made.question, made.rubric, store.document)
            remarks = {one.machine.id: remark(one) for one in counts.points if one.override}
            parts += grade_view(
                screen, step, text, counts.as_grade(), solution=False, remarks=remarks
            )
            parts += explain_view(step, graded.grade, known, text, counts.as_grade())
        parts += [Text(safe(_provenance(graded, step)), style="dim"), ""]
    return parts


def _provenance(graded: GradeRecord, step: Instance) -> str:
    made = graded.grade.provenance
    by = f"{made.model} ({made.dtype}, {made.device})" if made.model else "rule"
    calibration = f", calibration {made.calibration}" if made.calibration else ""
    if made.model and not made.calibration:
        calibration = ", no calibration"
    asked = step.step.question
    again = f" again ({graded.reason})" if graded.reason else ""
    return (
        f"Graded{again} {local_time(graded.at)} by {by}{calibration}, "
        f"questionbank {made.package_version}; question {asked.id} {asked.version}"
    )

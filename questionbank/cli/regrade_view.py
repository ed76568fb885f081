"""How the change from an old grade to a new one looks."""

from collections.abc import Sequence

from grader.grade import PointGrade
from questionbank.cli.grade_view import LOOKS
from questionbank.numeric import spell
from questionbank.regrading import Change, PointChange, Skipped


def change_lines(change: Change, *, everything: bool) -> list[str]:
    """One answer's change.

    Args:
        change: the change.
        everything: whether to list points that stay as they were, too.

    Returns:
        A head line and one for each point.
    """
    task = change.task
    old, new = task.old.grade, change.new
    label = f" ({task.answer.label})" if task.answer.label else ""
    apart = "" if change.comparable else "; not comparable: made with another rubric, model or fit"
    head = (
        f"{task.record.attempt.id[:8]} {task.now.key}{label}: "
        f"{spell(old.score)} of {spell(old.max_score)} -> "
        f"{spell(new.score)} of {spell(new.max_score)}{apart}"
    )
    shown = [point for point in change.points if everything or point.differs]
    return [head, *(_point_line(point) for point in shown)]


def skipped_line(skipped: Skipped) -> str:
    """Why an answer is not graded again."""
    key = skipped.record.attempt.steps[skipped.answer.position].key
    return f"{skipped.record.attempt.id[:8]} {key}: skipped: {skipped.why}"


def total_lines(changes: Sequence[Change], skipped: int) -> list[str]:
    """What all changes come to."""
    totals = totals_of(changes, skipped)
    lines = [
        f"{totals['answers']} answers graded again, {totals['changed']} changed "
        f"({totals['verdicts_changed']} verdicts), {totals['comparable']} comparable with before, "
        f"{totals['skipped']} skipped.",
        f"Total: {spell(totals['old_score'])} of {spell(totals['old_max_score'])} -> "
        f"{spell(totals['new_score'])} of {spell(totals['new_max_score'])} points by the machine.",
    ]
    if totals["overrides_held"] or totals["overrides_lapsed"]:
        lines.append(
            f"People's verdicts: {totals['overrides_held']} hold, {totals['overrides_lapsed']} do "
            "not, as the point asks for something else now."
        )
    return lines


def totals_of(changes: Sequence[Change], skipped: int) -> dict[str, float]:
    """The sums over all changes."""
    points = [point for change in changes for point in change.points]
    return {
        "answers": len(changes),
        "changed": sum(change.changed for change in changes),
        "verdicts_changed": sum(point.verdict_differs for point in points),
        "comparable": sum(change.comparable for change in changes),
        "skipped": skipped,
        "old_score": sum(change.task.old.grade.score for change in changes),
        "old_max_score": sum(change.task.old.grade.max_score for change in changes),
        "new_score": sum(change.new.score for change in changes),
        "new_max_score": sum(change.new.max_score for change in changes),
        "overrides_held": sum(point.holds for point in points),
        "overrides_lapsed": sum(len(change.lapsed) for change in changes),
    }


def change_facts(change: Change) -> dict[str, object]:
    """One answer's change, for programs."""
    task = change.task
    return {
        "attempt_id": task.record.attempt.id,
        "answer_id": task.answer.id,
        "question_id": task.now.key,
        "changed": change.changed,
        "comparable": change.comparable,
        "old": _whole(task.old.grade.score, task.old.grade.max_score),
        "new": _whole(change.new.score, change.new.max_score),
        "points": [
            {
                "id": point.id,
                "changed": point.differs,
                "old": _judgement(point.old),
                "new": _judgement(point.new),
                "override": point.override.verdict if point.override else None,
                "override_holds": point.holds if point.override else None,
            }
            for point in change.points
        ],
    }


def skipped_facts(skipped: Skipped) -> dict[str, object]:
    """An answer left out, for programs."""
    return {
        "attempt_id": skipped.record.attempt.id,
        "answer_id": skipped.answer.id,
        "question_id": skipped.record.attempt.steps[skipped.answer.position].key,
        "why": skipped.why,
    }


def _point_line(point: PointChange) -> str:
    mark = "*" if point.verdict_differs else " "
    person = ""
    if point.override:
        holds = "holds" if point.holds else "does not hold any more"
        person = f"; a person said {LOOKS[point.override.verdict][1]}, which {holds}"
    return f"  {mark} {point.id}: {_words(point.old)} -> {_words(point.new)}{person}"


def _words(point: PointGrade | None) -> str:
    if point is None:
        return "no such point"
    sure = "" if point.probability is None else f" {point.probability:.2f}"
    return f"{LOOKS[point.verdict][1]}{sure}"


def _whole(score: float, max_score: float) -> dict[str, float]:
    return {"score": score, "max_score": max_score}


def _judgement(point: PointGrade | None) -> dict[str, object] | None:
    keep = {"verdict", "probability", "points", "max_points"}
    return None if point is None else point.model_dump(mode="json", include=keep)

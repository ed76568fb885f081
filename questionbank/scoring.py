"""An answer to any kind of question, graded.

Closed kinds are decided here; an open answer is sent to the grader that is handed in.
"""

import re
from collections.abc import Callable

from grader.grade import Evidence, Grade, PointGrade, Provenance
from grader.rubric import Rubric
from grader.verdict import Flag, Verdict
from questionbank.instance import Instance
from questionbank.numeric import evaluate, stated_number
from questionbank.question import ChoiceTask, NumericTask

GradeOpen = Callable[[str, Rubric, str | None], Grade]
"""Grades a free-text answer: (answer, rubric, prompt) -> Grade."""

ANSWER = "answer"
"""The id of the only point of a closed task."""


def score(instance: Instance, answer: str, grade_open: GradeOpen, package_version: str) -> Grade:
    """Grade one answer.

    Args:
        instance: what was asked.
        answer: what was answered, as given.
        grade_open: grades free text; called for open tasks only.
        package_version: recorded in the provenance of closed grades.

    Returns:
        The grade, with the question's id, version and hashes in its provenance.
    """
    task = instance.task
    if isinstance(task, NumericTask) and instance.right is not None:
        grade = _score_numeric(task, instance.right, answer, package_version)
    elif isinstance(task, ChoiceTask):
        grade = _score_choice(task, answer, package_version)
    else:
        if instance.rubric is None:
            raise ValueError(f"{instance.key} has no rubric")
        grade = grade_open(answer, instance.rubric, instance.prompt)
    provenance = grade.provenance.model_copy(update={"question": instance.question.ref})
    return grade.model_copy(update={"provenance": provenance})


def feedback(instance: Instance, answer: str) -> str | None:
    """What to tell a person about a wrong closed answer, if the question foresaw it.

    Args:
        instance: what was asked.
        answer: what was answered.

    Returns:
        The feedback of the mistake whose result the answer has; None if it has none.
    """
    task = instance.task
    if not isinstance(task, NumericTask) or instance.right is None:
        return None
    given = stated_number(answer)
    if given is None or task.tolerance.accepts(given, instance.right):
        return None
    for mistake in task.mistakes:
        if task.tolerance.accepts(given, evaluate(mistake.formula, instance.values)):
            return mistake.feedback
    return None


def chosen_options(task: ChoiceTask, answer: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Read which options an answer names: `a, c`, `a c`, `A and C`, or `ac` for one-letter ids.

    Args:
        task: the task.
        answer: what was typed.

    Returns:
        The options named, and the words that name none.
    """
    ids = {option.id for option in task.options}
    split = re.split(r"[^\w-]+", answer.lower())
    words = [word for part in split if (word := part.strip("-"))]  # `- a` is a list's bullet
    chosen: set[str] = set()
    unknown: list[str] = []
    for word in words:
        if word in ids:
            chosen.add(word)
        elif word in ("and", "option", "options", "answer"):
            continue
        elif all(len(name) == 1 for name in ids) and set(word) <= ids and len(words) == 1:
            chosen |= set(word)
        else:
            unknown.append(word)
    return frozenset(chosen), tuple(unknown)


def _score_numeric(task: NumericTask, right: float, answer: str, package_version: str) -> Grade:
    given = stated_number(answer)
    features = {"right": _steady(right)}
    if given is not None:
        features["given"] = _steady(given)
        verdict = Verdict.MET if task.tolerance.accepts(given, right) else Verdict.NOT_MET
        return _closed(task.points, verdict, answer, package_version, features=features)
    if re.search(r"\d", answer):
        reason = "the answer holds several numbers and does not settle on one; a person should look"
        return _closed(
            task.points,
            Verdict.NEEDS_REVIEW,
            answer,
            package_version,
            features=features,
            review=reason,
        )
    flag = Flag.NOT_TEXT if answer.strip() else None
    return _closed(
        task.points, Verdict.NOT_MET, answer, package_version, features=features, flag=flag
    )


def _score_choice(task: ChoiceTask, answer: str, package_version: str) -> Grade:
    chosen, unknown = chosen_options(task, answer)
    if unknown:
        named = ", ".join(sorted(option.id for option in task.options))
        reason = f"the answer names something other than the options {named}; a person should look"
        return _closed(task.points, Verdict.NEEDS_REVIEW, answer, package_version, review=reason)
    if chosen == task.right:
        verdict = Verdict.MET
    elif chosen and chosen < task.right and len(chosen) * 2 >= len(task.right):
        verdict = Verdict.PARTIAL
    else:
        verdict = Verdict.NOT_MET
    features = {
        "right_chosen": float(len(chosen & task.right)),
        "right": float(len(task.right)),
        "wrong_chosen": float(len(chosen - task.right)),
    }
    flag = None if chosen or not answer.strip() else Flag.NOT_TEXT
    return _closed(task.points, verdict, answer, package_version, features=features, flag=flag)


def _closed(
    max_points: float,
    verdict: Verdict,
    answer: str,
    package_version: str,
    *,
    features: dict[str, float] | None = None,
    flag: Flag | None = None,
    review: str | None = None,
) -> Grade:
    """A grade with the one point of a closed task."""
    blank = not answer.strip()
    points = None if verdict.share is None else verdict.share * max_points
    start = len(answer) - len(answer.lstrip())
    end = len(answer.rstrip())
    evidence = None if blank else Evidence(start=start, end=end, text=answer[start:end])
    point = PointGrade(
        id=ANSWER,
        verdict=verdict,
        points=points,
        max_points=max_points,
        evidence=evidence,
        features=features or {},
    )
    flags = (Flag.BLANK,) if blank else (flag,) if flag else ()
    return Grade(
        score=points or 0.0,
        max_score=max_points,
        flags=flags,
        review=(review,) if review else (),
        points=(point,),
        provenance=Provenance(package_version=package_version),
    )


def _steady(number: float) -> float:
    """Ten significant digits: the same on every machine."""
    return float(f"{number:.10g}")

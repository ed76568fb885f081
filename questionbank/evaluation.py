"""A file of judged answers, run through the grader and held against what people said."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.agreement import (
    RESAMPLES,
    Figure,
    Figures,
    RaterFigures,
    Unit,
    compare_raters,
    measure,
)
from grader.curves import wrongly_credited
from grader.grade import ContentRef
from grader.judgement import JudgedAnswer
from grader.rubric import Rubric
from questionbank.bank import Bank
from questionbank.labelled_file import LabelledFile
from questionbank.question import OpenTask, Question, tasks

if TYPE_CHECKING:
    from grader.engine import Grader

_DIGITS = 4
"""Decimals of a figure in the JSON form."""


@dataclass(frozen=True)
class Evaluation:
    """Everything measured on one file."""

    answers: tuple[JudgedAnswer, ...]
    overall: Figures
    by_question: dict[str, Figures]
    by_style: dict[str, Figures]
    raters: tuple[RaterFigures, RaterFigures] | None
    """Human against human and machine against human, where several people judged."""
    provenance: dict[str, object]
    """How the figures were made, a JSON value."""

    def of_style(self, style: str) -> tuple[JudgedAnswer, ...]:
        """The answers of one style."""
        return tuple(one for one in self.answers if one.style == style)

    def as_json(self) -> dict[str, object]:
        """The figures as a JSON value; None where a measure does not apply."""
        return {
            "overall": _figures_json(self.overall),
            "by_question": {name: _figures_json(one) for name, one in self.by_question.items()},
            "by_style": {
                name: _figures_json(one)
                | {"wrongly_credited": list(wrongly_credited(self.of_style(name)))}
                for name, one in self.by_style.items()
            },
            "provenance": self.provenance,
        }


def summarise(
    answers: Iterable[JudgedAnswer],
    provenance: dict[str, object],
    *,
    unit: Unit = Unit.ANSWER,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """Measure overall, by question and by style.

    Args:
        answers: judged ones.
        provenance: how they were made.
        unit: what is drawn for intervals.
        seed: of the draws.
        resamples: how many.
    """
    every = tuple(answers)

    def figures(some: Sequence[JudgedAnswer]) -> Figures:
        return measure(some, unit=unit, seed=seed, resamples=resamples)

    questions: defaultdict[str, list[JudgedAnswer]] = defaultdict(list)
    styles: defaultdict[str, list[JudgedAnswer]] = defaultdict(list)
    for answer in every:
        questions[answer.question].append(answer)
        if answer.style is not None:
            styles[answer.style].append(answer)
    return Evaluation(
        answers=every,
        overall=figures(every),
        by_question={name: figures(some) for name, some in sorted(questions.items())},
        by_style={name: figures(some) for name, some in sorted(styles.items())},
        raters=compare_raters(every, unit=unit, seed=seed, resamples=resamples),
        provenance={
            **provenance,
            "resampled_by": unit.value,
            "resamples": resamples,
            "seed": seed,
        },
    )


def provenance_of(
    file: LabelledFile,
    answers: Sequence[JudgedAnswer],
    bank: Bank,
    grader: "Grader",
    package_version: str,
) -> dict[str, object]:
    """Say how figures came about: the data, what graded them, and the rubrics used.

    Args:
        file: the answers.
        answers: the same, judged.
        bank: where their questions are.
        grader: what graded them.
        package_version: of this package.
    """
    encoder = grader.encoder
    return {
        "file": file.path.name,
        "file_digest": file.digest,
        "limit": file.limit,
        "questions": _questions_used(answers, bank),
        "model": encoder.name,
        "weights_digest": encoder.weights_digest,
        "dtype": encoder.dtype,
        "device": encoder.device,
        "calibration": grader.calibration_id,
        "package_version": package_version,
    }


def _questions_used(answers: Sequence[JudgedAnswer], bank: Bank) -> dict[str, object]:
    """Versions and structure hashes of the bank's questions among them, and of their rubrics."""
    names = sorted({answer.question.partition("#")[0] for answer in answers})
    found = [bank.questions[name] for name in names if name in bank.questions]
    return {question.id: _named(question.ref) | _rubrics_of(question, bank) for question in found}


def _rubrics_of(question: Question, bank: Bank) -> dict[str, object]:
    rubrics = [
        bank.rubric(task.rubric) for _, task in tasks(question) if isinstance(task, OpenTask)
    ]
    return {"rubrics": {rubric.id: _named(rubric) for rubric in rubrics}} if rubrics else {}


def _named(text: ContentRef | Rubric) -> dict[str, object]:
    return {"version": text.version, "structure_hash": text.structure_hash}


def _figures_json(figures: Figures) -> dict[str, object]:
    found: dict[str, object] = {"n_answers": figures.n_answers, "n_points": figures.n_points}
    for name, figure in figures.measures.items():
        found[name] = _rounded(figure)
        found[f"{name}_ci"] = (
            [round(end, _DIGITS) + 0.0 for end in figure.interval] if figure.interval else None
        )
    return found


def _rounded(figure: Figure) -> float | None:
    return None if figure.value is None else round(figure.value, _DIGITS) + 0.0

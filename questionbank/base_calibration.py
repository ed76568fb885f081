"""A base calibration for other weights, fitted as the shipped one is. Needs the `fit` extra."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from grader.calibration import Calibration
from grader.encoder import Encoder
from grader.fitting import Labelled, Source, fit
from grader.verdict import Verdict
from questionbank.bank import Bank
from questionbank.errors import UsageError
from questionbank.judging import instance_of
from questionbank.labelled_file import InterviewRow, LabelledFile, LabelledRow
from questionbank.rubric_tests import prompts_of


def fit_base(
    bank: Bank, files: Sequence[LabelledFile], encoder: Encoder, created: date
) -> Calibration:
    """Fit a calibration on the graded examples of a bank's rubrics and on judged answers.

    Args:
        bank: the rubrics.
        files: judged answers, checked against the bank; rows of other forms are left out.
        encoder: whose features it will read.
        created: the date to put in it.

    Raises:
        UsageError: there is too little to fit on.
    """
    prompts = prompts_of(bank)
    sources = [
        Source(rubric=rubric, question=prompts.get(name))
        for name, rubric in sorted(bank.rubrics.items())
    ]
    labelled = [one for file in files for one in labelled_of(file.rows(), bank)]
    data = [f"{file.path.name} sha256:{file.digest}" for file in files]
    try:
        return fit(sources, labelled, encoder, created, data)
    except ValueError as error:
        raise UsageError(
            f"{error}; name a bank with more rubrics and graded examples, or more judged answers"
        ) from error


def labelled_of(rows: Iterable[tuple[int, LabelledRow]], bank: Bank) -> Iterator[Labelled]:
    """Judged answers to rubrics of the bank; rows of other forms are left out."""
    for line, row in rows:
        if not isinstance(row, InterviewRow):
            continue
        rubric = instance_of(line, row, bank).rubric
        if rubric is not None:
            yield Labelled(
                question_id=rubric.id,
                answer=row.answer,
                labels={name: Verdict(label) for name, label in row.labels.items()},
                style=row.style or "answer",
            )

"""How well grades agree with people: every figure of the docs, measured anew.

Run with `python -m pytest tests/benchmarks -m agreement --data FOLDER`; the folder holds the
labelled files, which are not part of the project. About ten minutes on two processors, and an hour
more for the reference answers (`-k "not references"` leaves them out). Nothing is measured on what
it was fitted on, but for the rewrites, which compare the grader with itself.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from grader.calibration import load_calibration
from grader.engine import Grader
from grader.fitting import Source, fit
from grader.judged import HOSTILE
from grader.loading import load_grader
from grader.reading import read
from grader.reference_fitting import fit as fit_references
from grader.reference_fitting import read_scored
from grader.request import GradeRequest
from grader.verdict import Flag
from questionbank.attack import MAX_RATE, RESISTS, generate, run_attacks, summarise
from questionbank.attacks.material import materials
from questionbank.bank import Bank, load_bank
from questionbank.base_calibration import labelled_of
from questionbank.fairness import labelled_requests, measure_shifts
from questionbank.labelled_file import LabelledFile
from questionbank.plain_similarity import PlainSimilarity
from questionbank.rubric_tests import prompts_of

pytestmark = pytest.mark.agreement

Report = Callable[..., None]

ROOT = Path(__file__).parents[2]
INTERVIEW = "interview_dev.jsonl"
REFERENCES = (
    "beetle_train.jsonl.gz",
    "scientsbank_train.jsonl.gz",
    "saf_en_train.jsonl.gz",
    "digiklausur.jsonl.gz",
)
WITHHOLDING = frozenset({Flag.ECHO, Flag.STUFFING, Flag.INSTRUCTION, Flag.OFF_TOPIC, Flag.HIDDEN})
CREATED = date(2026, 1, 1)
"""Of what is fitted here and thrown away."""
NEAR = 0.015
"""How far a figure may lie from the one on record: another machine's last digits."""


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([ROOT])


@pytest.fixture(scope="module")
def grader() -> Grader:
    return load_grader()


@pytest.fixture
def interview(pytestconfig: pytest.Config) -> LabelledFile:
    return LabelledFile(folder(pytestconfig) / INTERVIEW)


def folder(config: pytest.Config) -> Path:
    given = config.getoption("--data", default=None)
    if given is None:
        pytest.fail("name the folder of the labelled files with --data FOLDER")
    return Path(given)


def test_interview_answers_to_questions_left_out(
    interview: LabelledFile, bank: Bank, grader: Grader, report: Report
) -> None:
    shipped = load_calibration()
    fitted_on = {entry.partition("@")[0] for entry in shipped.fit.data}
    prompts = prompts_of(bank)
    sources = [
        Source(rubric=rubric, question=prompts.get(name))
        for name, rubric in sorted(bank.rubrics.items())
        if name in fitted_on
    ]
    made = fit(sources, list(labelled_of(interview.rows(), bank)), grader.encoder, CREATED)
    figures = made.fit.figures
    for name, goal in (("auc", 0.98), ("accuracy", 0.93), ("kappa", 0.86), ("ece", 0.05)):
        bounds = f"{figures[f'{name}_low']:.3f} to {figures[f'{name}_high']:.3f}"
        report(f"honest {name}", figures[name], figures["n"], goal, bounds)
    report("ece of all", figures["ece_all"], "", 0.05)
    for style in HOSTILE:
        count = figures[f"{style}_n"]
        report(f"wrongly credited: {style}", figures[f"{style}_credited"] / count, count, MAX_RATE)
    errors = {band.rate: band for band in made.bands}
    whole, kept = errors[0.0], errors[0.15]
    report("error of all", whole.error, whole.kept, "")
    report("error with 15% in review", kept.error, kept.kept, whole.error / 2)
    report("graded examples: accuracy", figures["examples_accuracy"], figures["examples_n"], "")
    for name in ("auc", "accuracy", "kappa"):
        assert figures[name] == pytest.approx(shipped.fit.figures[name], abs=NEAR)


def test_flags_that_withhold_credit_from_honest_answers(
    interview: LabelledFile, bank: Bank, report: Report
) -> None:
    requests = labelled_requests(interview.rows(), bank)
    flagged = sum(bool(WITHHOLDING & set(read(request).flags)) for request in requests)
    report("honest answers with a flag", flagged / len(requests), len(requests), 0.02)
    assert flagged / len(requests) <= 0.02


def test_generated_attacks(bank: Bank, grader: Grader, report: Report) -> None:
    found = materials(bank)
    assert grader.calibration is not None
    outcomes = run_attacks(
        generate(found, limit=2),
        found,
        grader.grade_many,
        grader.calibration.thresholds,
        PlainSimilarity(grader.encoder),
    )
    for result in summarise(outcomes):
        plain = f"plain similarity {result.plain_rate or 0:.1%}"
        report(f"attack: {result.family}", result.rate, result.points, MAX_RATE, plain)
        assert result.instances >= 100
        assert (result.plain_rate or 0.0) >= RESISTS


def test_rewrites_of_honest_answers(
    interview: LabelledFile, bank: Bank, grader: Grader, report: Report
) -> None:
    requests: list[GradeRequest] = labelled_requests(interview.rows(), bank)
    assert grader.calibration is not None
    thresholds = grader.calibration.thresholds
    for shift in measure_shifts(requests, grader.grade_many, thresholds):
        report(f"flips: {shift.rewrite}", shift.flips / shift.points, shift.points, 0.04)
        assert shift.flips < shift.points


def test_references_of_questions_left_out(
    pytestconfig: pytest.Config, grader: Grader, report: Report
) -> None:
    files = [folder(pytestconfig) / name for name in REFERENCES]
    scored = [one for path in files for one in read_scored(path)]
    made, _, _ = fit_references(scored, grader.encoder, CREATED)
    figures = made.fit.figures
    goals = dict(zip(REFERENCES, (0.68, 0.52, 0.87, 0.75), strict=True))
    for name, goal in goals.items():
        course = name.partition(".")[0]
        low, high = (figures[f"pearson {course} {end}"] for end in ("low", "high"))
        count = figures[f"n {course}"]
        report(f"pearson: {course}", figures[f"pearson {course}"], count, goal, f"{low} to {high}")
        report(f"ece: {course}", figures[f"ece {course}"], count, 0.05)
        assert figures[f"pearson {course}"] > 0.3

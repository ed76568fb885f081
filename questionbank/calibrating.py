"""A person's own graded answers, from a file or from the record, turned into a refinement."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from grader.calibration import Calibration
from grader.canonical import digest
from grader.engine import Grader
from grader.errors import CalibrationError
from grader.gains import record
from grader.refinement import FORMAT, Refinement, RubricRefinement
from grader.refining import LEAST, Sample, fit_points, samples_of
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.verdict import Verdict
from questionbank.answer_file import AnswerRow
from questionbank.attempt import AttemptRecord
from questionbank.bank import Bank
from questionbank.batch import resolve
from questionbank.errors import UsageError
from questionbank.judging import instance_of
from questionbank.labelled_file import InterviewRow, LabelledRow
from questionbank.review import effective

FOLDS = 5
"""Folds by answer behind the figures before and after."""


class LabelledAnswer(NamedTuple):
    """An answer to a rubric of the bank, with a person's verdicts on its points."""

    rubric: Rubric
    question: str
    """The prompt."""
    answer: str
    verdicts: dict[str, Verdict]
    """By point, at least one."""


class Gathered(NamedTuple):
    """Labelled answers, and what could not be used."""

    answers: list[LabelledAnswer]
    others: int
    """Rows without labels on a rubric of the bank, or decisions on a text that has changed."""


def from_rows(
    rows: Iterable[tuple[int, LabelledRow]], bank: Bank, wanted: Collection[str] = ()
) -> Gathered:
    """Take the answers to rubrics of the bank out of a file.

    Args:
        rows: line numbers and rows, checked against the bank.
        bank: where their questions are.
        wanted: ids of rubrics; none for all.
    """
    found, others = [], 0
    for line, row in rows:
        instance = instance_of(line, row, bank) if isinstance(row, InterviewRow) else None
        if instance is None or instance.rubric is None or not isinstance(row, InterviewRow):
            others += 1
        elif not wanted or instance.rubric.id in wanted:
            labels = {name: Verdict(label) for name, label in row.labels.items()}
            found.append(LabelledAnswer(instance.rubric, instance.prompt, row.answer, labels))
    return Gathered(found, others)


def from_record(
    records: Iterable[AttemptRecord], bank: Bank, wanted: Collection[str] = ()
) -> Gathered:
    """Take the verdicts that people gave over the machine's.

    A decision counts if the rubric it was made on is the bank's present one.

    Args:
        records: attempts.
        bank: where their questions are.
        wanted: ids of rubrics; none for all.
    """
    found, others = [], 0
    for one in records:
        for answer in one.answers:
            graded = one.grade_of(answer.id)
            if graded is None or answer.id in one.erased:
                continue
            decided = effective(one, graded).overrides
            judged_on = graded.grade.provenance.rubric
            if not decided or judged_on is None or (wanted and judged_on.id not in wanted):
                continue
            step = one.attempt.steps[answer.position]
            asked = AnswerRow(question_id=step.key, answer=answer.text, seed=step.seed)
            instance = next(resolve([(1, asked)], bank)).instance
            rubric = instance.rubric if instance else None
            if instance and rubric and rubric.structure_hash == judged_on.structure_hash:
                verdicts = {name: override.verdict for name, override in decided.items()}
                found.append(LabelledAnswer(rubric, instance.prompt, answer.text, verdicts))
            else:
                others += len(decided)
    return Gathered(found, others)


def digest_of(answers: Sequence[LabelledAnswer]) -> str:
    """SHA-256 of answers and verdicts, whatever their order: 64 hexadecimal digits."""
    rows = sorted([one.rubric.id, one.answer, dict(one.verdicts)] for one in answers)
    return digest(rows).removeprefix("sha256:")


def learn(
    answers: Sequence[LabelledAnswer],
    grader: Grader,
    *,
    data: str,
    data_digest: str,
    created: date,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> Refinement:
    """Make a refinement, with its figures.

    Args:
        answers: what people judged.
        grader: the base; a refinement it has already is passed over.
        data: what to call the answers' origin.
        data_digest: its SHA-256.
        created: the date to put in it.
        seed: of folds and draws.
        tick: called after each answer.

    Raises:
        CalibrationError: the weights have no calibration that could be refined.
        UsageError: no point has enough labelled answers; the message says how many there are.
    """
    calibration = grader.calibration
    if calibration is None:
        raise CalibrationError(
            grader.encoder.name,
            "there is none to refine; make one with `questionbank calibrate --base`",
        )
    rubrics = {one.rubric.id: one.rubric for one in answers}
    samples = _look(answers, grader, calibration, tick)
    _need_enough(
        {
            f"{rubric}#{name}": len(some)
            for rubric, ps in samples.items()
            for name, some in ps.items()
        }
    )
    learnt = _learnt(samples, rubrics)
    return Refinement(
        format=FORMAT,
        id=_id_of(learnt, calibration, created),
        created=created.isoformat(),
        base=calibration.stem,
        weights_digest=grader.encoder.weights_digest,
        rubrics=learnt,
        fit=record(
            {
                one.rubric: {name: samples[one.rubric][name] for name in one.points}
                for one in learnt
            },
            {
                name: {point.id: point.weight for point in rubric.points}
                for name, rubric in rubrics.items()
            },
            calibration.thresholds,
            data=data,
            digest=data_digest,
            folds=FOLDS,
            seed=seed,
        ),
    )


def _look(
    answers: Sequence[LabelledAnswer],
    grader: Grader,
    calibration: Calibration,
    tick: Callable[[], None],
) -> dict[str, defaultdict[str, list[Sample]]]:
    """What the grader saw of each labelled point, by rubric and point."""
    samples: dict[str, defaultdict[str, list[Sample]]] = {
        name: defaultdict(list) for name in sorted({one.rubric.id for one in answers})
    }
    requests = (
        GradeRequest(answer=one.answer, rubric=one.rubric, question=one.question) for one in answers
    )
    for one, sight in zip(answers, grader.sights(requests), strict=True):
        shares = {name: verdict.share or 0.0 for name, verdict in one.verdicts.items()}
        for name, sample in samples_of(sight, one.answer, shares, calibration).items():
            samples[one.rubric.id][name].append(sample)
        tick()
    return samples


def _learnt(
    samples: Mapping[str, Mapping[str, Sequence[Sample]]], rubrics: Mapping[str, Rubric]
) -> tuple[RubricRefinement, ...]:
    """What there is to learn on each rubric that has a point with enough labels."""
    return tuple(
        RubricRefinement(
            rubric=name,
            structure_hash=rubrics[name].structure_hash,
            points=fit_points(points),
            left={point: len(some) for point, some in points.items() if len(some) < LEAST},
        )
        for name, points in samples.items()
        if any(len(some) >= LEAST for some in points.values())
    )


def _id_of(learnt: Sequence[RubricRefinement], base: Calibration, created: date) -> str:
    """The date, and a digest of all that decides grades."""
    made_of = {
        "rubrics": [one.model_dump(mode="json") for one in learnt],
        "base": base.stem,
        "weights": base.weights_digest,
    }
    return f"own-{created.isoformat()}-{digest(made_of).removeprefix('sha256:')[:8]}"


def need_labels(answers: Sequence[LabelledAnswer]) -> None:
    """See, before a model is loaded, that a point has enough labelled answers.

    Raises:
        UsageError: none has; the message says how many there are.
    """
    _need_enough(Counter(f"{one.rubric.id}#{name}" for one in answers for name in one.verdicts))


def _need_enough(counts: Mapping[str, int]) -> None:
    if not counts or max(counts.values()) < LEAST:
        best = max(counts, key=lambda name: counts[name], default=None)
        have = f"the most are {counts[best]}, on {best}" if best else "there are none"
        raise UsageError(
            f"a point needs {LEAST} labelled answers to learn from, and {have}; label more answers"
        )

"""Makes a calibration from answers that people have judged and from rubrics' graded examples.

Run as `python -m grader.fitting RUBRIC.json ... --labelled FILE --output calibration.json`. Each
RUBRIC.json holds `{"rubric": .., "question": ..}`, or a rubric alone; a line of FILE holds
`{"question_id": <rubric id>, "style": .., "answer": .., "labels": {point: verdict}}`. Needs the
`fit` extra.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from grader.calibration import FORMAT, Calibration, FitRecord
from grader.canonical import digest
from grader.choosing import choose_bands, choose_thresholds, measure
from grader.encoder import Encoder
from grader.engine import Grader
from grader.errors import GraderError
from grader.features import FEATURES
from grader.fusion import Fusion
from grader.growing import fit_fusion
from grader.judged import EXAMPLE, HOSTILE, Judged
from grader.request import GradeRequest
from grader.rubric import Record, Rubric
from grader.sentence_encoder import load_encoder
from grader.verdict import Verdict
from grader.weights import file_digest

HOSTILE_WEIGHT = 2
"""What a judgement on a hostile answer counts in the fit, beside one on an honest answer: fewer
wrong credits, for half a point of honest accuracy."""


class Source(Record):
    """A rubric to learn from, with the question it belongs to."""

    rubric: Rubric
    question: str | None = None


class Labelled(BaseModel):
    """An answer that people have judged; what else its line holds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question_id: str
    """The rubric's id."""
    answer: str
    labels: dict[str, Verdict]
    style: str = "answer"


class Seen(NamedTuple):
    """A judgement with what the machine saw."""

    rubric: str
    point: str
    style: str
    verdict: Verdict
    features: dict[str, float]
    """Empty where nothing in the answer may earn anything."""


def fit(
    sources: Sequence[Source],
    labelled: Sequence[Labelled],
    encoder: Encoder,
    created: date,
    data: Sequence[str] = (),
) -> Calibration:
    """Fit a calibration.

    Args:
        sources: at least two rubrics; figures are measured by leaving each one out in turn.
        labelled: judged answers to them; those to other questions are passed over.
        encoder: whose features it will read.
        created: the date to put in it.
        data: what to name in the record beside the rubrics.

    Raises:
        ValueError: judgements on fewer than two rubrics, or all met or all not.
    """
    seen = [one for source in sources for one in collect(source, labelled, encoder)]
    groups = sorted({one.rubric for one in seen})
    if len(groups) < 2:
        raise ValueError("at least two rubrics are needed, to measure on what was left out")
    left_out: list[Judged] = []
    for group in groups:
        model = _fit([one for one in seen if one.rubric != group])
        left_out += [_judge(one, model) for one in seen if one.rubric == group]
    whole = _fit(seen)
    thresholds = choose_thresholds(left_out)
    content = {"fusion": whole.model_dump(), "thresholds": thresholds.model_dump()}
    return Calibration(
        **dict(whole),
        format=FORMAT,
        id=f"{created.isoformat()}-{digest(content).removeprefix('sha256:')[:8]}",
        created=created.isoformat(),
        model=encoder.name,
        weights_digest=encoder.weights_digest,
        thresholds=thresholds,
        bands=choose_bands(left_out, thresholds.met),
        fit=FitRecord(
            data=(
                *data,
                *(f"{s.rubric.id}@{s.rubric.version} {s.rubric.structure_hash}" for s in sources),
            ),
            rows=len(seen),
            folds="each rubric left out in turn, its answers and graded examples with it",
            figures=measure(left_out, thresholds),
            note=_note(labelled),
        ),
    )


def collect(source: Source, labelled: Sequence[Labelled], encoder: Encoder) -> Iterator[Seen]:
    """Gather judgements on one rubric: of people's answers, then of its graded examples.

    Args:
        source: the rubric and its question.
        labelled: answers; those of other questions are passed over.
        encoder: embeds them.
    """
    rubric = source.rubric
    answers = [(a.answer, a.style, a.labels) for a in labelled if a.question_id == rubric.id]
    answers += [(example.answer, EXAMPLE, example.verdicts) for example in rubric.examples]
    requests = (
        GradeRequest(answer=answer, rubric=rubric, question=source.question)
        for answer, _, _ in answers
    )
    grades = Grader(encoder).grade_many(requests)
    for grade, (_, style, labels) in zip(grades, answers, strict=True):
        for point in grade.points:
            if point.id in labels:
                yield Seen(rubric.id, point.id, style, labels[point.id], point.features)


def _fit(seen: Sequence[Seen]) -> Fusion:
    """Fit the fusion on all judgements that are clear."""
    clear = [one for one in seen if one.verdict is not Verdict.PARTIAL and one.features]
    clear += [one for one in clear if one.style in HOSTILE] * (HOSTILE_WEIGHT - 1)
    met = np.array([one.verdict is Verdict.MET for one in clear])
    if not clear or met.all() or not met.any():
        raise ValueError("the judgements must hold met points and others")
    values = np.array([[one.features[name] for name in FEATURES] for one in clear])
    return fit_fusion(FEATURES, values, met)


def _judge(one: Seen, model: Fusion) -> Judged:
    """Judge what the model has not seen; what may earn nothing has no chance."""
    odds = model.log_odds(one.features) if one.features else -np.inf
    chance = float(0.5 * (1.0 + np.tanh(0.5 * odds)))
    return Judged(one.rubric, one.style, one.verdict, chance, one.features.get("opposition"))


def _note(labelled: Sequence[Labelled]) -> str:
    examples = "the rubrics' graded examples"
    if not labelled:
        return f"Fitted on {examples} alone; no answers of real people."
    return (
        f"Fitted on {len(labelled)} answers written and rated for this project, not by real "
        f"candidates, and on {examples}. Features, their number, probe and adapter settings were "
        "chosen on the same questions: expect less on others."
    )


def read_source(path: Path) -> Source:
    """Read a rubric to learn from, with or without its question.

    Raises:
        OSError, ValueError: it cannot be read, or is none.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    return Source.model_validate(content if "rubric" in content else {"rubric": content})


def _read_labelled(path: Path) -> list[Labelled]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Labelled.model_validate_json(line) for line in lines if line.strip()]


def as_text(calibration: Calibration) -> str:
    """Write a calibration so that a person can read it: a term, a band or a tree a line."""
    content = calibration.model_dump(mode="json")
    lists = {name: content[name] for name in ("terms", "bands", "trees")}
    text = json.dumps({**content, **{name: [] for name in lists}}, indent=2)
    for name, items in lists.items():
        lines = ",\n    ".join(json.dumps(item, separators=(",", ":")) for item in items)
        if items:
            text = text.replace(f'"{name}": []', f'"{name}": [\n    {lines}\n  ]', 1)
    return text + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit a calibration and write it.

    Args:
        arguments: the command line; that of the process if None.

    Returns:
        0; 1 if it cannot be fitted, with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m grader.fitting", description=__doc__)
    parser.add_argument("rubrics", nargs="+", type=Path, metavar="RUBRIC.json")
    parser.add_argument("--labelled", nargs="*", type=Path, default=[], metavar="FILE")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--model")
    parser.add_argument("--date", type=date.fromisoformat, default=None)
    given = parser.parse_args(arguments)
    try:
        sources = [read_source(path) for path in given.rubrics]
        labelled = [one for path in given.labelled for one in _read_labelled(path)]
        data = [f"{path.name} sha256:{file_digest(path)}" for path in given.labelled]
        created = given.date or datetime.now(UTC).date()
        calibration = fit(sources, labelled, load_encoder(given.model), created, data)
        given.output.write_text(as_text(calibration), encoding="utf-8")
    except (OSError, ValueError, GraderError) as error:
        sys.stderr.write(f"cannot fit: {error}\n")
        return 1
    sys.stdout.write(json.dumps(calibration.fit.figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

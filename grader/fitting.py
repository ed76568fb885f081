"""Makes a calibration from rubrics: their graded examples, and their own sentences held out.

Run as `python -m grader.fitting RUBRIC.json ... --output calibration.json`. Each file holds
`{"rubric": .., "question": ..}`, or a rubric alone. Needs the `fit` extra.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from grader.calibration import FORMAT, Calibration, FitRecord, Term, Thresholds
from grader.canonical import digest
from grader.encoder import Encoder
from grader.engine import Grader
from grader.errors import GraderError
from grader.grade import PointGrade
from grader.rubric import Point, Record, Rubric
from grader.sentence_encoder import load_encoder
from grader.similarity import FEATURES
from grader.verdict import Verdict

_INVERSE_PENALTY = 0.3
_EXAMPLE_WEIGHT = 3.0
"""What a judgement on a whole answer counts beside one on a single held-out sentence."""
_REVIEW_SHARE = 0.1
"""Share of the judgements that the doubtful band sends to a person."""
_PARTIAL_WIDTH = 0.15
"""Probability below the doubtful band that is still half a point."""
_FALSE_ALARMS = 0.01
"""Share of the not-contradicted judgements that may be called contradicted."""
_OFF_TOPIC = 0.25


class Source(Record):
    """A rubric to learn from, with the question it belongs to."""

    rubric: Rubric
    question: str | None = None


class Row(NamedTuple):
    """One judgement with what the machine saw."""

    rubric: str
    point: str
    features: tuple[float, ...]
    """In the order of `FEATURES`."""
    verdict: Verdict
    whole: bool
    """From a whole answer; else from a single held-out sentence."""


def fit(sources: Sequence[Source], encoder: Encoder, created: date) -> Calibration:
    """Fit a calibration.

    Args:
        sources: at least two rubrics, with graded examples; figures are measured by leaving
            each one out in turn.
        encoder: whose features it will read.
        created: the date to put in it.

    Raises:
        ValueError: fewer than two rubrics, or examples that are all met or all not.
    """
    rows = [row for source in sources for row in collect(source, encoder)]
    groups = sorted({row.rubric for row in rows})
    if len(groups) < 2:
        raise ValueError("at least two rubrics are needed, to measure on what was left out")
    judged = [row for row in rows if row.whole]
    clear = [row for row in judged if row.verdict is not Verdict.PARTIAL]
    if len({row.verdict is Verdict.MET for row in clear}) < 2:
        raise ValueError("the graded examples must hold met points and others")
    left_out: dict[Row, float] = {}
    for group in groups:
        model = _fit_terms([row for row in rows if row.rubric != group])
        left_out.update({row: _probability(model, row) for row in judged if row.rubric == group})
    thresholds = _thresholds(judged, left_out)
    terms, intercept = _fit_terms(rows)
    record = FitRecord(
        data=tuple(f"{s.rubric.id}@{s.rubric.version} {s.rubric.structure_hash}" for s in sources),
        rows=len(rows),
        folds="each rubric left out in turn",
        figures=_figures(judged, left_out, thresholds),
        note=(
            "Fitted on the rubrics' own graded examples and on their exemplars and "
            "counterexamples, each held out from the probes; no answers of real people."
        ),
    )
    content = {
        "terms": [term.model_dump() for term in terms],
        "intercept": intercept,
        "thresholds": thresholds.model_dump(),
    }
    return Calibration(
        format=FORMAT,
        id=f"{created.isoformat()}-{digest(content).removeprefix('sha256:')[:8]}",
        created=created.isoformat(),
        model=encoder.name,
        weights_digest=encoder.weights_digest,
        terms=terms,
        intercept=intercept,
        thresholds=thresholds,
        fit=record,
    )


def collect(source: Source, encoder: Encoder) -> Iterator[Row]:
    """Gather judgements from a rubric: its graded examples, then its own sentences held out.

    A held-out exemplar meets its own point and no other; a held-out counterexample does not meet
    its own. The probes are fitted anew without it each time.

    Args:
        source: the rubric and its question.
        encoder: embeds it.
    """
    rubric, question = source.rubric, source.question
    grader = Grader(encoder)
    for example in rubric.examples:
        for point in grader.grade(example.answer, rubric, question).points:
            if point.features and point.id in example.verdicts:
                yield _row(rubric, point, example.verdicts[point.id], whole=True)
    for sentence, own, meets in _sentences(rubric):
        without = _without(rubric, sentence)
        if without is None:
            continue
        for point in grader.grade(sentence, without, question).points:
            if point.features and (meets or point.id == own):
                verdict = Verdict.MET if meets and point.id == own else Verdict.NOT_MET
                yield _row(rubric, point, verdict, whole=False)


def _row(rubric: Rubric, point: PointGrade, verdict: Verdict, *, whole: bool) -> Row:
    values = tuple(point.features[name] for name in FEATURES)
    return Row(rubric.id, point.id, values, verdict, whole)


def _sentences(rubric: Rubric) -> Iterator[tuple[str, str, bool]]:
    """Each sentence of a rubric, its point, and whether it meets it."""
    for point in rubric.points:
        yield from ((text, point.id, True) for text in point.exemplars)
        yield from ((text, point.id, False) for text in point.counterexamples)


def _without(rubric: Rubric, sentence: str) -> Rubric | None:
    """The rubric as if a sentence had never been written; None if a point would be left bare."""
    points: list[Point] = []
    for point in rubric.points:
        good = tuple(text for text in point.exemplars if text != sentence)
        bad = tuple(text for text in point.counterexamples if text != sentence)
        if not good:
            return None
        points.append(point.model_copy(update={"exemplars": good, "counterexamples": bad}))
    # Built anew: a copy would keep the hashes of the whole.
    return Rubric(id=rubric.id, version=rubric.version, title=rubric.title, points=tuple(points))


def _fit_terms(rows: Sequence[Row]) -> tuple[tuple[Term, ...], float]:
    """Fit the logistic map on all rows that are clear; classes weigh the same."""
    clear = [row for row in rows if row.verdict is not Verdict.PARTIAL]
    values = np.array([row.features for row in clear])
    target = np.array([row.verdict is Verdict.MET for row in clear])
    weight = np.array([_EXAMPLE_WEIGHT if row.whole else 1.0 for row in clear])
    mean = values.mean(axis=0)
    scale = values.std(axis=0)
    scale[scale < 1e-9] = 1.0
    model = LogisticRegression(C=_INVERSE_PENALTY, class_weight="balanced", max_iter=1000)
    model.fit((values - mean) / scale, target, sample_weight=weight)
    terms = tuple(
        Term(
            feature=name,
            mean=round(float(mean[index]), 6),
            scale=round(float(scale[index]), 6),
            coefficient=round(float(model.coef_[0][index]), 6),
        )
        for index, name in enumerate(FEATURES)
    )
    return terms, round(float(model.intercept_[0]), 6)


def _probability(model: tuple[tuple[Term, ...], float], row: Row) -> float:
    terms, total = model
    for term, value in zip(terms, row.features, strict=True):
        total += term.coefficient * (value - term.mean) / term.scale
    return float(0.5 * (1.0 + np.tanh(0.5 * total)))


def _thresholds(judged: Sequence[Row], left_out: dict[Row, float]) -> Thresholds:
    """Choose where verdicts change, on left-out probabilities.

    `met` where most judgements come out right; around it the doubtful band, wide enough for
    `_REVIEW_SHARE`; below that a band for `partial`.
    """
    clear = [row for row in judged if row.verdict is not Verdict.PARTIAL]
    chance = np.array([left_out[row] for row in clear])
    met = np.array([row.verdict is Verdict.MET for row in clear])
    grid = np.linspace(0.3, 0.8, 51)
    right = np.array([np.mean((chance >= edge) == met) for edge in grid])
    # The middle of the best stretch: its ends are accidents of a few answers.
    edge = float(np.mean(grid[right >= right.max() - 0.005]))
    every = np.array([left_out[row] for row in judged])
    half = float(np.quantile(np.abs(every - edge), _REVIEW_SHARE))
    low, high = max(0.0, edge - half), min(1.0, edge + half)
    return Thresholds(
        met=round(edge, 3),
        partial=round(max(0.0, low - _PARTIAL_WIDTH), 3),
        review_low=round(low, 3),
        review_high=round(high, 3),
        opposition=_opposition(judged),
        off_topic=_OFF_TOPIC,
    )


def _opposition(judged: Sequence[Row]) -> float:
    """The margin that hardly any answer reaches which does not contradict the point."""
    at = FEATURES.index("opposition")
    loyal = [row.features[at] for row in judged if row.verdict is not Verdict.CONTRADICTED]
    return round(max(0.0, float(np.quantile(loyal, 1.0 - _FALSE_ALARMS))), 3)


def _figures(
    judged: Sequence[Row], left_out: dict[Row, float], thresholds: Thresholds
) -> dict[str, float]:
    """Measure on the left-out judgements, the doubtful ones decided as well."""
    clear = [row for row in judged if row.verdict is not Verdict.PARTIAL]
    chance = np.array([left_out[row] for row in clear])
    met = np.array([row.verdict is Verdict.MET for row in clear])
    said = chance >= thresholds.met
    every = np.array([left_out[row] for row in judged])
    doubtful = (every >= thresholds.review_low) & (every < thresholds.review_high)
    figures = {
        "n": float(len(clear)),
        "auc": roc_auc_score(met, chance),
        "accuracy": np.mean(said == met),
        "kappa": cohen_kappa_score(met, said),
        "review_rate": np.mean(doubtful),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def _read(path: Path) -> Source:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Source.model_validate(content if "rubric" in content else {"rubric": content})


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit a calibration and write it.

    Args:
        arguments: the command line; that of the process if None.

    Returns:
        0; 1 if it cannot be fitted, with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m grader.fitting", description=__doc__)
    parser.add_argument("rubrics", nargs="+", type=Path, metavar="RUBRIC.json")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--model")
    parser.add_argument("--date", type=date.fromisoformat, default=None)
    given = parser.parse_args(arguments)
    try:
        sources = [_read(path) for path in given.rubrics]
        created = given.date or datetime.now(UTC).date()
        calibration = fit(sources, load_encoder(given.model), created)
        text = json.dumps(calibration.model_dump(mode="json"), indent=2) + "\n"
        given.output.write_text(text, encoding="utf-8")
    except (OSError, ValueError, GraderError) as error:
        sys.stderr.write(f"cannot fit: {error}\n")
        return 1
    sys.stdout.write(json.dumps(calibration.fit.figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

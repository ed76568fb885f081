"""Makes a calibration from answers that people have judged and from what rubrics hold.

Of a rubric its graded examples, and some of its exemplars and counterexamples, each left out of the
rubric and graded as an answer; and graded examples of other subjects, which meet nothing. All count
less, for their authors knew what is looked for. Honest answers of people are in it twice, once with
courtesies around them.

Run as `python -m grader.fitting RUBRIC.json ... --labelled FILE --output calibration.json`. Each
RUBRIC.json holds `{"rubric": .., "question": ..}`, or a rubric alone; a line of FILE holds
`{"question_id": <rubric id>, "style": .., "answer": .., "labels": {point: verdict}}`. Needs the
`fit` extra.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from grader.calibration import FORMAT, Calibration, FitRecord
from grader.canonical import digest
from grader.choosing import choose_bands, choose_thresholds, measure
from grader.courtesies import among_courtesies
from grader.encoder import Encoder
from grader.engine import Grader
from grader.errors import GraderError
from grader.features import FEATURES
from grader.fusion import Fusion
from grader.growing import fit_fusion
from grader.held_out import hold_out
from grader.judged import COURTEOUS, ELSEWHERE, EXAMPLE, HELD_OUT, HOSTILE, Judged
from grader.language import content_stems
from grader.request import GradeRequest
from grader.rubric import Record, Rubric
from grader.sentence_encoder import load_encoder
from grader.verdict import Verdict
from grader.weights import file_digest

WEIGHTS = {
    **dict.fromkeys(HOSTILE, 2.0),
    COURTEOUS: 0.5,
    EXAMPLE: 0.3,
    HELD_OUT: 0.2,
    ELSEWHERE: 0.15,
}
"""What a judgement counts in the fit by its answer's style, beside 1 for any other.

Hostile answers: fewer wrong credits, for half a point of honest accuracy. What a rubric's author
wrote: more of it at weight 1 costs a point of accuracy on answers that others wrote and judged.
"""
EVERY = 5
"""Of a point's exemplars and counterexamples every fifth is graded, left out of the rubric."""
UNMEASURED = (HELD_OUT, ELSEWHERE, COURTEOUS)
"""Styles that are fitted on, and that no threshold is chosen and no figure taken on."""
STRANGERS = 10
"""Graded examples of rubrics on other subjects that each rubric is tried on."""
_SHARED = 2
"""Content words that an answer and a point have in common, from which it may well meet it."""
PARTS = 10
"""Into how many parts rubrics without judged answers are divided, each left out in turn."""


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


_Judgement = tuple[Rubric, str, str, Mapping[str, Verdict]]


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
    seen = [one for source in sources for one in collect(source, labelled, encoder, sources)]
    parts = _parts({one.rubric for one in seen}, {one.question_id for one in labelled})
    if len(parts) < 2:
        raise ValueError("at least two rubrics are needed, to measure on what was left out")
    whole_answers = (one for one in seen if _is_clear(one) and one.style not in UNMEASURED)
    if len({one.verdict is Verdict.MET for one in whole_answers}) < 2:
        raise ValueError("the judgements must hold met points and others")
    left_out: list[Judged] = []
    for part in parts:
        model = _fit([one for one in seen if one.rubric not in part])
        tried = (one for one in seen if one.rubric in part and one.style not in UNMEASURED)
        left_out += [_judge(one, model) for one in tried]
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
            folds=(
                "each rubric with judged answers left out in turn, the others in "
                f"{PARTS} parts; all that a rubric holds goes with it"
            ),
            figures=measure(left_out, thresholds),
            note=_note(labelled),
        ),
    )


def _elsewhere(source: Source, sources: Sequence[Source]) -> Iterator[_Judgement]:
    """Answers to questions of other areas: they meet no point they have no words in common with."""
    rubric = source.rubric
    pool = [
        example.answer
        for other in sources
        if _area(other.rubric) != _area(rubric)
        for example in other.rubric.examples
    ]
    chance = random.Random(rubric.id)  # noqa: S311 - to be repeated, not to be guessed
    told = {
        point.id: set(content_stems(f"{point.title} {point.description}"))
        for point in rubric.points
    }
    for answer in chance.sample(pool, min(STRANGERS, len(pool))):
        said = set(content_stems(answer))
        strange = [name for name, stems in told.items() if len(said & stems) < _SHARED]
        yield rubric, answer, ELSEWHERE, dict.fromkeys(strange, Verdict.NOT_MET)


def _area(rubric: Rubric) -> str:
    return rubric.id.partition("/")[0]


def _parts(rubrics: set[str], answered: set[str]) -> list[set[str]]:
    """Divide rubrics into what is left out together."""
    alone = [{name} for name in sorted(rubrics & answered)]
    others = sorted(rubrics - answered)
    return alone + [set(others[at::PARTS]) for at in range(min(PARTS, len(others)))]


def collect(
    source: Source,
    labelled: Sequence[Labelled],
    encoder: Encoder,
    sources: Sequence[Source] = (),
) -> Iterator[Seen]:
    """Gather judgements on one rubric: of people's answers, its graded examples, its sentences.

    Args:
        source: the rubric and its question.
        labelled: answers; those of other questions are passed over.
        encoder: embeds them.
        sources: where to find answers about something else.
    """
    judged = [
        *_answers(source, labelled),
        *_courteous(source, labelled),
        *_sentences(source),
        *_elsewhere(source, sources),
    ]
    requests = (
        GradeRequest(answer=text, rubric=rubric, question=source.question)
        for rubric, text, _, _ in judged
    )
    grades = Grader(encoder).grade_many(requests)
    for grade, (rubric, _, style, labels) in zip(grades, judged, strict=True):
        for point in grade.points:
            if point.id in labels:
                yield Seen(rubric.id, point.id, style, labels[point.id], point.features)


def _answers(source: Source, labelled: Sequence[Labelled]) -> Iterator[_Judgement]:
    """What people wrote and judged: rubric, text, style, verdicts."""
    rubric = source.rubric
    for one in labelled:
        if one.question_id == rubric.id:
            yield rubric, one.answer, one.style, one.labels
    for example in rubric.examples:
        yield rubric, example.answer, EXAMPLE, example.verdicts


def _courteous(source: Source, labelled: Sequence[Labelled]) -> Iterator[_Judgement]:
    """Honest answers that people judged, among courtesies: these change no verdict."""
    honest = (one for one in labelled if one.style not in HOSTILE)
    for number, one in enumerate(honest):
        if one.question_id == source.rubric.id:
            chance = random.Random(f"{number}")  # noqa: S311 - to be repeated, not to be guessed
            yield source.rubric, among_courtesies(one.answer, chance), COURTEOUS, one.labels


def _sentences(source: Source) -> Iterator[_Judgement]:
    """Some of a rubric's own sentences: an exemplar meets its point, and nothing meets another."""
    for one in hold_out(source.rubric, counterexamples=True):
        if one.at % EVERY == 0:
            verdicts = dict.fromkeys((point.id for point in one.reduced.points), Verdict.NOT_MET)
            if one.is_exemplar:
                verdicts[one.point_id] = Verdict.MET
            yield one.reduced, one.text, HELD_OUT, verdicts


def _is_clear(one: Seen) -> bool:
    """Whether it was judged met or not met, on something that may earn a point."""
    return one.verdict is not Verdict.PARTIAL and bool(one.features)


def _fit(seen: Sequence[Seen]) -> Fusion:
    """Fit the fusion on all judgements that are clear."""
    clear = [one for one in seen if _is_clear(one)]
    weights = np.array([WEIGHTS.get(one.style, 1.0) for one in clear])
    met = np.array([one.verdict is Verdict.MET for one in clear])
    values = np.array([[one.features[name] for name in FEATURES] for one in clear])
    return fit_fusion(FEATURES, values, met, weights)


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

"""The learning curve of scores against references, on questions that the base has not seen.

Run as `python -m grader.reference_gains DATA ... --left-out FILE`. DATA are the files that
`grader.reference_fitting` was given, in that order, and FILE is what its `--left-out` wrote. Needs
the `fit` extra.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from grader.encoder import Encoder
from grader.errors import GraderError
from grader.reading import plain
from grader.reference_cross_fit import LeftOut, Scored
from grader.reference_curve import CurvePoint, Labelled, learning_curve, name_of
from grader.reference_fitting import read_scored
from grader.reference_scoring import (
    SHIPPED,
    ReferenceCalibration,
    ReferenceSight,
    load_reference_calibration,
)
from grader.sentence_encoder import load_encoder

_FOLDS = 5


def curves(
    scored: Sequence[Scored],
    left_out: Sequence[LeftOut],
    encoder: Encoder,
    calibration: ReferenceCalibration,
    folds: int = _FOLDS,
) -> dict[str, list[CurvePoint]]:
    """Draw a curve for each data set.

    Args:
        scored: the answers that the base was fitted on.
        left_out: what was predicted of each while its question was left out, in the same order.
        encoder: embeds them.
        calibration: what turns a share and a probability into a score.
        folds: of the answers to a question.

    Raises:
        ValueError: the two are not about the same answers.
    """
    if [_key(one) for one in scored] != [(one.course, one.question, one.share) for one in left_out]:
        raise ValueError("what was left out belongs to other data, or to these in another order")
    texts = [plain(one.answer) for one in scored]
    unique = list(dict.fromkeys(text for text in texts if text))
    known = dict(zip(unique, encoder.encode(unique).astype(np.float64), strict=True))
    courses: dict[str, defaultdict[str, list[Labelled]]] = {}
    for place, (one, told) in enumerate(zip(scored, left_out, strict=True)):
        chance = calibration.non_answer if told.declined else told.probability
        sight = ReferenceSight(
            calibration.judge(told.predicted, chance),
            known.get(texts[place], np.zeros(encoder.dim)),
            told.declined,
        )
        questions = courses.setdefault(one.course, defaultdict(list))
        questions[one.question_id].append(Labelled(place, name_of(one.answer), sight, one.share))
    return {
        course: learning_curve(list(questions.values()), calibration, folds=folds)
        for course, questions in courses.items()
    }


def _key(one: Scored) -> tuple[str, str, float]:
    return one.course, f"{one.course}/{one.question_id}", one.share


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the curves as JSON, by data set.

    Args:
        arguments: the command line; that of the process if None.

    Returns:
        0; 1 if they cannot be drawn, with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m grader.reference_gains", description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, metavar="DATA")
    parser.add_argument("--left-out", required=True, type=Path, metavar="FILE")
    parser.add_argument("--calibration", type=Path, default=SHIPPED)
    parser.add_argument("--model")
    given = parser.parse_args(arguments)
    try:
        scored = [one for path in given.data for one in read_scored(path)]
        lines = given.left_out.read_text(encoding="utf-8").splitlines()
        left_out = [LeftOut(**json.loads(line)) for line in lines]
        calibration = load_reference_calibration(given.calibration)
        found = curves(scored, left_out, load_encoder(given.model), calibration)
    except (OSError, ValueError, TypeError, GraderError) as error:
        sys.stderr.write(f"cannot measure: {error}\n")
        return 1
    shown = {course: [point._asdict() for point in curve] for course, curve in found.items()}
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

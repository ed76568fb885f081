"""Makes the calibration for reference answers from answers that people have scored.

Run as `python -m grader.reference_fitting DATA ... --output reference_calibration.json`; the
network is written beside it. DATA are JSON lines, gzipped or not, each `{"question_id": ..,
"question": .., "reference": .., "answer": .., "score": .., "max_score": ..}`; a file is one data
set. Figures are of questions left out; with `--other-courses` also of data sets left out, which
takes twice as long. Needs the `fit` extra.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from grader.calibration import FitRecord
from grader.canonical import digest
from grader.encoder import Encoder
from grader.errors import GraderError
from grader.reference_cross_fit import (
    Fitted,
    LeftOut,
    Scored,
    fit_blends,
    fit_parts,
    leave_courses_out,
    leave_questions_out,
    observe,
)
from grader.reference_figures import choose_partial, choose_review, figures_of
from grader.reference_net import pack
from grader.reference_scoring import FORMAT, NET_SUFFIX, ReferenceCalibration
from grader.sentence_encoder import load_encoder
from grader.weights import file_digest

FOLDS = 5
MEMBERS = 2
_GZIP = b"\x1f\x8b"


class ScoredRow(BaseModel):
    """An answer that people have scored; what else its line holds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question_id: str
    question: str | None = None
    reference: tuple[str, ...] = Field(min_length=1)
    answer: str
    score: float = Field(ge=0)
    max_score: float = Field(gt=0)

    @field_validator("reference", mode="before")
    @classmethod
    def _one_or_several(cls, reference: object) -> object:
        return (reference,) if isinstance(reference, str) else reference


def read_scored(path: Path) -> Iterator[Scored]:
    """Read a file of scored answers.

    Raises:
        OSError, ValueError: it cannot be read, or a line is not such an answer.
    """
    content = path.read_bytes()
    if content.startswith(_GZIP):
        content = gzip.decompress(content)
    course = path.name.partition(".")[0]
    for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = ScoredRow.model_validate_json(line)
        except ValueError as error:
            raise ValueError(f"{path}: line {number}: {error}") from error
        share = min(1.0, row.score / row.max_score)
        yield Scored(course, row.question_id, row.question, row.reference, row.answer, share)


def fit(
    scored: Sequence[Scored],
    encoder: Encoder,
    created: date,
    data: Sequence[str] = (),
    *,
    folds: int = FOLDS,
    members: int = MEMBERS,
    other_courses: bool = False,
) -> tuple[ReferenceCalibration, bytes, list[LeftOut]]:
    """Fit a calibration.

    Args:
        scored: judged answers to at least `folds` questions of each data set.
        encoder: whose features it will read.
        created: the date to put in it.
        data: what to name in the record.
        folds: parts of the questions, each left out in turn.
        members: of the network.
        other_courses: measure also with each data set left out.

    Returns:
        The calibration, the network's file, and what was predicted of each answer while its
        question was left out.

    Raises:
        ValueError: too few questions, or only one kind of score.
    """
    seen = observe(scored, encoder)
    left_out = leave_questions_out(seen, folds, members)
    figures = figures_of(left_out)
    if other_courses:
        elsewhere = figures_of(leave_courses_out(seen, left_out, members))
        figures |= {f"other courses: {name}": value for name, value in elsewhere.items()}
    share, full = fit_blends(left_out)
    whole = fit_parts(seen, members)
    calibration = _assemble(whole, encoder, created, left_out)
    net = pack(whole.members)
    record = FitRecord(
        data=tuple(data),
        rows=len(seen),
        folds=f"questions in {folds} parts, each left out in turn; blends as well",
        figures=figures,
        note=(
            "Scores by people of students' answers; data sets weighted by the root of their size. "
            "Features and network were chosen on the same questions: expect less on others."
        ),
    )
    calibration = calibration.model_copy(
        update={
            "share": share,
            "full": full,
            "fit": record,
            "net": hashlib.sha256(net).hexdigest(),
        }
    )
    content = calibration.model_dump(mode="json", exclude={"id", "created", "fit"})
    name = f"{created.isoformat()}-{digest(content).removeprefix('sha256:')[:8]}"
    return calibration.model_copy(update={"id": name}), net, left_out


def _assemble(
    whole: Fitted, encoder: Encoder, created: date, left_out: Sequence[LeftOut]
) -> ReferenceCalibration:
    """A calibration whose blends, record and digests are still to come."""
    share, full = fit_blends(left_out)
    declined = [one for one in left_out if one.declined]
    chance = (sum(one.share == 1.0 for one in declined) + 1) / (len(declined) + 2)
    return ReferenceCalibration(
        format=FORMAT,
        id="unnamed",
        created=created.isoformat(),
        model=encoder.name,
        weights_digest=encoder.weights_digest,
        net="0" * 64,
        share=share,
        full=full,
        non_answer=round(min(0.5, chance), 6),
        partial=choose_partial(left_out),
        review=choose_review(left_out),
        fit=FitRecord(data=(), rows=0, folds="", figures={}),
        fusion=whole.fusion,
        full_fusion=whole.full_fusion,
    )


def as_text(calibration: ReferenceCalibration) -> str:
    """Write a calibration so that a person can read it: a term or a tree a line."""
    content = calibration.model_dump(mode="json")
    holes: list[str] = []
    for name in ("fusion", "full_fusion"):
        for part in ("terms", "trees"):
            lines = [json.dumps(one, separators=(",", ":")) for one in content[name][part]]
            holes.append("[\n      " + ",\n      ".join(lines) + "\n    ]" if lines else "[]")
            content[name][part] = f"@{len(holes) - 1}@"
    text = json.dumps(content, indent=2)
    for at, lines_text in enumerate(holes):
        text = text.replace(f'"@{at}@"', lines_text, 1)
    return text + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit a calibration and write it with its network.

    Args:
        arguments: the command line; that of the process if None.

    Returns:
        0; 1 if it cannot be fitted, with the reason on stderr.
    """
    parser = argparse.ArgumentParser(prog="python -m grader.reference_fitting", description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, metavar="DATA")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--model")
    parser.add_argument("--date", type=date.fromisoformat, default=None)
    parser.add_argument("--other-courses", action="store_true")
    parser.add_argument("--left-out", type=Path, help="write what was predicted of each answer")
    given = parser.parse_args(arguments)
    try:
        scored = [one for path in given.data for one in read_scored(path)]
        data = [f"{path.name} sha256:{file_digest(path)}" for path in given.data]
        created = given.date or datetime.now(UTC).date()
        encoder = load_encoder(given.model)
        calibration, net, left_out = fit(
            scored, encoder, created, data, other_courses=given.other_courses
        )
        given.output.write_text(as_text(calibration), encoding="utf-8")
        given.output.with_suffix(NET_SUFFIX).write_bytes(net)
        if given.left_out:
            lines = [json.dumps(one._asdict()) + "\n" for one in left_out]
            given.left_out.write_text("".join(lines), encoding="utf-8")
    except (OSError, ValueError, GraderError) as error:
        sys.stderr.write(f"cannot fit: {error}\n")
        return 1
    sys.stdout.write(json.dumps(calibration.fit.figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

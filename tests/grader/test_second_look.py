"""Answers next to a bound are judged again in float32, and only those."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from refined import make_refinement

from grader.calibration import Calibration
from grader.encoder import Encoder, TokenVectors, Vectors
from grader.engine import Grader
from grader.fitting import as_text
from grader.grade import Grade
from grader.loading import GraderSettings, load_grader
from grader.request import GradeRequest
from grader.rubric import Rubric
from grader.second_look import MARGIN, in_doubt

ANSWERS = (
    "I would run a trial on our own images. I compare it with a tuned baseline.",
    "The weather was lovely and everybody enjoyed their holiday.",
    "",
    "There is no need for a trial on our own images, so we skip the trial.",
    "We test it with pictures, and a baseline it has to beat.",
    "Compare it with a baseline under other conditions than ours.",
)


class Narrow:
    """Another encoder's vectors with as many digits as bfloat16 has."""

    dtype = "bfloat16"

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.weights_digest = encoder.weights_digest
        self.device = encoder.device
        self.dim = encoder.dim
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        bits = self._encoder.encode(texts).view(np.uint32) & np.uint32(0xFFFF0000)
        return bits.view(np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._encoder.encode_tokens(texts)


def stream(rubric: Rubric, question: str) -> list[GradeRequest]:
    return [GradeRequest(answer=text, rubric=rubric, question=question) for text in ANSWERS]


def chances(grade: Grade) -> list[float]:
    return [point.probability for point in grade.points if point.probability is not None]


@pytest.fixture
def tight(
    encoder: Encoder, rubric: Rubric, question: str, calibrate: Callable[..., Calibration]
) -> Calibration:
    """A calibration of which a bound lies next to one answer's probability."""
    grade = Grader(Narrow(encoder), calibrate()).grade(ANSWERS[4], rubric, question)
    low = chances(grade)[0] + MARGIN / 2
    return calibrate(review_low=low, review_high=low + 0.05, met=low + 0.01, partial=low)


@pytest.mark.parametrize(
    ("chance", "opposition", "doubt"),
    [
        (0.55 + MARGIN * 0.9, 0.0, True),
        (0.55 - MARGIN * 0.9, 0.0, True),
        (0.55 - MARGIN * 1.1, 0.0, False),
        (0.65, 0.0, True),
        (0.6, 0.0, False),  # met, were it not within the doubtful band anyhow
        (0.4 - MARGIN * 0.9, 0.0, True),
        (0.9, 0.0, False),
        (0.1, 0.2, False),
    ],
)
def test_an_answer_next_to_a_bound_is_in_doubt(
    chance: float,
    opposition: float,
    doubt: bool,
    encoder: Encoder,
    rubric: Rubric,
    calibration: Calibration,
) -> None:
    grade = Grader(encoder, calibration).grade(ANSWERS[0], rubric)
    points = [
        point.model_copy(update={"probability": 0.99, "features": {"opposition": 0.0}})
        for point in grade.points
    ]
    assert not in_doubt(grade.model_copy(update={"points": tuple(points)}), calibration)
    new = {"probability": chance, "features": {"opposition": opposition}}
    points[1] = points[1].model_copy(update=new)
    assert in_doubt(grade.model_copy(update={"points": tuple(points)}), calibration) is doubt


def test_points_that_no_model_was_asked_about_are_never_in_doubt(
    encoder: Encoder, rubric: Rubric, calibration: Calibration
) -> None:
    assert not in_doubt(Grader(encoder, calibration).grade("", rubric), calibration)


def test_answers_in_doubt_get_the_grade_of_the_second_look_and_others_their_own(
    encoder: Encoder, rubric: Rubric, question: str, tight: Calibration
) -> None:
    asked = []

    def exact() -> Grader:
        asked.append(1)
        return Grader(encoder, tight)

    grader = Grader(Narrow(encoder), tight, exact=exact)
    requests = stream(rubric, question)
    found = list(grader.grade_many(requests, batch_size=4))
    narrow = list(Grader(Narrow(encoder), tight).grade_many(requests))
    widely = list(Grader(encoder, tight).grade_many(requests))
    doubtful = [in_doubt(grade, tight) for grade in narrow]
    assert doubtful[4]
    assert not all(doubtful)
    assert found == [
        wide if doubt else own for doubt, wide, own in zip(doubtful, widely, narrow, strict=True)
    ]
    assert found[4].provenance.dtype == "float32"
    assert found[4] != narrow[4]
    assert found == [grader.grade(one.answer, rubric, question) for one in requests]
    assert asked == [1]
    assert grader.watch.seconds["second look"] > 0
    assert grader.closer is not None


def test_no_second_look_is_got_ready_before_it_is_needed(
    encoder: Encoder, rubric: Rubric, question: str, calibrate: Callable[..., Calibration]
) -> None:
    def exact() -> Grader:
        pytest.fail("nothing was in doubt")

    never = calibrate(review_low=1.0, review_high=1.0, met=1.0, partial=1.0, opposition=1e6)
    grader = Grader(Narrow(encoder), never, exact=exact)
    assert len(list(grader.grade_many(stream(rubric, question)))) == len(ANSWERS)
    assert Grader(Narrow(encoder), None, exact=exact).grade(ANSWERS[0], rubric).review


def test_a_refinement_holds_for_the_second_look_too(
    encoder: Encoder, rubric: Rubric, question: str, tight: Calibration
) -> None:
    def exact() -> Grader:
        return Grader(encoder, tight)

    refinement = make_refinement(rubric, bias=1e-4, dim=encoder.dim, digest=encoder.weights_digest)
    grader = Grader(Narrow(encoder), tight, exact=exact).refined(refinement)
    grade = grader.grade(ANSWERS[4], rubric, question)
    assert grade == Grader(encoder, tight, refinement=refinement).grade(
        ANSWERS[4], rubric, question
    )


def test_a_grader_in_bfloat16_has_a_second_look_in_float32(
    tiny_model: Path, rubric: Rubric, calibrate: Callable[..., Calibration], tmp_path: Path
) -> None:
    settings = GraderSettings(model=str(tiny_model), device="cpu", dtype="bfloat16")
    digest = load_grader(settings).encoder.weights_digest
    path = tmp_path / "wide.json"
    # A calibration all of whose points are next to a bound.
    path.write_text(as_text(calibrate(digest, review_low=0.0, review_high=MARGIN / 2)))
    settings = settings.model_copy(update={"calibration": path})
    grader, in_float32 = (
        load_grader(settings.model_copy(update={"dtype": dtype}))
        for dtype in ("bfloat16", "float32")
    )
    assert in_float32.exact is None
    assert grader.exact is not None
    assert grader.encoder.dtype == "bfloat16"
    found = grader.grade(ANSWERS[0], rubric)
    narrow = Grader(grader.encoder, grader.calibration).grade(ANSWERS[0], rubric)
    wide = in_float32.grade(ANSWERS[0], rubric)
    assert narrow != wide
    assert grader.calibration is not None
    assert found == (wide if in_doubt(narrow, grader.calibration) else narrow)

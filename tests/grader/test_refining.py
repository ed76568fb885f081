"""What is learnt from labelled answers, and that little is learnt from little."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.calibration import Calibration
from grader.encoder import Encoder
from grader.engine import Grader
from grader.refining import (
    LEAST,
    Sample,
    fit_points,
    folds_of,
    left_out,
    refined,
    samples_of,
    shuffled,
)
from grader.request import GradeRequest
from grader.rubric import Rubric

DIM = 12


def direction(at: int) -> Any:  # noqa: ANN401 - an array
    return np.eye(DIM)[at]


def samples(count: int, *, base: float = 0.0, flip: bool = False) -> list[Sample]:
    """Half met along one direction, half not along another; `flip` the other way round."""
    return [
        Sample(f"answer {n}", base, direction(n % 2), float((n % 2 == 0) != flip))
        for n in range(count)
    ]


def test_a_direction_is_learnt_where_the_base_knows_nothing() -> None:
    some = samples(20)
    by = fit_points({"cost": some})
    assert refined(some[0], by, "cost") > 1.0
    assert refined(some[1], by, "cost") < -1.0
    assert by["cost"].n == 20


def test_what_all_points_share_is_learnt_from_all_of_them() -> None:
    strict = {
        name: [Sample(f"{name} {n}", 1.5, direction(n % DIM), 0.0) for n in range(LEAST)]
        for name in ("cost", "speed", "risk")
    }
    together = fit_points(strict)["cost"]
    alone = fit_points({"cost": strict["cost"]})["cost"]
    unseen = Sample("unseen", 1.5, direction(0) * 0.0, 0.0)
    assert refined(unseen, {"cost": together}, "cost") < refined(unseen, {"cost": alone}, "cost")
    assert refined(unseen, {"cost": alone}, "cost") < 1.5


@pytest.mark.parametrize("count", range(LEAST))
def test_a_point_with_too_few_labels_is_left_as_it_is(count: int) -> None:
    by = fit_points({"cost": samples(count), "speed": samples(LEAST)})
    assert list(by) == ["speed"]
    one = samples(1)[0]
    assert refined(one, by, "cost") == one.log_odds


def test_nothing_is_learnt_from_nothing() -> None:
    assert fit_points({}) == {}
    assert fit_points({"cost": []}) == {}


def test_few_labels_move_less_than_many() -> None:
    moves = []
    for count in (2, 6, 20, 60):
        some = samples(count)
        moves.append(refined(some[0], fit_points({"cost": some}, least=1), "cost"))
    assert moves == sorted(moves)
    assert moves[0] < moves[-1] / 2


def test_labels_that_agree_with_a_sure_base_change_little() -> None:
    sure = [one._replace(log_odds=6.0 * (2 * one.share - 1)) for one in samples(20)]
    by = fit_points({"cost": sure})
    for one in sure:
        assert abs(refined(one, by, "cost") - one.log_odds) < 1.0


def test_a_partial_label_counts_by_half() -> None:
    halves = [Sample(f"answer {n}", 3.0, direction(0), 0.5) for n in range(40)]
    moved = refined(halves[0], fit_points({"cost": halves}), "cost")
    assert 0.0 < moved < 1.0


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_labels_of_one_kind_only_are_learnt_from_too(share: float) -> None:
    some = [one._replace(share=share) for one in samples(20)]
    moved = refined(some[0], fit_points({"cost": some}), "cost")
    assert moved > 0.5 if share else moved < -0.5


def test_the_order_of_answers_counts_for_nothing() -> None:
    rng = np.random.default_rng(3)
    some = [one._replace(evidence=rng.normal(size=DIM)) for one in samples(30)]
    assert fit_points({"cost": some}) == fit_points({"cost": some[::-1]})


def test_numbers_are_short() -> None:
    rng = np.random.default_rng(3)
    some = [one._replace(evidence=rng.normal(size=DIM)) for one in samples(30)]
    point = fit_points({"cost": some})["cost"]
    for number in (point.bias, point.slope, *point.weights):
        assert number == round(number, 5)


@given(st.lists(st.text(max_size=5), max_size=40), st.integers(2, 9), st.integers(0, 3))
def test_answers_are_dealt_evenly_whatever_their_order(
    answers: list[str], folds: int, seed: int
) -> None:
    dealt = folds_of(answers, folds, seed)
    assert dealt == folds_of(reversed(answers), folds, seed)
    assert set(dealt) == set(answers)
    sizes = Counter(dealt.values())
    assert len(dealt) < folds or max(sizes.values()) - min(sizes.values()) <= 1


def test_another_seed_deals_otherwise() -> None:
    answers = [str(number) for number in range(50)]
    assert folds_of(answers, 5, 0) != folds_of(answers, 5, 1)
    assert shuffled(answers, 0) != shuffled(answers, 1)


def test_a_left_out_answer_teaches_nothing_about_itself() -> None:
    lone = Sample("lone", 0.0, direction(5), 1.0)
    odds = left_out({"cost": [*samples(20), lone]}, 5, least=1)["cost"]
    inside = fit_points({"cost": [*samples(20), lone]}, least=1)
    assert odds[-1] < refined(lone, inside, "cost")
    assert odds[0] > 0.5
    assert odds[1] < -0.5


def test_the_same_text_is_never_on_both_sides() -> None:
    twins = [Sample("the same", 0.0, direction(3), 1.0)] * 10
    others = samples(20, flip=True)
    odds = left_out({"cost": [*twins, *others]}, 5, least=1)["cost"][:10]
    alone = refined(twins[0], fit_points({"cost": others}, least=1), "cost")
    # Nothing else lies in this direction: what folds without the twins say of it is near what
    # the others alone say, and far from what ten met answers would.
    assert np.ptp(odds) == 0.0
    assert abs(odds[0] - alone) < 0.6


def test_samples_are_what_the_grader_saw(
    encoder: Encoder, calibration: Calibration, rubric: Rubric, question: str
) -> None:
    grader = Grader(encoder, calibration)
    answer = "I would run a trial on our own images.\n It is cheap."
    request = GradeRequest(answer=answer, rubric=rubric, question=question)
    sight = next(grader.sights([request]))
    found = samples_of(sight, answer, {"own-data": 0.5}, calibration)
    assert list(found) == ["own-data"]
    sample = found["own-data"]
    assert sample.answer == "i would run a trial on our own images. it is cheap."
    assert sample.share == 0.5
    assert sample.log_odds == calibration.base(sight.grade.points[0].features)
    assert sight.grade.points[0].evidence is not None
    text = sight.grade.points[0].evidence.text
    near = encoder.encode([text])[0].astype(np.float64)
    assert sample.evidence @ near == pytest.approx(1.0, abs=1e-3)


def test_an_answer_without_words_teaches_nothing(
    encoder: Encoder, calibration: Calibration, rubric: Rubric
) -> None:
    sight = next(Grader(encoder, calibration).sights([GradeRequest(answer=" ", rubric=rubric)]))
    assert sight.evidence is None
    assert samples_of(sight, " ", {"own-data": 1.0}, calibration) == {}

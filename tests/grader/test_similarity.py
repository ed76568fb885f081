from collections.abc import Callable, Sequence

import numpy as np
import pytest

from grader.encoder import Encoder
from grader.probe import Floats
from grader.rubric import Rubric
from grader.similarity import FEATURES, Match, PointVectors, RubricModel, model_rubric, weigh

Weigh = Callable[[Sequence[str]], tuple[Match, ...]]


def vectors(encoder: Encoder, texts: Sequence[str]) -> Floats:
    return encoder.encode(list(texts)).astype(np.float64)


def model(encoder: Encoder, rubric: Rubric, question: str | None) -> RubricModel:
    points = [
        PointVectors(
            point.exemplars,
            vectors(encoder, point.exemplars),
            vectors(encoder, point.counterexamples),
        )
        for point in rubric.points
    ]
    return model_rubric(points, vectors(encoder, [question])[0] if question else None)


@pytest.fixture
def weigh_up(encoder: Encoder, rubric: Rubric, question: str) -> Weigh:
    prepared = model(encoder, rubric, question)
    return lambda texts: weigh(texts, vectors(encoder, texts), prepared)


def test_the_evidence_is_the_claim_that_does_what_the_point_asks(weigh_up: Weigh) -> None:
    own_data, baseline = weigh_up(
        [
            "The weather was lovely.",
            "We compare it with a tuned baseline.",
            "We run a trial on our own images.",
        ]
    )
    assert own_data.evidence[:2] == (2, 0)
    assert baseline.evidence[:2] == (1, 0)


def test_of_equal_claims_the_first_is_the_evidence(weigh_up: Weigh) -> None:
    same = "We run a trial on our own images."
    assert [match.evidence.claim for match in weigh_up([same, same])] == [0, 0]


def test_features_come_in_the_order_of_their_names(weigh_up: Weigh) -> None:
    for match in weigh_up(["We run a trial on our own images."]):
        assert tuple(match.features) == FEATURES
        assert all(np.isfinite(value) for value in match.features.values())


def test_an_exemplar_scores_above_a_counterexample(weigh_up: Weigh, rubric: Rubric) -> None:
    point = rubric.points[0]
    good = weigh_up([point.exemplars[0]])[0].features
    bad = weigh_up([point.counterexamples[0]])[0].features
    assert good["probe"] > 0 > bad["probe"]
    assert good["exemplar"] == pytest.approx(1.0)
    assert bad["counterexample"] == pytest.approx(1.0)
    assert good["margin"] > 0 > bad["margin"]
    assert good["overlap"] == 1.0


def test_what_denies_a_point_is_found_beside_what_meets_it(weigh_up: Weigh, rubric: Rubric) -> None:
    match = weigh_up(["Fine weather.", "There is no need for a trial on our own images."])[0]
    assert match.opposing is not None
    assert match.opposing.claim == 1
    assert match.opposing.counterexample == 0
    assert match.features["opposition"] > 0


def test_without_a_denial_nothing_opposes(weigh_up: Weigh) -> None:
    match = weigh_up(["We run a trial on our own images."])[0]
    assert (match.opposing, match.features["opposition"]) == (None, -1.0)


def test_a_lone_point_without_counterexamples_or_question_is_weighed_by_its_exemplars(
    encoder: Encoder,
) -> None:
    text = "We run a trial on our own images."
    point = PointVectors((text,), vectors(encoder, [text]), np.zeros((0, encoder.dim)))
    (match,) = weigh([text], vectors(encoder, [text]), model_rubric([point], None))
    assert match.evidence.counterexample is None
    assert match.features["margin"] == pytest.approx(1.0)
    assert match.features["counterexample"] == match.features["prompt"] == 0.0


def test_a_claim_without_content_words_overlaps_nothing(weigh_up: Weigh) -> None:
    assert weigh_up(["So it is."])[0].features["overlap"] == 0.0

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from grader.encoder import Encoder
from grader.features import FEATURES, NO_OPPOSITION, Match, weigh
from grader.probe import Floats
from grader.rubric import Rubric
from grader.similarity import PointVectors, Prompt, RubricModel, model_rubric
from grader.units import read_units

Weigh = Callable[..., tuple[Match, ...]]
TRIAL = "We run a trial on our own images."
AGAINST = "There is no need for a trial on our own images."


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
    prompt = Prompt(question, vectors(encoder, [question])[0]) if question else None
    return model_rubric(points, prompt)


def weighing(encoder: Encoder, prepared: RubricModel) -> Weigh:
    def weigh_up(claims: Sequence[str], barred: Sequence[int] = ()) -> tuple[Match, ...]:
        units = read_units(claims)
        eligible = [at not in barred for at in range(len(claims))]
        return weigh(units, vectors(encoder, [unit.text for unit in units]), eligible, prepared)

    return weigh_up


@pytest.fixture
def weigh_up(encoder: Encoder, rubric: Rubric, question: str) -> Weigh:
    return weighing(encoder, model(encoder, rubric, question))


def test_the_evidence_is_the_claim_that_does_what_the_point_asks(weigh_up: Weigh) -> None:
    own_data, baseline = weigh_up(
        ["The weather was lovely.", "We compare it with a tuned baseline.", TRIAL]
    )
    assert own_data.evidence[:2] == (2, 0)
    assert baseline.evidence[:2] == (1, 0)


def test_of_equal_claims_the_first_is_the_evidence(weigh_up: Weigh) -> None:
    three = [TRIAL, "The weather was lovely.", TRIAL]
    assert weigh_up(three)[0].evidence.unit == 0


def test_a_barred_claim_is_no_evidence_alone_or_in_a_pair(weigh_up: Weigh) -> None:
    for match in weigh_up([TRIAL, "We test pictures from the plant."], barred=[0]):
        assert match.evidence.unit == 1


def test_features_come_in_the_order_of_their_names(weigh_up: Weigh) -> None:
    for match in weigh_up([TRIAL, "Is it so, because they say it and we believe it?"]):
        assert tuple(match.features) == FEATURES
        assert all(np.isfinite(value) for value in match.features.values())


def test_an_exemplar_scores_above_a_counterexample(weigh_up: Weigh, rubric: Rubric) -> None:
    point = rubric.points[0]
    good = weigh_up([point.exemplars[0]])[0].features
    bad = weigh_up([point.counterexamples[0]])[0].features
    assert good["stance"] > 0 > bad["stance"]
    assert good["probe"] > bad["probe"]
    assert good["exemplar"] == pytest.approx(1.0)
    assert good["margin"] > 0 > bad["margin"]
    assert good["overlap"] == pytest.approx(1.0)
    assert good["lead"] > 0
    assert good["probe_elsewhere"] == -8.0


def test_a_claim_elsewhere_is_seen(weigh_up: Weigh, rubric: Rubric) -> None:
    first, second = rubric.points[0].exemplars[:2]
    found = weigh_up([first, "The weather was lovely.", second])[0].features
    assert found["probe_elsewhere"] > -8.0
    assert found["probe_sum"] > found["probe_claims"]


def test_what_denies_a_point_is_found_beside_what_meets_it(weigh_up: Weigh) -> None:
    match = weigh_up(["Fine weather.", AGAINST])[0]
    assert match.opposing is not None
    assert match.opposing.unit == 1
    assert match.opposing.counterexample == 0
    assert match.features["opposition"] > weigh_up([TRIAL])[0].features["opposition"]


def test_a_barred_claim_opposes_nothing(weigh_up: Weigh) -> None:
    match = weigh_up(["Fine weather.", AGAINST], barred=[1])[0]
    assert (match.opposing, match.features["opposition"]) == (None, NO_OPPOSITION)


def test_far_from_every_counterexample_nothing_opposes(weigh_up: Weigh) -> None:
    match = weigh_up(["The weather was lovely."])[0]
    assert (match.opposing, match.features["opposition"]) == (None, NO_OPPOSITION)


def test_a_lone_point_without_counterexamples_or_question_is_weighed_by_its_exemplars(
    encoder: Encoder,
) -> None:
    point = PointVectors((TRIAL,), vectors(encoder, [TRIAL]), np.zeros((0, encoder.dim)))
    (match,) = weighing(encoder, model_rubric([point], None))([TRIAL])
    assert match.evidence.counterexample is None
    assert match.opposing is None
    assert match.features["margin"] == pytest.approx(1.0)
    assert match.features["lead"] == match.features["prompt"] == match.features["echo"] == 0.0


def test_more_sentences_than_dimensions_are_no_obstacle(
    encoder: Encoder, rubric: Rubric, question: str
) -> None:
    many = model(encoder, rubric, question)
    stretched = [
        PointVectors(("a trial",), np.repeat(p.exemplars, 40, axis=0), p.counterexamples)
        for p in many.points
    ]
    assert weighing(encoder, model_rubric(stretched, None))([TRIAL])[0].features["stance"] > 0


def test_a_claim_without_content_words_overlaps_nothing(weigh_up: Weigh) -> None:
    assert weigh_up(["So it is."])[0].features["overlap"] == 0.0

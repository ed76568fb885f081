"""Figures of agreement: by hand, by scikit-learn, and by what must always hold."""

import dataclasses
import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from grader.agreement import MEASURES, Figures, Unit, compare_raters, measure
from grader.judgement import JudgedAnswer, Judgement
from grader.resampling import draws
from grader.verdict import Verdict

SEED = 4
"""Its first ten draws of two take both in four of them."""
MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET
CONTRADICTED = Verdict.CONTRADICTED


def judged(
    human: Verdict,
    machine: Verdict | None,
    probability: float | None = None,
    *,
    review: bool = False,
    raters: Sequence[Verdict] = (),
) -> Judgement:
    return Judgement("p", human, machine, probability, 0.0, review, tuple(raters))


def answer(
    *judgements: Judgement,
    human: float | None = None,
    machine: float | None = 0.0,
    question: str = "q",
) -> JudgedAnswer:
    return JudgedAnswer(question, None, human, machine, judgements)


def value(figures: Figures, name: str) -> float | None:
    return figures.measures[name].value


PAIRS = [
    (MET, MET, 0.9),
    (MET, PARTIAL, 0.5),
    (MET, MET, 0.7),
    (NOT_MET, NOT_MET, 0.1),
    (NOT_MET, CONTRADICTED, 0.2),
    (NOT_MET, MET, 0.8),
    (PARTIAL, MET, 0.95),
    (PARTIAL, PARTIAL, 0.45),
]


def test_accuracy_and_kappa_leave_out_what_people_called_partial() -> None:
    figures = measure([answer(judged(*pair)) for pair in PAIRS])
    # Clear: three met (two found), three not met (two found): 4 of 6, by chance 3 of 6.
    assert value(figures, "accuracy") == pytest.approx(4 / 6)
    assert value(figures, "kappa") == pytest.approx((4 / 6 - 0.5) / 0.5)
    # Pairs of met over not met: 0.9 beats three, 0.5 two, 0.7 two.
    assert value(figures, "auc") == pytest.approx(7 / 9)
    assert (figures.n_answers, figures.n_points) == (8, 8)


def test_macro_f1_counts_partial_where_people_gave_it() -> None:
    figures = measure([answer(judged(*pair)) for pair in PAIRS])
    # Found of those there, and too many: not met 2 of 3, 0; partial 1 of 2, 1; met 2 of 3, 2.
    expected = (4 / 5 + 2 / 4 + 4 / 7) / 3
    assert value(figures, "macro_f1") == pytest.approx(expected)


def test_a_machines_partial_is_not_met_where_people_never_gave_it() -> None:
    figures = measure([answer(judged(*pair)) for pair in PAIRS[:6]])
    assert value(figures, "macro_f1") == pytest.approx(4 / 6)


def test_ece_asks_of_every_probability_whether_the_point_was_met() -> None:
    points = [judged(MET, MET, 0.85), judged(PARTIAL, MET, 0.85), judged(NOT_MET, NOT_MET, None)]
    figures = measure([answer(*points)])
    assert value(figures, "ece") == pytest.approx(0.85 - 0.5)


def test_the_review_rate_counts_all_points() -> None:
    points = [judged(MET, MET, review=True), judged(PARTIAL, MET), judged(NOT_MET, MET)]
    assert value(measure([answer(*points)]), "review_rate") == pytest.approx(1 / 3)


SCORES = [(0.0, 0.1), (0.5, 0.4), (1.0, 0.9), (0.5, 0.9), (0.0, 0.3), (1.0, 0.6)]


def test_scores_are_correlated_as_shares() -> None:
    figures = measure([answer(human=human, machine=machine) for human, machine in SCORES])
    human, machine = np.array(SCORES).T
    assert value(figures, "pearson") == pytest.approx(np.corrcoef(human, machine)[0, 1])
    assert value(figures, "rmse") == pytest.approx(math.sqrt(np.mean((human - machine) ** 2)))


def test_qwk_moves_the_machines_score_to_the_nearest_people_gave() -> None:
    figures = measure([answer(human=human, machine=machine) for human, machine in SCORES])
    # 0.1, 0.4, 0.9, 0.9, 0.3, 0.6 on the scale 0, 0.5, 1.
    expected = metrics.cohen_kappa_score(
        [0, 1, 2, 1, 0, 2], [0, 1, 2, 2, 1, 1], weights="quadratic"
    )
    assert value(figures, "qwk") == pytest.approx(expected)


def test_the_scale_of_one_question_is_not_that_of_another() -> None:
    answers = [
        answer(human=0.0, machine=0.3, question="coarse"),
        answer(human=1.0, machine=0.7, question="coarse"),
        answer(human=0.3, machine=0.3, question="fine"),
        answer(human=0.7, machine=0.7, question="fine"),
    ]
    assert value(measure(answers), "qwk") == 1.0
    assert value(measure(answers), "rmse") == pytest.approx(math.sqrt(2 * 0.09 / 4))


def test_answers_without_a_human_score_are_left_out_of_the_scores() -> None:
    answers = [answer(human=human, machine=machine) for human, machine in SCORES]
    more = [*answers, answer(judged(MET, MET), human=None, machine=1.0)]
    assert value(measure(more), "pearson") == value(measure(answers), "pearson")


def test_nothing_applies_to_nothing() -> None:
    figures = measure([])
    assert (figures.n_answers, figures.n_points) == (0, 0)
    assert tuple(figures.measures) == MEASURES
    assert all(figure == (None, None) for figure in figures.measures.values())


def test_one_class_only_has_an_accuracy_and_no_kappa_auc_or_f1() -> None:
    figures = measure([answer(judged(NOT_MET, MET, 0.8)), answer(judged(NOT_MET, NOT_MET, 0.2))])
    assert value(figures, "accuracy") == 0.5
    assert value(figures, "ece") == pytest.approx(0.5)
    assert [value(figures, name) for name in ("kappa", "auc", "macro_f1")] == [None, None, None]


def test_partial_points_alone_have_no_accuracy() -> None:
    figures = measure([answer(judged(PARTIAL, PARTIAL, 0.5))])
    assert value(figures, "accuracy") is None
    assert value(figures, "auc") is None
    assert value(figures, "review_rate") == 0.0


def test_one_undecided_point_takes_away_what_needs_all_decided() -> None:
    decided = [answer(judged(*pair), human=0.5, machine=0.5) for pair in PAIRS]
    figures = measure([*decided, answer(judged(MET, None, review=True), human=1.0, machine=None)])
    absent = [name for name in MEASURES if value(figures, name) is None]
    assert absent == ["pearson", "spearman", "rmse", "qwk", "accuracy", "macro_f1", "kappa"]
    assert value(figures, "auc") == pytest.approx(7 / 9)


def test_without_any_probability_there_is_no_auc_and_no_ece() -> None:
    figures = measure([answer(judged(MET, MET)), answer(judged(NOT_MET, NOT_MET))])
    assert value(figures, "kappa") == 1.0
    assert value(figures, "auc") is None
    assert value(figures, "ece") is None


VERDICTS = st.sampled_from([MET, PARTIAL, NOT_MET])
JUDGEMENTS = st.builds(
    judged,
    VERDICTS,
    VERDICTS,
    st.floats(0, 1).map(lambda number: round(number, 3)),
    review=st.booleans(),
)
ANSWERS = st.lists(
    st.builds(
        lambda points, human, machine, question: answer(
            *points, human=human / 4, machine=machine / 7, question=question
        ),
        st.lists(JUDGEMENTS, min_size=1, max_size=3),
        st.integers(0, 4),
        st.integers(0, 7),
        st.sampled_from("ab"),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30)
@given(ANSWERS)
def test_a_machine_that_says_what_people_say_agrees_entirely(answers: list[JudgedAnswer]) -> None:
    perfect = [
        dataclasses.replace(
            one,
            machine=one.human,
            judgements=tuple(
                judged(j.human, j.human, 1.0 if j.human is MET else 0.0) for j in one.judgements
            ),
        )
        for one in answers
    ]
    figures = measure(perfect, resamples=20)
    for name in ("pearson", "spearman", "qwk", "accuracy", "macro_f1", "kappa", "auc"):
        figure = figures.measures[name]
        assert figure.value is None or figure.value == pytest.approx(1.0)
        assert figure.interval is None or figure.interval == pytest.approx((1.0, 1.0))
    for name in ("rmse", "ece"):
        assert value(figures, name) == pytest.approx(0.0)


@settings(max_examples=30)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(
    answers: list[JudgedAnswer], random: random.Random
) -> None:
    shuffled = random.sample(answers, len(answers))
    one, other = measure(answers, resamples=1), measure(shuffled, resamples=1)
    for name in MEASURES:
        assert value(one, name) == pytest.approx(value(other, name), abs=1e-9)


@settings(max_examples=30)
@given(ANSWERS)
def test_figures_lie_where_they_can_and_intervals_are_in_order(answers: list[JudgedAnswer]) -> None:
    for name, figure in measure(answers, resamples=30).measures.items():
        low = -1.0 if name in ("pearson", "spearman", "qwk", "kappa") else 0.0
        for number in (figure.value, *(figure.interval or ())):
            assert number is None or low - 1e-9 <= number <= 1.0 + 1e-9
        assert figure.interval is None or figure.interval[0] <= figure.interval[1]


@settings(max_examples=30)
@given(ANSWERS)
def test_the_resampled_measures_are_scikit_learns(answers: list[JudgedAnswer]) -> None:
    """Each figure by another hand is what the resampling takes of the data as they are."""
    points = [j for one in answers for j in one.judgements]
    clear = [j for j in points if j.clear]
    truth, said = [j.human is MET for j in clear], [j.machine is MET for j in clear]
    figures = measure(answers, resamples=1)
    if len(set(truth)) == 2:
        assert value(figures, "kappa") == pytest.approx(metrics.cohen_kappa_score(truth, said))
        chance = [j.probability for j in clear]
        assert value(figures, "auc") == pytest.approx(metrics.roc_auc_score(truth, chance))
    if clear:
        assert value(figures, "accuracy") == pytest.approx(metrics.accuracy_score(truth, said))


def test_the_same_seed_gives_the_same_intervals_and_another_gives_others() -> None:
    answers = [answer(judged(*pair), human=0.5, machine=pair[2]) for pair in PAIRS * 3]
    assert measure(answers) == measure(answers, seed=0)
    assert measure(answers) != measure(answers, seed=1)


def test_an_interval_of_a_share_is_as_wide_as_statistics_says() -> None:
    points = [judged(MET, MET)] * 320 + [judged(MET, NOT_MET)] * 80
    interval = measure([answer(point) for point in points]).measures["accuracy"].interval
    half = 1.96 * math.sqrt(0.8 * 0.2 / 400)
    assert interval == pytest.approx((0.8 - half, 0.8 + half), abs=0.008)


def test_points_of_one_answer_are_drawn_together() -> None:
    alike = [answer(*[judged(MET, verdict)] * 10) for verdict in (MET, NOT_MET) * 20]
    apart = [answer(judged(MET, verdict)) for verdict in (MET, NOT_MET) * 200]

    def width(answers: list[JudgedAnswer]) -> float:
        low, high = measure(answers).measures["accuracy"].interval or (0.0, 0.0)
        return high - low

    assert width(alike) == pytest.approx(width(apart) * math.sqrt(10), rel=0.15)


def test_resampled_by_question_all_answers_of_a_question_go_together() -> None:
    answers = [
        answer(judged(MET, verdict), question=f"{verdict}{number}")
        for verdict in (MET, NOT_MET)
        for number in range(4)
        for _ in range(50)
    ]
    by_answer = measure(answers).measures["accuracy"].interval
    by_question = measure(answers, unit=Unit.QUESTION).measures["accuracy"].interval
    assert by_answer is not None
    assert by_question is not None
    assert by_question[1] - by_question[0] > 4 * (by_answer[1] - by_answer[0])


def test_a_single_unit_has_figures_and_no_intervals() -> None:
    answers = [answer(judged(*pair), human=0.5, machine=pair[2]) for pair in PAIRS]
    figures = measure(answers, unit=Unit.QUESTION)
    assert value(figures, "accuracy") == pytest.approx(4 / 6)
    assert all(figure.interval is None for figure in figures.measures.values())


def test_an_interval_needs_half_of_the_resamples() -> None:
    # One met point among many is lost from a third of the resamples; of two answers, both are
    # drawn in about a half of them, and in four of ten with this seed.
    answers = [answer(judged(MET, MET, 0.9)), *[answer(judged(NOT_MET, MET, 0.5))] * 30]
    assert measure(answers).measures["kappa"].interval is not None
    two = [answer(judged(MET, MET, 0.9)), answer(judged(NOT_MET, MET, 0.5))]
    drawn = np.vstack(list(draws(2, 2, 10, seed=SEED)))
    assert (drawn == 1.0).all(axis=1).sum() == 4
    assert measure(two, seed=SEED, resamples=10).measures["auc"] == (1.0, None)


RATED = [
    answer(judged(MET, MET, raters=[MET, MET, NOT_MET])),
    answer(judged(NOT_MET, MET, raters=[NOT_MET, NOT_MET, NOT_MET])),
    answer(judged(PARTIAL, PARTIAL, raters=[MET, PARTIAL])),
    answer(judged(MET, MET, raters=[MET])),
    answer(judged(MET, None, raters=[MET, MET])),
]


def test_people_are_held_against_each_other_and_the_machine_against_each() -> None:
    found = compare_raters(RATED)
    assert found is not None
    humans, machine = found
    assert (humans.n_points, humans.n_pairs) == (3, 3 + 3 + 1)
    assert (machine.n_points, machine.n_pairs) == (3, 3 + 3 + 2)
    # Decided pairs of people: one of three alike, then three of three; the last has a partial.
    assert humans.measures["accuracy"].value == pytest.approx(4 / 6)
    assert machine.measures["accuracy"].value == pytest.approx(2 / 6)
    one = [2, 2, 2, 2, 0, 0] + [0] * 6 + [2, 1]
    other = [2, 0, 2, 0, 2, 2] + [0] * 6 + [1, 2]
    assert humans.measures["qwk"].value == pytest.approx(
        metrics.cohen_kappa_score(one, other, weights="quadratic")
    )
    clear_one, clear_other = one[:12], other[:12]
    assert humans.measures["kappa"].value == pytest.approx(
        metrics.cohen_kappa_score(clear_one, clear_other)
    )


def test_pairs_that_all_hold_a_partial_have_no_accuracy() -> None:
    found = compare_raters([answer(judged(PARTIAL, PARTIAL, raters=[MET, PARTIAL]))])
    assert found is not None
    assert found[0].measures["accuracy"] == (None, None)


def test_a_single_rater_is_nobody_to_compare_with() -> None:
    assert compare_raters(RATED[3:]) is None
    assert compare_raters([]) is None

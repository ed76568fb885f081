"""Each sentence of a rubric is left out once, and nothing else of its own point with it."""

import pytest

from grader.held_out import HeldOutSentence, hold_out
from grader.rubric import Rubric


def lists(rubric: Rubric, kind: str) -> dict[str, tuple[str, ...]]:
    return {point.id: getattr(point, kind) for point in rubric.points}


@pytest.mark.parametrize("counterexamples", [False, True])
def test_each_sentence_is_left_out_once_in_its_place(rubric: Rubric, counterexamples: bool) -> None:
    found = list(hold_out(rubric, counterexamples=counterexamples))
    kinds = ["exemplars", "counterexamples"] if counterexamples else ["exemplars"]
    for kind in kinds:
        told = [one for one in found if one.is_exemplar == (kind == "exemplars")]
        for point_id, whole in lists(rubric, kind).items():
            mine = [one.text for one in told if one.point_id == point_id]
            assert mine == (list(whole) if len(whole) > 1 else [])
        for one in told:
            left = lists(one.reduced, kind)[one.point_id]
            whole = lists(rubric, kind)[one.point_id]
            assert (*left[: one.at], one.text, *left[one.at :]) == whole
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_counterexamples_stay_unless_asked_for(rubric: Rubric) -> None:
    for one in hold_out(rubric):
        assert one.is_exemplar
        assert lists(one.reduced, "counterexamples") == lists(rubric, "counterexamples")


def test_a_rubric_is_fitted_once_for_each_place(rubric: Rubric) -> None:
    found = list(hold_out(rubric, counterexamples=True))
    fitted = {(one.at, one.reduced.structure_hash) for one in found}
    assert len(fitted) == len({one.at for one in found})
    assert rubric.structure_hash not in {hash_ for _, hash_ in fitted}


def test_an_only_exemplar_stays(rubric: Rubric) -> None:
    first, *rest = rubric.points
    lone = first.model_copy(update={"exemplars": first.exemplars[:1]})
    reduced = rubric.model_copy(update={"points": (lone, *rest)})
    found: list[HeldOutSentence] = list(hold_out(reduced))
    assert lone.id not in {one.point_id for one in found}
    assert {one.point_id for one in found} == {point.id for point in rest}

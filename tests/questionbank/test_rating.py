"""A rating as pure steps: what a rater decides becomes a mark, and nothing else does."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from rated import ATTEMPT, PLACES, grade

from grader.verdict import Verdict
from questionbank.mark import How, Mark, Rater
from questionbank.rating import (
    Accepted,
    Anchored,
    Decided,
    Decision,
    Passed,
    Place,
    RatingState,
    Returned,
    advance,
    begin,
    mark_at,
    point_grade,
    same,
    standing,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RATER = Rater(attempt_id=ATTEMPT, id="rater-1", at=NOON, author="Ada")
SAYS = dict(zip(PLACES, (Verdict.MET, Verdict.NOT_MET, Verdict.NEEDS_REVIEW), strict=True))


def sighted() -> RatingState:
    return begin(RATER, PLACES, (), SAYS)


def blind() -> RatingState:
    return begin(RATER, PLACES, (), {})


def step(state: RatingState, decision: Decision) -> tuple[RatingState, Mark]:
    after, mark = advance(state, decision, NOON)
    assert mark is not None
    return after, mark


def test_a_suggestion_is_accepted_and_the_next_point_comes() -> None:
    state, mark = step(sighted(), Accepted())
    assert (mark.how, mark.verdict, mark.machine) == (How.ACCEPTED, Verdict.MET, Verdict.MET)
    assert (mark.position, mark.point_id, mark.number) == (0, "cost", 0)
    assert state.place == PLACES[1]
    assert state.open == PLACES[1:]
    assert not state.complete


@pytest.mark.parametrize(
    ("decision", "how"),
    [
        (Decided(Verdict.NOT_MET, "No figure"), How.OVERRIDDEN),
        (Decided(Verdict.MET), How.ACCEPTED),
        (Decided(Verdict.MET, "In its own words"), How.ACCEPTED),
        (Anchored(4), How.ANCHORED),
    ],
    ids=lambda value: str(value),
)
def test_what_is_decided_beside_a_suggestion_says_how(decision: Decision, how: How) -> None:
    _, mark = step(sighted(), decision)
    assert mark.how is how
    assert mark.machine is Verdict.MET


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.NEEDS_REVIEW])
def test_a_blind_verdict_is_judged_and_names_no_machine(verdict: Verdict) -> None:
    _, mark = step(blind(), Decided(verdict))
    assert (mark.how, mark.verdict, mark.machine, mark.reason) == (How.JUDGED, verdict, None, None)


@pytest.mark.parametrize(
    ("state", "event", "words"),
    [
        (sighted(), Decided(Verdict.PARTIAL), "a reason is needed"),
        (sighted(), Decided(Verdict.NEEDS_REVIEW, "?"), "a rater decides"),
        (blind(), Accepted(), "suggests nothing"),
        (sighted(), Anchored(6), "from 1 to 5"),
        (sighted(), Returned(), "the first point"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_happen_is_refused(
    state: RatingState, event: Decision | Returned, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        advance(state, event, NOON)


def test_where_the_machine_could_not_tell_nothing_can_be_accepted() -> None:
    state = begin(RATER, PLACES[2:], (), SAYS)
    assert state.suggestion is None
    with pytest.raises(ValueError, match="suggests nothing"):
        advance(state, Accepted(), NOON)
    _, mark = step(state, Decided(Verdict.MET))
    assert mark.how is How.JUDGED


def test_passing_and_returning_leave_no_mark() -> None:
    state, mark = advance(blind(), Passed(), NOON)
    assert mark is None
    assert state.at == 1
    state, mark = advance(state, Returned(), NOON)
    assert (mark, state.at) == (None, 0)


def test_after_the_last_point_one_can_only_go_back() -> None:
    state = blind()
    for _ in PLACES:
        state, _ = step(state, Decided(Verdict.MET))
    assert state.complete
    assert state.place is state.suggestion is None
    with pytest.raises(ValueError, match="all points are through"):
        advance(state, Decided(Verdict.MET), NOON)
    assert advance(state, Returned(), NOON)[0].place == PLACES[2]


def test_a_whole_answer_is_rated_beside_its_points_and_the_point_stays() -> None:
    state, mark = step(blind(), Anchored(5, whole=True))
    assert (mark.point_id, mark.anchor) == (None, 5)
    assert state.place == PLACES[0]
    assert state.open == PLACES


def test_a_later_mark_counts_and_the_first_stays() -> None:
    state, first = step(blind(), Decided(Verdict.MET))
    state, second = step(advance(state, Returned(), NOON)[0], Anchored(2))
    assert (first.number, second.number) == (0, 1)
    assert first.id != second.id
    assert standing([first, second]) == {PLACES[0]: second} == state.marks


def test_a_rating_goes_on_at_the_first_open_point() -> None:
    marks = [step(blind(), Decided(Verdict.MET))[1]]
    state = begin(RATER, PLACES, marks, {})
    assert (state.at, state.number) == (1, 1)
    assert begin(RATER, PLACES[:1], marks, {}).place is None


def test_a_place_that_is_not_asked_is_refused() -> None:
    for place in (Place(0, "nothing"), Place(7, None)):
        with pytest.raises(ValueError, match="nothing to rate"):
            mark_at(blind(), place, Anchored(3), NOON)
    assert mark_at(blind(), Place(1, None), Anchored(3), NOON)[1] is not None


def test_marks_say_the_same_whatever_their_number() -> None:
    _, one = step(blind(), Decided(Verdict.MET, "so"))
    _, other = mark_at(begin(RATER, PLACES, [one], {}), PLACES[0], Decided(Verdict.MET, "so"), NOON)
    assert other is not None
    assert same(one, other)
    assert not same(None, other)
    assert not same(one.model_copy(update={"reason": None}), other)


@pytest.mark.parametrize(
    ("anchor", "share", "verdict"),
    [
        (1, 0.0, Verdict.NOT_MET),
        (2, 0.25, Verdict.NOT_MET),
        (3, 0.5, Verdict.PARTIAL),
        (4, 0.75, Verdict.MET),
        (5, 1.0, Verdict.MET),
    ],
)
def test_an_anchor_is_worth_a_share_and_comes_to_a_verdict(
    anchor: int, share: float, verdict: Verdict
) -> None:
    _, mark = step(blind(), Anchored(anchor))
    assert (mark.share, mark.as_verdict) == (share, verdict)


def test_a_verdict_is_worth_its_share() -> None:
    _, mark = step(blind(), Decided(Verdict.PARTIAL))
    assert (mark.share, mark.as_verdict) == (0.5, Verdict.PARTIAL)


@pytest.mark.parametrize(
    "changes",
    [
        {"anchor": 3},
        {"verdict": None},
        {"how": "anchored"},
        {"verdict": "needs_review"},
        {"how": "accepted"},
        {"point_id": None},
        {"anchor": 6, "verdict": None, "how": "anchored"},
        {"rater": "Ada"},
    ],
    ids=str,
)
def test_a_mark_that_says_two_things_or_none_is_no_mark(changes: dict[str, object]) -> None:
    _, mark = step(blind(), Decided(Verdict.MET))
    with pytest.raises(ValidationError):
        Mark.model_validate(mark.model_dump() | changes)


def test_a_point_of_a_grade_is_found_or_none() -> None:
    made = grade(("cost", Verdict.MET))
    found = point_grade(made, "cost")
    assert found is not None
    assert found.verdict is Verdict.MET
    assert point_grade(made, "other") is None
    assert point_grade(None, "cost") is None

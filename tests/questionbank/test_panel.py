"""Several raters' marks joined: scores, uncertainty, who is done, the machine as one more row."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from packets import packet
from rated import ATTEMPT, NOON, SAID, grade, ref

from grader.grade import Grade
from grader.verdict import Verdict
from questionbank.attempt import Answer, Attempt, AttemptKind, AttemptRecord, GradeRecord, Step
from questionbank.errors import UsageError
from questionbank.mark import Mark, Rater
from questionbank.panel import Interviewed, compare_all, join, missing, of_raters, places_to_rate
from questionbank.rating import Anchored, Decided, Decision, Place, begin, mark_at

MET, PARTIAL, NOT_MET, OPEN = (
    Verdict.MET,
    Verdict.PARTIAL,
    Verdict.NOT_MET,
    Verdict.NEEDS_REVIEW,
)
A, B, C = Place(0, "p"), Place(0, "q"), Place(1, "r")
RUBRICS = {0: ("p", "q"), 1: ("r",)}
Says = Mapping[Place, Decision]


def step(at: int, *, closed: bool = False) -> Any:  # noqa: ANN401 - stands in for an instance
    name = ("a/one", "b/one")[at]
    points = [SimpleNamespace(id=point, weight=1.0) for point in RUBRICS[at]]
    return SimpleNamespace(
        key=name,
        question=SimpleNamespace(id=name),
        rubric=None if closed else SimpleNamespace(points=points),
    )


def held(
    *raters: Says,
    grades: Sequence[Grade | None] = (
        grade(("p", MET), ("q", NOT_MET)),
        grade(("r", MET)),
    ),
    texts: Sequence[str] = (SAID, SAID),
    closed: bool = False,
    attempt_id: str = ATTEMPT,
    names: Sequence[str] = ("Eve", "Grace", "Hedy"),
    erased: tuple[str, ...] = (),
    **changes: object,
) -> Interviewed:
    steps = [step(0), step(1, closed=closed)]
    answers = tuple(
        Answer(
            id=f"{at}" * 32,
            attempt_id=attempt_id,
            position=at,
            submitted=NOON,
            seconds=1,
            text=text,
        )
        for at, text in enumerate(texts)
    )
    record = AttemptRecord(
        attempt=Attempt(
            id=attempt_id,
            kind=AttemptKind.INTERVIEW,
            started=NOON,
            seed=1,
            steps=tuple(Step(question=ref(one.key)) for one in steps),
        ),
        answers=answers,
        grades=tuple(
            GradeRecord(
                id=f"{at + 4}" * 32,
                answer_id=answers[at].id,
                attempt_id=attempt_id,
                at=NOON,
                grade=one,
            )
            for at, one in enumerate(grades[: len(answers)])
            if one is not None
        ),
        erased=erased,
    )
    people = [
        Rater(attempt_id=attempt_id, id=f"rater-{at}", at=NOON, author=name)
        for at, name in zip(range(1, len(raters) + 1), names, strict=False)
    ]
    marks: list[Mark] = []
    for rater, says in zip(people, raters, strict=True):
        state = begin(rater, (A, B, C), (), {})
        for place, decision in says.items():
            state, mark = mark_at(state, place, decision, NOON)
            assert mark is not None
            marks.append(mark)
    return Interviewed(record, steps, packet(**changes), people, of_raters(people, marks))


def all_say(verdict: Verdict) -> Says:
    return {place: Decided(verdict) for place in (A, B, C)}


def test_the_score_is_that_of_the_raters_means_and_shows_each_alone() -> None:
    one = {A: Decided(MET), B: Decided(MET), C: Decided(PARTIAL)}
    other = {A: Decided(MET), B: Decided(NOT_MET), C: Decided(PARTIAL)}
    found = join(held(one, other), "heron-12")
    assert found.readiness.score == pytest.approx(100 * (0.75 + 0.5) / 2)
    assert [(alone.rater, alone.score) for alone in found.alone] == [
        ("Eve", pytest.approx(75)),
        ("Grace", pytest.approx(50)),
        ("machine", pytest.approx(75)),
    ]
    # B: shares 1 and 0, variance of the mean ½ ÷ 2; a quarter of the question's two points squared,
    # a quarter again by the competency's weight of one half.
    around = 1.96 * 100 * (0.25 / 4 / 4) ** 0.5
    assert found.readiness.low == pytest.approx(found.readiness.score - around)
    assert found.readiness.high == pytest.approx(found.readiness.score + around)
    assert (found.candidate, found.places, found.raters) == ("heron-12", 3, ("Eve", "Grace"))


def test_raters_who_agree_leave_no_doubt_of_their_own() -> None:
    found = join(held(all_say(MET), all_say(MET)), None)
    assert found.readiness.low == found.readiness.high == found.readiness.score == 100


def test_anchors_count_by_their_share() -> None:
    says: Says = {A: Anchored(2), B: Anchored(4), C: Anchored(5)}
    found = join(held(says), None)
    assert found.readiness.score == pytest.approx(100 * (0.5 + 1) / 2)
    assert found.comparison is found.anchors is None


def test_agreement_on_the_anchors_needs_two_who_used_them() -> None:
    says: Says = {A: Anchored(1), B: Anchored(4), C: Anchored(5), Place(0, None): Anchored(3)}
    both = join(held(says, says), None)
    assert both.anchors is not None
    assert (both.anchors.n, both.anchors.same) == (4, 1.0)
    assert both.anchors.ordinal == pytest.approx(1.0)
    assert join(held(says, all_say(MET)), None).anchors is None


def test_the_machine_is_a_row_and_counts_only_where_nobody_rated() -> None:
    found = join(held({A: Decided(NOT_MET)}, {A: Decided(NOT_MET)}), None)
    assert found.comparison is not None
    assert found.comparison.raters == ("Eve", "Grace", "machine")
    (first, *_) = (row for row in found.comparison.rows if row.point == "p")
    assert first.marks == (NOT_MET, NOT_MET, MET)
    assert first.machine_apart == 1.0
    assert found.readiness.score == pytest.approx(100 * (0.0 + 1.0) / 2)


def test_without_the_machine_unrated_points_are_open() -> None:
    found = join(held({A: Decided(MET)}, {A: Decided(MET)}, grades=(None, None)), None)
    assert found.comparison is not None
    assert found.comparison.everybody is None
    assert found.readiness.score is None
    assert found.readiness.open_points == 2
    assert found.alone[-1].score is None


def test_a_blank_answer_earns_nothing_and_nobody_has_to_rate_it() -> None:
    interview = held(all_say(MET), grades=(None, None), texts=(SAID, " "))
    assert places_to_rate(interview) == (A, B)
    without = interview._replace(marks={"rater-1": {}})
    assert join(without, None).readiness.competencies[1].share.value == 0.0


def test_an_answer_that_is_not_on_record_leaves_its_question_open() -> None:
    found = join(held({A: Decided(MET), B: Decided(MET)}, texts=(SAID,)), None)
    assert found.readiness.score is None
    assert found.readiness.unjudged == ("b/one",)


@pytest.mark.parametrize(("verdict", "rated"), [(OPEN, True), (MET, False)])
def test_of_closed_questions_only_the_undecided_are_rated(verdict: Verdict, rated: bool) -> None:
    interview = held({}, grades=(None, grade(("r", verdict))), closed=True)
    assert (C in places_to_rate(interview)) is rated


def test_a_closed_question_without_a_grade_is_not_judged() -> None:
    interview = held(all_say(MET), grades=(None, None), closed=True)
    assert join(interview, None).readiness.unjudged == ("b/one",)


def test_who_has_not_finished_is_named_with_what_is_left() -> None:
    interview = held(all_say(MET), {A: Decided(MET)}, {})
    assert missing(interview) == {"Grace": 2, "Hedy": 3}


def test_after_erasure_what_was_rated_can_still_be_compared() -> None:
    ids = ("0" * 32, "1" * 32)
    both = {A: Decided(MET), C: Anchored(1), Place(1, None): Anchored(3)}
    interview = held(both, both, texts=("", ""), erased=ids)
    assert places_to_rate(interview) == (A, C)
    assert missing(interview) == {}
    found = join(interview, None)
    assert found.comparison is not None
    assert found.comparison.people.n == 2
    closed = held(both, both, texts=("", ""), erased=ids, closed=True)
    assert places_to_rate(closed) == (A, C)


def test_over_several_interviews_a_rater_has_one_row() -> None:
    first = held(all_say(MET), all_say(NOT_MET))
    second = held(all_say(MET), all_say(MET), attempt_id="b" * 32, names=("Eve", "Hedy"))
    found = compare_all([first, second])
    assert found.raters == ("Eve", "Grace", "Hedy", "machine")
    assert found.people.n == 6
    assert {row.step[:8] for row in found.rows} == {"aaaaaaaa", "bbbbbbbb"}


def test_two_raters_of_one_name_are_refused() -> None:
    interview = held({}, {}, names=("machine", "Eve"))
    with pytest.raises(UsageError, match="names of their own"):
        join(interview, None)


def test_advice_only_where_the_packet_gives_a_rule() -> None:
    rule = {"decline": 0.4, "advance": 0.7}
    assert join(held(all_say(MET)), None).readiness.advice is None
    assert join(held(all_say(MET), recommendation=rule), None).readiness.advice == "advance"

"""Which verdicts wait for a person, in which order, and what a grade is once people decided."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from grader.canonical import digest
from grader.grade import ContentRef, Grade, PointGrade, Provenance
from grader.verdict import Flag, Verdict
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptKind,
    AttemptRecord,
    GradeRecord,
    Override,
    Step,
)
from questionbank.review import (
    EffectivePoint,
    Why,
    apply_overrides,
    decided_otherwise,
    doubts,
    effective,
    effective_grades,
    value_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MET, PARTIAL, NOT_MET = Verdict.MET, Verdict.PARTIAL, Verdict.NOT_MET
CONTRADICTED, OPEN = Verdict.CONTRADICTED, Verdict.NEEDS_REVIEW


def point(
    name: str = "cost",
    verdict: Verdict = OPEN,
    probability: float | None = 0.5,
    weight: float = 1.0,
) -> PointGrade:
    points = None if verdict.share is None else verdict.share * weight
    return PointGrade(
        id=name, verdict=verdict, probability=probability, points=points, max_points=weight
    )


def grade(*points: PointGrade, flags: tuple[Flag, ...] = (), review: tuple[str, ...] = ()) -> Grade:
    return Grade(
        score=sum(one.points or 0.0 for one in points),
        max_score=sum(one.max_points for one in points),
        flags=flags,
        review=review,
        points=points,
        provenance=Provenance(package_version="1"),
    )


def name(*words: object) -> str:
    return digest([str(word) for word in words])[7:39]


def record(
    *grades: Grade | list[Grade] | None,
    overrides: Sequence[Override] = (),
    erased: Sequence[str] = (),
    key: str = "a",
) -> AttemptRecord:
    """An attempt with an answer for each grade; None leaves an answer ungraded."""
    ref = ContentRef(id="a/b", version="1.0.0", content_hash="c", structure_hash="s")
    attempt = Attempt(
        id=name(key),
        kind=AttemptKind.QUIZ,
        started=NOON,
        steps=tuple(Step(question=ref) for _ in grades),
        seed=0,
    )
    answers: list[Answer] = []
    graded: list[GradeRecord] = []
    for position, made in enumerate(grades):
        answer = Answer(
            id=name(key, "answer", position),
            attempt_id=attempt.id,
            position=position,
            submitted=NOON,
            seconds=1.0,
            text="words",
        )
        answers.append(answer)
        for number, one in enumerate(made if isinstance(made, list) else [made]):
            if one is not None:
                graded.append(
                    GradeRecord(
                        id=name(key, "grade", position, number),
                        answer_id=answer.id,
                        attempt_id=attempt.id,
                        at=NOON,
                        grade=one,
                    )
                )
    return AttemptRecord(
        attempt=attempt,
        answers=tuple(answers),
        grades=tuple(graded),
        overrides=tuple(overrides),
        erased=tuple(erased),
    )


def override(point_id: str = "cost", verdict: Verdict = MET, **fields: object) -> Override:
    given = {
        "id": name("override", point_id, verdict),
        "grade_id": name("a", "grade", 0, 0),
        "answer_id": name("a", "answer", 0),
        "attempt_id": name("a"),
        "point_id": point_id,
        "verdict": verdict,
        "author": "Ada",
        "at": NOON,
    }
    return Override.model_validate(given | fields)


def waiting(*records: AttemptRecord) -> list[tuple[str, Why]]:
    return [(one.point.id, one.why) for one in doubts(records)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (grade(point()), [("cost", Why.UNDECIDED)]),
        (grade(point(verdict=MET, probability=0.51)), []),
        (grade(point(verdict=NOT_MET), point("pilot")), [("pilot", Why.UNDECIDED)]),
        (
            grade(point(verdict=MET, probability=0.9), flags=(Flag.ECHO,)),
            [("cost", Why.FLAGGED)],
        ),
        (grade(point(verdict=NOT_MET, probability=None), flags=(Flag.BLANK,)), []),
        (
            grade(point(verdict=NOT_MET, probability=None), flags=(Flag.BLANK, Flag.TOO_LONG)),
            [("cost", Why.FLAGGED)],
        ),
        (grade(point(verdict=MET), review=("odd",)), [("cost", Why.FLAGGED)]),
        (grade(point(verdict=MET), point("pilot"), review=("pilot",)), [("pilot", Why.UNDECIDED)]),
        (None, []),
    ],
)
def test_a_verdict_waits_if_undecided_or_in_doubt_as_a_whole(
    made: Grade | None, expected: list[tuple[str, Why]]
) -> None:
    assert waiting(record(made)) == expected


@pytest.mark.parametrize("flag", sorted(set(Flag) - {Flag.BLANK}))
def test_every_flag_but_a_blank_answer_asks_for_a_person(flag: Flag) -> None:
    assert waiting(record(grade(point(verdict=MET), flags=(flag,)))) == [("cost", Why.FLAGGED)]


def test_what_a_person_decided_waits_no_more() -> None:
    made = grade(point(), point("pilot"))
    assert waiting(record(made, overrides=[override("cost")])) == [("pilot", Why.UNDECIDED)]


def test_a_decision_on_a_former_grade_does_not_decide_the_present_one() -> None:
    made = [grade(point()), grade(point(probability=0.4))]
    assert waiting(record(made, overrides=[override()])) == [("cost", Why.UNDECIDED)]
    assert waiting(record(made, overrides=[override(grade_id=name("a", "grade", 0, 1))])) == []


def test_only_the_grade_that_counts_is_looked_at() -> None:
    made = [grade(point()), grade(point(verdict=MET, probability=0.9))]
    assert waiting(record(made)) == []


def test_an_erased_answer_cannot_be_looked_at() -> None:
    assert waiting(record(grade(point()), erased=[name("a", "answer", 0)])) == []
    assert waiting(record(grade(point()), erased=[name("a", "grade", 0, 0)])) != []


def test_the_most_valuable_comes_first_and_equals_keep_their_order() -> None:
    light, heavy = point("light", weight=1.0), point("heavy", weight=3.0)
    sure, even = point("sure", probability=0.9), point("even", probability=0.5)
    found = doubts([record(grade(light, sure, heavy)), record(grade(even), key="b")])
    assert [one.point.id for one in found] == ["heavy", "light", "even", "sure"]
    assert [one.value for one in found] == [3.0, 1.0, 1.0, 0.2]
    assert found[2].record.attempt.id == name("b")
    assert found[0].answer.text == "words"


@pytest.mark.parametrize(
    ("verdict", "probability", "weight", "value"),
    [
        (OPEN, 0.5, 2.0, 2.0),
        (OPEN, 0.25, 2.0, 1.0),
        (OPEN, 0.75, 1.0, 0.5),
        (OPEN, 0.0, 1.0, 0.0),
        (OPEN, None, 3.0, 3.0),
        (NOT_MET, None, 3.0, 0.0),
        (MET, 0.9, 1.0, 0.2),
        (MET, 0.4, 1.0, 1.0),
        (NOT_MET, 0.1, 1.0, 0.2),
        (NOT_MET, 0.8, 1.0, 1.0),
        (CONTRADICTED, 0.1, 1.0, 0.2),
        (PARTIAL, 0.55, 1.0, 0.9),
    ],
)
def test_a_look_is_worth_the_weight_times_the_doubt(
    verdict: Verdict, probability: float | None, weight: float, value: float
) -> None:
    assert value_of(point("cost", verdict, probability, weight)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("machine", "person", "differs"),
    [(MET, MET, False), (MET, PARTIAL, True), (NOT_MET, CONTRADICTED, True), (OPEN, MET, False)],
)
def test_a_person_differs_only_from_a_verdict_that_was_given(
    machine: Verdict, person: Verdict, differs: bool
) -> None:
    assert decided_otherwise(point(verdict=machine), person) is differs


def test_without_overrides_a_grade_counts_as_it_is() -> None:
    made = grade(point(verdict=MET), point("pilot"), review=("pilot is close",))
    counts = apply_overrides(made, [])
    assert counts.as_grade() == made
    assert (counts.score, counts.max_score, counts.overrides) == (1.0, 2.0, {})
    assert [one.machine.id for one in counts.undecided] == ["pilot"]


@pytest.mark.parametrize(
    ("verdict", "points"), [(MET, 3.0), (PARTIAL, 1.5), (NOT_MET, 0.0), (CONTRADICTED, 0.0)]
)
def test_a_person_s_verdict_counts_and_the_machine_s_stays_beside_it(
    verdict: Verdict, points: float
) -> None:
    made = grade(point("pilot", MET, 0.9), point(weight=3.0, probability=0.4), review=("close",))
    counts = apply_overrides(made, [override("cost", verdict)])
    assert counts.score == 1.0 + points
    assert counts.undecided == ()
    assert (counts.points[1].verdict, counts.points[1].points) == (verdict, points)
    assert counts.points[1].machine == made.points[1]
    plain = counts.as_grade()
    assert plain.score == 1.0 + points
    assert (plain.points[0], plain.points[1].verdict) == (made.points[0], verdict)
    assert plain.points[1].probability is None
    assert plain.review == ("close",)
    assert counts.machine == made


def test_reasons_to_look_go_once_a_person_has_decided_everything() -> None:
    made = grade(point(), point("pilot"), review=("close",))
    both = [override("cost", MET), override("pilot", NOT_MET)]
    assert apply_overrides(made, both).as_grade().review == ()


def test_the_last_of_several_decisions_counts() -> None:
    counts = apply_overrides(grade(point()), [override(verdict=MET), override(verdict=NOT_MET)])
    assert counts.overrides["cost"].verdict is NOT_MET
    assert counts.score == 0.0


def test_a_decision_on_a_point_that_is_not_there_counts_for_nothing() -> None:
    assert apply_overrides(grade(point()), [override("other")]).overrides == {}


def test_an_undecided_point_without_an_override_has_no_points() -> None:
    assert EffectivePoint(machine=point()).points is None


def test_the_grades_of_an_attempt_count_with_what_people_decided() -> None:
    made = record(
        grade(point()), None, grade(point(verdict=MET)), overrides=[override("cost", PARTIAL)]
    )
    assert [one.score for one in effective_grades(made)] == [0.5, 1.0]
    assert effective(made, made.grades[1]).overrides == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": OPEN},
        {"author": ""},
        {"reason": ""},
        {"reason": "x" * 2_001},
        {"author": "x" * 201},
    ],
)
def test_an_override_that_decides_or_says_nothing_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        override(**fields)

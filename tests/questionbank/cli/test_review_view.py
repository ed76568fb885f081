"""How a doubtful verdict looks where there is colour, and where there is nothing to highlight."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.grade import Evidence, Grade, PointGrade, Provenance
from grader.verdict import Flag, Verdict
from questionbank.attempt import (
    Answer,
    Attempt,
    AttemptKind,
    AttemptRecord,
    GradeRecord,
    Override,
)
from questionbank.bank import load_bank
from questionbank.cli.render import Screen
from questionbank.cli.review_view import doubt_line, doubt_view, remark
from questionbank.instance import Instance, instances
from questionbank.review import Doubt, EffectivePoint, Why

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWER = "First words. Compare the bills. Last words."


@pytest.fixture
def instance(bank_folder: Path) -> Instance:
    bank = load_bank([bank_folder])
    return instances(bank.question("model-choice/small-model"), bank.rubrics, 0)[0]


def doubt(instance: Instance, **fields: object) -> Doubt:
    given = {"id": "cost", "verdict": Verdict.MET, "points": 2.0, "max_points": 2.0}
    point = PointGrade.model_validate(given | fields)
    attempt = Attempt(
        id="a" * 32, kind=AttemptKind.QUIZ, started=NOON, steps=(instance.step,), seed=0
    )
    answer = Answer(
        id="b" * 32, attempt_id=attempt.id, position=0, submitted=NOON, seconds=1.0, text=ANSWER
    )
    grade = Grade(
        score=2.0,
        max_score=2.0,
        flags=(Flag.ECHO,),
        points=(point,),
        provenance=Provenance(package_version="1"),
    )
    graded = GradeRecord(
        id="c" * 32, answer_id=answer.id, attempt_id=attempt.id, at=NOON, grade=grade
    )
    record = AttemptRecord(attempt=attempt, answers=(answer,), grades=(graded,))
    return Doubt(record, answer, graded, point, Why.FLAGGED, 0.25)


def shown(instance: Instance, *, plain: bool, **fields: object) -> str:
    out = io.StringIO()
    screen = Screen(out, out, plain=plain)
    screen.show(*doubt_view(screen, doubt(instance, **fields), instance, (2, 7)))
    return out.getvalue()


def test_evidence_is_underlined_where_there_is_colour(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    evidence = Evidence(start=13, end=31, text=ANSWER[13:31])
    out = shown(instance, plain=False, evidence=evidence)
    before, _, after = out.partition("Compare the bills.")
    assert before.rpartition("\x1b[")[2] == "4;35m"
    assert after.startswith("\x1b[0m Last words.")
    assert "evidence]" not in out


def test_evidence_is_named_where_there_is_none(instance: Instance) -> None:
    evidence = Evidence(start=13, end=31, text=ANSWER[13:31])
    out = shown(instance, plain=True, evidence=evidence)
    assert "First words. [Compare the bills. = evidence] Last words.\n" in out
    assert "Verdict 2 of 7, answer bbbbbbbb\n" in out
    assert "The machine: met\n" in out
    assert "flags: echo" in out


def test_without_evidence_the_answer_stands_as_it_is(instance: Instance) -> None:
    out = shown(instance, plain=True)
    assert f"The answer\n{ANSWER}\n" in out
    assert "nearest" not in out


def test_a_line_of_the_list_has_no_quotation_without_evidence(instance: Instance) -> None:
    line = doubt_line(doubt(instance))
    assert line == "0.25  aaaaaaaa  model-choice/small-model  cost: met (flagged)"


def test_a_remark_names_both_verdicts(instance: Instance) -> None:
    point = doubt(instance, probability=0.7).point
    assert remark(EffectivePoint(machine=point)) == (
        "not decided by a person (the machine: met, probability 0.70)"
    )
    override = Override(
        id="d" * 32,
        grade_id="c" * 32,
        answer_id="b" * 32,
        attempt_id="a" * 32,
        point_id="cost",
        verdict=Verdict.CONTRADICTED,
        author="Ada",
        reason="the opposite",
        at=NOON,
    )
    said = remark(EffectivePoint(machine=point, override=override))
    assert said.startswith("contradicted, decided by Ada on 2026-03-0")
    assert said.endswith(": the opposite (the machine: met, probability 0.70)")

"""Templates are valid and read back as they were written."""

import pytest
from pydantic import ValidationError

from grader.verdict import Verdict
from questionbank.question import CaseQuestion, Kind, Status, rubric_ids, tasks
from questionbank.rubric_source import read_rubric, write_rubric
from questionbank.source import read_question, write_question
from questionbank.templates import question_template, rubric_template


@pytest.mark.parametrize("kind", list(Kind))
def test_a_question_template_reads_back(kind: Kind) -> None:
    made = question_template("area/slug", kind, "A title", "area/rubric")
    file = read_question(write_question(made), "q.md")
    assert file.problems == ()
    assert file.question == made
    assert (made.kind, made.status, made.strategy) == (kind, Status.DRAFT, "area")


def test_open_kinds_name_the_rubric_and_closed_ones_none() -> None:
    made = {kind: question_template("area/slug", kind, "T", "area/rubric") for kind in Kind}
    assert {kind for kind in Kind if rubric_ids(made[kind])} == {Kind.OPEN, Kind.CASE}
    case = made[Kind.CASE]
    assert isinstance(case, CaseQuestion)
    assert [part for part, _ in tasks(case)] == ["estimate", "advice"]


def test_a_rubric_template_reads_back_and_has_tests() -> None:
    made = rubric_template("area/slug", "A title")
    assert read_rubric(write_rubric(made), "r.yaml", {}).rubric == made
    verdicts = {example.verdicts["name-the-point"] for example in made.examples}
    assert verdicts == {Verdict.MET, Verdict.NOT_MET}


@pytest.mark.parametrize("name", ["../x", "/etc", "slug", "A/b", ""])
def test_an_id_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        question_template(name, Kind.OPEN, "T", "area/rubric")

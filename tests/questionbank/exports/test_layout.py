"""Texts laid out for one box, and taken apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.exports.item import Criteria, Criterion, Facts, Item
from questionbank.exports.layout import (
    after_text,
    criteria_lines,
    facts_tags,
    number,
    question_text,
    read_after_text,
    read_criteria,
    read_question_text,
    slug_of,
    tags_facts,
)
from questionbank.question import Kind

LINE = st.text(alphabet="ab ()[]:.-1", min_size=1).map(str.strip).filter(bool)


@pytest.mark.parametrize("part", [None, "sum"])
def test_a_question_comes_apart_as_it_was_put_together(part: str | None) -> None:
    item = Item(
        id="a/b",
        part=part,
        kind=Kind.NUMERIC,
        situation="Told before." if part else None,
        exhibit="| a |\n| --- |",
        prompt="How many?\n\n```\n## Exhibit\n```",
        unit="US dollars",
    )
    found = read_question_text(question_text(item), item.kind)
    assert found == {
        "part": part,
        "situation": item.situation,
        "exhibit": item.exhibit,
        "prompt": item.prompt,
        "unit": item.unit,
    }


def test_a_heading_in_a_fence_or_of_another_name_is_text() -> None:
    text = "Ask\n\n~~~~\n## Exhibit\n~~~\n~~~~\n\n## Other\n\nmore"
    found = read_question_text(text, Kind.OPEN)
    assert found["prompt"] == text
    assert found["exhibit"] is None


def test_a_heading_that_stands_twice_counts_once() -> None:
    found = read_question_text("Ask\n\n## Exhibit\n\none\n\n## Exhibit\n\ntwo", Kind.OPEN)
    assert found["exhibit"] == "one\n\n## Exhibit\n\ntwo"


def test_feedback_without_headings_is_the_model_answer() -> None:
    assert read_after_text("Because.")["model_answer"] == "Because."


def test_what_is_read_afterwards_comes_apart_again() -> None:
    item = Item(
        id="a/b",
        kind=Kind.OPEN,
        prompt="?",
        model_answer="M",
        case_answer="C",
        follow_ups=("one", "two"),
        sources=("s",),
    )
    assert read_after_text(after_text(item)) == {
        "model_answer": "M",
        "case_answer": "C",
        "follow_ups": ("one", "two"),
        "sources": ("s",),
    }
    assert after_text(Item(id=None, kind=Kind.OPEN, prompt="?")) == ""


@given(
    st.lists(
        st.builds(
            Criterion,
            id=st.sampled_from(["a", "b-2"]),
            title=LINE,
            points=st.sampled_from([0.5, 1.0, 2.25]),
            description=LINE,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_criteria_lines_say_the_same_after_a_second_reading(points: list[Criterion]) -> None:
    criteria = Criteria(id="a/b", version="1.0.0", title="T", points=tuple(points))
    once = read_criteria(criteria_lines(criteria))
    assert once is not None
    assert len(once.points) == len(points)
    assert [point.points for point in once.points] == [point.points for point in points]
    assert read_criteria(criteria_lines(once)) == once


@pytest.mark.parametrize(
    ("lines", "title", "description"),
    [
        (["[1] Cost: Says what it costs."], "Cost", "Says what it costs."),
        (["[2.5] Says what it costs"], "Says what it costs", "Says what it costs"),
        (["[1] Cost: Says", "  what it costs."], "Cost", "Says what it costs."),
        (["intro", "[1] " + "word " * 30 + ": x"], "word " * 7 + "word", "word " * 30 + ": x"),
    ],
)
def test_criteria_written_by_others_are_understood(
    lines: list[str], title: str, description: str
) -> None:
    found = read_criteria(lines)
    assert found is not None
    (point,) = found.points
    assert (point.id, point.title, point.description) == (None, title, description)
    assert found.id is None


def test_lines_without_a_criterion_are_no_rubric_and_endless_ones_are_refused() -> None:
    assert read_criteria(["Look for costs.", ""]) is None
    with pytest.raises(ValueError, match="longer than"):
        read_criteria(["x" * 30_000])


def test_anchors_and_probe_belong_to_the_point_above() -> None:
    found = read_criteria(["[1] A (a): B", "Probe: P", "Anchor 1: low", "Anchor 5: high"])
    assert found is not None
    assert found.points[0].anchors == {"1": "low", "5": "high"}
    assert found.points[0].probe == "P"


def test_facts_fit_into_tags_and_come_back() -> None:
    facts = Facts(
        version="1.2.3", level="beginner", audience=("investor",), topics=("a-b",), minutes=0
    )
    assert tags_facts(facts_tags(facts)) == facts
    assert facts_tags(Facts(topics=("x" * 51,))) == ()
    assert tags_facts(["Foreign Tag", "minutes:soon", "other:x", "!"]) == Facts(
        topics=("foreign-tag", "other-x")
    )
    assert facts_tags(Facts()) == ()


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_is_written_without_exponent_and_reads_back(value: float) -> None:
    text = number(value)
    assert "e" not in text.lower()
    assert float(text) == value


@pytest.mark.parametrize(
    ("text", "slug"), [("Two Words!", "two-words"), ("é", ""), ("x" * 90, "x" * 80), ("--a", "a")]
)
def test_slugs_are_lower_case_words(text: str, slug: str) -> None:
    assert slug_of(text) == slug

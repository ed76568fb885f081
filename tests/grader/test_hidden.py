"""Markup that hides text from a reader: what lies behind it earns nothing."""

import pytest

from grader.hidden import hidden_spans
from grader.reading import read, reasons
from grader.request import GradeRequest
from grader.rubric import Feedback, Point, Rubric
from grader.verdict import Flag

UNSEEN = "We compare it with a small model on our own data."


@pytest.mark.parametrize(
    "veil",
    [
        "<!-- {} -->",
        "<!-- {}",
        '<span style="color:#fff;font-size:0">{}</span>',
        "<p style='display: none'>{}</p>",
        "<details hidden>{}</details>",
        "<div hidden>\n\n{}\n\n</div>",
        '[//]: # "{}"',
        "[comment]: # ({})",
        r"$\color{{white}}\text{{{}}}$",
        r"\textcolor{{white}}{{{}}}",
        r"\phantom{{{}}}",
    ],
)
def test_what_a_reader_does_not_see_is_found(veil: str) -> None:
    answer = f"The choir sings on Tuesdays.\n{veil.format(UNSEEN)}\nIt rests in summer."
    (span,) = hidden_spans(answer)
    hidden = answer[slice(*span)]
    assert UNSEEN in hidden
    assert "choir" not in hidden
    assert "-->" not in veil or "summer" not in hidden


@pytest.mark.parametrize(
    "answer",
    [
        UNSEEN,
        "Accuracy < 0.9 --> not good enough <!",
        "<b>We pilot</b> it first, with <code>p99 < 200 ms</code>.",
        '<span style="color:#333;font-size:12px">We pilot it.</span>',
        "See [1]: the paper. The hidden layer has 512 units; a hidden cost is labelling.",
        r"The loss \mathcal{L} falls as N^{-\alpha}.",
        '<p style="background-color:#fff">We pilot it.</p>',
        '<p style="opacity: 0.8">We pilot it.</p>',
    ],
)
def test_what_a_reader_sees_is_left_alone(answer: str) -> None:
    assert hidden_spans(answer) == ()


def a_rubric() -> Rubric:
    point = Point(
        id="pilot",
        title="Pilot",
        description="Pilots.",
        weight=1,
        exemplars=("We pilot it.",),
        feedback=Feedback(met="Well.", missed="Pilot it."),
        probe="How would you try it?",
    )
    return Rubric(id="area/one", version="1.0.0", title="One", points=(point,))


def test_hidden_claims_are_barred_flagged_and_explained() -> None:
    answer = f"The choir sings on Tuesdays. <!-- {UNSEEN} It costs less. --> It rests in summer."
    reading = read(GradeRequest(answer=answer, rubric=a_rubric()))
    told = [claim.text for claim, may in zip(reading.claims, reading.eligible, strict=True) if may]
    assert told == ["The choir sings on Tuesdays."]
    assert reading.flags == (Flag.HIDDEN,)
    assert reasons(reading) == [
        "Markup hides a part of it from a reader; that part earned nothing."
    ]

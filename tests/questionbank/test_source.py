"""Questions as files: read with their lines, written and read back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.question import QUESTION, CaseQuestion, OpenQuestion, Question
from questionbank.source import read_question, write_question

HEAD = {
    "format": 1,
    "id": "model-choice/x",
    "version": "1.2.3",
    "title": "A title",
    "strategy": "model-choice",
    "level": "beginner",
    "audience": ["engineer"],
    "topics": ["cost"],
    "minutes": 3,
    "prompt": "Which one?",
}
KINDS: dict[str, dict[str, Any]] = {
    "open": {"kind": "open", "rubric": "model-choice/x"},
    "numeric": {
        "kind": "numeric",
        "unit": "US dollars",
        "tolerance": {"relative": 0.01, "absolute": 2},
        "parameters": {
            "n": {"min": 1, "max": 10, "step": 0.5},
            "null": {"values": [1, 2.5, 1e-7, -3]},
        },
        "formula": "n * 3 if n > 1 else 2",
        "mistakes": [{"formula": "n", "feedback": "Times three."}],
        "points": 2.5,
    },
    "choice": {
        "kind": "choice",
        "options": [
            {"id": "a", "text": "One: two", "why": "No."},
            {"id": "b", "text": "- b", "correct": True, "why": "Yes # so."},
        ],
    },
    "case": {
        "kind": "case",
        "exhibit": "| a | b |\n| - | - |\n| 1 | 2 |",
        "parts": [
            {"id": "p", "kind": "open", "rubric": "r", "prompt": "Why?", "model_answer": "So."},
            {
                "id": "q",
                "kind": "choice",
                "prompt": "Which?\n\n```\n## Prompt\n```\n\n### Hint\n\nSmall.",
                "options": [
                    {"id": "a", "text": "A", "why": "No."},
                    {"id": "b", "text": "B", "correct": True, "why": "Yes."},
                ],
            },
        ],
    },
}


def make(kind: str, **changes: Any) -> Question:  # noqa: ANN401 - any JSON value
    return QUESTION.validate_python({**HEAD, **KINDS[kind], **changes})


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"status": "draft"},
        {"status": "retired", "model_answer": "That one.\n\n- because\n- of cost"},
        {
            "follow_ups": ["And then?", "1. A number", "*stress* first"],
            "sources": ["A <book@x.org>"],
        },
        {"prerequisites": ["model-choice/y"], "exhibit": "> A pitch\n\n    ## code"},
    ],
)
def test_a_question_comes_back_as_it_was(kind: str, changes: dict[str, Any]) -> None:
    question = make(kind, **changes)
    text = write_question(question)
    back = read_question(text, "q.md")
    assert back.problems == ()
    assert back.question == question
    assert back.question is not None
    assert back.question.content_hash == question.content_hash
    assert write_question(back.question) == text


TEXT = st.one_of(
    st.text(alphabet="ab:-#[]{}'\"|>&*!%@`?, \n0.~<\\", min_size=1, max_size=50),
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40),
    st.lists(
        st.sampled_from(
            [
                "---",
                "## Prompt",
                "### Model answer",
                "## Part: p",
                "plain",
                "",
                "- item",
                "1. one",
                "a: b",
                "# x",
                "===",
                "```",
                "~~~",
                "<b>",
                "&#27;",
                "> q",
                "    code",
                "| a |",
                "***",
            ]
        ),
        min_size=1,
        max_size=6,
    ).map("\n".join),
).filter(lambda text: text.strip())


@given(st.sampled_from(sorted(KINDS)), TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_hostile_text_is_kept_or_refused_but_never_changed(
    kind: str, title: str, prompt: str, answer: str, exhibit: str, follow_ups: list[str]
) -> None:
    question = make(
        kind,
        title=title,
        prompt=prompt,
        model_answer=answer,
        exhibit=exhibit,
        follow_ups=follow_ups,
    )
    try:
        text = write_question(question)
    except ValueError:
        return
    back = read_question(text, "q.md")
    assert back.problems == ()
    assert back.question == question


@given(TEXT, TEXT)
def test_hostile_text_within_parts_is_kept_or_refused(prompt: str, answer: str) -> None:
    part = {**KINDS["case"]["parts"][0], "prompt": prompt, "model_answer": answer}
    question = make("case", parts=[part, KINDS["case"]["parts"][1]])
    try:
        text = write_question(question)
    except ValueError:
        return
    back = read_question(text, "q.md").question
    assert isinstance(back, CaseQuestion)
    assert back.parts[0].prompt == prompt.strip()
    assert back.parts[0].model_answer == answer.strip()


@pytest.mark.parametrize(
    "prompt",
    ["## Sources\n\n- x", "Title\n---", "<b>no</b>", "a\x1bb", "# Top", "a &#x202e; b", "a\r\nb"],
)
def test_text_that_would_read_as_something_else_is_refused(prompt: str) -> None:
    with pytest.raises(ValueError, match="model-choice/x cannot be written as Markdown"):
        write_question(make("open", prompt=prompt))


@pytest.mark.parametrize(
    ("section", "items"),
    [
        ("- a\n- b", ("a", "b")),
        ("* a\n* b", ("a", "b")),
        ("+ - a", ("- a",)),
        ("1. a\n2. b", ("a", "b")),
        ("3) a", ("a",)),
        ("- *a* b\n- **c**", ("*a* b", "**c**")),
        ("- a\n  goes on\n\n  and on\n- b", ("a goes on and on", "b")),
        ("  - a\n  - b", ("a", "b")),
        ("one line\nand another", ("one line and another",)),
        ("- a\n\n1. b", ("a", "b")),
        ("", ()),
    ],
)
def test_a_list_section_gives_its_items(section: str, items: tuple[str, ...]) -> None:
    text = write_question(make("open")) + f"\n## Sources\n\n{section}\n"
    file = read_question(text, "q.md")
    assert file.problems == ()
    assert file.question is not None
    assert file.question.sources == items


def test_headings_in_code_quotes_and_lists_are_text() -> None:
    prompt = "```\n## Exhibit\n```\n\n> ## Exhibit\n\n- ## Exhibit\n\n#### Small\n\nEnd"
    file = read_question(write_question(make("open", prompt=prompt)), "q.md")
    assert isinstance(file.question, OpenQuestion)
    assert file.question.prompt == prompt
    assert file.question.exhibit is None


def test_sections_have_the_line_of_their_heading() -> None:
    lines = write_question(make("case")).split("\n")
    document = read_question("\n".join(lines), "q.md").document
    assert lines[document.line(("prompt",)) - 1] == "## Prompt"
    assert lines[document.line(("exhibit",)) - 1] == "## Exhibit"
    assert lines[document.line(("parts", 0, "prompt")) - 1] == "## Part: p"
    assert lines[document.line(("parts", 0, "model_answer")) - 1] == "### Model answer"


@pytest.mark.parametrize("body", ["[" * 300_000, "- " * 150_000, "> " * 150_000, "x\n" * 150_000])
def test_an_endless_body_is_refused_before_it_is_parsed(body: str) -> None:
    text = write_question(make("open"))
    file = read_question(text + body, "q.md")
    assert file.question is None
    front = text.split("\n").index("---", 1) + 1
    assert [(p.line, p.code) for p in file.problems] == [(front + 1, "too-large")]


@pytest.mark.parametrize("mark", ["[", "> ", "- ", "*a **b ", "![", "`a``"])
def test_deep_markdown_is_read_or_refused_but_never_crashes(mark: str) -> None:
    file = read_question(write_question(make("open")).rstrip() + "\n\n" + mark * 10_000, "q.md")
    assert (file.question is None) == bool(file.problems)


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    assert read_question(text, "q.md").question is None
    front = "---\nformat: 1\nkind: case\nparts: [{id: a, kind: open}]\n---\n"
    assert read_question(front + text, "q.md").problems

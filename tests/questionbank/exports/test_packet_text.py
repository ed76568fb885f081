"""Markdown, plain words and answers with evidence as blocks."""

import pytest

from questionbank.exports.packet_document import (
    Block,
    Code,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)
from questionbank.exports.packet_text import (
    Evidence,
    markdown_blocks,
    marked_blocks,
    plain_blocks,
)


def text_of(block: Block) -> str:
    assert isinstance(block, Paragraph)
    return "".join(span.text for span in block.spans)


def test_styles_links_and_line_ends_are_kept() -> None:
    (made,) = markdown_blocks("a **b *c*** `d`\\\ne [f](https://example.org/x) ![g](h)")
    assert made == Paragraph(
        spans=(
            Span(text="a "),
            Span(text="b ", strong=True),
            Span(text="c", strong=True, emphasis=True),
            Span(text=" "),
            Span(text="d", code=True),
            Span(text="\n"),
            Span(text=" e "),
            Span(text="f", href="https://example.org/x"),
            Span(text=" "),
            Span(text="g"),
        )
    )


def test_blocks_are_kept_in_order() -> None:
    made = markdown_blocks("# Head\n\n- a\n  - b\n\n3. c\n\n> q\n\n***\n\n```\nx  y\n```\n")
    head, bullets, numbers, quote, rule, code = made
    assert head == Paragraph(spans=(Span(text="Head", strong=True),))
    assert isinstance(bullets, Listing)
    assert not bullets.ordered
    assert isinstance(bullets.items[0][1], Listing)
    assert isinstance(numbers, Listing)
    assert (numbers.ordered, numbers.start) == (True, 3)
    assert isinstance(quote, Quote)
    assert isinstance(rule, Rule)
    assert code == Code(text="x  y")


def test_a_table_has_widths_by_its_longest_fields_and_keeps_its_sides() -> None:
    (made,) = markdown_blocks("| a | b |\n|---|--:|\n| long enough | 2 |", table="Prices")
    assert isinstance(made, Table)
    assert made.caption == "Prices"
    assert [(one.share, one.align) for one in made.columns] == [(11, "left"), (6, "right")]
    assert text_of(made.rows[0][0].blocks[0]) == "long enough"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//x"]
)
def test_an_address_that_is_not_on_the_web_is_only_words(address: str) -> None:
    (made,) = markdown_blocks(f"[words]({address})")
    assert isinstance(made, Paragraph)
    assert all(span.href is None for span in made.spans)
    assert "words" in text_of(made)


def test_html_is_words() -> None:
    assert text_of(markdown_blocks("a <b>c</b>")[0]) == "a <b>c</b>"


@pytest.mark.parametrize("text", ["", "  \n ", "&#8203;"])
def test_nothing_gives_no_block_or_a_named_character(text: str) -> None:
    made = markdown_blocks(text)
    assert made == () or text_of(made[0]) == "<U+200B>"


def test_plain_words_keep_their_lines_and_paragraphs() -> None:
    made = plain_blocks("\n*a*\nb\n \n\n c ")
    assert [text_of(one) for one in made] == ["*a*\nb", "c"]


def marks(text: str, *found: Evidence, limit: int = 100) -> list[list[tuple[str, str | None]]]:
    return [
        [(span.text, span.mark) for span in block.spans]
        for block in marked_blocks(text, found, limit)
        if isinstance(block, Paragraph)
    ]


def test_evidence_is_marked_with_its_references_behind_it() -> None:
    assert marks("one two three", Evidence(4, 7, "1")) == [
        [("one ", None), ("two", "1"), (" three", None)]
    ]


def test_evidence_that_overlaps_has_each_reference_where_it_ends() -> None:
    found = (Evidence(0, 7, "1"), Evidence(4, 13, "2"), Evidence(4, 13, "3"))
    assert marks("one two three", *found) == [[("one ", ""), ("two", "1"), (" three", "2, 3")]]


def test_evidence_over_two_paragraphs_is_referred_to_once() -> None:
    assert marks("one\n\ntwo", Evidence(0, 8, "1")) == [[("one", "")], [("two", "1")]]


def test_what_is_too_long_is_cut_and_says_so() -> None:
    made = marks("one two three", Evidence(4, 13, "1"), limit=5)
    assert made[0] == [("one ", None), ("t", "")]
    assert made[1] == [("… and 8 more characters, which the record holds.", None)]

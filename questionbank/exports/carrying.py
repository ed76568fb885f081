"""What each format can carry, and an item cut down to that.

The cut is worked out from this table alone, without writing or reading a file: that is what the
loss report rests on, and what tests hold against the files themselves.
"""

from enum import StrEnum
from typing import Any

from grader.rubric import Record
from questionbank.exports.item import Choice, Criteria, Item
from questionbank.exports.layout import (
    after_text,
    criteria_lines,
    facts_tags,
    question_text,
    read_after_text,
    read_criteria,
    read_question_text,
    tags_facts,
)
from questionbank.exports.markup import html_to_markdown, markdown_to_html
from questionbank.question import Kind

LETTERS = "abcdefghijklmnopqrst"
"""What options without ids are called in order."""


class Markup(StrEnum):
    """How a format writes texts."""

    MARKDOWN = "markdown"
    HTML = "html"
    FIELDS = "fields"
    """Markdown, each text in a field of its own."""


class Carries(Record):
    """What a format has a place for."""

    markup: Markup
    all_facts: bool = False
    """Status, prerequisites and long topics, too, not only what fits into tags."""
    criteria: bool = True
    points: bool = True
    option_ids: bool = True
    mistakes: bool = True
    essays_only: bool = False
    """In a candidate's build: the format cannot ask for a number or a choice without its key."""
    id_limit: int = 1000
    """Characters of an id."""
    option_markup: Markup = Markup.MARKDOWN


def as_essay(item: Item) -> Item:
    """A number or a choice asked for in free text, for formats that cannot hide their key."""
    if item.kind is Kind.OPEN:
        return item
    prompt = item.prompt
    if item.unit:
        prompt = f"{prompt}\n\nAnswer in: {item.unit}"
    if item.options:
        listed = "\n".join(f"- {option.id}: {option.text}" for option in item.options)
        prompt = f"{prompt}\n\n{listed}"
    changed = {"kind": Kind.OPEN, "prompt": prompt, "unit": None, "options": ()}
    return item.model_copy(update=changed)


def carried(item: Item, carries: Carries) -> Item:
    """An item cut down to what a format can carry.

    Args:
        item: as written.
        carries: the format.

    Returns:
        The item that a perfect reader would find in the file.
    """
    kept: dict[str, Any] = {
        "id": item.id if item.id is None or len(item.key) <= carries.id_limit else None,
        "facts": item.facts if carries.all_facts else tags_facts(facts_tags(item.facts)),
        "criteria": _criteria(item) if carries.criteria else None,
        "points": item.points if carries.points else None,
        "mistakes": item.mistakes if carries.mistakes else (),
        "options": tuple(
            _option(option, number, carries) for number, option in enumerate(item.options)
        ),
    }
    if carries.markup is not Markup.FIELDS:
        text = _markup(question_text(item), carries.markup)
        after = _markup(after_text(item), carries.markup)
        kept |= read_question_text(text, item.kind)
        kept |= read_after_text(after)
    return item.model_copy(update=kept)


def _criteria(item: Item) -> Criteria | None:
    return read_criteria(criteria_lines(item.criteria)) if item.criteria else None


def _markup(text: str, markup: Markup) -> str:
    return html_to_markdown(markdown_to_html(text)) if markup is Markup.HTML else text


def _option(option: Choice, number: int, carries: Carries) -> Choice:
    texts = {"text": _markup(option.text, carries.option_markup)}
    if option.why:
        texts["why"] = _markup(option.why, carries.option_markup)
    name = option.id if carries.option_ids else LETTERS[number]
    return option.model_copy(update={"id": name, **texts})

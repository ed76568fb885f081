"""One Markdown file and one question: read with line numbers, written and read back.

The only module that knows markdown-it. Front matter is YAML between `---` lines; the body's
second-level headings are the question's long texts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt

from questionbank.errors import Problem
from questionbank.question import FORMAT, QUESTION, Question
from questionbank.text_file import FORBIDDEN, forbidden
from questionbank.validation import open_document, validate
from questionbank.yaml_reader import Path, YamlDocument, read_yaml

_SECTIONS = {
    "prompt": "prompt",
    "exhibit": "exhibit",
    "follow-ups": "follow_ups",
    "model answer": "model_answer",
    "sources": "sources",
}
_LISTS = {"follow_ups", "sources"}
_PART = "part:"
_BODY_KEYS = set(_SECTIONS.values())
_PART_BODY_KEYS = {"prompt", "model_answer"}
_MAX_BODY = 200_000
"""Characters; more than the longest texts a question may have."""
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_BLOCKS = MarkdownIt("commonmark").enable("table").disable("inline")
"""Reads no further than paragraphs, in which most texts have nothing that could be refused."""
_SUSPECT = re.compile(f"[<&]|{FORBIDDEN.pattern}")
"""What HTML and entities begin with, and what may not stand anywhere."""
_RENDERER = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class QuestionFile:
    """What a file held."""

    question: Question | None
    """None if something is wrong with it."""
    document: YamlDocument
    """The front matter, with the lines of the body's sections added."""
    problems: tuple[Problem, ...]


def read_question(text: str, shown: str) -> QuestionFile:
    """Read one question.

    Args:
        text: the whole file.
        shown: how problems name the file.

    Returns:
        The question if it is sound, and every problem found in one go.
    """
    front, body, body_line = _split_front_matter(text)
    if front is None:
        problem = Problem(shown, 1, "front-matter", "start the file with --- and close it with ---")
        return QuestionFile(None, YamlDocument(None, {}, {}, ()), (problem,))
    document = read_yaml(front, shown, offset=1)
    header, found = open_document(document, FORMAT, shown)
    if header is not None and len(body) > _MAX_BODY:
        message = f"the text below the front matter is longer than {_MAX_BODY:,} characters"
        header, found = None, (*found, Problem(shown, body_line + 1, "too-large", message))
    if header is None:
        return QuestionFile(None, document, found)
    sections = _read_body(body, body_line, shown)
    data, problems = _merge(header, document, sections, shown)
    checked = validate(QUESTION, document, data, shown)
    problems = tuple(dict.fromkeys((*found, *sections.problems, *problems, *checked.problems)))
    return QuestionFile(None if problems else checked.record, document, problems)


def write_question(question: Question) -> str:
    """Write a question as a Markdown file that reads back as the same question.

    Raises:
        ValueError: the text would read back as another question.
    """
    from questionbank.yaml_writer import dump_yaml

    data = question.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    data = {"format": question.format, **data}
    body: list[str] = []
    parts = data.get("parts", [])
    for title, key in _SECTIONS.items():
        value = data.pop(key, None)
        if value:
            body.append(_section(f"## {title.capitalize()}", value))
        if key == "exhibit":
            body += [_part_section(part) for part in parts]
    order = [key for key in type(question).model_fields if key in data]
    front = dump_yaml({key: data[key] for key in ["format", *order] if key in data})
    text = f"---\n{front}---\n\n" + "\n".join(body)
    back = read_question(text, question.id)
    if back.question != question or FORBIDDEN.search(text):
        reason = "; ".join(problem.message for problem in back.problems) or "the text changed"
        raise ValueError(f"{question.id} cannot be written as Markdown: {reason}")
    return text


def to_html(text: str, *, raw: bool = False) -> str:
    """Markdown as XHTML.

    Args:
        text: Markdown.
        raw: pass HTML in it on as it is, for somebody who sanitises it; else it is shown as text,
            and the result is well-formed.
    """
    return str((_MARKDOWN if raw else _RENDERER).render(text))


def refused(text: str) -> bool:
    """Whether a text may not stand in a section: raw HTML, a heading that would end the section.

    Args:
        text: Markdown.
    """
    body = _read_body(text, 0, "")
    return any(problem.code != "stray-text" for problem in body.problems) or bool(body.texts)


def _section(heading: str, value: str | list[str]) -> str:
    text = value if isinstance(value, str) else "\n".join(f"- {item}" for item in value)
    return f"{heading}\n\n{text}\n"


def _part_section(part: dict[str, Any]) -> str:
    text = _section(f"## Part: {part['id']}", part.pop("prompt"))
    answer = part.pop("model_answer", None)
    return text + (_section("\n### Model answer", answer) if answer else "")


def _split_front_matter(text: str) -> tuple[str | None, str, int]:
    """Return the YAML, the body, and the number of lines before the body."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return None, "", 0
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 1
    return None, "", 0


@dataclass
class _Body:
    """The sections of a body: texts, lines, and parts by id."""

    texts: dict[Path, Any]
    lines: dict[Path, int]
    problems: list[Problem]


def _read_body(body: str, offset: int, shown: str) -> _Body:
    """Cut the body at its headings; a heading inside a code fence or a list is none."""
    lines = body.split("\n")
    tokens = (_MARKDOWN if _SUSPECT.search(body) else _BLOCKS).parse(body)
    heads = [
        (token.map[0], token.map[1], int(token.tag[1]), tokens[position + 1].content.strip())
        for position, token in enumerate(tokens)
        if token.type == "heading_open" and token.map and token.level == 0
    ]
    result = _Body({}, {}, _refused_tokens(tokens, offset, shown))
    first = heads[0][0] if heads else len(lines)
    if "\n".join(lines[:first]).strip():
        result.problems.append(
            Problem(shown, offset + 1, "stray-text", "put this text under `## Prompt`")
        )
    cuts = [head for head in heads if head[2] <= 2 or _is_part_answer(head)]
    within: str | None = None
    for number, (start, after, level, title) in enumerate(cuts):
        end = cuts[number + 1][0] if number + 1 < len(cuts) else len(lines)
        path, within = _place(level, title, within)
        line = offset + start + 1
        if path is None:
            known = ", ".join(f"## {name.capitalize()}" for name in _SECTIONS)
            message = f"{title!r} is not a section; use {known} or ## Part: ID"
            result.problems.append(Problem(shown, line, "unknown-section", message))
        elif path in result.texts:
            message = f"{title!r} stands twice; keep one"
            result.problems.append(Problem(shown, line, "duplicate-section", message))
        else:
            text = "\n".join(lines[after:end])
            is_list = path[-1] in _LISTS
            result.texts[path], stray = _items(text) if is_list else (text.strip(), False)
            result.lines[path] = line
            if stray:
                message = f"under {title!r} only a list may stand; make this text an item of it"
                result.problems.append(Problem(shown, line, "stray-text", message))
    return result


def _refused_tokens(tokens: Iterable[Any], offset: int, shown: str) -> list[Problem]:
    """HTML, and characters that only an entity such as `&#x202e;` could bring in."""
    problems = []
    for token in _flatten(tokens):
        line = (token.map[0] if token.map else 0) + offset + 1
        if token.type in ("html_block", "html_inline"):
            problems.append(Problem(shown, line, "raw-html", "HTML is not allowed; use Markdown"))
        elif token.type == "text" and (found := FORBIDDEN.search(token.content)):
            problems.append(forbidden(found, shown, line))
    return problems


def _flatten(tokens: Iterable[Any]) -> Iterable[Any]:
    for token in tokens:
        yield token
        for child in token.children or ():
            child.map = token.map
            yield child


def _is_part_answer(head: tuple[int, int, int, str]) -> bool:
    return head[2] == 3 and head[3].lower() == "model answer"


def _place(level: int, title: str, within: str | None) -> tuple[Path | None, str | None]:
    """Where a heading's text belongs, and the part that later headings belong to."""
    name = title.lower()
    if level == 3:
        return (("parts", within, "model_answer") if within else None), within
    if level == 2 and name.startswith(_PART):
        part = title[len(_PART) :].strip()
        return ("parts", part, "prompt"), part
    if level == 2 and name in _SECTIONS:
        return (_SECTIONS[name],), None
    return None, None


def _items(text: str) -> tuple[list[str], bool]:
    """The items of a Markdown list, each on one line, and whether other text stands beside it."""
    lines = text.split("\n")
    tokens = _BLOCKS.parse(text)
    items = []
    for token in tokens:
        if token.type == "list_item_open" and token.level == 1 and token.map:
            words = " ".join(lines[token.map[0] : token.map[1]]).split()
            items.append(" ".join(words).removeprefix(token.info + token.markup).lstrip())
    if not items:
        return ([" ".join(text.split())] if text.strip() else []), False
    lists = ("bullet_list_open", "ordered_list_open")
    outer = [token for token in tokens if token.level == 0 and token.nesting >= 0]
    return items, any(token.type not in lists for token in outer)


def _merge(
    data: dict[str, Any], document: YamlDocument, body: _Body, shown: str
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Lay the body's texts into the front matter."""
    misplaced: list[Path] = [(key,) for key in sorted(_BODY_KEYS & set(data))]
    for path, text in body.texts.items():
        if path[0] != "parts":
            data[str(path[0])] = text
            document.lines[path] = body.lines[path]
    parts = data.get("parts")
    if not isinstance(parts, list):
        parts = []
    else:
        parts = data["parts"] = [dict(part) if isinstance(part, dict) else part for part in parts]
    problems: list[Problem] = []
    by_id: dict[str, int] = {}
    for number, part in enumerate(parts):
        if isinstance(part, dict):
            if by_id.setdefault(name := str(part.get("id")), number) != number:
                line = document.line(("parts", number, "id"))
                message = f"two parts are called {name!r}; give one of them another id"
                problems.append(Problem(shown, line, "duplicate-id", message))
            misplaced += [("parts", number, key) for key in sorted(_PART_BODY_KEYS & set(part))]
    for path in misplaced:
        message = f"write {path[-1]} as a section below"
        problems.append(Problem(shown, document.line(path), "unknown-key", message))
    for path, text in body.texts.items():
        if path[0] == "parts":
            place = by_id.get(str(path[1]))
            if place is None:
                message = f"no part {path[1]!r} under `parts:` in the front matter"
                problems.append(Problem(shown, body.lines[path], "unknown-part", message))
                continue
            parts[place][str(path[2])] = text
            document.lines[("parts", place, path[2])] = body.lines[path]
    return data, tuple(problems)

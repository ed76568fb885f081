"""What tests of exports and imports share: a bank out and back, and a finder of leaks."""

import contextlib
import html
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from questionbank.bank import Bank
from questionbank.checks import plain
from questionbank.exports import Build, Exported, export
from questionbank.exports.drafting import Draft, draft_of
from questionbank.exports.item import Entry, Item, entry_of, items_of
from questionbank.exports.losses import Loss, losses_between
from questionbank.imports import READERS
from questionbank.imports.reading import Reading

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def entries_of(bank: Bank) -> tuple[Entry, ...]:
    return tuple(entry_of(question, bank.rubrics) for _, question in sorted(bank.questions.items()))


def exported(bank: Bank, name: str, build: Build = Build.AUTHOR, seed: int = 3) -> Exported:
    return export(entries_of(bank), name, seed=seed, build=build, shared=bank.points, now=NOW)


def read_back(content: bytes, name: str) -> Reading:
    reading: Reading = import_module(f"questionbank.imports.{READERS[name][0]}").read(content, "f")
    return reading


def real_losses(entries: Iterable[Entry], drafts: Iterable[Draft]) -> set[Loss]:
    """What differs between the bank and what was read, whatever a report says."""
    found = {str(draft.question.get("id")): draft for draft in drafts}
    return {
        loss
        for entry in entries
        for loss in losses_between(entry.question.id, draft_of(entry), found.get(entry.question.id))
    }


def decoded(content: bytes) -> str:
    """Everything a curious person can find in a file: names, comments, tables, escapes undone."""
    found = "\n".join(_pieces(content))
    found = re.sub(r"\\([\\~=#{}:])", r"\1", found.replace("\\n", "\n"))
    return "\n".join([found, html.unescape(html.unescape(found))])


def _pieces(content: bytes) -> Iterator[str]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment.decode("utf-8", "replace")
            for info in archive.infolist():
                yield info.filename
                yield (info.comment + info.extra).decode("utf-8", "replace")
                yield from _pieces(archive.read(info))
        return
    if content.startswith(b"SQLite format 3"):
        yield from _rows(content)
    if content.startswith(b"%PDF"):
        yield from _pages(content)
    text = content.decode("utf-8", "replace")
    yield text
    if text.lstrip().startswith("<"):
        yield re.sub(r"<[^>]*>", "", text)  # words that stand in several elements
        yield re.sub(r"<[^>]*>", " ", text)
    with contextlib.suppress(ValueError):
        yield from _strings(json.loads(text))


def _pages(content: bytes) -> Iterator[str]:
    """Of a PDF: text, properties of both kinds, bookmarks, and every stream unpacked."""
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages:
        yield page.extract_text()
    yield from (str(value) for value in (reader.metadata or {}).values())
    yield from (str(entry) for entry in reader.outline)
    for number in range(1, reader.trailer["/Size"]):
        found = reader.get_object(number)
        yield str(found)
        if hasattr(found, "get_data"):
            yield found.get_data().decode("utf-8", "replace")


def _rows(content: bytes) -> Iterator[str]:
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(content)
        names = database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in names:
            for row in database.execute(f"select * from {name}"):  # noqa: S608 - names of its own
                yield from (str(cell) for cell in row if cell is not None)
    finally:
        database.close()


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    else:
        yield str(value)


def secrets(entry: Entry, seed: int) -> set[str]:
    """Texts that tell an answer, as bare words."""
    items = items_of(entry, seed, Build.AUTHOR)
    texts: list[str] = []
    for rubric in entry.rubrics.values():
        texts += [example.answer for example in rubric.examples]
        for point in rubric.points:
            texts += [point.title, point.description, point.probe, point.id]
            texts += [
                *point.exemplars,
                *point.counterexamples,
                *point.feedback.model_dump().values(),
            ]
            texts += point.anchors.model_dump().values() if point.anchors else []
    for item in items:
        texts += [*item.follow_ups, *item.sources]
        for answer in (item.model_answer, item.case_answer):
            texts += re.split(r"\n+|(?<=[.?!])\s", answer or "")
        texts += [option.why or "" for option in item.options]
        texts += [wrong.feedback for wrong in item.mistakes]
    return {text for text in map(plain, texts) if len(text) >= 8}


def _shown(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        facts = (item.facts.version or "", item.facts.level or "", *item.facts.audience)
        yield from (item.key, item.title or "", item.situation or "", item.exhibit or "")
        yield from (item.prompt, f"Answer in: {item.unit}", *facts)
        yield from (option.text for option in item.options)


def leaks(content: bytes, bank: Bank, seed: int = 3) -> set[str]:
    """The secrets that stand in a file."""
    entries = entries_of(bank)
    items = [item for entry in entries for item in items_of(entry, seed, Build.AUTHOR)]
    shown = f" {plain(' '.join(_shown(items)))} "  # a point's name may be a question's own word
    hidden = {text for entry in entries for text in secrets(entry, seed)}
    found = f" {plain(decoded(content))} "
    pairs = set(pairwise(found.split()))  # most secrets are ruled out by two words of theirs
    near = {text for text in hidden if pairs.issuperset(pairwise(text.split()))}
    return {text for text in near if f" {text} " in found and f" {text} " not in shown}


def write_bank(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root

"""An Anki deck: one note a question or part of a case.

The only module that knows genanki. A note's guid is the item's key, and the numbers of deck and
note type never change, so importing a newer export updates notes and keeps their schedule.
"""

import hashlib
import tempfile
from html import escape
from pathlib import Path

import genanki

from questionbank.exports.item import Build, Item
from questionbank.exports.layout import after_text, criteria_lines, facts_tags, question_text
from questionbank.exports.markup import markdown_to_html
from questionbank.exports.package import Package
from questionbank.numeric import spell

_MODEL = 1_731_904_271
_CANDIDATE_MODEL = 1_731_904_272
_DECK = "Question bank"
_STYLE = ".card { font-family: sans-serif; text-align: left; line-height: 1.5; }"
_FRONT = "<h3>{{Title}}</h3>\n{{Front}}"
_BACK = "{{FrontSide}}\n<hr id=answer>\n{{Back}}"
_NAMES = ("Front", "Back", "Title", "Key")


def write(package: Package) -> bytes:
    """Write the package as an `.apkg` file; a candidate's notes have no back."""
    author = package.build is Build.AUTHOR
    names = _NAMES if author else tuple(name for name in _NAMES if name != "Back")
    model = genanki.Model(
        _MODEL if author else _CANDIDATE_MODEL,
        "Question bank" if author else "Question bank (candidates)",
        fields=[{"name": name} for name in names],
        templates=[{"name": "Card", "qfmt": _FRONT, "afmt": _BACK if author else "{{FrontSide}}"}],
        css=_STYLE,
    )
    decks: dict[str, genanki.Deck] = {}
    for item in package.items:
        area = (item.id or "").partition("/")[0]
        deck = decks.setdefault(area, genanki.Deck(_deck_id(area), f"{_DECK}::{area}"))
        fields = {
            "Front": _front(item),
            "Back": _back(item) if author else "",
            "Title": escape(item.title or item.key),
            "Key": item.key,
        }
        deck.add_note(
            genanki.Note(
                model=model,
                fields=[fields[name] for name in names],
                guid=item.key if author else f"candidate:{item.key}",
                tags=[tag.replace(" ", "_") for tag in facts_tags(item.facts)],
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deck.apkg"
        genanki.Package(list(decks.values())).write_to_file(path, package.now.timestamp())
        return path.read_bytes()


def _deck_id(area: str) -> int:
    """A number that is the same for the same area for good; Anki wants one below 2^63."""
    return int.from_bytes(hashlib.sha256(area.encode()).digest()[:4], "big") + (1 << 30)


def _front(item: Item) -> str:
    listed = "".join(f"<li>{markdown_to_html(option.text)}</li>" for option in item.options)
    options = f'<ol type="a">{listed}</ol>' if listed else ""
    return markdown_to_html(question_text(item)) + options


def _back(item: Item) -> str:
    blocks = []
    if item.value is not None:
        blocks.append(f"<p><b>{escape(spell(item.value))} {escape(item.unit or '')}</b></p>")
    for option in item.options:
        mark = "✓" if option.correct else "✗"
        blocks.append(
            f"<p>{mark} <b>{escape(option.id)}</b></p>{markdown_to_html(option.why or '')}"
        )
    if after := after_text(item):
        blocks.append(markdown_to_html(after))
    if item.criteria:
        told = "".join(f"<li>{escape(line)}</li>" for line in criteria_lines(item.criteria))
        blocks.append(f"<h2>Rubric</h2><ul>{told}</ul>")
    blocks += [
        f"<p>{escape(spell(wrong.value))}: {escape(wrong.feedback)}</p>" for wrong in item.mistakes
    ]
    return "".join(blocks)

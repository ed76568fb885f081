"""Moodle XML: essays with the rubric as grader information, numerical and multiple choice.

Texts go out as Markdown, which Moodle renders; the question's id is its `idnumber`, so that a
second import can be told from a first.
"""

from questionbank.exports.item import Item
from questionbank.exports.layout import (
    after_text,
    criteria_lines,
    facts_tags,
    number,
    question_text,
)
from questionbank.exports.package import Package
from questionbank.exports.xml_text import DECLARATION, Xml, element, lines
from questionbank.question import Kind

MAX_IDNUMBER = 100
"""Characters Moodle's column has."""
WRONG = "-100"
"""The percentage of a wrong option: Moodle adds up and stops at 0, so one of them takes all."""


def write(package: Package) -> bytes:
    """Write the package as Moodle XML, a category for each strategy."""
    questions: list[Xml] = []
    strategy = None
    for item in package.items:
        if (area := (item.id or "").partition("/")[0]) != strategy:
            strategy = area
            path = f"$course$/top/Question bank/{area}"
            category = element("category", _text(path))
            questions.append(element("question", lines(category), type="category"))
        questions.append(_question(item))
    return (DECLARATION + element("quiz", lines(*questions)) + "\n").encode()


def _question(item: Item) -> Xml:
    name = f"{item.title} [{item.part}]" if item.part else item.title or item.key
    shared = [
        element("name", _text(name)),
        _markdown("questiontext", question_text(item)),
        _markdown("generalfeedback", after_text(item)),
        element("defaultgrade", number(_points(item))),
        element("penalty", "0"),
        element("hidden", "0"),
        element("idnumber", item.key if len(item.key) <= MAX_IDNUMBER else ""),
    ]
    kinds = {
        Kind.OPEN: ("essay", _essay),
        Kind.NUMERIC: ("numerical", _numerical),
        Kind.CHOICE: ("multichoice", _multichoice),
    }
    name, specific = kinds[item.kind]
    tags = [element("tag", _text(tag)) for tag in facts_tags(item.facts)]
    body = [*shared, *specific(item), element("tags", lines(*tags) if tags else "")]
    return element("question", lines(*body), type=name)


def _points(item: Item) -> float:
    if item.points is not None:
        return item.points
    return sum(point.points for point in item.criteria.points) if item.criteria else 1.0


def _essay(item: Item) -> list[Xml]:
    notes = "\n".join(criteria_lines(item.criteria)) if item.criteria else ""
    return [
        element("responseformat", "plain"),
        element("responserequired", "1"),
        element("responsefieldlines", "15"),
        element("attachments", "0"),
        element("attachmentsrequired", "0"),
        element("graderinfo", _text(notes), format="plain_text"),
        element("responsetemplate", _text(""), format="plain_text"),
    ]


def _numerical(item: Item) -> list[Xml]:
    right = element(
        "answer",
        _text(number(item.value or 0.0)),
        element("tolerance", number(item.tolerance or 0.0)),
        _markdown("feedback", ""),
        fraction="100",
    )
    wrong = [
        element(
            "answer",
            _text(number(mistake.value)),
            element("tolerance", number(abs(mistake.value) * 1e-3)),
            _markdown("feedback", mistake.feedback),
            fraction="0",
        )
        for mistake in item.mistakes
    ]
    # 3: the unit is told in the question and not asked for.
    return [right, *wrong, element("unitgradingtype", "0"), element("showunits", "3")]


def _multichoice(item: Item) -> list[Xml]:
    right = sum(option.correct is True for option in item.options)
    answers = [
        element(
            "answer",
            _text(option.text),
            _markdown("feedback", option.why or ""),
            fraction=share(right) if option.correct else WRONG,
            format="markdown",
        )
        for option in item.options
    ]
    return [
        element("single", "false"),
        element("shuffleanswers", "false"),
        element("answernumbering", "abc"),
        *answers,
    ]


def share(count: int) -> str:
    """The percentage of one of so many, in the five decimals that Moodle compares.

    Whole where it can be: Moodle's GIFT reader takes `100`, and reads `100.00000` as text.
    """
    return f"{100 / max(count, 1):.5f}".rstrip("0").rstrip(".")


def _text(text: str) -> Xml:
    return element("text", text)


def _markdown(name: str, text: str) -> Xml:
    return element(name, _text(text), format="markdown")

"""The whole bank in programs that others wrote: they find what was written, and score as we do.

Asked for with `FOREIGN_READERS=FOLDER pytest -m foreign`; docs/exchange.md says what is in it.
"""

import csv
import html
import re
import sqlite3
import zipfile
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

import foreign
import pytest
from defusedxml import ElementTree
from exchanging import entries_of, exported, read_back

from grader.grade import Grade
from questionbank.bank import Bank, load_bank
from questionbank.exports import Build
from questionbank.exports.item import Item, item_of
from questionbank.exports.layout import after_text, facts_tags, number, question_text
from questionbank.exports.markup import markdown_to_html
from questionbank.exports.qti3 import identifier, key_of
from questionbank.instance import Instance, instances
from questionbank.question import Kind
from questionbank.scoring import score

pytestmark = pytest.mark.foreign
ROOT = Path(__file__).parents[3]
SEED = 1
"""As in an export without `--seed`."""


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([ROOT])


@pytest.fixture(scope="module")
def asked(bank: Bank) -> list[Instance]:
    """Everything that is asked, in the order of an export."""
    return [
        instance
        for entry in entries_of(bank)
        for instance in instances(entry.question, entry.rubrics, SEED)
    ]


@pytest.fixture(scope="module")
def items(asked: list[Instance]) -> list[Item]:
    return [item_of(instance, Build.AUTHOR) for instance in asked]


def written(bank: Bank, name: str, path: Path, build: Build = Build.AUTHOR) -> Path:
    path.write_bytes(exported(bank, name, build, seed=SEED).content)
    return path


def area_of(item: Item) -> str:
    return (item.id or "").partition("/")[0]


def named(item: Item) -> str:
    return f"{item.title} [{item.part}]" if item.part else item.title or ""


def words(text: str) -> list[str]:
    """Words and numbers, whatever stands between them."""
    return re.findall(r"\w+", text)


def shown(markdown: str) -> list[str]:
    """The words of a text as a page shows it."""
    return words(html.unescape(re.sub("<[^>]*>", " ", markdown_to_html(markdown))))


def flat(pairs: list[tuple[float | None, float | None]]) -> list[float | None]:
    return [one for pair in pairs for one in pair]


def numbers_of(item: Item) -> list[tuple[float | None, float | None]]:
    """The right number and those of mistakes, each with how far off it may be."""
    wrong = [(one.value, abs(one.value) * 1e-3) for one in item.mistakes]
    return [(item.value, item.tolerance), *wrong]


GIFT = """
const text = fs.readFileSync(process.argv[1], 'utf8');
console.log(JSON.stringify(read.parse(text)));
"""


def test_a_gift_grammar_reads_every_question_as_it_was_written(
    bank: Bank, items: list[Item], tmp_path: Path
) -> None:
    path = written(bank, "gift", tmp_path / "bank.gift")
    found = foreign.node("gift-pegjs", GIFT, path)
    areas = [one["title"] for one in found if one["type"] == "Category"]
    assert areas == [f"$course$/top/Question bank/{area}" for area, _ in groupby(items, area_of)]
    questions = [one for one in found if one["type"] != "Category"]
    assert [one["id"] for one in questions] == [item.key for item in items]
    kinds = {Kind.OPEN: "Essay", Kind.NUMERIC: "Numerical", Kind.CHOICE: "MC"}
    for one, item in zip(questions, items, strict=True):
        assert (one["type"], one["title"]) == (kinds[item.kind], named(item))
        assert one["tags"] == list(facts_tags(item.facts))
        assert one["stem"] == {"format": "markdown", "text": question_text(item)}
        assert one["globalFeedback"] == {"format": "markdown", "text": after_text(item)}
        choices = one.get("choices", [])
        told = [choice["feedback"] and choice["feedback"]["text"] for choice in choices]
        if item.kind is Kind.NUMERIC:
            read = [(choice["text"]["number"], choice["text"]["range"]) for choice in choices]
            assert flat(read) == pytest.approx(flat(numbers_of(item)))
            assert told == [None, *(wrong.feedback for wrong in item.mistakes)]
            assert [choice["weight"] for choice in choices] == [100, *(0 for _ in item.mistakes)]
        if item.kind is Kind.CHOICE:
            assert [choice["text"]["text"] for choice in choices] == [o.text for o in item.options]
            assert [choice["weight"] > 0 for choice in choices] == [o.correct for o in item.options]
            assert told == [option.why for option in item.options]


def test_a_gift_grammar_finds_no_key_in_a_candidates_file(
    bank: Bank, items: list[Item], tmp_path: Path
) -> None:
    path = written(bank, "gift", tmp_path / "bank.gift", Build.CANDIDATE)
    found = [one for one in foreign.node("gift-pegjs", GIFT, path) if one["type"] != "Category"]
    assert [one["id"] for one in found] == [item.key for item in items]
    assert {(one["type"], one["globalFeedback"]) for one in found} == {("Essay", None)}


CHOICES = """
found = moodle_xml_parser.parser.parse_file(sys.argv[1])["multichoice"]
print(json.dumps([{**vars(one), "options": [vars(o) for o in one.options]} for one in found]))
"""


def test_a_moodle_reader_finds_choices_with_shares_and_reasons(
    bank: Bank, items: list[Item], tmp_path: Path
) -> None:
    path = written(bank, "moodle", tmp_path / "bank.xml")
    found = foreign.python("moodle_xml_parser.parser", CHOICES, path)
    choices = [item for item in items if item.kind is Kind.CHOICE]
    assert [one["name"] for one in found] == [named(item) for item in choices]
    for one, item in zip(found, choices, strict=True):
        assert one["text_pre_parse"] == question_text(item)
        assert one["general_feedback"] == after_text(item)
        assert (one["single"], one["default_grade"]) == (False, item.points)
        assert [o["answer"] for o in one["options"]] == [o.text for o in item.options]
        assert [o["feedback"] for o in one["options"]] == [o.why for o in item.options]
        shares = [o["score_fraction"] for o in one["options"]]
        assert [share > 0 for share in shares] == [option.correct for option in item.options]
        assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=1e-3)


def test_a_moodle_reader_makes_an_exam_on_paper_of_it(
    bank: Bank, items: list[Item], tmp_path: Path
) -> None:
    path = written(bank, "moodle", tmp_path / "bank.xml")
    foreign.run(foreign.program("moodle2amc"), path, "-o", "exam.tex", folder=tmp_path)
    text = (tmp_path / "exam.tex").read_text(encoding="utf-8")
    parts = re.split(r"\\begin\{question\w*\}", text)[1:]
    kinds = {Kind.OPEN: r"\AMCOpen", Kind.NUMERIC: r"\AMCnumericChoices", Kind.CHOICE: "multi"}
    for part, item in zip(parts, items, strict=True):
        assert words(part.partition(r"\label")[0]) == words(named(item))
        assert (kinds[item.kind] in part) == (item.kind is not Kind.CHOICE)
        assert set(shown(item.prompt)) <= set(words(part)), item.key
        if item.kind is Kind.NUMERIC:
            (given,) = re.findall(r"AMCnumericChoices\{([^}]*)\}", part)
            assert float(given) == pytest.approx(item.value)
        if item.kind is Kind.CHOICE:
            marks = re.findall(r"\\(correct|wrong)choice\{", part)
            assert [mark == "correct" for mark in marks] == [o.correct for o in item.options]


DECK = """
with anki_export.ApkgReader(sys.argv[1]) as deck:
    print(json.dumps(deck.export()))
"""


def test_an_anki_reader_finds_fields_tags_and_decks(
    bank: Bank, items: list[Item], tmp_path: Path
) -> None:
    path = written(bank, "anki", tmp_path / "bank.apkg")
    head, *rows = foreign.python("anki_export", DECK, path)["Question bank"]
    found = {row[head.index("Key")]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(found) == {item.key for item in items}
    for item in items:
        one = found[item.key]
        assert html.unescape(one["Title"]) == item.title
        assert str(one["deck"]).endswith(area_of(item))
        _expect_card(one["Front"], one["Back"], item)


def test_anki_itself_holds_every_note_after_an_import(items: list[Item]) -> None:
    collection = foreign.place("anki", "collection.anki2")
    with closing(sqlite3.connect(f"file:{collection}?mode=ro", uri=True)) as opened:
        rows = opened.execute(
            "SELECT guid, tags, flds, decks.name, count(*) FROM notes JOIN cards ON nid = notes.id "
            "JOIN decks ON decks.id = did GROUP BY notes.id"
        ).fetchall()
    found = {row[0]: row for row in rows}
    assert set(found) == {item.key for item in items}
    for item in items:
        _, tags, fields, deck, cards = found[item.key]
        front, back, title, key = fields.split("\x1f")
        assert (html.unescape(title), key, cards) == (item.title, item.key, 1)
        assert set(tags.split()) == set(facts_tags(item.facts))
        assert deck == f"Question bank\x1f{area_of(item)}"
        _expect_card(front, back, item)


def _expect_card(front: str, back: str, item: Item) -> None:
    def page(text: str) -> list[str]:
        return words(html.unescape(re.sub("<[^>]*>", " ", text)))

    options = [word for option in item.options for word in shown(option.text)]
    assert page(front) == shown(question_text(item)) + options
    told = " ".join(page(back))
    assert " ".join(shown(after_text(item))) in told
    for point in item.criteria.points if item.criteria else ():
        assert " ".join(words(point.description)) in told
    assert [mark == "✓" for mark in re.findall("[✓✗]", back)] == [o.correct for o in item.options]


def _tries(instance: Instance, item: Item) -> list[tuple[Any, str]]:
    """What to answer there, and the same as it is typed here."""
    if item.kind is Kind.CHOICE:
        right = [option.id for option in item.options if option.correct]
        wrong = [option.id for option in item.options if not option.correct]
        most = [right[:size] for size in range(1, len(right) + 1)]
        chosen = [*most, right + wrong[:1], right[:1] + wrong, wrong[:1]]
        return [([f"opt-{name}" for name in names], ", ".join(names)) for names in chosen]
    if item.value is None or item.tolerance is None:
        return [("Measure first.", "")]  # for a person to score
    far, step = item.tolerance, max(item.tolerance, abs(item.value) * 1e-6) * 0.01
    near = [0.0, far - step, step - far] if far > step else [0.0]
    values = [number(item.value + off) for off in (*near, far + step, -far - step)]
    return [(text, text) for text in values]


def _expect_played(
    found: list[dict[str, Any]],
    asked: list[Instance],
    items: list[Item],
    letters: bool,
) -> None:
    def no_open(*_: object) -> Grade:
        raise AssertionError("a closed task")

    for one, instance, item in zip(found, asked, items, strict=True):
        assert one["errors"] == [], item.key
        options = [shown(option.text) for option in item.options]
        assert [words(choice) for choice in one["choices"]] == options
        below = [
            word
            for mark, option in zip("ABCDEFGHIJKLMNOPQRST", options, strict=False)
            for word in ([mark, *option] if letters else option)
        ]
        assert words(one["text"]) == shown(question_text(item)) + below
        if item.kind is Kind.OPEN:
            assert one["scores"] == [0]
            continue
        tries = _tries(instance, item)
        wanted = [score(instance, text, no_open, "0").points[0].points for _, text in tries]
        assert one["scores"] == pytest.approx(wanted), item.key
        if item.kind is Kind.CHOICE:
            (last,) = tries[-1][0]
            why = next(option.why for option in item.options if f"opt-{option.id}" == last)
            assert " ".join(shown(why or "")) in " ".join(words(one["after"]))


def _qti_items(
    bank: Bank,
    asked: list[Instance],
    items: list[Item],
    folder: Path,
    build: Build = Build.AUTHOR,
) -> list[Any]:
    with zipfile.ZipFile(written(bank, "qti3", folder / "bank.zip", build)) as archive:
        texts = [archive.read(f"items/{identifier(item)}.xml").decode() for item in items]
    return [
        {"name": item.key, "xml": text, "tries": [given for given, _ in _tries(instance, item)]}
        for instance, item, text in zip(asked, items, texts, strict=True)
    ]


def _played(made: list[Any], folder: Path) -> list[dict[str, Any]]:
    player = foreign.package("qti3-item-player") / "dist"
    scripts = [foreign.package("vue") / "dist/vue.min.js", player / "qti3Player.umd.min.js"]
    style = (player / "qti3Player.css").read_text(encoding="utf-8")
    return foreign.played("qti3-item-player", scripts, made, folder, style)


def test_a_certified_qti_player_shows_and_scores_every_item_as_we_do(
    bank: Bank, asked: list[Instance], items: list[Item], tmp_path: Path
) -> None:
    found = _played(_qti_items(bank, asked, items, tmp_path), tmp_path)
    _expect_played(found, asked, items, letters=True)
    for one, item in zip(found, items, strict=True):
        if item.kind is Kind.NUMERIC:
            assert one["right"] == pytest.approx(item.value)
        if item.kind is Kind.CHOICE:
            assert one["right"] == [f"opt-{o.id}" for o in item.options if o.correct]


def test_a_certified_qti_player_learns_no_answer_from_a_candidates_package(
    bank: Bank, asked: list[Instance], items: list[Item], tmp_path: Path
) -> None:
    found = _played(_qti_items(bank, asked, items, tmp_path, Build.CANDIDATE), tmp_path)
    for one, item in zip(found, items, strict=True):
        assert one["errors"] == [], item.key
        begin = words(one["text"])
        assert begin[: len(shown(question_text(item)))] == shown(question_text(item))
        assert [words(choice) for choice in one["choices"]] == [
            shown(option.text) for option in item.options
        ]
        assert (set(one["scores"]), one["right"]) == ({0}, None)
        assert words(one["after"]) == begin


def test_qti_components_show_and_score_every_item_as_we_do(
    bank: Bank, asked: list[Instance], items: list[Item], tmp_path: Path
) -> None:
    script = foreign.package("@citolab/qti-components") / "cdn/index.global.js"
    made = _qti_items(bank, asked, items, tmp_path)
    found = foreign.played("qti-components", [script], made, tmp_path)
    _expect_played(found, asked, items, letters=False)
    assert [one["title"] for one in found] == [item.title for item in items]


def test_a_qti_package_made_older_and_newer_again_by_a_converter_comes_back(
    bank: Bank, items: list[Item], tmp_path: Path
) -> None:
    convert = foreign.program("qti-convert")
    new, old, back = (tmp_path / f"{name}.zip" for name in ("new", "old", "back"))
    foreign.run(convert, "downgrade", written(bank, "qti3", new), old)
    with zipfile.ZipFile(old) as archive:
        names = [name for name in archive.namelist() if name.startswith("items/")]
        roots = [ElementTree.fromstring(archive.read(name)) for name in names]
    space = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
    right = {
        key_of(root.get("identifier")): [
            value.text for value in root.iterfind(f".//{space}correctResponse/{space}value")
        ]
        for root in roots
    }
    assert right == {(item.id, item.part): _right(item) for item in items}
    foreign.run(convert, "upgrade", old, back)
    drafts = read_back(back.read_bytes(), "qti3").drafts
    assert {draft.question["id"] for draft in drafts} == set(bank.questions)


def _right(item: Item) -> list[str]:
    if item.value is not None:
        return [number(item.value)]
    return [f"opt-{option.id}" for option in item.options if option.correct]


TABLE = """
d = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
print(json.dumps([d.columns.tolist(), *d.values.tolist()]))
"""
SHEET = """
sheet = openpyxl.load_workbook(sys.argv[1]).active
print(json.dumps([[[cell.data_type, cell.value] for cell in row] for row in sheet.iter_rows()]))
"""


def test_pandas_reads_every_cell_of_the_table(bank: Bank, tmp_path: Path) -> None:
    path = written(bank, "csv", tmp_path / "bank.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert foreign.python("pandas", TABLE, path) == rows


def test_a_spreadsheet_opens_the_table_and_calculates_nothing(bank: Bank, tmp_path: Path) -> None:
    path = written(bank, "csv", tmp_path / "bank.csv")
    office = foreign.program("soffice")
    read = "CSV:44,34,76,1,,0,false,true,false"  # commas, quotes, UTF-8, numbers as numbers
    home = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    write = ("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path)
    foreign.run(office, home, "--headless", f"--infilter={read}", *write, path)
    found = foreign.python("openpyxl", SHEET, tmp_path / "bank.xlsx")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        assert "f" not in {kind for kind, _ in cells}
        for (kind, value), text in zip(cells, row, strict=True):
            if kind == "n" and value is not None:
                assert value == pytest.approx(float(text), rel=1e-13)  # it keeps 15 digits
            else:
                assert (value or "") == text

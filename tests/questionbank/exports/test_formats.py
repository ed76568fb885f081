"""What each format's file looks like to the program it is for."""

import csv
import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from defusedxml import ElementTree
from exchanging import NOW, entries_of, exported, read_back, real_losses
from hypothesis import given
from hypothesis import strategies as st

from questionbank.bank import Bank, load_bank
from questionbank.errors import UsageError
from questionbank.exports import Build, export
from questionbank.exports.carrying import LETTERS
from questionbank.exports.csv_table import COLUMNS, harmed, harmless
from questionbank.exports.gift import escape
from questionbank.exports.item import Entry, Facts, entry_of, items_of
from questionbank.exports.qti3 import ITEM_NAMESPACE, key_of
from questionbank.exports.xml_text import element
from questionbank.question import ChoiceQuestion, Option

QTI = f"{{{ITEM_NAMESPACE}}}"


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


class Moodle(NamedTuple):
    root: Any

    def question(self, idnumber: str) -> Any:  # noqa: ANN401 - an element of defusedxml
        return next(q for q in self.root if q.findtext("idnumber") == idnumber)


@pytest.fixture
def moodle(bank: Bank) -> Moodle:
    return Moodle(ElementTree.fromstring(exported(bank, "moodle").content, forbid_dtd=True))


def test_a_moodle_essay_tells_graders_the_rubric(moodle: Moodle) -> None:
    essay = moodle.question("model-choice/small-model")
    assert essay.get("type") == "essay"
    lines = essay.findtext("graderinfo/text").split("\n")
    assert lines[0] == "Rubric: model-choice/small-model@1.0.0 Small or large model"
    assert "[2] Weighs the cost (cost): Compares what each model costs to run." in lines
    assert "Probe: What would each cost?" in lines
    assert essay.findtext("defaultgrade") == "3"
    assert "Compare the cost of both" in essay.findtext("generalfeedback/text")
    tags = {tag.findtext("text") for tag in essay.find("tags")}
    assert {"cost", "evaluation", "level:beginner", "audience:product-manager"} <= tags


def test_a_moodle_number_is_right_within_its_tolerance_and_knows_mistakes(moodle: Moodle) -> None:
    answers = moodle.question("inference-economics/daily-bill").findall("answer")
    values = [float(answer.findtext("text")) for answer in answers]
    assert [answer.get("fraction") for answer in answers] == ["100", "0"]
    assert float(answers[0].findtext("tolerance")) == pytest.approx(values[0] * 0.01)
    assert values[1] == pytest.approx(values[0] * 1000)
    assert "for a thousand requests" in answers[1].findtext("feedback/text")


def choice_of(bank: Bank, right: int, wrong: int) -> Entry:
    """A choice with so many right and wrong options, worth 3 points."""
    question = bank.questions["foundations/rare-class"]
    assert isinstance(question, ChoiceQuestion)
    options = tuple(
        Option(id=LETTERS[n], text=f"Option {n}", correct=n < right, why=f"Because {n}.")
        for n in range(right + wrong)
    )
    return Entry(question=question.model_copy(update={"options": options, "points": 3.0}))


def choice_as(name: str, bank: Bank, right: int, wrong: int) -> bytes:
    entries = [choice_of(bank, right, wrong)]
    return export(entries, name, seed=1, build=Build.AUTHOR, shared={}, now=NOW).content


def test_in_moodle_right_options_share_and_a_wrong_one_takes_all(bank: Bank) -> None:
    root = ElementTree.fromstring(choice_as("moodle", bank, 3, 2))
    choice = root.find("question[@type='multichoice']")
    shares = [answer.get("fraction") for answer in choice.findall("answer")]
    assert shares == ["33.33333"] * 3 + ["-100"] * 2
    assert choice.findtext("single") == "false"


@pytest.mark.parametrize("wrong", [1, 3, 12])
@pytest.mark.parametrize("right", [1, 2, 3, 5, 6, 8])
def test_moodles_gift_reader_takes_every_weight_for_one(right: int, wrong: int, bank: Bank) -> None:
    text = choice_as("gift", bank, right, wrong).decode()
    weights = [line[1 : line.index("%", 2) + 1] for line in text.split("\n") if line[:1] == "~"]
    assert len(weights) == right + wrong
    for weight in weights:  # two digits, a point, any more: so it says, and 100 passes by luck
        assert re.fullmatch(r"%-*[0-9]{1,2}\.?[0-9]*%", weight), weight


def test_parts_of_a_case_are_moodle_questions_of_their_own(moodle: Moodle) -> None:
    part = moodle.question("model-choice/two-steps#sum")
    assert part.findtext("name/text") == "Two steps [sum]"
    text = part.findtext("questiontext/text")
    assert text.startswith("A firm has two offers.\n\n## Exhibit\n\n| Offer")
    assert text.endswith(
        "## Part: sum\n\nWhat do three months of offer A cost?\n\nAnswer in: US dollars"
    )


def test_an_id_too_long_for_moodle_is_left_out_and_reported(bank: Bank) -> None:
    question = bank.questions["foundations/rare-class"]
    long = question.model_copy(update={"id": "foundations/" + "x" * 100, "title": "Long"})
    made = export([Entry(question=long)], "moodle", seed=1, build=Build.AUTHOR, shared={}, now=NOW)
    assert "<idnumber></idnumber>" in made.content.decode()
    assert "id" in {loss.field for loss in made.losses}


def test_gift_marks_id_tags_and_category(bank: Bank) -> None:
    text = exported(bank, "gift").content.decode()
    assert "$CATEGORY: $course$/top/Question bank/foundations\n\n" in text
    assert "// [id:foundations/rare-class] [tag:version:1.0.0] [tag:level:beginner]" in text
    assert "::A rare class::[markdown]Which says how many" in text
    assert "~%100%Recall#It counts what was found." in text
    assert "~%-100%Accuracy#It is high" in text


@given(st.text(alphabet="\\~=#{}:n abc\n\t"))
def test_gift_escapes_leave_no_mark_of_its_own_standing(text: str) -> None:
    written = escape(text)
    assert "\n" not in written
    bare = re.sub(r"\\.", "", written)
    assert not set("~=#{}:\\") & set(bare)


@given(st.text(alphabet="'=+-@\t\r\n ab,\"\uff1d", max_size=8))
def test_a_neutralised_cell_is_no_formula_and_comes_back(cell: str) -> None:
    written = harmless(cell)
    assert harmed(written) == cell
    assert not re.match(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", written)


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "'=1"]
)
def test_formulas_of_spreadsheets_are_only_text(text: str, bank: Bank) -> None:
    entry = entry_of(bank.questions["foundations/rare-class"], {})
    (item,) = items_of(entry, 1, Build.AUTHOR)
    made = entry.question.model_copy(update={"prompt": text, "title": text})
    out = export([Entry(question=made)], "csv", seed=1, build=Build.AUTHOR, shared={}, now=NOW)
    (row,) = csv.DictReader(io.StringIO(out.content.decode("utf-8-sig"), newline=""))
    assert row["prompt"] == row["title"] == "'" + text
    assert item.prompt not in row.values()
    assert list(row)[: len(COLUMNS)] == COLUMNS


def qti(bank: Bank, build: Build = Build.AUTHOR) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(exported(bank, "qti3", build).content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_qti_package_begins_with_its_manifest_which_names_every_file(bank: Bank) -> None:
    files = qti(bank)
    assert next(iter(files)) == "imsmanifest.xml"
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    space = "{http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1}"
    resources = list(manifest.iter(f"{space}resource"))
    assert {node.get("href") for node in resources} == set(files) - {"imsmanifest.xml"}
    kinds = {node.get("type") for node in resources}
    assert kinds == {"imsqti_item_xmlv3p0", "webcontent"}
    assert manifest.findtext(f"{space}metadata/{space}schemaversion") == "3.0.0"
    names = [node.get("identifier") for node in resources]
    assert len(set(names)) == len(names)


def test_qti_scorers_read_points_and_criteria(bank: Bank) -> None:
    root = ElementTree.fromstring(qti(bank)["items/model-choice.small-model.xml"])
    blocks = {b.get("class"): b for b in root.iter(f"{QTI}qti-rubric-block")}
    assert blocks["qb-criteria"].get("view") == "scorer"
    assert {block.get("use") for block in blocks.values()} == {"scoring"}
    lines = [p.text for p in blocks["qb-criteria"].iter(f"{QTI}p")]
    assert "[2] Weighs the cost (cost): Compares what each model costs to run." in lines
    score = root.find(f"{QTI}qti-outcome-declaration")
    assert (score.get("external-scored"), score.get("normal-maximum")) == ("human", "3")
    assert root.find(f".//{QTI}qti-extended-text-interaction") is not None


def test_qti_numbers_are_compared_within_a_tolerance(bank: Bank) -> None:
    root = ElementTree.fromstring(qti(bank)["items/inference-economics.daily-bill.xml"])
    value = float(root.findtext(f".//{QTI}qti-correct-response/{QTI}qti-value"))
    bounds = root.find(f".//{QTI}qti-equal").get("tolerance").split()
    assert [float(bound) for bound in bounds] == [pytest.approx(value * 0.01)] * 2
    ends = {
        name: float(root.findtext(f".//{QTI}qti-{name}/{QTI}qti-base-value"))
        for name in ("gte", "lte")
    }
    assert ends == pytest.approx({"gte": value * 0.99, "lte": value * 1.01})


def test_qti_gives_half_for_half_of_the_right_options_and_nothing_for_a_wrong_one(
    bank: Bank,
) -> None:
    with zipfile.ZipFile(io.BytesIO(choice_as("qti3", bank, 3, 2))) as archive:
        root = ElementTree.fromstring(archive.read("items/foundations.rare-class.xml"))
    worth = {e.get("map-key"): e.get("mapped-value") for e in root.iter(f"{QTI}qti-map-entry")}
    assert worth == {"opt-a": "1", "opt-b": "1", "opt-c": "1", "opt-d": "-5", "opt-e": "-5"}
    assert root.find(f".//{QTI}qti-mapping").get("lower-bound") == "0"
    partly = root.find(f".//{QTI}qti-response-else-if")
    assert [value.text for value in partly.iter(f"{QTI}qti-base-value")] == ["1.5", "1.5"]
    assert partly.find(f"{QTI}qti-gte/{QTI}qti-map-response") is not None
    declared = root.find(f"{QTI}qti-response-declaration")
    assert [node.tag for node in declared] == [f"{QTI}qti-correct-response", f"{QTI}qti-mapping"]


def test_qti_has_no_half_of_a_single_right_option(bank: Bank) -> None:
    item = qti(bank)["items/foundations.rare-class.xml"]
    assert b"qti-mapping" not in item
    assert b"qti-response-else-if" not in item


def test_qti_choices_name_their_options_and_tell_why_afterwards(bank: Bank) -> None:
    root = ElementTree.fromstring(qti(bank)["items/foundations.rare-class.xml"])
    choices = root.findall(f".//{QTI}qti-simple-choice")
    assert [choice.get("identifier") for choice in choices] == ["opt-accuracy", "opt-recall"]
    assert root.findtext(f".//{QTI}qti-correct-response/{QTI}qti-value") == "opt-recall"
    shown = {b.get("show-hide") for b in root.iter(f"{QTI}qti-feedback-block")}
    assert shown == {"show"}


def test_a_candidates_qti_package_has_no_sidecar_and_no_blocks_for_scorers(bank: Bank) -> None:
    files = qti(bank, Build.CANDIDATE)
    assert "questionbank.json" not in files
    for name, content in files.items():
        assert b"qti-rubric-block" not in content, name
        assert b"qti-response-processing" not in content, name


def test_no_element_closes_itself_for_players_swallow_what_follows(bank: Bank) -> None:
    for content in qti(bank).values():
        assert not re.search(rb"<qti-[^>]*/>", content)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a.b-c", ("a/b-c", None)),
        ("a.b__part", ("a/b", "part")),
        ("_3d.x", ("3d/x", None)),
    ],
)
def test_a_qti_identifier_gives_the_key_back(name: str, key: tuple[str, str | None]) -> None:
    assert key_of(name) == key


def notes(content: bytes) -> dict[str, list[str]]:
    """Fields by guid, from the deck's own database."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        database = sqlite3.connect(":memory:")
        database.deserialize(archive.read("collection.anki2"))
    try:
        rows = database.execute("select guid, flds, tags from notes").fetchall()
        (cards,) = database.execute("select count(*) from cards").fetchone()
    finally:
        database.close()
    assert cards == len(rows)
    return {guid: [*fields.split("\x1f"), tags] for guid, fields, tags in rows}


def test_anki_guids_are_the_keys_whatever_the_text(bank: Bank) -> None:
    found = notes(exported(bank, "anki", seed=1).content)
    assert set(found) == {
        "model-choice/small-model",
        "model-choice/two-steps#why",
        "model-choice/two-steps#sum",
        "inference-economics/daily-bill",
        "foundations/rare-class",
    }
    assert set(notes(exported(bank, "anki", seed=2).content)) == set(found)
    front, back, title, key, tags = found["model-choice/small-model"]
    assert front == "<p>A small model or a large one: how would you choose?</p>"
    assert "[2] Weighs the cost" in back
    assert (title, key) == ("Small or large model", "model-choice/small-model")
    assert "level:beginner" in tags


def test_an_anki_note_for_candidates_has_no_back(bank: Bank) -> None:
    found = notes(exported(bank, "anki", Build.CANDIDATE).content)
    front, title, key, _ = found["candidate:foundations/rare-class"]
    assert "<li><p>Recall</p></li>" in front
    assert (title, key) == ("A rare class", "foundations/rare-class")


def test_json_says_its_format_before_anything_else(bank: Bank) -> None:
    data = json.loads(exported(bank, "json").content)
    assert list(data)[:3] == ["type", "format", "for"]
    assert (data["format"], len(data["questions"]), len(data["points"])) == (1, 4, 1)


def test_a_number_that_cannot_be_drawn_is_a_clear_error(bank: Bank) -> None:
    question = bank.questions["inference-economics/daily-bill"]
    broken = question.model_copy(update={"formula": "requests / 0"})
    with pytest.raises(UsageError, match="cannot be asked with seed 1"):
        export([Entry(question=broken)], "csv", seed=1, build=Build.AUTHOR, shared={}, now=NOW)


def test_a_case_answer_that_cannot_be_filled_in_is_a_clear_error(bank: Bank) -> None:
    case = bank.questions["model-choice/two-steps"]
    number = bank.questions["inference-economics/daily-bill"]
    part = case.parts[1].model_copy(update={"parameters": number.parameters})  # type: ignore[union-attr]
    broken = case.model_copy(
        update={"parts": (case.parts[0], part), "model_answer": "{{nobody}}"}  # type: ignore[union-attr]
    )
    with pytest.raises(UsageError, match="the model answer of model-choice/two-steps"):
        items_of(entry_of(broken, bank.rubrics), 1, Build.AUTHOR)


def test_a_question_without_its_rubric_cannot_be_exported(bank: Bank) -> None:
    with pytest.raises(UsageError, match="the rubric model-choice/small-model of"):
        entry_of(bank.questions["model-choice/small-model"], {})


def test_xml_is_escaped_and_what_xml_cannot_hold_is_dropped() -> None:
    assert element("a", "<b>&\ufffe", x='"') == '<a x="&quot;">&lt;b&gt;&amp;</a>'


HOSTILE = "<img src=x onerror=alert(1)> & <script>alert(2)</script>"


@pytest.fixture
def hostile(bank: Bank) -> Bank:
    """A bank whose short texts try to be HTML."""
    choice = bank.questions["foundations/rare-class"]
    options = [
        option.model_copy(update={"text": HOSTILE, "why": HOSTILE}) for option in choice.options
    ]  # type: ignore[union-attr]
    number = bank.questions["inference-economics/daily-bill"]
    wrong = [one.model_copy(update={"feedback": HOSTILE}) for one in number.mistakes]  # type: ignore[union-attr]
    for question, changes in (
        (choice, {"options": tuple(options), "title": HOSTILE}),
        (number, {"mistakes": tuple(wrong), "unit": HOSTILE, "title": HOSTILE}),
    ):
        bank.questions[question.id] = question.model_copy(update=changes)
    rubric = bank.rubrics["model-choice/small-model"]
    points = [point.model_copy(update={"title": HOSTILE}) for point in rubric.points]
    bank.rubrics[rubric.id] = rubric.model_copy(update={"points": tuple(points)})
    return bank


@pytest.mark.parametrize("build", list(Build))
def test_html_in_short_texts_is_shown_and_not_obeyed(hostile: Bank, build: Build) -> None:
    moodle = ElementTree.fromstring(exported(hostile, "moodle", build).content)
    marked = [node.findtext("text") for node in moodle.iter() if node.get("format") == "markdown"]
    assert any("onerror" in text for text in marked)
    assert not any(html_in(text) for text in marked)
    for line in exported(hostile, "gift", build).content.decode().split("\n"):
        if line.startswith(("~%", "=%")):
            assert not html_in(line)
    for fields in notes(exported(hostile, "anki", build).content).values():
        assert not any("<img" in field or "<script" in field for field in fields)
    for name, content in qti(hostile, build).items():
        if name.endswith(".xml"):
            names = {node.tag.rpartition("}")[2] for node in ElementTree.fromstring(content).iter()}
            assert not names & {"img", "script"}


def html_in(text: str) -> bool:
    bare = text.replace("\\<", "")
    return "<img" in bare or "<script" in bare


def test_what_was_html_comes_back_as_the_report_says(hostile: Bank) -> None:
    for name in ("moodle", "gift", "csv", "qti3"):
        made = exported(hostile, name)
        drafts = read_back(made.content, name).drafts
        assert real_losses(entries_of(hostile), drafts) == set(made.losses), name


def test_facts_of_a_candidate_name_no_topic(bank: Bank) -> None:
    for entry in entries_of(bank):
        for item in items_of(entry, 1, Build.CANDIDATE):
            assert item.facts == Facts(
                version="1.0.0",
                level=entry.question.level.value,
                audience=tuple(who.value for who in entry.question.audience),
                minutes=entry.question.minutes,
            )

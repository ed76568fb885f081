"""What candidates, interviewers and panels get, and how each format carries it."""

import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docx import Document
from exchanging import decoded
from papers import BEGAN, NOTE, asked_by, held, packet_of
from pypdf import PdfReader

from grader.verdict import Verdict
from questionbank import rating
from questionbank.bank import Bank, load_bank
from questionbank.checks import plain
from questionbank.errors import UsageError
from questionbank.exports import packet_pdf
from questionbank.exports.packet_answers import Said
from questionbank.exports.packet_document import Bar, Chart, PacketDocument, Reader
from questionbank.exports.packet_panel import Held, held_as_rated, panel_document
from questionbank.exports.packets import PACKET_FORMATS, asking_document, write_document
from questionbank.instance import Instance
from questionbank.mark import How, Mark, Rater
from questionbank.packet import Packet
from questionbank.panel import Interviewed

FORMATS = sorted(PACKET_FORMATS)
SAID = "I would compare the monthly bill of both models. The rest is up to you."


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    rubric = bank_folder / "rubrics/model-choice/small-model.yaml"
    more = "\n".join(f"      - Counter {name}." for name in ("second", "third", "fourth"))
    text = rubric.read_text().replace("Money does not matter here.", f"Money is nought.\n{more}")
    anchors = "weight: 2\n    anchors: {1: No cost., 3: Says dear., 5: Does the sum.}"
    rubric.write_text(text.replace("weight: 2", anchors))
    question = bank_folder / "questions/model-choice/small-model.md"
    question.write_text(
        question.read_text()
        .replace("## Model", "## Follow-ups\n\n- And a year later?\n\n## Model")
        .replace("## Follow", "## Exhibit\n\n| Model | Price |\n|---|--:|\n| A | 4 |\n\n## Follow")
    )
    found = load_bank([bank_folder])
    assert found.problems == []
    return found


@pytest.fixture
def packet(bank: Bank) -> Packet:
    weights = [
        {"strategy": one, "weight": at + 1}
        for at, one in enumerate(dict.fromkeys(q.strategy for q in bank.questions.values()))
    ]
    return packet_of(
        bank,
        competencies=weights,
        weights_reason="She will choose the models.",
        recommendation={"decline": 0.4, "advance": 0.75},
    )


def words_in(document: PacketDocument, name: str) -> str:
    return f" {plain(decoded(write_document(document, name)))} "


@pytest.mark.parametrize("name", FORMATS)
def test_a_candidate_gets_questions_exhibits_options_and_room(
    name: str, packet: Packet, bank: Bank
) -> None:
    document = asking_document(packet, asked_by(packet, bank), Reader.CANDIDATE)
    found = words_in(document, name)
    for text in (
        "Candidate’s sheet",
        "Everybody is asked the same questions",
        "A small model or a large one: how would you choose?",
        "Exhibit",
        "Accuracy",
        "Your answer (US dollars a day)",
        "600 minutes",
        "people read your answers and decide",
    ):
        assert f" {plain(text)} " in found, text


@pytest.mark.parametrize("name", FORMATS)
def test_an_interviewer_gets_all_that_it_takes_to_lead_and_rate(
    name: str, packet: Packet, bank: Bank
) -> None:
    document = asking_document(packet, asked_by(packet, bank), Reader.INTERVIEWER)
    found = words_in(document, name)
    for text in (
        "Interviewer’s guide",
        "Keep it from candidates",
        "She will choose the models",
        "Below 40 of 100 to decline, from 75 on to advance",
        "Purpose. Shows model choice",
        "Weighs the cost",
        "weight 2",
        "What would each cost?",
        "No cost",
        "Does the sum",
        "Money is nought",
        "Counter third",
        "And a year later",
        "Worked solution",
        "The price is for a thousand requests",
        "What is right",
        "Scorecard: question 4",
        "My advice",
    ):
        assert f" {plain(text)} " in found, text
    assert "counter fourth" not in found


def test_the_plan_says_when_each_question_begins(packet: Packet, bank: Bank) -> None:
    document = asking_document(packet, asked_by(packet, bank), Reader.INTERVIEWER)
    text = write_document(document, "md").decode()
    clock = 0
    for item in packet.items:
        assert f"{clock}–{clock + item.minutes} |" in text
        clock += item.minutes


def one_interview(packet: Packet, bank: Bank, **changes: object) -> Held:
    found = asked_by(packet, bank)
    said = [SAID] * (len(found) - 1) + [None]
    return held(packet, found, said, **changes)  # type: ignore[arg-type]


PEOPLE = {"Ada": Verdict.MET, "Ben": Verdict.NOT_MET}


@pytest.mark.parametrize("name", FORMATS)
def test_a_panel_gets_score_evidence_and_disagreement(
    name: str, packet: Packet, bank: Bank
) -> None:
    document = panel_document(packet, [one_interview(packet, bank, people=PEOPLE)])
    found = words_in(document, name)
    for text in (
        "Panel report on one interview",
        "Advice, not a decision",
        "heron",
        "How the score comes about",
        "Krippendorff’s",
        "Ada and Ben",
        "Points to talk about",
        "not met by Ben: She said it in other words",
        "10 minutes of extra time given",
        "No answer",
    ):
        assert f" {plain(text)} " in found, text


@pytest.mark.parametrize("name", FORMATS)
def test_a_panel_sees_neither_the_name_nor_private_notes(
    name: str, packet: Packet, bank: Bank
) -> None:
    found = words_in(panel_document(packet, [one_interview(packet, bank)]), name)
    assert plain(NOTE) not in found
    assert "lovelace" not in found


def test_evidence_is_highlighted_and_numbered(packet: Packet, bank: Bank) -> None:
    page = write_document(panel_document(packet, [one_interview(packet, bank)]), "html").decode()
    half = SAID[: len(SAID) // 2]
    numbers = r'<sup class="ref"><span class="hidden"> evidence for point </span>1, 2</sup>'
    assert f"<mark>{half}</mark>{numbers}" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Nobody has rated it beside the machine"),
        ({"people": {"Ada": Verdict.MET}}, "Ada gave a verdict on"),
        ({"graded": False}, "This answer is not graded."),
        ({"graded": False}, "| heron | **open** |"),
        ({"people": {"Ada": Verdict.MET}, "reason": None}, "Ada: met"),
        ({}, "Why a person should look: One verdict is close."),
        ({}, "for a person’s verdict"),
    ],
)
def test_a_panel_is_told_what_is_missing(
    changes: dict[str, object], words: str, packet: Packet, bank: Bank
) -> None:
    document = panel_document(packet, [one_interview(packet, bank, **changes)])
    assert words in write_document(document, "md").decode()


def test_people_who_agree_with_each_other_and_the_machine_have_nothing_to_talk_about(
    packet: Packet, bank: Bank
) -> None:
    found = one_interview(packet, bank)
    both = tuple(
        Said(place, name, verdict, None)
        for place, verdict in found.machine.items()
        if verdict is not Verdict.NEEDS_REVIEW
        for name in ("Ada", "Ben")
    )
    text = write_document(panel_document(packet, [replace(found, said=both)]), "md").decode()
    assert "On every point that was judged, all say the same." in text
    alone = replace(found, said=both[::2])
    text = write_document(panel_document(packet, [alone]), "md").decode()
    assert "the machine’s was another on 0." in text


def test_raters_marks_count_where_there_are_any(packet: Packet, bank: Bank) -> None:
    before = one_interview(packet, bank, graded=False)
    at = next(at for at, one in enumerate(before.instances) if one.rubric)
    point = before.instances[at].rubric.points[0]
    raters = [Rater(attempt_id="a", id=f"rater-{n}", at=BEGAN, author=f"R{n}") for n in (1, 2)]
    marks = {
        rater.id: {
            rating.Place(at, point.id): Mark(
                id="b",
                attempt_id="a",
                rater=rater.id,
                number=0,
                position=at,
                point_id=point.id,
                how=How.ANCHORED,
                anchor=anchor,
                reason="In her words.",
                at=BEGAN,
            )
        }
        for rater, anchor in zip(raters, (5, 1), strict=True)
    }
    rated = Interviewed(before.record, before.instances, packet, raters, marks)
    text = write_document(panel_document(packet, [held_as_rated(rated)]), "md").decode()
    assert "R1: met; R2: not met" in text
    assert f"| {point.weight / 2:g} of {point.weight:g} |" in text
    assert "met by R1: In her words." in text
    assert "R1 and R2" in text


def test_an_erased_answer_says_so(packet: Packet, bank: Bank) -> None:
    found = one_interview(packet, bank)
    answer = found.record.answers[0]
    blank = answer.model_copy(update={"text": ""})
    record = found.record.model_copy(
        update={"erased": (answer.id,), "answers": (blank, *found.record.answers[1:])}
    )
    made = panel_document(packet, [replace(found, record=record)])
    assert "The answer was erased on request." in write_document(made, "md").decode()


def test_several_candidates_stand_side_by_side(packet: Packet, bank: Bank) -> None:
    many = [
        one_interview(packet, bank, pseudonym="heron"),
        one_interview(packet, bank, pseudonym="stork", number=2, graded=False),
    ]
    text = write_document(panel_document(packet, many), "md").decode()
    assert "Panel report on 2 interviews" in text
    assert "| Competency | Counts | heron | stork |" in text
    assert text.index("## heron") < text.index("## stork")


def everything(packet: Packet, bank: Bank) -> list[PacketDocument]:
    found = asked_by(packet, bank)
    return [
        asking_document(packet, found, Reader.CANDIDATE),
        asking_document(packet, found, Reader.INTERVIEWER),
        panel_document(packet, [one_interview(packet, bank, people=PEOPLE)]),
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_packet_gives_the_same_bytes(name: str, packet: Packet, bank: Bank) -> None:
    first, again = everything(packet, bank), everything(packet, bank)
    for one, other in zip(first, again, strict=True):
        assert write_document(one, name) == write_document(other, name)


def test_a_panel_is_no_reader_before_the_interview(packet: Packet, bank: Bank) -> None:
    with pytest.raises(ValueError, match="a panel reads of interviews"):
        asking_document(packet, asked_by(packet, bank), Reader.PANEL)


def test_a_pdf_is_tagged_titled_and_brings_its_fonts(packet: Packet, bank: Bank) -> None:
    for document in everything(packet, bank):
        reader = PdfReader(io.BytesIO(write_document(document, "pdf")))
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "en"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"pdfuaid:part" in root["/Metadata"].get_data()
        assert reader.metadata is not None
        assert reader.metadata.title == f"Any interview – {document.kind}"
        for page in reader.pages:
            for font in page["/Resources"]["/Font"].values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object())
        assert len(reader.outline) > 2


def test_a_word_file_has_real_headings_heads_of_tables_and_fields(
    packet: Packet, bank: Bank
) -> None:
    for document in everything(packet, bank):
        content = write_document(document, "docx")
        word = Document(io.BytesIO(content))
        styles = {one.style.name for one in word.paragraphs if one.style}
        assert {"Title", "Heading 1"} <= styles
        xml = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
        assert xml.count("<w:tblHeader/>") >= 1
        assert xml.count("w:tblCaption") == len(re.findall(r"<w:tbl>", xml))
        fields = xml.count("<w:sdt>") + xml.count("<w:sdt ")
        assert (fields > 5) == (document.reader is not Reader.PANEL)
        numbers = re.findall(r"<w:id w:val=\"(\d+)\"", xml)
        assert len(set(numbers)) == len(numbers)
        assert xml.count("<pic:pic") == xml.count('descr="')
        assert ("of 100, range" in xml) == (document.reader is Reader.PANEL)


class Page(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.landmarks: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.heads: list[dict[str, str | None]] = []
        self.first = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag in ("header", "nav", "main", "footer"):
            self.landmarks.append(tag)
        if tag == "a" and not self.first:
            self.first = given.get("href") or ""
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "label":
            self.labelled.add(given.get("for") or "")
        if tag in ("input", "textarea"):
            self.fields.append(given)
        if tag == "th":
            self.heads.append(given)


def test_a_page_has_landmarks_ordered_headings_and_labels(packet: Packet, bank: Bank) -> None:
    for document in everything(packet, bank):
        found = Page(write_document(document, "html").decode())
        assert found.landmarks == ["header", "nav", "main", "footer"]
        assert found.first == "#content"
        assert found.levels[0] == 1
        steps = zip(found.levels, found.levels[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps)
        assert len(set(found.ids)) == len(found.ids)
        for one in found.fields:
            named = one.get("aria-label") or one.get("type") in ("radio", "checkbox")
            assert named or one["id"] in found.labelled
        assert all(head.get("scope") in ("row", "col") for head in found.heads)


RICH = """\
First with `code`, *stress* and [a link](https://example.org/page).

# A head

1. one
2. two
   - deeper

   and below

> Quoted words.

***

```
two  spaces
```

| a | b |
|---|:-:|
| c | d |
"""


@pytest.mark.parametrize("name", FORMATS)
def test_all_that_markdown_has_reaches_every_format(name: str, packet: Packet, bank: Bank) -> None:
    one = next(one for one in asked_by(packet, bank) if one.rubric)
    task = one.task.model_copy(update={"prompt": RICH})
    rich = Instance(one.question, one.part, task, one.seed, one.rubric)
    document = asking_document(packet, (rich,), Reader.CANDIDATE)
    found = words_in(document, name)
    for text in ("First with code", "a link", "A head", "deeper", "Quoted words", "c"):
        assert f" {plain(text)} " in found, text
    assert "https example org page" in found
    if name == "docx":
        word = Document(io.BytesIO(write_document(document, name)))
        assert "two  spaces" in [line.text for line in word.paragraphs]


@pytest.mark.parametrize("name", FORMATS)
def test_a_bar_says_how_far_it_may_still_move(name: str) -> None:
    bars = (
        Bar(label="Closed", value=62.5, low=62.5, high=62.5),
        Bar(label="Moving", value=40, low=20, high=80),
        Bar(label="Unknown", value=None, low=0, high=100),
    )
    chart = Chart(caption="Three bars", first="What", bars=bars)
    document = PacketDocument(
        reader=Reader.PANEL, title="T", kind="K", footer="F", cover=(chart,), body=()
    )
    found = words_in(document, name)
    for text in ("Three bars", "62", "40 20 80", "open 0 100"):
        assert f" {plain(text)} " in found, text


def test_a_pdf_that_cannot_be_set_is_told_without_a_traceback(
    packet: Packet, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packet_pdf, "_TEMPLATE", "packet_bar.typ")  # wants other data
    document = asking_document(packet, asked_by(packet, bank), Reader.CANDIDATE)
    with pytest.raises(UsageError, match=r"cannot be set as PDF .*; write it as HTML or DOCX"):
        write_document(document, "pdf")

"""Hostile words in questions, answers, names and reasons stay words in every format."""

import io
import re
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from docx import Document
from lxml import etree
from papers import asked_by, held, packet_of
from pypdf import PdfReader

from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.exports.packet_document import PacketDocument, Reader, visible
from questionbank.exports.packet_panel import panel_document
from questionbank.exports.packets import PACKET_FORMATS, asking_document, write_document
from questionbank.instance import Instance
from questionbank.packet import Packet
from questionbank.source import to_html

SCRIPT = "<script>alert('x1')</script>"
HANDLER = '<img src="x2" onerror="alert(2)">'
LINK = "[here](javascript:alert(3))"
TYPST = '#set page(fill: red); #read("/etc/passwd") $x^2$ <label> @label `raw`'
WORD = "</w:t></w:r><w:p/> ]]> <!-- --> &amp; &#60;b&#62;"
TURNED = "safe\u202egnp.exe\u2066 zero\u200bwidth"
ARABIC = "مريم"
HOSTILE = f"{SCRIPT} {HANDLER} {LINK} {TYPST} {WORD} {TURNED} {ARABIC} \x1b[31m =1+1 |a|b|"
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def bank(bank_folder: Any) -> Bank:  # noqa: ANN401 - a path
    return load_bank([bank_folder])


def spoilt(instances: tuple[Instance, ...]) -> tuple[Instance, ...]:
    """The same with hostile words in every text of the question and the rubric."""
    made = []
    for one in instances:
        question = one.question.model_copy(
            update={
                "title": HOSTILE,
                "prompt": HOSTILE,
                "exhibit": f"{HOSTILE}\n\n| {SCRIPT} | b |\n|---|--:|\n| {TURNED} | &#x202e; |",
                "follow_ups": (HOSTILE,),
                "model_answer": HOSTILE,
            }
        )
        task: Any = one.task.model_copy(update={"prompt": HOSTILE, "model_answer": HOSTILE})
        rubric = one.rubric and one.rubric.model_copy(
            update={
                "points": tuple(
                    point.model_copy(update={"title": HOSTILE, "probe": HOSTILE})
                    for point in one.rubric.points
                )
            }
        )
        made.append(Instance(question, one.part, task, one.seed, rubric))
    return tuple(made)


def candidate(packet: Packet, found: tuple[Instance, ...]) -> PacketDocument:
    return asking_document(packet, found, Reader.CANDIDATE)


def guide(packet: Packet, found: tuple[Instance, ...]) -> PacketDocument:
    return asking_document(packet, found, Reader.INTERVIEWER)


def report(packet: Packet, found: tuple[Instance, ...]) -> PacketDocument:
    people = {HOSTILE[:190]: Verdict.MET, "Ben": Verdict.NOT_MET}
    said = [HOSTILE] * len(found)
    one = held(packet, found, said, pseudonym=HOSTILE, people=people, reason=HOSTILE)
    return panel_document(packet, [one])


Make = Callable[[Packet, tuple[Instance, ...]], PacketDocument]
EVERYBODY = [candidate, guide, report]


@pytest.fixture(params=EVERYBODY, ids=lambda make: make.__name__)
def hostile(request: pytest.FixtureRequest, bank: Bank) -> PacketDocument:
    packet = packet_of(bank, title=HOSTILE, weights_reason=HOSTILE)
    return request.param(packet, spoilt(asked_by(packet, bank)))


class Elements(HTMLParser):
    """Every element with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_holds_no_script_no_handler_and_fetches_nothing(hostile: PacketDocument) -> None:
    page = write_document(hostile, "html").decode()
    found = Elements(page)
    assert not {"script", "img", "iframe", "object", "link", "base", "form"} & {
        tag for tag, _ in found.elements
    }
    for tag, attributes in found.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in page
    assert "@import" not in page
    assert SCRIPT in found.text
    assert HANDLER in found.text
    assert ARABIC in found.text
    assert "default-src 'none'" in page


def test_nothing_in_a_pdf_is_taken_for_typst(hostile: PacketDocument) -> None:
    content = write_document(hostile, "pdf")
    reader = PdfReader(io.BytesIO(content))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "#set page(fill: red)" in text
    assert '#read("/etc/passwd")' in text
    assert "root:" not in text
    for page in reader.pages:
        for note in page.get("/Annots") or []:
            action = note.get_object().get("/A", {})
            assert not str(action.get("/URI", "https:")).startswith("javascript"), action
    assert "/JavaScript" not in str(reader.trailer["/Root"])


def test_a_word_file_stays_sound_xml_and_links_nowhere(hostile: PacketDocument) -> None:
    content = write_document(hostile, "docx")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
        assert b"javascript" not in archive.read("word/_rels/document.xml.rels")
    word = Document(io.BytesIO(content))
    text = "".join(node.text or "" for node in word.element.iter() if node.tag.endswith("}t"))
    assert SCRIPT in text
    assert "</w:t></w:r><w:p/>" in text


def test_markdown_read_as_html_holds_no_element_of_theirs(hostile: PacketDocument) -> None:
    found = Elements(to_html(write_document(hostile, "md").decode(), raw=True))
    assert not {"script", "img", "b"} & {tag for tag, _ in found.elements}
    for _, attributes in found.elements:
        assert not (attributes.get("href") or "").startswith("javascript")
    assert SCRIPT in found.text


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_what_nobody_sees_is_spelled_out(name: str, hostile: PacketDocument) -> None:
    content = write_document(hostile, name)
    if name == "pdf":
        reader = PdfReader(io.BytesIO(content))
        text = "".join(page.extract_text() for page in reader.pages)
        text += str(reader.metadata)
    elif name == "docx":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            text = archive.read("word/document.xml").decode()
            text += archive.read("docProps/core.xml").decode()
    else:
        text = content.decode()
    assert not UNSEEN.search(text.replace("\n", "").replace("\r", ""))
    assert "U+202E" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u202eb", "a<U+202E>b"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("\ufeffx\ud800\uffff", "<U+FEFF>x<U+D800><U+FFFF>"),
        ("שלום and مرحبا", "שלום and مرحبا"),
        ("e\u0301 👩\u200d🚀", "e\u0301 👩\u200d🚀"),
    ],
)
def test_unseen_characters_are_named_and_scripts_are_left(text: str, expected: str) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_a_huge_answer_is_cut_with_a_word_on_it(name: str, bank: Bank) -> None:
    packet = packet_of(bank)
    found = asked_by(packet, bank)
    said = ["A word or two. " * 330_000, *["x"] * (len(found) - 1)]
    content = write_document(panel_document(packet, [held(packet, found, said)]), name)
    assert len(content) < 400_000
    if name == "md":
        assert "more characters, which the record holds" in content.decode()


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
@pytest.mark.parametrize("mark", ["> ", "- ", "1. > "])
def test_a_text_nested_without_end_is_set_all_the_same(mark: str, name: str, bank: Bank) -> None:
    packet = packet_of(bank)
    one = asked_by(packet, bank)[0]
    task: Any = one.task.model_copy(update={"prompt": mark * 300 + "deep"})
    made = candidate(packet, (Instance(one.question, one.part, task, one.seed, one.rubric),))
    assert len(write_document(made, name)) > 1000


def test_a_text_with_more_markup_than_can_be_read_is_shown_plain(bank: Bank) -> None:
    packet = packet_of(bank)
    many = "*a* " * 4000
    one = asked_by(packet, bank)[0]
    task: Any = one.task.model_copy(update={"prompt": many})
    made = candidate(packet, (Instance(one.question, one.part, task, one.seed, one.rubric),))
    assert "*a* *a* *a*" in write_document(made, "html").decode()


@pytest.mark.parametrize("said", ["漢字 👩‍🚀 हिन्दी", "\U0010fffd private"])
def test_characters_without_a_font_do_not_stop_a_pdf(said: str, bank: Bank) -> None:
    packet = packet_of(bank)
    found = asked_by(packet, bank)
    one = held(packet, found, [said] * len(found))
    assert write_document(panel_document(packet, [one]), "pdf").startswith(b"%PDF")

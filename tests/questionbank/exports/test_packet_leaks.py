"""A candidate's sheet tells no answer in any format, whatever corner of the file one looks into."""

import io
import zipfile
from functools import cache
from pathlib import Path

import pytest
from docx import Document
from exchanging import decoded, leaks
from papers import asked_by, packet_of
from pypdf import PdfReader, PdfWriter

from questionbank.bank import Bank, load_bank
from questionbank.exports import item
from questionbank.exports.packets import PACKET_FORMATS, Reader, asking_document, write_document
from questionbank.packet import MAX_ITEMS

ROOT = Path(__file__).parents[3]
PLANTED = "compares what each model costs to run"
"""The description of a point of the small bank."""


@cache
def shipped() -> Bank:
    return load_bank([ROOT])


def sheet(bank: Bank, name: str, reader: Reader = Reader.CANDIDATE, start: int = 0) -> bytes:
    questions = [one for _, one in sorted(bank.questions.items())][start : start + MAX_ITEMS]
    packet = packet_of(bank, questions)
    return write_document(asking_document(packet, asked_by(packet, bank), reader), name)


@pytest.fixture
def small(bank_folder: Path) -> Bank:
    path = bank_folder / "questions/inference-economics/daily-bill.md"
    path.write_text(path.read_text().replace("relative: 0.01", "absolute: 0.04321"))
    rubric = bank_folder / "rubrics/model-choice/small-model.yaml"
    rubric.write_text(
        rubric.read_text().replace(
            "weight: 2", "weight: 7.25\n    anchors: {1: No cost., 3: Says dear., 5: Does the sum.}"
        )
    )
    bank = load_bank([bank_folder])
    assert bank.problems == []
    return bank


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_no_secret_of_the_shipped_bank_stands_in_a_candidates_sheet(name: str) -> None:
    bank = shipped()
    for start in range(0, len(bank.questions), MAX_ITEMS):
        assert leaks(sheet(bank, name, start=start), bank) == set()


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_a_guide_holds_secrets_so_the_finder_can_find_them(name: str, small: Bank) -> None:
    found = leaks(sheet(small, name, Reader.INTERVIEWER), small)
    for secret in (PLANTED, "what would each cost", "money does not matter here", "does the sum"):
        assert secret in found
    assert "7.25" in decoded(sheet(small, name, Reader.INTERVIEWER))


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_weights_tolerances_and_right_answers_stay_behind(name: str, small: Bank) -> None:
    content = sheet(small, name)
    assert leaks(content, small) == set()
    found = decoded(content)
    for secret in ("7.25", "0.04321", "0.0432", "requests * price", "weighs", "evaluation"):
        assert secret not in found, secret
    assert "Accuracy" in found
    assert "A small model or a large one" in found


@pytest.mark.parametrize("name", sorted(PACKET_FORMATS))
def test_a_sheet_that_forgets_to_leave_out_is_caught(
    name: str, small: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = item._for_candidates

    def forgetful(whole: item.Item) -> item.Item:
        return real(whole).model_copy(update={"prompt": f"{whole.prompt} *Compares* {PLANTED[9:]}"})

    monkeypatch.setattr(item, "_for_candidates", forgetful)
    assert PLANTED in leaks(sheet(small, name), small)


def _in_properties_of_docx(content: bytes) -> bytes:
    word = Document(io.BytesIO(content))
    word.core_properties.comments = PLANTED
    return saved(word)


def _in_a_comment_of_docx(content: bytes) -> bytes:
    word = Document(io.BytesIO(content))
    word.add_comment(word.paragraphs[0].runs, text=PLANTED)
    return saved(word)


def saved(word: object) -> bytes:
    stream = io.BytesIO()
    word.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def _in_a_name_in_docx(content: bytes) -> bytes:
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(f"word/{PLANTED}.xml", "")
    return stream.getvalue()


def _in_properties_of_pdf(content: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.add_metadata({"/Keywords": PLANTED})
    return written(writer)


def _in_an_attachment_of_pdf(content: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.add_attachment("notes.txt", PLANTED.encode())
    for stream in writer.pages:
        stream.compress_content_streams()
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _in_a_comment_of_html(content: bytes) -> bytes:
    spelled = "".join(f"&#{ord(letter)};" for letter in PLANTED)
    return content.replace(b"</main>", f"<!-- {spelled} --></main>".encode())


def _in_a_comment_of_md(content: bytes) -> bytes:
    return content + f"\n[//]: # ({PLANTED})\n".encode()


@pytest.mark.parametrize(
    "plant",
    [
        _in_properties_of_docx,
        _in_a_comment_of_docx,
        _in_a_name_in_docx,
        _in_properties_of_pdf,
        _in_an_attachment_of_pdf,
        _in_a_comment_of_html,
        _in_a_comment_of_md,
    ],
    ids=lambda plant: plant.__name__,
)
def test_the_finder_looks_into_every_corner(plant: object, small: Bank) -> None:
    name = plant.__name__.rpartition("_")[2]  # type: ignore[attr-defined]
    content = sheet(small, name)
    assert leaks(content, small) == set()
    assert leaks(plant(content), small) == {PLANTED}  # type: ignore[operator]


def test_properties_name_nobody_and_tell_nothing(small: Bank) -> None:
    known = Document(io.BytesIO(sheet(small, "docx"))).core_properties
    assert (known.author, known.last_modified_by, known.comments, known.keywords) == ("",) * 4
    assert known.title == "Any interview – Candidate’s sheet"
    with zipfile.ZipFile(io.BytesIO(sheet(small, "docx"))) as archive:
        assert not [name for name in archive.namelist() if "thumbnail" in name]
    facts = PdfReader(io.BytesIO(sheet(small, "pdf"))).metadata
    assert facts is not None
    assert set(facts) <= {"/Title", "/Creator", "/Producer"}

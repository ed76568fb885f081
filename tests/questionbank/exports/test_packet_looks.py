"""Pages in a real browser: axe-core finds no violation, and paper has as many pages as it should.

Asked for with `AXE_CORE=axe.min.js pytest -m looks`; `axe.min.js` is in the npm package axe-core.
"""

import io
import os
from pathlib import Path

import pytest
from browser import axe, browse
from papers import asked_by, held, packet_of
from pypdf import PdfReader

from grader.verdict import Verdict
from questionbank.bank import Bank, load_bank
from questionbank.exports.packet_document import Reader
from questionbank.exports.packet_panel import panel_document
from questionbank.exports.packets import asking_document, write_document
from questionbank.question import Kind

pytestmark = pytest.mark.looks
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank([ROOT])


@pytest.fixture
def script() -> Path:
    given = os.environ.get("AXE_CORE", "")
    assert Path(given).is_file(), "set AXE_CORE to axe.min.js from the npm package axe-core"
    return Path(given)


def page(bank: Bank, reader: Reader) -> bytes:
    """Questions of every kind, among them some with exhibits and a case."""
    chosen = {}
    for _, question in sorted(bank.questions.items()):
        chosen.setdefault((question.kind, question.exhibit is None), question)
    packet = packet_of(bank, list(chosen.values()), recommendation={"decline": 0.4, "advance": 0.7})
    found = asked_by(packet, bank)
    if reader is not Reader.PANEL:
        return write_document(asking_document(packet, found, reader), "html")
    people = {"Ada": Verdict.MET, "Ben": Verdict.NOT_MET}
    said = ["I would look at the cost. Then I would measure."] * len(found)
    both = [
        held(packet, found, said, people=people),
        held(packet, found, said, pseudonym="stork", number=2),
    ]
    return write_document(panel_document(packet, both), "html")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("reader", list(Reader))
def test_axe_core_finds_no_violation(
    reader: Reader, dark: bool, bank: Bank, script: Path, tmp_path: Path
) -> None:
    found = axe(page(bank, reader), script, tmp_path, dark=dark)
    assert found["violations"] == []
    assert found["passes"] > 30


def test_axe_core_would_find_one(bank: Bank, script: Path, tmp_path: Path) -> None:
    spoilt = page(bank, Reader.CANDIDATE).replace(b"--ink: #1b1f24", b"--ink: #dddddd")
    spoilt = spoilt.replace(b'<html lang="en">', b"<html>")
    found = axe(spoilt, script, tmp_path)
    assert {"color-contrast", "html-has-lang"} <= {one["id"] for one in found["violations"]}


def test_a_printed_sheet_has_a_page_for_each_question(bank: Bank, tmp_path: Path) -> None:
    opened = [one for _, one in sorted(bank.questions.items()) if one.kind is Kind.OPEN]
    packet = packet_of(bank, opened[:3])
    document = asking_document(packet, asked_by(packet, bank), Reader.CANDIDATE)
    source, printed = tmp_path / "sheet.html", tmp_path / "sheet.pdf"
    source.write_bytes(write_document(document, "html"))
    browse(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={printed}", source.as_uri())
    pages = PdfReader(io.BytesIO(printed.read_bytes())).pages
    assert len(pages) == 4
    text = pages[0].extract_text()
    assert "Before you begin" in text
    assert "Skip to the content" not in text

"""Files that want to do harm, or are only broken: refused with a clear error, early."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from exchanging import exported, read_back
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questionbank.bank import load_bank
from questionbank.errors import FormatError, UsageError
from questionbank.exports.package import zipped
from questionbank.imports import READERS, read_file, reading
from questionbank.imports.completing import complete
from questionbank.imports.reading import MAX_BYTES, unzip
from questionbank.imports.xml_tree import read_xml

MANIFEST = b'<manifest><resources><resource type="imsqti_item_xmlv3p0" href="a.xml"/></resources></manifest>'  # noqa: E501 - one file
BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><quiz>&b;</quiz>"""
OUTSIDE_FILE = b"""<?xml version="1.0"?>
<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>"""


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (BILLION_LAUGHS, "document type or entities"),
        (OUTSIDE_FILE, "document type or entities"),
        (b"<!DOCTYPE quiz SYSTEM 'http://example.org/x.dtd'><quiz/>", "document type"),
        (b"<quiz>\n<question>\n</quiz>", "f:3: not well-formed XML"),
        (b"<a>" * 5_000, "nested too deep"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "too large"),
        (b"<quiz>\xff</quiz>", "not well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><quiz/>', "f"),
        (b"no xml at all", "not well-formed"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else None,
)
def test_xml_that_tries_something_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_xml(raw, "f")


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    begun = time.monotonic()
    for name in READERS:
        with pytest.raises(FormatError, match="100,000,000 bytes; 20,000,000 are read at most"):
            read_file(path, name)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("name", sorted(READERS))
def test_an_empty_or_missing_file_is_named(name: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b" \n")
    with pytest.raises(FormatError, match="the file is empty"):
        read_file(empty, name)
    with pytest.raises(UsageError, match="no such file"):
        read_file(tmp_path / "nowhere", name)


@pytest.mark.parametrize("name", sorted(READERS))
@pytest.mark.parametrize(
    "raw",
    [b"\xff\xfe\x00bad\xd8", "naïve".encode("latin-1"), b"PK\x03\x04 no zip", b"\x00" * 64, b"{"],
    ids=["utf-16", "latin-1", "zip", "zeros", "brace"],
)
def test_what_is_not_in_the_format_is_refused_or_named(name: str, raw: bytes) -> None:
    try:
        found = read_back(raw, name)
    except (FormatError, ValueError):
        return
    assert name == "gift"
    assert found.drafts == ()
    assert found.problems


def test_wrong_encodings_name_line_and_cure(tmp_path: Path) -> None:
    path = tmp_path / "x.gift"
    path.write_bytes("one\n\ncafé {}".encode("latin-1"))
    with pytest.raises(FormatError, match=r"x\.gift:3: byte 8 is not UTF-8; save the file as UTF"):
        read_file(path, "gift")


def bomb(size: int) -> bytes:
    return zipped({"imsmanifest.xml": MANIFEST, "a.xml": b"\0" * size})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (bomb(25_000_000), "'a.xml' inside unpacks to more than 20,000,000 bytes"),
        (
            zipped({f"{n}.bin": b"\0" * 19_000_000 for n in range(5)}),
            "unpacks to more than 60,000,000 bytes",
        ),
        (zipped({f"{n}": b"" for n in range(5_001)}), "5,001 files inside"),
        (zipped({"../evil.xml": b"x"}), "leads out of the package"),
        (zipped({"/etc/passwd": b"x"}), "leads out of the package"),
        (zipped({"a\\..\\evil": b"x"}), "leads out of the package"),
        (zipped({"C:evil": b"x"}), "leads out of the package"),
        (b"PK nonsense", "is no sound zip file"),
        (zipped({"a": b"x" * 100})[:60], "is no sound zip file"),
    ],
    ids=["bomb", "heavy", "many", "up", "absolute", "backslash", "drive", "nonsense", "cut"],
)
def test_zip_files_that_try_something_are_refused(raw: bytes, message: str) -> None:
    assert len(raw) < MAX_BYTES
    with pytest.raises(FormatError, match=message):
        unzip(raw, "f.zip")


def test_a_zip_directory_that_lies_about_sizes_does_not_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MAX_MEMBER_BYTES", 1_000)
    raw = zipped({"a": b"\0" * 5_000})
    size = (5_000).to_bytes(4, "little")
    assert raw.count(size) == 2
    with pytest.raises(FormatError, match="f: "):
        unzip(raw.replace(size, (10).to_bytes(4, "little")), "f")


def test_an_encrypted_member_is_refused() -> None:
    raw = bytearray(zipped({"a": b"x"}))
    raw[6] |= 1
    central = raw.index(b"PK\x01\x02")
    raw[central + 8] |= 1
    with pytest.raises(FormatError, match="cannot be unpacked"):
        unzip(bytes(raw), "f")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.xml": b"<a/>"}, "has no imsmanifest.xml"),
        ({"imsmanifest.xml": MANIFEST, "questionbank.json": b"{"}, "no sound JSON"),
    ],
)
def test_a_package_needs_its_manifest_and_a_sound_sidecar(
    files: dict[str, bytes], message: str
) -> None:
    with pytest.raises(FormatError, match=message):
        read_back(zipped(files), "qti3")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "expected an object"),
        ('{"type": "other"}', "expected an object"),
        ('{"type": "questionbank"}', '"format": 1'),
        ('{"type": "questionbank", "format": true}', '"format": 1'),
        ('{"type": "questionbank", "format": 2, "questions": 7}', "newer questionbank"),
        ('{"type": "questionbank", "format": 1, "for": "candidate"}', "candidate's build"),
        ('{"type": "questionbank", "format": 1, "questions": 7}', "must be a list"),
        ('{"type": "questionbank", "format": 1, "questions": [7]}', "must be a list"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": ' + "1" * 5_000 + "}", "cannot be read as JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":\n oops}', "f:2: is no sound JSON"),
    ],
    ids=lambda value: value[:40],
)
def test_json_of_another_shape_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_back(text.encode(), "json")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
KEYS = (
    "id kind title version status level audience topics minutes prompt exhibit parts options "
    "rubric formula tolerance unit mistakes parameters follow_ups sources points"
).split()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(["questions", "rubrics"]), key=st.sampled_from(KEYS), value=VALUES)
def test_no_value_of_any_type_breaks_an_import(
    where: str, key: str, value: object, bank_folder: Path
) -> None:
    data = json.loads(exported(load_bank([bank_folder]), "json").content)
    for record in data[where]:
        record[key] = value
        for part in record.get("parts") or () if key != "parts" else ():
            part[key] = value
    found = read_back(json.dumps(data).encode(), "json")
    completed, _ = complete(found.drafts, "f")
    for one in completed:
        assert one.question.id
        assert ".." not in one.question.id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "add kind, prompt"),
        ("kind,prompt\nopen,'x\0y\n", None),
        ('kind,prompt\nopen,"unclosed\n', "is no sound CSV"),
        ('kind,prompt\nopen,"' + "x" * 200_000 + '"\n', "is no sound CSV"),
    ],
    ids=["columns", "zero", "unclosed", "long"],
)
def test_csv_that_is_none_is_refused(text: str, message: str | None) -> None:
    if message is None:
        found = complete(read_back(text.encode(), "csv").drafts, "f")[0]
        assert [one.question.prompt for one in found] == ["'xy"]
        return
    with pytest.raises(FormatError, match=message):
        read_back(text.encode(), "csv")


def test_more_rows_than_anyone_writes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("questionbank.imports.csv_table.MAX_ROWS", 2)
    with pytest.raises(FormatError, match="more than 2 rows"):
        read_back(b"kind,prompt\n" + b"open,x\n" * 3, "csv")


def test_a_symbolic_link_in_a_package_is_only_its_text() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("a.xml")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("imsmanifest.xml", MANIFEST)
    found = read_back(stream.getvalue(), "qti3")
    assert found.drafts == ()
    assert "not well-formed" in found.problems[0].message

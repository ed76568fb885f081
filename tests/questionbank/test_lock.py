import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.document import DocumentKind
from questionbank.errors import FormatError
from questionbank.lock import (
    Hashes,
    Lock,
    LockError,
    VersionRef,
    lock_path,
    lock_text,
    next_version,
    read_lock,
    version_key,
)

HASH = "sha256:" + "0123456789abcdef" * 4
ENTRY = f'"question a/b@1.0.0": {{"content": "{HASH}", "structure": "{HASH}"}}'


def ref(version: str, content_id: str = "a/b", kind: str = "question") -> VersionRef:
    return VersionRef(kind=DocumentKind(kind), id=content_id, version=version)


def hashes(digit: str = "0") -> Hashes:
    return Hashes(content="sha256:" + digit * 64, structure="sha256:" + "f" * 64)


def write(root: Path, text: str) -> Path:
    path = lock_path(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def released(*entries: str) -> str:
    return '{\n"format": 1,\n"released": {\n' + ",\n".join(entries) + "\n}\n}\n"


def test_a_bank_without_a_lock_has_released_nothing(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == Lock()


def test_each_entry_stands_on_a_line_of_its_own_sorted_by_age() -> None:
    lock = Lock(
        {ref("1.10.0"): hashes(), ref("1.9.0"): hashes(), ref("1.0.0", "z", "point"): hashes()}
    )

    lines = lock_text(lock).splitlines()

    assert [line.split('"')[1] for line in lines[3:6]] == [
        "point z@1.0.0",
        "question a/b@1.9.0",
        "question a/b@1.10.0",
    ]
    assert json.loads(lock_text(lock))["format"] == 1


_REFS = st.builds(
    ref,
    st.tuples(*[st.integers(0, 120)] * 3).map(lambda numbers: ".".join(map(str, numbers))),
    st.sampled_from(["a/b", "a/c", "long-name/with-parts"]),
    st.sampled_from(["question", "rubric", "point"]),
)


@given(entries=st.dictionaries(_REFS, st.sampled_from("0123456789abcdef").map(hashes), max_size=8))
def test_a_lock_reads_back_as_it_was_written(
    entries: dict[VersionRef, Hashes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("lock")
    write(root, lock_text(Lock(entries)))

    assert read_lock(root).entries == entries


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n"format": 2, "released": {"nonsense": 7}}', 2, "pip install -U questionbank"),
        ('{"released": {}}', 1, "`format` must be a whole number"),
        ('{\n"format": true, "released": {}}', 2, "`format` must be a whole number"),
        ('{\n"format": 0, "released": {}}', 2, "`format` must be a whole number"),
        ('{"format": 1}', 1, "expected `format` and `released`"),
        ('{"format": 1, "released": []}', 1, "expected `format` and `released`"),
        ('{"format": 1, "released": {}, "more": 1}', 1, "expected `format` and `released`"),
        ("[]", 1, "expected a JSON object"),
        ("", 1, "broken JSON"),
        (released(ENTRY, "<<<<<<< ours"), 5, "broken JSON"),
        (released(ENTRY, ENTRY), 5, "question a/b@1.0.0 stands twice"),
        (released(ENTRY, ENTRY.replace("1.0.0", "1.0")), 5, "is no released version"),
        (released(ENTRY.replace("a/b", "../b")), 4, "is no released version"),
        (released(ENTRY.replace("question a", "quiz a")), 4, "is no released version"),
        (released(ENTRY.replace("question a/b", "questiona/b")), 4, "is no released version"),
        (released(ENTRY.replace("sha256:", "md5:")), 4, "is no released version"),
        (released('"question a/b@1.0.0": 1'), 4, "is no released version"),
        (released('"question a/b@1.0.0": {"content": "x"}'), 4, "is no released version"),
        ("[" * 100_000, 0, "broken JSON"),
        ('{"format": ' + "9" * 5_000 + "}", 0, "broken JSON"),
        ('{\n"format": "\x1b[31m"}', 2, "U+001B is not allowed"),
    ],
)
def test_a_broken_lock_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    path = write(tmp_path, text)

    with pytest.raises(LockError) as raised:
        read_lock(tmp_path)

    assert isinstance(raised.value, FormatError)
    assert raised.value.line == line
    assert says in raised.value.reason
    assert str(raised.value).startswith(f"{path}: " + (f"line {line}: " if line else ""))
    assert "\n" not in str(raised.value)


def test_a_lock_that_leads_out_of_the_bank_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(released(ENTRY))
    root = tmp_path / "bank"
    lock_path(root).parent.mkdir(parents=True)
    lock_path(root).symlink_to(outside)

    with pytest.raises(LockError, match="leads out of the bank"):
        read_lock(root)


def test_a_lock_that_links_to_nothing_is_refused(tmp_path: Path) -> None:
    lock_path(tmp_path).parent.mkdir(parents=True)
    lock_path(tmp_path).symlink_to("gone.lock")

    with pytest.raises(LockError, match="regular file"):
        read_lock(tmp_path)


def test_the_newest_version_is_found_by_number_not_by_letter() -> None:
    lock = Lock({ref(v): hashes() for v in ("1.9.0", "1.10.0", "1.2.30")})

    assert lock.newest(DocumentKind.QUESTION, "a/b") == ref("1.10.0")
    assert lock.newest(DocumentKind.RUBRIC, "a/b") is None


@pytest.mark.parametrize(
    ("version", "scoring", "following"),
    [("1.2.3", True, "1.3.0"), ("1.2.3", False, "1.2.4"), ("0.0.9", False, "0.0.10")],
)
def test_the_next_version_depends_on_what_changed(
    version: str, scoring: bool, following: str
) -> None:
    assert next_version(version, scoring=scoring) == following
    assert version_key(following) > version_key(version)

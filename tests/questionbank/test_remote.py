"""Files by URL: what is a URL, what opens it, and what is said when nothing does."""

import sys

import fsspec
import pytest

from questionbank.errors import UsageError
from questionbank.remote import is_url, locate, path_of, reading


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("s3://bucket/a.jsonl", True),
        ("memory://a", True),
        ("file:///tmp/a", True),
        ("a.jsonl", False),
        ("C:\\a.jsonl", False),
        ("./odd:name//x", False),
        ("-", False),
    ],
)
def test_a_name_is_a_url_if_it_names_a_kind_of_place(name: str, url: bool) -> None:
    assert is_url(name) is url


def test_a_file_url_is_the_path_it_means() -> None:
    assert path_of("file:///tmp/a.jsonl") == "/tmp/a.jsonl"  # noqa: S108 - only a name
    assert path_of("memory://a") == "memory://a"
    assert path_of("a.jsonl") == "a.jsonl"


def test_a_url_is_read() -> None:
    fsspec.filesystem("memory").pipe_file("/read-me", b"some bytes")
    with reading("memory://read-me") as file:
        assert file.read() == b"some bytes"


def test_an_unknown_kind_of_url_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="nowhere://x: cannot be opened: Protocol not known"):
        locate("nowhere://x")


def test_a_missing_driver_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UsageError, match=r"s3://b/x: a driver is missing: Install s3fs"):
        locate("s3://b/x")


def test_without_fsspec_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(UsageError, match="pip install fsspec"):
        locate("s3://b/x")

"""The person's own editor: which it is, what it gives back, what can go wrong."""

import os
import sys
from pathlib import Path

import pytest

from questionbank.cli.external_editor import EditorTroubleError, write_elsewhere

SAYS_WHERE = "import sys; open(sys.argv[-1], 'w').write(__file__)"


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o700)
    return path


def replacing(content: bytes) -> str:
    return f"import sys; open(sys.argv[-1], 'wb').write({content!r})"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"one\ntwo\n", "one\ntwo"),
        (b"one\r\ntwo\r\n", "one\ntwo"),
        (b"one\n\n", "one\n"),
        (b"\xef\xbb\xbfone", "one"),
        (b"caf\xe9\n", "caf\ufffd"),
        (b"", ""),
    ],
)
def test_what_was_saved_comes_back_as_text(tmp_path: Path, content: bytes, text: str) -> None:
    editor = script(tmp_path / "editor.py", replacing(content))
    assert write_elsewhere("before", {"EDITOR": str(editor)}) == text


def test_the_text_is_there_to_go_on_with_where_nobody_else_can_read_it(tmp_path: Path) -> None:
    body = """
import pathlib, sys
path = pathlib.Path(sys.argv[-1])
assert path.read_text() == "caf\\u00e9\\n\\x00 end"
assert path.parent.stat().st_mode & 0o077 == 0
assert path.suffix == ".md" and sys.argv[1] == "--wait"
path.write_text(str(path))
"""
    editor = script(tmp_path / "my editor.py", body)
    left = write_elsewhere("café\n\x00 end", {"EDITOR": f"'{editor}' --wait"})
    assert not Path(left).parent.exists()


@pytest.mark.parametrize(
    ("names", "chosen"),
    [(("VISUAL", "EDITOR"), "VISUAL"), (("EDITOR",), "EDITOR")],
)
def test_visual_goes_before_editor(tmp_path: Path, names: tuple[str, ...], chosen: str) -> None:
    environ = {name: str(script(tmp_path / name, SAYS_WHERE)) for name in names}
    assert write_elsewhere("", environ) == environ[chosen]


def test_without_a_wish_one_of_the_usual_editors_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "bin" / "vi", SAYS_WHERE)
    nano = script(tmp_path / "bin" / "nano", SAYS_WHERE)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert write_elsewhere("", {}) == str(nano)


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"EDITOR": "/no/such/editor"}, "/no/such/editor: No such file"),
        ({"EDITOR": "'unbalanced"}, "EDITOR cannot be read as a command"),
        ({}, "no editor found; set EDITOR"),
    ],
)
def test_an_editor_that_cannot_be_started_is_named(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], reason: str
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(EditorTroubleError, match=reason):
        write_elsewhere("text", environ)


def test_an_editor_that_fails_gives_nothing_back(tmp_path: Path) -> None:
    editor = script(tmp_path / "failing.py", f"{replacing(b'half')}; raise SystemExit(2)")
    with pytest.raises(EditorTroubleError, match=r"^failing.py ended with status 2$"):
        write_elsewhere("text", {"EDITOR": str(editor)})

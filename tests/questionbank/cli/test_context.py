"""What commands are given to work with."""

from datetime import UTC
from pathlib import Path

import pytest

from grader.loading import GraderSettings
from questionbank.cli import surroundings
from questionbank.cli.context import Context
from questionbank.cli.surroundings import bank_roots, refuse_shipped, shipped_bank
from questionbank.errors import UsageError


def test_the_bank_is_what_was_named_else_where_one_stands_else_the_shipped(
    bank_folder: Path, tmp_path: Path
) -> None:
    assert bank_roots([str(bank_folder)], tmp_path) == (bank_folder,)
    assert bank_roots(["shipped", str(bank_folder)], tmp_path) == (shipped_bank(), bank_folder)
    assert bank_roots([], bank_folder) == (bank_folder,)
    assert bank_roots([], tmp_path) == (shipped_bank(),)
    (tmp_path / "questions").mkdir()
    assert bank_roots([], tmp_path) == (shipped_bank(),)


def test_the_shipped_bank_is_inside_the_package_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "questionbank"
    package.mkdir(parents=True)
    monkeypatch.setattr(surroundings, "_PACKAGE", package)
    assert shipped_bank() == package.parent
    (package / "shipped").mkdir()
    assert shipped_bank() == package / "shipped"
    with pytest.raises(UsageError, match="not yours to change"):
        refuse_shipped(package / "x" / ".." / "shipped")


def test_the_settings_name_what_was_asked_for(tmp_path: Path) -> None:
    home = {"QUESTIONBANK_HOME": str(tmp_path / "home")}
    grading = GraderSettings(model="m", device="cpu", dtype="float32")
    context = Context(grading=grading, environ=home)
    settings = context.settings
    assert (settings.model, settings.device, settings.dtype) == ("m", "cpu", "float32")
    assert settings.cache_folder == tmp_path / "home" / "cache"
    assert context.database == f"sqlite:///{tmp_path}/home/questionbank.db"
    assert Context(db="x.db", environ=home).database == "x.db"


def test_the_time_is_universal() -> None:
    assert Context().now().tzinfo is UTC


@pytest.mark.parametrize(("term", "plain"), [("dumb", True), ("xterm", False)])
def test_a_dumb_terminal_is_plain(term: str, plain: bool) -> None:
    assert Context(environ={"TERM": term}).screen.plain is plain

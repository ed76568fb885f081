"""`questionbank list`."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Run

from questionbank.listing_index import FOLDER, ListingIndex

ALL = {
    "foundations/rare-class",
    "inference-economics/daily-bill",
    "model-choice/small-model",
    "model-choice/two-steps",
}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), ALL),
        (("--strategy", "foundations"), {"foundations/rare-class"}),
        (
            ("--strategy", "foundations", "--strategy", "inference-economics"),
            {"foundations/rare-class", "inference-economics/daily-bill"},
        ),
        (("--level", "beginner"), {"foundations/rare-class", "model-choice/small-model"}),
        (("--topic", "metrics"), {"foundations/rare-class"}),
        (("--topic", "cost", "--level", "advanced"), {"model-choice/two-steps"}),
        (
            ("--audience", "engineer"),
            {"inference-economics/daily-bill", "model-choice/two-steps"},
        ),
        (("--id", "model-choice/two-steps"), {"model-choice/two-steps"}),
        (("--strategy", "nothing-like-it"), set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_filters_choose_questions(
    options: tuple[str, ...], found: set[str], run: Run, bank_folder: Path
) -> None:
    result = run("list", "--bank", bank_folder, "--json", *options)
    assert (result.code, result.err) == (0, "")
    assert result.out.count("\n") == 1
    assert {question["id"] for question in json.loads(result.out)} == found
    lines = run("list", "--bank", bank_folder, *options).out.splitlines()
    assert {line.partition(":")[0] for line in lines} == (found or {"No question matches."})


def test_json_says_what_a_list_needs_and_no_more(run: Run, bank_folder: Path) -> None:
    out = run("list", "--bank", bank_folder, "--json", "--id", "model-choice/small-model").out
    assert json.loads(out) == [
        {
            "id": "model-choice/small-model",
            "version": "1.0.0",
            "status": "active",
            "title": "Small or large model",
            "strategy": "model-choice",
            "level": "beginner",
            "audience": ["product-manager"],
            "topics": ["cost", "evaluation"],
            "minutes": 4,
            "kind": "open",
        }
    ]


def test_a_list_is_in_order_of_ids(run: Run, bank_folder: Path) -> None:
    ids = [line.partition(":")[0] for line in run("list", "--bank", bank_folder).out.splitlines()]
    assert ids == sorted(ALL)


def make_draft(bank_folder: Path) -> None:
    path = bank_folder / "questions" / "foundations" / "rare-class.md"
    path.write_text(path.read_text().replace("kind: choice", "kind: choice\nstatus: draft"))


def test_drafts_show_only_if_asked_for(run: Run, bank_folder: Path) -> None:
    make_draft(bank_folder)
    assert "rare-class" not in run("list", "--bank", bank_folder).out
    drafts = run("list", "--bank", bank_folder, "--drafts").out
    assert "foundations/rare-class: A rare class (choice, beginner, 2 min, draft)\n" in drafts
    named = run("list", "--bank", bank_folder, "--id", "foundations/rare-class").out
    assert "draft" in named


def test_a_terminal_gets_a_table(run: Run, bank_folder: Path) -> None:
    make_draft(bank_folder)
    out = run("list", "--bank", bank_folder, "--drafts", env={"FORCE_COLOR": "1"}).out
    assert "Question" in out
    assert "Kind" in out
    assert "A rare class (draft)" in out


def test_an_unknown_id_suggests_near_ones(run: Run, bank_folder: Path) -> None:
    result = run("list", "--bank", bank_folder, "--id", "model-choice/smal-model")
    assert result.code == 2
    assert result.out == ""
    assert "did you mean model-choice/small-model" in result.err


@pytest.mark.parametrize("command", [("list",), ("search", "model")], ids=" ".join)
def test_a_bank_with_problems_lists_the_rest_and_says_so(
    command: tuple[str, ...], run: Run, bank_folder: Path
) -> None:
    broken = bank_folder / "questions" / "foundations" / "rare-class.md"
    broken.write_text("no front matter")
    result = run(*command, "--bank", bank_folder)
    assert result.code == 0
    assert "model-choice/small-model" in result.out
    assert result.err == "1 problem in the bank; `questionbank check` lists them\n"
    (broken.parent / "other.md").write_text("---\nformat: 99\n---\n")
    result = run(*command, "--bank", bank_folder)
    assert "2 problems in the bank" in result.err


def test_the_bank_one_stands_in_is_the_default(
    run: Run, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "benchmark-critique/sota-paper-claim" in run("list").out
    monkeypatch.chdir(bank_folder)
    assert "model-choice/two-steps" in run("list").out


def test_a_later_bank_lies_over_an_earlier_one(run: Run, bank_folder: Path) -> None:
    out = run("list", "--bank", "shipped", "--bank", bank_folder).out
    assert "model-choice/two-steps" in out
    assert "benchmark-critique/sota-paper-claim" in out


def test_a_folder_that_is_no_bank_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("list", "--bank", tmp_path)
    assert result.code == 2
    assert "is no bank: it needs the folders questions/ and rubrics/" in result.err


OPTIONS = (
    (),
    ("--json",),
    ("--plain",),
    ("--drafts",),
    ("--drafts", "--json"),
    ("--level", "beginner", "--audience", "engineer"),
    ("--strategy", "model-choice", "--topic", "cost", "--json"),
    ("--topic", "nothing"),
    ("--id", "model-choice/two-steps"),
    ("--id", "model-choice/two-steps", "--id", "model-choice/small-model", "--json"),
    ("--id", "model-choice/two-stepz"),
    ("--id", "inference-economics/daily-bill"),
    ("--bank", "shipped", "--json"),
    ("--blueprints",),
)


@pytest.fixture
def mixed(bank_folder: Path) -> Path:
    """A bank with a draft and with problems."""
    make_draft(bank_folder)
    (bank_folder / "questions" / "inference-economics" / "daily-bill.md").write_text("broken")
    return bank_folder


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when this is called, no bank may be read."""

    def load_bank(*_given: object, **_named: object) -> None:
        pytest.fail("the bank was read")

    return lambda: monkeypatch.setattr("questionbank.cli.context.load_bank", load_bank)


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1"}], ids=["lines", "table"])
def test_a_second_list_is_the_same_and_reads_no_bank(
    env: dict[str, str],
    run: Run,
    mixed: Path,
    unread: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(ListingIndex, "find", lambda self: None)
        read = [run("list", "--bank", mixed, *options, env=env) for options in OPTIONS]
    assert {result.code for result in read} == {0, 2}
    assert "1 problem in the bank" in read[0].err
    again = [run("list", "--bank", mixed, *options, env=env) for options in OPTIONS]
    assert again == read
    unread()
    for options, result in zip(OPTIONS, read, strict=True):
        if result.code == 0 and "--blueprints" not in options:
            assert run("list", "--bank", mixed, *options, env=env) == result


def test_a_bank_that_has_changed_is_listed_as_it_is(
    run: Run, bank_folder: Path, unread: Callable[[], None]
) -> None:
    assert len(run("list", "--bank", bank_folder).out.splitlines()) == 4
    path = bank_folder / "questions" / "foundations" / "rare-class.md"
    path.write_text(path.read_text().replace("A rare class", "A seldom seen class"))
    assert "A seldom seen class" in run("list", "--bank", bank_folder).out
    path.unlink()
    shorter = run("list", "--bank", bank_folder)
    assert len(shorter.out.splitlines()) == 3
    unread()
    assert run("list", "--bank", bank_folder) == shorter


@pytest.mark.parametrize("place", ["", f"cache/{FOLDER}"], ids=["no folder", "no listings"])
def test_a_list_needs_no_cache_folder(
    place: str, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    usual = run("list", "--bank", bank_folder)
    taken = tmp_path / "taken" / place
    taken.parent.mkdir(parents=True, exist_ok=True)
    taken.write_text("in the way")
    for _ in range(2):
        env = {"QUESTIONBANK_HOME": str(tmp_path / "taken")}
        assert run("list", "--bank", bank_folder, env=env) == usual


def test_a_second_list_loads_nothing_that_reads_a_bank(bank_folder: Path) -> None:
    """That, more than the reading, is what a list would wait for."""
    code = (
        "import sys\n"
        "from questionbank.cli.main import main\n"
        "assert main(['list', '--json']) == 0\n"
        "heavy = {'pydantic', 'ruamel.yaml', 'markdown_it', 'questionbank.bank'}\n"
        "print(*sorted(heavy & sys.modules.keys()))\n"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=bank_folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for _ in range(2)
    )
    assert first[0] == second[0]
    assert "pydantic" in first[1]
    assert second[1] == ""

"""`questionbank list`."""

import json
from pathlib import Path

import pytest
from commands import Run

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

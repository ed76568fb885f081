"""`questionbank search`."""

import json
from pathlib import Path

from commands import Run


def test_the_best_match_comes_first(run: Run, bank_folder: Path) -> None:
    result = run("search", "--bank", bank_folder, "rare")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("foundations/rare-class: ")


def test_all_words_must_occur(run: Run, bank_folder: Path) -> None:
    assert run("search", "--bank", bank_folder, "rare", "cases").out.count("\n") == 1
    result = run("search", "--bank", bank_folder, "rare", "bill")
    assert (result.code, result.out) == (0, "No question matches.\n")


def test_json_has_scores_on_one_line(run: Run, bank_folder: Path) -> None:
    out = run("search", "--bank", bank_folder, "cost", "--json").out
    assert out.count("\n") == 1
    found = json.loads(out)
    assert [one["score"] for one in found] == [4.0] * 3
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)


def test_retired_questions_are_left_out_and_drafts_marked(run: Run, bank_folder: Path) -> None:
    path = bank_folder / "questions" / "foundations" / "rare-class.md"
    text = path.read_text()
    path.write_text(text.replace("kind: choice", "kind: choice\nstatus: retired"))
    assert run("search", "--bank", bank_folder, "rare").out == "No question matches.\n"
    path.write_text(text.replace("kind: choice", "kind: choice\nstatus: draft"))
    assert "2 min, draft" in run("search", "--bank", bank_folder, "rare").out


def test_model_answers_and_rubrics_are_not_searched(run: Run, bank_folder: Path) -> None:
    assert run("search", "--bank", bank_folder, "monthly").out == "No question matches.\n"


def test_words_without_letters_find_nothing(run: Run, bank_folder: Path) -> None:
    assert run("search", "--bank", bank_folder, "--", "?!", "").out == "No question matches.\n"

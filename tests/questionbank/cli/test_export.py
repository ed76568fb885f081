"""`questionbank export bank`."""

import json
from pathlib import Path

import pytest
from commands import Run

from questionbank.exports import FORMATS


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("build", ["author", "candidate"])
def test_every_format_is_written_with_its_loss_report(
    name: str, build: str, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"bank{FORMATS[name].suffix}"
    result = run(
        "export", "bank", "--bank", bank_folder, "--to", name, "--for", build, "--output", out
    )
    assert (result.code, result.err) == (0, "")
    size = out.stat().st_size
    assert result.out.startswith(f"wrote {out}: 4 questions, {size:,} bytes\n")
    if build == "candidate":
        assert "Not in this build:" in result.out
        assert "  sources: left out in " in result.out
        assert "  model-choice/small-model: left out: status" in result.out
    elif name == "json":
        assert result.out.endswith("Nothing is lost when it is imported here again.\n")
    elif name == "qti3":
        assert "Carried by the sidecar only" in result.out
        assert "Nothing is lost when it is imported here again.\n" in result.out
        assert result.out.endswith("written as one instance, drawn with --seed 1.\n")
    else:
        assert "  rubric.points.exemplars: left out in 1 of 4\n" in result.out
        assert "  parts.rubric.points.exemplars: left out in 1 of 4\n" in result.out
        assert "rubric.points.exemplars (2)" in result.out


def test_json_gives_the_report_by_question_field_and_place(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "bank.xml"
    result = run(
        "export", "bank", "--bank", bank_folder, "--to", "moodle", "--output", out, "--json"
    )
    assert (result.code, result.out.count("\n")) == (0, 1)
    facts = json.loads(result.out)
    assert (facts["format"], facts["for"], facts["questions"]) == ("moodle", "author", 4)
    assert {
        "question": "model-choice/small-model",
        "field": "rubric.points.exemplars",
        "change": "left out",
        "places": ["rubric.points[cost].exemplars", "rubric.points[measures].exemplars"],
    } in facts["losses"]
    assert {
        "field": "rubric.points.exemplars",
        "change": "left out",
        "questions": 1,
        "values": 2,
    } in facts["summary"]
    assert facts["only_in_sidecar"] == []


def test_filters_and_seed_choose_what_is_written(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    texts = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.gift"
        result = run(
            *("export", "bank", "--bank", bank_folder, "--to", "gift", "--output", out),
            *("--strategy", "inference-economics", "--seed", seed, "--plain"),
        )
        assert f"wrote {out}: 1 question, " in result.out
        texts.append(out.read_text())
    assert texts[0] != texts[1]
    assert "daily-bill" in texts[0]
    assert "small-model" not in texts[0]


def test_drafts_go_out_when_asked_for(run: Run, bank_folder: Path, tmp_path: Path) -> None:
    path = bank_folder / "questions/foundations/rare-class.md"
    path.write_text(path.read_text().replace("version: 1.0.0", "version: 1.0.0\nstatus: draft"))
    base = ("export", "bank", "--bank", bank_folder, "--to", "csv", "--output")
    assert "3 questions" in run(*base, tmp_path / "a.csv").out
    assert "4 questions" in run(*base, tmp_path / "b.csv", "--drafts").out
    named = run(*base, tmp_path / "c.csv", "--id", "foundations/rare-class")
    assert "1 question," in named.out


def test_nothing_is_replaced_unless_forced(run: Run, bank_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "bank.csv"
    out.write_text("mine")
    base = ("export", "bank", "--bank", bank_folder, "--to", "csv", "--output", out)
    result = run(*base)
    assert result.code == 2
    assert "is there already; choose another name or add --force" in result.err
    assert out.read_text() == "mine"
    assert run(*base, "--force").code == 0
    assert "model-choice/small-model" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--to", "word"), "'word' is not one of"),
        ((), "Missing option '--to'"),
        (("--to", "csv", "--seed", "-1"), "-1 is not in the range"),
        (("--to", "csv", "--strategy", "none"), "no question matches"),
        (("--to", "csv", "--id", "none/such"), "there is no question 'none/such'"),
    ],
    ids=["format", "no format", "seed", "nothing", "id"],
)
def test_wrong_usage_is_one_line_and_code_2(
    arguments: tuple[str, ...], message: str, run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x"
    result = run("export", "bank", "--bank", bank_folder, "--output", out, *arguments)
    assert result.code == 2
    assert message in result.err
    assert not out.exists()


def test_a_folder_that_is_not_there_is_named(run: Run, bank_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "x.csv"
    result = run("export", "bank", "--bank", bank_folder, "--to", "csv", "--output", out)
    assert result.code == 2
    assert "there is no such folder" in result.err


def test_problems_of_the_bank_are_mentioned(run: Run, bank_folder: Path, tmp_path: Path) -> None:
    (bank_folder / "questions/foundations/broken.md").write_text("no front matter")
    result = run(
        *("export", "bank", "--bank", bank_folder, "--to", "csv", "--output", tmp_path / "x.csv")
    )
    assert result.code == 0
    assert "1 problem in the bank" in result.err


@pytest.mark.parametrize("words", [("export",), ("export", "bank"), ("import",)])
def test_help_has_an_example(words: tuple[str, ...], run: Run) -> None:
    result = run(*words, "--help")
    assert result.code == 0
    assert f"questionbank {' '.join(words)} " in result.out

"""`questionbank import`: new files only, gaps named, nothing lost."""

import json
from pathlib import Path

import pytest
from commands import Run

from questionbank.bank import load_bank
from questionbank.exports import FORMATS
from questionbank.imports import READERS
from questionbank.question import Status


@pytest.fixture(params=sorted(READERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def file(name: str, run: Run, bank_folder: Path, tmp_path: Path) -> Path:
    """The small bank in a format."""
    path = tmp_path / f"bank{FORMATS[name].suffix}"
    run("export", "bank", "--bank", bank_folder, "--to", name, "--output", path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_bank_is_made_that_check_can_read(
    name: str, file: Path, run: Run, tmp_path: Path
) -> None:
    into = tmp_path / "new"
    result = run("import", file, "--from", name, "--into", into)
    assert result.code == 0
    assert f"wrote {into}/questions/model-choice/small-model.md\n" in result.out
    whole = name in ("json", "qti3")
    drafts = {"gift": 4, "moodle": 4, "csv": 2}.get(name, 0)
    assert f"4 of 4 questions taken over, {drafts} of them as drafts" in result.err
    assert ("incomplete" in result.out) is not whole
    bank = load_bank([into])
    assert bank.problems == []
    assert bank.question("model-choice/small-model").status is (
        Status.ACTIVE if whole else Status.DRAFT
    )
    assert run("check", "--no-grading", "--bank", into).code == 0


def test_a_dry_run_writes_nothing(name: str, file: Path, run: Run, tmp_path: Path) -> None:
    into = tmp_path / "new"
    result = run("import", file, "--from", name, "--into", into, "--dry-run", "--plain")
    assert result.code == 0
    assert f"would write {into}/questions/model-choice/small-model.md\n" in result.out
    assert not into.exists()


def test_a_second_import_changes_nothing(name: str, file: Path, run: Run, tmp_path: Path) -> None:
    into = tmp_path / "new"
    run("import", file, "--from", name, "--into", into)
    before = contents(into)
    result = run("import", file, "--from", name, "--into", into)
    assert result.code == 0
    assert "model-choice/small-model is there already with the same text\n" in result.out
    assert "0 of 4 questions taken over" in result.err
    assert contents(into) == before


def test_what_is_there_is_never_overwritten(
    name: str, file: Path, run: Run, bank_folder: Path
) -> None:
    path = bank_folder / "questions/model-choice/small-model.md"
    path.write_text(path.read_text().replace("A small model", "My own small model"))
    before = contents(bank_folder)
    result = run("import", file, "--from", name, "--into", bank_folder, "--json")
    assert result.code == 1
    facts = json.loads(result.out)
    taken = [p for p in facts["problems"] if p["code"] == "already-there"]
    assert any("model-choice/small-model" in problem["message"] for problem in taken)
    assert {**contents(bank_folder), **before} == contents(bank_folder)
    assert contents(bank_folder) == before


def test_an_id_under_another_file_name_is_taken_too(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bank.json"
    run("export", "bank", "--bank", bank_folder, "--to", "json", "--output", file)
    path = bank_folder / "questions/model-choice/small-model.md"
    path.rename(path.with_name("renamed.md"))
    again = run("import", file, "--from", "json", "--into", bank_folder)
    assert again.code == 0
    assert again.out.count("is there already with the same text\n") == 4
    other = path.with_name("renamed.md")
    other.write_text(other.read_text().replace("A small model", "My own small model"))
    result = run("import", file, "--from", "json", "--into", bank_folder)
    assert result.code == 1
    assert "model-choice/small-model is the id of another file in" in result.out
    assert not path.exists()


def test_json_says_what_was_written_and_what_was_missing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.gift"
    file.write_text("Why? {}\n\nMatch {=a->b}\n")
    result = run("import", file, "--from", "gift", "--into", tmp_path / "new", "--json")
    assert (result.code, result.out.count("\n")) == (1, 1)
    facts = json.loads(result.out)
    assert facts["questions"] == [{"id": "imported/why", "status": "draft"}]
    assert facts["dry_run"] is False
    assert [(p["line"], p["code"]) for p in facts["problems"]] == [
        (3, "not-imported"),
        (1, "incomplete"),
    ]
    gaps = facts["problems"][1]["message"]
    for gap in ("id", "title", "level", "rubric (a template was written)"):
        assert gap in gaps


def test_hostile_text_is_shown_harmlessly_and_written_clean(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(
        'id,kind,title,prompt,version\n"../../etc/passwd",open,"T\x1b[31m",'
        '"<script>x</script><b onclick=1>Why</b>?\n# Big",oops\n'
    )
    into = tmp_path / "new"
    result = run("import", file, "--from", "csv", "--into", into)
    assert result.code == 0
    assert "\x1b" not in result.out + result.err
    assert "'../../etc/passwd' cannot be the id here; it is now imported/etc-passwd" in result.out
    question = load_bank([into]).question("imported/etc-passwd")
    assert question.title == "T[31m"
    assert question.prompt == "**Why**?\n\n### Big"
    assert {path.relative_to(into).parts[0] for path in into.rglob("*")} == {"questions", "rubrics"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("x/a,open,?\nx/a,open,?", "'x/a' cannot be the id here; it is now x/a-2"),
        ("points/a,open,?", "'points/a' cannot be the id here; it is now imported/a"),
        ("x/a,choice,?", "x/a': no option is marked as right"),
        ("x/a,numeric,?", "x/a': the right number is missing"),
        ("x/a,open," + "y" * 20_001, "a text is longer than 20,000 characters"),
    ],
    ids=["twice", "reserved", "no option", "no number", "long"],
)
def test_rows_with_faults_are_named(rows: str, message: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(f"id,kind,prompt\n{rows}\n")
    result = run("import", file, "--from", "csv", "--into", tmp_path / "new")
    assert message in result.out
    assert f"{file}:" in result.out
    assert result.code == ("cannot be the id" not in message)


def test_prerequisites_that_are_nowhere_are_left_out_and_named(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bank.json"
    base = ("export", "bank", "--bank", bank_folder, "--to", "json", "--output", file)
    run(*base, "--id", "model-choice/two-steps")
    result = run("import", file, "--from", "json", "--into", tmp_path / "new")
    assert result.code == 0
    assert "prerequisites are nowhere and left out: foundations/rare-class" in result.out
    bank = load_bank([tmp_path / "new"])
    assert bank.problems == []
    assert bank.question("model-choice/two-steps").prerequisites == ()


def test_a_shared_point_that_stands_there_in_other_words_is_written_out(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bank.json"
    run("export", "bank", "--bank", bank_folder, "--to", "json", "--output", file)
    point = bank_folder / "rubrics/points/measures.yaml"
    text = point.read_text().replace("Measures on own data", "Other words")
    into = tmp_path / "new"
    (into / "rubrics/points").mkdir(parents=True)
    (into / "questions").mkdir()
    (into / "rubrics/points/measures.yaml").write_text(text)
    assert run("import", file, "--from", "json", "--into", into).code == 0
    bank = load_bank([into])
    assert bank.problems == []
    assert bank.points["measures"].title == "Other words"
    point_there = bank.rubrics["model-choice/small-model"].point("measures")
    assert (point_there.title, point_there.pin) == ("Measures on own data", None)


def test_one_rubric_told_in_two_ways_is_refused_the_second_time(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    rubric = '"Rubric: x/r@1.0.0 R\n[1] A (a): {}"'
    rows = [f"x/{name},open,Why?,{rubric.format(name)}\n" for name in ("one", "two")]
    file.write_text("id,kind,prompt,criteria\n" + "".join(rows))
    result = run("import", file, "--from", "csv", "--into", tmp_path / "new")
    assert result.code == 1
    assert "x/two: two questions in the file name rubrics/x/r.yaml" in result.out
    assert set(load_bank([tmp_path / "new"]).questions) == {"x/one"}


def test_a_link_that_leads_out_of_the_bank_is_not_followed(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "bank.json"
    run("export", "bank", "--bank", bank_folder, "--to", "json", "--output", file)
    into, outside = tmp_path / "new", tmp_path / "outside"
    (into / "questions").mkdir(parents=True)
    (into / "rubrics").mkdir()
    outside.mkdir()
    (into / "questions/foundations").symlink_to(outside)
    result = run("import", file, "--from", "json", "--into", into)
    assert result.code == 1
    assert "lies outside" in result.out
    assert list(outside.iterdir()) == []


def test_a_package_whose_item_was_changed_outside_says_so(
    run: Run, bank_folder: Path, tmp_path: Path
) -> None:
    import zipfile

    from questionbank.exports.package import zipped

    file = tmp_path / "bank.zip"
    run("export", "bank", "--bank", bank_folder, "--to", "qti3", "--output", file)
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    path = "items/foundations.rare-class.xml"
    files[path] = files[path].replace(b"Which says", b"Which number says")
    files[path.replace("foundations.rare-class", "model-choice.small-model")] = (
        files["items/model-choice.small-model.xml"]
        .replace(b"model-choice.small-model", b"model-choice.new-name")
        .replace(b"Rubric: model-choice/small-model", b"Rubric: model-choice/new-name")
    )
    file.write_bytes(zipped(files))
    result = run("import", file, "--from", "qti3", "--into", tmp_path / "new")
    assert result.code == 0
    assert "foundations/rare-class was changed outside" in result.out
    bank = load_bank([tmp_path / "new"])
    assert bank.question("foundations/rare-class").prompt.startswith("Which number says")  # type: ignore[union-attr]
    assert bank.question("model-choice/new-name").status is Status.DRAFT


@pytest.mark.parametrize(
    ("content", "fmt", "code", "message"),
    [
        (b"<quiz><", "moodle", 4, "not well-formed XML"),
        (b"\xff", "gift", 4, "is not UTF-8; save the file as UTF-8"),
        (b"PK..", "qti3", 4, "no sound zip file"),
        (b"", "csv", 4, "the file is empty"),
        (None, "json", 2, "there is no such file"),
    ],
    ids=["moodle", "gift", "qti3", "csv", "json"],
)
def test_a_file_that_cannot_be_read_is_one_line(
    content: bytes | None, fmt: str, code: int, message: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    result = run("import", file, "--from", fmt, "--into", tmp_path / "new")
    assert result.code == code
    assert result.err.count("\n") == 1
    assert message in result.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("into", ["shipped", "a-file"])
def test_some_places_cannot_be_written_into(
    into: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.gift"
    file.write_text("Why? {}")
    (tmp_path / "a-file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("questionbank.cli.import_bank.shipped_bank", lambda: tmp_path / "a-file")
    result = run("import", file, "--from", "gift", "--into", into)
    assert result.code == 2
    assert "is not a folder" in result.err


def test_a_full_disk_leaves_nothing_half_done(
    run: Run, bank_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from questionbank.imports import writing

    file = tmp_path / "bank.json"
    run("export", "bank", "--bank", bank_folder, "--to", "json", "--output", file)
    real, count = writing.write_new, iter(range(10))

    def failing(path: Path, text: str) -> None:
        if next(count) == 2:
            raise FileExistsError(17, "File exists", str(path))
        real(path, text)

    monkeypatch.setattr(writing, "write_new", failing)
    result = run("import", file, "--from", "json", "--into", tmp_path / "new")
    assert result.code == 2
    assert "is there already; nothing was written" in result.err
    assert contents(tmp_path / "new") == {}

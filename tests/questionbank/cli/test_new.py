"""`questionbank new`: templates that can be read, and nothing overwritten."""

import errno
from pathlib import Path

import pytest
from commands import Run, StubLoading
from pydantic import ValidationError

from grader.rubric import Rubric
from questionbank.bank import load_bank
from questionbank.cli import new as new_module
from questionbank.question import Kind, Status
from questionbank.text_file import write_new


@pytest.mark.parametrize("kind", list(Kind))
def test_a_template_of_each_kind_reads_back_without_a_problem(
    kind: Kind, run: Run, tmp_path: Path
) -> None:
    result = run("new", "question", "area/my-slug", "--kind", kind, "--bank", tmp_path / "mine")
    assert result.code == 0
    assert f"wrote {tmp_path}/mine/questions/area/my-slug.md\n" in result.out
    assert f"questionbank check --bank {tmp_path}/mine" in result.err
    bank = load_bank([tmp_path / "mine"])
    assert bank.problems == []
    question = bank.question("area/my-slug")
    assert (question.kind, question.status, question.version) == (kind, Status.DRAFT, "0.1.0")
    checked = run("check", "--no-grading", "--bank", tmp_path / "mine")
    assert checked.code == 0
    assert all(": few-exemplars: " in line for line in checked.out.splitlines())


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.CASE])
def test_a_template_holds_its_rubrics_own_tests(
    kind: Kind, run: Run, tmp_path: Path, stub_grader: StubLoading
) -> None:
    run("new", "question", "area/my-slug", "--kind", kind, "--bank", tmp_path / "mine")
    run("check", "--bank", tmp_path / "mine")
    assert len(stub_grader.asked) == 1


def test_a_rubric_can_be_written_first(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "mine"
    result = run("new", "rubric", "area/my-slug", "--bank", root, "--title", "My title")
    assert result.code == 0
    assert result.out == f"wrote {root}/rubrics/area/my-slug.yaml\n"
    assert load_bank([root]).rubric("area/my-slug").title == "My title"
    rubric = (root / "rubrics" / "area" / "my-slug.yaml").read_text()
    result = run("new", "question", "area/my-slug", "--bank", root)
    assert result.out == f"wrote {root}/questions/area/my-slug.md\n"
    assert (root / "rubrics" / "area" / "my-slug.yaml").read_text() == rubric


def test_the_folder_one_stands_in_is_the_default(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new", "question", "area/slug").code == 0
    assert (tmp_path / "questions" / "area" / "slug.md").is_file()


BAD_IDS = [
    "../x", "a/../b", "/etc/passwd", "/etc", "area/Upper", "AREA/slug", "", " ", "slug", "area/",
    "area//slug", "area/sl ug", "area/ünder", "area/slug\n", "-a/b", "a/b.md", "a\\b",
    "a/" + "b" * 200, "points/slug", ".", "~/x", "a/b\x1b[31m",
]  # fmt: skip


@pytest.mark.parametrize("question_id", BAD_IDS)
def test_a_question_id_that_is_none_is_refused(question_id: str, run: Run, tmp_path: Path) -> None:
    result = run("new", "question", "--bank", tmp_path / "mine", "--", question_id)
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert "\x1b" not in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rubric_id", [bad for bad in BAD_IDS if bad != "slug"])
def test_a_rubric_id_that_is_none_is_refused(rubric_id: str, run: Run, tmp_path: Path) -> None:
    result = run("new", "rubric", "--bank", tmp_path / "mine", "--", rubric_id)
    assert (result.code, result.out) == (2, "")
    assert result.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["", "  ", "red \x1b[31m", "x" * 30_000, "\u202eback"])
@pytest.mark.parametrize("what", ["question", "rubric"])
def test_a_title_that_cannot_be_used_is_refused(
    what: str, title: str, run: Run, tmp_path: Path
) -> None:
    result = run("new", what, "area/slug", "--title", title, "--bank", tmp_path / "mine")
    assert result.code == 2
    assert "the title" in result.err
    assert "\x1b" not in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "title", ["a: b", "'q'", '"', "# x", "- x", "two\nlines", "über ✔", "yes", "1.10", "null", "&a"]
)
def test_a_title_with_yaml_in_it_stays_a_title(title: str, run: Run, tmp_path: Path) -> None:
    assert run("new", "question", "area/slug", "--title", title, "--bank", tmp_path).code == 0
    bank = load_bank([tmp_path])
    assert bank.problems == []
    assert bank.question("area/slug").title == title
    assert bank.rubric("area/slug").title == title


@pytest.mark.parametrize(
    ("what", "name"), [("question", "questions/area/slug.md"), ("rubric", "rubrics/area/slug.yaml")]
)
def test_a_file_that_is_there_is_never_overwritten(
    what: str, name: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    result = run("new", what, "area/slug", "--bank", tmp_path)
    assert result.code == 2
    assert "is there already; choose another id or delete it" in result.err
    assert path.read_text() == "mine"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


def test_the_shipped_bank_is_not_to_be_written_into(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "package" / "shipped"
    inside.mkdir(parents=True)
    monkeypatch.setattr("questionbank.cli.surroundings._PACKAGE", inside.parent)
    for folder in ("shipped", str(inside)):
        for command in (("new", "question", "a/b"), ("new", "rubric", "a/b"), ("release",)):
            result = run(*command, "--bank", folder)
            assert result.code == 2
            assert "the shipped bank is not yours to change" in result.err
    assert list(inside.iterdir()) == []


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def fail_at_the_second(path: Path, text: str) -> None:
        if written:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        written.append(path)
        write_new(path, text)

    monkeypatch.setattr(new_module, "write_new", fail_at_the_second)
    result = run("new", "question", "area/slug", "--bank", tmp_path)
    assert (result.code, result.out) == (4, "")
    assert "rubrics/area/slug.yaml: Read-only file system" in result.err
    assert result.err.count("\n") == 1
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_template_that_is_broken_itself_is_not_blamed_on_the_user(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rubric_id: str, title: str) -> Rubric:
        return Rubric.model_validate(
            {"id": rubric_id, "version": "0", "title": title, "points": []}
        )

    monkeypatch.setattr(new_module, "rubric_template", broken)
    with pytest.raises(ValidationError, match="version"):
        run("new", "rubric", "area/slug", "--bank", tmp_path)
    assert list(tmp_path.iterdir()) == []

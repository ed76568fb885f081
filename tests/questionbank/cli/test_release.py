"""`questionbank release` and `diff`, from a draft to a second version, in a git repository."""

import json
import subprocess
from pathlib import Path

import pytest
from commands import Run

ID = "model-choice/small-model"
QUESTION = f"questions/{ID}.md"
RUBRIC = f"rubrics/{ID}.yaml"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.fixture
def repository(bank_folder: Path) -> Path:
    git(bank_folder, "init", "-q")
    commit(bank_folder)
    return bank_folder


@pytest.fixture
def released(repository: Path, run: Run) -> Path:
    assert run("release", "--bank", repository).code == 0
    commit(repository)
    return repository


def test_a_release_is_recorded_once(repository: Path, run: Run) -> None:
    result = run("release", "--bank", repository)
    assert (result.code, result.err) == (0, "")
    assert f"release question {ID}@1.0.0\n" in result.out
    assert "release point measures@1.0.0\n" in result.out
    assert (repository / "questions" / "release.lock").is_file()
    again = run("release", "--bank", repository)
    assert again.out == "Nothing to release: every version is recorded already.\n"
    assert run("check", "--no-grading", "--bank", repository).code == 0


def test_a_dry_run_writes_nothing(repository: Path, run: Run) -> None:
    result = run("release", "--dry-run", "--bank", repository)
    assert f"would release question {ID}@1.0.0\n" in result.out
    assert not (repository / "questions" / "release.lock").exists()


def test_json_tells_what_was_recorded(repository: Path, run: Run) -> None:
    result = run("release", "--json", "--bank", repository, "foundations/rare-class")
    assert result.out.count("\n") == 1
    value = json.loads(result.out)
    assert [one["id"] for one in value["released"]] == ["foundations/rare-class"]
    assert value["dry_run"] is False


def test_an_edit_without_a_new_version_is_found_and_refused(released: Path, run: Run) -> None:
    edit(released, QUESTION, "how would you choose?", "how would you decide?")
    checked = run("check", "--no-grading", "--bank", released)
    assert checked.code == 1
    assert f"{QUESTION}:4: edited-without-version: " in checked.out
    lock = (released / "questions" / "release.lock").read_bytes()
    refused = run("release", "--bank", released)
    assert (refused.code, refused.out) == (1, "")
    assert f"{QUESTION}:4: edited-without-version: " in refused.err
    assert refused.err.endswith("questionbank: 1 problem in the bank; nothing was written\n")
    assert (released / "questions" / "release.lock").read_bytes() == lock


def test_a_bump_writes_the_next_version_and_diff_tells_them_apart(released: Path, run: Run) -> None:
    edit(released, QUESTION, "title: Small or large model", "title: Small or large")
    edit(released, RUBRIC, "weight: 2", "weight: 3")
    edit(released, RUBRIC, "probe: What would each cost?", "probe: What does each cost?")
    result = run("release", "--bump", "--bank", released)
    assert (result.code, result.err) == (0, "")
    assert "become 1.0.1 (was 1.0.0; only wording changed)" in result.out
    assert "become 1.1.0 (was 1.0.0; scores may change)" in result.out
    assert run("check", "--no-grading", "--bank", released).code == 0
    wording = run("diff", f"{ID}@1.0.0", ID, "--bank", released)
    assert (wording.code, wording.err) == (0, "")
    head, scoring, words = wording.out.split("\n\n")
    assert head == f"question {ID}@1.0.0 -> question {ID}@1.0.1"
    assert scoring == "Scoring: grades may change\n  nothing"
    assert words.startswith("Wording: grades stay comparable\n  title\n    ")
    assert "[-" in words
    both = run("diff", f"rubric:{ID}@1.0.0", f"rubric:{ID}@1.1.0", "--bank", released).out
    scoring, words = both.split("Wording: ")
    assert "weight\n    - 2.0\n    + 3.0\n" in scoring
    assert "weight" not in words
    assert "probe" in words
    value = json.loads(
        run("diff", f"rubric:{ID}@1.0.0", f"rubric:{ID}", "--json", "--bank", released).out
    )
    assert (value["old"], value["new"]) == (f"rubric {ID}@1.0.0", f"rubric {ID}@1.1.0")
    assert len(value["scoring"]) == 1


def test_a_terminal_gets_a_coloured_diff(released: Path, run: Run) -> None:
    edit(released, QUESTION, "title: Small or large model", "title: Small or huge model")
    out = run("diff", f"{ID}@1.0.0", ID, "--bank", released, env={"FORCE_COLOR": "1"}).out
    assert "\x1b[31m[-" in out
    assert "\x1b[32m{+" in out


def test_lists_show_what_came_and_went_and_what_only_moved(released: Path, run: Run) -> None:
    edit(
        released,
        RUBRIC,
        "      - I would compare the monthly bill of both models.\n"
        "      - Running the big one is far dearer, so cost decides.\n",
        "      - Running the big one is far dearer, so cost decides.\n"
        "      - Price per answer comes first.\n",
    )
    out = run("diff", f"rubric:{ID}@1.0.0", f"rubric:{ID}", "--bank", released).out
    assert "    - I would compare the monthly bill of both models.\n" in out
    assert "    + Price per answer comes first.\n" in out
    commit(released)
    edit(
        released,
        QUESTION,
        "topics: [cost, evaluation]",
        "topics: [evaluation, cost]",
    )
    assert "Only reordered: topics" in run("diff", f"{ID}@1.0.0", ID, "--bank", released).out


def test_a_new_shared_point_is_taken_over(released: Path, run: Run) -> None:
    edit(released, "rubrics/points/measures.yaml", "version: 1.0.0", "version: 1.1.0")
    edit(released, "rubrics/points/measures.yaml", "on our own data.", "on data of our own.")
    result = run("release", "--bank", released, "--dry-run")
    assert f"{RUBRIC}: would pin measures@1.1.0 in place of measures@1.0.0" in result.out
    assert run("release", "--bank", released).code == 0
    assert "use: measures@1.1.0" in (released / RUBRIC).read_text()
    out = run("diff", "point:measures@1.0.0", "point:measures", "--bank", released).out
    assert out.startswith("point measures@1.0.0 -> point measures@1.1.0\n")


@pytest.mark.parametrize("lock", ["not yaml: [", "format: 99\n", "\x00"])
@pytest.mark.parametrize(
    "command", [("release",), ("diff", f"{ID}@1.0.0", ID), ("release", "--dry-run")], ids=" ".join
)
def test_a_broken_lock_is_code_4(
    lock: str, command: tuple[str, ...], released: Path, run: Run
) -> None:
    (released / "questions" / "release.lock").write_text(lock)
    result = run(*command, "--bank", released)
    assert (result.code, result.out) == (4, "")
    assert "release.lock" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("ids", [("xyzzy",), ("model-choice",)])
def test_an_unknown_id_is_wrong_usage(ids: tuple[str, ...], repository: Path, run: Run) -> None:
    result = run("release", "--bank", repository, *ids)
    assert result.code == 2
    assert "there is no question, rubric or shared point" in result.err


def test_a_bank_with_problems_is_not_released(repository: Path, run: Run) -> None:
    edit(repository, QUESTION, "level: beginner", "level: novice")
    result = run("release", "--bank", repository)
    assert (result.code, result.out) == (1, "")
    assert f"{QUESTION}:8: " in result.err
    assert not (repository / "questions" / "release.lock").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"{ID}@9.0.0", ID, "did you mean model-choice/small-model@1.0.0"),
        ("nothing/like-it", ID, "there is no question 'nothing/like-it'"),
        (f"{ID}@", ID, "there is no question"),
        (f"song:{ID}", ID, "'song' is no kind; use one of question, rubric, point"),
        (f"rubric:{ID}@1.0.0", "rubric:xyzzy", "there is no rubric 'xyzzy'"),
        (f"point:{ID}", ID, "there is no shared point"),
    ],
)
def test_a_version_that_is_not_there_is_wrong_usage(
    old: str, new: str, said: str, released: Path, run: Run
) -> None:
    result = run("diff", old, new, "--bank", released)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


def test_a_version_that_only_the_record_has_is_found(
    bank_folder: Path, run: Run, tmp_path: Path
) -> None:
    rows = json.dumps({"question_id": "foundations/rare-class", "answer": "recall"}).encode()
    assert run("grade", "-", "--keep", "--bank", bank_folder, stdin=rows).code == 0
    edit(bank_folder, "questions/foundations/rare-class.md", "version: 1.0.0", "version: 1.1.0")
    edit(bank_folder, "questions/foundations/rare-class.md", "Recall", "Recall (sensitivity)")
    diff = ("diff", "foundations/rare-class@1.0.0", "foundations/rare-class")
    result = run(*diff, "--bank", bank_folder)
    assert result.code == 0
    assert "options" in result.out.partition("Wording")[0]
    elsewhere = run(*diff, "--bank", bank_folder, "--db", tmp_path / "other.db")
    assert elsewhere.code == 2

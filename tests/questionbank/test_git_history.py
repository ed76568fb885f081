import subprocess
import sys
from pathlib import Path

import pytest

from questionbank.bank import load_bank
from questionbank.document import DocumentKind
from questionbank.git_history import GitHistory
from questionbank.text_file import MAX_BYTES

OPEN = "questions/model-choice/small-model.md"
RUBRIC = "rubrics/model-choice/small-model.yaml"
POINT = "rubrics/points/measures.yaml"
ID = "model-choice/small-model"


class Repository:
    """A git repository around the small bank."""

    def __init__(self, bank: Path, top: Path) -> None:
        self.bank = bank
        self.top = top
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.top, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        path = self.bank / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        self.commit()

    def versions(self, kind: str = "question", content_id: str = ID) -> list[str]:
        history = GitHistory([self.bank])
        return [d.version for d in history.documents(DocumentKind(kind), content_id)]


@pytest.fixture
def repository(bank_folder: Path) -> Repository:
    return Repository(bank_folder, bank_folder)


def test_every_committed_version_is_found_the_last_first(repository: Repository) -> None:
    repository.edit(OPEN, ("version: 1.0.0", "version: 1.0.1"), ("minutes: 4", "minutes: 5"))
    repository.edit(OPEN, ("version: 1.0.1", "version: 1.1.0"))

    assert repository.versions() == ["1.1.0", "1.0.1", "1.0.0"]


def test_a_found_version_is_what_the_bank_had_then(repository: Repository) -> None:
    before = load_bank([repository.bank])
    repository.edit(OPEN, ("version: 1.0.0", "version: 2.0.0"), ("how would", "how could"))

    _, old = GitHistory([repository.bank]).documents(DocumentKind.QUESTION, ID)

    assert old.content_hash == before.questions[ID].content_hash
    assert old.structure_hash == before.questions[ID].structure_hash
    assert old.body == before.questions[ID].model_dump(mode="json")


def test_a_file_is_found_by_its_id_whatever_its_name_was(repository: Repository) -> None:
    repository.git("mv", OPEN, "questions/foundations/other.md")
    repository.commit()
    repository.edit("questions/foundations/other.md", ("version: 1.0.0", "version: 1.2.0"))

    assert repository.versions() == ["1.2.0", "1.0.0"]


def test_a_deleted_file_is_found(repository: Repository) -> None:
    repository.git("rm", OPEN)
    repository.commit()

    assert repository.versions() == ["1.0.0"]


def test_other_branches_and_merges_are_searched(repository: Repository) -> None:
    repository.git("checkout", "-qb", "side")
    repository.edit(OPEN, ("version: 1.0.0", "version: 1.5.0"))
    repository.git("checkout", "-q", "main")
    assert set(repository.versions()) == {"1.0.0", "1.5.0"}

    repository.git("merge", "--no-ff", "--no-commit", "side")
    repository.edit(OPEN, ("version: 1.5.0", "version: 1.6.0"))

    assert set(repository.versions()) == {"1.0.0", "1.5.0", "1.6.0"}


def test_a_bank_below_the_top_of_its_repository_is_searched(bank_folder: Path) -> None:
    repository = Repository(bank_folder, bank_folder.parent)
    repository.edit(OPEN, ("version: 1.0.0", "version: 1.5.0"))

    assert repository.versions() == ["1.5.0", "1.0.0"]


def test_a_rubric_is_found_with_the_points_it_pinned_then(repository: Repository) -> None:
    before = load_bank([repository.bank]).rubrics[ID]
    repository.edit(POINT, ("version: 1.0.0", "version: 1.1.0"), ("Run each", "Just run each"))
    repository.edit(RUBRIC, ("measures@1.0.0", "measures@1.1.0"), ("n: 1.0.0", "n: 1.1.0"))
    after = load_bank([repository.bank]).rubrics[ID]

    found = GitHistory([repository.bank]).documents(DocumentKind.RUBRIC, ID)

    assert [document.content_hash for document in found] == [
        after.content_hash,
        before.content_hash,
    ]
    assert repository.versions("point", "measures") == ["1.1.0", "1.0.0"]


def test_a_rubric_whose_point_was_never_committed_is_left_out(repository: Repository) -> None:
    repository.edit(RUBRIC, ("measures@1.0.0", "measures@9.0.0"), ("n: 1.0.0", "n: 1.1.0"))

    assert repository.versions("rubric") == ["1.0.0"]


def test_versions_that_can_no_longer_be_read_are_left_out(repository: Repository) -> None:
    path = repository.bank / OPEN
    sound = path.read_bytes()
    for broken in (
        sound.replace(b"level:", b"levle:"),
        sound.replace(b"1.0.0", b"3.0.0").replace(b"Own", b"\xff"),
        sound.replace(b"1.0.0", b"4.0.0") + b"x" * MAX_BYTES,
        sound.replace(b"format: 1", b"format: 99"),
        b"",
    ):
        path.write_bytes(broken)
        repository.commit()
    path.write_bytes(sound.replace(b"1.0.0", b"2.0.0"))
    repository.commit()

    assert repository.versions() == ["2.0.0", "1.0.0"]


def test_a_file_that_only_mentions_an_id_is_not_taken_for_it(repository: Repository) -> None:
    repository.edit(OPEN, ("- Own", "- foundations/rare-class measures own"))
    repository.edit(RUBRIC, ("Weighs the cost", "model-choice/two-steps"))
    repository.edit(POINT, ("How would", "cost, how would"))

    assert repository.versions(content_id="foundations/rare-class") == ["1.0.0"]
    assert repository.versions("rubric", "model-choice/two-steps") == []
    assert repository.versions("point", "cost") == []


@pytest.mark.parametrize("hostile", ["--output=made", "-p", "$(touch made)", "../..", ""])
def test_an_id_is_never_an_argument_of_git(
    repository: Repository, hostile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.bank)

    assert repository.versions(content_id=hostile) == []
    assert not list(repository.bank.rglob("made"))


def test_more_files_than_are_fetched_at_a_time_are_all_looked_at(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("questionbank.git_history._CHUNK", 1)
    repository.edit(OPEN, ("version: 1.0.0", "version: 1.0.1"))

    assert repository.versions() == ["1.0.1", "1.0.0"]


def test_outside_a_repository_nothing_is_found(bank_folder: Path) -> None:
    assert GitHistory([bank_folder]).documents(DocumentKind.QUESTION, ID) == ()


def test_in_an_empty_repository_nothing_is_found(bank_folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=bank_folder, check=True)

    assert GitHistory([bank_folder]).documents(DocumentKind.QUESTION, ID) == ()


def test_without_git_nothing_is_found(repository: Repository) -> None:
    history = GitHistory([repository.bank], program="no-such-git")

    assert history.documents(DocumentKind.QUESTION, ID) == ()


def test_a_file_that_git_has_lost_is_left_out(repository: Repository, tmp_path: Path) -> None:
    forgetful = tmp_path / "forgetful-git"
    forgetful.write_text(
        f"#!{sys.executable}\n"
        "import subprocess, sys\n"
        "if '--batch' in sys.argv:\n"
        "    sys.stdout.write('0123 missing\\n')\n"
        "    sys.stdout.flush()\n"
        "sys.exit(subprocess.run(['git', *sys.argv[1:]]).returncode)\n"
    )
    forgetful.chmod(0o755)
    history = GitHistory([repository.bank], program=str(forgetful))

    found = history.documents(DocumentKind.QUESTION, ID)

    assert [document.version for document in found] == ["1.0.0"]


def test_a_git_that_takes_too_long_finds_nothing(repository: Repository, tmp_path: Path) -> None:
    slow = tmp_path / "slow-git"
    slow.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(30)\n")
    slow.chmod(0o755)
    history = GitHistory([repository.bank], program=str(slow), timeout=0.2)

    assert history.documents(DocumentKind.QUESTION, ID) == ()


def test_surroundings_do_not_lead_git_elsewhere(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    assert repository.versions() == ["1.0.0"]


def test_the_upper_bank_is_asked_first_and_each_text_comes_once(
    repository: Repository, tmp_path: Path
) -> None:
    subprocess.run(
        ["git", "clone", "--quiet", str(repository.bank), str(tmp_path / "upper")], check=True
    )
    upper = tmp_path / "upper"
    path = upper / OPEN
    path.write_text(path.read_text().replace("version: 1.0.0", "version: 7.0.0"))
    subprocess.run(["git", "commit", "--quiet", "-am", "change"], cwd=upper, check=True)

    found = GitHistory([repository.bank, upper]).documents(DocumentKind.QUESTION, ID)

    assert [document.version for document in found] == ["7.0.0", "1.0.0"]

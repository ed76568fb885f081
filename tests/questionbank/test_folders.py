import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from questionbank.errors import StoreError
from questionbank.folders import cache_folder, data_folder, database_url, private_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("find", "expected"), [(data_folder, "home"), (cache_folder, "home/cache")]
)
def test_the_variable_moves_every_folder(
    tmp_path: Path, find: Callable[[Mapping[str, str]], Path], expected: str
) -> None:
    found = find({"QUESTIONBANK_HOME": str(tmp_path / "home")})
    assert found == tmp_path / expected
    assert mode(found) == 0o700


@pytest.mark.parametrize("environ", [{}, {"QUESTIONBANK_HOME": ""}])
@pytest.mark.parametrize(
    ("find", "function"), [(data_folder, "user_data_dir"), (cache_folder, "user_cache_dir")]
)
def test_without_the_variable_the_platform_s_folder_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    find: Callable[[Mapping[str, str]], Path],
    function: str,
    environ: dict[str, str],
) -> None:
    def given(name: str, *, appauthor: bool) -> str:
        return str(tmp_path / function / name)

    monkeypatch.setattr(f"platformdirs.{function}", given)
    assert find(environ) == tmp_path / function / "questionbank"
    assert mode(tmp_path / function / "questionbank") == 0o700


def test_a_relative_folder_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder({"QUESTIONBANK_HOME": "here"}) == tmp_path / "here"


@pytest.mark.parametrize("umask", [0, 0o777])
def test_a_new_folder_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    former = os.umask(umask)
    try:
        private_folder(tmp_path / "new")
    finally:
        os.umask(former)
    assert mode(tmp_path / "new") == 0o700


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared").chmod(0o755)
    private_folder(tmp_path / "shared")
    assert mode(tmp_path / "shared") == 0o755


def test_a_file_in_the_way_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match=r"taken: the folder cannot be made \(File exists\)"):
        data_folder({"QUESTIONBANK_HOME": str(tmp_path / "taken")})


def test_a_folder_that_cannot_be_made_is_reported_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreError, match=r"Read-only file system\); set QUESTIONBANK_HOME"):
        data_folder({"QUESTIONBANK_HOME": str(tmp_path / "new")})


def test_the_database_stands_in_the_data_folder() -> None:
    assert database_url(Path("/data/my bank")) == "sqlite:////data/my bank/questionbank.db"


def test_a_folder_that_no_url_can_name_is_refused() -> None:
    with pytest.raises(StoreError, match="may not have"):
        database_url(Path("/data/what?"))

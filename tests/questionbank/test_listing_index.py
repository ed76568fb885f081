"""Listings kept between runs: found as long as nothing they depend on has changed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from questionbank import listing_index
from questionbank.bank import load_bank
from questionbank.errors import UsageError
from questionbank.listing import Listing, listing_of
from questionbank.listing_index import FOLDER, MOST, ListingIndex

RARE = "questions/foundations/rare-class.md"
SMALL = "questions/model-choice/small-model.md"
RUBRIC = "rubrics/model-choice/small-model.yaml"
POINT = "rubrics/points/measures.yaml"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def keep(cache: Path, *roots: Path) -> Listing:
    """Read banks and keep what a list says of them."""
    index = ListingIndex(roots, cache)
    assert index.find() is None
    made = listing_of(load_bank(roots))
    index.keep(made)
    return made


def find(cache: Path, *roots: Path) -> Listing | None:
    return ListingIndex(roots, cache).find()


def kept_file(cache: Path) -> Path:
    (path,) = (cache / FOLDER).iterdir()
    return path


def test_what_was_kept_is_found_and_is_the_same(bank_folder: Path, cache: Path) -> None:
    (bank_folder / RARE).write_text("no front matter")
    made = keep(cache, bank_folder)
    assert (len(made.questions), made.problems) == (3, 1)
    assert find(cache, bank_folder) == made


def test_times_and_places_of_files_say_nothing(
    bank_folder: Path, cache: Path, tmp_path: Path
) -> None:
    made = keep(cache, bank_folder)
    os.utime(bank_folder / RARE, (1, 1))
    moved = shutil.copytree(bank_folder, tmp_path / "elsewhere")
    (moved / "notes.txt").write_text("no part of a bank")
    (moved / "questions" / "release.lock").write_text("nor is this")
    assert find(cache, bank_folder) == find(cache, moved) == made


def edit(name: str) -> Callable[[Path], object]:
    """Change one letter, and leave size and time as they were."""

    def change(root: Path) -> None:
        path = root / name
        was = path.stat()
        path.write_text(path.read_text().replace("title: ", "title: x", 1)[:-1])
        assert path.stat().st_size == was.st_size
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    return change


CHANGES: dict[str, Callable[[Path], object]] = {
    "question edited": edit(SMALL),
    "rubric edited": edit(RUBRIC),
    "point edited": edit(POINT),
    "question added": lambda root: shutil.copy(root / SMALL, root / "questions" / "more.md"),
    "empty question added": lambda root: (root / "questions" / "more.md").touch(),
    "blueprint added": lambda root: write(root / "questions" / "blueprints" / "one.yaml", "id: x"),
    "question removed": lambda root: (root / RARE).unlink(),
    "rubric removed": lambda root: (root / RUBRIC).unlink(),
    "question renamed": lambda root: (root / RARE).rename(root / RARE.replace("rare", "scarce")),
    "question moved": lambda root: (root / RARE).rename(root / "questions" / "rare-class.md"),
    "point made a rubric": lambda root: (root / POINT).rename(root / "rubrics" / "measures.yaml"),
    "two exchanged": lambda root: exchange(root / RARE, root / SMALL),
    "folder linked": lambda root: (root / "questions" / "linked").symlink_to(root / "rubrics"),
    "link that leads out": lambda root: lead_out(root / RARE),
    "link to nowhere": lambda root: (root / "rubrics" / "gone.yaml").symlink_to("nowhere"),
    "file too large": lambda root: write(root / RARE, "x" * 1_000_001),
    "folder by a file's name": lambda root: (root / "questions" / "more.md").mkdir(),
}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def exchange(one: Path, other: Path) -> None:
    texts = one.read_text(), other.read_text()
    other.write_text(texts[0])
    one.write_text(texts[1])


def lead_out(path: Path) -> None:
    outside = path.parents[3] / "outside.md"
    path.rename(outside)
    path.symlink_to(outside)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_bank_that_has_changed_is_read_again(
    change: Callable[[Path], object], bank_folder: Path, cache: Path, tmp_path: Path
) -> None:
    before = shutil.copytree(bank_folder, tmp_path / "before")
    made = keep(cache, bank_folder)
    change(bank_folder)
    keep(cache, bank_folder)
    assert find(cache, bank_folder) == listing_of(load_bank([bank_folder]))
    assert find(cache, before) == made  # as it was, it is known still


def test_each_bank_and_their_order_count(bank_folder: Path, cache: Path, tmp_path: Path) -> None:
    above = shutil.copytree(bank_folder, tmp_path / "above")
    edit(SMALL)(above)
    one = keep(cache, bank_folder)
    over = keep(cache, bank_folder, above)
    under = keep(cache, above, bank_folder)
    assert one != over != under
    assert find(cache, bank_folder, above) == over
    assert find(cache, bank_folder, bank_folder) is None


def test_the_bank_that_a_file_is_in_counts(bank_folder: Path, cache: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (empty / "questions").mkdir(parents=True)
    (empty / "rubrics").mkdir()
    keep(cache, bank_folder, empty)
    shutil.rmtree(empty / "questions")
    (bank_folder / "questions").rename(empty / "questions")
    (bank_folder / "questions").mkdir()
    assert find(cache, bank_folder, empty) is None


def test_what_reads_a_bank_counts(
    bank_folder: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cache, bank_folder)
    real = metadata.version
    for package in ("questionbank", "pydantic", "ruamel.yaml", "markdown-it-py"):
        with monkeypatch.context() as patched:
            newer = {package: "9.9"}
            patched.setattr(
                metadata, "version", lambda name, new=newer: new.get(name) or real(name)
            )
            assert find(cache, bank_folder) is None
    with monkeypatch.context() as patched:
        patched.setattr(sys, "version", "3.99")
        assert find(cache, bank_folder) is None
    sources = tmp_path / "sources"
    sources.mkdir()
    for path in Path(listing_index.__file__).parent.glob("*.py"):
        shutil.copy(path, sources)
    monkeypatch.setattr(listing_index, "_PACKAGES", (sources, listing_index._PACKAGES[1]))
    assert find(cache, bank_folder) is not None
    with (sources / "validation.py").open("a") as file:
        file.write("# changed\n")
    assert find(cache, bank_folder) is None


def test_all_that_reads_a_bank_is_known(bank_folder: Path) -> None:
    """A module in a folder of its own, or another library, would change lists unseen."""
    code = (
        "import json, sys\n"
        "before = set(sys.modules)\n"
        "from importlib import metadata\n"
        "from pathlib import Path\n"
        "from questionbank.bank import load_bank\n"
        "from questionbank.listing import listing_of\n"
        "listing_of(load_bank([Path(sys.argv[1])]))\n"
        "owners = metadata.packages_distributions()\n"
        "new = set(sys.modules) - before\n"
        "ours = [n for n in new if n.partition('.')[0] in ('questionbank', 'grader')]\n"
        "others = {o for n in new for o in owners.get(n.partition('.')[0], [])}\n"
        "print(json.dumps([{n: sys.modules[n].__file__ for n in ours}, sorted(others)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bank_folder)], capture_output=True, text=True, check=True
    )
    ours, others = json.loads(done.stdout)
    assert "questionbank.validation" in ours
    assert {Path(path).parent for path in ours.values()} == set(listing_index._PACKAGES)
    # Of these no behaviour shows in a list: types, and what the others are built of.
    quiet = {"annotated-types", "typing-extensions", "typing-inspection", "mdurl", "questionbank"}
    named = {name.lower().replace("_", "-") for name in others} - quiet
    assert named <= {name.replace("_", "-") for name in listing_index._READERS}


def test_a_bank_that_changes_while_it_is_read_is_not_kept(bank_folder: Path, cache: Path) -> None:
    index = ListingIndex((bank_folder,), cache)
    assert index.find() is None
    made = listing_of(load_bank([bank_folder]))
    edit(SMALL)(bank_folder)
    index.keep(made)
    assert not (cache / FOLDER).exists()
    shutil.rmtree(bank_folder)
    index.keep(made)
    assert not (cache / FOLDER).exists()


def test_only_the_newest_few_are_kept(bank_folder: Path, cache: Path) -> None:
    names = []
    for number in range(MOST + 3):
        (bank_folder / "questions" / "extra.md").write_text(f"broken {number}")
        keep(cache, bank_folder)
        for path in (cache / FOLDER).iterdir():
            if path.name not in names:
                names.append(path.name)
                os.utime(path, (number, number))
    assert sorted(path.name for path in (cache / FOLDER).iterdir()) == sorted(names[-MOST:])


def checked(value: object) -> bytes:
    body = json.dumps(value).encode()
    return listing_index._check(body) + b"\n" + body


@pytest.mark.parametrize(
    "break_it",
    [
        lambda raw: b"",
        lambda raw: raw[:-1],
        lambda raw: raw.replace(b"Small", b"Large"),
        lambda raw: raw.partition(b"\n")[2],
        lambda raw: b"\xff" * 100,
        lambda raw: checked([]),
        lambda raw: checked({"questions": [{"id": "a"}], "problems": 0}),
        lambda raw: checked({"questions": "abc", "problems": 0}),
        lambda raw: checked({"questions": []}),
    ],
    ids=["empty", "cut", "changed", "unchecked", "garbage", "list", "field", "text", "count"],
)
def test_a_broken_listing_is_as_good_as_none_and_mended(
    break_it: Callable[[bytes], bytes], bank_folder: Path, cache: Path
) -> None:
    made = keep(cache, bank_folder)
    path = kept_file(cache)
    path.write_bytes(break_it(path.read_bytes()))
    assert keep(cache, bank_folder) == made
    assert find(cache, bank_folder) == made


def test_a_folder_in_its_place_is_as_good_as_none(bank_folder: Path, cache: Path) -> None:
    keep(cache, bank_folder)
    path = kept_file(cache)
    path.unlink()
    path.mkdir()
    keep(cache, bank_folder)
    assert find(cache, bank_folder) is None


def test_where_nothing_can_be_kept_nothing_is(bank_folder: Path, cache: Path) -> None:
    (cache / FOLDER).write_text("a file in the folder's place")
    keep(cache, bank_folder)
    assert find(cache, bank_folder) is None
    nowhere = replace(ListingIndex((bank_folder,), cache), cache=None)
    nowhere.keep(listing_of(load_bank([bank_folder])))
    assert nowhere.find() is None


def test_a_folder_without_a_bank_is_refused(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no bank"):
        find(cache, tmp_path)

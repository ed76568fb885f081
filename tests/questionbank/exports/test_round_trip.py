"""The whole bank through every format and back: what differs is what the loss report said."""

import io
import zipfile
from pathlib import Path

import pytest
from exchanging import entries_of, exported, read_back, real_losses

from questionbank.bank import Bank, load_bank
from questionbank.exports import FORMATS, Build
from questionbank.exports.drafting import draft_of, leaves
from questionbank.exports.losses import Change, losses_between, summary
from questionbank.exports.package import zipped
from questionbank.exports.qti3 import SIDECAR
from questionbank.imports import READERS
from questionbank.imports.completing import complete
from questionbank.imports.reading import unzip
from questionbank.imports.writing import carry_out, plan

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shipped() -> Bank:
    bank = load_bank([ROOT])
    assert not bank.problems
    return bank


@pytest.fixture(params=["shipped", "small"])
def any_bank(request: pytest.FixtureRequest, shipped: Bank, bank_folder: Path) -> Bank:
    """The bank of the package, and a small one with a case and a shared point."""
    return shipped if request.param == "shipped" else load_bank([bank_folder])


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("name", sorted(READERS))
def test_what_comes_back_differs_by_the_loss_report_and_nothing_else(
    name: str, seed: int, any_bank: Bank
) -> None:
    made = exported(any_bank, name, seed=seed)
    reading = read_back(made.content, name)
    assert reading.problems == ()
    assert real_losses(entries_of(any_bank), reading.drafts) == set(made.losses)
    assert [draft.question["id"] for draft in reading.drafts] == sorted(any_bank.questions)


@pytest.mark.parametrize("name", sorted(set(READERS) - {"json"}))
def test_a_candidates_build_comes_back_as_its_loss_report_says(name: str, any_bank: Bank) -> None:
    made = exported(any_bank, name, Build.CANDIDATE)
    reading = read_back(made.content, name)
    assert real_losses(entries_of(any_bank), reading.drafts) == set(made.losses)


def test_without_its_sidecar_a_package_loses_what_the_report_says_only_the_sidecar_holds(
    any_bank: Bank,
) -> None:
    made = exported(any_bank, "qti3")
    assert made.losses == ()
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != SIDECAR}
    reading = read_back(zipped(files), "qti3")
    assert made.sidecar_losses
    assert real_losses(entries_of(any_bank), reading.drafts) == set(made.sidecar_losses)


def test_json_loses_nothing(any_bank: Bank) -> None:
    made = exported(any_bank, "json")
    assert made.losses == ()
    assert real_losses(entries_of(any_bank), read_back(made.content, "json").drafts) == set()


@pytest.mark.parametrize("name", sorted(READERS))
def test_an_imported_bank_says_what_its_file_said(
    name: str, any_bank: Bank, tmp_path: Path
) -> None:
    """Files on disk hold every value that was read; only gaps were filled."""
    reading = read_back(exported(any_bank, name).content, name)
    completed, problems = complete(reading.drafts, "f")
    assert {problem.code for problem in problems} <= {"incomplete"}
    root = tmp_path / "imported"
    made = plan(completed, reading.shared, root, "f")
    assert made.problems == ()
    carry_out(made, root)
    back = load_bank([root])
    assert back.problems == []
    by_id = {entry.question.id: draft_of(entry) for entry in entries_of(back)}
    for draft in reading.drafts:
        there = leaves(by_id[draft.question["id"]])
        assert {place: there[place].value for place in leaves(draft)} == {
            place: leaf.value for place, leaf in leaves(draft).items()
        }


@pytest.mark.parametrize("name", ["json", "qti3"])
def test_a_bank_that_loses_nothing_is_the_same_bank(
    name: str, bank_folder: Path, tmp_path: Path
) -> None:
    before = load_bank([bank_folder])
    reading = read_back(exported(before, name).content, name)
    completed, problems = complete(reading.drafts, "f")
    assert problems == ()
    made = plan(completed, reading.shared, tmp_path / "new", "f")
    carry_out(made, tmp_path / "new")
    after = load_bank([tmp_path / "new"])
    assert (after.questions, after.rubrics, after.points) == (
        before.questions,
        before.rubrics,
        before.points,
    )


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("build", list(Build))
def test_the_same_bank_gives_the_same_bytes(name: str, build: Build, bank_folder: Path) -> None:
    bank = load_bank([bank_folder])
    first, second = (exported(bank, name, build).content for _ in range(2))
    if name == "anki":  # genanki lets the zip file say when it was packed
        assert unzip(first, "") == unzip(second, "")
    else:
        assert first == second


def test_a_lossy_format_reports_rubric_wordings_as_lost(shipped: Bank) -> None:
    lost = {(one.field, one.change) for one in summary(exported(shipped, "moodle").losses)}
    assert ("rubric.points.exemplars", Change.LEFT_OUT) in lost
    assert ("formula", Change.CHANGED) in lost
    assert ("tolerance.absolute", Change.ADDED) in lost
    assert not {field for field, _ in lost} & {"title", "level", "topics", "minutes"}


def test_a_question_that_does_not_come_back_is_lost_as_a_whole(bank_folder: Path) -> None:
    (entry,) = entries_of(load_bank([bank_folder]))[:1]
    before = draft_of(entry)
    lost = losses_between(entry.question.id, before, None)
    assert sum(len(loss.places) for loss in lost) == len(leaves(before))
    assert {loss.change for loss in lost} == {Change.LEFT_OUT}

import json
from pathlib import Path

import pytest

from questionbank.bank import Bank, load_bank
from questionbank.document import Document, DocumentKind, question_document
from questionbank.errors import NotFoundError, UsageError
from questionbank.lock import LockError, lock_path
from questionbank.question import QUESTION as QUESTIONS
from questionbank.releases import release
from questionbank.revisions import (
    Place,
    Versions,
    find_revision,
    list_revisions,
    point_document,
    working_document,
)

OPEN = "questions/model-choice/small-model.md"
ID = "model-choice/small-model"
QUESTION = DocumentKind.QUESTION


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank([bank_folder])


def version(bank: Bank, number: str, minutes: int = 4) -> Document:
    """The small question in another version."""
    data = bank.questions[ID].model_dump(mode="json")
    changed = {**data, "version": number, "minutes": minutes}
    return question_document(QUESTIONS.validate_json(json.dumps(changed)))


def keeps(*documents: Document) -> Versions:
    def find(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
        return tuple(d for d in documents if (d.kind, d.id) == (kind, content_id))

    return find


def never(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
    raise AssertionError(f"{kind} {content_id} should not be looked for here")


@pytest.mark.parametrize(
    ("kind", "content_id"), [("question", ID), ("rubric", ID), ("point", "measures")]
)
def test_the_working_file_is_a_version(bank: Bank, kind: str, content_id: str) -> None:
    document = working_document(bank, DocumentKind(kind), content_id)

    assert (document.kind, document.id, document.version) == (kind, content_id, "1.0.0")
    assert find_revision(DocumentKind(kind), content_id, "1.0.0", bank=bank) == document


def test_a_point_has_the_hashes_of_its_content(bank: Bank) -> None:
    point = bank.points["measures"]
    first = point_document(point)
    newer = point_document(point.model_copy(update={"version": "2.0.0"}))
    reworded = point_document(point.model_copy(update={"probe": "Which one?"}))

    assert (newer.content_hash, newer.structure_hash) == (first.content_hash, first.structure_hash)
    assert reworded.content_hash != first.content_hash
    assert reworded.structure_hash == first.structure_hash


def test_the_working_file_is_found_without_asking_anybody(bank: Bank) -> None:
    assert find_revision(QUESTION, ID, "1.0.0", bank=bank, git=never, documents=never)


def test_git_is_asked_before_the_record(bank: Bank) -> None:
    in_git, kept = version(bank, "0.9.0", 5), version(bank, "0.9.0", 6)

    def find(git: Versions, documents: Versions) -> Document:
        return find_revision(QUESTION, ID, "0.9.0", bank=bank, git=git, documents=documents)

    assert find(keeps(in_git), never) == in_git
    assert find(keeps(), keeps(kept)) == kept


def test_the_released_text_is_preferred_to_an_edited_file(bank: Bank, bank_folder: Path) -> None:
    release(bank, bank_folder)
    original = question_document(bank.questions[ID])
    path = bank_folder / OPEN
    path.write_text(path.read_text().replace("minutes: 4", "minutes: 9"))
    edited = load_bank([bank_folder])
    half_done = version(bank, "1.0.0", 7)

    assert (
        find_revision(QUESTION, ID, "1.0.0", bank=edited, git=keeps(half_done, original))
        == original
    )
    assert find_revision(QUESTION, ID, "1.0.0", bank=edited, documents=keeps(original)) == original
    assert find_revision(
        QUESTION, ID, "1.0.0", bank=edited, git=keeps(half_done)
    ) == question_document(edited.questions[ID])


def test_a_version_that_nobody_has_names_those_there_are(bank: Bank) -> None:
    with pytest.raises(NotFoundError) as raised:
        find_revision(QUESTION, ID, "4.0.0", bank=bank, git=keeps(version(bank, "1.10.0")))

    assert str(raised.value) == (
        f"there is no question '{ID}@4.0.0'; did you mean {ID}@1.10.0, {ID}@1.0.0?"
    )


@pytest.mark.parametrize(
    ("kind", "content_id", "says"),
    [
        ("question", "model-choice/smal-model", f"'model-choice/smal-model'; did you mean {ID}"),
        ("rubric", "no/such", "there is no rubric 'no/such@1.0.0'"),
        ("point", "no-such", "there is no point 'no-such@1.0.0'"),
    ],
)
def test_an_id_that_nobody_has_is_not_found(
    bank: Bank, kind: str, content_id: str, says: str
) -> None:
    with pytest.raises(NotFoundError, match=says):
        find_revision(DocumentKind(kind), content_id, "1.0.0", bank=bank)


def test_a_working_point_that_is_not_there_names_near_ones(bank: Bank) -> None:
    with pytest.raises(NotFoundError, match="did you mean measures"):
        working_document(bank, DocumentKind.POINT, "measure")


def test_a_broken_file_says_so_but_its_old_versions_are_found(
    bank: Bank, bank_folder: Path
) -> None:
    path = bank_folder / OPEN
    path.write_text(path.read_text().replace("level:", "levle:"))
    broken = load_bank([bank_folder])
    old = version(bank, "0.9.0")

    with pytest.raises(UsageError, match="has problems"):
        find_revision(QUESTION, ID, "1.0.0", bank=broken)
    assert find_revision(QUESTION, ID, "0.9.0", bank=broken, git=keeps(old)) == old


def test_a_broken_lock_is_reported(bank: Bank) -> None:
    lock_path(bank.roots[0]).write_text("{")

    with pytest.raises(LockError):
        find_revision(QUESTION, ID, "1.0.0", bank=bank)


def test_all_versions_are_listed_once_newest_first(bank: Bank, bank_folder: Path) -> None:
    release(bank, bank_folder)
    now = question_document(bank.questions[ID])
    first, tried = version(bank, "0.9.0"), version(bank, "1.0.0", 7)
    later = version(bank, "0.10.0")

    found = list_revisions(
        QUESTION, ID, bank=bank, git=keeps(tried, now, first), documents=keeps(first, later)
    )

    assert [(r.document, r.place, r.released) for r in found] == [
        (now, Place.BANK, True),
        (tried, Place.GIT, False),
        (later, Place.STORE, False),
        (first, Place.GIT, False),
    ]


def test_an_unknown_id_has_no_versions(bank: Bank) -> None:
    assert list_revisions(DocumentKind.RUBRIC, "no/such", bank=bank) == ()

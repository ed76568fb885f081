"""The versions of a question, rubric or shared point, wherever they are kept.

Looked for in the working bank, in its git history, and among the texts kept with old attempts.
"""

import difflib
from collections.abc import Callable, Collection, Iterator
from enum import StrEnum
from functools import partial

from grader.canonical import digest
from grader.rubric import Record
from questionbank.bank import Bank
from questionbank.document import Document, DocumentKind, question_document, rubric_document
from questionbank.errors import NotFoundError
from questionbank.lock import Lock, VersionRef, read_lock, version_key
from questionbank.rubric_source import SharedPoint

Versions = Callable[[DocumentKind, str], tuple[Document, ...]]
"""Every text kept under a kind and id, the newest first."""


class Place(StrEnum):
    """Where a version was found."""

    BANK = "bank"
    GIT = "git"
    STORE = "store"


class Revision(Record):
    """One text that an id had under one version."""

    document: Document
    place: Place
    """The first place it was found in."""
    released: bool
    """Whether it is what the release lock recorded for this version."""


def no_versions(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
    """Stands in for a place that does not exist."""
    del kind, content_id
    return ()


def point_document(point: SharedPoint) -> Document:
    """The text of a shared point, to keep."""
    return Document(
        kind=DocumentKind.POINT,
        id=point.id,
        version=point.version,
        content_hash=digest(point.content()),
        structure_hash=digest(point.structure()),
        body=point.model_dump(mode="json"),
    )


def working_document(bank: Bank, kind: DocumentKind, content_id: str) -> Document:
    """The text as the bank's file has it now.

    Raises:
        NotFoundError: there is none of that id.
        UsageError: the file has problems.
    """
    if kind is DocumentKind.QUESTION:
        return question_document(bank.question(content_id))
    if kind is DocumentKind.RUBRIC:
        return rubric_document(bank.rubric(content_id))
    if content_id not in bank.points:
        near = difflib.get_close_matches(content_id, bank.points, n=3, cutoff=0.5)
        raise NotFoundError("shared point", content_id, tuple(near))
    return point_document(bank.points[content_id])


def list_revisions(
    kind: DocumentKind,
    content_id: str,
    *,
    bank: Bank,
    git: Versions = no_versions,
    documents: Versions = no_versions,
) -> tuple[Revision, ...]:
    """List every version of an id that is still to be had.

    Args:
        kind: what to look for.
        content_id: its id.
        bank: the working files.
        git: their history: `GitHistory(bank.roots).documents`.
        documents: the texts kept with attempts: `Store.documents`.

    Returns:
        Newest version first; of texts under one version, the released one first.

    Raises:
        LockError: a release lock is broken, or of a newer format.
    """
    found: dict[tuple[str, str], Revision] = {}
    for revision in _search(kind, content_id, bank, git, documents):
        key = (revision.document.version, revision.document.content_hash)
        found.setdefault(key, revision)
    return tuple(
        sorted(
            found.values(),
            key=lambda revision: (version_key(revision.document.version), revision.released),
            reverse=True,
        )
    )


def find_revision(
    kind: DocumentKind,
    content_id: str,
    version: str,
    *,
    bank: Bank,
    git: Versions = no_versions,
    documents: Versions = no_versions,
) -> Document:
    """Find one version of an id.

    Args:
        kind: what to look for.
        content_id: its id.
        version: three numbers.
        bank: the working files.
        git: their history: `GitHistory(bank.roots).documents`.
        documents: the texts kept with attempts: `Store.documents`.

    Returns:
        The text that was released under the version if it can be found; otherwise the first
        found of the working file, the last committed, and the last kept.

    Raises:
        NotFoundError: nobody has it; the versions that are there are named.
        LockError: a release lock is broken, or of a newer format.
    """
    was_released = any(
        (ref.kind, ref.id, ref.version) == (kind, content_id, version)
        for lock in _locks(bank)
        for ref in lock.entries
    )
    first: Document | None = None
    versions: list[str] = []
    for revision in _search(kind, content_id, bank, git, documents):
        versions.append(revision.document.version)
        if revision.document.version != version:
            continue
        if revision.released or not was_released:
            return revision.document
        first = first or revision.document
    if first is not None:
        return first
    there = sorted(set(versions), key=version_key, reverse=True)
    if not there and kind is DocumentKind.QUESTION:
        bank.question(content_id)  # says better what is wrong: near ids, or a file with problems
    raise NotFoundError(
        str(kind), f"{content_id}@{version}", tuple(f"{content_id}@{name}" for name in there)
    )


def _search(
    kind: DocumentKind, content_id: str, bank: Bank, git: Versions, documents: Versions
) -> Iterator[Revision]:
    """Every text of an id, place after place; a later place is only asked when it is reached."""
    locks = _locks(bank)
    places: tuple[tuple[Place, Versions], ...] = (
        (Place.BANK, partial(_working, bank)),
        (Place.GIT, git),
        (Place.STORE, documents),
    )
    for place, look in places:
        for document in look(kind, content_id):
            yield Revision(document=document, place=place, released=_is_released(document, locks))


def _working(bank: Bank, kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
    there: dict[DocumentKind, Collection[str]] = {
        DocumentKind.QUESTION: bank.questions,
        DocumentKind.RUBRIC: bank.rubrics,
        DocumentKind.POINT: bank.points,
    }
    return (working_document(bank, kind, content_id),) if content_id in there[kind] else ()


def _locks(bank: Bank) -> list[Lock]:
    return [read_lock(root) for root in bank.roots]


def _is_released(document: Document, locks: list[Lock]) -> bool:
    ref = VersionRef(kind=document.kind, id=document.id, version=document.version)
    return any(
        ref in lock.entries and lock.entries[ref].content == document.content_hash for lock in locks
    )

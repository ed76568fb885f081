"""How the files of a bank stand to its release lock: released, edited since, gone back.

A rubric's hashes cover the shared points it pins, as its grades rest on them. When such a point
was edited without a new version, only the point's file is to blame: its rubrics are not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.canonical import digest
from grader.rubric import Rubric
from questionbank.bank import Bank
from questionbank.document import DocumentKind
from questionbank.errors import Problem
from questionbank.lock import (
    Hashes,
    Lock,
    LockError,
    VersionRef,
    lock_path,
    next_version,
    read_lock,
    version_key,
)
from questionbank.origin import Origin
from questionbank.question import Question, Status, rubric_ids
from questionbank.rubric_source import SharedPoint

EDITED = "edited-without-version"
WENT_BACK = "version-went-back"
BROKEN_LOCK = "release-lock"

Content = tuple[DocumentKind, str]
"""Kind and id of something that has versions."""


@dataclass(frozen=True)
class Item:
    """One version as its file has it now."""

    ref: VersionRef
    hashes: Hashes
    origin: Origin
    line: int
    """Where the version stands."""
    pins: tuple[str, ...] = ()
    """`id@version` of each shared point a rubric uses."""

    @property
    def content(self) -> Content:
        """Which content this is a version of."""
        return self.ref.kind, self.ref.id


@dataclass(frozen=True)
class Fault:
    """What is wrong between a file and the lock."""

    item: Item
    code: str
    scoring: bool
    """Whether scores may change."""
    version: str
    """The version to write."""
    message: str

    @property
    def problem(self) -> Problem:
        """The fault as `check` reports it."""
        return Problem(self.item.origin.shown, self.item.line, self.code, self.message)


def released_problems(bank: Bank) -> list[Problem]:
    """Compare a bank with the locks of its folders.

    Args:
        bank: what was read.

    Returns:
        `edited-without-version` for files whose content differs from what was released under
        the same version, `version-went-back` for versions below the newest released, and
        `release-lock` for a lock that cannot be read; sorted.
    """
    locks: dict[Path, Lock] = {}
    problems = []
    for root in bank.roots:
        try:
            locks[root] = read_lock(root)
        except LockError as error:
            shown = _shown(bank, root, lock_path(root))
            problems.append(Problem(shown, error.line, BROKEN_LOCK, error.reason))
    return sorted(problems + [fault.problem for fault in faults(items(bank), locks)])


def unreleased(bank: Bank) -> list[VersionRef]:
    """List what the next release would record as things stand; no problem, just news.

    Args:
        bank: what was read.

    Returns:
        Versions that are in no lock, drafts and what only drafts use left out; sorted.

    Raises:
        LockError: a lock is broken, or of a newer format.
    """
    locks = {root: read_lock(root) for root in bank.roots}
    ready = live(bank)
    waiting = [
        item.ref
        for item in items(bank)
        if item.content in ready and item.ref not in locks[item.origin.root].entries
    ]
    return sorted(waiting, key=lambda ref: ref.sort_key)


def items(bank: Bank) -> list[Item]:
    """Every sound question, rubric and shared point with the hashes it has now."""
    found = []
    for name, question in bank.questions.items():
        origin, file = bank.question_files[name]
        found.append(question_item(question, origin, file.document.line(("version",))))
    for name, rubric in bank.rubrics.items():
        origin, rubric_file = bank.rubric_files[name]
        found.append(rubric_item(rubric, origin, rubric_file.document.line(("version",))))
    for name, point in bank.points.items():
        origin, point_file = bank.point_files[name]
        found.append(point_item(point, origin, point_file.document.line(("version",))))
    return found


def question_item(question: Question, origin: Origin, line: int) -> Item:
    """A question's version."""
    hashes = Hashes(content=question.content_hash, structure=question.structure_hash)
    ref = VersionRef(kind=DocumentKind.QUESTION, id=question.id, version=question.version)
    return Item(ref, hashes, origin, line)


def rubric_item(rubric: Rubric, origin: Origin, line: int) -> Item:
    """A rubric's version, with what it pins."""
    hashes = Hashes(content=rubric.content_hash, structure=rubric.structure_hash)
    ref = VersionRef(kind=DocumentKind.RUBRIC, id=rubric.id, version=rubric.version)
    pins = tuple(point.pin for point in rubric.points if point.pin)
    return Item(ref, hashes, origin, line, pins)


def point_item(point: SharedPoint, origin: Origin, line: int) -> Item:
    """A shared point's version."""
    hashes = Hashes(content=digest(point.content()), structure=digest(point.structure()))
    ref = VersionRef(kind=DocumentKind.POINT, id=point.id, version=point.version)
    return Item(ref, hashes, origin, line)


def live(bank: Bank) -> set[Content]:
    """What is released when everything is: questions that are no drafts, and all they rest on."""
    names = [name for name, q in bank.questions.items() if q.status is not Status.DRAFT]
    return closure(bank, {(DocumentKind.QUESTION, name) for name in names})


def closure(bank: Bank, chosen: Iterable[Content]) -> set[Content]:
    """Add the rubrics that questions are graded with, and the shared points these pin."""
    found = set(chosen)
    for kind, name in tuple(found):
        if kind is DocumentKind.QUESTION and name in bank.questions:
            found |= {(DocumentKind.RUBRIC, rubric) for rubric in rubric_ids(bank.questions[name])}
    for kind, name in tuple(found):
        if kind is DocumentKind.RUBRIC and name in bank.rubric_files:
            pins = bank.rubric_files[name][1].pins
            found |= {(DocumentKind.POINT, pin.partition("@")[0]) for _, pin in pins}
    return found


def faults(found: Iterable[Item], locks: dict[Path, Lock]) -> list[Fault]:
    """Find what differs from the locks.

    Args:
        found: versions as they stand in the files.
        locks: by the bank's folder; a folder without one is left out.

    Returns:
        At most one fault an item. A rubric that differs while a point it pins was edited has
        none: once the point is mended or gets a new version, the rubric is judged afresh.
    """
    judged = [
        fault
        for item in found
        if item.origin.root in locks and (fault := judge(item, locks[item.origin.root]))
    ]
    edited = {
        f"{fault.item.ref.id}@{fault.item.ref.version}"
        for fault in judged
        if fault.code == EDITED and fault.item.ref.kind is DocumentKind.POINT
    }
    return [fault for fault in judged if fault.code != EDITED or not edited & set(fault.item.pins)]


def judge(item: Item, lock: Lock) -> Fault | None:
    """Compare one version with the lock of its bank."""
    newest = lock.newest(*item.content)
    if newest is None:
        return None
    if version_key(item.ref.version) < version_key(newest.version):
        return _went_back(item, newest, lock.entries[newest])
    locked = lock.entries.get(item.ref)
    if locked is None or locked == item.hashes:
        return None
    scoring = locked.structure != item.hashes.structure
    version = next_version(item.ref.version, scoring=scoring)
    message = (
        f"the {'scoring' if scoring else 'wording'} of {item.ref} was edited after its release; "
        f"write `version: {version}` or run `questionbank release --bump`"
    )
    return Fault(item, EDITED, scoring, version, message)


def _went_back(item: Item, newest: VersionRef, locked: Hashes) -> Fault:
    """A version below the newest released: name the one that would be right."""
    scoring = locked.structure != item.hashes.structure
    same = locked == item.hashes
    version = newest.version if same else next_version(newest.version, scoring=scoring)
    message = f"{item.ref} is older than the released {newest.version}; write `version: {version}`"
    return Fault(item, WENT_BACK, scoring, version, message)


def _shown(bank: Bank, root: Path, path: Path) -> str:
    """Name a file the way the bank names its others."""
    for origin, _ in (*bank.question_files.values(), *bank.rubric_files.values()):
        if origin.root == root and str(origin.path).endswith(origin.shown):
            return str(path).removeprefix(str(origin.path).removesuffix(origin.shown))
    return str(path)

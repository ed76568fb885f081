"""Releases: what the lock says against a bank, what waits for a release, and the release itself.

A release plans everything in memory, reads each changed file back, and only then writes: all
files or, if anything is wrong, none.
"""

from collections.abc import Sequence
from pathlib import Path

from grader.rubric import Record
from questionbank.bank import Bank
from questionbank.checks import release_blockers
from questionbank.document import DocumentKind
from questionbank.errors import ContentError, NotFoundError, UsageError
from questionbank.file_edit import write_files
from questionbank.lock import Lock, VersionRef, lock_path, lock_text, read_lock
from questionbank.release_plan import Bumped, PinMoved, Plan
from questionbank.standing import Content, closure, live, released_problems, unreleased

__all__ = ["ReleaseReport", "release", "released_problems", "unreleased"]


class ReleaseReport(Record):
    """What a release did, or with `dry_run` would do."""

    released: tuple[VersionRef, ...]
    """Versions added to the lock."""
    bumped: tuple[Bumped, ...]
    pins: tuple[PinMoved, ...]
    dry_run: bool
    lock: Path
    """The lock's file."""


def release(
    bank: Bank,
    root: Path,
    *,
    ids: Sequence[str] = (),
    dry_run: bool = False,
    bump: bool = False,
) -> ReleaseReport:
    """Record every new version of a bank's questions, with their rubrics and shared points.

    Rubrics that pin an older version of a shared point take the newer one over and, if they
    were released before, get a new version; this happens always. The bank must be loaded
    afresh afterwards.

    Args:
        bank: what was read.
        root: the folder to release; the uppermost of the bank.
        ids: release only these and what they rest on; all if empty.
        dry_run: write nothing.
        bump: give edited files the next version: a patch step if only wording changed, a minor
            step if scores may change. Only that line of the file changes.

    Returns:
        What was recorded and changed.

    Raises:
        ContentError: the bank has problems, or a released version was edited and `bump` is off;
            nothing is written.
        UsageError: an id names nothing that can be released, or a file cannot be written.
        LockError: the lock is broken, or of a newer format; nothing is written.
    """
    if bank.roots[-1].resolve() != root.resolve():
        raise UsageError(f"{root} is not the uppermost bank given; release it by itself")
    root = bank.roots[-1]
    if blocking := release_blockers(bank):
        raise ContentError(tuple(blocking))
    plan = Plan(bank, root, read_lock(root), _wanted(bank, ids))
    plan.make(bump=bump)
    if blocking := sorted({*plan.problems, *release_blockers(plan.after)}):
        raise ContentError(tuple(blocking))
    new = plan.new_versions()
    if not dry_run and (new or plan.files):
        _write(plan, Lock({**plan.lock.entries, **{item.ref: item.hashes for item in new}}))
    return ReleaseReport(
        released=tuple(item.ref for item in new),
        bumped=tuple(plan.bumped),
        pins=tuple(plan.moved),
        dry_run=dry_run,
        lock=lock_path(root),
    )


def _wanted(bank: Bank, ids: Sequence[str]) -> set[Content]:
    """What is to be released, files of other folders included."""
    ready = live(bank)
    if not ids:
        return ready
    chosen: set[Content] = set()
    known: set[Content] = {
        *((DocumentKind.QUESTION, name) for name in bank.questions),
        *((DocumentKind.RUBRIC, name) for name in bank.rubric_files),
        *((DocumentKind.POINT, name) for name in bank.points),
    }
    for name in ids:
        named = {(kind, name) for kind in DocumentKind} & known
        if not named:
            raise NotFoundError("question, rubric or shared point", name)
        if not named & ready:
            raise UsageError(
                f"{name} is not released yet: it is a draft, or nothing but drafts uses it; "
                "set `status: active` in the question"
            )
        chosen |= named & ready
    return closure(bank, chosen)


def _write(plan: Plan, lock: Lock) -> None:
    """Write the changed files, the lock last, and read the lock back."""
    path = lock_path(plan.root)
    write_files({**plan.files, path: lock_text(lock).encode()}, plan.root)
    if read_lock(plan.root) != lock:
        raise UsageError(f"{path} does not read back as it was written; run the release again")

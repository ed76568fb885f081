"""A release in the making: files are changed in memory and read back; nothing is written."""

import copy
from dataclasses import replace
from pathlib import Path

from grader.rubric import Record, Rubric
from questionbank.bank import Bank
from questionbank.document import DocumentKind
from questionbank.errors import ContentError, Problem
from questionbank.file_edit import decode, replace_value
from questionbank.lock import Lock, VersionRef, version_key
from questionbank.origin import Origin
from questionbank.rubric_source import RubricFile, read_point, read_rubric
from questionbank.source import read_question
from questionbank.standing import (
    EDITED,
    Content,
    Fault,
    Item,
    faults,
    items,
    judge,
    rubric_item,
)
from questionbank.yaml_reader import YamlDocument

CANNOT_EDIT = "cannot-edit"
STALE_PIN = "stale-pin"
_CHANGED = "the file was changed meanwhile; run the release again"


class Bumped(Record):
    """A new version written into a file."""

    ref: VersionRef
    """With the new version."""
    old: str
    """The version that stood there."""
    scoring: bool
    """Whether scores may change; otherwise only the wording did."""
    path: str
    """As problems name it."""


class PinMoved(Record):
    """A shared point that a rubric took over in a newer version."""

    rubric: str
    old: str
    """`id@version`."""
    new: str
    path: str
    """As problems name it."""


class Edit:
    """Changes to single values of one file.

    Args:
        origin: the file.
        document: its YAML as the bank has it.
    """

    def __init__(self, origin: Origin, document: YamlDocument) -> None:
        self.origin = origin
        try:
            self.raw = origin.path.read_bytes()
        except OSError as error:
            raise self._refusal(0, f"cannot be read: {error.strerror}") from error
        self._document = document
        self._expected = copy.deepcopy(document.data)

    @property
    def text(self) -> str:
        """The file as it will be.

        Raises:
            ContentError: it is no text any more.
        """
        try:
            return decode(self.raw)
        except UnicodeDecodeError as error:
            raise self._refusal(0, _CHANGED) from error

    def write_version(self, new: str) -> None:
        """Change the file's version.

        Raises:
            ContentError: its line is not plain enough to be changed safely.
        """
        old = self._expected["version"]
        self._replace(self._document.line(("version",)), "version", old, new)
        self._expected["version"] = new

    def move_pin(self, line: int, old: str, new: str) -> None:
        """Change which version of a shared point a rubric uses.

        Raises:
            ContentError: the line is not plain enough to be changed safely.
        """
        self._replace(line, "use", old, new)
        for point in self._expected["points"]:
            if isinstance(point, dict) and point.get("use") == old:
                point["use"] = new

    def confirm(self, document: YamlDocument, *, same: bool = True) -> None:
        """See that the file, read back, differs from the bank's in the changed values only.

        Args:
            document: the changed file, read.
            same: whether what stands outside the YAML is the same, too.

        Raises:
            ContentError: it differs, because the file was changed since the bank was read.
        """
        if document.data != self._expected or not same:
            raise self._refusal(0, _CHANGED)

    def _replace(self, line: int, key: str, old: str, new: str) -> None:
        changed = replace_value(self.raw, line, key, old, new)
        if changed is None:
            raise self._refusal(line, f"write `{key}: {new}` here by hand, on a line of its own")
        self.raw = changed

    def _refusal(self, line: int, message: str) -> ContentError:
        return ContentError((Problem(self.origin.shown, line, CANNOT_EDIT, message),))


class Plan:
    """What a release will write.

    Args:
        bank: what was read.
        root: the folder to release.
        lock: its lock.
        wanted: what is to be released.
    """

    def __init__(self, bank: Bank, root: Path, lock: Lock, wanted: set[Content]) -> None:
        self.root = root
        self.lock = lock
        self.wanted = wanted
        self.after = replace(
            bank,
            rubrics=dict(bank.rubrics),
            points=dict(bank.points),
            questions=dict(bank.questions),
            question_files=dict(bank.question_files),
            rubric_files=dict(bank.rubric_files),
            point_files=dict(bank.point_files),
        )
        """The bank as it will be."""
        self.files: dict[Path, bytes] = {}
        """Changed files, whole."""
        self.bumped: list[Bumped] = []
        self.moved: list[PinMoved] = []
        self.problems: list[Problem] = []
        """What stands in the way."""

    def make(self, *, bump: bool) -> None:
        """Plan all changes.

        Args:
            bump: give edited files their next version instead of reporting them.

        Raises:
            ContentError: a file that must be changed cannot be.
        """
        to_bump: dict[Content, Fault] = {}
        for fault in faults(items(self.after), {self.root: self.lock}):
            if fault.item.content not in self.wanted:
                continue
            if bump and fault.code == EDITED:
                to_bump[fault.item.content] = fault
            else:
                self.problems.append(fault.problem)
        for (kind, name), fault in to_bump.items():
            if kind is DocumentKind.POINT:
                self._bump_point(name, fault)
            elif kind is DocumentKind.QUESTION:
                self._bump_question(name, fault)
        for name, (origin, file) in tuple(self.after.rubric_files.items()):
            stale = self._stale_pins(file) if origin.root == self.root else ()
            if stale or (DocumentKind.RUBRIC, name) in to_bump:
                self._rewrite_rubric(name, origin, file, stale)
        moved = {move.path for move in self.moved}
        self.after.problems = [p for p in self.after.problems if p.path not in moved]
        self.problems += [p for p in self.after.problems if p.code == STALE_PIN]

    def new_versions(self) -> list[Item]:
        """What is to be released and is not in the lock yet; sorted."""
        new = [
            item
            for item in items(self.after)
            if item.content in self.wanted
            and item.origin.root == self.root
            and item.ref not in self.lock.entries
        ]
        return sorted(new, key=lambda item: item.ref.sort_key)

    def _bump_point(self, name: str, fault: Fault) -> None:
        origin, file = self.after.point_files[name]
        edit = Edit(origin, file.document)
        edit.write_version(fault.version)
        changed = read_point(edit.text, origin.shown)
        if changed.point is None:
            raise ContentError(changed.problems)
        edit.confirm(changed.document)
        self.after.points[name] = changed.point
        self.after.point_files[name] = (origin, changed)
        self.files[origin.path] = edit.raw
        self._note_bump(fault)

    def _bump_question(self, name: str, fault: Fault) -> None:
        origin, file = self.after.question_files[name]
        edit = Edit(origin, file.document)
        edit.write_version(fault.version)
        changed = read_question(edit.text, origin.shown)
        if changed.question is None:
            raise ContentError(changed.problems)
        edit.confirm(
            changed.document, same=changed.question.content_hash == fault.item.hashes.content
        )
        self.after.questions[name] = changed.question
        self.after.question_files[name] = (origin, changed)
        self.files[origin.path] = edit.raw
        self._note_bump(fault)

    def _rewrite_rubric(
        self, name: str, origin: Origin, file: RubricFile, stale: tuple[tuple[int, str, str], ...]
    ) -> None:
        """Move pins; then, if the rubric's version was released as something else, raise it."""
        edit = Edit(origin, file.document)
        for line, old, new in stale:
            edit.move_pin(line, old, new)
            self.moved.append(PinMoved(rubric=name, old=old, new=new, path=origin.shown))
        changed, rubric = self._read_back(edit)
        line = file.document.line(("version",))
        fault = judge(rubric_item(rubric, origin, line), self.lock)
        if fault is not None and fault.code == EDITED:
            edit.write_version(fault.version)
            changed, rubric = self._read_back(edit)
            self._note_bump(fault)
        elif fault is not None:
            self.problems.append(fault.problem)
        self.after.rubrics[name] = rubric
        self.after.rubric_files[name] = (origin, changed)
        self.files[origin.path] = edit.raw

    def _read_back(self, edit: Edit) -> tuple[RubricFile, Rubric]:
        changed = read_rubric(edit.text, edit.origin.shown, self.after.points)
        if changed.rubric is None:
            raise ContentError(changed.problems)
        edit.confirm(changed.document)
        return changed, changed.rubric

    def _stale_pins(self, file: RubricFile) -> tuple[tuple[int, str, str], ...]:
        """(line, old pin, new pin) for each pin of a version older than the shared point's."""
        stale = []
        for line, pin in file.pins:
            name, _, version = pin.partition("@")
            point = self.after.points.get(name)
            if point and _is_older(version, point.version):
                stale.append((line, pin, f"{name}@{point.version}"))
        return tuple(stale)

    def _note_bump(self, fault: Fault) -> None:
        ref = fault.item.ref
        self.bumped.append(
            Bumped(
                ref=ref.model_copy(update={"version": fault.version}),
                old=ref.version,
                scoring=fault.scoring,
                path=fault.item.origin.shown,
            )
        )


def _is_older(version: str, than: str) -> bool:
    """Whether a version as somebody wrote it is one, and older."""
    try:
        return version_key(version) < version_key(than)
    except ValueError:
        return False

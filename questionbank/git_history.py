"""What git remembers of a bank's files: every version of a question, rubric or point, by its id.

git is started with fixed arguments and is not needed: without it, or outside a repository,
nothing is found. Files are recognised by the id written in them, so renames do not matter.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from questionbank.document import Document, DocumentKind, question_document, rubric_document
from questionbank.file_edit import decode
from questionbank.origin import POINTS, QUESTIONS, RUBRICS
from questionbank.revisions import point_document
from questionbank.rubric_source import SharedPoint, read_point, read_rubric
from questionbank.source import read_question
from questionbank.text_file import MAX_BYTES

_CHUNK = 400
"""Files fetched at a time; with `MAX_BYTES` a bound on memory."""
_BLOB = re.compile(rb"[0-9a-f]{40,64}")


class GitHistory:
    """The history of some bank folders.

    Args:
        roots: the folders, the lowest first; later ones are searched first.
        program: the git to start.
        timeout: seconds one call may take; what takes longer finds nothing.
    """

    def __init__(
        self, roots: Sequence[Path], *, program: str = "git", timeout: float = 20.0
    ) -> None:
        self._roots = tuple(reversed(roots))
        self._program = program
        self._timeout = timeout

    def documents(self, kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
        """Find every text that was committed under an id.

        Args:
            kind: what to look for.
            content_id: its id.

        Returns:
            Each text once, the last committed first; versions whose files can no longer be
            read are left out, and so are rubrics whose pinned points are not in the history.
        """
        found: dict[tuple[str, str], Document] = {}
        for root in self._roots:
            for document in self._documents(root, kind, content_id):
                found.setdefault((document.version, document.content_hash), document)
        return tuple(found.values())

    def _documents(self, root: Path, kind: DocumentKind, content_id: str) -> Iterator[Document]:
        if kind is DocumentKind.QUESTION:
            for text in self._texts(root, QUESTIONS, content_id):
                question = read_question(text, "").question
                if question and question.id == content_id:
                    yield question_document(question)
        elif kind is DocumentKind.RUBRIC:
            for text in self._texts(root, RUBRICS, content_id):
                rubric = read_rubric(text, "", self._pinned(root, text)).rubric
                if rubric and rubric.id == content_id:
                    yield rubric_document(rubric)
        else:
            for point in self._points(root, content_id):
                yield point_document(point)

    def _points(self, root: Path, point_id: str) -> Iterator[SharedPoint]:
        for text in self._texts(root, f"{RUBRICS}/{POINTS}", point_id):
            point = read_point(text, "").point
            if point and point.id == point_id:
                yield point

    def _pinned(self, root: Path, text: str) -> dict[str, SharedPoint]:
        """The shared points that an old rubric pinned, in the versions it pinned."""
        pinned: dict[str, SharedPoint] = {}
        for _, pin in read_rubric(text, "", {}).pins:
            name, _, version = pin.partition("@")
            for point in self._points(root, name):
                if point.version == version:
                    pinned.setdefault(name, point)
        return pinned

    def _texts(self, root: Path, folder: str, content_id: str) -> Iterator[str]:
        """Every text that ever stood in a folder and mentions an id, the newest first."""
        wanted = content_id.encode()
        for raw in self._blobs(root, self._blob_names(root, folder)):
            if wanted in raw:
                try:
                    yield decode(raw)
                except UnicodeDecodeError:
                    continue

    def _blob_names(self, root: Path, folder: str) -> list[bytes]:
        """Names of all file contents that ever stood in a folder, the newest first."""
        log = self._git(
            root,
            *("log", "--all", "--format=", "--raw", "-z", "--no-abbrev", "--no-renames"),
            *("-m", "--no-ext-diff", "--no-textconv", "--", folder),
        )
        changes = [part.split() for part in log.split(b"\0") if part.lstrip(b"\n").startswith(b":")]
        names = dict.fromkeys(change[3] for change in changes if len(change) == 5)
        return [name for name in names if _BLOB.fullmatch(name) and name.strip(b"0")]

    def _blobs(self, root: Path, names: Sequence[bytes]) -> Iterator[bytes]:
        """Contents by name; what is no file or too large for one of ours is left out."""
        sizes = self._git(root, "cat-file", "--batch-check", given=b"\n".join([*names, b""]))
        small = [
            name
            for name, kind, size in (line.split() for line in sizes.splitlines() if b"blob" in line)
            if kind == b"blob" and int(size) <= MAX_BYTES
        ]
        for start in range(0, len(small), _CHUNK):
            given = b"\n".join([*small[start : start + _CHUNK], b""])
            yield from _split(self._git(root, "cat-file", "--batch", given=given))

    def _git(self, root: Path, *arguments: str, given: bytes = b"") -> bytes:
        """Run git in a folder; nothing comes back if it is missing, refuses or takes too long."""
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        surroundings |= {
            "GIT_ALLOW_PROTOCOL": "none",  # a partial clone must not fetch what it lacks
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        command = [self._program, "-C", str(root), "--no-pager", "-c", "log.showSignature=false"]
        try:
            done = subprocess.run(  # noqa: S603 - fixed arguments, no shell; ids never become arguments
                [*command, *arguments],
                input=given,
                capture_output=True,
                check=True,
                timeout=self._timeout,
                env=surroundings,
            )
        except (OSError, subprocess.SubprocessError):
            return b""
        return done.stdout


def _split(batch: bytes) -> Iterator[bytes]:
    """The contents in what `git cat-file --batch` printed: `name blob size`, content, each time."""
    at = 0
    while (end := batch.find(b"\n", at)) >= 0:
        header = batch[at:end].split()
        if len(header) != 3 or header[1] != b"blob":
            at = end + 1
            continue
        size = int(header[2])
        yield batch[end + 1 : end + 1 + size]
        at = end + 1 + size + 1

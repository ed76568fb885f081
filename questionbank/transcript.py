"""A transcript with speaker labels, read into who said what: plain text, WebVTT or SRT.

In plain text a turn begins with `Name: …`. A label is short and looks like a name, so that
"two things: cost and speed" within an answer is no new speaker. A line `Question 2` by itself says
that what follows answers question 2; in WebVTT it may stand in a note.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from questionbank.errors import FormatError, UsageError

MAX_BYTES = 5_000_000
"""A transcript beyond this is a mistake."""

_TIMING = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->")
_VOICE = re.compile(r"\s*<v(?:\.[^\s>]*)?\s+(?P<name>[^<>]{1,80})>(?P<said>.*)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z0-9.][^<>]{0,200}>")
_TIME = r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])]?"
_LABEL = re.compile(
    rf"\s*(?:{_TIME}\s*)?(?P<name>[^\W\d_][\w .'\u2019()-]{{0,59}}?)\s*(?:{_TIME}\s*)?"
    r"(?::(?:\s+|$)|\uff1a\s*)(?P<said>.*)"
)
"""A name and a colon, ASCII or full-width, with the time before or after the name."""
_MARKER = re.compile(r"\s*(?:NOTE\s+)?(?:#{1,6}\s*|\[)?question\s+(\d{1,3})\s*[\].:]?\s*", re.I)
_PARTICLES = frozenset("de da del der den di dos du la le of van von bin ibn al el".split())
_NAME_WORDS = 4


class TranscriptError(FormatError):
    """A transcript cannot be read; the text says where and what to do.

    Args:
        place: the file, with the line if one is to blame.
        reason: what is wrong.
    """


class Turn(NamedTuple):
    """What one speaker said without a break."""

    line: int
    """Where it begins, from 1."""
    speaker: str
    text: str
    question: int | None
    """The question that the last marker before it names, from 1; None before the first."""


@dataclass(frozen=True)
class Transcript:
    """Who said what, in order."""

    shown: str
    """How messages name the file."""
    turns: tuple[Turn, ...]
    marked: bool
    """Whether it says which question is answered where."""
    unlabelled: int = 0
    """Lines before the first label, which belong to nobody."""

    @property
    def speakers(self) -> Mapping[str, int]:
        """Names and how often each has the word, in the order in which they first have it."""
        names: dict[str, str] = {}
        for turn in self.turns:
            names.setdefault(_folded(turn.speaker), turn.speaker)
        return Counter(names[_folded(turn.speaker)] for turn in self.turns)

    def said_by(self, speaker: str) -> tuple[Turn, ...]:
        """What one speaker said, one turn for each question.

        Args:
            speaker: a name; neither case nor white space matters.

        Returns:
            Turns whose texts are those to one question, a paragraph each. Of a transcript with
            markers, what was said before the first is left out.

        Raises:
            UsageError: nobody is called so, or only before the first marker.
        """
        own = [turn for turn in self.turns if _folded(turn.speaker) == _folded(speaker)]
        if not own:
            there = ", ".join(self.speakers)
            raise UsageError(f"{self.shown}: nobody is called {speaker!r}; there are: {there}")
        found: dict[int | None, Turn] = {}
        for turn in own:
            if self.marked and turn.question is None:
                continue
            before = found.get(turn.question)
            whole = f"{before.text}\n\n{turn.text}" if before else turn.text
            found[turn.question] = (before or turn)._replace(text=whole)
        if not found:
            raise UsageError(
                f"{self.shown}: {speaker} says nothing after the first question's line"
            )
        return tuple(found.values())


def read_transcript(path: Path) -> Transcript:
    """Read a transcript file.

    Raises:
        TranscriptError: it cannot be read, is too large, not UTF-8, or names no speakers.
    """
    try:
        if not path.is_file():
            raise TranscriptError(path, "there is no such file")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise TranscriptError(
                path, f"{size:,} bytes; {MAX_BYTES:,} at most can be read; split the file"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise TranscriptError(path, f"cannot be read: {error.strerror}") from error
    return parse_transcript(_decoded(raw, path), str(path))


def parse_transcript(text: str, shown: str) -> Transcript:
    """Read a transcript.

    Args:
        text: the whole of it.
        shown: how messages name the file.

    Raises:
        TranscriptError: nobody's words are in it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not text.strip():
        raise TranscriptError(shown, "it is empty")
    timed = any(_TIMING.match(line) for line in lines)
    spoken = list(_spoken(lines) if timed else enumerate(lines, start=1))
    hearing = _Hearing(timed, _names(line for _, line in spoken))
    for number, line in spoken:
        hearing.take(number, line)
    turns = hearing.end()
    if not turns:
        first = next(number for number, line in enumerate(lines, start=1) if line.strip())
        raise TranscriptError(
            f"{shown}:{first}",
            "no line says who speaks; begin each turn with the speaker's name and a colon, "
            "for example `Candidate: I would …`",
        )
    return Transcript(shown, turns, hearing.question is not None, hearing.unlabelled)


class _Hearing:
    """Puts lines together to turns."""

    def __init__(self, timed: bool, names: frozenset[str]) -> None:
        self._timed = timed
        self._names = names
        self._turns: list[Turn] = []
        self._speaker: str | None = None
        self._line = 0
        self._said: list[str] = []
        self.question: int | None = None
        self.unlabelled = 0

    def take(self, number: int, line: str) -> None:
        """Take one line: a marker, the beginning of a turn, or more of it."""
        if marker := _MARKER.fullmatch(line):
            self._close()
            self.question = int(marker[1])
            return
        speaker, said = self._labelled(line)
        if speaker is not None and _folded(speaker) != _folded(self._speaker or ""):
            self._close()
            self._speaker = speaker
        if self._speaker is None:
            self.unlabelled += bool(line.strip())
            return
        if not any(self._said):
            self._line, self._said = number, []
        self._said.append(said.strip())

    def end(self) -> tuple[Turn, ...]:
        """Close the last turn."""
        self._close()
        return tuple(self._turns)

    def _labelled(self, line: str) -> tuple[str | None, str]:
        if self._timed:
            if voice := _VOICE.match(line):
                return _plain(voice["name"]), _plain(voice["said"])
            line = _plain(line)
        label = _LABEL.match(line)
        if label and _folded(label["name"]) in self._names:
            return label["name"], label["said"]
        return None, line

    def _close(self) -> None:
        """End the turn; the speaker stays the same until another is named."""
        joint = " " if self._timed else "\n"
        text = re.sub(r"\n{3,}", "\n\n", joint.join(self._said).strip())
        if text and self._speaker is not None:
            self._turns.append(Turn(self._line, self._speaker, text, self.question))
        self._said = []


def _spoken(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Numbers and lines of what was said in WebVTT or SRT, and of markers.

    Before a timing line stand headers, names and numbers of cues, notes and styles.
    """
    in_cue = False
    for at, line in enumerate(lines):
        if not line.strip():
            in_cue = False
        elif _TIMING.match(line):
            in_cue = True
        elif in_cue or _MARKER.fullmatch(line):
            yield at + 1, line


def _plain(text: str) -> str:
    """The text of a cue without its tags."""
    return html.unescape(_TAG.sub("", text)).strip()


def _names(lines: Iterable[str]) -> frozenset[str]:
    """Every label that looks like a name in one line at least, folded."""
    labels = (_LABEL.match(line) for line in lines)
    return frozenset(
        _folded(label["name"]) for label in labels if label and _is_name(label["name"])
    )


def _is_name(words: str) -> bool:
    """Whether a label may be a speaker's: few words, no sentence's beginning."""
    parts = words.split()
    if len(parts) == 1:
        return True
    return len(parts) <= _NAME_WORDS and all(
        not part.lstrip("(")[:1].islower() or part in _PARTICLES for part in parts
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _decoded(raw: bytes, path: Path) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TranscriptError(
            path,
            "byte 0 says UTF-16; save it as UTF-8, "
            f"or convert it: iconv -f UTF-16 -t UTF-8 {path.name} > converted.txt",
        )
    if raw.startswith(b"PK\x03\x04"):
        raise TranscriptError(path, "this is a Word document or a zip; save it as plain text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TranscriptError(
            f"{path}:{line}",
            f"byte {error.start} of the file is not UTF-8; save it as UTF-8, "
            f"or convert it: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > converted.txt",
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise TranscriptError(f"{path}:{line}", "it holds a null character; save it as plain text")
    return text

"""Transcripts: who said what, in three formats, and every way a file can be unusable."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.errors import UsageError
from questionbank.transcript import (
    MAX_BYTES,
    Transcript,
    TranscriptError,
    parse_transcript,
    read_transcript,
)

PLAIN = """\
Call of 3 March

Interviewer: How would you choose?
Ada Lovelace: I would look at two things: cost and quality.
Then I would run a trial.

It need not be long.
INTERVIEWER: Why a trial?
ada lovelace : Because the published score says little.
"""
VTT = """\
WEBVTT - a call
Kind: captions

STYLE
::cue { color: red }

NOTE Question 1

intro
00:00.000 --> 00:04.000 align:start
<v.loud Bob>How would you choose?</v>

00:04.000 --> 00:09.000
<v Ada>I would compare R&amp;D cost</v>

2
00:09.000 --> 00:12.000
<v Ada>and <i>quality</i>.

NOTE
Question 2

01:00:12.000 --> 01:00:15.000
Ada: NOTE that I do not know.
NOTE this is part of it
"""
SRT = """\
1
00:00:00,000 --> 00:00:04,000
Bob: How would you choose?

2
00:00:04,000 --> 00:00:09,000
Ada: By cost,

3
00:00:09,000 --> 00:00:12,000
and by quality.
"""


def said(text: str, speaker: str) -> list[tuple[int, int | None, str]]:
    found = parse_transcript(text, "t.txt").said_by(speaker)
    return [(turn.line, turn.question, turn.text) for turn in found]


def test_plain_text_is_divided_by_labels_and_the_candidate_s_words_are_put_together() -> None:
    whole = (
        "I would look at two things: cost and quality.\nThen I would run a trial.\n\n"
        "It need not be long.\n\nBecause the published score says little."
    )
    assert said(PLAIN, " ada  LOVELACE") == [(4, None, whole)]
    found = parse_transcript(PLAIN, "t.txt")
    assert found.speakers == {"Interviewer": 2, "Ada Lovelace": 2}
    assert found.unlabelled == 1
    assert not found.marked


def test_webvtt_is_read_with_its_voices_notes_and_entities() -> None:
    assert said(VTT, "Ada") == [
        (14, 1, "I would compare R&D cost and quality."),
        (24, 2, "NOTE that I do not know. NOTE this is part of it"),
    ]
    assert said(VTT, "bob") == [(11, 1, "How would you choose?")]


def test_srt_is_read_and_a_caption_without_a_name_goes_on() -> None:
    assert said(SRT, "Ada") == [(7, None, "By cost, and by quality.")]


@pytest.mark.parametrize(
    ("line", "speaker", "text"),
    [
        ("Candidate: yes", "Candidate", "yes"),
        ("candidate:\tyes", "candidate", "yes"),
        ("Speaker 2: yes", "Speaker 2", "yes"),
        ("[00:12:03] Ada: yes", "Ada", "yes"),
        ("Ada (00:12): yes", "Ada", "yes"),
        ("Ludwig van Beethoven: yes", "Ludwig van Beethoven", "yes"),
        ("Зоя Петрова: yes", "Зоя Петрова", "yes"),
        ("面接者\uff1aはい", "面接者", "はい"),
        ("O\u2019Brien: no", "O\u2019Brien", "no"),
        ("O\u2019Brien, no", "", ""),
        ("Two things: cost", "", ""),
        ("See https://example.org", "", ""),
        ("That is all there is to say: nothing", "", ""),
        ("12:30 works", "", ""),
        ("a" * 61 + ": yes", "", ""),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_label_looks_like_a_name(line: str, speaker: str, text: str) -> None:
    found = parse_transcript(f"Bob: well\n{line}\nBob: so", "t.txt")
    others = [turn for turn in found.turns if turn.speaker != "Bob"]
    if speaker:
        assert [(turn.speaker, turn.text) for turn in others] == [(speaker, text)]
    else:
        assert others == []
        assert line in found.turns[0].text


@pytest.mark.parametrize(
    "marker", ["Question 2", "## Question 2", "[question 2]", "QUESTION 2:", "NOTE Question 2"]
)
def test_a_line_says_which_question_is_answered_from_there_on(marker: str) -> None:
    text = f"Ada: Hello.\nQuestion 1\nAda: One.\n{marker}\nBob: And?\nAda: Two.\n\nThree.\n"
    assert said(text, "Ada") == [(3, 1, "One."), (6, 2, "Two.\n\nThree.")]


def test_nobody_of_that_name_lists_who_is_there() -> None:
    with pytest.raises(UsageError, match="nobody is called 'Eve'; there are: Interviewer, Ada"):
        said(PLAIN, "Eve")


def test_a_speaker_who_is_silent_after_the_first_marker_is_no_answer() -> None:
    with pytest.raises(UsageError, match="Ada says nothing after"):
        said("Ada: Hello.\nQuestion 1\nBob: And?\n", "Ada")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "t.txt: it is empty"),
        (b" \n\n", "t.txt: it is empty"),
        (b"\n\nno labels at all\n", "t.txt:3: no line says who speaks"),
        (b"Ada:\n\n", "t.txt:1: no line says who speaks"),
        (b"Bob: a\nAda: caf\xe9\n", "t.txt:2: byte 15 of the file is not UTF-8"),
        ("Ada: a".encode("utf-16"), "t.txt: byte 0 says UTF-16; save it as UTF-8"),
        (b"PK\x03\x04rest", "t.txt: this is a Word document"),
        (b"Ada: a\nb\0c", "t.txt:2: it holds a null character"),
        (b"Ada: " + b"a" * MAX_BYTES, "t.txt: 5,000,005 bytes; 5,000,000 at most"),
    ],
    ids=range(9),
)
def test_what_cannot_be_read_is_told_with_its_place(raw: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(raw)
    with pytest.raises(TranscriptError) as caught:
        read_transcript(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_no_transcripts(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(TranscriptError, match="there is no such file"):
            read_transcript(path)


def test_a_file_that_may_not_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "t.txt"
    path.write_text("Ada: a")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(TranscriptError, match="cannot be read: Permission denied"):
        read_transcript(path)


def test_a_byte_order_mark_and_any_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(b"\xef\xbb\xbfBob: a\r\nAda: b\r\rc\r\n")
    found = read_transcript(path)
    assert [(turn.line, turn.text) for turn in found.turns] == [(1, "a"), (2, "b\n\nc")]


@given(st.text(alphabet="aB:\n \t<>/vNOTE-0.,&;[]#é", max_size=300))
def test_any_text_is_read_or_refused_and_no_turn_is_empty(text: str) -> None:
    try:
        found = parse_transcript(text, "t.txt")
    except TranscriptError:
        return
    assert isinstance(found, Transcript)
    assert all(turn.text.strip() and turn.speaker.strip() for turn in found.turns)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert all(1 <= turn.line <= len(lines) for turn in found.turns)

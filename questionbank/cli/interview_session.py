"""Carries an interview through for whoever leads it: shows, takes down, suggests, keeps at once."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from questionbank.attempt import Answer
from questionbank.cli.answering import recordable
from questionbank.cli.autosave import Autosave
from questionbank.cli.draft_keeping import earlier_draft, kept_while_typed
from questionbank.cli.interview_advice import Advisor
from questionbank.cli.interview_lines import Lines
from questionbank.cli.interview_sitting import Sitting
from questionbank.cli.interview_view import (
    OPENING,
    anchors_view,
    points_view,
    purpose,
    transcript_view,
)
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text
from questionbank.drafts import DraftFile
from questionbank.errors import FormatError, QuestionbankError, StoreError, UsageError
from questionbank.interview import (
    Back,
    Ended,
    Event,
    ExtraTime,
    HeardPiece,
    Next,
    Noted,
    Paused,
    Probed,
    Resumed,
    Skipped,
    Transcribed,
)
from questionbank.interview_event import Heard
from questionbank.packet import Packet
from questionbank.transcript import Transcript, read_transcript

WORDS = """\
Type what the candidate says; each line is kept at once.
A line that begins with / is for you:
  /next                closes the answer and goes on; first it shows what is still missing
  /skip  /back         leave a question open, or return to one
  /pause  /resume      the clock stands, or runs again
  /suggest             what the machine makes of the answer so far
  /points  /anchors    the points with their follow-ups; what a 1, 3 and 5 sound like
  /probe POINT         the follow-up of a point, by number or id, recorded as asked
  /note TEXT           a private note
  /paste               several lines as one piece, up to a line that holds only a dot
  /transcript FILE     the candidate's words from a file; /speaker NAME says who that is
  /extra MINUTES WHY   more time for a candidate who is entitled to it
  /script              the question and its purpose once more
  /end                 closes the interview
An answer that itself begins with / is typed with two of them."""
_MOVES: dict[str, Event] = {
    "skip": Skipped(),
    "back": Back(),
    "pause": Paused(),
    "resume": Resumed(),
    "end": Ended(),
}
PASTE_END = "."
_PAUSE = timedelta(seconds=0.3)
"""Between two drafts of a long paste."""
_CANDIDATE = "candidate"
"""Who the candidate is in a transcript if nobody says otherwise."""


class InterviewSession:
    """One sitting, led by a person.

    Args:
        screen: where everything is shown.
        sitting: takes the steps.
        packet: what is asked, and what for.
        lines: where the interviewer's lines come from.
        advisor: suggests verdicts; None to judge without.
        speaker: the candidate's name in transcripts.
    """

    def __init__(
        self,
        screen: Screen,
        sitting: Sitting,
        packet: Packet,
        lines: Lines,
        advisor: Advisor | None,
        speaker: str | None = None,
    ) -> None:
        self._screen = screen
        self.sitting = sitting
        self._packet = packet
        self._lines = lines
        self._advisor = advisor
        self._speaker = speaker
        self._pasting: list[str] | None = None
        self._saved = sitting.now()
        self._late = False
        self._words: dict[str, Callable[[str], None]] = {
            "next": lambda _: self._next(),
            "note": self._note,
            "extra": self._extra,
            "points": lambda _: self._points(),
            "anchors": self._anchors,
            "probe": self._probe,
            "suggest": lambda _: self._suggest(),
            "paste": lambda _: self._begin_paste(),
            "transcript": lambda name: self.transcribe(read_transcript(Path(name).expanduser())),
            "speaker": self._name_speaker,
            "script": lambda _: self.show(),
        }

    # Showing

    def open(self) -> None:
        """Say how it goes and put the present question on screen; catch up on suggestions."""
        if self.sitting.earlier is None:
            self._screen.show(OPENING, "")
        self._screen.show(WORDS, "")
        self.show()
        if self._advisor and self._advisor.waiting:
            self._advisor.catch_up()

    def show(self) -> None:
        """Put the present question on screen, below the time."""
        state, instance = self.sitting.state, self.sitting.instance
        late = state.left(self.sitting.now()) < timedelta()
        self._screen.show("", Text(self.sitting.time(), style="bold red" if late else "bold"))
        if instance is None:
            waiting = ", ".join(str(number + 1) for number in state.open)
            rest = f"; without an answer: {waiting} (/back to return)" if waiting else ""
            self._screen.show(f"All questions are through{rest}. /end closes the interview.")
            return
        at, total = state.position, len(self.sitting.instances)
        self._screen.show(purpose(self._packet, instance), "Read it out as it stands:", "")
        self._screen.show(*question_view(self._screen, instance, at, total))
        if at in state.answered:
            self._screen.show("This answer is closed.")
        if said := state.answer(at):
            self._screen.show("So far was said:", said)

    def status(self) -> str:
        """What stands below the prompt."""
        state = self.sitting.state
        at = "all through" if state.through else f"question {state.position + 1}"
        pasting = f"pasting: end with {PASTE_END}" if self._pasting is not None else ""
        grader = self._advisor.status() if self._advisor else ""
        return " · ".join(filter(None, [self.sitting.time(), at, pasting, grader]))

    # Going on

    def run(self, drafts: DraftFile) -> None:
        """Go on line by line until the interview ends.

        Args:
            drafts: keeps the line that is being typed.

        Raises:
            EOFError: the input ended before the interview; all of it is kept.
            KeyboardInterrupt: the person stops; all of it is kept.
            StoreError: the record cannot be written; the last line is kept as a draft.
        """
        text = self._unkept(drafts)
        while not self.sitting.state.ended:
            line = self._read(drafts, text)
            text = ""
            if line is None:
                self._end_paste()
                raise EOFError
            try:
                self._line(line)
            except (ValueError, FormatError, UsageError) as error:
                self._screen.note(f"not done: {error}")
                # Where a line can be edited, what was refused is there to be mended.
                text = "" if self._screen.plain or not self._is_text(line) else line
            except QuestionbankError:
                self._keep(drafts, line)
                raise
            self._settle(drafts)
            self._mention_time()
        drafts.discard()

    def _read(self, drafts: DraftFile, text: str) -> str | None:
        """Get the next line; it and a paste it belongs to are safe at all times."""
        at, before = self.sitting.state.position, self._pasting or []

        def save(newest: str) -> None:
            drafts.save(at, "\n".join([*before, newest]), 0.0)

        def read(autosave: Autosave) -> str | None:
            try:
                return self._lines.read(text, autosave)
            except KeyboardInterrupt:
                if before and autosave.newest is None:
                    autosave.changed("")
                raise

        line = kept_while_typed(save, self._screen, read)
        return None if line is None else recordable(line)

    def _unkept(self, drafts: DraftFile) -> str:
        """What was typed and not kept when the program was stopped."""
        draft = earlier_draft(drafts, self._screen)
        heard = {piece for _, piece in self.sitting.state.heard}
        return draft.text if draft and draft.text.strip() and draft.text not in heard else ""

    def _keep(self, drafts: DraftFile, line: str) -> None:
        """Save what could not be recorded; show it if even that fails."""
        pasted = self._pasting or []
        whole = "\n".join(pasted if pasted and line == PASTE_END else [*pasted, line])
        try:
            drafts.save(self.sitting.state.position, whole, 0.0)
        except StoreError as error:
            self._screen.error(str(error))
            self._screen.show("What is not kept, to copy it from here:", whole)
        else:
            self._screen.note(f"The last line is not on record yet; it is kept in {drafts.path}")

    def _settle(self, drafts: DraftFile) -> None:
        """A finished line needs no draft; a paste that goes on does, now and then."""
        if self._pasting is None:
            drafts.discard()
        elif self.sitting.now() - self._saved > _PAUSE:
            with suppress(StoreError):  # tried again with the next line
                drafts.save(self.sitting.state.position, "\n".join(self._pasting), 0.0)
            self._saved = self.sitting.now()

    def _mention_time(self) -> None:
        """Say it once when the time is over."""
        late = self.sitting.state.left(self.sitting.now()) < timedelta()
        if late and not self._late and not self.sitting.state.ended:
            self._screen.note("The time is over. Go on, or /end; /extra gives more with a reason.")
        self._late = late

    def _is_text(self, line: str) -> bool:
        return self._pasting is not None or "\n" in line or not line.startswith("/")

    def _line(self, line: str) -> None:
        if self._pasting is not None:
            if line == PASTE_END:
                self._end_paste()
            else:
                self._pasting.append(line)
            return
        if self._is_text(line) or line.startswith("//"):
            if "\n" in line:
                self.do(HeardPiece(line, Heard.PASTED))
            elif line.strip():
                self.do(HeardPiece(line.removeprefix("/")))
            return
        word, _, rest = line[1:].strip().partition(" ")
        if word in _MOVES:
            self.do(_MOVES[word])
        elif word in self._words:
            self._words[word](rest.strip())
        else:
            self._screen.show(WORDS)

    def do(self, event: Event) -> None:
        """Take one step, suggest verdicts on what it closed, and show what is on screen then.

        Raises:
            ValueError: the event cannot happen now.
            StoreError: it cannot be written.
        """
        before = self.sitting.state.position
        entries = self.sitting.do(event)
        for entry in entries:
            if isinstance(entry, Answer) and self._advisor:
                self._advisor.closed(entry, self._asked(entry.position))
        if self.sitting.state.position != before:
            self.show()
        elif isinstance(event, Paused | Resumed | ExtraTime):
            self._screen.show(self.sitting.time())

    def _asked(self, position: int) -> Collection[str]:
        return {point for at, point in self.sitting.state.probed if at == position}

    # Words

    def _next(self) -> None:
        state = self.sitting.state
        at = state.position
        closing = not state.through and at not in state.answered and state.answer(at)
        if closing and self._advisor and self._lines.interactive:
            asked = self._asked(at)
            if self._advisor.lacks(at, state.answer(at), asked):
                self._screen.show(
                    "Ask a follow-up with /probe and take down what is said, "
                    "or /next once more to close the answer."
                )
                return
        self.do(Next())

    def _suggest(self) -> None:
        state = self.sitting.state
        if self._advisor is None:
            raise ValueError("suggestions are off; leave out --no-suggestions to have them")
        if state.through or not state.answer(state.position):
            raise ValueError("nothing was said yet")
        at = state.position
        self._advisor.look(at, state.answer(at), self._asked(at))

    def _note(self, text: str) -> None:
        if not text:
            raise ValueError("write /note and the note")
        self.do(Noted(text))

    def _extra(self, words: str) -> None:
        minutes, _, why = words.partition(" ")
        if not minutes.isdecimal():
            raise ValueError("write /extra, whole minutes and why")
        self.do(ExtraTime(float(minutes), why.strip()))

    def _points(self) -> None:
        if self.sitting.instance is None:
            raise ValueError("all questions are through")
        asked = self._asked(self.sitting.state.position)
        self._screen.show(*points_view(self.sitting.instance, asked))

    def _anchors(self, name: str) -> None:
        rubric = self.sitting.instance.rubric if self.sitting.instance else None
        points = list(enumerate(rubric.points, start=1)) if rubric else []
        self._screen.show(*anchors_view([points[self._number(name)]] if name else points))

    def _probe(self, name: str) -> None:
        number = self._number(name)
        rubric = self.sitting.instance.rubric if self.sitting.instance else None
        if rubric is not None:
            point = rubric.points[number]
            self.do(Probed(point.id))
            self._screen.show(f"Ask: {point.probe}")

    def _number(self, name: str) -> int:
        """Index of a point named by its number, from 1, or its id."""
        rubric = self.sitting.instance.rubric if self.sitting.instance else None
        ids = [point.id for point in rubric.points] if rubric else []
        if name in ids:
            return ids.index(name)
        if not name.isdecimal() or not 1 <= int(name) <= len(ids):
            if not ids:
                raise ValueError("there are no points here")
            raise ValueError(
                f"name a point by its id or a number from 1 to {len(ids)}; see /points"
            )
        return int(name) - 1

    def _begin_paste(self) -> None:
        self._pasting = []
        self._screen.show(f"Paste now; a line that holds only {PASTE_END!r} ends it.")

    def _end_paste(self) -> None:
        pasted, self._pasting = "\n".join(self._pasting or ()), None
        if pasted.strip():
            try:
                self.do(HeardPiece(pasted, Heard.PASTED))
            except QuestionbankError:
                self._pasting = pasted.split("\n")
                raise
            self._screen.show(f"Taken down: {len(pasted.split())} words.")

    def _name_speaker(self, name: str) -> None:
        if not name:
            raise ValueError("write /speaker and the candidate's name in the transcript")
        self._speaker = name

    def transcribe(self, said: Transcript) -> None:
        """Take down the candidate's words of a transcript.

        Raises:
            UsageError: it does not say who the candidate is.
            ValueError: it answers a question that is closed or not there.
        """
        speaker = the_candidate(said, self._speaker)
        turns = said.said_by(speaker)
        if self.sitting.instance is None and not said.marked:
            raise ValueError("all questions are through; go back to the one it answers")
        here = self.sitting.state.position
        pieces = tuple(
            (here if turn.question is None else turn.question - 1, turn.text) for turn in turns
        )
        self.do(Transcribed(pieces))
        self._screen.show(*transcript_view(said, speaker, turns))


def the_candidate(said: Transcript, *names: str | None) -> str:
    """Who of the speakers the candidate is.

    Args:
        said: the transcript.
        names: what the candidate may be called; the first that is given counts.

    Raises:
        UsageError: nobody said, and none is called Candidate.
    """
    given = next((name for name in names if name), None)
    if given is not None:
        return given
    there = {name.casefold(): name for name in said.speakers}
    if _CANDIDATE not in there:
        raise UsageError(
            f"{said.shown}: who is the candidate? Name one of: {', '.join(said.speakers)} "
            "(--speaker NAME, or /speaker NAME)"
        )
    return there[_CANDIDATE]

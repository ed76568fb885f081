"""`questionbank interview candidate`: the candidate alone, with the questions and nothing else."""

import sys
from pathlib import Path

import click

from questionbank.cli import interview_sitting, options
from questionbank.cli.answering import AnswerSource, PlainAnswers, recordable
from questionbank.cli.autosave import Autosave
from questionbank.cli.context import Context
from questionbank.cli.draft_keeping import earlier_draft, kept_while_typed
from questionbank.cli.ending import ending_decently
from questionbank.cli.interview_sitting import Sitting, begin, carry_on, given_extra, go_on
from questionbank.cli.question_view import question_view
from questionbank.cli.render import Screen, Text
from questionbank.drafts import DraftFile
from questionbank.errors import StoreError, UsageError
from questionbank.instance import Instance
from questionbank.interview import Back, Ended, HeardPiece, Next, Skipped
from questionbank.packet_source import read_packet


@click.command(
    epilog="""\b
Keys while you answer in your own words:
  Enter              a new line
  Ctrl-D, Esc Enter  submit; twice with nothing typed leaves the question open
  Ctrl-X Ctrl-E      go on in your own editor (VISUAL or EDITOR)
  Ctrl-C             stop, and come back with --resume

\b
A number or a choice is submitted with Enter. What you leave open comes once
more at the end. With --plain you type line by line; a line that holds only a
dot, or Ctrl-D, submits.

\b
Examples:
  questionbank interview candidate packet.yaml
  questionbank interview candidate packet.yaml --candidate heron --plain
  questionbank interview candidate packet.yaml --resume 3f9a"""
)
@click.argument("packet", metavar="PACKET", type=click.Path(path_type=Path))
@click.option(
    "--candidate",
    metavar="NAME",
    help="A name or pseudonym, kept apart from the record and shown nowhere by itself.",
)
@click.option("--resume", metavar="ID", help="Go on with an interview that was interrupted.")
@interview_sitting.extra_time
@interview_sitting.extra_time_reason
@options.bank
@options.db
@options.plain
def command(
    packet: Path,
    candidate: str | None,
    resume: str | None,
    extra_time: int | None,
    extra_time_reason: str | None,
    bank_folders: tuple[str, ...],
    db: str | None,
    plain: bool,
) -> int:
    """Answer the questions of an interview, alone at the terminal.

    Only the questions and what belongs to them are shown: no points, no weights, no grades.
    Answers are on disk when they are submitted, drafts while you type.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db)
    planned = read_packet(packet)
    if candidate is not None and resume is not None:
        raise UsageError("--resume goes on with the interview as it was begun; leave out the name")
    extra = given_extra(extra_time, extra_time_reason)
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "interview candidate needs a terminal; with answers from a file use `interview run`"
        )
    with context.store() as store, ending_decently():
        if resume is not None:
            sitting = go_on(context, store, planned, resume)
        else:
            sitting = begin(context, store, planned, candidate, None)
        if extra:
            sitting.do(extra)
        session = CandidateSession(context.screen, sitting, _source(context, sitting))
        code = carry_on(
            context,
            sitting,
            f"questionbank interview candidate {packet}",
            lambda: session.run(DraftFile(context.data, sitting.state.attempt.id)),
        )
    if not code:
        context.screen.show("That was all. Your answers are kept; thank you.")
    return code


class CandidateSession:
    """One sitting of a candidate.

    Args:
        screen: where the questions are shown.
        sitting: takes the steps.
        source: where answers come from.
    """

    def __init__(self, screen: Screen, sitting: Sitting, source: AnswerSource) -> None:
        self._screen = screen
        self._sitting = sitting
        self._source = source

    def run(self, drafts: DraftFile) -> None:
        """Ask everything once, what was left open once more, and close the interview.

        Args:
            drafts: keeps the answer that is being typed.

        Raises:
            KeyboardInterrupt: the person stops; all is kept.
            EOFError: the terminal is gone; all is kept.
            StoreError: the record cannot be written; the answer is kept as a draft.
        """
        found = earlier_draft(drafts, self._screen)
        texts = {found.position: found.text} if found else {}
        while not self._sitting.state.through:
            self._ask(drafts, texts)
        if left := self._sitting.state.open:
            numbers = ", ".join(str(at + 1) for at in left)
            self._screen.show(f"You left open: {numbers}. Each comes once more; submit to go on.")
        for at in left:
            while self._sitting.state.position > at:
                self._sitting.do(Back())
            while self._sitting.state.position < at:
                self._sitting.do(Skipped())
            while self._sitting.state.position == at:
                self._ask(drafts, texts)
        self._sitting.do(Ended())
        drafts.discard()

    def _ask(self, drafts: DraftFile, texts: dict[int, str]) -> None:
        """Ask the present question and go on to the next."""
        sitting = self._sitting
        at, instance = sitting.state.position, sitting.instance
        if instance is None:
            raise ValueError("all questions are through")
        if at in sitting.state.answered or sitting.state.answer(at):
            sitting.do(Next())  # kept, but interrupted before it was closed
            return
        self._source.forget_keys()
        self._screen.show("", Text(sitting.time(), style="bold"))
        self._screen.show(*question_view(self._screen, instance, at, len(sitting.instances)))
        text = self._answer(drafts, instance, texts.pop(at, ""))
        try:
            if text.strip():
                sitting.do(HeardPiece(text))
                sitting.do(Next())
            else:
                sitting.do(Skipped())
        except ValueError as error:  # too long to be kept
            self._screen.error(f"{error}; shorten it and submit once more")
            texts[at] = text
            return
        except StoreError:
            self._keep(drafts, at, text)
            raise
        drafts.discard()

    def _answer(self, drafts: DraftFile, instance: Instance, text: str) -> str:
        """Get the answer, its draft safe at all times."""
        at = self._sitting.state.position

        def save(newest: str) -> None:
            drafts.save(at, newest, 0.0)

        def ask(autosave: Autosave) -> str:
            return recordable(self._source.ask(instance, text, autosave))

        return kept_while_typed(save, self._screen, ask)

    def _keep(self, drafts: DraftFile, at: int, text: str) -> None:
        """Save an answer that could not be recorded; show it if even that fails."""
        if not text.strip():
            return
        try:
            drafts.save(at, text, 0.0)
        except StoreError as error:
            self._screen.error(str(error))
            self._screen.show("Your answer, to copy it from here:", text)
        else:
            self._screen.note(f"Your answer is not on record yet; it is kept in {drafts.path}")


def _source(context: Context, sitting: Sitting) -> AnswerSource:
    """Where a candidate types: the same place as in a quiz, with the time left beside it."""

    def seconds() -> float:
        return sitting.state.on_step(sitting.state.position, sitting.now()).total_seconds()

    def left() -> str:
        minutes = sitting.state.left(sitting.now()).total_seconds() / 60
        return f"{int(minutes)} min left" if minutes >= 0 else f"over time by {int(-minutes)} min"

    if context.screen.plain:
        from questionbank.cli.typed_lines import TypedLines

        return PlainAnswers(context.screen, TypedLines(sys.stdin, context.screen), seconds)
    from questionbank.cli.editor import EditorAnswers
    from questionbank.cli.keyboard import Keyboard

    return EditorAnswers(context.screen, seconds, left, context.environ, Keyboard(sys.stdin))

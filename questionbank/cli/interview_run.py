"""`questionbank interview run`: one question at a time, every word on record at once."""

from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.loading import GraderSettings
from questionbank.cli import interview_sitting, options
from questionbank.cli.context import Context
from questionbank.cli.ending import Terminated, ending_decently
from questionbank.cli.interview_advice import Advisor
from questionbank.cli.interview_lines import Lines, lines_from
from questionbank.cli.interview_session import InterviewSession, the_candidate
from questionbank.cli.interview_sitting import Sitting, begin, carry_on, given_extra, go_on
from questionbank.cli.lazy_grader import LazyGrader
from questionbank.drafts import DraftFile
from questionbank.errors import UsageError
from questionbank.packet_source import read_packet
from questionbank.suggesting import without_suggestion
from questionbank.transcript import Transcript, read_transcript

if TYPE_CHECKING:
    from questionbank.store import Store


@click.command(
    epilog="""\b
You type what the candidate says, line by line, or paste it: a paste at the
prompt is one piece. What begins with / is for you; /help lists the words.
Input may come from a file or a pipe as well; then /next closes at once.

\b
A transcript is text with a label before each turn (`Name: …`), WebVTT
(`<v Name>`) or SRT, in UTF-8. Only the turns of --speaker are taken down. All of
them answer the question on screen, unless lines such as `Question 2` (in WebVTT
also `NOTE Question 2`) say where the answer to each question begins.

\b
What the machine suggests is advice; whoever rates decides.

\b
Examples:
  questionbank interview run packet.yaml --candidate heron
  questionbank interview run packet.yaml --resume 3f9a
  questionbank interview run packet.yaml --candidate heron --no-suggestions
  questionbank interview run packet.yaml --candidate heron \\
    --transcript call.vtt --speaker "Ada Lovelace"
  questionbank interview run packet.yaml --candidate heron \\
    --extra-time 10 --extra-time-reason "dyslexia allowance\""""
)
@click.argument("packet", metavar="PACKET", type=click.Path(path_type=Path))
@click.option(
    "--candidate",
    metavar="NAME",
    help="A name or pseudonym, kept apart from the record and shown nowhere by itself.",
)
@click.option("--author", metavar="NAME", help="Who interviews; kept as personal text.")
@click.option("--resume", metavar="ID", help="Go on with an interview that was interrupted.")
@click.option(
    "--transcript",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take the candidate's words from a transcript first, then go on as usual.",
)
@click.option(
    "--speaker",
    metavar="NAME",
    help="The candidate's label in transcripts; everybody else is not graded. [default: Candidate]",
)
@click.option(
    "--no-suggestions", is_flag=True, help="Judge without the machine; no model is loaded."
)
@interview_sitting.extra_time
@interview_sitting.extra_time_reason
@options.bank
@options.db
@options.model
@options.plain
def command(
    packet: Path,
    candidate: str | None,
    author: str | None,
    resume: str | None,
    transcript: Path | None,
    speaker: str | None,
    no_suggestions: bool,
    extra_time: int | None,
    extra_time_reason: str | None,
    bank_folders: tuple[str, ...],
    db: str | None,
    grading: GraderSettings,
    plain: bool,
) -> int:
    """Lead an interview by a packet: script, answers, follow-ups, notes, time.

    Every line is on record as soon as it is typed. After Ctrl-C or a crash `--resume` goes on at
    the same question.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db, grading=grading)
    planned = read_packet(packet)
    if (candidate is None) == (resume is None):
        raise UsageError("give --candidate NAME to begin, or --resume ID to go on")
    extra = given_extra(extra_time, extra_time_reason)
    said = read_transcript(transcript) if transcript else None
    if said is not None:  # before anything is on record
        said.said_by(the_candidate(said, speaker))
    with context.store() as store, ending_decently():
        if resume is not None:
            sitting = go_on(context, store, planned, resume)
        else:
            sitting = begin(context, store, planned, candidate, author)
        if extra:
            sitting.do(extra)
        loading = (
            nullcontext() if no_suggestions else closing(LazyGrader(context, sitting.instances))
        )
        with loading as grader:
            lines = lines_from(context.screen, lambda: session.status())
            advisor = _advisor(context, sitting, store, grader, lines) if grader else None
            session = InterviewSession(context.screen, sitting, planned, lines, advisor, speaker)
            code = carry_on(
                context,
                sitting,
                f"questionbank interview run {packet}",
                lambda: _lead(session, said, DraftFile(context.data, sitting.state.attempt.id)),
            )
            return code or _conclude(context, sitting, advisor)


def _lead(session: InterviewSession, said: Transcript | None, drafts: DraftFile) -> None:
    session.open()
    if said is not None:
        try:
            session.transcribe(said)
        except ValueError as error:
            raise UsageError(f"{said.shown}: {error}") from error
    session.run(drafts)


def _advisor(
    context: Context, sitting: Sitting, store: "Store", grader: LazyGrader, lines: Lines
) -> Advisor:
    advisor = Advisor(
        context.screen,
        sitting.instances,
        grader,
        store,
        context.now,
        context.package_version,
        patient=not lines.interactive,
    )
    if sitting.earlier:
        advisor.waiting = list(without_suggestion(sitting.earlier))
    return advisor


def _conclude(context: Context, sitting: Sitting, advisor: Advisor | None) -> int:
    """Make the suggestions that are missing, and say where to go on."""
    context.screen.show(f"Interview {sitting.name} is over; all of it is kept.")
    code = 0
    if advisor and advisor.waiting:
        try:
            advisor.catch_up(wait=True)
        except KeyboardInterrupt as end:
            code = end.exit_code if isinstance(end, Terminated) else 130
        if advisor.waiting:
            count = len(advisor.waiting)
            answers = "answer has" if count == 1 else "answers have"
            context.screen.note(f"{count} {answers} no suggestion yet.")
            code = code or 3
    context.screen.show(f"Rate it with: questionbank interview rate {sitting.name}")
    return code

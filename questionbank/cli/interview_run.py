"""`questionbank interview run`: one question at a time, every word on record at once."""

import secrets
import sys
from pathlib import Path

import click

from questionbank.attempt import Attempt, AttemptKind
from questionbank.cli import options
from questionbank.cli.context import Context
from questionbank.cli.ending import Terminated, ending_decently
from questionbank.cli.interview_session import WORDS, InterviewSession
from questionbank.document import documents_of, instances_of
from questionbank.errors import UsageError
from questionbank.git_history import GitHistory
from questionbank.interview import Begun, InterviewState, Paused, Resumed, restore
from questionbank.interview_event import EventKind
from questionbank.packet_source import read_packet
from questionbank.pinned import instances_of_packet


@click.command(
    epilog="""\b
Examples:
  questionbank interview run packet.yaml --candidate heron
  questionbank interview run packet.yaml --resume 3f9a"""
)
@click.argument("packet", metavar="PACKET", type=click.Path(path_type=Path))
@click.option(
    "--candidate",
    metavar="NAME",
    help="A name or pseudonym, kept apart from the record and shown nowhere by itself.",
)
@click.option("--author", metavar="NAME", help="Who interviews; kept as personal text.")
@click.option("--resume", metavar="ID", help="Go on with an interview that was interrupted.")
@options.bank
@options.db
@options.plain
def command(
    packet: Path,
    candidate: str | None,
    author: str | None,
    resume: str | None,
    bank_folders: tuple[str, ...],
    db: str | None,
    plain: bool,
) -> int:
    """Lead an interview by a packet, line by line; input may come from a file as well.

    After Ctrl-C or a crash `--resume` goes on at the same question.
    """
    context = Context(plain=plain, bank_folders=bank_folders, db=db)
    planned = read_packet(packet)
    if (candidate is None) == (resume is None):
        raise UsageError("give --candidate NAME to begin, or --resume ID to go on")
    with context.store() as store, ending_decently():
        if resume is not None:
            record = store.attempt(resume)
            begun = next((one for one in record.events if one.kind is EventKind.BEGUN), None)
            if begun is None or begun.packet != planned.content_hash:
                raise UsageError(f"interview {resume} was not begun with this packet")
            if record.finished:
                raise UsageError(f"interview {resume} is over")
            steps = instances_of(record.attempt, store.document)
            state = restore(record, planned.minutes)
            session = InterviewSession(context.screen, steps, state, store, context.now)
            session.do(Resumed())
        else:
            git = GitHistory(context.bank.roots).documents
            found = instances_of_packet(planned, context.bank, git=git, documents=store.documents)
            attempt = Attempt(
                id=secrets.token_hex(16),
                kind=AttemptKind.INTERVIEW,
                started=context.now(),
                steps=tuple(one.step for one in found),
                seed=planned.seed,
            )
            store.append_attempt(attempt, documents_of(found))
            state = InterviewState(attempt, planned.minutes)
            session = InterviewSession(context.screen, found, state, store, context.now)
            pseudonym = f"candidate-{secrets.token_hex(3)}"
            session.do(Begun(planned.content_hash, pseudonym, candidate, author))
            context.screen.show(f"Interview {attempt.id[:8]} with {pseudonym}.")
        name = session.state.attempt.id[:8]
        context.screen.show(WORDS)
        session.show()
        try:
            session.run(_next_line)
        except (KeyboardInterrupt, EOFError) as end:
            if not session.state.paused:
                session.do(Paused())  # so that the time until here counts
            context.screen.note(
                f"Stopped; all of it is kept. Go on with: questionbank interview run {packet} "
                f"--resume {name}"
            )
            return end.exit_code if isinstance(end, Terminated) else 130
        context.screen.show(f"Interview {name} is over; all of it is kept.")
    return 0


def _next_line() -> str | None:
    if not sys.stdin:
        return None
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None

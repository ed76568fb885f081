"""One sitting of an interview: begun or gone on with, every step of it on record at once."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import click

from questionbank.attempt import Answer, Attempt, AttemptKind, AttemptRecord, FinishedAttempt
from questionbank.cli.context import Context
from questionbank.cli.ending import Terminated
from questionbank.cli.interview_view import time_line
from questionbank.document import documents_of, instances_of
from questionbank.errors import QuestionbankError, UsageError
from questionbank.git_history import GitHistory
from questionbank.instance import Instance
from questionbank.interview import (
    MAX_EXTRA,
    Begun,
    Entry,
    Event,
    ExtraTime,
    InterviewState,
    Paused,
    Resumed,
    advance,
    restore,
)
from questionbank.interview_event import EventKind
from questionbank.packet import Packet
from questionbank.pinned import instances_of_packet

if TYPE_CHECKING:
    from questionbank.store import Store


extra_time = click.option(
    "--extra-time",
    type=click.IntRange(1, MAX_EXTRA),
    metavar="MINUTES",
    help="More time for a candidate who is entitled to it; recorded with its reason.",
)
extra_time_reason = click.option(
    "--extra-time-reason", metavar="TEXT", help="Why; kept as personal text."
)


class Sitting:
    """Takes steps and keeps what comes of them.

    Args:
        instances: one for each step of the attempt.
        state: where the interview stands.
        store: where everything is appended.
        now: the time, UTC.
        earlier: what earlier sittings left; None for the first.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        state: InterviewState,
        store: "Store",
        now: Callable[[], datetime],
        earlier: AttemptRecord | None = None,
    ) -> None:
        self.instances = instances
        self.state = state
        self.store = store
        self.now = now
        self.earlier = earlier

    @property
    def name(self) -> str:
        """The beginning of the attempt's id."""
        return self.state.attempt.id[:8]

    @property
    def instance(self) -> Instance | None:
        """What is on screen; None if all questions are through."""
        return None if self.state.through else self.instances[self.state.position]

    def do(self, event: Event) -> tuple[Entry, ...]:
        """Take one step and keep what comes of it.

        Returns:
            What was appended.

        Raises:
            ValueError: the event cannot happen now.
            UsageError: the interview goes on in another window.
            StoreError: it cannot be written; the state is as before.
        """
        state, entries = advance(self.state, event, self.now())
        for entry in entries:
            if isinstance(entry, Answer):
                self.store.append_answer(entry)
            elif isinstance(entry, FinishedAttempt):
                self.store.finish(entry)
            else:
                self.store.append_event(entry)
        self.state = state
        return entries

    def time(self) -> str:
        """Time spent and left, in words."""
        about = self.instance.question.minutes if self.instance else None
        return time_line(self.state, self.now(), about)


def begin(
    context: Context, store: "Store", packet: Packet, name: str | None, author: str | None
) -> Sitting:
    """Begin an interview on its first question.

    Args:
        context: has the bank.
        store: where it is kept.
        packet: what is asked.
        name: the candidate's, kept as personal text; None to keep none.
        author: who leads it.

    Raises:
        UsageError: a text that the packet pins is not to be found.
        StoreError: it cannot be written.
    """
    git = GitHistory(context.bank.roots).documents
    found = instances_of_packet(packet, context.bank, git=git, documents=store.documents)
    attempt = Attempt(
        id=secrets.token_hex(16),
        kind=AttemptKind.INTERVIEW,
        started=context.now(),
        steps=tuple(one.step for one in found),
        seed=packet.seed,
    )
    store.append_packet(packet)
    store.append_attempt(attempt, documents_of(found))
    sitting = Sitting(found, InterviewState(attempt, packet.minutes), store, context.now)
    pseudonym = f"candidate-{secrets.token_hex(3)}"
    sitting.do(Begun(packet.content_hash, pseudonym, name, author))
    context.screen.show(f"Interview {sitting.name} with {pseudonym}.")
    return sitting


def go_on(context: Context, store: "Store", packet: Packet, name: str) -> Sitting:
    """Go on with an interview that was interrupted, at the same question, with the same texts.

    Args:
        context: has the clock.
        store: where it is kept.
        packet: what it was begun with.
        name: its id, or the beginning of it.

    Raises:
        UsageError: there is none, it is over, or was begun with another packet.
        StoreError: it cannot be read or written.
    """
    record = store.attempt(name)
    begun = next((one for one in record.events if one.kind is EventKind.BEGUN), None)
    if begun is None or begun.packet != packet.content_hash:
        raise UsageError(f"interview {name} was not begun with this packet")
    if record.finished:
        raise UsageError(f"interview {name} is over")
    steps = instances_of(record.attempt, store.document)
    sitting = Sitting(steps, restore(record, packet.minutes), store, context.now, record)
    sitting.do(Resumed())
    context.screen.show(f"Going on with interview {sitting.name}.")
    return sitting


def given_extra(minutes: int | None, reason: str | None) -> ExtraTime | None:
    """The extra time that the options give.

    Raises:
        UsageError: one of the two is missing.
    """
    if minutes is None and reason is None:
        return None
    if minutes is None or not (reason or "").strip():
        raise UsageError("--extra-time needs --extra-time-reason, and the reason the minutes")
    return ExtraTime(float(minutes), (reason or "").strip())


def carry_on(context: Context, sitting: Sitting, words: str, run: Callable[[], None]) -> int:
    """Run a sitting until it ends, in whatever way.

    Args:
        context: has the screen.
        sitting: the sitting.
        words: the command that goes on, without `--resume`.
        run: carries it through.

    Returns:
        The exit code so far: 0, or that of an interruption.

    Raises:
        QuestionbankError: as `run`; how to go on is said.
    """
    again = f"Go on with: {words} --resume {sitting.name}"
    code = 0
    try:
        try:
            run()
        except (KeyboardInterrupt, EOFError) as end:
            code = end.exit_code if isinstance(end, Terminated) else 130
            if not sitting.state.paused:
                sitting.do(Paused())  # so that the time until here counts
    except QuestionbankError:
        _rescue(context, sitting)
        context.screen.note(f"Stopped at question {sitting.state.position + 1}. {again}")
        raise
    if code:
        over = f"Interview {sitting.name} is over; all of it is kept."
        with suppress(OSError):  # where the terminal has gone, nobody can be told
            context.screen.note(over if sitting.state.ended else f"Stopped; all is kept. {again}")
    return code


def _rescue(context: Context, sitting: Sitting) -> None:
    """Keep what is on record where the record's file was taken away."""
    number, target = 1, context.data / f"rescued-{sitting.name}.db"
    while target.exists():  # of an earlier time
        number += 1
        target = target.with_name(f"rescued-{sitting.name}-{number}.db")
    try:
        if sitting.store.rescue(target):
            context.screen.note(
                f"The record as it was is in {target}; put it back in its place, "
                f"or go on with --db {target}"
            )
    except QuestionbankError as error:
        context.screen.note(f"The record could not be rescued: {error}")

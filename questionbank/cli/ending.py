"""Ends a command decently when the system asks it to, but never amid what must be whole."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_REQUESTS = (signal.SIGTERM, signal.SIGHUP)
_SLOW_TO_END = frozenset({"torch", "openvino"})
"""Libraries that take up to some seconds to tidy up a process that has done its work."""


class Terminated(KeyboardInterrupt):
    """The system asks the program to end, as a person does with Ctrl-C.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.exit_code = 128 + number
        """The exit code shells use for it."""


@contextmanager
def ending_decently() -> Iterator[None]:
    """Raise `Terminated` in the main thread when asked to end; once, for these come in twos."""

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        for one in _REQUESTS:
            signal.signal(one, _pass_by)
        raise Terminated(number)

    before = {number: signal.getsignal(number) for number in _REQUESTS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # started by nohup: a closed terminal is no reason
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed(notice: Callable[[], None] = lambda: None) -> Iterator[Sequence[int]]:
    """Put off Ctrl-C and requests to end until the block is left; then they take their course.

    Args:
        notice: called when one comes; it may hasten the end of the block, and must not raise.

    Yields:
        The signals that have come so far.
    """
    came: list[int] = []

    def put_off(number: int, frame: FrameType | None) -> None:
        del frame
        came.append(number)
        notice()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_REQUESTS)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, put_off)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def leave(code: int) -> NoReturn:
    """End the process, at once if it computed: all is written by now, and nothing left to save.

    A thread that still computes what nobody waits for any more ends with it.

    Args:
        code: the exit code.
    """
    if _SLOW_TO_END & sys.modules.keys():
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:  # where the shell has closed it
                    stream.flush()
        except (OSError, ValueError):
            sys.exit(code)  # whoever read it has gone, which Python says in its own way
        os._exit(code)
    sys.exit(code)


def _pass_by(number: int, frame: FrameType | None) -> None:
    """Do nothing: unlike SIG_IGN, also with a signal that is under way already."""

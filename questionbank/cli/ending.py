"""Ends a command decently when the system asks it to, and lets nothing disturb the last writes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_REQUESTS = (signal.SIGTERM, signal.SIGHUP)


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
            signal.signal(one, signal.SIG_IGN)
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
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C and requests to end pass by; for the short time that the last writes take."""
    numbers = (signal.SIGINT, *_REQUESTS)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

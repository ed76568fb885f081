"""Where the lines of whoever leads an interview come from: a prompt, plain keys, or a file."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from questionbank.cli.answering import recordable
from questionbank.cli.render import Screen

if TYPE_CHECKING:
    from prompt_toolkit.input import Input

    from questionbank.cli.autosave import Autosave
    from questionbank.cli.typed_lines import TypedLines


class Lines(Protocol):
    """Gives one line after the other."""

    interactive: bool
    """Whether somebody is there to read and to go on."""

    def read(self, draft: str, autosave: "Autosave") -> str | None:
        """Get the next line.

        Args:
            draft: what was typed in an earlier sitting and not kept.
            autosave: takes what is typed.

        Returns:
            The line without its end, or a whole paste with line ends in it; None at the end.

        Raises:
            EOFError: the terminal is gone.
            KeyboardInterrupt: Ctrl-C.
        """
        ...


class PipedLines:
    """Lines from a file or a program.

    Args:
        stream: standard input; None where the shell has closed it.
    """

    interactive = False

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def read(self, draft: str, autosave: "Autosave") -> str | None:
        """Read a line; bytes that are no UTF-8 become U+FFFD."""
        del draft, autosave
        line = self._stream.buffer.readline() if self._stream else b""
        return line.decode("utf-8", "replace").rstrip("\r\n") if line else None


class PlainLines:
    """Lines typed with nothing redrawn.

    Args:
        keyboard: gives the keys.
        screen: says what is there from before.
    """

    interactive = True

    def __init__(self, keyboard: "TypedLines", screen: Screen) -> None:
        self._keyboard = keyboard
        self._screen = screen

    def read(self, draft: str, autosave: "Autosave") -> str | None:
        """Read a line; an empty one takes the draft."""
        if draft:
            self._screen.show(
                "Typed before and not kept yet:", draft, "Press Enter to keep it, or type it anew."
            )
        line = self._keyboard.read(autosave.changed)
        return line if line is None else recordable(line or draft)


class PromptLines:
    """Lines typed at a prompt with editing keys, a paste as one piece, and the time below.

    Args:
        keyboard: where keys come from.
        status: what stands below the prompt.
    """

    interactive = True

    def __init__(self, keyboard: "Input", status: Callable[[], str]) -> None:
        self._keyboard = keyboard
        self._status = status

    def read(self, draft: str, autosave: "Autosave") -> str | None:
        """Let the person edit a line until Enter."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.buffer import Buffer

        from questionbank.cli.editor import STYLE, run_prompt

        def message() -> str:
            return f"NOT SAVED: {autosave.trouble}\n> " if autosave.trouble else "> "

        session: PromptSession[str] = PromptSession(
            input=self._keyboard,
            message=message,
            bottom_toolbar=lambda: f" {self._status()}",
            refresh_interval=1.0,
            style=STYLE,
            enable_suspend=True,
            include_default_pygments_style=False,
        )
        # A terminal that does not say where its cursor is gets no toolbar; no need to scold it.
        session.app.renderer.cpr_not_supported_callback = None

        def remember(buffer: Buffer) -> None:
            autosave.changed(recordable(buffer.text))

        session.default_buffer.on_text_changed += remember
        try:
            return recordable(run_prompt(session, draft))
        except EOFError:  # Ctrl-D where nothing is typed
            return None


def lines_from(screen: Screen, status: Callable[[], str]) -> Lines:
    """What suits the place where the program runs.

    Args:
        screen: decides between prompt and plain keys.
        status: what stands below a prompt.
    """
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        return PipedLines(sys.stdin)
    if screen.plain:
        from questionbank.cli.typed_lines import TypedLines

        return PlainLines(TypedLines(sys.stdin, screen), screen)
    from questionbank.cli.keyboard import Keyboard

    return PromptLines(Keyboard(sys.stdin), status)

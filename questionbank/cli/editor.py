"""The editor in the terminal: several lines, editing keys, paste, $EDITOR, word count and clock."""

import termios
from collections.abc import Callable, Mapping
from contextlib import suppress
from textwrap import wrap
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style

from questionbank.cli.answering import Clock, recordable
from questionbank.cli.ending import undisturbed
from questionbank.cli.external_editor import EditorTroubleError, write_elsewhere
from questionbank.cli.question_view import how_to_answer
from questionbank.cli.render import Screen
from questionbank.instance import Instance
from questionbank.question import OpenTask

if TYPE_CHECKING:
    from questionbank.cli.autosave import Autosave

STYLE = Style.from_dict({"bottom-toolbar": "noreverse", "bottom-toolbar.text": "noreverse"})
_HINT = (
    "Enter: new line · Ctrl-D or Esc then Enter: submit · "
    "Ctrl-X then Ctrl-E: your $EDITOR · Ctrl-C: stop, come back later"
)


class EditorAnswers:
    """Answers typed in a terminal.

    Args:
        screen: where hints go.
        clock: seconds on the present question.
        status: a few words on the grader; nothing if there is nothing to say.
        environ: says which editor the person likes.
        keyboard: where keys come from.
    """

    interactive = True

    def __init__(
        self,
        screen: Screen,
        clock: Clock,
        status: Callable[[], str],
        environ: Mapping[str, str],
        keyboard: Input,
    ) -> None:
        self._screen = screen
        self._clock = clock
        self._status = status
        self._environ = environ
        self._keyboard = keyboard
        self._skip_warned = False
        self._editor_trouble = ""

    def forget_keys(self) -> None:
        """Drop what was typed before the next question came on screen."""
        clear_typeahead(self._keyboard)
        with suppress(termios.error):  # the terminal may be gone; the editor will notice
            termios.tcflush(self._keyboard.fileno(), termios.TCIFLUSH)

    def ask(self, instance: Instance, draft: str, autosave: "Autosave") -> str:
        """Let the person edit until they submit."""
        several_lines = isinstance(instance.task, OpenTask)
        self._skip_warned = False
        self._editor_trouble = ""
        self._screen.show(how_to_answer(instance))
        if several_lines:
            self._screen.show(_HINT)
        session: PromptSession[str] = PromptSession(
            input=self._keyboard,
            message=lambda: self._prompt(autosave),
            multiline=several_lines,
            key_bindings=self._keys(several_lines),
            bottom_toolbar=self._toolbar,
            prompt_continuation="  ",
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
        return recordable(run_prompt(session, draft))

    def _keys(self, several_lines: bool) -> KeyBindings:
        keys = KeyBindings()

        def submit(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if not buffer.text.strip() and not self._skip_warned:
                self._skip_warned = True
                return
            buffer.validate_and_handle()

        def break_line(event: KeyPressEvent) -> None:
            event.current_buffer.insert_text("\n")

        keys.add("c-d")(submit)
        if several_lines:
            keys.add("escape", "enter")(submit)
            keys.add("enter")(break_line)
            keys.add("c-x", "c-e")(self._elsewhere)
        else:
            keys.add("enter")(submit)
        return keys

    async def _elsewhere(self, event: KeyPressEvent) -> None:
        """Go on writing in the person's own editor."""
        buffer = event.current_buffer
        try:
            text = await run_in_terminal(
                lambda: write_elsewhere(recordable(buffer.text), self._environ), in_executor=True
            )
        except EditorTroubleError as error:
            self._editor_trouble = str(error)
            return
        self._editor_trouble = ""
        buffer.document = Document(text, len(text))

    def _prompt(self, autosave: "Autosave") -> FormattedText:
        """The prompt, below what the person must not miss, toolbar or not."""
        warnings = []
        if autosave.trouble:
            warnings.append(f"DRAFT NOT SAVED: {autosave.trouble}")
        if self._editor_trouble:
            warnings.append(f"Nothing came back from the editor: {self._editor_trouble}")
        if self._skip_warned and not get_app().current_buffer.text.strip():
            warnings.append("Nothing typed: submit once more to skip this question.")
        width = get_app().output.get_size().columns
        lines = [line for one in warnings for line in wrap(one, max(1, width - 1))]
        return FormattedText([*(("bold", f"{line}\n") for line in lines), ("", "> ")])

    def _toolbar(self) -> FormattedText:
        words = len(get_app().current_buffer.text.split())
        minutes, seconds = divmod(int(self._clock()), 60)
        parts = [f"{words} {'word' if words == 1 else 'words'}", f"{minutes}:{seconds:02d}"]
        return FormattedText([("", " " + " · ".join([*parts, *filter(None, [self._status()])]))])


def run_prompt(session: PromptSession[str], draft: str) -> str:
    """Run the editor; a request to end closes it in its own time and takes its course then."""
    app = session.app

    def leave() -> None:
        if app.future and not app.future.done():
            app.exit(exception=KeyboardInterrupt())

    def leave_soon() -> None:
        if app.loop:
            app.loop.call_soon_threadsafe(leave)

    with undisturbed(leave_soon) as came:
        # What comes before there is a loop is seen when it starts.
        return session.prompt(default=draft, pre_run=lambda: leave() if came else None)

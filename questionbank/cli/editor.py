"""The editor in the terminal: several lines, editing keys, paste, $EDITOR, word count and clock."""

from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.styles import Style

from questionbank.cli.answering import Clock, Ready
from questionbank.cli.question_view import how_to_answer
from questionbank.cli.render import Screen
from questionbank.instance import Instance
from questionbank.question import OpenTask

if TYPE_CHECKING:
    from questionbank.cli.autosave import Autosave

_STYLE = Style.from_dict({"bottom-toolbar": "noreverse", "bottom-toolbar.text": "noreverse"})


class EditorAnswers:
    """Answers typed in a terminal.

    Args:
        screen: where hints go.
        clock: seconds on the present question.
        ready: whether the model is loaded.
    """

    def __init__(self, screen: Screen, clock: Clock, ready: Ready) -> None:
        self._screen = screen
        self._clock = clock
        self._ready = ready
        self._skip_warned = False

    def ask(self, instance: Instance, draft: str, autosave: "Autosave | None") -> str:
        """Let the person edit until they submit."""
        several_lines = isinstance(instance.task, OpenTask)
        self._skip_warned = False
        self._screen.show(how_to_answer(instance))
        if several_lines:
            self._screen.show(
                "Enter: new line · Ctrl-D or Esc then Enter: submit · "
                "Ctrl-X then Ctrl-E: your $EDITOR · Ctrl-C: stop, come back later"
            )
        session: PromptSession[str] = PromptSession(
            multiline=several_lines,
            key_bindings=self._keys(several_lines),
            bottom_toolbar=lambda: self._toolbar(autosave),
            prompt_continuation="  ",
            refresh_interval=1.0,
            style=_STYLE,
            tempfile_suffix=".md",
            enable_open_in_editor=several_lines,
            include_default_pygments_style=False,
        )

        def remember(buffer: Buffer) -> None:
            if autosave:
                autosave.changed(buffer.text)

        session.default_buffer.on_text_changed += remember
        return session.prompt("> ", default=draft)

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
        else:
            keys.add("enter")(submit)
        return keys

    def _toolbar(self, autosave: "Autosave | None") -> FormattedText:
        buffer = get_app().current_buffer
        words = len(buffer.text.split())
        minutes, seconds = divmod(int(self._clock()), 60)
        parts = [f" {words} {'word' if words == 1 else 'words'}", f"{minutes}:{seconds:02d}"]
        parts.append("grader ready" if self._ready() else "grader loading")
        if autosave and autosave.trouble:
            parts.append(f"DRAFT NOT SAVED: {autosave.trouble}")
        if self._skip_warned and not buffer.text.strip():
            parts.append("nothing typed: submit once more to skip this question")
        return FormattedText([("", " · ".join(parts))])

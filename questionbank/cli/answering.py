"""Where answers come from: an editor in the terminal, plain lines, or a file."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from questionbank.cli.question_view import how_to_answer
from questionbank.cli.render import Screen
from questionbank.instance import Instance
from questionbank.question import OpenTask

if TYPE_CHECKING:
    from questionbank.cli.autosave import Autosave
    from questionbank.cli.typed_lines import TypedLines

Clock = Callable[[], float]
"""Seconds on the present question."""

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that do not stand for an undecodable byte."""


def recordable(text: str) -> str:
    """Make any text one that can be encoded: what is no character becomes U+FFFD.

    Args:
        text: as a terminal or an editor gave it, undecodable bytes as surrogates; those that are
            UTF-8 after all (typed under a locale that knows ASCII only) become characters.
    """
    whole = _NO_BYTE.sub("\ufffd", text)
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class AnswerSource(Protocol):
    """Gets one answer at a time."""

    interactive: bool
    """Whether somebody is there to be asked again."""

    def forget_keys(self) -> None:
        """Drop what was typed before the next question came on screen."""
        ...

    def ask(self, instance: Instance, draft: str, autosave: "Autosave") -> str:
        """Get the answer to a question that is on screen.

        Args:
            instance: the question.
            draft: what was typed in an earlier sitting.
            autosave: takes what is typed.

        Returns:
            The answer; blank to skip.

        Raises:
            KeyboardInterrupt: the person wants to stop and come back.
            EOFError: the terminal is gone.
        """
        ...


class FileAnswers:
    """Answers read from a file beforehand.

    Args:
        answers: by `question_id` or `question_id#part`.
        screen: says which question has no answer.
    """

    interactive = False

    def __init__(self, answers: Mapping[str, str], screen: Screen) -> None:
        self._answers = answers
        self._screen = screen

    def forget_keys(self) -> None:
        """Nobody types."""

    def ask(self, instance: Instance, draft: str, autosave: "Autosave") -> str:
        """Look the answer up; a question without one is skipped aloud."""
        del draft, autosave
        if instance.key not in self._answers:
            self._screen.note(f"no answer to {instance.key} in the file; skipped")
        return self._answers.get(instance.key, "")


class PlainAnswers:
    """Answers typed line by line, with nothing redrawn.

    Args:
        screen: where to.
        keyboard: gives the lines.
        clock: seconds on the present question.
    """

    interactive = True
    END = "."

    def __init__(self, screen: Screen, keyboard: "TypedLines", clock: Clock) -> None:
        self._screen = screen
        self._keyboard = keyboard
        self._clock = clock

    def forget_keys(self) -> None:
        """Drop what was typed before the next question came on screen."""
        self._keyboard.forget()

    def ask(self, instance: Instance, draft: str, autosave: "Autosave") -> str:
        """Read lines up to a line with a single dot, or one line for closed questions."""
        self._screen.show(how_to_answer(instance))
        several_lines = isinstance(instance.task, OpenTask)
        read = self._several if several_lines else self._one
        answer = read(draft, autosave)
        if not answer.strip():
            again = "a dot" if several_lines else "Enter"
            self._screen.show(f"Nothing typed. Give {again} once more to skip this question.")
            answer = read("", autosave)
        if several_lines:
            self._screen.show(_measure(answer, self._clock()))
        return answer

    def _one(self, draft: str, autosave: "Autosave") -> str:
        if draft:
            self._screen.show(
                "So far you have written:", draft, "Press Enter to submit that, or type it anew."
            )
        else:
            self._screen.show(
                "Type the answer and press Enter. Ctrl-C to stop and come back later."
            )
        return self._keyboard.read(autosave.changed) or draft

    def _several(self, draft: str, autosave: "Autosave") -> str:
        lines = draft.split("\n") if draft else []
        self._screen.show(
            "Type your answer. End with a line that holds only a dot. "
            "Ctrl-C to stop and come back later."
        )
        if draft:
            self._screen.show("So far you have written:", draft, "Go on below.")
        while True:
            line = self._keyboard.read(lambda line: autosave.changed("\n".join([*lines, line])))
            if line is None or line == self.END:
                return "\n".join(lines)
            lines.append(line)


def _measure(answer: str, seconds: float) -> str:
    """How much was written in which time, to be read aloud."""
    words = len(answer.split())
    minutes, rest = divmod(int(seconds), 60)
    return f"{words} {'word' if words == 1 else 'words'} in {minutes} min {rest} s."

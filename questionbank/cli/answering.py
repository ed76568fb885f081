"""Where answers come from: an editor in the terminal, plain lines, or a file."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from questionbank.cli.question_view import how_to_answer
from questionbank.cli.render import Screen
from questionbank.instance import Instance
from questionbank.question import OpenTask

if TYPE_CHECKING:
    from questionbank.cli.autosave import Autosave

Clock = Callable[[], float]
"""Seconds on the present question."""
Ready = Callable[[], bool]
"""Whether the model is loaded."""


class AnswerSource(Protocol):
    """Gets one answer at a time."""

    def ask(self, instance: Instance, draft: str, autosave: "Autosave | None") -> str:
        """Get the answer to a question that is on screen.

        Args:
            instance: the question.
            draft: what was typed in an earlier sitting.
            autosave: takes what is typed; None if nothing needs to be kept.

        Returns:
            The answer; blank to skip.

        Raises:
            KeyboardInterrupt: the person wants to stop and come back.
        """
        ...


class FileAnswers:
    """Answers read from a file beforehand.

    Args:
        answers: by `question_id` or `question_id#part`.
        screen: says which question has no answer.
    """

    def __init__(self, answers: Mapping[str, str], screen: Screen) -> None:
        self._answers = answers
        self._screen = screen

    def ask(self, instance: Instance, draft: str, autosave: "Autosave | None") -> str:
        """Look the answer up; a question without one is skipped aloud."""
        del draft, autosave
        if instance.key not in self._answers:
            self._screen.note(f"no answer to {instance.key} in the file; skipped")
        return self._answers.get(instance.key, "")


class PlainAnswers:
    """Answers typed line by line, with nothing redrawn.

    Args:
        screen: where to.
    """

    END = "."

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def ask(self, instance: Instance, draft: str, autosave: "Autosave | None") -> str:
        """Read lines up to a line with a single dot, or one line for closed questions."""
        self._screen.show(how_to_answer(instance))
        lines = draft.split("\n") if draft else []
        if not isinstance(instance.task, OpenTask):
            self._screen.show(
                "Type the answer and press Enter. Ctrl-C to stop and come back later."
            )
            line = sys.stdin.readline()
            return line.rstrip("\n")
        self._screen.show(
            "Type your answer. End with a line that holds only a dot. "
            "Ctrl-C to stop and come back later."
        )
        if draft:
            self._screen.show("So far you have written:", draft, "Go on below.")
        while line := sys.stdin.readline():
            if line.rstrip("\r\n") == self.END:
                break
            lines.append(line.rstrip("\r\n"))
            if autosave:
                autosave.changed("\n".join(lines))
        return "\n".join(lines)

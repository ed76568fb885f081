"""What tests of interviews share: a grader of words in this process, lines written beforehand."""

from collections.abc import Callable, Sequence

from commands import StubEncoder, stub_calibration

from grader.engine import Grader
from grader.errors import GraderError, ModelMissingError
from grader.grade import Grade
from grader.request import GradeRequest
from questionbank.cli.autosave import Autosave


class WordGrader:
    """Takes the place of the background process."""

    def __init__(self) -> None:
        self._grader = Grader(StubEncoder(), stub_calibration())
        self.ready = True
        self.failure: GraderError | None = None
        self.asked: list[str] = []
        self.closed = False

    def break_down(self) -> None:
        """From now on there is no model."""
        self.ready, self.failure = False, ModelMissingError("all-MiniLM-L6-v2", "install it")

    def grade(self, request: GradeRequest, timeout: float | None = None) -> Grade:
        self.asked.append(request.answer)
        if self.failure:
            raise self.failure
        return self._grader.grade(request.answer, request.rubric, request.question)

    def close(self) -> None:
        self.closed = True


Reply = str | None | BaseException | Callable[[Autosave], str | None]


class WrittenLines:
    """Lines that somebody types, written down beforehand."""

    def __init__(self, replies: Sequence[Reply], *, interactive: bool = True) -> None:
        self.interactive = interactive
        self._replies = list(replies)
        self.drafts: list[str] = []

    def read(self, draft: str, autosave: Autosave) -> str | None:
        self.drafts.append(draft)
        reply = self._replies.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return reply(autosave) if callable(reply) else reply

"""Where a rubric's point was written: in the rubric's file, or in one that several share."""

from typing import NamedTuple

from questionbank.bank import Bank
from questionbank.errors import Problem
from questionbank.origin import Origin
from questionbank.yaml_reader import Path, YamlDocument


class Place(NamedTuple):
    """A value in a file."""

    origin: Origin
    document: YamlDocument
    path: Path

    def problem(self, path: Path, code: str, message: str) -> Problem:
        """Something wrong with a value below this one."""
        return Problem(self.origin.shown, self.document.line((*self.path, *path)), code, message)


def point_place(bank: Bank, rubric_id: str, point_id: str) -> Place:
    """Find the file and path of a point.

    Raises:
        KeyError: there is no such rubric or point.
    """
    rubric = bank.rubrics[rubric_id]
    pin = rubric.point(point_id).pin
    if pin is not None:
        origin, shared = bank.point_files[pin.partition("@")[0]]
        return Place(origin, shared.document, ())
    origin, file = bank.rubric_files[rubric_id]
    number = [point.id for point in rubric.points].index(point_id)
    return Place(origin, file.document, ("points", number))


def question_place(bank: Bank, question_id: str) -> Place:
    """Find the file of a question.

    Raises:
        KeyError: there is no such question.
    """
    origin, file = bank.question_files[question_id]
    return Place(origin, file.document, ())

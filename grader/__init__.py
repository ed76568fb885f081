"""Text and rubric in, grade out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.engine import Grader
    from grader.grade import Grade
    from grader.rubric import Point, Rubric
    from grader.verdict import Verdict

__all__ = ["Grade", "Grader", "Point", "Rubric", "Verdict"]

_HOMES = {
    "Grade": "grader.grade",
    "Grader": "grader.engine",
    "Point": "grader.rubric",
    "Rubric": "grader.rubric",
    "Verdict": "grader.verdict",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    # On first use, so that importing the package brings in neither numpy nor torch.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

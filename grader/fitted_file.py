"""Fitted numbers in a JSON file with a format number, read and checked."""

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from grader.errors import CalibrationError

M = TypeVar("M", bound=BaseModel)


def read_fitted(path: Path, model: type[M], newest: int, remedy: str, kind: str | None = None) -> M:
    """Read a file of fitted numbers.

    Args:
        path: a JSON file.
        model: what it holds.
        newest: format number up to which it can be read.
        remedy: what to do about a file that cannot.
        kind: what its `kind` has to be; None if it has none.

    Raises:
        CalibrationError: it is missing, unreadable, broken, or of a newer format.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"it cannot be read ({error.strerror}); {remedy}"
        raise CalibrationError(str(path), reason) from error
    except ValueError as error:
        raise CalibrationError(str(path), f"it is not JSON; {remedy}") from error
    known = content if isinstance(content, dict) else {}
    if kind is not None and known.get("kind") != kind:
        raise CalibrationError(str(path), f"it was not made by calibrate; {remedy}")
    version = known.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise CalibrationError(str(path), f"it has no format number; {remedy}")
    if version > newest:
        reason = f"it is of format {version}, this version reads up to {newest}; upgrade"
        raise CalibrationError(str(path), reason)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "whole"
        raise CalibrationError(str(path), f"{where}: {first['msg']}; {remedy}") from error

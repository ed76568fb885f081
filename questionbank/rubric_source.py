"""One YAML file and one rubric, or one shared point that several rubrics pin."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import Field, TypeAdapter

from grader.rubric import FORMAT, Point, Record, Rubric, SemanticVersion
from questionbank.errors import Problem
from questionbank.validation import open_document, validate
from questionbank.yaml_reader import Path, YamlDocument, read_yaml


class SharedPoint(Point):
    """A point in a file of its own, with a version, for several rubrics."""

    format: int = FORMAT
    version: SemanticVersion

    def content(self) -> dict[str, Any]:
        """Everything a person can see, as a JSON value without the version."""
        return self.model_dump(mode="json", exclude={"format", "version"})

    def structure(self) -> dict[str, Any]:
        """Only what changes scores."""
        keep = {"id", "weight", "description", "exemplars", "counterexamples"}
        return self.model_dump(mode="json", include=keep)

    def as_point(self, weight: float | None) -> Point:
        """The point as it stands in a rubric that pins it."""
        data = self.model_dump(exclude={"format", "version", "pin"}, by_alias=True)
        if weight is not None:
            data["weight"] = weight
        return Point(**data, pin=f"{self.id}@{self.version}")


class _Pin(Record):
    """What a rubric writes in place of a shared point."""

    use: str
    weight: float | None = Field(default=None, gt=0, le=100)


_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RUBRIC: TypeAdapter[Rubric] = TypeAdapter(Rubric)
_POINT: TypeAdapter[SharedPoint] = TypeAdapter(SharedPoint)


@dataclass(frozen=True)
class RubricFile:
    """What a rubric file held."""

    rubric: Rubric | None
    """None if something is wrong with it."""
    document: YamlDocument
    pins: tuple[tuple[int, str], ...]
    """(line, `id@version`) of each shared point it uses."""
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class PointFile:
    """What a shared point's file held."""

    point: SharedPoint | None
    document: YamlDocument
    problems: tuple[Problem, ...]


def read_point(text: str, shown: str) -> PointFile:
    """Read one shared point.

    Args:
        text: the whole file.
        shown: how problems name the file.
    """
    document = read_yaml(text, shown)
    data, problems = open_document(document, FORMAT, shown)
    if data is None:
        return PointFile(None, document, problems)
    checked = validate(_POINT, document, data, shown)
    found = (*problems, *_written_pin(data, (), document, shown), *checked.problems)
    return PointFile(None if found else checked.record, document, found)


def read_rubric(text: str, shown: str, shared: dict[str, SharedPoint]) -> RubricFile:
    """Read one rubric and put the shared points it pins in their places.

    Args:
        text: the whole file.
        shown: how problems name the file.
        shared: shared points by id.

    Returns:
        The rubric if it is sound, its pins, and every problem found in one go.
    """
    document = read_yaml(text, shown)
    data, problems = open_document(document, FORMAT, shown)
    if data is None:
        return RubricFile(None, document, (), problems)
    pins: list[tuple[int, str]] = []
    missing: list[Problem] = []
    if isinstance(data.get("points"), list):
        points = []
        for number, point in enumerate(data["points"]):
            if isinstance(point, dict) and "use" in point:
                line = document.line(("points", number, "use"))
                pins.append((line, str(point["use"])))
                point = _resolve_pin(point, line, shown, shared, missing)
            else:
                missing += _written_pin(point, ("points", number), document, shown)
            points.append(point)
        data["points"] = points
    checked = validate(_RUBRIC, document, data, shown)
    found = (*problems, *missing, *checked.problems)
    if checked.record is not None and not missing:
        found = (*found, *_unknown_points(checked.record, document, shown))
    return RubricFile(None if found else checked.record, document, tuple(pins), found)


def _written_pin(
    point: Any,  # noqa: ANN401 - a JSON value
    path: Path,
    document: YamlDocument,
    shown: str,
) -> list[Problem]:
    """A pin says where a point came from; only reading `use` may set it."""
    if not isinstance(point, dict) or "pin" not in point:
        return []
    message = "pin is not a key; write `use: id@version` in place of the point"
    return [Problem(shown, document.line((*path, "pin")), "unknown-key", message)]


def _stand_in(name: str) -> dict[str, Any]:
    """What takes the place of a shared point that is not there, so that the rest is checked."""
    texts = dict.fromkeys(("title", "description", "probe"), name)
    feedback = {"met": name, "missed": name}
    return {"id": name, **texts, "exemplars": [name], "feedback": feedback}


def _resolve_pin(
    point: dict[str, Any],
    line: int,
    shown: str,
    shared: dict[str, SharedPoint],
    missing: list[Problem],
) -> Any:  # noqa: ANN401 - a JSON value
    try:
        pin = _Pin.model_validate(point, strict=True)
    except ValueError:
        message = "write `use: id@version` and, if you like, a `weight` above 0; nothing else"
        missing.append(Problem(shown, line, "wrong-type", message))
        return _stand_in(_pinned_id(point["use"], line))
    name, _, version = pin.use.partition("@")
    found = shared.get(name)
    if found is None:
        message = f"there is no shared point {name!r} in rubrics/points"
        missing.append(Problem(shown, line, "missing-point", message))
        return _stand_in(_pinned_id(name, line))
    if found.version != version:
        message = (
            f"{pin.use} is pinned, but rubrics/points has {found.version}; "
            "run `questionbank release` to take it over"
        )
        missing.append(Problem(shown, line, "stale-pin", message))
        return _stand_in(name)
    return found.as_point(pin.weight).model_dump(mode="json")


def _pinned_id(written: object, line: int) -> str:
    """The point a pin means, or a sound id in its place if it names none."""
    name = str(written).partition("@")[0]
    return name if _SLUG.fullmatch(name) else f"unreadable-pin-{line}"


def _unknown_points(rubric: Rubric, document: YamlDocument, shown: str) -> tuple[Problem, ...]:
    """Graded examples must judge every point, and no other."""
    known = {point.id for point in rubric.points}
    problems = []
    for number, example in enumerate(rubric.examples):
        for name in sorted(set(example.verdicts) - known):
            line = document.line(("examples", number, "verdicts", name))
            message = f"example {example.id}: there is no point {name!r}"
            problems.append(Problem(shown, line, "unknown-point", message))
        for name in sorted(known - set(example.verdicts)):
            line = document.line(("examples", number, "verdicts"))
            message = f"example {example.id}: add a verdict on {name!r}"
            problems.append(Problem(shown, line, "missing-verdict", message))
    return tuple(problems)


def write_rubric(rubric: Rubric) -> str:
    """Write a rubric as a YAML file that reads back as the same rubric.

    Raises:
        ValueError: the text would read back as another rubric.
    """
    from questionbank.yaml_writer import dump_yaml

    data = rubric.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    text = dump_yaml({"format": rubric.format, **data})
    if read_rubric(text, rubric.id, {}).rubric != rubric:
        raise ValueError(f"{rubric.id} cannot be written as YAML and read back")
    return text

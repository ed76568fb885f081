"""JSON: the whole bank in one object with a format number, or a candidate's items."""

import json
from typing import Any

from questionbank.exports.item import Build
from questionbank.exports.package import Package

FORMAT = 1
"""The format number this version writes and the newest it reads."""
TYPE = "questionbank"
"""What the object says it is."""


def write(package: Package) -> bytes:
    """Write the package as JSON, indented, in UTF-8."""
    data: dict[str, Any] = {"type": TYPE, "format": FORMAT, "for": package.build.value}
    if package.build is Build.CANDIDATE:
        data["seed"] = package.seed
        data["items"] = [
            item.model_dump(mode="json", exclude_defaults=True, exclude={"line"})
            for item in package.items
        ]
    else:
        data |= whole(package)
    return (json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def whole(package: Package) -> dict[str, Any]:
    """Questions, rubrics and the shared points that the rubrics pin."""
    rubrics = {name: rubric for entry in package.entries for name, rubric in entry.rubrics.items()}
    pinned = {
        point.pin.partition("@")[0]
        for rubric in rubrics.values()
        for point in rubric.points
        if point.pin
    }
    return {
        "seed": package.seed,
        "questions": [
            entry.question.model_dump(mode="json", exclude_none=True) for entry in package.entries
        ],
        "rubrics": [
            rubric.model_dump(mode="json", exclude_none=True)
            for _, rubric in sorted(rubrics.items())
        ],
        "points": [
            point.model_dump(mode="json", exclude_none=True)
            for name, point in sorted(package.shared.items())
            if name in pinned
        ],
    }

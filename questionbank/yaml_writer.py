"""Writes YAML that `yaml_reader` reads back as the same value."""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from questionbank.yaml_reader import read_yaml


def dump_yaml(data: dict[str, Any]) -> str:
    """Write a mapping in its own order.

    Args:
        data: JSON values.

    Returns:
        YAML text, one trailing line end.

    Raises:
        ValueError: the text would read back as another value.
    """
    yaml = YAML()
    yaml.width = 4096
    stream = io.StringIO()
    yaml.dump(_dress(data), stream)
    text = stream.getvalue()
    back = read_yaml(text, "")
    if back.problems or back.data != data:
        raise ValueError("this text cannot be written as YAML and read back")
    return text


def _dress(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Quote what plain YAML would misread, and write long texts as blocks."""
    if isinstance(value, dict):
        return {key: _dress(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dress(item) for item in value]
    if isinstance(value, str):
        if "\n" in value and _survives_as_block(value):
            return LiteralScalarString(value)
        if read_yaml(f"- {value}\n", "").data != [value] or " " in value:
            return DoubleQuotedScalarString(value)
    return value


def _survives_as_block(text: str) -> bool:
    """Whether a text comes back from `|` as it was; if not, it is quoted."""
    stream = io.StringIO()
    YAML().dump([LiteralScalarString(text)], stream)
    return bool(read_yaml(stream.getvalue(), "").data == [text])

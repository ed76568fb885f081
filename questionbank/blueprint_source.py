"""One YAML file and one blueprint."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from questionbank.blueprint import FORMAT, Blueprint
from questionbank.errors import Problem
from questionbank.validation import open_document, validate
from questionbank.yaml_reader import YamlDocument, read_yaml

_BLUEPRINT: TypeAdapter[Blueprint] = TypeAdapter(Blueprint)


@dataclass(frozen=True)
class BlueprintFile:
    """What a blueprint's file held."""

    blueprint: Blueprint | None
    """None if something is wrong with it."""
    document: YamlDocument
    problems: tuple[Problem, ...]


def read_blueprint(text: str, shown: str) -> BlueprintFile:
    """Read one blueprint.

    Args:
        text: the whole file.
        shown: how problems name the file.
    """
    document = read_yaml(text, shown)
    data, problems = open_document(document, FORMAT, shown)
    if data is None:
        return BlueprintFile(None, document, problems)
    checked = validate(_BLUEPRINT, document, data, shown)
    found = (*problems, *checked.problems)
    return BlueprintFile(None if found else checked.record, document, found)


def write_blueprint(blueprint: Blueprint) -> str:
    """Write a blueprint as a YAML file that reads back as the same blueprint.

    Raises:
        ValueError: the text would read back as another blueprint.
    """
    from questionbank.yaml_writer import dump_yaml

    data = blueprint.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    text = dump_yaml({"format": blueprint.format, **data})
    if read_blueprint(text, blueprint.id).blueprint != blueprint:
        raise ValueError(f"{blueprint.id} cannot be written as YAML and read back")
    return text

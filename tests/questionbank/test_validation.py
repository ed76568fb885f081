from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from questionbank.question import QUESTION
from questionbank.validation import check_format, open_document, validate
from questionbank.yaml_reader import read_yaml


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = Field(ge=1)


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=5)
    few: tuple[int, ...] = Field(default=(), max_length=2)
    code: str = Field(default="a", pattern="^a+$")
    inner: Inner | None = None
    by_name: dict[str, Inner] = {}


def lines_of(text: str, kind: TypeAdapter[Any]) -> list[str]:
    document = read_yaml(text, "f")
    return [str(p) for p in validate(kind, document, document.data, "f").problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: abc\n", []),
        ("name: abcdef\n", ["f:1: invalid-value: name: string should have at most 5 characters"]),
        ("name: a\nfew: [1, 2, 3]\n", ["f:2: invalid-value: few: the list is too long"]),
        (
            "name: a\ncode: 'bbb'\n",
            ["f:2: invalid-value: code: 'bbb' cannot be used; it has characters it may not have"],
        ),
        ("name: a\ninner: 3\n", ["f:2: wrong-type: inner: expected `key: value` lines"]),
        (
            "name: a\ninner:\n  sise: 1\n",
            [
                "f:2: missing-key: inner.size is missing",
                "f:3: unknown-key: inner.sise is not a key (did you mean size?); delete it",
            ],
        ),
        (
            "name: a\nby_name:\n  x:\n    size: 0\n    sizes: 1\n",
            [
                "f:4: invalid-value: by_name.x.size: input should be greater than or equal to 1",
                "f:5: unknown-key: by_name.x.sizes is not a key (did you mean size?); delete it",
            ],
        ),
        ("- 1\n", ["f:1: wrong-type: the file: expected `key: value` lines"]),
    ],
)
def test_complaints_become_problems_with_lines(text: str, expected: list[str]) -> None:
    assert lines_of(text, TypeAdapter(Outer)) == expected


def test_every_kind_of_question_knows_its_keys() -> None:
    text = "kind: case\nparts:\n  - kind: numeric\n    tollerance: {relative: 0.1}\nminuts: 3\n"
    found = "\n".join(lines_of(text, QUESTION))
    assert "f:4: unknown-key: parts.0.tollerance is not a key (did you mean tolerance?)" in found
    assert "f:5: unknown-key: minuts is not a key (did you mean minutes?)" in found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("format: 1\n", None),
        ("format: 2\n", None),
        ("format: 3\n", "newer-format"),
        ("format: 0\n", "wrong-type"),
        ("format: -1\n", "wrong-type"),
        ("format: 1.0\n", "wrong-type"),
        ("format: true\n", "wrong-type"),
        ("format: '1'\n", "wrong-type"),
        ("format:\n", "wrong-type"),
        ("formats: 1\n", "missing-format"),
        ("[format, 1]\n", "wrong-type"),
        ("", "wrong-type"),
    ],
)
def test_the_format_number_is_looked_at_first(text: str, code: str | None) -> None:
    problem = check_format(read_yaml(text, "f"), 2, "f")
    assert (problem and problem.code) == code


@pytest.mark.parametrize(
    ("text", "codes", "readable"),
    [
        ("format: 1\na: 1\na: 2\n", ["duplicate-key"], True),
        ("format: 3\na: 1\na: 2\n", ["newer-format"], False),
        ("format: 3\na: [\n", ["newer-format"], False),
        ("format: 1\na: [\n", ["yaml-syntax"], False),
        ("a: 1\na: 2\n", ["duplicate-key", "missing-format"], False),
    ],
)
def test_a_file_is_read_as_far_as_its_format_allows(
    text: str, codes: list[str], readable: bool
) -> None:
    data, problems = open_document(read_yaml(text, "f"), 2, "f")
    assert [problem.code for problem in problems] == codes
    assert (data is not None) == readable


def test_a_long_value_is_not_repeated_in_full() -> None:
    (line,) = lines_of(f"name: a\ncode: {'b' * 900}\n", TypeAdapter(Outer))
    assert len(line) < 160

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questionbank.yaml_reader import MAX_DEPTH, read_yaml


def codes(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in read_yaml(text, "f.yaml").problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a", "a"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1", 1),
        ("-17", -17),
        ("+3", 3),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("2e3", 2000.0),
        ("1.10", 1.1),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("off", "off"),
        ("2024-01-05", "2024-01-05"),
        ("0o17", "0o17"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("9" * 30, "9" * 30),
        ("=", "="),
    ],
)
def test_a_scalar_is_read_by_the_core_schema(written: str, value: object) -> None:
    document = read_yaml(f"key: {written}\n", "f.yaml")
    assert document.problems == ()
    assert document.data == {"key": value}
    assert type(document.data["key"]) is type(value)


def test_numbers_keep_their_spelling() -> None:
    document = read_yaml("a: 1.10\nb: 'x'\nc: [true, ~]\n", "f.yaml")
    assert document.spelling == {("a",): "1.10", ("c", 0): "true", ("c", 1): "~"}


def test_every_value_has_the_line_of_its_key() -> None:
    text = "a: 1\nb:\n  - x\n  -\n    c:\n      2\n    d: |\n      long\n      text\n\n"
    document = read_yaml(text, "f.yaml", offset=10)
    assert document.lines == {
        (): 11,
        ("a",): 11,
        ("b",): 12,
        ("b", 0): 13,
        ("b", 1): 15,
        ("b", 1, "c"): 15,
        ("b", 1, "d"): 17,
    }
    assert document.line(("b", 1, "e", 5)) == 15
    assert document.line(("nowhere",)) == 11


def test_the_first_of_two_equal_keys_counts() -> None:
    document = read_yaml("a: 1\nb:\n  c: 2\n  c: 3\na: {x: 4}\n", "f.yaml")
    assert document.data == {"a": 1, "b": {"c": 2}}
    assert [(p.line, p.code) for p in document.problems] == [
        (4, "duplicate-key"),
        (5, "duplicate-key"),
    ]
    assert document.line(("a",)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1\nb: 2\n", [(2, "yaml-syntax")]),
        ("a: 1\nb: 'x\n\n\n", [(2, "yaml-syntax")]),
        ("a: 1\nb: \ufffe\n", [(2, "yaml-syntax")]),
        ("é: é\nb: \x01\n", [(2, "yaml-syntax")]),
        ("%YAML 1.3\n---\na: b\n", [(1, "yaml-syntax")]),
        ("a: 1\n--- {}\n", [(2, "yaml-documents")]),
        ("a: &x 1\nb: *x\n", [(2, "yaml-alias")]),
        ("a: !t 1\n", [(1, "yaml-tag")]),
        ("a: !!str 1\n", [(1, "yaml-tag")]),
        ("!!map {a: 1}\n", []),
        ("- !!seq [a]\n", []),
        ("- !!set {a}\n", [(1, "yaml-tag")]),
        ("? {a: b}\n: c\n", [(1, "yaml-key")]),
        ("a: 1\n? [a]\n: c\n", [(2, "yaml-key")]),
        ('a: 1\nb: "\\u202e"\n', [(2, "control-character")]),
        ('"\\e]0;": 1\n', [(1, "control-character")]),
        ('a: "\\ud800"\n', [(1, "yaml-syntax")]),
    ],
)
def test_what_surprises_authors_is_refused(text: str, expected: list[tuple[int, str]]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize("levels", [100, 10_000])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_deep_nesting_stops_early(levels: int, begin: str, end: str) -> None:
    document = read_yaml(f"{begin * levels}x{end * levels}", "f.yaml")
    assert document.data is None
    assert [problem.code for problem in document.problems] == ["yaml-depth"]


def test_the_deepest_allowed_nesting_is_read() -> None:
    inside = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert codes(inside) == []
    assert codes(f"[{inside}]") == [(1, "yaml-depth")]


def test_aliases_that_would_explode_are_never_built() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    assert codes("\n".join(lines)) == [(2, "yaml-alias")]


def test_what_was_read_before_reading_stopped_is_kept_apart() -> None:
    document = read_yaml("format: 3\nid: x\ntitle: !new y\n", "f.yaml")
    assert document.data is None
    assert document.begun == {"format": 3, "id": "x"}


@given(st.text(alphabet=st.characters(), max_size=200))
@example("\ud800")
@example("\ufeff")
@example("a: \x85\n")
@example("- - - ? : -")
@example("%TAG ! tag:x,2000:\n---\n!a b")
@example("\x00")
def test_no_text_makes_the_reader_raise(text: str) -> None:
    document = read_yaml(text, "f.yaml")
    assert all(problem.line >= 1 and "\n" not in str(problem) for problem in document.problems)


@given(st.text(alphabet="ab:-#[]{}'\"|>&*!%@`?, \n\t0.", max_size=60))
def test_no_run_of_yaml_marks_makes_the_reader_raise(text: str) -> None:
    document = read_yaml(text, "f.yaml")
    assert document.problems or document.begun == document.data

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionbank.yaml_reader import read_yaml
from questionbank.yaml_writer import dump_yaml

HOSTILE = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
    st.text(alphabet="ab:-#[]{}'\"|>&*!%@`?, \n0.~", max_size=40),
    st.sampled_from(
        [
            "",
            " ",
            "~",
            "null",
            "yes",
            "1",
            "1.10",
            "1e5",
            "---",
            "...",
            "a: b",
            "- a",
            "# a",
            "a #b",
            "a\n---\nb",
            "  lead",
            "trail ",
            "a\n  b\n c",
            "x\n",
            "\n",
            "<<",
            "=",
            "\ta",
            "2024-01-05",
            *("!tag", "&a", "*a", "%a", "@a", "`a", "|", ">", "? a"),
            *("a\n\n\n", " \n a", "é\u2028b"),
        ]
    ),
)
VALUES = st.recursive(
    HOSTILE | st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(HOSTILE, VALUES, max_size=5))
def test_what_is_written_reads_back_or_is_refused(data: dict[str, Any]) -> None:
    try:
        text = dump_yaml(data)
    except ValueError:
        return
    document = read_yaml(text, "f.yaml")
    assert document.data == data


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.text(alphabet="ab:-#[]{}'\"|>&*!%@`?, \n0.~é模", max_size=60),
        max_size=5,
    )
)
def test_printable_text_is_never_refused(data: dict[str, str]) -> None:
    assert read_yaml(dump_yaml(data), "f.yaml").data == data


@pytest.mark.parametrize("value", ["\x1b[31m", "\ud800", math.inf, math.nan])
def test_what_cannot_be_kept_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        dump_yaml({"key": value})


def test_long_texts_are_written_as_blocks_in_the_order_given() -> None:
    text = dump_yaml({"b": "one\ntwo", "a": "plain", "c": "two words", "d": "1.10"})
    assert text == 'b: |-\n  one\n  two\na: plain\nc: "two words"\nd: "1.10"\n'

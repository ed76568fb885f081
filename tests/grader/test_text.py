import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import MAX_CHARS, look_alike, normalise

ODD = (
    "ab .\n\r\t\u00a0\u200b\u202e\ufb01\u338f\u0430\u0441\u0301"
    "\u1100\u1161\u11a8\ufdfa\x00\x85\u201cé\U0001f600`"
)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("a \ufb01ne o\ufb03ce", "a fine office"),
        ("10 \u338f", "10 kg"),
        ("\uff21\uff22\uff23", "ABC"),
        ("in\u200bvisi\u00adble\ufeff", "invisible"),
        ("\u202eabc\u202c", "abc"),
        ("a\x00b\x1bc", "abc"),
        ("\u201cit\u2019s\u201d", '"it\'s"'),
        ("a\u00a0b\u3000c", "a b c"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("wait\u2026", "wait..."),
        ("ch\u0435\u0441k", "check"),
        ("\u0421heck", "Check"),
        ("we \u0441\u043e\u0440\u0435 now", "we cope now"),
        ("learning rate \u03b1 = 0.1", "learning rate \u03b1 = 0.1"),
        ("\u043f\u0440\u043e\u0432\u0435\u0440\u0438\u0442\u044c", "проверить"),
        ("na\u00efve fa\u00e7ade", "na\u00efve fa\u00e7ade"),
        ("\u0261ood", "good"),
        ("a\ud800b", "a\n\nb"),
        ("\U0001f600 ok", "\U0001f600 ok"),
        ("\u3164\u2800", ""),
        ("", ""),
    ],
)
def test_what_looks_the_same_reads_the_same(given: str, plain: str) -> None:
    assert normalise(given).text == plain


@given(st.text(max_size=200) | st.text(alphabet=ODD, max_size=80))
def test_every_span_maps_into_the_answer_in_order(answer: str) -> None:
    found = normalise(answer)
    assert len(found.starts) == len(found.ends) == len(found.text)
    spans = [found.span(at, at + 1) for at in range(len(found.text))]
    assert all(0 <= start < end <= len(answer) for start, end in spans)
    assert spans == sorted(spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)
    for at in range(len(found.text) + 1):
        empty = found.span(at, at)
        assert empty[0] == empty[1] <= len(answer)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_plain_ascii_stays_as_it_is(answer: str) -> None:
    answer = answer.replace("`", "'")
    found = normalise(answer)
    assert found.text == answer
    assert found.span(0, len(answer)) == (0, len(answer))


@given(st.text(alphabet=ODD, max_size=80))
def test_normalising_leaves_nothing_invisible(answer: str) -> None:
    found = normalise(answer).text
    assert not set(found) & set("\u200b\u202e\x00\r\x85")


def test_a_ligature_maps_back_as_a_whole() -> None:
    found = normalise("a \ufb01ne day")
    start = found.text.index("ine")
    assert found.span(start, start + 3) == (2, 5)


def test_a_span_covers_what_was_removed_inside_it() -> None:
    found = normalise("x in\u200bvisible")
    assert found.span(2, 11) == (2, 12)


@pytest.mark.parametrize("bounds", [(-1, 2), (2, 1), (0, 4)])
def test_a_slice_outside_the_text_is_refused(bounds: tuple[int, int]) -> None:
    with pytest.raises(IndexError, match="no slice"):
        normalise("abc").span(*bounds)


def test_only_the_first_characters_are_read_and_the_cut_is_counted() -> None:
    found = normalise("a" * (MAX_CHARS + 7))
    assert (len(found.text), found.cut) == (MAX_CHARS, 7)
    assert normalise("a" * MAX_CHARS).cut == 0


@pytest.mark.parametrize(
    "piece", ["\u0301", "\u0316\u0301", "\ufdfa", "\u0430", "\u200b", "\ud800", "\u1100\u1161", " "]
)
def test_a_full_length_answer_of_one_odd_piece_is_read_whole(piece: str) -> None:
    answer = (piece * MAX_CHARS)[:MAX_CHARS]
    found = normalise(answer)
    assert found.cut == 0
    assert found.span(0, len(found.text))[1] in {0, len(answer)}


@pytest.mark.parametrize(
    ("char", "letter"),
    [
        ("\u0430", "a"),
        ("\u0410", "A"),
        ("\u0406", "I"),
        ("\u03bf", "o"),
        ("\u0131", "i"),
        ("a", None),
        ("\u00e9", None),
        ("\u0436", None),
        ("7", None),
        ("\u4e2d", None),
    ],
)
def test_imitations_of_latin_letters_are_known(char: str, letter: str | None) -> None:
    assert look_alike(char) == letter

"""Words: which ones carry content, which hold English together, which betray another language."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")

FUNCTION_WORDS = frozenset(
    """a about above after again against all also am an and any are aren't as at be because been
    before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each either else even every few for from further get had hadn't
    has hasn't have haven't having he her here hers him his how however i i'd i'll i'm i've if in
    instead into is isn't it it's its itself just let let's like may me might more most much must my
    no nor not now of off on once one only or other our ours out over own per rather same shall she
    should shouldn't so some such than that that's the their theirs them then there there's these
    they they're this those though through to too under until up us very was wasn't we we'd we'll
    we're we've were weren't what when where whether which while who whom whose why will with
    without won't would wouldn't yes yet you you'd you'll you're your yours""".split()
)
"""English words that hold sentences together and say nothing of the subject."""

_FOREIGN = frozenset(
    """der und das ist nicht wir mit sich ein eine einen dem den des auf wenn auch werden wird
    von zu im oder sind sie ich ob wie aber dass kann muss
    le les une est pas pour avec dans sur que qui nous vous il elle sont ou mais du je des aux
    el los las una del por para con como pero esta este muy sus lo se no es y su al
    da uma um em os as nao por mais foi ao com na isso
    che della di sono gli nel perche anche questo non si lo delle
    het een en van niet wij zijn voor dat ik maar ook naar bij
    och att som inte det vi jag til ikke er af jeg
    nie jest sie ze dla czy jak na oraz przez
    ve bir bu icin ile degil daha
    yang dan untuk dengan tidak dari itu ini akan adalah
    ang ng mga sa ay hindi
    na ya wa kwa ni katika
    ja ei on ett""".split()
)
_ENGLISH_TOO = frozenset("a an as no on or if in is me come per per was will so at to".split())
_MARKERS = _FOREIGN - FUNCTION_WORDS - _ENGLISH_TOO

_CUES = frozenset(
    """not no never nor none nothing cannot without instead rather skip ignore avoid unnecessary
    needless pointless waste irrelevant unimportant overrated needn't trust anyway regardless
    hardly neither don't doesn't didn't isn't aren't wasn't won't wouldn't can't couldn't shouldn't
    dont doesnt isnt wont cant""".split()
)
_SUFFIXES = ("ations", "ation", "ings", "ing", "ies", "ers", "ed", "es", "er", "ly", "s")
_STEM = 3
"""Letters a stem keeps at least."""
_TEXTS = 4096
"""Texts whose words are kept: several measures ask for those of the same claim."""
_FEW_LETTERS = 20
_FEW_WORDS = 6


def words(text: str) -> list[str]:
    """List the words of a text, in lower case, an apostrophe and what follows it included."""
    return list(_words(text))


@lru_cache(maxsize=_TEXTS)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Cut common English endings off a word, so that `metrics` and `metric` meet."""
    word = word.removesuffix("'s")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _STEM:
            return word.removesuffix(suffix)
    return word.removesuffix("e") if len(word) > _STEM else word


def content_stems(text: str) -> list[str]:
    """List the stems of the words that carry content, repeats included."""
    return list(_content_stems(text))


@lru_cache(maxsize=_TEXTS)
def _content_stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in _words(text) if word not in FUNCTION_WORDS)


def function_share(tokens: list[str]) -> float:
    """Measure how much of a list of words is English function words.

    Returns:
        0 to 1; 0 for no words.
    """
    return sum(token in FUNCTION_WORDS for token in tokens) / len(tokens) if tokens else 0.0


def negation_cues(text: str) -> int:
    """Count the words that deny or dismiss."""
    return sum(word in _CUES for word in words(text))


def is_english(text: str) -> bool:
    """Tell whether a text is mostly English, or too short to say otherwise.

    Judged by its script and by the little words, English against other languages'; lists of
    terms have neither and count as English.

    Args:
        text: normalised.
    """
    if not text.isascii():
        letters = [char for char in text if char.isalpha()]
        if len(letters) >= _FEW_LETTERS and _latin_share(letters) < 0.6:
            return False
    tokens = [word for word in words(text) if not word[0].isdigit()]
    if len(tokens) < _FEW_WORDS:
        return True
    english = function_share(tokens)
    foreign = sum(_bare(token) in _MARKERS for token in tokens) / len(tokens)
    accented = sum(not token.isascii() for token in tokens) / len(tokens)
    return english >= 0.2 or max(foreign, accented) <= max(0.08, english)


def _latin_share(letters: Iterable[str]) -> float:
    latin = [char.isascii() or unicodedata.name(char, "").startswith("LATIN") for char in letters]
    return sum(latin) / len(latin)


def _bare(word: str) -> str:
    """A word without its accents."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))

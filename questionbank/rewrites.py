"""The same answer, written otherwise: what must not change its grade."""

import re
from collections.abc import Callable, Mapping
from random import Random

from grader.claims import split_claims
from grader.text import normalise

Rewrite = Callable[[str, Random], str]
"""An answer, written otherwise; the same if there is nothing to change."""

_SPELLINGS = """
    analyze/analyse analyzed/analysed analyzing/analysing artifact/artefact
    authorize/authorise behavior/behaviour behaviors/behaviours canceled/cancelled
    canceling/cancelling catalog/catalogue center/centre centers/centres color/colour
    colors/colours customize/customise customized/customised defense/defence dialog/dialogue
    emphasize/emphasise favor/favour favorable/favourable favorite/favourite favors/favours
    finalize/finalise generalize/generalise generalizes/generalises honor/honour
    judgment/judgement labeled/labelled labeling/labelling labor/labour maximize/maximise
    minimize/minimise modeled/modelled modeling/modelling neighbor/neighbour
    normalize/normalise offense/offence optimization/optimisation optimize/optimise
    optimized/optimised optimizing/optimising organization/organisation
    organizations/organisations organize/organise organized/organised
    personalize/personalise prioritize/prioritise quantization/quantisation
    quantize/quantise quantized/quantised realize/realise recognize/recognise
    skeptical/sceptical specialize/specialise specialized/specialised
    standardize/standardise summarization/summarisation summarize/summarise
    summarized/summarised tokenize/tokenise traveled/travelled utilization/utilisation
    utilize/utilise visualize/visualise
"""
_PAIRS = [pair.partition("/") for pair in _SPELLINGS.split()]
_BRITISH = {american: british for american, _, british in _PAIRS}
_AMERICAN = {british: american for american, _, british in _PAIRS}
_WORD = re.compile(r"[A-Za-z]+")
_LONG_WORD = re.compile(r"[A-Za-z]{5,}")
_WORDS_A_TYPO = 20
_FILLER = (
    "That is what I would say.",
    "I hope that this is clear.",
    "Thank you for taking the time to read it.",
    "This is all that comes to my mind at the moment.",
    "I am happy to talk about it in more detail.",
    "Have a good day.",
    "Thank you for taking the time to put these questions to me.",
    "I hope this reaches you in good time, and please forgive the short delay.",
    "Please do not hesitate to write to me again should anything in my reply remain unclear.",
    "It was a pleasure to hear from you, and I wish you every success.",
    "I shall answer your points in the order in which you raised them.",
    "With your permission, I will return to this a little later.",
    "Kindest regards to everyone.",
    "Lovely to chat again, how was your weekend?",
    "Give me a second, I just want to grab my coffee.",
    "Ooh, you've saved the tricky one for last, haven't you?",
    "Over to you!",
    "Sorry about the dog, he always joins in when I'm talking.",
    "Um, so, yeah, where was I, hang on, hang on.",
    "Well, I mean, how do I, okay, let me start over.",
    "Right, yeah, sorry, go on.",
    "Hmm, let me think, let me think, it'll come to me.",
    "So, er, I've kind of lost my thread there, haven't I.",
    "Okay, so, bear with me, I'm sort of rambling now, aren't I.",
    "Sorry for my English, I try to explain me slowly.",
    "I am very thankful that you invite me for this talk.",
    "Excuse me, can you repeat please, the sound was going away.",
    "How to say, I search the word in my head now.",
    "Many thanks and nice evening to you.",
    "First I will answer the first, and after we see the others.",
)


def _spacing(text: str, chance: Random) -> str:
    return re.sub(" ", lambda _: " " * chance.choice((1, 1, 1, 2, 3)), text).strip() + "  \n"


def _curly(text: str, _: Random) -> str:
    text = re.sub(r'(^|[\s(\[])"', "\\1\u201c", text).replace('"', "\u201d")
    return re.sub(r"(^|[\s(\[])'", "\\1\u2018", text).replace("'", "\u2019")


def _straight(text: str, _: Random) -> str:
    return text.translate(str.maketrans("\u2018\u2019\u201c\u201d", "''\"\""))


def _respelt(words: Mapping[str, str]) -> Rewrite:
    def rewrite(text: str, _: Random) -> str:
        return _WORD.sub(lambda found: _as_cased(found[0], words), text)

    return rewrite


def _as_cased(word: str, words: Mapping[str, str]) -> str:
    other = words.get(word.lower())
    if other is None:
        return word
    return other.upper() if word.isupper() else other.capitalize() if word.istitle() else other


def _typos(text: str, chance: Random) -> str:
    """Swap two letters inside a long word, once in about twenty words."""
    places = [found.start() for found in _LONG_WORD.finditer(text)]
    count = min(len(places), max(1, len(text.split()) // _WORDS_A_TYPO))
    letters = list(text)
    for start in chance.sample(places, count):
        at = start + chance.randint(1, 2)
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _bullets(text: str, _: Random) -> str:
    return "\n".join(f"- {piece}" for piece in _pieces(text))


def _prose(text: str, _: Random) -> str:
    return " ".join(map(_ended, _pieces(text)))


def _order(text: str, chance: Random) -> str:
    pieces = list(map(_ended, _pieces(text)))
    chance.shuffle(pieces)
    return " ".join(pieces)


def _filler(text: str, chance: Random) -> str:
    return f"{_ended(text.rstrip())} {' '.join(chance.sample(_FILLER, 4))}"


def _pieces(text: str) -> list[str]:
    return [text[claim.start : claim.end] for claim in split_claims(normalise(text))]


def _ended(piece: str) -> str:
    return f"{piece}." if piece[-1:].isalnum() else piece


REWRITES: Mapping[str, Rewrite] = {
    "lower-case": lambda text, _: text.lower(),
    "upper-case": lambda text, _: text.upper(),
    "spacing": _spacing,
    "curly-quotes": _curly,
    "straight-quotes": _straight,
    "british": _respelt(_BRITISH),
    "american": _respelt(_AMERICAN),
    "typos": _typos,
    "bullets": _bullets,
    "prose": _prose,
    "order": _order,
    "filler": _filler,
}
"""Name -> how it is done. docs/attacks.md describes each."""

"""Claims that say nothing: echoes of question or rubric, term lists, words to the grader."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from grader.claims import Claim, split_claims
from grader.language import FUNCTION_WORDS, content_stems, function_share, stem, words
from grader.rubric import Point, Rubric
from grader.text import normalise
from grader.verdict import Flag

_ECHO_SHARE = 0.8
"""Share of a claim's content words that the question already holds."""
_ECHO_WORDS = 4
"""Content words below which a claim is too short to be called an echo."""
_RECITED_SHARE = 0.5
_RECITED_WORDS = 6
"""Share of a claim's content words, and their number, that one sentence of the rubric's own holds:
from both on, the claim recites it."""
_SAME_SHARE = 0.65
_SAME_WORDS = 3
"""A shorter claim recites one if each holds so much of the other, and so many words."""
_KEPT = 256
"""Rubrics whose words are kept ready."""
_MOST = 0.5
"""Share of the claims from which the whole answer is flagged."""
_ITEMS = 4
"""Items from which terms in a row are a list."""
_TERMS = 0.2
_TALK = 0.35
"""Share of function words up to which a list is one, and a longer list inside a phrase."""
_CLIPPED = 3
_MANY = 8
"""Words of the middle claim, and number of claims, at which an answer is a list of terms, whatever
may be a verb in it."""

_SEPARATORS = re.compile(r"[,;/|+#\u2022\u00b7\n]|->|\band\b")
_SIGNS = re.compile(r"[|+#\u2022\u00b7]|->|\s/\s")
"""Separators that stand between terms and not between words of a sentence."""
_PAUSES = re.compile(r"[,;:.!()\u2013\u2014]|\s-\s|\d")
_CONNECTORS = frozenset("and of or own per to".split())
"""Function words that a term may hold and stay a term."""
_ACTIONS = frozenset(
    map(
        stem,
        """ask compare verify want see use try define decide find make take put write calculate
        multiply divide evaluate require reproduce publish agree talk know prove add keep give tell
        rerun repeat choose understand depend mean go come say think believe wait inspect insist
        hold got went begin beat pay done knew seen shown ran kept made took told wrote found
        matters needs settle""".split(),
    )
)
"""Verbs: a claim that holds one says something."""
_OPENERS = _ACTIONS | frozenset(
    map(
        stem,
        """check measure test run look need build set start show train tune count split sample
        estimate pilot track report request demand read pick work matter help trust audit review
        plan cut plot watch match swap probe""".split(),
    )
)
"""Words that are as often nouns: they count as verbs at the head of a claim."""

_NAMED = 3
"""Terms from which naming them is a list, and words that one of them has at most."""
_NAMING = frozenset(
    """about answer concerns considerations cover covers covered discuss include includes involve
    involves involved keyword keywords matter relate relates relevant subject subjects term terms
    theme themes thing things topic topics word words""".split()
)
"""Words that say that something will be spoken of, and no more."""
_FRAMING = _NAMING | FUNCTION_WORDS | {"key", "among"}
"""Words that a frame around terms is made of."""
_TOLD: dict[str, tuple[frozenset[str], ...]] = {}
"""By a rubric's content hash."""
_TALKING = FUNCTION_WORDS - _CONNECTORS

_IGNORE = frozenset("ignore disregard forget override bypass skip".split())
_RULES = frozenset("rubric rubrics instruction instructions grading guidelines prompt".split())
_GIVE = frozenset("give award assign grant mark grade score rate credit accept".split())
_FULL = frozenset("full maximum max top highest perfect all every 100 complete".split())
_UNITS = frozenset("mark marks score scores point points credit credits grade grades met".split())
_GRADER = frozenset("grader graders examiner evaluator marker assessor".split())
_ASSESSING = frozenset("rubric respondent assessor".split())
_DECIDED = frozenset("criterion award verdict met fulfilled satisfied".split())
_ASSESSED = _DECIDED | frozenset(
    "marks credit mark answer answers response candidate point points item expected full".split()
)
_OF_ANSWERS = re.compile(
    r"^(?:an?|the|every|any) (?:good|best|better|ideal|perfect|strong|model|excellent|complete) "
    r"(?:answers?|responses?|reply|replies)\b|^whoever answers\b"
    r"|^full (?:marks|credit|points)\b"
    r"|\b(?:an?|the) (?:answer|response) (?:that|which|must|should|has to|ought)\b"
    r"|\bthis (?:part of the )?question\b|\bthe question is\b|\binterviewer\b"
    r"|\bmarking scheme\b|\b(?:is|are) (?:expected|sought|looked for|wanted) here\b"
    r"|\b(?:expected|looked for|sought) (?:here )?is\b|^to the (?:grader|examiner|evaluator)"
)
"""What is said of answers, and not in one."""
_FORGED = re.compile(
    r"[=:|\]]\s*\"?met\b|\[x\]|<\|im_|\[(?:RESULT|END OF)|^(?:SYSTEM|ASSISTANT)\b[ A-Z]{0,20}:",
    re.IGNORECASE,
)
"""A result or a speaker forged."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Which claims may earn something, and what the others amount to."""

    eligible: tuple[bool, ...]
    """One for each claim."""
    flags: tuple[Flag, ...]
    """Flags that the answer as a whole deserves."""


def screen(claims: Sequence[Claim], question: str | None, rubric: Rubric | None = None) -> Screened:
    """Sort out the claims that say nothing.

    Args:
        claims: of one answer, in order.
        question: the prompt, plain; None if unknown, and then nothing echoes it.
        rubric: what it is graded by; None if nothing can recite it. Its exemplars may be said: they
            are what an answer sounds like.

    Returns:
        Eligible or not for each claim. An instruction to the grader flags the answer at once;
        echoes and term lists do when they make up half of it or more.
    """
    asked = frozenset(content_stems(question)) if question else frozenset()
    told = _told(rubric) if rubric else ()
    kinds = [_kind(claim.text, asked, told) for claim in claims]
    clipped = _is_clipped([claim.text for claim in claims])
    terms = [_is_bare_term(claim.text, verbs=clipped) for claim in claims]
    if sum(terms) >= _ITEMS and sum(terms) / len(terms) >= _MOST:
        kinds = [Flag.STUFFING if bare else kind for kind, bare in zip(kinds, terms, strict=True)]
    sizes = [len(claim.text) for claim in claims]
    flags = []
    for flag in (Flag.ECHO, Flag.STUFFING, Flag.INSTRUCTION):
        share = sum(size for size, kind in zip(sizes, kinds, strict=True) if kind is flag)
        if share and (flag is Flag.INSTRUCTION or share / sum(sizes) >= _MOST):
            flags.append(flag)
    return Screened(tuple(kind is None for kind in kinds), tuple(flags))


def _kind(text: str, asked: frozenset[str], told: tuple[frozenset[str], ...]) -> Flag | None:
    tokens = words(text)
    if _addresses_grader(tokens) or _FORGED.search(text):
        return Flag.INSTRUCTION
    if _is_term_list(text, tokens):
        return Flag.STUFFING
    return Flag.ECHO if _is_echo(text, asked) or _is_recital(text, told) else None


def _own_words(rubric: Rubric) -> tuple[str, ...]:
    """What a rubric says of its points, for whoever grades and not for whoever answers."""
    return (
        " ".join(point.title for point in rubric.points),
        *(text for point in rubric.points for text in _own(point)),
    )


def _own(point: Point) -> Iterator[str]:
    # A point made of a reference answer has its exemplar for a description.
    if point.description not in point.exemplars:
        yield point.description
    yield from (point.feedback.met, point.feedback.missed, point.probe)
    if point.anchors:
        yield from (point.anchors.one, point.anchors.three, point.anchors.five)


def _told(rubric: Rubric) -> tuple[frozenset[str], ...]:
    """The content words of each of its own sentences that has enough of them, kept ready."""
    known = _TOLD.get(rubric.content_hash)
    if known is None:
        texts = _own_words(rubric)
        sentences = (claim.text for text in texts for claim in split_claims(normalise(text)))
        stems = (frozenset(content_stems(sentence)) for sentence in sentences)
        known = tuple(some for some in stems if len(some) >= _SAME_WORDS)
        if len(_TOLD) >= _KEPT:
            _TOLD.clear()
        _TOLD[rubric.content_hash] = known
    return known


def _is_recital(text: str, told: tuple[frozenset[str], ...]) -> bool:
    """Whether a claim gives a sentence of the rubric back, in whatever frame or sense."""
    said = frozenset(content_stems(text))
    least = max(_RECITED_WORDS, _RECITED_SHARE * len(said))
    for sentence in told:
        shared = len(said & sentence)
        if shared < _SAME_WORDS:
            continue
        same = shared >= max(_SAME_WORDS, _SAME_SHARE * max(len(said), len(sentence)))
        if same or shared >= least:
            return True
    return False


def _is_echo(text: str, asked: frozenset[str]) -> bool:
    content = content_stems(text)
    if len(content) < _ECHO_WORDS or not asked:
        return False
    return sum(word in asked for word in content) / len(content) >= _ECHO_SHARE


def _is_term_list(text: str, tokens: list[str]) -> bool:
    """Whether a claim strings terms together without saying anything of them."""
    if "?" in text:
        return False
    if _names_terms(text) or _strings_terms(text, tokens):
        return True
    if _has_action(tokens):
        return False
    items = [item.split() for item in _SEPARATORS.split(text) if item.strip()]
    small = function_share(tokens)
    if len(items) >= _ITEMS and small <= (_TALK if len(items) > _ITEMS else _TERMS):
        return sorted(map(len, items))[len(items) // 2] <= 3
    return len(tokens) >= 2 * _ITEMS and small == 0.0


def _strings_terms(text: str, tokens: list[str]) -> bool:
    """Whether a claim is strung together as no sentence is, whatever may be a verb in it."""
    items = [item.split() for item in _SIGNS.split(text) if item.strip()]
    if len(items) >= _ITEMS and sorted(map(len, items))[len(items) // 2] <= _NAMED:
        return True
    bare = function_share(tokens) == 0.0 and not _PAUSES.search(text)
    return bare and len(tokens) >= 2 * _ITEMS


def _names_terms(text: str) -> bool:
    """Whether a claim says that it is about some terms, and nothing of them."""
    items = [item for item in map(words, _SEPARATORS.split(text)) if item]
    if len(items) < _NAMED or any(char.isdigit() for char in text):
        return False
    first = items[0]
    opening = list(takewhile(lambda word: word in _FRAMING, first))
    rest = [first[len(opening) :], *items[1:]]
    bare = [[word for word in item if word not in _FRAMING] for item in rest]
    frame = [*opening, *(items[-1] if "among" in items[-1] else ())]
    return (
        any(word in _NAMING for word in frame)
        and all(len(item) <= _NAMED for item in (*bare, *items[1:-1]))
        and not any(stem(word) in _ACTIONS for word in bare[0])
    )


def _is_clipped(texts: Sequence[str]) -> bool:
    """Whether an answer is many claims of a few words."""
    sizes = sorted(len(words(text)) for text in texts)
    return len(sizes) >= _MANY and sizes[len(sizes) // 2] <= _CLIPPED


def _is_bare_term(text: str, *, verbs: bool = False) -> bool:
    """Whether a claim is a term and no more; `verbs` says that a verb does not save it."""
    tokens = words(text)
    return (
        len(tokens) <= 4
        and "?" not in text
        and (verbs or not _has_action(tokens))
        and _TALKING.isdisjoint(tokens)
    )


def _has_action(tokens: list[str]) -> bool:
    stems = [stem(token) for token in tokens]
    return any(word in _ACTIONS for word in stems) or any(word in _OPENERS for word in stems[:1])


def _addresses_grader(tokens: list[str]) -> bool:
    """Whether a claim tells whoever grades it what to do."""
    said = set(tokens)
    if said & _IGNORE and said & _RULES:
        return True
    if said & _GIVE and said & _FULL and said & _UNITS and len(said & (_GIVE | _UNITS)) > 1:
        return bool(said & (_GRADER | {"answer", "answers", "response", "candidate", "me", "this"}))
    if said & _GRADER and said & (_GIVE | _UNITS | {"dear", "please", "note", "you"}):
        return True
    joined = " ".join(tokens)
    return bool(said & _ASSESSING or _OF_ANSWERS.search(joined)) or (
        bool(said & _DECIDED) and len(said & _ASSESSED) > 1
    )

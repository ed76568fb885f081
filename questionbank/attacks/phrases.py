"""Sentences taken apart: the deed they speak of, in the forms that other sentences need."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.language import FUNCTION_WORDS, negation_cues, words

_Form = Callable[[str], str]

_VERBS = frozenset(
    """accept add agree allow apply ask assume begin believe break bring build calculate
    call check choose combine compare consider count cover decide define describe
    distinguish draw establish estimate examine explain find fix gather give go grade have
    hold include insist inspect judge keep know leave let limit list look make mark match
    measure mention move multiply name note notice offer plan prefer price propose prove put
    question quote record refuse relate rely repeat report request require run say score see
    send separate set settle show size sort split start state stay take talk tell test think
    tie track treat try use wait want watch weigh work write""".split()
)
"""Base forms that begin advice, or stand further on in a list of deeds."""
_DOUBLING = frozenset("set let put plan cut run get stop split begin tag flag spot".split())
_THIRD = {"goes": "go", "does": "do", "has": "have", "is": "be"}
_OPENING = re.compile(r"^(?:A good answer|Next time|The answer|It|Then|Also)[, ]+", re.IGNORECASE)
_FURTHER = re.compile(
    r"(?P<link>, (?:and |or |but |then )?| (?:and then|and|or|but) )(?P<verb>[a-z]+s)\b"
)
_LISTED = re.compile(r"(?:, (?:and |or |but |then )?| (?:and then|and|or|but) )([a-z]+)\b")
_LATER = re.compile(r"(?:,? but|,? and) (?P<deed>[a-z]+s\b.*)$")
_FIRST_PERSON = re.compile(
    r"(?:\b(?:I'd|I would|I'll|we'd|we would|we should)|^(?:Then |First |Finally )?(?:I|we)) "
    r"(?:also |then |first |always |want to |like to )*(?P<deed>(?P<verb>[a-z]+) \S+ .+)$",
    re.IGNORECASE,
)
_NO_DEED = frozenset("rather not be like can could should might must may do did am are was".split())
_SMALL = frozenset(
    """good answer says asks whether another anyone anything behind beside directly enough everybody
    everyone instance many next nobody several somebody something still thing things ways""".split()
)
"""Words that carry no term."""
_TERM_WORDS = 3
_TERM_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence, and how to speak of what it does."""

    sentence: str
    """Without its full stop."""
    deed: str | None
    """`ask whether outsiders can inspect it`; None for a statement or a question."""

    @property
    def gerund(self) -> str:
        """`asking whether outsiders can inspect it`; the sentence itself if it has no deed."""
        if self.deed is None:
            return self.sentence
        return _each_verb(self.deed, _gerund)

    @property
    def third(self) -> str:
        """`asks whether outsiders can inspect it`; the sentence itself if it has no deed."""
        if self.deed is None:
            return self.sentence
        return _each_verb(self.deed, _third)

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.sentence.endswith("?")


def read(sentence: str) -> Wording | None:
    """Take a sentence apart.

    Args:
        sentence: one that tells what a good answer does, gives advice, or is part of an answer.

    Returns:
        Its wording; None for one that denies something: reversed it would be right.
    """
    bare = sentence.strip().rstrip(".!;:")
    if len(bare.split()) < 3:
        return None
    deed = _deed(_OPENING.sub("", bare))
    if negation_cues(deed or bare):
        return None
    return Wording(bare, deed)


def terms(text: str) -> tuple[str, ...]:
    """Pick the terms a text is about: runs of at most three content words, verbs left out.

    Returns:
        Terms in the order they occur, each once, in lower case.
    """
    found: dict[str, None] = {}
    for piece in re.split(r"[,;:.?!()\"]", text):
        run: list[str] = []
        for word in [*words(piece), ""]:
            content = word and word not in FUNCTION_WORDS and word not in _SMALL
            if content and not _is_verb(word):
                run.append(word)
                continue
            term = " ".join(run[-_TERM_WORDS:])
            if len(term) >= _TERM_LETTERS:
                found[term] = None
            run = []
    return tuple(found)


def lower_first(text: str) -> str:
    """A sentence as it stands inside another; acronyms and `I` keep their capitals."""
    head = text.split(maxsplit=1)[0] if text else ""
    return text if head[1:2].isupper() or head.split("'")[0] == "I" else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """A sentence as it begins."""
    return text[:1].upper() + text[1:]


def _deed(text: str) -> str | None:
    """What a sentence does, its verbs in the base form."""
    if text.endswith("?"):
        return None
    head, _, rest = text.partition(" ")
    small = head.lower()
    if small in _VERBS:
        return f"{small} {rest}"
    if small in {"does", "is"} or rest.startswith("not "):
        later = _LATER.search(text)
        return _base_forms(later["deed"]) if later else None
    if _is_third(small):
        return _base_forms(lower_first(text))
    told = _FIRST_PERSON.search(text)
    if told and told["verb"].lower() not in _NO_DEED:
        return told["deed"]
    return None


def _base_forms(text: str) -> str:
    head, _, rest = text.partition(" ")
    further = _FURTHER.sub(
        lambda found: found["link"] + _further(found["verb"]),
        rest,
    )
    return f"{_base(head)} {further}".replace("; ", " and ")


def _further(verb: str) -> str:
    base = _base(verb)
    return base if base in _VERBS else verb


def _each_verb(deed: str, form: _Form) -> str:
    """Change the form of the first verb, and of the others in a list of deeds."""
    head, _, rest = deed.partition(" ")
    return f"{form(head)} {''.join(_changed(rest, form))}"


def _changed(rest: str, form: _Form) -> Iterator[str]:
    at = 0
    for found in _LISTED.finditer(rest):
        if found[1] in _VERBS:
            yield rest[at : found.start(1)] + form(found[1])
            at = found.end(1)
    yield rest[at:]


def _is_third(word: str) -> bool:
    return word.endswith("s") and not word.endswith("ss") and _base(word) in _VERBS


def _is_verb(word: str) -> bool:
    return word in _VERBS or _is_third(word)


def _base(verb: str) -> str:
    if verb in _THIRD:
        return _THIRD[verb]
    if verb.endswith("ies") and len(verb) > 4:
        return f"{verb[:-3]}y"
    if verb.endswith(("ches", "shes", "sses", "xes")):
        return verb[:-2]
    return verb.removesuffix("s")


def _third(verb: str) -> str:
    for third, base in _THIRD.items():
        if verb == base:
            return third
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("ch", "sh", "ss", "x")) else f"{verb}s"


def _gerund(verb: str) -> str:
    if verb in _DOUBLING:
        return f"{verb}{verb[-1]}ing"
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "be")):
        return f"{verb[:-1]}ing"
    return f"{verb}ing"

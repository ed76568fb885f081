"""Claims that look like an answer and say nothing: echoes, term lists, words to the grader."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.claims import Claim
from grader.language import FUNCTION_WORDS, content_stems, function_share, stem, words
from grader.verdict import Flag

_ECHO_SHARE = 0.8
"""Share of a claim's content words that the question already holds."""
_ECHO_WORDS = 4
"""Content words below which a claim is too short to be called an echo."""
_MOST = 0.5
"""Share of the claims from which the whole answer is flagged."""
_ITEMS = 4
"""Items from which terms in a row are a list."""

_SEPARATORS = re.compile(r"[,;/|\u2022\u00b7\n]")
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

_IGNORE = frozenset("ignore disregard forget override bypass skip".split())
_RULES = frozenset("rubric rubrics instruction instructions grading guidelines prompt".split())
_GIVE = frozenset("give award assign grant mark grade score rate credit accept".split())
_FULL = frozenset("full maximum max top highest perfect all every 100 complete".split())
_UNITS = frozenset("mark marks score scores point points credit credits grade grades met".split())
_GRADER = frozenset("grader graders examiner evaluator marker assessor".split())


@dataclass(frozen=True, slots=True)
class Screened:
    """Which claims may earn something, and what the others amount to."""

    eligible: tuple[bool, ...]
    """One for each claim."""
    flags: tuple[Flag, ...]
    """Flags that the answer as a whole deserves."""


def screen(claims: Sequence[Claim], question: str | None) -> Screened:
    """Sort out the claims that say nothing.

    Args:
        claims: of one answer, in order.
        question: the prompt, plain; None if unknown, and then nothing is an echo.

    Returns:
        Eligible or not for each claim. An instruction to the grader flags the answer at once;
        echoes and term lists do when they make up half of it or more.
    """
    asked = frozenset(content_stems(question)) if question else frozenset()
    kinds = [_kind(claim.text, asked) for claim in claims]
    terms = [_is_bare_term(claim.text) for claim in claims]
    if sum(terms) >= _ITEMS and sum(terms) / len(terms) >= _MOST:
        kinds = [Flag.STUFFING if bare else kind for kind, bare in zip(kinds, terms, strict=True)]
    sizes = [len(claim.text) for claim in claims]
    flags = []
    for flag in (Flag.ECHO, Flag.STUFFING, Flag.INSTRUCTION):
        share = sum(size for size, kind in zip(sizes, kinds, strict=True) if kind is flag)
        if share and (flag is Flag.INSTRUCTION or share / sum(sizes) >= _MOST):
            flags.append(flag)
    return Screened(tuple(kind is None for kind in kinds), tuple(flags))


def _kind(text: str, asked: frozenset[str]) -> Flag | None:
    tokens = words(text)
    if _addresses_grader(tokens):
        return Flag.INSTRUCTION
    if _is_term_list(text, tokens):
        return Flag.STUFFING
    return Flag.ECHO if _is_echo(text, asked) else None


def _is_echo(text: str, asked: frozenset[str]) -> bool:
    content = content_stems(text)
    if len(content) < _ECHO_WORDS or not asked:
        return False
    return sum(word in asked for word in content) / len(content) >= _ECHO_SHARE


def _is_term_list(text: str, tokens: list[str]) -> bool:
    """Whether a claim strings terms together without saying anything of them."""
    if "?" in text or _has_action(tokens) or function_share(tokens) > 0.2:
        return False
    items = [item.split() for item in _SEPARATORS.split(text) if item.strip()]
    if len(items) >= _ITEMS:
        return sorted(map(len, items))[len(items) // 2] <= 3
    return len(tokens) >= 2 * _ITEMS and function_share(tokens) == 0.0


def _is_bare_term(text: str) -> bool:
    """Whether a claim is a term and no more."""
    tokens = words(text)
    return (
        len(tokens) <= 4
        and "?" not in text
        and not _has_action(tokens)
        and not any(token in FUNCTION_WORDS - _CONNECTORS for token in tokens)
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
    return "system prompt" in joined or "as the grader" in joined or "all rubric points" in joined

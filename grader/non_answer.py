"""Answers that say there is none: "no submission", "I don't know", "n/a"."""

import re

_EXCUSE = r"(?:sorry|well|um+|because|so|ok|okay)"
_FILLER = r"(?:really|honestly|just|simply|even|still)"
_THING = r"(?:response|submission|answer|reply|solution|idea|clue|input|text|comment)s?"
_REST = (
    r"(?: (?:about|at all|of|the|this|that|it|an?|to|answer|question|sorry|why|how|what|yet"
    r"|either|one|here|given|provided|submitted))*"
)
_NON_ANSWER = re.compile(
    rf"(?:{_EXCUSE}[ ,]+)*(?:"
    rf"(?:there (?:is|was) )?(?:no|empty|blank|missing|without)(?: an?| any)? {_THING}{_REST}"
    rf"|(?:i |we )?(?:{_FILLER} )*"
    r"(?:do not|don.?t|did not|didn.?t|can ?not|can.?t|could not|couldn.?t) "
    rf"(?:{_FILLER} )*(?:know|remember|recall|understand|answer)\b{_REST}"
    rf"|(?:i |we )?(?:(?:have|had|am|was|i.?m) )*(?:no|not|without|un) ?(?:{_FILLER} )*"
    rf"(?:a )?(?:idea|clue|sure|certain){_REST}"
    r"|idk|dunno|n/?a|none|nothing|null|nil|pass|skip(?:ped)?|unanswered|not answered"
    r"|not attempted|unknown|empty|blank|(?:i )?give up"
    r"|(?:please )?tell(?: me)?(?: the)? answer|help(?: me)?"
    r")[ .,!?]*",
    re.IGNORECASE,
)
_LONGEST = 80
"""Characters; who writes more has said something."""


def is_non_answer(text: str) -> bool:
    """Tell whether a text declines to answer, and says nothing else.

    Args:
        text: normalised, white space in single blanks.
    """
    if not any(char.isalnum() for char in text):
        return True
    return len(text) <= _LONGEST and _NON_ANSWER.fullmatch(text) is not None

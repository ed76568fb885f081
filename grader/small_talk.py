"""Sentences of an answer that speak of nothing: courtesies, thinking aloud, signposts."""

import re

from grader.language import FUNCTION_WORDS, negation_cues, stem, words

_TALK = frozenset(
    map(
        stem,
        """actually afraid afternoon aloud answer answering anyway anything apologies appreciate
        asked attention back basically bear begin bit bless brief briefly bye chat cheers clear
        close come comes conclude contact convenience cover day dear detail details discuss
        earliest elaborate else end english enjoy er erm evening everyone everything excuse
        explain explaining far feel forward frankly friend gather get getting give gladly go
        goes going good goodbye gosh great greetings guess happy hear hearing hello help helpful
        helps hesitate hey hi hmm honest honestly hope hopefully interesting interview
        interviewing keep kind know let like literally little long look looking lost loud madam
        mean mentioned mind moment morning nice obviously oh ok okay oops opinion opportunity
        panel patience perhaps personally please pleasure position pretty probably question
        questions quick quickly rambling ramble really regards reply respond right said saw say
        saying see sense sentence short sincerely sir slight sorry speak speaking start stop
        sure take takes taking talk talking tell telling thank thanks thing things think
        thinking thought thoughts thread today uh uhm um unclear understand view wait waffle
        waffling way welcome well wish wishes word words wow wrap write writing written wrote
        yeah yep yours""".split(),
    )
)
"""Words of talking itself: of answering, thinking, thanking and parting."""
_COURTESY = re.compile(
    r"(?:(?:so|well|okay|ok|and|oh|um|uh|yeah),? )*"
    r"(?:(?:many )?thanks?(?! to\b)|i (?:just |really |do )?(?:hope|appreciate|wish (?:to )?you)\b"
    r"|i(?:'m| am) looking forward|i look forward|feel free|please let me know"
    r"|please (?:do not|don't) hesitate|(?:it was|it has been|it is) (?:a|my) pleasure"
    r"|have a (?:good|nice|great|lovely)|my apologies|apologies for|excuse me"
    r"|sorry (?:for|about) my)\b",
    re.IGNORECASE,
)
_OTHER = 2
"""Words of another kind that a courtesy may hold and stay one."""


def is_small_talk(text: str) -> bool:
    """Tell whether a claim speaks of nothing but the talk itself.

    A question is none, and neither is what holds a digit or denies what stands before it.

    Args:
        text: of one claim, normalised.
    """
    said = words(text)
    if not said or "?" in text or any(char.isdigit() for char in text):
        return False
    other = sum(word not in FUNCTION_WORDS and stem(word) not in _TALK for word in said)
    if _COURTESY.match(text):
        return other <= _OTHER
    return not other and not negation_cues(text)

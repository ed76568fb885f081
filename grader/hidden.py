"""Parts of an answer that markup keeps from a reader: nobody said them."""

import re

from grader.text import MAX_CHARS

_TAG = r"(?P<tag>[a-z][a-z0-9]{0,15})"
_CONCEALING = (
    r"\bhidden\b|aria-hidden|display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])"
    r"|font-size\s*:\s*[01](?:\.\d+)?(?:px|pt|em|rem|%)?\s*[;\"'>]"
    r"|(?<![-\w])color\s*:\s*(?:white|transparent|#fff\b|#ffffff\b|#fefefe\b)"
)
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    rf"|<{_TAG}\b(?=[^>]{{0,300}}(?:{_CONCEALING}))[^>]{{0,300}}>.*?(?:</(?P=tag)\s*>|\Z)"
    r"|^[ \t]*\[(?://|comment)\]:[ \t]*#[^\n]*"
    r"|\\color\{(?:white|transparent)\}[^$\n]*"
    r"|\\textcolor\{(?:white|transparent)\}\{[^}]*\}?"
    r"|\\phantom\{[^}]*\}?",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
"""Comments, elements made invisible, link definitions that are comments, letters in white."""


def hidden_spans(answer: str) -> tuple[tuple[int, int], ...]:
    """Find what a reader of the rendered answer does not see.

    Args:
        answer: as given; beyond `MAX_CHARS` characters it is not read.

    Returns:
        Start and end of each part, in order and without overlap.
    """
    if "<" not in answer and "\\" not in answer and "]:" not in answer:
        return ()
    return tuple(found.span() for found in _HIDDEN.finditer(answer[:MAX_CHARS]))

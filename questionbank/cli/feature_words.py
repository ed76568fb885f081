"""What the features mean, for readers who do not want figures."""

from collections import defaultdict

from grader.explanation import Explanation
from grader.refinement import SHIFT

_SPEAKS = "how clearly it speaks of the point"
_SIDE = "which side it takes"
_RATHER = "whether it fits this point rather than the others"
_NEAR = "how near it comes to wordings that meet the point, or miss it"
_ECHO = "how much it repeats the question"
_WHOLE = "how the answer as a whole fares"
_STYLE = "how the answer as a whole is written"

WORDS = {
    "probe": _SPEAKS,
    "probe_best": _SPEAKS,
    "probe_claims": _SPEAKS,
    "probe_pairs": _SPEAKS,
    "probe_clauses": _SPEAKS,
    "probe_sum": _SPEAKS,
    "probe_top3": _SPEAKS,
    "probe_around": _SPEAKS,
    "probe_elsewhere": "what the rest of the answer says of the point",
    "stance": _SIDE,
    "stance_best": _SIDE,
    "stance_claims": _SIDE,
    "stance_lead": _RATHER,
    "lead": _RATHER,
    "exemplar_lead": _RATHER,
    "others": "how it does on the other points",
    "exemplar": _NEAR,
    "margin": _NEAR,
    "overlap": "whether it uses the words of good answers",
    "echo": _ECHO,
    "prompt": _ECHO,
    "clause": "whether it rests on a part of a sentence",
    "opposition": "how strongly a sentence denies the point",
    "answer_probe": _WHOLE,
    "answer_exemplar": _WHOLE,
    "answer_twin": _WHOLE,
    "answer_prompt": _ECHO,
    "answer_dismissing": _STYLE,
    "answer_asking": _STYLE,
    "answer_function_words": _STYLE,
    "answer_commas": _STYLE,
    "answer_words": _STYLE,
    "answer_variety": _STYLE,
    "answer_question_covered": _ECHO,
    SHIFT: "how people graded other answers to it",
}
"""Feature -> what it is about; several features are about one thing."""

_MOST = 3
_LEAST = 0.1
"""Log-odds below which a reason is not worth a word."""


def reasons(explained: Explanation) -> tuple[list[str], list[str]]:
    """Say what speaks for a point and what against it.

    Args:
        explained: its log-odds as a sum.

    Returns:
        Up to three reasons each, the strongest first. Features that are about one thing are
        added up; those without words go by their names.
    """
    added: defaultdict[str, float] = defaultdict(float)
    for one in explained.contributions:
        added[WORDS.get(one.feature, one.feature)] += one.log_odds
    strongest = sorted(added, key=lambda words: -abs(added[words]))
    speaks = [words for words in strongest if added[words] >= _LEAST]
    denies = [words for words in strongest if added[words] <= -_LEAST]
    return speaks[:_MOST], denies[:_MOST]

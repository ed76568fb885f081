"""Words that tell how something is said: dismissed, asked, listed, or in terms of the question."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.language import content_stems, function_share, words

_DISMISSAL = re.compile(
    r"\b(no need|not? (?:really )?(?:necessary|needed|worth|matter|important|relevant|required"
    r"|bother)|needn't|(?:don't|do not|doesn't|does not|didn't|wouldn't|would not|won't|will not"
    r"|shouldn't|never) (?:really )?(?:need|bother|care|matter|worry|check|look|ask|measure|test"
    r"|compare|count|spend|waste|think|see)|skip(?:ped|ping)?|ignor\w+|waste\w*|pointless"
    r"|unnecessary|needless\w*|overkill|overrated|irrelevant|unimportant|regardless|anyway"
    r"|just (?:take|use|pick|trust|go|ship|buy|believe)|simply (?:take|use|trust|go|pick)|trust"
    r"|forget|leave (?:it|that|this) (?:out|aside|to)|instead of|rather than|distract\w*"
    r"|bureaucra\w*|fine as (?:it|they)|good enough|always|obviously|of course"
    r"|speaks? for (?:it|them)sel\w+|not my|someone else)\b"
)
_SEPARATOR = re.compile(r"[,;/|]")


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much a word tells: the fewer of a rubric's exemplars hold it, the more."""

    weights: Mapping[str, float]
    """By stem."""
    unseen: float
    """Of a stem that no exemplar holds."""

    def mass(self, stems: Collection[str]) -> float:
        """Sum the weights of distinct stems."""
        return sum(self.weights.get(stem, self.unseen) for stem in sorted(stems))


def rarity(texts: Sequence[str]) -> Rarity:
    """Weigh stems by how few of the texts hold them: log((n + 1) / (holders + 1)).

    Args:
        texts: a rubric's exemplars, at least one.
    """
    held = Counter(stem for text in texts for stem in set(content_stems(text)))
    top = len(texts) + 1
    weights = {stem: math.log(top / (count + 1)) for stem, count in held.items()}
    return Rarity(weights, math.log(top))


def dismissals(text: str) -> int:
    """Count the phrases that wave something away."""
    return len(_DISMISSAL.findall(text.lower().replace("\u2019", "'")))


def overlap(stems: Collection[str], known: Collection[str], weigh: Rarity) -> float:
    """Measure how much of a text's distinct stems is known, by rarity.

    Returns:
        0 to 1; 0 for no stems, or none of weight.
    """
    distinct = set(stems)
    whole = weigh.mass(distinct)
    return weigh.mass(distinct.intersection(known)) / whole if whole > 0 else 0.0


def style(claims: Sequence[str], asked: Collection[str]) -> dict[str, float]:
    """Measure how an answer is written.

    Args:
        claims: their texts, at least one.
        asked: stems of the question's content words; empty if it is unknown.

    Returns:
        - `dismissing`: share of the claims that wave something away;
        - `asking`: share that hold a question mark;
        - `function_words`, `commas`: per word, claims weighted by their length;
        - `words`: log2(1 + words);
        - `variety`: distinct content stems per content word;
        - `question_covered`: share of the question's stems that occur.
    """
    tokens = [words(claim) for claim in claims]
    sizes = [len(some) for some in tokens]
    listed = [
        len(_SEPARATOR.findall(claim)) / max(1, size)
        for claim, size in zip(claims, sizes, strict=True)
    ]
    stems = [stem for claim in claims for stem in content_stems(claim)]
    said = set(stems)
    return {
        "dismissing": sum(dismissals(claim) > 0 for claim in claims) / len(claims),
        "asking": sum("?" in claim for claim in claims) / len(claims),
        "function_words": _mean([function_share(some) for some in tokens], sizes),
        "commas": _mean(listed, sizes),
        "words": math.log2(1 + sum(sizes)),
        "variety": len(said) / max(1, len(stems)),
        "question_covered": len(said & set(asked)) / len(asked) if asked else 0.0,
    }


def _mean(values: Sequence[float], sizes: Sequence[int]) -> float:
    """Mean by length; a claim without words counts a little."""
    weights = [size + 0.1 for size in sizes]
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)

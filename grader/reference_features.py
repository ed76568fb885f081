"""What is measured of an answer beside the reference answers it is held against.

Each reference is compared by itself; `best_` is the comparison with the one that comes nearest,
`most_` and `mean_` are the greatest and the mean over all. The measures of one comparison:

- `cosine`, `cosine_net`: of the whole texts; net of what both share with the question;
- `claims_recall`, `claims_recall_least`: cosine of each of the reference's claims to the nearest of
  the answer's, mean and least; `claims_precision`, `claims_precision_least` the other way round;
  `claims_best` the greatest;
- `tokens_recall`, `tokens_precision`, `tokens_f`: the same word by word in context, weighted by
  rarity (BERTScore, Zhang et al. 2020); `…_net` weighted by distance from the question's words too;
  `…_low` over the quarter that fits worst; `tokens_matched` the share of the reference's above 0.6;
- `stems_…`, `letters_…`: shares of content stems, and of runs of four letters, found on the other
  side; `…_net` without those of the question; `stems_new` said by the answer alone;
- `numbers_…`: the same of numbers; `numbers_new` counts those that the answer alone has;
- `negations_differ`, `negations_odd`, `negations_answer`, `negations_reference`: words that deny;
- `length_ratio`, `length_reference`: log of words; `reference_question`: cosine of those two.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.language import content_stems, negation_cues, words
from grader.passage import Passage
from grader.probe import Floats

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_RUN = 4
_MATCHED = 0.6
_MOST = (
    "stems_recall",
    "stems_recall_net",
    "stems_precision",
    "letters_recall",
    "letters_precision",
    "cosine",
    "tokens_recall",
    "tokens_precision",
    "tokens_recall_net",
    "claims_recall",
    "claims_precision",
)
"""Measures that are also taken over all references."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """A text as a set of words, letters and numbers."""

    stems: frozenset[str]
    runs: frozenset[str]
    numbers: frozenset[str]
    negations: int
    words: int
    content: int


def measure_answer(
    answer: Passage, references: Sequence[Passage], question: Passage
) -> dict[str, float]:
    """Measure an answer beside its references.

    Args:
        answer: with at least one letter or digit.
        references: at least one.
        question: an empty passage if it is unknown.

    Returns:
        Features by name, the same names always.
    """
    compared = [_compare(answer, reference, question) for reference in references]
    nearness = [one["tokens_f"] + one["cosine"] for one in compared]
    best = compared[int(np.argmax(nearness))]
    second, first = sorted([*nearness, nearness[0]] if len(nearness) == 1 else nearness)[-2:]
    found = {f"best_{name}": value for name, value in best.items()}
    for name in _MOST:
        values = [one[name] for one in compared]
        found[f"most_{name}"] = max(values)
        found[f"mean_{name}"] = sum(values) / len(values)
    asked, said = _wording(question.text), _wording(answer.text)
    known = [_wording(one.text) for one in references]
    stems = frozenset().union(*(one.stems for one in known))
    numbers = asked.numbers.union(*(one.numbers for one in known))
    return found | {
        "lead": first - second,
        "known": _share(said.stems, stems),
        "new": len(said.stems - stems - asked.stems) / max(1, len(said.stems)),
        "new_numbers": float(len(said.numbers - numbers)),
        "echo": _share(said.stems, asked.stems),
        "question_covered": _share(asked.stems, said.stems),
        "question_cosine": float(answer.vector @ question.vector),
        "words": math.log(1 + said.words),
        "function_words": 1.0 - said.content / max(1, said.words),
        "references": math.log(len(references)),
        "question_words": math.log(1 + asked.words),
    }


def _compare(answer: Passage, reference: Passage, question: Passage) -> dict[str, float]:
    return {
        **_compare_wholes(answer, reference, question),
        **_compare_tokens(answer, reference, question),
        **_compare_words(_wording(answer.text), _wording(reference.text), _wording(question.text)),
    }


def _compare_wholes(answer: Passage, reference: Passage, question: Passage) -> dict[str, float]:
    asked = question.vector
    ours = answer.vector - (answer.vector @ asked) * asked
    theirs = reference.vector - (reference.vector @ asked) * asked
    norm = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    near = reference.claims @ answer.claims.T
    return {
        "cosine": float(answer.vector @ reference.vector),
        "cosine_net": float(ours @ theirs) / max(1e-6, norm),
        "reference_question": float(reference.vector @ asked),
        "claims_recall": float(near.max(axis=1).mean()),
        "claims_recall_least": float(near.max(axis=1).min()),
        "claims_precision": float(near.max(axis=0).mean()),
        "claims_precision_least": float(near.max(axis=0).min()),
        "claims_best": float(near.max()),
    }


def _compare_tokens(answer: Passage, reference: Passage, question: Passage) -> dict[str, float]:
    if not len(answer.tokens) or not len(reference.tokens):
        near = np.zeros((max(1, len(reference.tokens)), max(1, len(answer.tokens))))
    else:
        near = reference.tokens @ answer.tokens.T
    recalled, known = near.max(axis=1), near.max(axis=0)
    theirs, ours = _weights(reference, None), _weights(answer, None)
    recall, precision = float(recalled @ theirs), float(known @ ours)
    return {
        "tokens_recall": recall,
        "tokens_precision": precision,
        "tokens_f": _harmonic(recall, precision),
        "tokens_recall_net": float(recalled @ _weights(reference, question)),
        "tokens_precision_net": float(known @ _weights(answer, question)),
        "tokens_recall_low": _low(recalled),
        "tokens_precision_low": _low(known),
        "tokens_matched": float((recalled > _MATCHED).mean()),
    }


def _weights(passage: Passage, question: Passage | None) -> Floats:
    """Shares of a passage's tokens by rarity, and by distance from the question's if given."""
    if not len(passage.tokens):
        return np.ones(1)
    weights = passage.rarity
    if question is not None and len(question.tokens):
        near = np.clip((passage.tokens @ question.tokens.T).max(axis=1), 0.0, 1.0)
        weights = weights * (1.02 - near)
    shares: Floats = weights / weights.sum()
    return shares


def _low(values: Floats) -> float:
    return float(np.sort(values)[: max(1, len(values) // 4)].mean())


def _compare_words(answer: _Wording, reference: _Wording, question: _Wording) -> dict[str, float]:
    recall = _share(reference.stems, answer.stems)
    precision = _share(answer.stems, reference.stems)
    beyond = reference.stems - question.stems
    denied, denies = reference.negations, answer.negations
    return {
        "stems_recall": recall,
        "stems_precision": precision,
        "stems_f": _harmonic(recall, precision),
        "stems_recall_net": _share(beyond, answer.stems) if beyond else recall,
        "stems_precision_net": _share(answer.stems - question.stems, reference.stems),
        "stems_new": len(answer.stems - reference.stems - question.stems)
        / max(1, len(answer.stems)),
        "letters_recall": _share(reference.runs, answer.runs),
        "letters_precision": _share(answer.runs, reference.runs),
        "letters_recall_net": _share(reference.runs - question.runs, answer.runs),
        "letters_precision_net": _share(answer.runs - question.runs, reference.runs),
        "numbers_recall": _share(reference.numbers, answer.numbers, 1.0),
        "numbers_precision": _share(answer.numbers, reference.numbers, 1.0),
        "numbers_new": float(len(answer.numbers - reference.numbers - question.numbers)),
        "negations_differ": float(min(denies, 2) != min(denied, 2)),
        "negations_odd": float((denies - denied) % 2),
        "negations_answer": float(min(denies, 3)),
        "negations_reference": float(min(denied, 3)),
        "length_ratio": math.log((answer.words + 1) / (reference.words + 1)),
        "length_reference": math.log(1 + reference.words),
    }


@lru_cache(maxsize=4096)
def _wording(text: str) -> _Wording:
    tokens = words(text)
    spelt = " ".join(tokens)
    stems = content_stems(text)
    return _Wording(
        stems=frozenset(stems),
        runs=frozenset(spelt[at : at + _RUN] for at in range(len(spelt) - _RUN + 1)),
        numbers=frozenset(_NUMBER.findall(text)),
        negations=negation_cues(text),
        words=len(tokens),
        content=len(stems),
    )


def _share(some: Collection[str], among: Collection[str], empty: float = 0.0) -> float:
    """Share of distinct things that are found among others; `empty` of none."""
    return len(set(some) & set(among)) / len(some) if some else empty


def _harmonic(one: float, other: float) -> float:
    return 2.0 * one * other / max(1e-9, one + other)


def ordered(features: Mapping[str, float], names: Sequence[str]) -> Floats:
    """Put features in a row: float64 [names]."""
    return np.array([features[name] for name in names])


def _names() -> tuple[str, ...]:
    nothing = np.zeros((0, 1))
    empty = Passage("", np.zeros(1), np.zeros((1, 1)), nothing, np.zeros(0))
    return tuple(measure_answer(empty, [empty], empty))


FEATURES = _names()
"""Their names, in order."""

"""What the adapter is trained on: small sets of a rubric's sentences, varied in their wrapping."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from grader.probe import Floats
from grader.rubric import Point, Rubric

_DENYING = (
    "There is no need for this: {}",
    "{} That is a waste of time and I would skip it.",
    "{} I would not bother with that.",
    "Some people would say: {} I disagree.",
    "I would leave this out: {}",
    "Others would tell you this: {} I wouldn't.",
    "It makes no difference, so never mind this: {}",
    "{} But none of that matters here.",
    "I don't care about the usual advice: {}",
    "{} Not something I would do.",
)
_ASSERTING = (
    "First of all, {}",
    "{} That is what I would do.",
    "In my view: {}",
    "And then, {}",
    "{} This matters a lot.",
    "For me this is the key: {}",
)
_FILLING = (
    "So, let me think about this for a moment.",
    "It depends on the situation.",
    "That is a good question.",
    "I have worked on something like this before.",
    "There are many things to consider.",
    "Then we would move on.",
    "The team would meet and talk about it.",
)
ANY = -1
"""Owner of a sentence that belongs to no point of the rubric."""


@dataclass(slots=True)
class Episode:
    """Sentences with what is to be learnt of each."""

    points: int
    texts: list[str] = field(default_factory=list)
    targets: list[list[float]] = field(default_factory=list)
    """For each sentence and point 1 if it meets it, else 0."""
    weights: list[list[float]] = field(default_factory=list)
    owners: list[int | None] = field(default_factory=list)
    """The point a sentence stands for when others are compared with it; `ANY` for none of them,
    None if it is only asked about."""
    signs: list[int] = field(default_factory=list)
    """1 for an exemplar, -1 for what meets nothing, 0 where there is no owner."""

    def add(
        self,
        text: str,
        met: Sequence[int],
        weight: tuple[int, float, float],
        owner: int | None,
        sign: int,
    ) -> None:
        """Add a sentence.

        Args:
            text: the sentence.
            met: points that it meets.
            weight: the point it is about, what that weighs, what the others weigh.
            owner: see `owners`.
            sign: see `signs`.
        """
        about, own, other = weight
        self.texts.append(text)
        self.targets.append([float(at in met) for at in range(self.points)])
        self.weights.append([own if at == about else other for at in range(self.points)])
        self.owners.append(owner)
        self.signs.append(sign)

    def arrays(self) -> tuple[Floats, Floats]:
        """Targets and weights, float64 [sentences, points] each."""
        return np.array(self.targets), np.array(self.weights)


@dataclass(frozen=True, slots=True)
class Mixture:
    """How an episode is drawn."""

    exemplars: int = 4
    """Of each point; fewer if it has fewer."""
    counterexamples: int = 4
    far: int = 4
    """Sentences of other rubrics."""
    varied: float = 0.3
    """How often a sentence is wrapped, filled or joined with another, 0 to 1."""


def draw_episode(
    rubric: Rubric,
    question: str | None,
    others: Sequence[Rubric],
    chance: random.Random,
    mixture: Mixture,
) -> Episode:
    """Draw an episode of one rubric.

    Args:
        rubric: what it is about.
        question: a sentence that meets nothing; None if unknown.
        others: rubrics whose sentences meet nothing either; may be empty.
        chance: decides.
        mixture: how much of each.
    """
    episode = Episode(len(rubric.points))
    for at, point in enumerate(rubric.points):
        for text in _sample(point.exemplars, mixture.exemplars, chance):
            _add_exemplar(episode, rubric, at, text, chance, mixture.varied)
        for text in _sample(point.counterexamples, mixture.counterexamples, chance):
            _add_counterexample(episode, point, at, text, chance, mixture.varied)
    if question:
        episode.add(question, (), (ANY, 1.0, 1.0), ANY, -1)
    for _ in range(mixture.far if others else 0):
        far = chance.choice(chance.choice(others).points)
        text = chance.choice([*far.exemplars, *far.counterexamples])
        episode.add(text, (), (ANY, 0.5, 0.5), ANY, -1)
    episode.texts = [_roughen(text, chance) for text in episode.texts]
    return episode


def _add_exemplar(
    episode: Episode, rubric: Rubric, at: int, text: str, chance: random.Random, varied: float
) -> None:
    weight = (at, 1.5, 0.5)
    draw = chance.random()
    siblings = [other for other in range(len(rubric.points)) if other != at]
    if draw < varied * 0.35 and siblings:
        other = chance.choice(siblings)
        sibling = rubric.points[other]
        if chance.random() < 0.5 or not sibling.counterexamples:
            second, met = chance.choice(sibling.exemplars), (at, other)
        else:
            second, met = chance.choice(sibling.counterexamples), (at, at)
        episode.add(_join(text, second, chance), met, weight, None, 0)
    elif draw < varied * 0.6:
        wrapped = chance.choice(_ASSERTING).format(_lower(text))
        episode.add(wrapped, (at,), weight, None, 0)
    elif draw < varied * 0.8:
        episode.add(_join(text, chance.choice(_FILLING), chance), (at,), weight, None, 0)
    else:
        if draw < varied + 0.1:
            denied = chance.choice(_DENYING).format(text)
            episode.add(denied, (), (at, 1.2, 0.3), None, 0)
        episode.add(text, (at,), weight, at, 1)


def _add_counterexample(
    episode: Episode, point: Point, at: int, text: str, chance: random.Random, varied: float
) -> None:
    weight = (at, 2.0, 0.4)
    draw = chance.random()
    if draw < varied * 0.3:
        episode.add(_join(text, chance.choice(_FILLING), chance), (), weight, None, 0)
    elif draw < varied * 0.6:
        second = chance.choice(point.counterexamples)
        episode.add(f"{text} {second}", (), weight, None, 0)
    else:
        episode.add(text, (), weight, at, -1)


def _sample(texts: Sequence[str], count: int, chance: random.Random) -> list[str]:
    return chance.sample(texts, min(count, len(texts)))


def _join(one: str, two: str, chance: random.Random) -> str:
    return f"{one} {two}" if chance.random() < 0.5 else f"{two} {one}"


def _lower(text: str) -> str:
    """Lower the first letter, unless the word is an acronym."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _roughen(text: str, chance: random.Random) -> str:
    """Now and then lower the case, drop the full stop, or lose a word."""
    draw = chance.random()
    if draw < 0.12:
        return text.lower()
    if draw < 0.2:
        return text.rstrip(".!?")
    tokens = text.split()
    if draw < 0.26 and len(tokens) > 4:
        tokens.pop(chance.randrange(len(tokens)))
        return " ".join(tokens)
    return text

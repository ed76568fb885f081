"""What an attack on a rubric is made of, none of which the rubric's probes were fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.claims import split_claims
from grader.language import content_stems
from grader.rubric import Point, Rubric
from grader.text import normalise
from questionbank.attacks.phrases import Wording, read, terms
from questionbank.bank import Bank
from questionbank.errors import UsageError
from questionbank.instance import Instance, instances

_SHARED = 2
"""Content words that a sentence of the model answer shares with the point it is counted to."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that deserves nothing."""

    text: str
    points: tuple[str, ...] | None = None
    """Ids of the points it must not earn; None for every point of the rubric."""


@dataclass(frozen=True)
class Material:
    """One rubric with the question it belongs to, and what lies about in the rest of the bank."""

    rubric: Rubric
    prompt: str | None
    """What is asked; None for a rubric that no question uses."""
    title: str
    """The question's, or the rubric's own."""
    follow_ups: tuple[str, ...]
    model_answer: str | None
    elsewhere: tuple[str, ...]
    """Paragraphs of model answers to questions of other strategies."""

    @property
    def points(self) -> tuple[Point, ...]:
        """The rubric's points."""
        return self.rubric.points

    @cached_property
    def told(self) -> Mapping[str, tuple[Wording, ...]]:
        """By point: its description, best anchor and advice, taken apart."""
        return {point.id: _read(_told(point)) for point in self.points}

    @cached_property
    def wordings(self) -> Mapping[str, tuple[Wording, ...]]:
        """By point: the same, and the sentences of the model answer that are about it."""
        said: dict[str, list[str]] = {point.id: [] for point in self.points}
        for sentence in sentences(self.model_answer or ""):
            stems = set(content_stems(sentence))
            shares = [(len(stems & _stems(point)), point.id) for point in self.points]
            shared, point_id = max(shares, key=lambda share: share[0])
            if shared >= _SHARED:
                said[point_id].append(sentence)
        return {name: (*told, *_read(said[name])) for name, told in self.told.items()}

    @cached_property
    def terms(self) -> Mapping[str, tuple[str, ...]]:
        """By point: the terms its title, description and best anchor are about."""
        return {
            point.id: terms(" ; ".join([point.title, *_told(point)[:-1]])) or (point.title,)
            for point in self.points
        }

    @cached_property
    def fitted(self) -> tuple[str, ...]:
        """What the probes were fitted on, plain and in lower case: no attack may hold it."""
        return tuple(
            plain(text)
            for point in self.points
            for text in (*point.exemplars, *point.counterexamples)
        )


def materials(bank: Bank, rubric_ids: Sequence[str] = ()) -> dict[str, Material]:
    """Gather the material for rubrics.

    Args:
        bank: where they are.
        rubric_ids: which; none for all.

    Returns:
        By rubric id, in the order named, or sorted.

    Raises:
        NotFoundError: an id names no rubric.
        UsageError: a rubric's file has problems.
    """
    asked = _asked(bank)
    found = {}
    for rubric_id in rubric_ids or sorted(bank.rubrics):
        rubric = bank.rubric(rubric_id)
        instance = asked.get(rubric_id)
        strategy = instance.question.strategy if instance else rubric_id.partition("/")[0]
        others = [one for one in asked.values() if one.question.strategy != strategy]
        found[rubric_id] = Material(
            rubric=rubric,
            prompt=instance.prompt if instance else None,
            title=instance.question.title if instance else rubric.title,
            follow_ups=instance.question.follow_ups if instance else (),
            model_answer=instance.model_answer if instance else None,
            elsewhere=tuple(part for one in others for part in _paragraphs(one.model_answer)),
        )
    return found


def plain(text: str) -> str:
    """A text as it is compared: normalised, in lower case, each run of white space one blank."""
    return " ".join(normalise(text).text.lower().split())


def sentences(text: str) -> list[str]:
    """The claims of a text, as the grader splits them."""
    return [claim.text for claim in split_claims(normalise(text))]


def _asked(bank: Bank) -> dict[str, Instance]:
    """By rubric: the first question that uses it; a question that cannot be asked is left out."""
    found: dict[str, Instance] = {}
    for _, question in sorted(bank.questions.items()):
        try:
            drawn = instances(question, bank.rubrics, seed=0)
        except UsageError:
            continue
        for instance in drawn:
            if instance.rubric is not None:
                found.setdefault(instance.rubric.id, instance)
    return found


def _read(texts: Sequence[str]) -> tuple[Wording, ...]:
    return tuple(wording for text in texts if (wording := read(text)))


def _told(point: Point) -> list[str]:
    """Sentences about what a good answer does; the last holds advice."""
    anchors = [point.anchors.five] if point.anchors else []
    return [*sentences(point.description), *anchors, point.feedback.missed.split(". ")[-1]]


def _stems(point: Point) -> set[str]:
    return set(content_stems(f"{point.title} {' '.join(_told(point))}"))


def _paragraphs(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split("\n\n") if len(part.split()) > 15]

"""Which questions are wanted."""

from dataclasses import dataclass
from typing import Protocol

from questionbank.labels import Audience, Level


class Labelled(Protocol):
    """What a filter looks at: a question, or what a list says of one."""

    @property
    def id(self) -> str:
        """Its name in the bank."""
        ...

    @property
    def strategy(self) -> str:
        """The area it belongs to."""
        ...

    @property
    def level(self) -> str:
        """How much it asks for."""
        ...

    @property
    def topics(self) -> tuple[str, ...]:
        """What it is about."""
        ...

    @property
    def audience(self) -> tuple[str, ...]:
        """Who should be able to answer."""
        ...


@dataclass(frozen=True)
class Filter:
    """Which questions are wanted; an empty field wants all."""

    ids: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    topics: tuple[str, ...] = ()
    audiences: tuple[Audience, ...] = ()

    def matches(self, question: Labelled) -> bool:
        """Whether a question is wanted."""
        return (
            (not self.ids or question.id in self.ids)
            and (not self.strategies or question.strategy in self.strategies)
            and (not self.levels or question.level in self.levels)
            and (not self.topics or bool(set(self.topics) & set(question.topics)))
            and (not self.audiences or bool(set(self.audiences) & set(question.audience)))
        )

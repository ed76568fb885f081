"""A listing: what a list says of the questions of a bank."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from questionbank.bank import Bank
    from questionbank.question import Question


@dataclass(frozen=True)
class Listed:
    """What a list says of a question; the fields are in the order of the question's own."""

    id: str
    version: str
    status: str
    title: str
    strategy: str
    level: str
    audience: tuple[str, ...]
    topics: tuple[str, ...]
    minutes: int
    kind: str

    @classmethod
    def of(cls, question: "Question") -> Self:
        """Take it from a question."""
        facts = question.model_dump(mode="json", include=set(cls.__dataclass_fields__))
        return cls.read(facts)

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Self:
        """Take it from what `facts` gave.

        Raises:
            TypeError, KeyError: that is something else.
        """
        lists = {name: tuple(facts[name]) for name in ("audience", "topics")}
        return cls(**{**facts, **lists})

    def facts(self) -> dict[str, Any]:
        """All of it, as a JSON value."""
        return {**asdict(self), "audience": list(self.audience), "topics": list(self.topics)}


@dataclass(frozen=True)
class Listing:
    """What a list says of a bank."""

    questions: tuple[Listed, ...]
    """Of those without problems, by id."""
    problems: int
    """How many the bank has."""

    def holds(self, ids: Iterable[str]) -> bool:
        """Whether all these questions are in it."""
        return set(ids) <= {question.id for question in self.questions}


def listing_of(bank: "Bank") -> Listing:
    """List the questions of a bank."""
    questions = (Listed.of(question) for _, question in sorted(bank.questions.items()))
    return Listing(tuple(questions), len(bank.problems))

"""Terms without a claim: lists with separators of every kind, and lists dressed as sentences."""

from collections.abc import Callable, Sequence
from random import Random

from questionbank.attacks.material import Draft, Material
from questionbank.attacks.phrases import upper_first

LISTS: tuple[Callable[[Sequence[str]], str], ...] = (
    lambda terms: ", ".join(terms),
    lambda terms: "; ".join(terms) + ".",
    lambda terms: " / ".join(terms),
    lambda terms: " | ".join(terms),
    lambda terms: " + ".join(terms),
    lambda terms: " -> ".join(terms),
    lambda terms: "\n".join(f"- {term}" for term in terms),
    lambda terms: "\n".join(f"{number}. {term}" for number, term in enumerate(terms, start=1)),
    lambda terms: "\n".join(terms),
    lambda terms: ". ".join(map(upper_first, terms)) + ".",
    lambda terms: " ".join(f"#{term.replace(' ', '')}" for term in terms),
    lambda terms: " ".join(terms),
)
"""A list and no more."""

COSTUMES: tuple[Callable[[Sequence[str]], str], ...] = (
    lambda terms: f"Topics: {', '.join(terms)}.",
    lambda terms: f"Key words for this question: {', '.join(terms)}.",
    lambda terms: f"My answer covers {_listed(terms)}.",
    lambda terms: f"It is all about {_listed(terms)}.",
    lambda terms: f"Here we have {_listed(terms)}, among other things.",
    lambda terms: f"This is a matter of {_listed(terms)}.",
    lambda terms: f"Relevant: {' and '.join(terms)}.",
    lambda terms: f"One word: {terms[0]}. And of course {_listed(terms[1:])}.",
)
"""A list in a sentence that says nothing of its terms."""

_TERMS = (4, 7)
"""Fewest and most terms taken for one point."""


def list_keywords(material: Material, chance: Random) -> Draft:
    """List terms of every point, each point's in the same form."""
    form = chance.choice(LISTS if chance.random() < 0.5 else COSTUMES)
    lists = [form(drawn_terms(material, point.id, chance)) for point in material.points]
    return Draft("\n".join(lists))


def drawn_terms(material: Material, point_id: str, chance: Random) -> list[str]:
    """Some of a point's terms, in the order they were found.

    Returns:
        At least two: a point with a single term lends from the question's title.
    """
    known = material.terms[point_id]
    count = min(len(known), chance.randint(*_TERMS))
    drawn = sorted(chance.sample(range(len(known)), count))
    found = [known[at] for at in drawn]
    return found if len(found) > 1 else [*found, material.title.lower()]


def _listed(terms: Sequence[str]) -> str:
    *first, last = terms
    return f"{', '.join(first)} and {last}" if first else last

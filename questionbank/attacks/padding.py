"""A weak or irrelevant answer made long by saying it again."""

from random import Random

from questionbank.attacks.irrelevant import DRIFT, FAR, drifting
from questionbank.attacks.keywords import drawn_terms
from questionbank.attacks.material import Draft, Material, sentences
from questionbank.attacks.phrases import upper_first

WEAK: tuple[str, ...] = (
    "{a} is very important, and so is {b}.",
    "{a} matters a great deal, as everybody knows.",
    "We all agree that {a} plays a role.",
    "{a} and {b} are always important in a project like this.",
    "Of course {a} is a topic here.",
    "One must never forget the importance of {a} and {b}.",
)
"""Platitudes about a point's terms."""

AGAIN = ("", "", "Again: ", "As I said, ", "To repeat, ", "I stress: ", "Once more: ")
"""What a repeated sentence begins with."""

_REPEATS = (3, 8)


def pad(material: Material, chance: Random) -> Draft:
    """Say little, and say it three to eight times, word for word or nearly."""
    base = [upper_first(_weak(material, point.id, chance)) for point in material.points]
    if chance.random() < 0.3:
        base += sentences(chance.choice(FAR))
    if chance.random() < 0.3:
        point = chance.choice(material.points)
        base.append(drifting(chance.choice(DRIFT), material, point.id, chance))
    told = list(base)
    for _ in range(chance.randint(*_REPEATS)):
        again = chance.choice(AGAIN)
        told += [f"{again}{sentence}" for sentence in base]
    if chance.random() < 0.5:
        chance.shuffle(told)
    return Draft(" ".join(told))


def _weak(material: Material, point_id: str, chance: Random) -> str:
    first, second = chance.sample(drawn_terms(material, point_id, chance), 2)
    return chance.choice(WEAK).format(a=first, b=second)

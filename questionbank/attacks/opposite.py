"""The good answer's words with the sense turned round."""

from random import Random

from grader.rubric import Point
from questionbank.attacks.material import Draft, Material
from questionbank.attacks.phrases import Wording, lower_first, read, upper_first

DEEDS: tuple[str, ...] = (
    "There is no need to {deed}.",
    "I would not {deed}.",
    "I see no reason to {deed}.",
    "We can do perfectly well without {gerund}.",
    "{gerund} is a waste of time and money.",
    "{gerund} can wait until somebody complains.",
    "It would be a mistake to {deed}.",
    "I would never {deed}.",
    "Rather than {gerund}, I would simply trust what I have been told.",
    "Instead of {gerund}, I would go ahead today.",
    "It makes no difference whether we {deed} or whether we leave it.",
    "It is overcautious to {deed}.",
    "The last thing I would do is {deed}.",
    "I would refuse to {deed}.",
    "I would sooner toss a coin than {deed}.",
    "Nothing is gained by {gerund}.",
    "Only beginners {deed}; people with experience just decide.",
    "{gerund} is unnecessary, since the answer is obvious.",
    "My advice is to stop {gerund}.",
    "Why would anybody {deed}, when a good feeling is enough?",
)
"""What to say of a deed so that the opposite is asserted."""

STATEMENTS: tuple[str, ...] = (
    "I don't believe that {said}.",
    "It is a myth that {said}.",
    "It is simply untrue that {said}.",
    "Whether {said} should not concern anybody.",
    "Nobody should lose sleep over the idea that {said}.",
)
"""The same for a statement."""

QUESTIONS: tuple[str, ...] = (
    'I would not ask "{said}"',
    'Nobody needs an answer to "{said}"',
    'It is a waste of breath to ask "{said}"',
    'I see no point in the question "{said}"',
)
"""The same for a question."""

_WHOLE = 0.7
"""Share of the answers that turn every point round; the others turn one."""


def turn_round(material: Material, chance: Random) -> Draft:
    """Turn sentences of the rubric or the model answer round, of every point or of one."""
    if chance.random() < _WHOLE:
        turned = [turn(material, point, chance) for point in material.points]
        return Draft(" ".join(turned))
    point = chance.choice(material.points)
    count = min(2, len(material.wordings[point.id]))
    return Draft(" ".join(turn(material, point, chance) for _ in range(max(1, count))))


def turn(material: Material, point: Point, chance: Random) -> str:
    """One sentence that asserts the opposite of what a point wants."""
    worst = read(point.anchors.one) if point.anchors else None
    if worst and worst.deed and chance.random() < 0.15:
        return f"I would {worst.deed}."
    wording = drawn_wording(material, point, chance)
    if wording.deed is not None:
        frame = chance.choice(DEEDS)
        made = frame.format(deed=wording.deed, gerund=wording.gerund)
        return upper_first(made)
    if wording.asks:
        return chance.choice(QUESTIONS).format(said=wording.sentence)
    return chance.choice(STATEMENTS).format(said=lower_first(wording.sentence))


def drawn_wording(material: Material, point: Point, chance: Random) -> Wording:
    """A wording of a point, one that names a deed if there is any; else one made of its title."""
    found = material.wordings[point.id]
    deeds = [one for one in found if one.deed]
    if deeds and chance.random() < 0.85:
        return chance.choice(deeds)
    if found:
        return chance.choice(found)
    return Wording(point.title, f"look at {lower_first(point.title)}")

"""The question, or the rubric's own words, given back as an answer."""

from collections.abc import Callable
from random import Random

from grader.rubric import Point
from questionbank.attacks.material import Draft, Material, sentences
from questionbank.attacks.phrases import Wording, lower_first, upper_first

QUESTION: tuple[Callable[[str], str], ...] = (
    lambda asked: asked,
    lambda asked: f"The question is: {asked}",
    lambda asked: f"Here one has to think about the following. {asked}",
    lambda asked: f"You want to know this: {asked} That is what I would answer.",
    lambda asked: f"So the situation is clear. {asked} This has to be answered well.",
    lambda asked: f"Good question! {asked} I would deal with exactly that.",
    lambda asked: f"To answer the question, I would answer it carefully. {asked}",
    lambda asked: f"> {asked}\n\nMy answer relates to the question above.",
)
"""The question's sentences, framed."""

THIRD: tuple[str, ...] = (
    "A good answer {third}.",
    "The ideal response {third}.",
    "Whoever answers this well {third}.",
    "Full marks go to an answer that {third}.",
    "A strong candidate {third}.",
    "The best answers are those in which the writer {third}.",
    "The criterion is met when somebody {third}.",
)
"""What a good answer does, told of somebody else."""

NOMINAL: tuple[str, ...] = (
    "What is expected here is {gerund}.",
    "The point called {title} means {gerund}.",
    "{title}: {gerund}.",
    "The thing being looked for is {gerund}.",
    "{gerund} is what the marking scheme mentions.",
    "This part of the question is about {gerund}.",
)
"""The same as a thing."""

GIVEN_BACK: tuple[Callable[[Point], str], ...] = (
    lambda point: f"{point.title}. {point.description}",
    lambda point: f"The first criterion is {point.title.lower()}. {point.description}",
    lambda point: f'The interviewer may ask: "{point.probe}"',
    lambda point: f'Feedback to a good answer would be: "{point.feedback.met}"',
    lambda point: f"Level 5: {point.anchors.five if point.anchors else point.description}",
)
"""Other texts of the rubric, as they stand."""


def restate_question(material: Material, chance: Random) -> Draft:
    """Give the question back, as a whole or with what may be asked next."""
    asked = " ".join((material.prompt or f"{material.title}?").split())
    parts = sentences(asked)
    if len(parts) > 1 and chance.random() < 0.3:
        chance.shuffle(parts)
        asked = " ".join(parts)
    said = [chance.choice(QUESTION)(asked)]
    if material.follow_ups and chance.random() < 0.6:
        said += chance.sample(material.follow_ups, min(3, len(material.follow_ups)))
    if chance.random() < 0.4:
        said.insert(0, f"My answer to \u201c{material.title}\u201d:")
    return Draft(" ".join(said))


def restate_rubric(material: Material, chance: Random) -> Draft:
    """Give every point back, in the third person, as a thing, or as the rubric has it."""
    style = chance.randrange(4)
    if style == 0:
        titles = ", ".join(point.title.lower() for point in material.points)
        frame = chance.choice(THIRD)
        told = [_framed(frame, point, _any(material, point, chance)) for point in material.points]
        return Draft(f"This question is about {titles}. {' '.join(told)}")
    if style == 1:
        give = chance.choice(GIVEN_BACK)
        return Draft("\n".join(give(point) for point in material.points))
    frames = THIRD if style == 2 else NOMINAL
    told = [
        _framed(chance.choice(frames), point, _any(material, point, chance))
        for point in material.points
    ]
    return Draft(" ".join(told))


def _any(material: Material, point: Point, chance: Random) -> Wording:
    """A wording of the rubric that names a deed; the description as it stands if there is none."""
    found = [one for one in material.told[point.id] if one.deed]
    return chance.choice(found) if found else Wording(point.description.rstrip("."), None)


def _framed(frame: str, point: Point, wording: Wording) -> str:
    third = lower_first(wording.third)
    made = frame.format(title=point.title, third=third, gerund=lower_first(wording.gerund))
    return upper_first(made)

"""Fluent professional prose that answers something else, or nothing."""

from random import Random

from grader.language import content_stems
from questionbank.attacks.keywords import drawn_terms
from questionbank.attacks.material import Draft, Material
from questionbank.attacks.phrases import upper_first

FAR: tuple[str, ...] = (
    "Our warehouse was rearranged last spring so that the fastest-moving articles lie nearest"
    " to the loading dock. Forklift drivers now cover about a third less distance in a shift."
    " The shelves were labelled in two languages, and the night crew was given brighter "
    "lamps.",
    "A sourdough loaf rewards patience. The dough rests overnight in a cool room, is folded "
    "four times in the morning and goes into a very hot oven with a little steam. The crust "
    "should sing when it comes out.",
    "The annual report describes a year of consolidation. Revenue from subscriptions rose by "
    "six per cent, the pension deficit narrowed, and the board proposes an unchanged dividend"
    " of forty cents.",
    "Before a long sea passage the crew checks the rigging, the bilge pumps and the life "
    "raft. Water is stowed low and amidships, and somebody ashore is told when to expect the "
    "first call.",
    "Municipal trees are surveyed every second year. A surveyor walks each street, taps the "
    "trunks, notes fungi and dead branches, and the crew that prunes follows in late winter.",
    "Good onboarding begins before the first day. The desk is ready, the accounts work, a "
    "colleague has been asked to be the mentor, and lunch with the department is in the "
    "calendar.",
    "The museum's new wing opens in October. Its galleries face north, the floors are "
    "reclaimed oak, and visitors reach the roof terrace by a staircase that winds round an "
    "old chimney.",
    "Our travel policy has been simplified. Rail is the first choice below five hours, "
    "receipts are photographed on the day, and per diems follow the tax office's table.",
    "The choir rehearses on Tuesdays in the parish hall. We begin with breathing exercises, "
    "sing the two slow movements in sections, and put everything together in the last half "
    "hour.",
    "Negotiations with the landlord went well. The lease runs for seven years with a break "
    "clause after four, the landlord pays for the lifts, and we may sublet the ground floor.",
)
"""About another subject altogether."""

DRIFT: tuple[str, ...] = (
    "{a} has become a much discussed subject in our industry, and whole conferences are "
    "devoted to {b}.",
    "Over the past decade the conversation about {a} has moved forward at a remarkable pace.",
    "Many organisations are on a journey with respect to {a}, and {b} is a part of that journey.",
    "Stakeholders at every level have their own views of {a}, which makes {b} a fascinating field.",
    "In my career I have met {a} in many shapes, and every encounter with {b} has taught me "
    "something.",
    "There is a rich literature on {a}, and newcomers to {b} will find excellent introductions.",
    "It is often remarked that {a} and {b} are two sides of one coin.",
    "Digital transformation touches everything, and {a} is no exception, as the debate on {b}"
    " shows.",
    "The word {a} means different things to different people, and the same is true of {b}.",
    "Leaders who embrace change see {a} as an opportunity and {b} as an inspiration.",
    "Historically, {a} grew out of academic work, while {b} came from practice.",
    "One could fill a library with books about {a}, and a second one with books about {b}.",
)
"""About the subject's words, saying nothing of them."""

_NEAR = 2
"""Content words in common from which a paragraph from elsewhere may well meet a point."""
_STYLES = ("far", "drift", "drift", "elsewhere")


def write_irrelevant(material: Material, chance: Random) -> Draft:
    """Write about something else, about the subject in general, or answer another question."""
    style = chance.choice(_STYLES)
    if style == "elsewhere" and material.elsewhere:
        parts = chance.sample(material.elsewhere, min(2, len(material.elsewhere)))
        text = "\n\n".join(parts)
        if missed := _missed(material, text):
            return Draft(text, missed)
    if style == "far":
        return Draft("\n\n".join(chance.sample(FAR, 2)))
    frames = chance.sample(DRIFT, min(len(material.points), len(DRIFT)))
    told = [
        drifting(frame, material, point.id, chance)
        for frame, point in zip(frames, material.points, strict=False)
    ]
    return Draft(" ".join(told))


def drifting(frame: str, material: Material, point_id: str, chance: Random) -> str:
    """A sentence that holds two terms of a point and claims nothing."""
    first, second = chance.sample(drawn_terms(material, point_id, chance), 2)
    return upper_first(frame.format(a=first, b=second))


def _missed(material: Material, text: str) -> tuple[str, ...]:
    """The points that a paragraph from elsewhere has hardly a word in common with.

    What it says of evaluation or cost may well be right here, too: a near point is not claimed.
    """
    stems = set(content_stems(text))
    return tuple(
        point.id
        for point in material.points
        if len(stems & set(content_stems(f"{point.title} {point.description}"))) < _NEAR
    )

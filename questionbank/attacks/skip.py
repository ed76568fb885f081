"""Points named only as what one would leave out, or as what other people do."""

from random import Random

from questionbank.attacks.material import Draft, Material
from questionbank.attacks.opposite import drawn_wording
from questionbank.attacks.phrases import upper_first

OWN: tuple[str, ...] = (
    "I know that one is supposed to {deed}, but I would pass over it.",
    "{gerund}: left out on purpose.",
    "Of the usual steps I would strike {gerund} from the list.",
    "What I would not spend a minute on is {gerund}.",
    "If there were more time one could {deed}, but I would drop it.",
    "I could {deed}. I would leave that for another day.",
    "Among the things I would skip is {gerund}.",
    "We used to {deed}, and I would put an end to that.",
    "The plan says to {deed}; I would cross that line out.",
)
"""Named as what one would skip."""

OTHERS: tuple[str, ...] = (
    "Consultants charge a fortune to {deed}, and I would spare us that.",
    "Some of my colleagues like to {deed}, which is their business and none of mine.",
    "A cautious team might {deed}, but we are another kind of team.",
    "Textbooks tell you to {deed}. I would turn that page.",
    "At my last company somebody used to {deed}, and everybody was glad when it stopped.",
    "Our competitors may {deed}; we simply get on with it.",
    "Auditors would probably {deed}. Let them.",
    "The engineers keep asking to {deed}; I leave them to their hobby.",
    "Academics love to {deed}, whereas I would follow my instinct.",
)
"""Named as what others do."""


def name_skipped(material: Material, chance: Random) -> Draft:
    """Name every point as skipped, or as other people's habit."""
    told = []
    for point in material.points:
        wording = drawn_wording(material, point, chance)
        deed, gerund = wording.deed, wording.gerund
        if deed is None:
            named = f"about {point.title.lower()}"
            deed, gerund = f"talk {named}", f"talking {named}"
        frame = chance.choice(OWN if chance.random() < 0.5 else OTHERS)
        told.append(upper_first(frame.format(deed=deed, gerund=gerund)))
    return Draft(" ".join(told))

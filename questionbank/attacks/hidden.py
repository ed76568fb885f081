"""Term lists and orders behind characters and markup that a reader does not see."""

from collections.abc import Callable
from random import Random

from questionbank.attacks.instruction import ORDERS
from questionbank.attacks.irrelevant import FAR
from questionbank.attacks.keywords import COSTUMES, LISTS, drawn_terms
from questionbank.attacks.material import Draft, Material

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_TWINS = str.maketrans("aceiopxy", "\u0430\u0441\u0435\u0456\u043e\u0440\u0445\u0443")
_WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def _zero_width(text: str, chance: Random) -> str:
    return "".join(f"{char}{chance.choice(_ZERO_WIDTH)}" for char in text)


VEILS: dict[str, Callable[[str, Random], str]] = {
    "zero-width": _zero_width,
    "soft-hyphens": lambda text, _: "\u00ad".join(text),
    "look-alikes": lambda text, _: text.translate(_TWINS),
    "full-width": lambda text, _: text.translate(_WIDE),
    "isolates": lambda text, _: f"\u2067\u2066{text}\u2069\u2069",
    "override": lambda text, _: f"\u202e{text[::-1]}\u202c",
    "white": lambda text, _: f'<span style="color:#fff;font-size:0">{text}</span>',
    "comment": lambda text, _: f"<!-- {text} -->",
    "link": lambda text, _: f'[//]: # "{text}"',
    "latex": lambda text, _: rf"$\color{{white}}\text{{{text}}}$",
    "details": lambda text, _: f"<details hidden>{text}</details>",
    "far-down": lambda text, _: "\n" * 200 + " " * 200 + text,
}
"""Ways to hide a text, by name."""


def hide(material: Material, chance: Random) -> Draft:
    """Show an answer about something else, and hide terms or orders beside it."""
    if chance.random() < 0.3:
        payload = chance.choice(ORDERS)(material.points)
    else:
        form = chance.choice((*LISTS, *COSTUMES))
        payload = " ".join(
            form(drawn_terms(material, point.id, chance)) for point in material.points
        )
    veil = chance.choice(sorted(VEILS))
    return Draft(f"{chance.choice(FAR)}\n\n{VEILS[veil](payload, chance)}")

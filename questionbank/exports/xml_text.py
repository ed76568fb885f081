"""XML written by hand, so that nothing gets in unescaped and every element has both its tags."""

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 has no place for."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Xml(str):
    """Text that is XML already."""

    __slots__ = ()


def element(name: str, *children: "str | Xml", **attributes: str) -> Xml:
    """One element.

    Args:
        name: its name.
        children: text, which is escaped, or elements, which are not.
        attributes: by name; `_` stands for `-`, and one at the end is dropped.
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
    )
    inner = "".join(child if isinstance(child, Xml) else _escaped(child) for child in children)
    return Xml(f"<{name}{named}>{inner}</{name}>")


def lines(*children: "str | Xml") -> Xml:
    """Elements below each other, for people who read the file."""
    return Xml("\n" + "\n".join(children) + "\n")


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("", text))

"""XML from strangers as a small tree with lines; the only module that knows defusedxml.

Document types, entities and references to other files are refused, and so is what is nested too
deep or has too many elements.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from questionbank.errors import FormatError

MAX_DEPTH = 200
MAX_ELEMENTS = 200_000
_VOID = {"br", "hr", "img"}


@dataclass
class Node:
    """One element, its name without namespace."""

    name: str
    attributes: dict[str, str]
    line: int
    """Where it begins, from 1."""
    children: list["Node | str"] = field(default_factory=list)

    @property
    def nodes(self) -> list["Node"]:
        """The elements directly inside."""
        return [child for child in self.children if isinstance(child, Node)]

    def find(self, name: str) -> "Node | None":
        """The first element of a name directly inside."""
        return next((node for node in self.nodes if node.name == name), None)

    def all(self, *names: str) -> Iterator["Node"]:
        """Every element of these names inside, at any depth, in order."""
        for node in self.nodes:
            if node.name in names:
                yield node
            yield from node.all(*names)

    @property
    def text(self) -> str:
        """All characters inside."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def child_text(self, name: str) -> str:
        """The characters of an element directly inside, stripped; empty if it is not there."""
        node = self.find(name)
        return node.text.strip() if node else ""

    def html(self, leave_out: frozenset[str] = frozenset()) -> str:
        """What is inside, written as HTML, without elements of some names."""
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(escape(child, quote=False))
            elif child.name not in leave_out:
                named = "".join(f' {k}="{escape(v)}"' for k, v in child.attributes.items())
                close = "" if child.name in _VOID else f"</{child.name}>"
                parts.append(f"<{child.name}{named}>{child.html(leave_out)}{close}")
        return "".join(parts)


class _Builder:
    """Collects the tree while expat reads."""

    def __init__(self) -> None:
        self.parser: DefusedXMLParser | None = None
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise ValueError("nested too deep" if len(self._open) >= MAX_DEPTH else "too large")
        line = self.parser.parser.CurrentLineNumber if self.parser else 0
        plain = {_local(name): value for name, value in attributes.items()}
        node = Node(_local(tag), plain, line)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, tag: str) -> None:
        del tag
        self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].children.append(text)

    def close(self) -> Node | None:
        return self.root


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def read_xml(raw: bytes, shown: str) -> Node:
    """Read XML with suspicion.

    Args:
        raw: the file; its declaration names its encoding.
        shown: how errors name it.

    Raises:
        FormatError: it is no XML, or XML that tries something.
    """
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(raw)
        root = parser.close()
    except DefusedXmlException as error:
        raise FormatError(
            shown, "has a document type or entities, which are not read; save it without them"
        ) from error
    except ParseError as error:
        line = error.position[0]
        reason = str(error).partition(":")[0]
        raise FormatError(f"{shown}:{line}", f"not well-formed XML ({reason})") from error
    except (ValueError, LookupError) as error:  # limits above, or an unknown encoding
        raise FormatError(shown, f"cannot be read as XML: {error}") from error
    if not isinstance(root, Node):
        raise FormatError(shown, "holds no XML element")
    return root

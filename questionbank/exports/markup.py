"""Markdown to HTML for formats that want HTML, and any HTML back to Markdown, sanitised.

The only module that knows nh3. What is not plain content (scripts, styles, frames, forms, event
handlers, addresses other than web and mail) does not get through.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from questionbank.source import refused, to_html
from questionbank.text_file import FORBIDDEN

_TAGS = {
    *("p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol"),
    *("li", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "strong", "b", "em", "i"),
    *("code", "a", "img", "span", "sub", "sup", "section", "article", "caption", "dl", "dt", "dd"),
}
_BLOCKS = {
    *("p", "div", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol"),
    *("table", "section", "article", "dl", "dt", "dd"),
}
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"alt"},
    "ol": {"start"},
    "code": {"class"},
    "td": {"class"},
    "th": {"class"},
}
_DROPPED = {"script", "style", "iframe", "object", "embed", "template", "noscript", "title"}
_ALIGNED = re.compile(r' style="text-align:(left|center|right)"')
_RULES = {"left": ":---", "center": ":---:", "right": "---:"}
MAX_HTML = 200_000
"""Characters of HTML that are read as one text."""
MAX_TAGS = 3_000
"""Tags in one text; nesting costs the square of them."""
_MAX_TEXT = 20_000
_MAX_DEPTH = 60
"""Tags inside tags; what is nested deeper is read as if it stood at this depth."""
_LINE_START = re.compile(r"(?m)^([ \t]*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|={2,}\s*$|-{2,}\s*$|~{3,})")
_NUMBERED = re.compile(r"(?m)^([ \t]*\d{1,9})([.)](?=\s|$))")
_MARKS = re.compile(r"\\(?=[!-/:-@\[-`{-~])|[`<]|\[(?=[^\]\n]{0,300}\][(\[])|&(?=#?\w{1,31};)")
_STARS = re.compile(r"(?<!\s)\*|\*(?!\s|$)|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)")


def markdown_to_html(text: str) -> str:
    """Well-formed XHTML without raw HTML; columns are aligned by QTI's class names."""
    return _ALIGNED.sub(r' class="qti-align-\1"', to_html(text)).strip()


def html_to_markdown(text: str, *, top: int = 1) -> str:
    """Read HTML as Markdown.

    Args:
        text: HTML from anywhere.
        top: headings stand at this level or below.

    Returns:
        Markdown without raw HTML; pictures become their description.

    Raises:
        ValueError: it is too long.
    """
    return tree_to_markdown(_tree(text, top))


def markdown_tree(text: str) -> "Node":
    """Read Markdown as the elements it stands for; HTML in it is text like any other.

    Raises:
        ValueError: it is too long.
    """
    return _tree(markdown_to_html(text), 1)


def tree_to_markdown(root: "Node") -> str:
    """Write elements as Markdown without raw HTML; text that looks like markup stays text."""
    return FORBIDDEN.sub("", "\n\n".join(_blocks(root))).strip()


def clean_page(body: str, tags: Mapping[str, set[str]]) -> str:
    """Let of a page's body only known elements and attributes through, whoever wrote it.

    Args:
        body: HTML without scripts.
        tags: attributes by element; `aria-` attributes pass everywhere.
    """
    return nh3.clean(
        body,
        tags=set(tags),
        clean_content_tags={"script", "style"},
        attributes={tag: names for tag, names in tags.items() if names},
        generic_attribute_prefixes={"aria-"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _tree(text: str, top: int) -> "Node":
    """Sanitise HTML and read it; raises as `html_to_markdown`."""
    if len(text) > MAX_HTML:
        raise ValueError(f"a text is longer than {MAX_HTML:,} characters")
    if text.count("<") > MAX_TAGS:
        raise ValueError(f"a text has more than {MAX_TAGS:,} tags")
    cleaned = nh3.clean(
        FORBIDDEN.sub("", text.replace("\r\n", "\n")),
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    reader = _Reader(top)
    reader.feed(cleaned)
    reader.close()
    return reader.root


@dataclass
class Node:
    """One element of clean HTML."""

    tag: str
    attributes: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)


class _Reader(HTMLParser):
    """A tree out of clean HTML, no deeper than can be walked."""

    def __init__(self, top: int) -> None:
        super().__init__(convert_charrefs=True)
        self._top = top
        self.root = Node("div", {})
        self._open = [self.root]
        self._too_deep = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len(self._open) > _MAX_DEPTH:
            self._too_deep += tag not in ("br", "hr", "img")
            return
        if re.fullmatch(r"h[1-6]", tag):
            tag = f"h{max(int(tag[1]), self._top)}"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in ("br", "hr", "img"):
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if self._too_deep:
            self._too_deep -= 1
        elif len(self._open) > 1:  # clean HTML closes what it opened last
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _blocks(node: Node) -> list[str]:
    """The blocks inside a node; runs of inline content between blocks are paragraphs."""
    found: list[str] = []
    run: list[Node | str] = []
    for child in [*node.children, None]:
        if child is not None and not (isinstance(child, Node) and child.tag in _BLOCKS):
            run.append(child)
            continue
        if text := _paragraph(run):
            found.append(text)
        run = []
        if isinstance(child, Node):
            found += [text for text in _block(child) if text]
    return found


def shown(text: str) -> str:
    """Markdown from the bank's short texts, with raw HTML in it shown and not obeyed."""
    suspect = "<" in text or "&" in text
    return html_to_markdown(markdown_to_html(text)) if suspect and refused(text) else text


def sanitised(text: str) -> str:
    """Markdown from strangers as a question's section may hold it.

    Args:
        text: Markdown, perhaps with HTML in it.

    Returns:
        The same text if nothing is wrong with it; else without control characters, with HTML
        turned into Markdown, and with headings below the level of sections.

    Raises:
        ValueError: it is too long.
    """
    if len(text) > _MAX_TEXT:
        raise ValueError(f"a text is longer than {_MAX_TEXT:,} characters")
    text = FORBIDDEN.sub("", text.replace("\r\n", "\n")).strip()
    return html_to_markdown(to_html(text, raw=True), top=3) if text and refused(text) else text


def _block(node: Node) -> list[str]:
    tag = node.tag
    if tag in ("ul", "ol"):
        return [_list(node)]
    if tag == "table":
        return [_table(node)]
    if tag == "pre":
        return [_fence(node)]
    if tag == "hr":
        return ["***"]
    if tag == "blockquote":
        inner = "\n\n".join(_blocks(node))
        return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []
    if tag[0] == "h" and tag[1:].isdigit():
        text = " ".join(_inline(node.children).split())
        return [f"{'#' * int(tag[1])} {text}"] if text else []
    return _blocks(node)


def _paragraph(children: list[Node | str]) -> str:
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", _inline(children))
    text = re.sub(r"\n{2,}", "\n", re.sub(r"(\\\n)+\s*\Z", "", text)).strip()
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\1\\\2", text))


def _inline(children: list[Node | str]) -> str:
    return "".join(_words(child) for child in children)


def _words(node: Node | str) -> str:
    if isinstance(node, str):
        text = _MARKS.sub(lambda found: "\\" + found.group(), node)
        return _STARS.sub(lambda found: "\\" + found.group(), text)
    if node.tag == "br":
        return "\\\n"
    if node.tag == "img":
        return _words(node.attributes.get("alt", ""))
    if node.tag == "code":
        return _code(_plain(node))
    text = _inline(node.children)
    inner = text.strip()
    if node.tag in ("strong", "b", "em", "i") and inner:
        mark = "**" if node.tag in ("strong", "b") else "*"
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{before}{mark}{inner}{mark}{after}"
    address = node.attributes.get("href", "")
    if node.tag == "a" and inner and address and not re.search(r"[\s<>()\\]", address):
        return f"<{address}>" if inner == address else f"[{inner}]({address})"
    return text


def _plain(node: Node | str) -> str:
    return node if isinstance(node, str) else "".join(_plain(child) for child in node.children)


def _code(text: str) -> str:
    text = " ".join(text.split("\n"))
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{mark}{space}{text}{space}{mark}"


def _fence(node: Node) -> str:
    text = _plain(node).strip("\n")
    code = next((c for c in node.children if isinstance(c, Node) and c.tag == "code"), node)
    language = re.match(r"language-([\w+-]{1,30})", code.attributes.get("class", ""))
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{language.group(1) if language else ''}\n{text}\n{mark}"


def _list(node: Node) -> str:
    items = [child for child in node.children if isinstance(child, Node) and child.tag == "li"]
    start = node.attributes.get("start", "1")
    first = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    lines = []
    for number, item in enumerate(items, start=first):
        mark = f"{number}. " if node.tag == "ol" else "- "
        loose = any(isinstance(child, Node) and child.tag == "p" for child in item.children)
        inner = ("\n\n" if loose else "\n").join(_blocks(item))
        first_line, _, rest = inner.partition("\n")
        indent = " " * len(mark)
        below = [f"{indent}{line}".rstrip() for line in rest.split("\n")] if rest else []
        lines.append("\n".join([f"{mark}{first_line}".rstrip(), *below]))
    return "\n".join(lines)


def _table(node: Node) -> str:
    rows = [
        [cell for cell in row.children if isinstance(cell, Node) and cell.tag in ("th", "td")]
        for row in _rows(node)
    ]
    rows = [row for row in rows if row]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = [
        "|" + "|".join(f" {c} " if c else " " for c in _cells(row, width)) + "|" for row in rows
    ]
    rules = [_RULES.get(_alignment(cell), "---") for cell in rows[0]]
    rules += ["---"] * (width - len(rules))
    return "\n".join([lines[0], "| " + " | ".join(rules) + " |", *lines[1:]])


def _rows(node: Node) -> list[Node]:
    found: list[Node] = []
    for child in node.children:
        if isinstance(child, Node):
            found += [child] if child.tag == "tr" else _rows(child)
    return found


def _cells(row: list[Node], width: int) -> list[str]:
    texts = [" ".join(" ".join(_blocks(cell)).split()).replace("|", "\\|") for cell in row]
    return texts + [""] * (width - len(texts))


def _alignment(cell: Node) -> str:
    found = re.search(r"qti-align-(left|center|right)", cell.attributes.get("class", ""))
    return found.group(1) if found else ""

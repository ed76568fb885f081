"""How an item's texts are laid out where a format has one box for them, and taken apart again.

Headings are those of a question file, so that a text reads the same there and here:
`## Exhibit`, `## Part: ID`, `## Model answer`, `## Follow-ups`, `## Sources`.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from questionbank.exports.item import Criteria, Criterion, Facts, Item
from questionbank.question import Kind

MAX_TAG = 50
"""Characters a tag may have in Moodle."""
_WHOLE_CASE = "The whole case"
_TOP = ""
_HEADING = re.compile(
    r"## (?:(Exhibit|Model answer|The whole case|Follow-ups|Sources)|Part: ([a-z0-9-]{1,80}))\s*"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNIT = re.compile(r"(?:^|\n\n)Answer in: ([^\n]+)\s*\Z")
_CRITERION = re.compile(r"\[(\d{1,3}(?:\.\d{1,20})?)\][ \t]+(\S.*)")
_NAMED = re.compile(r"(.+?) \(([a-z0-9]+(?:-[a-z0-9]+)*)\): (.+)")
_RUBRIC = re.compile(r"Rubric: (\S+)@(\d+\.\d+\.\d+) (.+)")
_SLUG = re.compile(r"[^a-z0-9]+")
_MAX_LINE = 20_000


def question_text(item: Item) -> str:
    """Everything that is read before answering, as one Markdown text."""
    asked = item.prompt
    if item.unit:
        asked = f"{asked}\n\nAnswer in: {_line(item.unit)}"
    exhibit = [f"## Exhibit\n\n{item.exhibit}"] if item.exhibit else []
    if item.part is None:
        return "\n\n".join([asked, *exhibit])
    before = [item.situation] if item.situation else []
    return "\n\n".join([*before, *exhibit, f"## Part: {item.part}\n\n{asked}"])


def read_question_text(text: str, kind: Kind) -> dict[str, str | None]:
    """Take `question_text` apart.

    Args:
        text: Markdown.
        kind: a unit is looked for under numbers only.

    Returns:
        `part`, `situation`, `exhibit`, `prompt`, `unit`; None for what is not there.
    """
    found = _sections(text)
    part = next((name[len("Part: ") :] for name in found if name.startswith("Part: ")), None)
    asked = found.get(f"Part: {part}" if part else _TOP, "")
    unit = _UNIT.search(asked) if kind is Kind.NUMERIC else None
    return {
        "part": part,
        "situation": (found.get(_TOP) or None) if part else None,
        "exhibit": found.get("Exhibit") or None,
        "prompt": (asked[: unit.start()] if unit else asked).strip(),
        "unit": unit.group(1).strip() if unit else None,
    }


def after_text(item: Item) -> str:
    """Everything that is read after answering, as one Markdown text; empty if there is nothing."""
    blocks = []
    if item.model_answer:
        blocks.append(f"## Model answer\n\n{item.model_answer}")
    if item.case_answer:
        blocks.append(f"## {_WHOLE_CASE}\n\n{item.case_answer}")
    for title, texts in (("Follow-ups", item.follow_ups), ("Sources", item.sources)):
        if texts:
            blocks.append("\n".join([f"## {title}\n", *(f"- {_line(text)}" for text in texts)]))
    return "\n\n".join(blocks)


def read_after_text(text: str) -> dict[str, str | tuple[str, ...] | None]:
    """Take `after_text` apart; text without a heading counts as the model answer."""
    found = _sections(text)
    return {
        "model_answer": found.get("Model answer") or found.get(_TOP) or None,
        "case_answer": found.get(_WHOLE_CASE) or None,
        "follow_ups": _list(found.get("Follow-ups", "")),
        "sources": _list(found.get("Sources", "")),
    }


def _sections(text: str) -> dict[str, str]:
    """Texts by heading; a heading inside a code fence is none."""
    found: dict[str, list[str]] = {_TOP: []}
    name, fence = _TOP, ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark:
            fence = mark.group(1)
        elif (head := _HEADING.fullmatch(line)) and (
            new := head.group(1) or f"Part: {head.group(2)}"
        ) not in found:
            name = new
            found[name] = []
            continue
        found[name].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _list(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.split("\n"))
    return tuple(line.removeprefix("- ").strip() for line in lines if line)


def _line(text: str) -> str:
    return " ".join(text.split())


def criteria_lines(criteria: Criteria) -> list[str]:
    """A rubric for people who score, one `[points] criterion` line a point."""
    lines = []
    if criteria.id:
        version, title = criteria.version or "0.1.0", _line(criteria.title or criteria.id)
        lines.append(f"Rubric: {criteria.id}@{version} {title}")
    for point in criteria.points:
        name = f"{_line(point.title)} ({point.id})" if point.id else _line(point.title)
        lines.append(f"[{number(point.points)}] {name}: {_line(point.description)}")
        if point.probe:
            lines.append(f"Probe: {_line(point.probe)}")
        lines += [f"Anchor {mark}: {_line(text)}" for mark, text in sorted(point.anchors.items())]
    return lines


def read_criteria(lines: Iterable[str]) -> Criteria | None:
    """Take `criteria_lines` apart; lines of another form continue the one above.

    Returns:
        None if no line is a criterion.

    Raises:
        ValueError: a line is too long.
    """
    lines = list(lines)
    if any(len(line) > _MAX_LINE for line in lines):
        raise ValueError(f"a criterion is longer than {_MAX_LINE:,} characters")
    head: re.Match[str] | None = None
    points: list[dict[str, object]] = []
    for line in (" ".join(line.split()) for line in lines):
        if not points and (named := _RUBRIC.fullmatch(line)):
            head = named
        elif found := _CRITERION.fullmatch(line):
            points.append(_criterion(float(found.group(1)), found.group(2)))
        elif points and line.startswith("Probe: "):
            points[-1]["probe"] = line.removeprefix("Probe: ")
        elif points and (anchor := re.fullmatch(r"Anchor ([135]): (.+)", line)):
            points[-1]["anchors"] = {
                **dict(points[-1].get("anchors", {})),  # type: ignore[call-overload]
                anchor.group(1): anchor.group(2),
            }
        elif points and line:
            points[-1]["description"] = f"{points[-1]['description']} {line}"
    if not points:
        return None
    made = tuple(Criterion.model_validate(point) for point in points)
    if head is None:
        return Criteria(id=None, version=None, title=None, points=made)
    return Criteria(id=head.group(1), version=head.group(2), title=head.group(3), points=made)


def _criterion(points: float, text: str) -> dict[str, object]:
    named = _NAMED.fullmatch(text)
    if named:
        title, name, description = named.groups()
        return {"id": name, "title": title, "points": points, "description": description}
    title, colon, description = text.partition(": ")
    short = title if colon and len(title) <= 80 else " ".join(text.split()[:8])
    return {
        "id": None,
        "title": short,
        "points": points,
        "description": description if colon and len(title) <= 80 else text,
    }


def facts_tags(facts: Facts) -> tuple[str, ...]:
    """Facts as tags; what is too long for a tag, the status and prerequisites are left out."""
    named = [
        *([f"version:{facts.version}"] if facts.version else []),
        *([f"level:{facts.level}"] if facts.level else []),
        *(f"audience:{who}" for who in facts.audience),
        *([f"minutes:{facts.minutes}"] if facts.minutes is not None else []),
        *facts.topics,
    ]
    return tuple(tag for tag in named if len(tag) <= MAX_TAG)


def tags_facts(tags: Sequence[str]) -> Facts:
    """Facts out of tags; tags without a known name are topics."""
    known: dict[str, list[str]] = {"version": [], "level": [], "audience": [], "minutes": []}
    topics = []
    for tag in tags:
        name, colon, value = tag.partition(":")
        if colon and name in known:
            known[name].append(value.strip())
        elif slug := slug_of(tag):
            topics.append(slug)
    minutes = next((int(text) for text in known["minutes"] if re.fullmatch(r"\d{1,3}", text)), None)
    return Facts(
        version=next(iter(known["version"]), None),
        level=next(iter(known["level"]), None),
        audience=tuple(known["audience"]),
        minutes=minutes,
        topics=tuple(dict.fromkeys(topics)),
    )


def slug_of(text: str) -> str:
    """Lower-case words joined by hyphens, 80 characters at most; empty if there are none."""
    return _SLUG.sub("-", text.lower()).strip("-")[:80].strip("-")


def number(value: float) -> str:
    """A number that reads back as the same, without an exponent."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

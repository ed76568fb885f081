"""A QTI 3.0 package: one item file each, a manifest, and for authors a sidecar with the whole bank.

Scorers read the rubric in blocks of `[points] criterion` lines. The sidecar is the JSON export;
it brings back what QTI has no place for, and a candidate's package has none.
"""

from collections.abc import Sequence

from questionbank.exports import json_document
from questionbank.exports.item import Build, Choice, Item
from questionbank.exports.layout import (
    after_text,
    criteria_lines,
    facts_tags,
    number,
    question_text,
)
from questionbank.exports.markup import markdown_to_html
from questionbank.exports.package import Package, zipped
from questionbank.exports.xml_text import DECLARATION, Xml, element, lines
from questionbank.question import Kind

SIDECAR = "questionbank.json"
ITEM_NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_PACKAGE_NAMESPACE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
QUESTION = "qb-question"
CRITERIA = "qb-criteria"
AFTER = "qb-after"
"""Classes by which a reader knows what a block holds."""


def identifier(item: Item) -> str:
    """The item's key as an XML name: `/` becomes `.`, `#` becomes `__`."""
    name = item.key.replace("/", ".").replace("#", "__")
    return f"_{name}" if name[:1].isdigit() else name


def key_of(name: str) -> tuple[str, str | None]:
    """Undo `identifier`: the question's id, and the part if it is one of a case."""
    key, _, part = name.removeprefix("_").replace(".", "/").partition("__")
    return key, part or None


def write(package: Package) -> bytes:
    """Write the package as a zip file, the same bytes for the same questions."""
    files = {}
    resources = []
    for item in package.items:
        path = f"items/{identifier(item)}.xml"
        files[path] = (DECLARATION + _item(item) + "\n").encode()
        resources.append(_resource(item, path))
    if package.build is Build.AUTHOR:
        files[SIDECAR] = json_document.write(package)
        resources.append(
            element(
                "resource",
                element("file", href=SIDECAR),
                identifier="sidecar",
                type="webcontent",
                href=SIDECAR,
            )
        )
    manifest = element(
        "manifest",
        lines(
            element(
                "metadata",
                element("schema", "QTI Package"),
                element("schemaversion", "3.0.0"),
            ),
            element("organizations"),
            element("resources", lines(*resources)),
        ),
        xmlns=_PACKAGE_NAMESPACE,
        identifier="questionbank",
    )
    manifest_file = {"imsmanifest.xml": (DECLARATION + manifest + "\n").encode()}
    return zipped({**manifest_file, **files})


def _resource(item: Item, path: str) -> Xml:
    words = [
        element("keyword", element("string", tag, language="en")) for tag in facts_tags(item.facts)
    ]
    title = element("title", element("string", item.title or item.key, language="en"))
    lom = element("lom", element("general", title, *words), xmlns=_LOM)
    return element(
        "resource",
        lines(element("metadata", lom), element("file", href=path)),
        identifier=identifier(item),
        type="imsqti_item_xmlv3p0",
        href=path,
    )


def _item(item: Item) -> Xml:
    declare = {Kind.OPEN: _open, Kind.NUMERIC: _numeric, Kind.CHOICE: _choice}[item.kind]
    declarations, interaction, processing = declare(item)
    question = element("div", Xml(markdown_to_html(question_text(item))), class_=QUESTION)
    body = [question, interaction]
    if item.criteria:
        told = (element("p", line) for line in criteria_lines(item.criteria))
        body.append(_rubric_block(lines(*told), "scorer", CRITERIA))
    if after := after_text(item):
        body.append(_rubric_block(Xml(markdown_to_html(after)), "author scorer tutor", AFTER))
    return element(
        "qti-assessment-item",
        lines(*declarations, element("qti-item-body", lines(*body)), *processing),
        **{"xml:lang": "en"},
        xmlns=ITEM_NAMESPACE,
        identifier=identifier(item),
        title=item.title or item.key,
        adaptive="false",
        time_dependent="false",
    )


def _rubric_block(content: Xml, view: str, name: str) -> Xml:
    body = element("qti-content-body", content)
    return element("qti-rubric-block", body, use="scoring", view=view, class_=name)


def _score(points: float | None, **attributes: str) -> Xml:
    if points is not None:
        attributes["normal_maximum"] = number(points)
    return element(
        "qti-outcome-declaration",
        identifier="SCORE",
        cardinality="single",
        base_type="float",
        **attributes,
    )


def _response(cardinality: str, base_type: str, values: list[str], *more: Xml) -> Xml:
    correct = [element("qti-correct-response", *(element("qti-value", v) for v in values))]
    return element(
        "qti-response-declaration",
        *(correct if values else []),
        *more,
        identifier="RESPONSE",
        cardinality=cardinality,
        base_type=base_type,
    )


_Parts = tuple[list[Xml], Xml, list[Xml]]


def _open(item: Item) -> _Parts:
    points = sum(point.points for point in item.criteria.points) if item.criteria else None
    interaction = element(
        "qti-extended-text-interaction",
        response_identifier="RESPONSE",
        expected_lines="12",
        class_="qti-height-lines-15",
    )
    score = _score(points, external_scored="human")
    return [_response("single", "string", []), score], interaction, []


def _numeric(item: Item) -> _Parts:
    given = item.value is not None
    values = [number(item.value)] if item.value is not None else []
    entry = element(
        "qti-text-entry-interaction", response_identifier="RESPONSE", expected_length="20"
    )
    processing = [_processing(_close(item), item.points)] if given else []
    return (
        [_response("single", "float", values), _score(item.points)],
        element("p", entry),
        processing,
    )


def _close(item: Item) -> Xml:
    """Within the tolerance, said twice: as such, and as bounds for players without tolerances."""
    value, tolerance = item.value or 0.0, item.tolerance or 0.0
    equal = element(
        "qti-equal",
        _variable("RESPONSE"),
        element("qti-correct", identifier="RESPONSE"),
        tolerance_mode="absolute",
        tolerance=f"{number(tolerance)} {number(tolerance)}",
    )
    above = element("qti-gte", _variable("RESPONSE"), _float(value - tolerance))
    below = element("qti-lte", _variable("RESPONSE"), _float(value + tolerance))
    return element("qti-or", equal, element("qti-and", above, below))


def _choice(item: Item) -> _Parts:
    right = [_option_name(option) for option in item.options if option.correct]
    told = any(option.why for option in item.options)
    interaction = element(
        "qti-choice-interaction",
        lines(*(_option(option) for option in item.options)),
        response_identifier="RESPONSE",
        shuffle="false",
        max_choices="0",
    )
    mapping = [_mapping(item.options)] if len(right) > 1 else []
    declared = [_response("multiple", "identifier", right, *mapping), _score(item.points)]
    if told:
        declared.append(
            element(
                "qti-outcome-declaration",
                identifier="FEEDBACK",
                cardinality="multiple",
                base_type="identifier",
            )
        )
    if not right:
        return declared, interaction, []
    match = element(
        "qti-match", _variable("RESPONSE"), element("qti-correct", identifier="RESPONSE")
    )
    show = element("qti-set-outcome-value", _variable("RESPONSE"), identifier="FEEDBACK")
    partly = [_partly(len(right), item.points)] if mapping else []
    return declared, interaction, [_processing(match, item.points, partly, [show] if told else [])]


def _option_name(option: Choice) -> str:
    return f"opt-{option.id}"


def _option(option: Choice) -> Xml:
    name = _option_name(option)
    why = [
        element(
            "qti-feedback-block",
            element("qti-content-body", Xml(markdown_to_html(text))),
            outcome_identifier="FEEDBACK",
            identifier=name,
            show_hide="show",
        )
        for text in [option.why]
        if text
    ]
    text = Xml(markdown_to_html(option.text))
    return element("qti-simple-choice", text, *why, identifier=name)


def _mapping(options: Sequence[Choice]) -> Xml:
    """Counts the right options that were chosen; a wrong one among them makes it 0.

    Every option has its entry: not every player takes a default for those without.
    """
    entries = (
        element(
            "qti-map-entry",
            map_key=_option_name(option),
            mapped_value="1" if option.correct else f"-{len(options)}",
        )
        for option in options
    )
    return element("qti-mapping", *entries, default_value="0", lower_bound="0")


def _partly(right: int, points: float | None) -> Xml:
    """Half the points for half of the right options or more and no wrong one, as in a quiz here."""
    counted = element("qti-map-response", identifier="RESPONSE")
    enough = element("qti-gte", counted, _float(right / 2))
    return element("qti-response-else-if", enough, _earned((points or 1.0) / 2))


def _variable(name: str) -> Xml:
    return element("qti-variable", identifier=name)


def _float(value: float) -> Xml:
    return element("qti-base-value", number(value), base_type="float")


def _earned(points: float) -> Xml:
    return element("qti-set-outcome-value", _float(points), identifier="SCORE")


def _processing(
    condition: Xml, points: float | None, partly: Sequence[Xml] = (), more: Sequence[Xml] = ()
) -> Xml:
    met = element("qti-response-if", condition, _earned(points or 1.0))
    return element(
        "qti-response-processing", element("qti-response-condition", met, *partly), *more
    )

"""A QTI 3.0 package: one item file each, a manifest, and for authors a sidecar with the whole bank.

Scorers read the rubric in blocks of `[points] criterion` lines. The sidecar is the JSON export;
it brings back what QTI has no place for, and a candidate's package has none.
"""

from questionbank.exports import json_document
from questionbank.exports.item import Build, Item
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


def _response(cardinality: str, base_type: str, values: list[str]) -> Xml:
    correct = [element("qti-correct-response", *(element("qti-value", v) for v in values))]
    return element(
        "qti-response-declaration",
        *(correct if values else []),
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
    close = element(
        "qti-equal",
        _variable("RESPONSE"),
        element("qti-correct", identifier="RESPONSE"),
        tolerance_mode="absolute",
        tolerance=f"{number(item.tolerance or 0.0)} {number(item.tolerance or 0.0)}",
    )
    processing = [_processing(close, item.points)] if given else []
    return (
        [_response("single", "float", values), _score(item.points)],
        element("p", entry),
        processing,
    )


def _choice(item: Item) -> _Parts:
    right = [f"opt-{option.id}" for option in item.options if option.correct]
    told = any(option.why for option in item.options)
    choices = [
        element(
            "qti-simple-choice",
            Xml(markdown_to_html(option.text)),
            *(
                [
                    element(
                        "qti-feedback-block",
                        element("qti-content-body", Xml(markdown_to_html(option.why))),
                        outcome_identifier="FEEDBACK",
                        identifier=f"opt-{option.id}",
                        show_hide="show",
                    )
                ]
                if option.why
                else []
            ),
            identifier=f"opt-{option.id}",
        )
        for option in item.options
    ]
    interaction = element(
        "qti-choice-interaction",
        lines(*choices),
        response_identifier="RESPONSE",
        shuffle="false",
        max_choices="0",
    )
    declared = [_response("multiple", "identifier", right), _score(item.points)]
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
    return declared, interaction, [_processing(match, item.points, *([show] if told else []))]


def _variable(name: str) -> Xml:
    return element("qti-variable", identifier=name)


def _processing(condition: Xml, points: float | None, *more: Xml) -> Xml:
    value = element("qti-base-value", number(points or 1.0), base_type="float")
    earned = element("qti-set-outcome-value", value, identifier="SCORE")
    met = element("qti-response-if", condition, earned)
    return element("qti-response-processing", element("qti-response-condition", met), *more)

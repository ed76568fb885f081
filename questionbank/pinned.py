"""The texts a packet pins, found in the bank, in its git history, or among those on record."""

import json

from pydantic import ValidationError

from grader.rubric import Rubric
from questionbank.bank import Bank
from questionbank.document import Document, DocumentKind, question_document, rubric_document
from questionbank.errors import UsageError
from questionbank.instance import Instance, instances
from questionbank.packet import Packet, Pin
from questionbank.question import QUESTION, Question
from questionbank.revisions import Versions, no_versions


class PinError(UsageError):
    """A pinned text is nowhere to be found.

    Args:
        kind: of the text.
        pin: what was looked for.
        there: versions of the same id that are there.
    """

    def __init__(self, kind: DocumentKind, pin: Pin, there: tuple[str, ...]) -> None:
        if pin.version in there:
            found = f"the text under {pin} has changed since the packet was planned"
        elif there:
            found = f"there is only {', '.join(f'{pin.id}@{name}' for name in there)}"
        else:
            found = f"no version of {pin.id} is there"
        super().__init__(
            f"the packet pins {kind} {pin}, and {found}; name the bank that has it with --bank, "
            "bring it back from git, or plan the packet anew with `questionbank interview plan`"
        )


def instances_of_packet(
    packet: Packet,
    bank: Bank,
    *,
    git: Versions = no_versions,
    documents: Versions = no_versions,
) -> tuple[Instance, ...]:
    """Everything a packet asks, with the very texts it pins.

    Args:
        packet: the packet.
        bank: the working files, looked at first.
        git: their history, looked at next.
        documents: the texts kept on record, looked at last.

    Raises:
        PinError: a text is nowhere, or not as it was.
        UsageError: a number cannot be computed.
    """
    found: list[Instance] = []
    for item in packet.items:
        kept = find_pinned(DocumentKind.QUESTION, item.question, bank, git, documents)
        texts = [
            find_pinned(DocumentKind.RUBRIC, pin, bank, git, documents) for pin in item.rubrics
        ]
        try:
            question: Question = QUESTION.validate_json(json.dumps(kept.body))
            rubrics = [Rubric.model_validate_json(json.dumps(text.body)) for text in texts]
        except ValidationError as error:
            raise UsageError(
                f"a text that {item.question} needs was written by a newer questionbank; "
                "upgrade with: pip install -U questionbank"
            ) from error
        found += instances(question, {rubric.id: rubric for rubric in rubrics}, packet.seed)
    return tuple(found)


def find_pinned(
    kind: DocumentKind,
    pin: Pin,
    bank: Bank,
    git: Versions = no_versions,
    documents: Versions = no_versions,
) -> Document:
    """Find one text by its version and hash; a place is asked only if those before lack it.

    Raises:
        PinError: it is nowhere, or not as it was.
    """
    there: dict[str, None] = {}
    for look in (_working(bank), git, documents):
        for document in look(kind, pin.id):
            there.setdefault(document.version)
            if document.version == pin.version and document.content_hash == pin.content:
                return document
    raise PinError(kind, pin, tuple(there))


def _working(bank: Bank) -> Versions:
    def look(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
        if kind is DocumentKind.QUESTION and content_id in bank.questions:
            return (question_document(bank.questions[content_id]),)
        if kind is DocumentKind.RUBRIC and content_id in bank.rubrics:
            return (rubric_document(bank.rubrics[content_id]),)
        return ()

    return look

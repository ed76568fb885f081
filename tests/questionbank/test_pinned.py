"""Pinned texts: the very ones, from the bank, from git, from the record, or a refusal."""

from pathlib import Path

import pytest

from questionbank.bank import Bank, load_bank
from questionbank.document import Document, DocumentKind, question_document, rubric_document
from questionbank.packet import Packet
from questionbank.pinned import PinError, instances_of_packet
from questionbank.planning import plan_by_role
from questionbank.revisions import no_versions


@pytest.fixture
def bank(bank_folder: Path) -> Bank:
    return load_bank((bank_folder,))


@pytest.fixture
def packet(bank: Bank) -> Packet:
    question = bank.question("model-choice/small-model")
    return plan_by_role(question.audience[0], question.level, question.minutes, bank, 0)


def test_a_packet_asks_the_texts_of_the_bank(bank: Bank, packet: Packet) -> None:
    found = instances_of_packet(packet, bank)
    assert [one.question.id for one in found] == [item.question.id for item in packet.items]
    assert all(one.seed == packet.seed for one in found)


def test_a_text_that_left_the_bank_is_taken_from_elsewhere(bank: Bank, packet: Packet) -> None:
    kept = [question_document(one) for one in bank.questions.values()]
    kept += [rubric_document(one) for one in bank.rubrics.values()]

    def elsewhere(kind: DocumentKind, content_id: str) -> tuple[Document, ...]:
        return tuple(one for one in kept if (one.kind, one.id) == (kind, content_id))

    empty = Bank(bank.roots)
    expected = instances_of_packet(packet, bank)
    assert instances_of_packet(packet, empty, git=elsewhere) == expected
    assert instances_of_packet(packet, empty, git=no_versions, documents=elsewhere) == expected


def test_a_text_that_is_nowhere_is_refused_with_the_way_out(bank: Bank, packet: Packet) -> None:
    with pytest.raises(PinError, match=r"no version of .* is there.*--bank.*plan the packet anew"):
        instances_of_packet(packet, Bank(bank.roots))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "2.0.0"}, "there is only .*@2.0.0"),
        ({"prompt": "Something else?"}, "has changed since the packet was planned"),
    ],
    ids=["newer", "edited"],
)
def test_another_text_of_the_same_id_does_not_do(
    bank: Bank, packet: Packet, changes: dict[str, str], words: str
) -> None:
    pinned = packet.items[0].question.id
    # A copy keeps the hashes computed before; a fresh record has its own.
    old = bank.questions[pinned]
    bank.questions[pinned] = type(old).model_validate(old.model_dump() | changes)
    with pytest.raises(PinError, match=words):
        instances_of_packet(packet, bank)
